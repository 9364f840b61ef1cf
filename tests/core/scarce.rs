//! Places are scarce: an offer has to reach a bar.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Effect, Verdict, bid, explain, replay};

use crate::make::*;
use crate::visit::Visit;

/// A visitor with 40 of 100 points on the prices, where a trigger greets everybody.
fn reader(bar: Option<u32>) -> Visit {
    let mut visit = Visit::new(rules().give(rule("seen", 40)).invite(trigger("hello")));
    visit.record();
    visit.site.scarce = bar.map(scarce);
    visit.open("a", "/pricing");
    visit
}

fn scarce(bar: u32) -> Arc<Scarce> {
    let acceptance = vec![(Key::of("hello"), 500)];
    Arc::new(Scarce { bar, acceptance })
}

fn suppressed(visit: &Visit) -> usize {
    let scarce = |effect: &&Effect| matches!(effect, Effect::Suppressed { why, .. } if *why == Suppression::Scarce);
    visit.effects.iter().filter(scarce).count()
}

#[test]
fn who_reaches_the_bar_is_invited_and_who_does_not_is_held_back_once() {
    // 400 of a thousand points, and every second invitation accepted.
    let worth = 400 * 500;
    assert_eq!(reader(None).invited(), ["hello"]);
    assert_eq!(reader(Some(worth)).invited(), ["hello"]);
    let mut visit = reader(Some(worth + 1));
    assert_eq!(visit.invited(), [""; 0]);
    for _ in 0..3 {
        visit.tell("a", engage(secs(1), true));
    }
    assert_eq!(suppressed(&visit), 1, "noted once for each page");
    visit.open("b", "/pricing");
    // Another page gives more points.
    assert_eq!(visit.invited(), ["hello"]);
}

#[test]
fn while_those_who_wait_are_counted_nobody_goes() {
    let mut visit = reader(Some(Scarce::COUNTING));
    assert_eq!((visit.invited(), suppressed(&visit)), (vec![], 1));
    let found = explain(&visit.rules, &visit.site, &visit.state, visit.now);
    let Verdict::Suppress { why, .. } = found.verdict else {
        panic!("{:?}", found.verdict);
    };
    assert_eq!(why, "scarce");
    visit.site.scarce = None;
    visit.tick();
    assert_eq!(
        visit.invited(),
        ["hello"],
        "when there is room, one look is enough"
    );
}

#[test]
fn a_replay_holds_back_the_same() {
    let mut visit = reader(Some(Scarce::COUNTING));
    visit.site.scarce = Some(scarce(100));
    visit.wait(secs(3));
    visit.tick();
    let mut state = VisitorState::new(SITE, visit.state.id, START);
    let replayed = visit
        .records()
        .iter()
        .flat_map(|record| replay(&visit.rules, &mut state, record));
    let replayed: Vec<Effect> = replayed.collect();
    assert_eq!((replayed, state), (visit.effects, visit.state));
}

#[test]
fn a_bid_is_what_an_offer_would_be_worth() {
    let mut visit = reader(Some(Scarce::COUNTING));
    let worth = |visit: &Visit| {
        let told = scarce(Scarce::COUNTING);
        bid(&visit.rules, &visit.site, &told, &visit.state, visit.now)
    };
    assert_eq!(worth(&visit), Some(200_000));
    visit.site.free_slots = 0;
    assert_eq!(
        worth(&visit),
        Some(200_000),
        "that nobody can answer is known"
    );
    visit.tell("a", engage(secs(1), false));
    assert_eq!(worth(&visit), None, "nobody would see it");
    let unknown = Scarce {
        bar: 0,
        acceptance: Vec::new(),
    };
    assert_eq!(unknown.acceptance_of(Key::of("hello")), USUAL_ACCEPTANCE);
}

#[test]
fn an_agent_may_greet_below_the_bar() {
    let mut visit = reader(Some(Scarce::COUNTING));
    let wish = Wish {
        message: Some("Hello".into()),
        ..Wish::default()
    };
    let by = ByAgent {
        who: "Sara".into(),
        deed: Deed::Invite(wish),
    };
    visit.tell("", EventKind::ByAgent(Box::new(by)));
    assert_eq!(visit.invited(), [BY_HAND]);
}
