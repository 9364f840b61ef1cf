//! Tests of rule sets: walks each `[[test]]` through the engine, as a browser would report it, and compares.

mod check;
mod guest;
mod page;
mod report;
mod walk;
mod why;

pub use report::{Difference, JourneyOutcome, Moment, ScoreAt, TestReport};

use crate::rules::{Compiled, RuleSet, journey::Journey};

/// Walks every test of a rule set, in the order they are written.
pub fn run_tests(compiled: &Compiled) -> TestReport {
    let outcomes = compiled
        .journeys
        .iter()
        .map(|journey| run_journey(&compiled.rule_set, journey));
    TestReport::of(outcomes.collect())
}

/// Walks one test up to its first difference, or to its end.
pub fn run_journey(rules: &RuleSet, journey: &Journey) -> JourneyOutcome {
    let rules = guest::arranged(rules, &journey.guest);
    let mut walker = walk::Walker::new(&rules, journey);
    let difference = walker.walk();
    JourneyOutcome {
        name: journey.name.clone(),
        place: journey.place.clone(),
        passed: difference.is_none(),
        difference,
        timeline: walker.timeline,
    }
}
