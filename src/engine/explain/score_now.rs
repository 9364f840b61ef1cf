//! Scores as lists show them.

use std::sync::Arc;

use crate::domain::{Points, Timestamp, VisitorState};
use crate::rules::RuleSet;

/// A score at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreNow {
    /// The score's name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Points,
    /// Its maximum.
    pub max: Points,
    /// The stage it lies in; `None` below the first.
    pub stage: Option<Arc<str>>,
}

/// Every score that the rules know, in their order.
pub fn score_now<'a>(
    rules: &'a RuleSet,
    state: &'a VisitorState,
    now: Timestamp,
) -> impl Iterator<Item = ScoreNow> + 'a {
    rules.scores.iter().map(move |score| {
        let value = score.value(&state.ledger, now);
        let stage = score.stage(value).map(|stage| Arc::clone(&stage.name));
        ScoreNow {
            name: Arc::clone(&score.name),
            value,
            max: score.max,
            stage,
        }
    })
}
