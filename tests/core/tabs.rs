//! Pages and tabs: attention is one, and no second of it counts twice.

use ahlan::domain::*;

use crate::make::*;
use crate::visit::Visit;

fn view(url: &str) -> EventKind {
    EventKind::PageView(Box::new(page_view(url)))
}

fn behind(url: &str) -> EventKind {
    EventKind::PageView(Box::new(PageViewEvent {
        attended: false,
        ..page_view(url)
    }))
}

#[test]
fn active_time_is_predicted_for_an_attended_page_and_for_no_longer_than_the_horizon() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(20));
    assert_eq!(visit.page("a").active(visit.now), secs(20));
    visit.wait(secs(100));
    assert_eq!(visit.page("a").active(visit.now), ATTENTION_HORIZON);
    assert_eq!(visit.session().presence(visit.now), Presence::Idle);
    visit.wait(secs(100));
    assert_eq!(visit.session().presence(visit.now), Presence::Left);
}

#[test]
fn attention_moves_between_tabs_and_counts_once() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(10));
    visit.open("b", "/help");
    visit.wait(secs(10));
    visit.tell("a", engage(secs(10), true));
    visit.wait(secs(10));
    assert_eq!(visit.page("a").active(visit.now), secs(20));
    assert_eq!(visit.page("b").active(visit.now), secs(10));
    assert_eq!(visit.session().active(visit.now), secs(30));
    assert_eq!(visit.session().current, 0);
}

#[test]
fn a_tab_opened_behind_takes_no_attention() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.tell("b", behind("/help"));
    visit.wait(secs(5));
    assert_eq!(visit.session().current, 0);
    assert_eq!(visit.page("b").active(visit.now), Millis::ZERO);
}

#[test]
fn a_late_report_of_one_tab_does_not_take_attention_from_a_later_one() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.tell("b", behind("/help"));
    visit.wait(secs(10));
    visit.tell("b", engage(secs(0), true));
    visit.tell_late(secs(4), "a", engage(secs(6), true));
    visit.wait(secs(5));
    assert!(visit.page("b").attended && !visit.page("a").attended);
    assert_eq!(
        visit.page("a").active(visit.now),
        secs(10),
        "up to the take-over"
    );
    assert_eq!(visit.page("b").active(visit.now), secs(5));
}

#[test]
fn a_page_heard_of_late_was_attended_until_the_next_was_opened() {
    let mut visit = Visit::new(rules());
    visit.wait(secs(10));
    visit.open("b", "/help");
    visit.tell_late(secs(7), "a", view("/"));
    visit.wait(secs(5));
    assert!(visit.page("b").attended && !visit.page("a").attended);
    assert_eq!(visit.page("a").active(visit.now), secs(7));
    assert_eq!(visit.session().active(visit.now), secs(12));
    assert_eq!(visit.session().current, 1);
}

#[test]
fn a_page_heard_of_late_has_the_attention_that_no_other_claims() {
    let mut visit = Visit::new(rules());
    visit.wait(secs(10));
    visit.tell("b", behind("/help"));
    visit.tell_late(secs(7), "a", view("/"));
    assert_eq!(visit.session().current, 0);
    assert!(visit.page("a").attended);
}

#[test]
fn a_late_report_corrects_what_was_guessed_when_another_tab_took_over() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(20));
    visit.open("b", "/help");
    assert_eq!(visit.page("a").active(visit.now), secs(20));
    visit.tell_late(secs(15), "a", engage(secs(5), false));
    assert_eq!(visit.page("a").active(visit.now), secs(5));
}

#[test]
fn totals_only_grow() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(30));
    visit.tell("a", engage(secs(30), false));
    visit.tell_late(secs(10), "a", engage(secs(20), true));
    visit.tell("a", engage(secs(3), false));
    assert_eq!(visit.page("a").active(visit.now), secs(30));
    assert!(!visit.page("a").attended);
}

#[test]
fn nobody_can_be_active_for_longer_than_the_page_was_open() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(10));
    visit.tell("a", engage(mins(600), false));
    assert_eq!(visit.page("a").active(visit.now), secs(12));
    visit.tell("a", engage(Millis(u64::MAX), false));
    assert_eq!(visit.page("a").active(visit.now), secs(12));
}

#[test]
fn leaving_closes_a_page_for_good() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(8));
    visit.tell("a", leave(secs(8)));
    visit.tell_late(secs(3), "a", engage(secs(5), true));
    visit.tell("a", engage(secs(8), true));
    visit.wait(secs(8));
    assert_eq!(visit.page("a").active(visit.now), secs(8));
    assert_eq!(visit.session().presence(visit.now), Presence::Left);
}

#[test]
fn a_leave_that_knows_no_totals_keeps_what_was_predicted() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(8));
    let word = EventKind::Leave {
        active: None,
        scroll: None,
    };
    visit.tell("a", word);
    visit.wait(secs(8));
    assert_eq!(visit.page("a").active(visit.now), secs(8));
}

#[test]
fn a_lost_leave_costs_at_most_the_horizon() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(mins(10));
    visit.open("b", "/help");
    visit.wait(secs(5));
    assert_eq!(
        visit.session().active(visit.now),
        ATTENTION_HORIZON + secs(5)
    );
}

#[test]
fn a_page_id_that_is_used_again_names_the_new_page() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(secs(10));
    visit.open("a", "/help");
    visit.wait(secs(5));
    assert_eq!(visit.session().active(visit.now), secs(15));
    assert_eq!(
        visit
            .session()
            .pages
            .iter()
            .filter(|page| page.closed)
            .count(),
        1
    );
    visit.tell_late(secs(12), "a", view("/"));
    assert_eq!(visit.page("a").url.as_ref(), "https://shop.example/help");
    assert!(!visit.page("a").closed);
}

#[test]
fn reports_on_pages_nobody_knows_change_no_page() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    let before = visit.session().pages.clone();
    visit.tell("elsewhere", engage(secs(9), true));
    visit.tell("", leave(secs(9)));
    assert_eq!(visit.session().pages, before);
}

#[test]
fn folding_keeps_sums_and_lets_closed_pages_go_first() {
    let mut visit = Visit::new(rules());
    visit.open("keep", "/");
    for nth in 0..40_u64 {
        let page = nth.to_string();
        visit.open(&page, "/help");
        visit.wait(secs(2));
        visit.tell(&page, leave(secs(2)));
    }
    let session = visit.session();
    assert_eq!(session.pages.len(), MAX_PAGES);
    assert_eq!(session.totals.page_views, 41);
    assert_eq!(session.views_of(Key::of("help")), 40);
    assert_eq!(session.active(visit.now), secs(80));
    assert!(!visit.page("keep").closed, "an open tab stays");
}

#[test]
fn folding_open_tabs_keeps_the_current_one() {
    let mut visit = Visit::new(rules());
    visit.open("first", "/");
    for nth in 0..40_u64 {
        visit.tell(&nth.to_string(), behind("/help"));
        visit.wait(secs(1));
    }
    assert_eq!(
        visit.session().current_page().map(|page| page.page),
        Some(PageId::of("first"))
    );
    visit.tell("39", engage(secs(0), true));
    assert_eq!(visit.session().current, MAX_PAGES - 1);
}
