//! Who a visitor is and whether they may be followed.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken};

use crate::make::*;
use crate::visit::Visit;

fn consent(granted: bool) -> EventKind {
    EventKind::Consent { granted }
}

#[test]
fn a_refusal_forgets_everything_but_itself() {
    let mut visit = Visit::new(rules().give(rule("view", 30)).invite(trigger("hello")));
    visit.open("a", "/");
    visit.tell("a", identify("me", &[("plan", "pro")]));
    visit.tell("a", goal("signup"));
    visit.wait(secs(1));
    visit.tell("a", consent(false));
    let fresh = VisitorState::new(SITE, visitor(7), visit.now);
    let expected = VisitorState {
        opted_out: true,
        consent_at: visit.now,
        recent: visit.state.recent.clone(),
        ..fresh
    };
    assert_eq!(visit.state, expected);
    assert_eq!(visit.ended(), [Settlement::Revoked]);
    assert!(matches!(
        visit.effects.last(),
        Some(Effect::SessionEnded(_))
    ));
    assert_eq!(visit.wake_at, None);
}

#[test]
fn who_refused_is_not_followed_until_they_agree() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.tell("", consent(false));
    let before = visit.state.clone();
    let refused = Taken::Rejected(Reject::OptedOut);
    assert_eq!(visit.open("a", "/"), refused);
    assert_eq!(visit.tell("a", goal("signup")), refused);
    assert_eq!(visit.tell("", EventKind::Chat(ChatState::Queued)), refused);
    visit.tick();
    assert_eq!(visit.state, before);
    visit.wait(secs(1));
    assert_eq!(visit.tell("", consent(true)), Taken::Accepted);
    assert_eq!(visit.open("a", "/"), Taken::Accepted);
    assert_eq!(visit.invited(), ["hello"]);
}

#[test]
fn an_older_word_on_consent_changes_nothing() {
    let mut visit = Visit::new(rules());
    visit.wait(mins(1));
    visit.tell("", consent(false));
    assert_eq!(
        visit.tell_late(secs(30), "", consent(true)),
        Taken::Accepted
    );
    assert!(visit.state.opted_out);
}

#[test]
fn what_was_seen_before_a_refusal_does_not_come_back_to_life() {
    let mut visit = Visit::new(rules());
    let page = visit.event("a", EventKind::PageView(Box::new(page_view("/"))));
    visit.request(vec![page.clone()]);
    visit.tell("", consent(false));
    visit.wait(secs(1));
    visit.tell("", consent(true));
    assert_eq!(visit.request(vec![page]), [Taken::Duplicate]);
}

#[test]
fn traits_are_set_replaced_and_forgotten() {
    let mut visit = Visit::new(rules());
    visit.tell("", identify("me", &[("Plan", "pro"), ("team", "x")]));
    visit.tell("", identify("me", &[("plan", "max")]));
    let forget = EventKind::Identify {
        user_id: "me".into(),
        traits: vec![("team".into(), PropValue::Null)],
        verified: false,
    };
    visit.tell("", forget);
    assert_eq!(
        visit.state.traits,
        [("plan".into(), PropValue::Text("max".into()))]
    );
}

#[test]
fn another_persons_traits_go_with_that_person() {
    let mut visit = Visit::new(rules());
    visit.tell("", identify("me", &[("plan", "pro")]));
    visit.tell("", identify("you", &[("team", "x")]));
    assert_eq!(
        visit.state.traits,
        [("team".into(), PropValue::Text("x".into()))]
    );
    visit.wait(secs(9));
    visit.tell_late(Millis(9_001), "", identify("me", &[("plan", "pro")]));
    assert_eq!(
        visit.state.identity.as_ref().map(|id| &*id.user_id),
        Some("you")
    );
}

#[test]
fn traits_are_bounded_in_number_and_size() {
    let mut visit = Visit::new(rules());
    for nth in 0..100 {
        visit.tell("", identify("me", &[(&format!("trait {nth}"), "x")]));
    }
    assert_eq!(visit.state.traits.len(), MAX_TRAITS);
    for nth in 0..100 {
        visit.tell(
            "",
            identify("me", &[(&format!("trait {nth}"), &"x".repeat(1_024))]),
        );
    }
    assert_eq!(visit.state.traits.len(), 7, "the ones heard of last");
}

#[test]
fn what_was_claimed_is_never_part_of_what_was_proved() {
    let say = |verified, plan: &str| EventKind::Identify {
        user_id: "me".into(),
        traits: vec![("plan".into(), PropValue::Text(plan.into()))],
        verified,
    };
    let known = |visit: &Visit| {
        let identity = visit.state.identity.as_deref().expect("somebody");
        let traits = visit.state.traits.iter();
        let plans = traits.map(|(_, plan)| plan.clone()).collect::<Vec<_>>();
        (identity.verified, plans)
    };
    let text = |plan: &str| vec![PropValue::Text(plan.into())];
    let mut visit = Visit::new(rules());
    visit.tell("", say(false, "claimed"));
    assert_eq!(known(&visit), (false, text("claimed")));
    visit.tell("", say(true, "proved"));
    assert_eq!(known(&visit), (true, text("proved")));
    visit.tell("", say(false, "forged"));
    assert_eq!(known(&visit), (true, text("proved")));
    let proved = EventKind::Identify {
        user_id: "me".into(),
        traits: Vec::new(),
        verified: true,
    };
    let mut visit = Visit::new(rules());
    visit.tell("", say(false, "claimed"));
    visit.tell("", proved);
    assert_eq!(known(&visit), (true, Vec::new()), "the claim has gone");
}
