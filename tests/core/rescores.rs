//! History scored anew: what other score rules would have given for what really happened.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::{Effect, Rerun, Rescored, replay, rescore};
use ahlan::rules::*;
use proptest::prelude::*;

use crate::make::*;
use crate::story::{busy_rules, story};
use crate::visit::Visit;

/// A visit's records scored under `rules`; `known` are the rules that they were made under.
fn scored(visit: &Visit, rules: &RuleSet, known: &[&RuleSet]) -> Option<Rescored> {
    let mut find = |hash| {
        let found = known.iter().find(|rules| rules.hash == hash)?;
        Some(Arc::new((*found).clone()))
    };
    rescore(rules, visit.records(), visit.now, &mut find)
}

/// The visitor's points of `buy`, the rule sets that gave them, and when.
fn given(visit: &Visit) -> Vec<(i64, u64, Timestamp)> {
    let entries = visit.state.ledger.contributions.iter();
    let entries = entries.filter(|entry| entry.score == BUY);
    entries
        .map(|entry| (entry.applied.rounded(), entry.rules.0, entry.at))
        .collect()
}

/// Ten points a page and an invitation from 45 points on.
fn modest() -> Rules {
    let view = ScoreRule {
        max_per_session: Some(3),
        ..rule("view", 10)
    };
    let hello = Trigger {
        condition: at_least(Field::Score(BUY), 45.0),
        ..trigger("hello")
    };
    rules().lavish().give(view).invite(hello)
}

/// Twenty points a page.
fn generous() -> RuleSet {
    let mut rules = modest();
    rules.score_rules[0].award = Award::Fixed(Points::whole(20));
    rules.version = 2;
    rules.build()
}

/// Four pages, ten seconds apart, under the modest rules; then the generous ones come.
fn looked_around() -> (Visit, RuleSet) {
    let mut visit = Visit::new(modest());
    visit.record();
    for page in ["a", "b", "c", "d"] {
        visit.open(page, "/pricing");
        visit.wait(secs(10));
    }
    let old = std::mem::replace(&mut visit.rules, generous());
    (visit, old)
}

#[test]
fn history_counts_as_if_the_rules_had_been_there_all_along() {
    let (mut visit, old) = looked_around();
    let at = |nth: u64| START + Millis(10_000 * nth);
    assert_eq!(given(&visit), [0, 1, 2].map(|nth| (10, 1, at(nth))));
    let rescored = scored(&visit, &visit.rules, &[&old]).unwrap();
    assert_eq!(rescored.visitor, visit.state);
    assert!(!rescored.is_same());
    visit.rescore(&rescored.scores);
    assert_eq!(visit.state, rescored.after());
    assert_eq!(given(&visit), [0, 1, 2].map(|nth| (20, 2, at(nth))));
    visit.open("e", "/pricing");
    assert_eq!(visit.buy(), 60, "what the cap allowed is used up as before");
}

#[test]
fn nobody_is_invited_because_history_is_seen_in_another_light() {
    let (mut visit, old) = looked_around();
    let rescored = scored(&visit, &visit.rules, &[&old]).unwrap();
    let effects = visit.rescore(&rescored.scores);
    let (warm, hot) = (Some(Key::of("warm")), Some(Key::of("hot")));
    let stage = Effect::StageChanged {
        score: BUY,
        from: warm,
        to: hot,
    };
    assert_eq!(effects, [stage]);
    assert_eq!(visit.offer(), None);
    visit.read("d", secs(15));
    let changes = |effects: &[Effect]| {
        let changes = effects.iter();
        let changes = changes.filter(|effect| matches!(effect, Effect::StageChanged { .. }));
        changes.count()
    };
    assert_eq!(changes(&visit.effects), 2, "the stage is not told again");
    assert_eq!(visit.invited(), ["hello"], "the next look decides as ever");
}

#[test]
fn scoring_back_gives_what_there_was() {
    let (mut visit, old) = looked_around();
    let before = visit.state.ledger.clone();
    let new = visit.rules.clone();
    let rescored = scored(&visit, &new, &[&old]).unwrap();
    visit.rescore(&rescored.scores);
    visit.rules = old.clone();
    let back = scored(&visit, &old, &[&old, &new]).unwrap();
    assert_eq!(back.visitor, visit.state);
    visit.rescore(&back.scores);
    assert_eq!(visit.state.ledger, before);
}

#[test]
fn a_history_with_gaps_is_recognised() {
    let (visit, old) = looked_around();
    assert_eq!(scored(&visit, &visit.rules, &[]), None, "rules are missing");
    let mut find = |_| Some(Arc::new(old.clone()));
    let some = &visit.records()[1..];
    let rescored = rescore(&visit.rules, some, visit.now, &mut find).unwrap();
    assert_ne!(rescored.visitor, visit.state, "the beginning is missing");
    assert_eq!(rescore(&visit.rules, &[], visit.now, &mut find), None);
}

proptest! {
    #[test]
    fn the_rules_that_acted_give_the_points_that_there_are(acts in story(80)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.open("first", "/");
        visit.play(&acts);
        let rules = visit.rules.clone();
        let rescored = scored(&visit, &rules, &[&rules]).unwrap();
        prop_assert_eq!(&rescored.visitor, &visit.state);
        prop_assert!(rescored.is_same(), "{:?}\n{:?}", rescored.scores, visit.state.ledger);
    }

    #[test]
    fn a_journal_with_new_scores_still_makes_the_same_state(acts in story(60), more in story(30)) {
        let mut visit = Visit::new(busy_rules());
        visit.record();
        visit.play(&acts);
        prop_assume!(!visit.records().is_empty());
        let mut other = busy_rules();
        for rule in &mut other.score_rules {
            rule.award = Award::Fixed(Points::whole(9));
        }
        other.version = 2;
        let rules = visit.rules.clone();
        let rescored = scored(&visit, &other.build(), &[&rules]).unwrap();
        let taken = visit.rescore(&rescored.scores);
        let is_stage = |effect: &Effect| matches!(effect, Effect::StageChanged { .. });
        prop_assert!(taken.iter().all(is_stage), "{:?}", taken);
        visit.play(&more);

        let fresh = VisitorState::new(SITE, visitor(7), START);
        let mut folded = fresh.clone();
        let mut course = Rerun::new(&rules, &visit.site, fresh, START);
        let mut seen = Vec::new();
        for record in visit.records() {
            let bytes = postcard::to_stdvec(record).unwrap();
            let record: Record = postcard::from_bytes(&bytes).unwrap();
            replay(&rules, &mut folded, &record);
            course.feed(&record, &mut |look| seen.extend_from_slice(look.effects));
        }
        prop_assert_eq!(&folded, &visit.state);
        prop_assert_eq!(course.state(), &visit.state);
        prop_assert_eq!(&seen, &visit.effects);
    }
}
