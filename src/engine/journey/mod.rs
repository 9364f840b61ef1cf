//! Tests of rule sets: walks each `[[test]]` through the engine, as a browser would report it, and compares.

mod check;
mod guest;
mod page;
mod report;
mod walk;
mod why;

pub use report::{Difference, JourneyOutcome, Moment, ScoreAt, TestReport};

use std::sync::Arc;

use crate::domain::{InvitationState, Millis};
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

/// What a walk comes to, whatever its test expects.
pub(in crate::engine) struct Walked {
    /// Every invitation, in order.
    pub(in crate::engine) made: Vec<MadeAt>,
    /// The scores at the end.
    pub(in crate::engine) scores: Vec<ScoreAt>,
    /// The places of entries that cannot be done, such as answers to no invitation.
    pub(in crate::engine) impossible: Vec<usize>,
}

/// An invitation that was made on a walk.
pub(in crate::engine) struct MadeAt {
    /// Its trigger.
    pub(in crate::engine) trigger: Arc<str>,
    /// When, since the visit began.
    pub(in crate::engine) at: Millis,
    /// Whether it is withheld.
    pub(in crate::engine) withheld: bool,
}

/// Walks one test to its end, whatever it expects.
pub(in crate::engine) fn walk(rules: &RuleSet, journey: &Journey) -> Walked {
    let rules = guest::arranged(rules, &journey.guest);
    let mut walker = walk::Walker::new(&rules, journey);
    let impossible = walker.walk_on();
    let made = walker.made.iter().map(|made| MadeAt {
        trigger: Arc::clone(&made.invitation.trigger_name),
        at: made.invitation.offered_at.since(journey.clock),
        withheld: made.invitation.state == InvitationState::Withheld,
    });
    Walked {
        made: made.collect(),
        scores: walker.scores(),
        impossible,
    }
}
