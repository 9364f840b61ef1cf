//! What a store promises about logs: what was added is there, in order, until it is old or too much.

use std::ops::ControlFlow;

use ahlan::domain::{Key, Millis, Seq, Timestamp};
use ahlan::store::{Logs, Order, Span};
use futures_util::future::join_all;

use super::decisions::EVER;
use super::words::{START, after, secs};
use super::{Bench, open};

pub(crate) const LOG: Key = Key::of("log:one");
const ANOTHER: Key = Key::of("log:another");
const PLENTY: usize = 100_000;

/// The first `limit` entries in this order.
pub(crate) fn entries(
    store: &impl Logs,
    log: Key,
    span: Span,
    order: Order,
    limit: usize,
) -> Vec<(Seq, String)> {
    let mut found = Vec::new();
    let mut look = |seq, bytes: &[u8]| {
        found.push((seq, String::from_utf8(bytes.to_vec()).unwrap()));
        if found.len() < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    store.notes(log, span, order, &mut look).unwrap();
    found
}

pub(crate) async fn add(store: &impl Logs, log: Key, at: Timestamp, text: &str) -> Seq {
    store.note(log, at, text.as_bytes(), PLENTY).await.unwrap()
}

pub(crate) async fn a_log_is_read_as_it_was_written(bench: &impl Bench) {
    let store = open(bench).await;
    assert_eq!(entries(&*store, LOG, EVER, Order::OldestFirst, 9), []);
    let mut written = Vec::new();
    for nth in 0..40 {
        let (at, text) = (after(secs(nth)), format!("entry {nth}"));
        let place = add(&*store, LOG, at, &text).await;
        assert_eq!(place.moment(), at);
        written.push((place, text));
        add(&*store, ANOTHER, at, "another").await;
    }
    let all = entries(&*store, LOG, EVER, Order::OldestFirst, usize::MAX);
    assert_eq!(all, written);
    let newest = entries(&*store, LOG, EVER, Order::NewestFirst, 3);
    assert!(newest.iter().eq(written.iter().rev().take(3)));
    let (from, until) = (after(secs(10)), after(secs(20)));
    let span = Span { from, until };
    let within = entries(&*store, LOG, span, Order::OldestFirst, usize::MAX);
    assert_eq!(within, written[10..20]);
    bench.crash(store);
    let store = open(bench).await;
    let all = entries(&*store, LOG, EVER, Order::OldestFirst, usize::MAX);
    assert_eq!(all, written, "after a crash");
    let next = add(&*store, LOG, START, "the clock went back").await;
    assert!(next > written.last().unwrap().0, "no place is given twice");
}

pub(crate) async fn entries_of_one_moment_keep_their_order(bench: &impl Bench) {
    let store = open(bench).await;
    for nth in 0..20 {
        add(&*store, LOG, START, &format!("{nth:02}")).await;
    }
    let earlier = START - Millis::from_hours(1);
    add(&*store, LOG, earlier, "from a clock that went back").await;
    let all = entries(&*store, LOG, EVER, Order::OldestFirst, usize::MAX);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(all[..20].is_sorted_by_key(|(_, text)| text));
    assert_eq!(all[20].1, "from a clock that went back");
}

pub(crate) async fn a_long_log_loses_its_oldest_entries(bench: &impl Bench) {
    const MOST: usize = 200;
    let store = open(bench).await;
    for from in (0..1_200).step_by(100) {
        let some = (from..from + 100_u64).map(|nth| {
            let store = &store;
            async move {
                let text = nth.to_string();
                let added = store.note(LOG, after(Millis(nth)), text.as_bytes(), MOST);
                added.await.unwrap();
            }
        });
        join_all(some).await;
    }
    let left = entries(&*store, LOG, EVER, Order::NewestFirst, usize::MAX);
    assert!((MOST..1_000).contains(&left.len()), "{}", left.len());
    assert_eq!(left[0].1.len(), 4, "the latest are there");
    let first = entries(&*store, LOG, EVER, Order::OldestFirst, 1);
    assert_ne!(first[0].1, "0");
}
