//! The decision log of a store, told as stories that know nothing of how it is kept.

use std::ops::ControlFlow;

use ahlan::domain::{Decision, DecisionKind, DecisionPlace, Key, Timestamp};
use ahlan::store::{Order, Span, VisitorStore};

use super::words::{SITE, START, after, prices, secs, send, tick, visitor};
use super::{Bench, open};

pub(super) const EVER: Span = Span {
    from: Timestamp(0),
    until: Timestamp(u64::MAX >> 20),
};

/// The first `limit` decisions in this order.
pub(super) fn log(
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
