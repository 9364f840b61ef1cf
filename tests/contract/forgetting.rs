//! What is older than the retention is forgotten: for stores that are told what time it is. A store that goes by its own
//! clock is asked by tests of its own.

use ahlan::domain::{Decision, DecisionPlace, Millis};
use ahlan::store::{Order, Outbox as _, VisitorStore};

use super::decisions::{EVER, log};
use super::logs::{LOG, add, entries};
use super::outbox::{parcel, take};
use super::words::{SITE, START, after, prices, secs, send, state, tick, visitor};
use super::{Bench, open};

fn retention<B: Bench>(_: &B) -> Millis {
    B::RETENTION
}

pub(crate) async fn what_is_old_is_forgotten_but_never_the_living(bench: &impl Bench) {
    let store = open(bench).await;
    for n in 1..=3 {
        send(&*store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
    }
    let gone = after(Millis::from_mins(31));
    tick(&*store, visitor(1), gone).await;
    tick(&*store, visitor(2), gone).await;
    let later = gone + retention(bench) + Millis::from_days(1);
    bench.keep_house(&store, gone + Millis::from_mins(3));
    // The second comes back within the retention.
    let back = later - Millis::from_hours(2);
    send(&*store, visitor(2), &[prices("p2", back)], back)
        .await
        .unwrap();
    bench.keep_house(&store, back + secs(20));
    bench.forget(&store, later);
    assert_eq!(
        store.get(SITE, visitor(1)).await,
        Ok(None),
        "who never came back"
    );
    assert_eq!(store.records(SITE, visitor(1), 10), Ok(Vec::new()));
    assert_eq!(
        state(&*store, visitor(2)).await.sessions,
        2,
        "who came back"
    );
    assert_eq!(store.records(SITE, visitor(2), 10).unwrap().len(), 1);
    assert_eq!(
        state(&*store, visitor(3)).await.page_views,
        1,
        "who never left"
    );
    let before = [
        state(&*store, visitor(2)).await,
        state(&*store, visitor(3)).await,
    ];
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(
        [
            state(&*store, visitor(2)).await,
            state(&*store, visitor(3)).await
        ],
        before
    );
    assert_eq!(store.get(SITE, visitor(1)).await, Ok(None));
}

pub(crate) async fn decisions_are_forgotten_like_records(bench: &impl Bench) {
    let store = open(bench).await;
    send(&*store, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    tick(&*store, visitor(1), after(secs(2))).await;
    let gone = after(Millis::from_mins(31));
    tick(&*store, visitor(1), gone).await;
    bench.keep_house(&store, gone + Millis::from_mins(3));
    let later = START + retention(bench) + Millis::from_mins(5);
    let first = later - Millis::from_mins(1);
    send(&*store, visitor(2), &[prices("p", first)], first)
        .await
        .unwrap();
    tick(&*store, visitor(2), first + secs(2)).await;
    bench.keep_house(&store, first + secs(20));
    let old = |(_, decision): &(DecisionPlace, Decision)| decision.at < first;
    let before = log(&*store, SITE, EVER, Order::OldestFirst, usize::MAX);
    assert!(before.iter().any(old));
    bench.forget(&store, later);
    let left = log(&*store, SITE, EVER, Order::OldestFirst, usize::MAX);
    let too_old =
        |(_, decision): &(DecisionPlace, Decision)| decision.at < later - retention(bench);
    assert!(!left.iter().any(too_old));
    assert!(left.len() < before.len() && left.iter().any(|entry| !old(entry)));
}

pub(crate) async fn logs_and_parcels_are_forgotten_in_the_end(bench: &impl Bench) {
    let store = open(bench).await;
    let old = after(Millis::from_mins(1));
    add(&*store, LOG, old, "old").await;
    store.post(vec![parcel(1, old)]).await.unwrap();
    let later = old + retention(bench) + Millis::from_mins(1);
    let young = later - Millis::from_hours(1);
    add(&*store, LOG, young, "young").await;
    store.post(vec![parcel(2, young)]).await.unwrap();
    // What would be replayed is kept; here everything is saved.
    send(&*store, visitor(1), &[prices("p", young)], young)
        .await
        .unwrap();
    bench.keep_house(&store, later);
    bench.forget(&store, later);
    let left = entries(&*store, LOG, EVER, Order::OldestFirst, 9);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].1, "young");
    let place = add(&*store, LOG, later, "youngest").await;
    assert_eq!(place.moment(), later);
    let taken = take(&*store, later).await;
    assert_eq!(taken.len(), 1, "nobody has asked for the other in a month");
    assert_eq!(taken[0].id, parcel(2, young).id);
}
