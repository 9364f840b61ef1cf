//! Two nodes compare what their best offers would be worth, and the best of all go first.

use std::sync::Arc;

use ahlan::chat::{AgentStatus, Availability, Bid, Desk, Round};
use ahlan::domain::{InvitationId, Millis, Scarce, Timestamp, VisitorId};
use ahlan::store::{Claim, Redis, SharedDesk};
use futures_util::future::join_all;

use crate::contract::words::SITE;
use crate::rig;
use crate::store::options;

fn at(ms: u64) -> Timestamp {
    Timestamp(1_763_760_000_000 + ms)
}

fn who(n: u8) -> VisitorId {
    VisitorId([n; 16])
}

async fn desk(urls: &[String], cluster: bool) -> Desk {
    let store = Redis::open(options(urls, cluster)).await.unwrap();
    Desk::shared(Arc::new(store) as Arc<dyn SharedDesk>)
}

/// What is to be done about the one contest there is.
fn round(desk: &Desk, now: u64) -> Round {
    let rounds = desk.contests(at(now));
    assert_eq!(rounds.len(), 1, "{rounds:?}");
    rounds[0].clone()
}

async fn give(desk: &Desk, now: u64, bids: &[Bid]) -> Vec<VisitorId> {
    let round = round(desk, now);
    desk.give_out(&round, bids.to_vec(), at(now)).await.unwrap()
}

fn bar(desk: &Desk, now: u64) -> Option<u32> {
    desk.now(SITE, at(now)).scarce.map(|scarce| scarce.bar)
}

async fn the_best_of_both_go_first(urls: &[String], cluster: bool) {
    let (one, other) = (desk(urls, cluster).await, desk(urls, cluster).await);
    let word = Availability {
        status: AgentStatus::Online,
        chats: 0,
        max_chats: 2,
        lease: Millis::from_mins(10),
        departments: Vec::new(),
        languages: Vec::new(),
    };
    one.say(SITE, "sara", word, at(0)).await.unwrap();
    other.refresh(SITE).await.unwrap();
    for desk in [&one, &other] {
        desk.turned_away(SITE, at(0));
        assert_eq!(bar(desk, 0), Some(Scarce::COUNTING));
    }
    let mine = [(100, who(1)), (700, who(2)), (600, who(3))];
    let theirs = [(900, who(4)), (300, who(5))];
    // First everybody is counted.
    assert_eq!(give(&one, 100, &mine).await, []);
    assert_eq!(give(&other, 200, &theirs).await, []);
    // Then two places are given out: one on each node.
    assert_eq!(give(&one, 1_100, &mine).await, [who(2)]);
    assert_eq!(give(&other, 1_200, &theirs).await, [who(4)]);
    assert_eq!(
        (bar(&one, 1_300), bar(&other, 1_300)),
        (Some(686), Some(686))
    );
    // Whatever both believe, the places are two.
    let ask = |n: u8| {
        let claim = Claim {
            invitation: InvitationId([n; 8]),
            department: None,
            until: at(60_000),
        };
        [&one, &other][usize::from(n % 2)].ask(SITE, claim, at(1_300))
    };
    let asked = join_all((0..20).map(ask)).await;
    assert_eq!(
        asked
            .into_iter()
            .filter(|got| *got.as_ref().unwrap())
            .count(),
        2
    );
    // What a node said long ago counts no more.
    let store = Redis::open(options(urls, cluster)).await.unwrap();
    let heard = store.bid(SITE, vec![1], at(2_000)).await.unwrap();
    assert_eq!(heard.len(), 5, "{heard:?}");
    let heard = store.bid(SITE, vec![1], at(9_000)).await.unwrap();
    assert_eq!(heard, [0; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_compare_their_visitors() {
    let server = rig::Redis::start(&[]);
    the_best_of_both_go_first(&[server.url().to_owned()], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_compare_their_visitors_on_a_cluster() {
    let cluster = rig::Cluster::start(3, 0);
    let urls: Vec<String> = cluster.urls().iter().map(ToString::to_string).collect();
    the_best_of_both_go_first(&urls, true).await;
}
