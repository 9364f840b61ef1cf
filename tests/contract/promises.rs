//! What a store promises, told as stories that know nothing of how it keeps its promise.

use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::domain::{Millis, Record, Timestamp, VisitorId, VisitorState};
use ahlan::engine::{self, Taken};
use ahlan::store::{Change, RecordBytes, StoreError, VisitorStore, Whose};
use futures_util::future::join_all;

use super::words::{
    SITE, START, after, custom, live, prices, rules, secs, send, state, tick, visitor,
};
use super::{Bench, open};

fn retention<B: Bench>(_: &B) -> Millis {
    B::RETENTION
}

pub(crate) async fn nobody_comes_of_nothing(bench: &impl Bench) {
    let store = open(bench).await;
    assert_eq!(store.get(SITE, visitor(1)).await, Ok(None));
    assert_eq!(store.records(SITE, visitor(1), 10), Ok(Vec::new()));
    let mut nothing = |_: &mut VisitorState| Change::default();
    store
        .update(SITE, visitor(1), START, &mut nothing)
        .await
        .unwrap();
    assert_eq!(store.get(SITE, visitor(1)).await, Ok(None));
    assert_eq!(live(&*store), 0);
    assert_eq!(store.health(), Ok(()));
}

pub(crate) async fn records_come_newest_first(bench: &impl Bench) {
    let store = open(bench).await;
    for n in 0..100_u64 {
        let now = after(Millis(n));
        send(&*store, visitor(1), &[custom(&format!("e{n}"), now)], now)
            .await
            .unwrap();
        send(&*store, visitor(2), &[custom(&format!("e{n}"), now)], now)
            .await
            .unwrap();
    }
    for limit in [1, 31, 32, 33, 99, 100, 1_000] {
        let records = store.records(SITE, visitor(1), limit).unwrap();
        assert_eq!(records.len(), limit.min(100));
        for (record, n) in records.iter().zip((0..100).rev()) {
            assert_eq!((record.visitor, record.now), (visitor(1), after(Millis(n))));
        }
    }
    assert_eq!(live(&*store), 2);
}

/// Moments and visitors of the records in a period, at most so many.
fn scanned(store: &impl VisitorStore, from: u64, to: u64, most: usize) -> Vec<(u64, VisitorId)> {
    let mut seen = Vec::new();
    let mut places = Vec::new();
    let mut look = |seq, bytes: RecordBytes<'_>| {
        let record = bytes.decode().unwrap();
        assert_eq!(bytes.visitor(), Ok(record.visitor));
        places.push(seq);
        seen.push((record.now.since(START).0, record.visitor));
        if seen.len() < most {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let (from, to) = (after(Millis(from)), after(Millis(to)));
    store.scan(from, to, &mut look).unwrap();
    assert!(places.is_sorted(), "each record has its place");
    seen
}

pub(crate) async fn a_scan_shows_a_period_in_order(bench: &impl Bench) {
    let store = open(bench).await;
    assert_eq!(scanned(&*store, 0, u64::MAX >> 24, 9), []);
    for n in 0..50_u64 {
        let now = after(Millis(n));
        for nth in [1, 2] {
            send(&*store, visitor(nth), &[custom(&format!("e{n}"), now)], now)
                .await
                .unwrap();
        }
    }
    let both = |moments: std::ops::Range<u64>| -> Vec<_> {
        moments
            .flat_map(|n| [(n, visitor(1)), (n, visitor(2))])
            .collect()
    };
    assert_eq!(scanned(&*store, 0, 100, 1_000), both(0..50));
    assert_eq!(scanned(&*store, 10, 20, 1_000), both(10..20));
    assert_eq!(scanned(&*store, 10, 20, 4), both(10..12));
    assert_eq!(scanned(&*store, 20, 10, 4), []);
    bench.crash(store);
    assert_eq!(scanned(&*open(bench).await, 0, 100, 1_000), both(0..50));
}

/// The fold of a visitor's records is the visitor's state.
async fn assert_records_make_the_state(store: &impl VisitorStore, visitor: VisitorId) {
    let records = store.records(SITE, visitor, usize::MAX).unwrap();
    let first = records.last().expect("there are records");
    let mut folded = VisitorState::new(SITE, visitor, first.now);
    for record in records.iter().rev() {
        engine::replay(&rules(), &mut folded, record);
    }
    assert_eq!(folded, state(store, visitor).await);
}

pub(crate) async fn twenty_at_once_lose_nothing(bench: &impl Bench) {
    let store = open(bench).await;
    let writers = (0..20).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for n in 0..30_u64 {
                let now = after(Millis(n));
                let event = custom(&format!("{writer} {n}"), now);
                let taken = send(&*store, visitor(1), &[event], now).await.unwrap();
                assert_eq!(taken, [Taken::Accepted]);
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    let session = state(&*store, visitor(1)).await.session.unwrap();
    assert_eq!(session.totals.custom_events, 600);
    assert_eq!(
        store.records(SITE, visitor(1), usize::MAX).unwrap().len(),
        600
    );
    assert_records_make_the_state(&*store, visitor(1)).await;
}

/// Visitors at all stages of a visit: just come, long here, invited, gone.
async fn crowd(store: &impl VisitorStore, visitors: usize) -> Timestamp {
    for n in 0..visitors {
        send(store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
        for m in 0..(n * 7) % 50 {
            let now = after(Millis(m as u64));
            send(store, visitor(n), &[custom(&format!("e{m}"), now)], now)
                .await
                .unwrap();
        }
        if n % 3 == 0 {
            tick(store, visitor(n), after(secs(2))).await;
        }
        if n % 5 == 0 {
            tick(store, visitor(n), after(Millis::from_mins(40))).await;
        }
    }
    after(secs(2))
}

type Known = Vec<(VisitorState, Vec<Record>)>;

async fn all(store: &impl VisitorStore, visitors: usize) -> Known {
    let known = async |n| {
        let records = store.records(SITE, visitor(n), usize::MAX);
        (state(store, visitor(n)).await, records.unwrap())
    };
    join_all((0..visitors).map(known)).await
}

/// One by one, so that a failure shows one visitor and not all.
fn assert_same(now: &Known, before: &Known) {
    for (now, before) in now.iter().zip(before) {
        assert_eq!(now, before);
    }
}

pub(crate) async fn an_end_in_order_keeps_everything(bench: &impl Bench) {
    let store = open(bench).await;
    crowd(&*store, 40).await;
    let before = all(&*store, 40).await;
    store.close().await.unwrap();
    let refused = send(&*store, visitor(1), &[custom("late", START)], START).await;
    assert_eq!(refused, Err(StoreError::Closing));
    assert_eq!(store.health(), Err(StoreError::Closing));
    drop(store);
    assert_same(&all(&*open(bench).await, 40).await, &before);
}

pub(crate) async fn a_crash_keeps_everything(bench: &impl Bench) {
    let store = open(bench).await;
    let now = crowd(&*store, 40).await;
    let before = all(&*store, 40).await;
    bench.crash(store);
    let store = open(bench).await;
    assert_same(&all(&*store, 40).await, &before);
    // Now with states that are saved in part, and a crash right after the crash.
    bench.keep_house(&store, now + secs(20));
    for n in 0..10 {
        let now = after(secs(30));
        send(&*store, visitor(n), &[custom("more", now)], now)
            .await
            .unwrap();
    }
    let before = all(&*store, 40).await;
    bench.crash(store);
    bench.crash(open(bench).await);
    let store = open(bench).await;
    assert_same(&all(&*store, 40).await, &before);
    let again = send(
        &*store,
        visitor(1),
        &[custom("more", after(secs(31)))],
        after(secs(31)),
    )
    .await;
    assert_eq!(again, Ok(vec![Taken::Duplicate]));
}

pub(crate) async fn who_is_let_go_comes_back_as_the_same(bench: &impl Bench) {
    let store = open(bench).await;
    send(&*store, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    let gone = after(Millis::from_mins(31));
    tick(&*store, visitor(1), gone).await;
    let before = state(&*store, visitor(1)).await;
    assert!(before.session.is_none());
    bench.keep_house(&store, gone + Millis::from_mins(3));
    let mut seen = 0;
    store.for_each_live(Whose::Everybody, &mut |_| seen += 1);
    assert_eq!(seen, 0, "nobody is held in memory for good");
    assert_eq!(state(&*store, visitor(1)).await, before);
    let back = gone + Millis::from_mins(5);
    let events = [prices("p", back), prices("p2", back)];
    let taken = send(&*store, visitor(1), &events, back).await.unwrap();
    assert_eq!(taken, [Taken::Duplicate, Taken::Accepted]);
    let after_return = state(&*store, visitor(1)).await;
    assert_eq!((after_return.sessions, after_return.page_views), (2, 2));
    assert_eq!(
        after_return.ledger.contributions.len(),
        before.ledger.contributions.len() + 1
    );
    assert_records_make_the_state(&*store, visitor(1)).await;
    bench.crash(store);
    assert_eq!(state(&*open(bench).await, visitor(1)).await, after_return);
}

pub(crate) async fn a_request_that_took_long_is_not_lost(bench: &impl Bench) {
    let store = open(bench).await;
    send(&*store, visitor(1), &[custom("a", START)], START)
        .await
        .unwrap();
    bench.keep_house(&store, after(secs(60)));
    // It began before the house was kept and comes only now.
    let late = after(secs(40));
    send(&*store, visitor(1), &[custom("b", late)], late)
        .await
        .unwrap();
    send(&*store, visitor(2), &[custom("b", late)], late)
        .await
        .unwrap();
    bench.crash(store);
    let store = open(bench).await;
    for n in [1, 2] {
        let again = send(&*store, visitor(n), &[custom("b", late)], late)
            .await
            .unwrap();
        assert_eq!(again, [Taken::Duplicate], "visitor {n}");
    }
}

pub(crate) async fn a_clock_that_goes_back_loses_nothing(bench: &impl Bench) {
    let store = open(bench).await;
    send(&*store, visitor(1), &[prices("p", START)], START)
        .await
        .unwrap();
    bench.keep_house(&store, after(secs(60)));
    bench.forget(&store, START + retention(bench) + Millis::from_days(1));
    bench.crash(store);
    let store = open(bench).await;
    let earlier = START - Millis::from_hours(5);
    for (n, id) in ["x", "y"].into_iter().enumerate() {
        let taken = send(&*store, visitor(1 + n), &[custom(id, earlier)], earlier)
            .await
            .unwrap();
        assert_eq!(taken, [Taken::Accepted]);
    }
    let before = state(&*store, visitor(1)).await;
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(state(&*store, visitor(1)).await, before);
    assert_eq!(store.records(SITE, visitor(2), 10).unwrap().len(), 1);
}

pub(crate) async fn closing_under_load_loses_nothing(bench: &impl Bench) {
    let store = open(bench).await;
    let writers: Vec<_> = (0..20)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut acknowledged = 0_u64;
                loop {
                    let now = after(Millis(acknowledged));
                    let event = custom(&format!("e{acknowledged}"), now);
                    match send(&*store, visitor(writer), &[event], now).await {
                        Ok(_) => acknowledged += 1,
                        Err(why) => {
                            assert_eq!(why, StoreError::Closing);
                            return acknowledged;
                        }
                    }
                }
            })
        })
        .collect();
    while store.records(SITE, visitor(0), 10).unwrap().len() < 5 {
        tokio::task::yield_now().await;
    }
    store.close().await.unwrap();
    let acknowledged = join_all(writers).await;
    drop(store);
    let store = open(bench).await;
    for (writer, acknowledged) in acknowledged.into_iter().enumerate() {
        let events = state(&*store, visitor(writer))
            .await
            .session
            .unwrap()
            .totals
            .custom_events;
        assert!(u64::from(events) >= acknowledged.unwrap());
        assert_records_make_the_state(&*store, visitor(writer)).await;
    }
}
