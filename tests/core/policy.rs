//! Courtesy: everything that may speak against inviting somebody, whatever the trigger.

use ahlan::domain::Suppression;
use ahlan::domain::*;
use ahlan::engine::suppressions;

use crate::make::*;
use crate::visit::Visit;

fn why_not(visit: &Visit) -> Vec<Suppression> {
    suppressions(&visit.rules, &visit.site, &visit.state, visit.now).collect()
}

/// A visitor on the front page whom nothing has happened to yet, with a trigger that waits for `/pricing`.
fn browsing() -> Visit {
    let hello = ahlan::rules::Trigger {
        page_types: vec![Key::of("pricing")],
        ..trigger("hello")
    };
    let mut visit = Visit::new(rules().invite(hello));
    visit.open("a", "/");
    assert_eq!(why_not(&visit), []);
    visit
}

#[test]
fn nobody_is_invited_to_a_page_that_nobody_looks_at() {
    let mut visit = browsing();
    visit.tell("a", engage(secs(0), false));
    assert_eq!(why_not(&visit), [Suppression::NotAttended]);
    visit.tell("a", engage(secs(0), true));
    visit.wait(ATTENTION_HORIZON + Millis(1));
    assert_eq!(why_not(&visit), [Suppression::NotAttended]);
    visit.tell("a", leave(secs(20)));
    assert_eq!(why_not(&visit), [Suppression::NotAttended]);
}

#[test]
fn nobody_is_invited_at_checkout_in_a_chat_or_without_an_agent() {
    let mut visit = browsing();
    visit.open("b", "/checkout");
    assert_eq!(why_not(&visit), [Suppression::NeverOn]);
    visit.open("c", "/");
    visit.tell("", EventKind::Chat(ChatState::Queued));
    assert_eq!(why_not(&visit), [Suppression::Chatting]);
    visit.tell("", EventKind::Chat(ChatState::None));
    visit.site.free_slots = 0;
    assert_eq!(why_not(&visit), [Suppression::NoAgent]);
    visit.open("d", "/pricing");
    assert_eq!(visit.invited(), [""; 0]);
    visit.site = open_site();
    visit.tell("d", engage(secs(1), true));
    assert_eq!(visit.invited(), ["hello"]);
}

#[test]
fn one_invitation_at_a_time_and_one_a_visit() {
    let mut visit = browsing();
    visit.open("b", "/pricing");
    assert_eq!(
        why_not(&visit),
        [Suppression::OpenInvitation, Suppression::SessionCap]
    );
    visit.read("b", mins(3));
    assert_eq!(why_not(&visit), [Suppression::SessionCap]);
}

#[test]
fn two_invitations_in_24_hours() {
    let mut visit = browsing();
    for page in ["b", "c"] {
        visit.open(page, "/pricing");
        visit.wait(mins(60));
    }
    visit.open("d", "/pricing");
    assert_eq!(why_not(&visit), [Suppression::DayCap]);
    visit.wait(mins(60 * 22));
    visit.open("e", "/pricing");
    assert_eq!(visit.invited().len(), 3);
}

#[test]
fn a_no_a_chat_and_a_goal_are_followed_by_quiet() {
    let mut visit = browsing();
    visit.tell("", EventKind::Chat(ChatState::Chatting));
    visit.tell("", EventKind::Chat(ChatState::Ended));
    visit.tell("a", goal("signup"));
    assert_eq!(
        why_not(&visit),
        [Suppression::AfterChat, Suppression::AfterGoal]
    );

    let mut visit = browsing();
    visit.open("b", "/pricing");
    visit.answer(InvitationOutcome::Dismissed);
    visit.wait(mins(60 * 24 * 7 - 1));
    visit.open("c", "/");
    assert_eq!(why_not(&visit), [Suppression::AfterDismissal]);
}

#[test]
fn quiet_ends_by_timer() {
    let quiet = rules().policy(|policy| {
        policy.after_goal = secs(10);
        policy.after_chat = secs(20);
    });
    let mut visit = Visit::new(quiet.invite(trigger("hello")));
    let events = vec![
        visit.event("a", EventKind::PageView(Box::new(page_view("/")))),
        visit.event("a", goal("signup")),
        visit.event("", EventKind::Chat(ChatState::Ended)),
    ];
    visit.request(events);
    assert_eq!(visit.wake_at, Some(START + secs(20)));
    visit.wait(secs(20));
    assert_eq!(visit.invited(), ["hello"]);
    assert_eq!(visit.ticks, 1);
}

#[test]
fn an_older_word_on_the_chat_changes_nothing() {
    let mut visit = browsing();
    visit.tell("", EventKind::Chat(ChatState::Chatting));
    visit.wait(mins(5));
    visit.tell("", EventKind::Chat(ChatState::Ended));
    visit.tell_late(mins(3), "", EventKind::Chat(ChatState::Chatting));
    visit.tell("", EventKind::Chat(ChatState::Ended));
    assert_eq!((visit.state.chat, visit.state.chats), (ChatState::Ended, 1));
}

#[test]
fn a_cap_of_none_is_none_and_a_cap_of_many_is_kept() {
    for (cap, expected) in [(0, 0), (u16::MAX, MAX_SETTLED)] {
        let brief = ahlan::rules::Trigger {
            page_types: vec![Key::of("pricing")],
            expires_after: secs(1),
            ..trigger("hello")
        };
        let eager = rules().lavish().invite(brief).policy(|policy| {
            policy.max_per_session = cap;
            policy.max_per_day = cap;
        });
        let mut visit = Visit::new(eager);
        for nth in 0..40_u64 {
            visit.open(&format!("{nth}"), "/pricing");
            visit.wait(secs(2));
            visit.open(&format!("{nth} and back"), "/");
        }
        assert_eq!(visit.invited().len(), expected);
    }
}
