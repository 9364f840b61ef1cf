//! Parcels outlive the node that wrote them, and whoever keeps them loses no more than it has to.

use std::collections::HashSet;

use ahlan::domain::Key;
use ahlan::store::{Logs as _, News, Outbox as _, ParcelId, RedisOptions, VisitorStore as _};
use parking_lot::Mutex;
use std::sync::Arc;

use crate::contract::documents::ANOTHER;
use crate::contract::outbox::{bring, parcel, take};
use crate::contract::words::{SITE, START, after, secs};
use crate::feed::Node;
use crate::rig;
use crate::store::{open, options};
use crate::wait::until;

const PARCELS: usize = 60;

/// Every parcel goes to exactly one node, and to another one when that one is gone.
async fn parcels_go_to_who_lives(urls: &[String], cluster: bool) {
    let [a, b] = [(); 2].map(|()| Node::of(urls, cluster));
    for nth in 0..PARCELS {
        bring(&*a.store, &[parcel(nth, after(secs(10)))], true).await;
    }
    // Both make themselves known before there is anything to do.
    assert_eq!(take(&*a.store, after(secs(9))).await, []);
    assert_eq!(take(&*b.store, after(secs(9))).await, []);
    let now = after(secs(10));
    let (of_a, of_b) = (take(&*a.store, now).await, take(&*b.store, now).await);
    assert!(!of_a.is_empty() && !of_b.is_empty(), "each has a share");
    let ids = |of: &[ahlan::store::Parcel]| of.iter().map(|it| it.id).collect::<HashSet<_>>();
    let both: HashSet<ParcelId> = &ids(&of_a) | &ids(&of_b);
    assert_eq!((both.len(), of_a.len() + of_b.len()), (PARCELS, PARCELS));
    for parcel in &of_b {
        b.store.settle(parcel).await.unwrap();
    }
    // The first node dies with what it has taken.
    drop(a);
    let mut found = HashSet::new();
    until("the other node has the dead one's share", async || {
        found.extend(ids(&take(&*b.store, after(secs(30))).await));
        (found == ids(&of_a)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parcels_go_to_one_node_that_lives() {
    let redis = rig::Redis::start(&[]);
    parcels_go_to_who_lives(&[redis.url()], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parcels_on_a_cluster_go_to_one_node_that_lives() {
    let cluster = rig::Cluster::start(3, 0);
    parcels_go_to_who_lives(&cluster.urls(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_flush_what_is_under_way_ends_and_new_parcels_are_kept() {
    let redis = rig::Redis::start(&[]);
    let store = open(options(&[redis.url()], false));
    bring(&*store, &[parcel(1, START)], true).await;
    let taken = take(&*store, after(secs(1))).await;
    assert_eq!(taken.len(), 1);
    store.note(SITE, START, b"entry", 9).await.unwrap();
    let () = redis.say(&["FLUSHALL"]).unwrap();
    assert_eq!(store.put_off(&taken[0]).await, Ok(false), "it is not there");
    assert_eq!(store.settle(&taken[0]).await, Ok(()));
    let receiver = taken[0].receiver;
    assert_eq!(
        store.parcels_waiting(SITE, receiver).await,
        Ok(0),
        "and not owed"
    );
    bring(&*store, &[parcel(2, START)], true).await;
    assert_eq!(store.parcels_waiting(SITE, receiver).await, Ok(1));
    assert_eq!(take(&*store, after(secs(1))).await.len(), 1);
    store.note(SITE, START, b"entry", 9).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_parts_document_is_heard_and_a_lost_one_put_back() {
    let redis = rig::Redis::start(&[]);
    let heard = Arc::new(Mutex::new(Vec::<Key>::new()));
    let list = Arc::clone(&heard);
    let hearer = open(RedisOptions {
        on_news: Arc::new(move |news| {
            if let News::Document(document) = news {
                list.lock().push(document);
            }
        }),
        ..options(&[redis.url()], false)
    });
    let store = open(options(&[redis.url()], false));
    assert_eq!(store.set_control(ANOTHER, 0, b"a part's").await, Ok(Ok(1)));
    until("the change is heard", async || {
        heard.lock().contains(&ANOTHER).then_some(())
    })
    .await;
    let read = || tokio::task::block_in_place(|| hearer.control(ANOTHER)).unwrap();
    let document = read();
    assert!(document.is_some());
    let () = redis.say(&["FLUSHALL"]).unwrap();
    assert_eq!(read(), document);
}
