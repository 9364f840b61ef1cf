//! Recorded visits stepped through: as they were, and under other rules.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::rewind::{
    Moment, Plan, Rewound, TriggerState, TriggerThen, Visit as Recorded, Warning, rewind, visits,
};
use ahlan::engine::{Effect, Part, Verdict, score_now};
use ahlan::rules::{Field, RuleSet, ScoreRule, Trigger};
use proptest::prelude::*;

use crate::make::*;
use crate::story::{busy_rules, story};
use crate::visit::Visit;

/// The visits in a journal whose records were made under these rules.
pub(crate) fn recorded(visit: &Visit, known: &[&RuleSet]) -> Vec<Recorded> {
    let found = visits(visit.records(), &mut |hash| find(known, hash));
    found.expect("the rules are known")
}

pub(crate) fn find(known: &[&RuleSet], hash: RuleSetHash) -> Option<Arc<RuleSet>> {
    let found = known.iter().find(|rules| rules.hash == hash)?;
    Some(Arc::new((*found).clone()))
}

/// One of the visits, under other rules if they are given.
fn rewound(visit: &Visit, nth: usize, under: Option<&RuleSet>) -> Rewound {
    let all = recorded(visit, &[&visit.rules]);
    let plan = Plan {
        records: visit.records(),
        visit: &all[nth],
        under,
        first_seen: visit.state.first_seen,
        now: visit.now,
    };
    rewind(&plan, &mut |hash| find(&[&visit.rules], hash)).expect("the rules are known")
}

/// Whoever reads the prices for half a minute with twenty points is greeted; each page gives ten.
fn reading(seconds: f64) -> Rules {
    let greets = Trigger {
        page_types: vec![Key::of("pricing")],
        condition: ahlan::rules::Condition::All(vec![
            at_least(Field::PageActive, seconds),
            at_least(Field::Score(BUY), 20.0),
        ]),
        ..trigger("reader")
    };
    rules().give(rule("view", 10)).invite(greets)
}

fn other(mut rules: Rules) -> RuleSet {
    rules.version = 2;
    rules.build()
}

/// Home, then the prices for a minute.
fn reader() -> Visit {
    let mut visit = Visit::new(reading(30.0));
    visit.record();
    visit.open("a", "/");
    visit.wait(secs(5));
    visit.open("b", "/pricing");
    visit.read("b", mins(1));
    visit
}

fn trigger_at(moments: &[Moment], at: Millis) -> Option<&TriggerThen> {
    let moment = moments.iter().find(|moment| moment.offset_ms == at)?;
    moment.triggers.first()
}

fn missing(trigger: &TriggerThen) -> Vec<String> {
    let fields = trigger.missing.iter().map(|part| match part {
        Part::Leaf(leaf) => format!("{}: {}", leaf.field, leaf.says),
        other => panic!("{other:?}"),
    });
    fields.collect()
}

#[test]
fn a_visit_is_told_moment_by_moment_as_it_was_judged() {
    let told = rewound(&reader(), 0, None);
    assert!(told.recorded && told.warnings.is_empty(), "{told:?}");
    let first = trigger_at(&told.moments, Millis::ZERO).unwrap();
    assert_eq!(first.state, TriggerState::OffPage);
    assert!(first.missing.is_empty());
    let opens = trigger_at(&told.moments, secs(5)).unwrap();
    assert_eq!(opens.state, TriggerState::Waiting);
    assert_eq!(missing(opens), ["page.active: 30 s to go"]);
    assert_eq!(opens.ready_at, Some(START + secs(35)));
    let reads = trigger_at(&told.moments, secs(20)).unwrap();
    assert_eq!(missing(reads), ["page.active: 15 s to go"]);
    let made = told
        .moments
        .iter()
        .find(|moment| moment.invitation.is_some());
    let made = made.unwrap();
    assert_eq!(made.offset_ms, secs(35));
    assert_eq!(made.triggers[0].state, TriggerState::Invited);
    assert_eq!(
        made.verdict,
        Verdict::Invite {
            trigger: "reader".into()
        }
    );
    // The moment after it the policy speaks, and so do the trigger's own rests.
    let later = told.moments.iter();
    let mut later = later.skip_while(|moment| moment.invitation.is_none());
    let later = later.nth(1).unwrap();
    assert_eq!(later.triggers[0].state, TriggerState::Held);
    assert!(
        later.policy.contains(&"open_invitation"),
        "{:?}",
        later.policy
    );
}

#[test]
fn points_pages_and_invitations_are_told_where_they_came_about() {
    let mut visit = reader();
    visit.answer(InvitationOutcome::Shown);
    visit.wait(secs(1));
    visit.answer(InvitationOutcome::Dismissed);
    let told = rewound(&visit, 0, None);
    let given: Vec<_> = told
        .moments
        .iter()
        .flat_map(|moment| {
            let given = moment.given.iter();
            given.map(|one| (moment.offset_ms, &*one.rule, one.points, one.value_after))
        })
        .collect();
    assert_eq!(
        given,
        [
            (Millis::ZERO, "view", 10.0, 10.0),
            (secs(5), "view", 10.0, 20.0)
        ]
    );
    let pages: Vec<_> = told
        .pages
        .iter()
        .map(|page| {
            (
                &*page.path,
                page.page_type.as_deref(),
                page.from_ms,
                page.until_ms,
            )
        })
        .collect();
    let end = visit.now.since(START);
    assert_eq!(
        pages,
        [
            ("/", Some("home"), Millis::ZERO, secs(5)),
            ("/pricing", Some("pricing"), secs(5), end)
        ]
    );
    let made = &told.invitations[0];
    assert_eq!((&*made.trigger, made.offset_ms), ("reader", secs(35)));
    assert_eq!(
        (made.shown_at, made.ended),
        (Some(START + secs(65)), Some("dismissed"))
    );
}

#[test]
fn other_rules_go_their_own_way_from_the_visits_beginning() {
    let visit = reader();
    let quick = other(reading(7.0));
    let told = rewound(&visit, 0, Some(&quick));
    assert!(!told.recorded);
    assert_eq!(
        told.invitations[0].offset_ms,
        secs(12),
        "a moment at which nobody looked"
    );
    let own = told
        .moments
        .iter()
        .find(|moment| moment.offset_ms == secs(12))
        .unwrap();
    assert_eq!(own.happened, ahlan::engine::rewind::Happened::Wake);
    assert_eq!(told.rule_sets, [RuleSetHash(2)]);
    assert_eq!(told.warnings, [Warning::NeverAnswered]);
}

#[test]
fn the_rules_of_then_are_what_happened() {
    let visit = reader();
    let (as_it_was, under) = (
        rewound(&visit, 0, None),
        rewound(&visit, 0, Some(&visit.rules)),
    );
    assert!(under.recorded);
    assert_eq!(as_it_was.moments, under.moments);
}

#[test]
fn an_answer_goes_to_the_invitation_that_it_would_have_been_for() {
    let mut visit = reader();
    visit.answer(InvitationOutcome::Dismissed);
    let near = rewound(&visit, 0, Some(&other(reading(40.0))));
    assert_eq!(near.invitations[0].ended, Some("dismissed"));
    assert!(near.warnings.is_empty(), "{:?}", near.warnings);
    let told = rewound(&visit, 0, Some(&other(reading(300.0))));
    assert!(told.invitations.is_empty());
    assert_eq!(told.warnings, [Warning::AnswerToOther]);
}

#[test]
fn earlier_visits_count_by_the_other_rules() {
    let mut visit = Visit::new(reading(30.0));
    visit.record();
    visit.open("a", "/");
    visit.wait(mins(40));
    visit.open("b", "/pricing");
    visit.wait(secs(1));
    assert_eq!(recorded(&visit, &[&visit.rules]).len(), 2);
    let start = |told: &Rewound| told.moments[0].scores[0].value;
    assert!((start(&rewound(&visit, 1, None)) - 20.0).abs() < 1e-9);
    let mut generous = reading(30.0);
    generous.score_rules = vec![ScoreRule { ..rule("view", 30) }];
    let told = rewound(&visit, 1, Some(&other(generous)));
    assert!((start(&told) - 60.0).abs() < 1e-9, "30 of each visit");
}

#[test]
fn visits_are_told_apart_and_say_what_is_missing() {
    let mut visit = Visit::new(reading(30.0));
    visit.record();
    visit.open("a", "/help");
    visit.wait(secs(1));
    visit.tell("a", custom("cart"));
    visit.wait(mins(40));
    visit.open("b", "/pricing");
    visit.read("b", mins(1));
    let all = recorded(&visit, &[&visit.rules]);
    let told: Vec<_> = all
        .iter()
        .map(|one| {
            (
                one.landing_path.as_deref(),
                one.page_views,
                one.invited,
                one.complete,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("/help"), 1, false, true),
            (Some("/pricing"), 1, true, true)
        ]
    );
    assert_eq!((all[0].events, all[0].ended_at), (2, Some(START + secs(1))));
    assert_eq!(all[1].ended_at, None, "it goes on");
    // The journal forgets what is old.
    let rest = &visit.records()[1..];
    let known = &visit.rules;
    let some = visits(rest, &mut |hash| find(&[known], hash)).unwrap();
    let plan = Plan {
        records: rest,
        visit: &some[0],
        under: None,
        first_seen: visit.state.first_seen,
        now: visit.now,
    };
    let told = rewind(&plan, &mut |hash| find(&[known], hash)).unwrap();
    assert!(told.warnings.contains(&Warning::EarlierUnknown));
    assert!(visits(&[], &mut |_| None).is_err());
    assert!(visits(rest, &mut |_| None).is_err(), "the rules are gone");
}

#[test]
fn a_long_visit_keeps_the_moments_that_matter() {
    let mut visit = Visit::new(reading(30.0));
    visit.record();
    visit.open("a", "/");
    visit.open("b", "/pricing");
    visit.read("b", mins(300));
    visit.tell("b", custom("cart"));
    let told = rewound(&visit, 0, None);
    assert!(
        told.moments.len() <= 1_000 && told.left_out > 100,
        "{}",
        told.left_out
    );
    let last = told.moments.last().unwrap();
    assert_eq!(last.at, visit.now, "the last moment is told");
    assert!(
        told.moments
            .iter()
            .any(|moment| moment.invitation.is_some())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Everything that followed is told once, in the visit that it belongs to.
    #[test]
    fn a_rewind_tells_what_followed(acts in story(80)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        let records = visit.records();
        let Ok(all) = visits(records, &mut |hash| find(&[&visit.rules], hash)) else {
            prop_assert!(records.is_empty());
            return Ok(());
        };
        let began = visit.effects.iter().filter(|one| matches!(one, Effect::SessionStarted(_)));
        prop_assert_eq!(all.len(), began.count());
        let mut made = Vec::new();
        for (nth, one) in all.iter().enumerate() {
            let told = rewound(&visit, nth, None);
            made.extend(told.invitations.iter().map(|one| one.id.clone()));
            prop_assert!(told.moments.is_sorted_by_key(|moment| moment.at));
            prop_assert!(told.pages.iter().all(|page| page.from_ms <= page.until_ms));
            prop_assert_eq!(told.moments.len() + told.left_out, one.records.len());
        }
        let expected: Vec<_> = visit.made().iter().map(ToString::to_string).collect();
        prop_assert_eq!(made, expected);
        if let (Some(session), Some(last)) = (&visit.state.session, all.last()) {
            prop_assert_eq!(session.id, last.session);
            let told = rewound(&visit, all.len() - 1, None);
            let at = told.moments.last().unwrap().at;
            let scores = score_now(&visit.rules, &visit.state, at).map(|score| score.value.as_f64());
            let last: Vec<_> = told.moments.last().unwrap().scores.iter().map(|one| one.value).collect();
            prop_assert_eq!(last, scores.collect::<Vec<_>>());
        }
    }

    /// Rules that mean the same come to the same, by their own timers.
    #[test]
    fn rules_that_mean_the_same_tell_the_same(acts in story(60)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        let same = other(busy_rules());
        let Ok(all) = visits(visit.records(), &mut |hash| find(&[&visit.rules], hash)) else {
            return Ok(());
        };
        let plain = |told: Rewound| -> Vec<_> {
            let moments = told.moments.into_iter().filter(|moment| !moment.given.is_empty());
            moments.map(|moment| (moment.at, moment.given)).collect()
        };
        // Later visits come with points by the other rules, without what only happened to the first.
        if !all.is_empty() {
            let (was, would) = (rewound(&visit, 0, None), rewound(&visit, 0, Some(&same)));
            prop_assert_eq!(&was.invitations.len(), &would.invitations.len());
            prop_assert_eq!(plain(was), plain(would));
        }
    }
}
