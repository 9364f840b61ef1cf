//! Dwell rules fire at their threshold by timer alone, once for each look at a page.

use ahlan::domain::*;
use ahlan::rules::{Field, ScoreRule};

use crate::make::*;
use crate::visit::Visit;

fn entered(visit: &Visit) -> Vec<Millis> {
    let contributions = visit.state.ledger.contributions.iter();
    contributions.map(|entry| entry.at.since(START)).collect()
}

#[test]
fn a_threshold_is_reached_without_a_word() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    assert_eq!(visit.wake_at, Some(START + secs(20)));
    visit.wait(secs(30));
    assert_eq!(entered(&visit), [secs(20)]);
    assert_eq!(visit.ticks, 1);
}

#[test]
fn it_fires_once_for_a_page_and_again_for_the_next() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    visit.read("a", secs(90));
    visit.open("b", "/pricing");
    visit.read("b", secs(30));
    assert_eq!(entered(&visit), [secs(20), secs(110)]);
}

#[test]
fn a_correction_downwards_does_not_fire_it_twice() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    visit.wait(secs(25));
    visit.tell("a", engage(secs(10), true));
    visit.wait(secs(30));
    assert_eq!(entered(&visit), [secs(20)]);
}

#[test]
fn attention_lost_stops_the_timer_and_regained_resumes_it() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    visit.wait(secs(12));
    visit.tell("a", engage(secs(12), false));
    assert_eq!(visit.wake_at, Some(visit.now + SESSION_GAP));
    visit.wait(secs(60));
    visit.tell("a", engage(secs(12), true));
    visit.wait(secs(60));
    assert_eq!(entered(&visit), [secs(80)]);
}

#[test]
fn beyond_the_horizon_only_a_report_counts() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(60))));
    visit.open("a", "/pricing");
    visit.wait(mins(5));
    assert_eq!(visit.buy(), 0);
    assert_eq!(visit.ticks, 0, "no timer for what cannot be predicted");
    visit.tell("a", engage(secs(59), true));
    visit.wait(secs(1));
    assert_eq!(visit.buy(), 15);
}

#[test]
fn a_report_that_jumps_over_the_threshold_fires_it() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(50))));
    visit.open("a", "/pricing");
    visit.wait(secs(70));
    visit.tell("a", leave(secs(55)));
    assert_eq!(visit.buy(), 15);
}

#[test]
fn the_condition_is_judged_at_the_threshold_by_the_page_that_reached_it() {
    let deep = ScoreRule {
        page_types: vec![Key::of("pricing")],
        condition: at_least(Field::SessionPageViews, 2.0),
        ..dwell("read", 15, secs(20))
    };
    let mut visit = Visit::new(rules().give(deep));
    visit.open("a", "/pricing");
    visit.wait(secs(25));
    assert_eq!(visit.buy(), 0, "the moment has passed");
    visit.open("b", "/help");
    visit.wait(secs(25));
    assert_eq!(visit.buy(), 0, "not on this type");
    visit.open("c", "/pricing");
    visit.wait(secs(25));
    assert_eq!(visit.buy(), 15);
}

#[test]
fn a_page_in_another_tab_has_its_own_time() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    visit.wait(secs(15));
    visit.open("b", "/help");
    visit.wait(secs(15));
    assert_eq!(visit.buy(), 0);
    visit.tell("a", engage(secs(15), true));
    visit.wait(secs(10));
    assert_eq!(entered(&visit), [secs(35)]);
}

#[test]
fn time_that_another_event_of_the_request_takes_back_was_never_spent() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    let mut batch = vec![
        visit.event("a", EventKind::PageView(Box::new(page_view("/pricing")))),
        visit.event("a", leave(secs(3))),
    ];
    batch[1].at = START + secs(3);
    visit.now = START + secs(60);
    visit.request(batch);
    assert_eq!(visit.buy(), 0);
}

#[test]
fn a_visit_that_ends_unheard_still_gets_its_due() {
    let mut visit = Visit::new(rules().give(dwell("read", 15, secs(20))));
    visit.open("a", "/pricing");
    visit.now = visit.now + mins(40);
    visit.open("b", "/help");
    assert_eq!(visit.buy(), 15, "the timer was lost, the time was not");
}

#[test]
fn many_pages_in_one_request_all_get_their_due() {
    let mut visit = Visit::new(rules().give(dwell("read", 1, secs(20))));
    visit.now = START + mins(60);
    let mut batch = Vec::new();
    for nth in 0..25_u64 {
        let page = nth.to_string();
        let opened = visit.now - secs(30 * (25 - nth));
        let mut events = [
            visit.event(&page, EventKind::PageView(Box::new(page_view("/pricing")))),
            visit.event(&page, leave(secs(25))),
        ];
        events[0].at = opened;
        events[1].at = opened + secs(25);
        batch.extend(events);
    }
    visit.request(batch);
    assert_eq!(visit.buy(), 25);
}
