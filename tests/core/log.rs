//! The decision log: transitions, each told once and so that it can be read by itself.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Effects, decisions};
use ahlan::rules::Trigger;

use crate::make::*;
use crate::visit::Visit;

/// What the log says of everything so far, each effect told from the state as it stands.
fn log(visit: &Visit) -> Vec<Decision> {
    let effects = Effects {
        list: visit.effects.clone(),
        wake_at: None,
    };
    decisions(&visit.rules, &visit.state, &effects, visit.now)
}

fn kinds(visit: &Visit) -> Vec<&'static str> {
    let log = log(visit);
    log.iter()
        .map(|decision| decision.kind().as_str())
        .collect()
}

#[test]
fn an_offer_tells_page_scores_and_rules() {
    let mut visit = Visit::new(rules().give(rule("view", 30)).invite(trigger("hello")));
    visit.open("a", "/pricing");
    let log = log(&visit);
    let [stage, offered] = log.as_slice() else {
        panic!("{log:?}");
    };
    let (from, to) = (None, Some(Arc::from("warm")));
    let score = Arc::from("buy");
    assert_eq!(stage.what, Outcome::Stage { score, from, to });
    assert_eq!((offered.at, offered.visitor), (START, visitor(7)));
    assert_eq!(offered.session, Some(visit.session().id));
    assert_eq!(offered.rules, visit.rules.hash);
    assert_eq!(offered.trigger().map(|id| &**id), Some("hello"));
    assert_eq!(offered.invitation(), visit.offer().map(|offer| offer.id));
    let Outcome::Offered(made) = &offered.what else {
        panic!("{offered:?}");
    };
    assert_eq!(made.page_type.as_deref(), Some("pricing"));
    assert_eq!(made.scores, [("buy".into(), Points::whole(30))]);
}

#[test]
fn what_becomes_of_an_offer_is_told_with_how_long_it_took() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.open("a", "/");
    let offer = visit.offer().map(|offer| offer.id);
    visit.wait(secs(3));
    visit.effects.clear();
    let invitation = offer.expect("an offer");
    let outcome = InvitationOutcome::Dismissed;
    visit.tell(
        "",
        EventKind::Invitation {
            invitation,
            outcome,
        },
    );
    let told: Vec<_> = log(&visit).into_iter().map(|told| told.what).collect();
    let (invitation, trigger) = (offer.expect("an offer"), Arc::<str>::from("hello"));
    let after = secs(3);
    let shown = Outcome::Shown {
        invitation,
        trigger: Arc::clone(&trigger),
        after,
    };
    let settled = Outcome::Settled {
        invitation,
        trigger,
        how: Settlement::Dismissed,
        shown: true,
        after,
    };
    assert_eq!(told, [shown, settled]);
}

#[test]
fn a_withheld_invitation_is_told_like_an_offer() {
    let held = Trigger {
        holdout: Share::ALL,
        ..trigger("held")
    };
    let mut visit = Visit::new(rules().invite(held));
    visit.open("a", "/help");
    let log = log(&visit);
    let [decision] = log.as_slice() else {
        panic!("{log:?}");
    };
    let Outcome::Withheld(made) = &decision.what else {
        panic!("{decision:?}");
    };
    assert_eq!(
        (&*made.trigger, made.page_type.as_deref()),
        ("held", Some("help"))
    );
}

#[test]
fn a_ready_trigger_that_is_held_back_is_told_once_a_page_and_reason() {
    let mut visit = Visit::new(rules().invite(trigger("hello")));
    visit.site.free_slots = 0;
    visit.open("a", "/");
    let hushed = |visit: &Visit| {
        let reasons = log(visit).into_iter().filter_map(|told| match told.what {
            Outcome::Suppressed { trigger, why } => Some(format!("{trigger}: {why}")),
            _ => None,
        });
        reasons.collect::<Vec<_>>()
    };
    visit.read("a", mins(1));
    assert_eq!(hushed(&visit), ["hello: no_agent"], "once for one page");
    visit.open("b", "/help");
    assert_eq!(hushed(&visit).len(), 2, "again on the next");
    visit.tell("", EventKind::Chat(ChatState::Queued));
    assert_eq!(
        hushed(&visit).last().map(String::as_str),
        Some("hello: chatting")
    );
    visit.tell("b", engage(secs(1), false));
    assert_eq!(hushed(&visit).len(), 3, "nobody is there");
}

#[test]
fn nothing_is_told_of_a_trigger_that_is_not_ready() {
    let choosy = Trigger {
        page_types: vec![Key::of("pricing")],
        ..trigger("choosy")
    };
    let mut visit = Visit::new(rules().invite(choosy));
    visit.site.free_slots = 0;
    visit.open("a", "/");
    visit.read("a", mins(1));
    assert_eq!(kinds(&visit), [""; 0]);
    visit.open("b", "/pricing");
    assert_eq!(kinds(&visit), ["suppressed"]);
}

#[test]
fn goals_are_told_with_their_value() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/");
    let name = Arc::<str>::from("signup");
    let goal = EventKind::Goal {
        name: Arc::clone(&name),
        value: Some(120.0),
    };
    visit.tell("a", goal);
    let told: Vec<_> = log(&visit).into_iter().map(|told| told.what).collect();
    let value = Some(120.0);
    assert_eq!(told, [Outcome::Goal { name, value }]);
}
