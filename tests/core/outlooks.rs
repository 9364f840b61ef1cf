//! Whom rules would invite at this moment.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Effect, Outlook, SOON, made_then, outlook, refiled, unopened};
use ahlan::rules::{Field, OncePer, PageType, RuleSet, Trigger};
use proptest::prelude::*;

use crate::make::*;
use crate::story::{busy_rules, story};
use crate::visit::Visit;

fn reading(seconds: f64) -> Rules {
    rules().invite(Trigger {
        condition: at_least(Field::PageActive, seconds),
        once_per: Some(OncePer::Session),
        ..trigger("reader")
    })
}

fn look(visit: &Visit, rules: Rules) -> Outlook {
    outlook(&rules.build(), &visit.site, &visit.state, visit.now)
}

fn after(outlook: &Outlook) -> Option<Millis> {
    match outlook {
        Outlook::Invites { after, .. } => Some(*after),
        Outlook::Held { .. } | Outlook::Nothing => None,
    }
}

#[test]
fn rules_invite_now_or_soon_or_are_held() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/pricing");
    visit.wait(secs(10));
    assert_eq!(after(&look(&visit, reading(5.0))), Some(Millis::ZERO));
    let soon = look(&visit, reading(25.0));
    assert_eq!((after(&soon), soon.now()), (Some(secs(15)), None));
    assert_eq!(look(&visit, reading(90.0)), Outlook::Nothing);
    visit.site.free_slots = 0;
    assert_eq!(
        look(&visit, reading(5.0)),
        Outlook::Held { why: "no_agent" }
    );
}

#[test]
fn a_delay_counts_from_now() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/pricing");
    let mut patient = reading(0.0);
    patient.triggers[0].delay = Some(secs(20));
    assert_eq!(after(&look(&visit, patient.clone())), Some(secs(20)));
    patient.triggers[0].delay = Some(SOON + secs(1));
    assert_eq!(look(&visit, patient), Outlook::Nothing);
}

#[test]
fn the_invitation_that_is_open_is_set_aside_for_other_rules() {
    let mut visit = Visit::new(reading(5.0));
    visit.open("a", "/pricing");
    visit.wait(secs(6));
    assert_eq!(visit.invited(), ["reader"]);
    visit.site.free_slots = 0;
    let (state, site) = unopened(&visit.state, &visit.site).unwrap();
    assert_eq!(site.free_slots, 1, "its place is free again");
    assert_eq!(state.invitations, History::default());
    assert_eq!(state.triggers, []);
    let again = outlook(&visit.rules, &site, &state, visit.now);
    assert_eq!(again.now().map(|made| &*made.trigger_name), Some("reader"));
    let other = outlook(&reading(60.0).build(), &site, &state, visit.now);
    assert_eq!(other.now(), None);
    visit.answer(InvitationOutcome::Dismissed);
    assert_eq!(unopened(&visit.state, &visit.site), None);
}

#[test]
fn pages_are_filed_under_the_types_of_the_other_rules() {
    let mut visit = Visit::new(rules());
    visit.open("a", "/pricing/plans");
    let mut stated = page_view("/pricing/contact");
    stated.page_type = Some("help".into());
    visit.tell("b", EventKind::PageView(Box::new(stated)));
    let mut split = rules();
    let plans = PageType {
        key: Key::of("plans"),
        name: "plans".into(),
        patterns: vec!["/pricing/*".into()],
    };
    split.page_types.insert(0, plans);
    let split = split.build();
    let state = refiled(&visit.state, &visit.rules, &split);
    let session = state.session.unwrap();
    let types: Vec<_> = session.pages.iter().map(|page| page.page_type).collect();
    assert_eq!(types, [Some(Key::of("plans")), Some(Key::of("help"))]);
    assert_eq!(session.entry_type, Some(Key::of("plans")));
    let counts = [(Key::of("help"), 1), (Key::of("plans"), 1)];
    assert_eq!(session.totals.page_types, counts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whom it says the rules would invite, they invite if nothing happens.
    #[test]
    fn an_outlook_comes_true(acts in story(60)) {
        let mut visit = Visit::new(busy_rules());
        visit.play(&acts);
        let said = outlook(&visit.rules, &visit.site, &visit.state, visit.now);
        let (from, before) = (visit.now, visit.effects.len());
        visit.tick();
        visit.wait(SOON);
        let made = visit.effects[before..].iter().any(|effect| {
            matches!(effect, Effect::Offered(_) | Effect::Withheld(_))
        });
        match said {
            Outlook::Invites { invitation, after } => {
                prop_assert!(made);
                prop_assert_eq!(invitation.offered_at, from + after);
            }
            Outlook::Held { .. } | Outlook::Nothing => prop_assert!(!made),
        }
    }
}

/// Whoever has moved on since keeps the invitation under every version that would have made it.
#[test]
fn an_invitation_stands_that_the_rules_would_have_made_then() {
    let mut visit = Visit::new(reading(5.0));
    visit.record();
    visit.open("a", "/pricing");
    visit.wait(secs(6));
    visit.open("b", "/help");
    let open = visit.state.invitations.open.as_deref().unwrap();
    let (state, site) = unopened(&visit.state, &visit.site).unwrap();
    assert_eq!(outlook(&visit.rules, &site, &state, visit.now).now(), None);
    let then = |rules: &RuleSet| {
        let mut load = |_| Some(Arc::new(visit.rules.clone()));
        let made = made_then(
            rules,
            &visit.rules,
            visit.records(),
            open.offered_at,
            &mut load,
        );
        made.map(|made| made.trigger_name.to_string())
    };
    assert_eq!(then(&visit.rules).as_deref(), Some("reader"));
    let mut later = reading(30.0);
    later.version = 2;
    assert_eq!(then(&later.build()), None);
}
