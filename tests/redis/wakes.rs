//! Wake-ups outlive the node that set them.

use std::collections::HashSet;
use std::time::Duration;

use ahlan::domain::{
    Cause, Millis, Record, RuleSetHash, SiteNow, Timestamp, VisitorId, VisitorState,
};
use ahlan::store::{Change, VisitorStore};

use crate::contract::words::{SITE, START, after, secs, visitor};
use crate::feed::Node;
use crate::rig;
use crate::wait::{always, until};

const VISITORS: usize = 60;

/// Changes a visitor who is to be looked at again at some time.
async fn plan(node: &Node, visitor: VisitorId, wake_at: Option<Timestamp>) {
    let record = Record {
        visitor,
        site: SITE,
        now: START,
        rules: RuleSetHash(1),
        site_now: SiteNow::default(),
        cause: Cause::Tick,
    };
    let mut change = |_: &mut VisitorState| Change {
        record: Some(record.clone()),
        wake_at,
        ..Change::default()
    };
    node.store
        .update(SITE, visitor, START, &mut change)
        .await
        .unwrap();
}

async fn overdue(node: &Node, now: Timestamp) -> Vec<VisitorId> {
    let found = node.store.overdue(now, 1_000).await.unwrap();
    assert!(found.iter().all(|(site, _)| *site == SITE));
    found.into_iter().map(|(_, visitor)| visitor).collect()
}

/// Every wake-up goes to exactly one node, and to another one when that one is gone.
async fn wake_ups_go_to_who_lives(urls: &[String], cluster: bool) {
    let [a, b] = [(); 2].map(|()| Node::of(urls, cluster));
    for nth in 0..VISITORS {
        plan(&a, visitor(nth), Some(after(secs(10)))).await;
    }
    plan(&a, visitor(VISITORS), Some(after(secs(1_000)))).await;
    plan(&a, visitor(VISITORS + 1), Some(after(secs(10)))).await;
    plan(&a, visitor(VISITORS + 1), None).await;
    // Both make themselves known before there is anything to do.
    assert_eq!(
        overdue(&a, after(secs(11))).await,
        [],
        "who may still be on time is left alone"
    );
    assert_eq!(overdue(&b, after(secs(11))).await, []);
    let (of_a, of_b) = (
        overdue(&a, after(secs(13))).await,
        overdue(&b, after(secs(13))).await,
    );
    assert!(!of_a.is_empty() && !of_b.is_empty(), "each has a share");
    let both: HashSet<VisitorId> = of_a.iter().chain(&of_b).copied().collect();
    assert_eq!((both.len(), of_a.len() + of_b.len()), (VISITORS, VISITORS));
    assert_eq!(
        overdue(&a, after(secs(14))).await,
        [],
        "who was taken over is not given out again"
    );
    // The first node dies with what it has taken over.
    drop(a);
    let mut found = HashSet::new();
    until("the other node has the dead one's share", async || {
        found.extend(overdue(&b, after(secs(30))).await);
        (found == both).then_some(())
    })
    .await;
    b.store.close().await.unwrap();
    let heir = Node::of(urls, cluster);
    assert_eq!(
        overdue(&heir, after(secs(60))).await.len(),
        VISITORS,
        "who leaves in order leaves at once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wake_ups_go_to_one_node_that_lives() {
    let redis = rig::Redis::start(&[]);
    wake_ups_go_to_who_lives(&[redis.url()], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wake_ups_on_a_cluster_go_to_one_node_that_lives() {
    let cluster = rig::Cluster::start(3, 0);
    wake_ups_go_to_who_lives(&cluster.urls(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_are_taken_over_than_were_asked_for() {
    let redis = rig::Redis::start(&[]);
    let node = Node::of(&[redis.url()], false);
    for nth in 0..VISITORS {
        plan(&node, visitor(nth), Some(START)).await;
    }
    let mut all = HashSet::new();
    let now = START + Millis::from_mins(1);
    until("all are taken over in the end", async || {
        let some = node.store.overdue(now, 7).await.unwrap();
        assert!(some.len() <= 7);
        all.extend(some);
        (all.len() == VISITORS).then_some(())
    })
    .await;
    always("nobody is left", Duration::from_millis(50), async || {
        node.store.overdue(now, 7).await.unwrap().is_empty()
    })
    .await;
}
