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
    decisions(&visit.rules, &visit.site, &visit.state, &effects, visit.now)
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
fn an_offer_tells_what_sort_of_visitor_it_is() {
    let mut visit = Visit::new(rules().invite(trigger("hello")).lavish());
    visit.arrival.device = Device::Mobile;
    let page = PageViewEvent {
        lang: Some("ar-sa".into()),
        ..page_view("/")
    };
    visit.tell("a", EventKind::PageView(Box::new(page)));
    let offered = |visit: &Visit| {
        let made = log(visit).into_iter().filter_map(|told| match told.what {
            Outcome::Offered(made) => Some(*made),
            _ => None,
        });
        made.collect::<Vec<_>>()
    };
    let first = &offered(&visit)[0];
    let audience = Audience {
        lang: Some("ar".into()),
        country: CountryCode::new("SA"),
        device: Device::Mobile,
        returning: false,
    };
    assert_eq!((&first.audience, first.free_slots), (&audience, 2));
    visit.wait(mins(60));
    visit.effects.clear();
    visit.open("b", "/");
    assert!(offered(&visit)[0].audience.returning);
}

#[test]
fn a_conversation_is_told_turn_by_turn() {
    let report = |step, first_response| {
        EventKind::ChatReport(Box::new(ChatReport {
            chat: "c1".into(),
            step,
            agent: None,
            department: None,
            first_response,
            rating: None,
        }))
    };
    let turns = |told: Vec<EventKind>| {
        let mut visit = Visit::new(rules());
        visit.open("a", "/");
        visit.effects.clear();
        for kind in told {
            visit.tell("", kind);
            visit.wait(secs(1));
        }
        let turns = log(&visit).into_iter().filter_map(|told| match told.what {
            Outcome::Chat { turn, after } => Some((turn.as_str(), after)),
            _ => None,
        });
        turns.collect::<Vec<_>>()
    };
    let (asked, taken, missed) = (("requested", None), ("taken", None), ("missed", None));
    let states = [ChatState::Queued, ChatState::Chatting, ChatState::Ended];
    assert_eq!(turns(states.map(EventKind::Chat).to_vec()), [asked, taken]);
    let gave_up = [ChatState::Queued, ChatState::Ended].map(EventKind::Chat);
    assert_eq!(turns(gave_up.to_vec()), [asked, missed]);
    let answered = turns(vec![
        report(ChatStep::Requested, None),
        report(ChatStep::Started, None),
        report(ChatStep::FirstReply, Some(secs(20))),
        report(ChatStep::Ended, None),
    ]);
    assert_eq!(answered, [asked, taken, ("answered", Some(secs(20)))]);
    let nobody = [ChatStep::Requested, ChatStep::Missed].map(|step| report(step, None));
    assert_eq!(turns(nobody.to_vec()), [asked, missed], "told once");
    let at_once = turns(vec![report(ChatStep::Missed, None)]);
    assert_eq!(at_once, [missed], "nobody said that it was asked for");
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
            Outcome::Suppressed { trigger, why, .. } => Some(format!("{trigger}: {why}")),
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
