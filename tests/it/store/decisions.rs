//! The decision log of a store, told as stories that know nothing of how it is kept.

use std::ops::ControlFlow;

use ahlan::domain::{Decision, DecisionKind, DecisionPlace, Key, Millis, Timestamp};
use ahlan::store::{Order, Span, VisitorStore};

use super::contract::{Bench, open};
use super::words::{SITE, START, after, prices, secs, send, tick, visitor};

const EVER: Span = Span {
    from: Timestamp(0),
    until: Timestamp(u64::MAX >> 20),
};

/// The first `limit` decisions in this order.
fn log(
    store: &impl VisitorStore,
    site: Key,
    span: Span,
    order: Order,
    limit: usize,
) -> Vec<(DecisionPlace, Decision)> {
    let mut found = Vec::new();
    let mut look = |place, decision| {
        found.push((place, decision));
        if found.len() < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    store.decisions(site, span, order, &mut look).unwrap();
    found
}

pub(crate) async fn decisions_are_kept_with_their_records(bench: &impl Bench) {
    let store = open(bench).await;
    for n in 1..=3 {
        send(&*store, visitor(n), &[prices("p", START)], START)
            .await
            .unwrap();
        tick(&*store, visitor(n), after(secs(2))).await;
    }
    let all = log(&*store, SITE, EVER, Order::OldestFirst, usize::MAX);
    let offers = all
        .iter()
        .filter(|(_, decision)| decision.kind() == DecisionKind::Offered);
    let who: Vec<_> = offers.map(|(_, decision)| decision.visitor).collect();
    assert_eq!(who, [visitor(1), visitor(2), visitor(3)]);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let mut reversed = log(&*store, SITE, EVER, Order::NewestFirst, usize::MAX);
    assert_eq!(
        log(&*store, SITE, EVER, Order::NewestFirst, 2),
        reversed[..2]
    );
    reversed.reverse();
    assert_eq!(reversed, all);
    assert_eq!(
        log(
            &*store,
            Key::of("club"),
            EVER,
            Order::OldestFirst,
            usize::MAX
        ),
        []
    );
    let (from, until) = (after(secs(2)), after(secs(3)));
    let within = log(
        &*store,
        SITE,
        Span { from, until },
        Order::OldestFirst,
        usize::MAX,
    );
    assert!(!within.is_empty() && within.iter().all(|(place, _)| place.seq.moment() >= from));
    let before = Span { from: until, until };
    assert_eq!(
        log(&*store, SITE, before, Order::OldestFirst, usize::MAX),
        []
    );
    bench.crash(store);
    let store = open(bench).await;
    assert_eq!(
        log(&*store, SITE, EVER, Order::OldestFirst, usize::MAX),
        all
    );
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

fn retention<B: Bench>(_: &B) -> Millis {
    B::RETENTION
}
