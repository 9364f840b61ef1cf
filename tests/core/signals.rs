//! What the browser reports by itself, what agents add, and conditions that time alone brings about.

use ahlan::domain::*;
use ahlan::rules::{On, RuleSet, ScoreRule, SourceFile, compile};

use crate::make::*;
use crate::visit::Visit;

fn typing(visit: &Visit) -> bool {
    visit.session().typing_since.is_some()
}

#[test]
fn whoever_is_in_a_form_types_until_the_form_or_the_page_is_left() {
    for end in [custom("form_blur"), leave(secs(1)), custom("FORM_BLUR")] {
        let mut visit = Visit::new(rules());
        visit.open("p", "/pricing");
        visit.tell("p", custom("form_focus"));
        assert_eq!(visit.session().typing_since, Some(START));
        visit.wait(secs(1));
        visit.tell("p", end);
        assert!(!typing(&visit));
    }
    let mut visit = Visit::new(rules());
    visit.open("p", "/pricing");
    visit.tell("p", custom("form_focus"));
    visit.open("q", "/help");
    assert!(!typing(&visit), "another page");
    visit.tell("p", custom("form_focus"));
    assert!(
        !typing(&visit),
        "a late word of a page that is not looked at"
    );
}

#[test]
fn two_minutes_without_a_sign_end_the_typing() {
    let mut visit = Visit::new(rules());
    visit.open("p", "/pricing");
    visit.tell("p", custom("form_focus"));
    visit.read("p", mins(5));
    assert!(typing(&visit), "the page is attended all the time");
    visit.tell("p", engage(mins(5), false));
    visit.wait(secs(119));
    visit.tick();
    assert!(typing(&visit));
    visit.wait(secs(1));
    visit.tick();
    assert!(!typing(&visit));
}

#[test]
fn signals_are_no_events_of_the_site() {
    let any = ScoreRule {
        on: On::Custom,
        ..rule("any", 1)
    };
    let named = ScoreRule {
        event: Some("exit_intent".into()),
        ..ScoreRule {
            on: On::Custom,
            ..rule("named", 10)
        }
    };
    let mut visit = Visit::new(rules().give(any).give(named));
    visit.open("p", "/pricing");
    for name in ["form_focus", "form_blur", "exit_intent"] {
        visit.tell("p", custom(name));
    }
    assert_eq!(visit.buy(), 10, "only a rule that names a signal hears it");
    assert_eq!(visit.session().totals.custom_events, 0);
    visit.tell("p", custom("cart"));
    assert_eq!(visit.buy(), 11);
}

#[test]
fn exit_intent_belongs_to_its_page() {
    let mut visit = Visit::new(rules());
    visit.open("p", "/pricing");
    visit.tell("p", custom("exit_intent"));
    visit.open("q", "/help");
    assert!(visit.page("p").exit_intent && !visit.page("q").exit_intent);
    assert!(visit.session().exit_intent);
}

#[test]
fn labels_are_bounded_and_are_no_sign_of_life() {
    let tag = |add: &[&str], remove: &[&str]| EventKind::Tag {
        add: add.iter().map(|&tag| tag.into()).collect(),
        remove: remove.iter().map(|&tag| tag.into()).collect(),
    };
    let mut visit = Visit::new(rules());
    visit.tell("", tag(&["vip"], &[]));
    assert!(visit.state.session.is_none());
    visit.open("p", "/pricing");
    let heard = (visit.session().last_at, visit.state.last_seen);
    visit.wait(secs(5));
    visit.tell("", tag(&["VIP", "new", "New"], &["nobody"]));
    let tags: Vec<&str> = visit.state.tags.iter().map(|tag| &**tag).collect();
    assert_eq!(tags, ["VIP", "new"]);
    assert_eq!((visit.session().last_at, visit.state.last_seen), heard);
    for nth in 0..100 {
        visit.tell("", tag(&[&format!("tag {nth}")], &["NEW"]));
    }
    assert_eq!(visit.state.tags.len(), MAX_TAGS);
    assert_eq!(
        &*visit.state.tags[MAX_TAGS - 1],
        "tag 99",
        "the newest stay"
    );
}

#[test]
fn logs_of_a_session_are_bounded_and_totals_go_on() {
    let mut visit = Visit::new(rules());
    visit.open("p", "/pricing");
    for nth in 0..200 {
        visit.tell("p", custom("cart"));
        visit.tell("p", goal(&format!("goal {nth}")));
    }
    let session = visit.session();
    assert_eq!(session.event_log.len(), MAX_EVENT_LOG);
    assert_eq!(session.totals.named.len(), MAX_EVENT_NAMES);
    let cart = EventName {
        key: Key::of("cart"),
        goal: false,
    };
    assert_eq!(session.events_of(cart), 200);
}

/// One trigger with this condition; the site opens at 00:21 in Riyadh, a minute after the story begins.
fn waiting_for(condition: &str) -> Visit {
    let text = format!(
        "[hours]\ntime_zone = \"Asia/Riyadh\"\nopen = {{ every_day = \"00:21-09:00\" }}\n\
         [[trigger]]\nid = \"t\"\ninvitation = {{ message = {{ en = \"Hello\" }} }}\nall = [ {condition} ]\n"
    );
    let rules: RuleSet = compile(&[SourceFile::new("rules.toml", text)])
        .expect("the rules compile")
        .rule_set;
    let mut visit = Visit::under(rules);
    visit.open("p", "/pricing");
    visit
}

#[test]
fn conditions_on_the_clock_come_true_by_timer_alone() {
    let date = "2025-11-22T00:21";
    for condition in [
        "{ field = 'time.open', equals = true }".to_owned(),
        "{ not = { field = 'time.open', equals = false } }".to_owned(),
        format!("{{ field = 'time.date', after = '{date}' }}"),
        "{ field = 'visitor.trait.due', within = '1d' }".to_owned(),
        "{ not = { field = 'visitor.trait.due', within_next = '1d' } }".to_owned(),
    ] {
        let mut visit = waiting_for(&condition);
        visit.tell("p", identify("u", &[("due", date)]));
        visit.read("p", secs(45));
        visit.wait(Millis(14_990));
        assert!(visit.offer().is_none(), "{condition}");
        visit.wait(Millis(11));
        assert!(visit.offer().is_some(), "{condition}");
    }
}

#[test]
fn the_end_of_a_window_comes_by_timer_alone() {
    for quiet in [
        "{ field = 'session.events.cart', equals = 0, in_last = '20s' }",
        "{ not = { field = 'session.events', at_least = 1, in_last = '20s' } }",
        "{ field = 'session.page_views', equals = 0, in_last = '20s' }",
    ] {
        let happened = "{ field = 'session.events.cart', at_least = 1 }";
        let mut visit = waiting_for(&format!("{happened}, {quiet}"));
        visit.tell("p", custom("cart"));
        visit.wait(Millis(19_999));
        assert!(visit.offer().is_none(), "{quiet}");
        visit.wait(Millis(1));
        assert!(visit.offer().is_some(), "{quiet}");
    }
}

#[test]
fn idle_time_counts_from_the_last_attention() {
    let mut visit = Visit::new(rules());
    visit.open("p", "/pricing");
    visit.tell("p", engage(secs(0), true));
    let idle = |visit: &Visit| visit.session().idle(visit.now);
    visit.wait(secs(30));
    assert_eq!(idle(&visit), Millis::ZERO);
    visit.wait(secs(12));
    assert_eq!(
        idle(&visit),
        secs(10),
        "the attention is taken to last 32 s"
    );
    visit.tell("p", engage(secs(40), false));
    assert_eq!(idle(&visit), secs(10));
    visit.wait(secs(5));
    visit.tell("p", engage(secs(40), false));
    assert_eq!(
        idle(&visit),
        secs(15),
        "a page that lies there is no attention"
    );
    visit.tell("p", engage(secs(40), true));
    visit.tell("p", leave(secs(40)));
    visit.wait(secs(7));
    assert_eq!(idle(&visit), secs(7));
}
