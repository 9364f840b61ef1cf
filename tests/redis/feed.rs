//! What one node decides, the others hear: through gaps, lost histories and subscriptions that die without a word.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ahlan::domain::{
    Cause, InvitationId, Millis, Record, RuleSetHash, Seq, SiteNow, VisitorId, VisitorState,
};
use ahlan::store::{Change, News, Notice, RecordBytes, Redis, RedisOptions, VisitorStore, Whose};
use parking_lot::Mutex;

use crate::contract::words::{
    SITE, START, after, custom, live, prices, secs, send, state, tick, visitor,
};
use crate::rig::{self, Weather};
use crate::store::{open, options};
use crate::wait::{always, until};

/// A node, and what it has heard of invitations.
pub(crate) struct Node {
    pub(crate) store: Arc<Redis>,
    heard: Arc<Mutex<Vec<(VisitorId, Notice)>>>,
}

impl Node {
    pub(crate) fn of<T: AsRef<str>>(urls: &[T], cluster: bool) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&heard);
        let store = open(RedisOptions {
            on_news: Arc::new(move |news| {
                if let News::Notice(_, visitor, notice) = news {
                    list.lock().push((visitor, notice));
                }
            }),
            ..options(urls, cluster)
        });
        assert!(store.hears());
        Self { store, heard }
    }

    /// What was heard of a visitor. What is heard again after a gap counts once.
    fn heard_of(&self, visitor: VisitorId) -> Vec<Notice> {
        let mut notices: Vec<Notice> = Vec::new();
        for (_, notice) in self.heard.lock().iter().filter(|(of, _)| *of == visitor) {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        notices
    }

    async fn hears(&self, visitor: VisitorId, notices: &[Notice]) {
        until("the notices are heard in order", async || {
            (self.heard_of(visitor) == notices).then_some(())
        })
        .await;
    }

    /// Whose sessions this node shows, as they are.
    fn list(&self) -> Vec<VisitorState> {
        let mut list = Vec::new();
        self.store.for_each_live(Whose::Everybody, &mut |state| {
            if state.session.is_some() {
                list.push(state.clone());
            }
        });
        list.sort_unstable_by_key(|state| state.id);
        list
    }
}

fn record(visitor: VisitorId) -> Record {
    Record {
        visitor,
        site: SITE,
        now: now(),
        rules: RuleSetHash(1),
        site_now: SiteNow::default(),
        cause: Cause::Tick,
    }
}

/// Notices are for now: old ones are not told again.
fn now() -> ahlan::domain::Timestamp {
    ahlan::clock::now()
}

fn revoked(nth: u64) -> Notice {
    Notice::Revoked(InvitationId(nth.to_be_bytes()))
}

/// Decides something that a visitor's open streams must hear.
async fn tell(node: &Node, visitor: VisitorId, notice: &Notice) {
    let mut change = |_: &mut VisitorState| Change {
        record: Some(record(visitor)),
        notices: vec![notice.clone()],
        ..Change::default()
    };
    let told = node.store.update(SITE, visitor, now(), &mut change);
    told.await.unwrap();
}

/// Visitors, each with a page view at a node.
async fn come(node: &Node, visitors: std::ops::Range<usize>) {
    for nth in visitors {
        let view = prices(&format!("view {nth}"), START);
        send(&*node.store, visitor(nth), &[view], START)
            .await
            .unwrap();
    }
}

/// Cuts every connection that listens.
async fn cut_listeners(redis: &rig::Redis) {
    until("somebody listens", async || {
        let cut: u64 = redis.say(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
        (cut > 0).then_some(())
    })
    .await;
}

async fn shows_the_same(one: &Node, other: &Node, visitors: usize) {
    until("both nodes show the same visitors", async || {
        let (mine, yours) = (one.list(), other.list());
        (mine.len() == visitors && mine == yours).then_some(())
    })
    .await;
}

async fn the_others_hear(a: &Node, b: &Node) {
    for nth in 1..=20 {
        tell(a, visitor(nth), &revoked(1)).await;
        tell(a, visitor(nth), &revoked(2)).await;
    }
    for nth in 1..=20 {
        b.hears(visitor(nth), &[revoked(1), revoked(2)]).await;
    }
    tell(b, visitor(1), &revoked(3)).await;
    a.hears(visitor(1), &[revoked(3)]).await;
    assert_eq!(b.heard_of(visitor(1)).len(), 2, "nobody is told their own");
    assert_eq!(b.store.feed_figures().replays.load(Ordering::Relaxed), 0);
}

async fn the_list_is_the_same(a: &Node, b: &Node, late: &Node) {
    come(a, 0..40).await;
    come(b, 40..80).await;
    late.store.attend(SITE).await.unwrap();
    assert_eq!(
        late.list().len(),
        80,
        "nobody is missing once the site is attended"
    );
    a.store.attend(SITE).await.unwrap();
    shows_the_same(a, late, 80).await;
    // Somebody moves on, somebody comes, somebody leaves.
    let event = custom("on", after(secs(5)));
    send(&*b.store, visitor(3), &[event], after(secs(5)))
        .await
        .unwrap();
    come(a, 80..90).await;
    tick(&*a.store, visitor(50), after(Millis::from_mins(31))).await;
    shows_the_same(a, late, 89).await;
    let moved = late.store.live(visitor(3)).unwrap();
    assert_eq!(moved, state(&*b.store, visitor(3)).await);
    assert!(late.store.live(visitor(50)).is_none());
    assert!(a.store.moved(visitor(50)) || !b.store.moved(visitor(50)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_decides_the_others_hear() {
    let redis = rig::Redis::start(&[]);
    let [a, b] = [(); 2].map(|()| Node::of(&[redis.url()], false));
    the_others_hear(&a, &b).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_the_same_on_every_node() {
    let redis = rig::Redis::start(&[]);
    let [a, b, late] = [(); 3].map(|()| Node::of(&[redis.url()], false));
    the_list_is_the_same(&a, &b, &late).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_of_a_cluster_hear_each_other_and_show_the_same() {
    let cluster = rig::Cluster::start(3, 0);
    let [a, b, late] = [(); 3].map(|()| Node::of(&cluster.urls(), true));
    the_others_hear(&a, &b).await;
    the_list_is_the_same(&a, &b, &late).await;
    // Connections that listen are cut on every primary; what is told meanwhile is heard all the same.
    for nth in 1..=60 {
        if nth == 20 {
            for node in &cluster.nodes {
                cut_listeners(&node.redis).await;
            }
        }
        tell(&a, visitor(200 + nth), &revoked(1)).await;
    }
    for nth in 1..=60 {
        b.hears(visitor(200 + nth), &[revoked(1)]).await;
    }
    come(&a, 100..110).await;
    shows_the_same(&a, &late, 99).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_filled_from_the_journal() {
    let redis = rig::Redis::start(&[]);
    let [a, b] = [(); 2].map(|()| Node::of(&[redis.url()], false));
    b.store.attend(SITE).await.unwrap();
    for nth in 1..=200 {
        if nth % 50 == 0 {
            cut_listeners(&redis).await;
        }
        tell(&a, visitor(1), &revoked(nth)).await;
        come(&a, nth as usize + 1..nth as usize + 2).await;
    }
    let all: Vec<Notice> = (1..=200).map(revoked).collect();
    b.hears(visitor(1), &all).await;
    until("the list is whole", async || {
        (live(&*b.store) == 200).then_some(())
    })
    .await;
    let figures = b.store.feed_figures();
    assert!(figures.replays.load(Ordering::Relaxed) > 0);
    assert!(figures.connected.load(Ordering::Relaxed) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_history_is_read_anew() {
    let redis = rig::Redis::start(&[]);
    let [a, b] = [(); 2].map(|()| Node::of(&[redis.url()], false));
    come(&a, 1..30).await;
    b.store.attend(SITE).await.unwrap();
    assert_eq!(live(&*b.store), 29);
    let () = redis.say(&["FLUSHALL"]).unwrap();
    until("nobody is here", async || b.list().is_empty().then_some(())).await;
    come(&a, 100..110).await;
    tell(&a, visitor(100), &revoked(1)).await;
    b.hears(visitor(100), &[revoked(1)]).await;
    until("who is here now is shown", async || {
        (b.list().len() == 10).then_some(())
    })
    .await;
}

/// Lets a bucket's history go on without telling anybody, as if the message had been lost.
fn decide_in_secret(redis: &rig::Redis, visitor: VisitorId, notice: &Notice) {
    let keys: Vec<String> = redis.say(&["KEYS", "*:head"]).unwrap();
    let [head] = &keys[..] else {
        panic!("one bucket is in use, not {keys:?}");
    };
    let journal = head.replace(":head", ":journal");
    let now = now();
    let place = Seq::at(now).0.to_be_bytes();
    let mut connection = redis::Client::open(redis.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let () = redis::cmd("XADD")
        .arg(journal)
        .arg(format!("{}-0", now.0))
        .arg("r")
        .arg(RecordBytes::of(&record(visitor)))
        .arg("n")
        .arg(2_u64.to_be_bytes().as_slice())
        .arg("o")
        .arg(postcard::to_stdvec(&vec![notice]).unwrap())
        .query(&mut connection)
        .unwrap();
    let () = redis::cmd("HSET")
        .arg(head)
        .arg("last")
        .arg(place.as_slice())
        .arg("noticed")
        .arg(place.as_slice())
        .query(&mut connection)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_died_without_a_word_is_found() {
    let redis = rig::Redis::start(&[]);
    let [a, b] = [(); 2].map(|()| Node::of(&[redis.url()], false));
    tell(&a, visitor(1), &revoked(1)).await;
    b.hears(visitor(1), &[revoked(1)]).await;
    decide_in_secret(&redis, visitor(1), &revoked(2));
    // The first time it might only have been late.
    b.hears(visitor(1), &[revoked(1), revoked(2)]).await;
    decide_in_secret(&redis, visitor(1), &revoked(3));
    b.hears(visitor(1), &[revoked(1), revoked(2), revoked(3)])
        .await;
    assert!(b.store.feed_figures().silent.load(Ordering::Relaxed) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_moved_is_the_other_nodes_to_wake() {
    let redis = rig::Redis::start(&[]);
    let [a, b] = [(); 2].map(|()| Node::of(&[redis.url()], false));
    come(&a, 1..2).await;
    assert!(!a.store.moved(visitor(1)));
    let event = custom("on", after(secs(5)));
    send(&*b.store, visitor(1), &[event], after(secs(5)))
        .await
        .unwrap();
    state(&*a.store, visitor(1)).await;
    assert!(a.store.moved(visitor(1)) && !b.store.moved(visitor(1)));
    let own = |node: &Node| {
        let mut own = 0;
        node.store.for_each_live(Whose::Own, &mut |_| own += 1);
        own
    };
    always(
        "one node looks after the visitor",
        std::time::Duration::from_millis(50),
        async || (own(&a), own(&b)) == (0, 1),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_cut_off_hears_what_was_missed() {
    let redis = rig::Redis::start(&[]);
    let proxy = rig::Proxy::start(redis.address());
    let (a, b) = (
        Node::of(&[redis.url()], false),
        Node::of(&[proxy.url()], false),
    );
    come(&a, 1..5).await;
    b.store.attend(SITE).await.unwrap();
    for (nth, weather) in [Weather::Refused, Weather::Frozen, Weather::CutAnswers]
        .into_iter()
        .enumerate()
    {
        proxy.set(weather);
        let first = 10 * (nth + 1);
        come(&a, first..first + 5).await;
        tell(&a, visitor(first), &revoked(1)).await;
        proxy.set(Weather::Fine);
        b.hears(visitor(first), &[revoked(1)]).await;
        until("the list is whole", async || {
            (b.list() == a_list(&a).await && b.list().len() == 4 + 5 * (nth + 1)).then_some(())
        })
        .await;
    }
    assert!(b.store.hears());
}

/// What a node shows once it shows everybody.
async fn a_list(node: &Node) -> Vec<VisitorState> {
    node.store.attend(SITE).await.unwrap();
    node.list()
}
