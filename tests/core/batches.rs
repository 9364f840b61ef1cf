//! Requests: each event has one outcome, and conclusions are drawn from all of them together.

use ahlan::domain::*;
use ahlan::engine::{Input, Taken, step};

use crate::make::*;
use crate::visit::Visit;

#[test]
fn a_repeated_event_is_a_duplicate_and_changes_nothing() {
    let mut visit = Visit::new(rules().give(rule("view", 10)));
    let event = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    assert_eq!(
        visit.request(vec![event.clone(), event.clone()]),
        [Taken::Accepted, Taken::Duplicate]
    );
    let before = visit.state.clone();
    visit.wait(secs(1));
    assert_eq!(visit.request(vec![event]), [Taken::Duplicate]);
    assert_eq!(visit.state, before);
}

#[test]
fn a_request_of_repetitions_leaves_the_timer_standing() {
    let mut visit = Visit::new(rules().give(dwell("read", 10, secs(20))));
    let event = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    visit.request(vec![event.clone()]);
    let wake_at = visit.wake_at;
    visit.wait(secs(1));
    visit.request(vec![event]);
    assert_eq!(visit.wake_at, wake_at);
}

#[test]
fn one_refused_event_does_not_refuse_its_request() {
    let mut visit = Visit::new(rules());
    let answer = EventKind::Invitation {
        invitation: InvitationId([1; 8]),
        outcome: InvitationOutcome::Shown,
    };
    let batch = vec![
        visit.event("", answer),
        visit.event("a", EventKind::PageView(Box::new(page_view("/")))),
    ];
    assert_eq!(
        visit.request(batch),
        [Taken::Rejected(Reject::UnknownInvitation), Taken::Accepted]
    );
}

#[test]
fn nobody_is_invited_on_a_page_that_the_same_request_leaves() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    let page = EventKind::PageView(Box::new(page_view("/")));
    let batch = vec![visit.event("a", page), visit.event("a", leave(secs(0)))];
    visit.request(batch);
    assert_eq!(visit.state.invitations.made, 0);
}

#[test]
fn a_step_is_a_request_of_one_event() {
    let rules = rules().give(rule("view", 10)).invite(trigger("hello"));
    let mut visit = Visit::new(rules);
    let mut state = visit.state.clone();
    let event = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    let arrival = arrival("google");
    let input = Input::Event(&event, Some(&arrival));
    let (taken, effects) = step(&visit.rules, &visit.site, &mut state, input, START);
    assert_eq!(visit.request(vec![event.clone()]), [taken]);
    assert_eq!((visit.state, visit.effects), (state, effects.list));
}

#[test]
fn an_event_is_judged_by_the_page_it_names_or_by_none() {
    let cart = ahlan::rules::ScoreRule {
        on: ahlan::rules::On::Custom,
        page_types: vec![Key::of("pricing")],
        ..rule("cart", 10)
    };
    let mut visit = Visit::new(rules().give(cart));
    visit.open("a", "/pricing");
    visit.tell("forgotten", custom("add"));
    assert_eq!(visit.buy(), 0);
    visit.tell("a", custom("add"));
    assert_eq!(visit.buy(), 10);
    visit.tell("", custom("add"));
    assert_eq!(visit.buy(), 20, "without a page, the current one");
}
