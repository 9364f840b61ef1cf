//! Visits: how they begin, go on and end.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken, begins_session};
use ahlan::rules::Field;

use crate::make::*;
use crate::visit::Visit;

fn began(visit: &Visit) -> usize {
    let begins = |effect: &&Effect| matches!(effect, Effect::SessionStarted(_));
    visit.effects.iter().filter(begins).count()
}

#[test]
fn the_first_page_begins_a_visit_and_says_how_the_visitor_came() {
    let mut visit = Visit::new(rules());
    assert_eq!(visit.open("a", "/pricing"), Taken::Accepted);
    let session = visit.session();
    assert_eq!(session.started_at, START);
    assert_eq!(session.entry_type, Some(Key::of("pricing")));
    assert_eq!(&*session.arrival.source.source, "google");
    assert_eq!((visit.state.sessions, visit.state.page_views), (1, 1));
}

#[test]
fn only_signs_of_life_begin_a_visit() {
    for kind in [
        engage(secs(5), true),
        leave(secs(5)),
        EventKind::Chat(ChatState::Queued),
        EventKind::Consent { granted: true },
    ] {
        let mut visit = Visit::new(rules());
        assert_eq!(visit.tell("a", kind), Taken::Accepted);
        assert_eq!(visit.state.session, None);
    }
    for kind in [custom("x"), goal("y"), identify("me", &[])] {
        let mut visit = Visit::new(rules());
        visit.tell("a", kind);
        assert_eq!(began(&visit), 1);
    }
}

#[test]
fn a_page_that_knows_less_puts_nobody_back_into_the_queue() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    let mut hears = |chat: ChatState| {
        visit.tell("", EventKind::Chat(chat));
        (visit.state.chat, visit.state.chats)
    };
    assert_eq!(hears(ChatState::Queued), (ChatState::Queued, 0));
    assert_eq!(hears(ChatState::Chatting), (ChatState::Chatting, 1));
    assert_eq!(hears(ChatState::Queued), (ChatState::Chatting, 1));
    assert_eq!(hears(ChatState::Ended), (ChatState::Ended, 1));
    assert_eq!(hears(ChatState::Queued), (ChatState::Queued, 1));
}

#[test]
fn half_an_hour_of_silence_ends_a_visit_by_timer_alone() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(Millis(mins(30).0 - 1));
    assert!(visit.state.session.is_some());
    visit.wait(Millis(1));
    assert_eq!(visit.state.session, None);
    assert!(matches!(
        visit.effects.last(),
        Some(Effect::SessionEnded(_))
    ));
    assert_eq!(visit.wake_at, None, "nothing is left to wait for");
}

#[test]
fn any_word_keeps_a_visit_alive() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    for _ in 0..5 {
        visit.wait(mins(29));
        visit.tell("a", engage(secs(1), false));
    }
    assert_eq!(began(&visit), 1);
}

#[test]
fn a_page_after_the_gap_begins_another_visit_though_no_timer_rang() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/pricing");
    visit.now = visit.now + mins(31);
    visit.open("b", "/help");
    assert_eq!((began(&visit), visit.state.sessions), (2, 2));
    assert_eq!(visit.session().entry_type, Some(Key::of("help")));
    assert_eq!(visit.session().pages.len(), 1);
}

#[test]
fn a_page_left_open_overnight_ends_its_visit_and_begins_none() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.now = visit.now + mins(600);
    visit.tell("a", engage(secs(9), true));
    assert_eq!(visit.state.session, None);
}

#[test]
fn a_batch_that_ends_one_visit_and_begins_the_next_knows_how_the_visitor_came() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.now = visit.now + mins(40);
    let batch = vec![
        visit.event("a", engage(secs(9), true)),
        visit.event("a", leave(secs(9))),
        visit.event("b", EventKind::PageView(Box::new(page_view("/pricing")))),
    ];
    assert!(begins_session(&visit.state, &batch));
    assert!(!begins_session(&visit.state, &batch[..2]));
    visit.request(batch);
    assert_eq!(began(&visit), 2);
}

#[test]
fn whether_a_batch_begins_a_visit_minds_repetitions_and_refusals() {
    let mut visit = Visit::new(rules());
    let first = visit.event("a", custom("x"));
    visit.request(vec![first.clone()]);
    assert!(!begins_session(&visit.state, &[first]), "a repetition");
    let denied = visit.event("", EventKind::Consent { granted: false });
    let granted = visit.event("", EventKind::Consent { granted: true });
    let page = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    assert!(begins_session(&visit.state, &[denied, granted, page]));
}

#[test]
fn a_late_event_of_this_visit_is_taken_without_moving_its_clock_back() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(mins(10));
    visit.open("b", "/help");
    let last_at = visit.session().last_at;
    visit.tell_late(mins(5), "a", custom("x"));
    assert_eq!(visit.session().last_at, last_at);
    assert_eq!(visit.session().totals.custom_events, 1);
}

#[test]
fn a_late_page_of_an_earlier_visit_is_counted_and_left_out_of_this_one() {
    let mut visit = Visit::new(rules().give(rule("view", 10)));
    visit.open("a", "/");
    visit.wait(mins(90));
    visit.open("b", "/help");
    let late = EventKind::PageView(Box::new(page_view("/pricing")));
    visit.tell_late(mins(80), "c", late);
    assert_eq!(visit.state.page_views, 3);
    assert_eq!(visit.session().totals.page_views, 1);
    assert_eq!(visit.buy(), 20);
}

#[test]
fn a_straggler_begins_no_visit_that_would_be_over_at_once() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.wait(mins(10));
    visit.tell("a", engage(secs(5), false));
    visit.wait(mins(60));
    assert_eq!(visit.state.session, None);
    let late = EventKind::PageView(Box::new(page_view("/pricing")));
    assert_eq!(visit.tell_late(mins(65), "b", late), Taken::Accepted);
    assert_eq!((began(&visit), visit.state.page_views), (1, 2));
}

#[test]
fn a_visit_made_offline_is_told_afterwards() {
    let mut visit = Visit::new(rules());
    visit.now = START + mins(180);
    visit.state = VisitorState::new(SITE, visitor(7), visit.now);
    let page = |url| EventKind::PageView(Box::new(page_view(url)));
    let mut batch = vec![visit.event("a", page("/")), visit.event("b", page("/help"))];
    batch[0].at = START;
    batch[1].at = START + mins(60);
    visit.request(batch);
    assert_eq!(began(&visit), 2);
    visit.wait(Millis(1));
    assert_eq!(visit.state.session, None, "both are long over");
}

#[test]
fn an_event_from_the_future_happens_on_arrival() {
    let mut visit = Visit::new(rules());
    let mut event = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    event.at = Timestamp(u64::MAX);
    visit.request(vec![event]);
    assert_eq!(visit.session().last_at, START);
    visit.wait(mins(31));
    assert_eq!(visit.state.session, None);
}

#[test]
fn the_entry_is_the_page_opened_first_not_the_one_heard_of_first() {
    let mut visit = Visit::new(rules());
    visit.tell("", identify("me", &[]));
    visit.wait(secs(10));
    visit.open("b", "/help");
    assert_eq!(visit.session().entry_type, Some(Key::of("help")));
    let earlier = EventKind::PageView(Box::new(page_view("/pricing")));
    visit.tell_late(secs(5), "a", earlier);
    assert_eq!(visit.session().entry_type, Some(Key::of("pricing")));
    visit.wait(secs(5));
    visit.open("c", "/");
    assert_eq!(visit.session().entry_type, Some(Key::of("pricing")));
}

#[test]
fn rules_on_the_sessions_start_see_the_page_it_began_with() {
    let start = ahlan::rules::ScoreRule {
        on: ahlan::rules::On::SessionStart,
        condition: is(Field::PagePath, "/pricing"),
        ..rule("start", 10)
    };
    let mut visit = Visit::new(rules().give(start));
    visit.open("a", "/pricing");
    assert_eq!(visit.buy(), 10);
    visit.open("b", "/pricing");
    assert_eq!(visit.buy(), 10, "once a visit");
}

#[test]
fn a_visit_that_ends_by_silence_ends_its_chat() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    visit.tell("", EventKind::Chat(ChatState::Chatting));
    visit.wait(mins(31));
    assert_eq!(visit.state.chat, ChatState::Ended);
}
