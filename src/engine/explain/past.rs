//! Any moment of the recorded past, explained under the rules of that moment.

use std::sync::Arc;

use crate::domain::{Cause, Record, RuleSetHash, Timestamp, VisitorState};
use crate::rules::RuleSet;

use super::super::replay::replay;
use super::{Explanation, explain, explain_record};

/// A moment of the past, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What was found then.
    pub explanation: Explanation,
    /// How many records it rests on.
    pub records: usize,
    /// When the first of them was made.
    pub begins_at: Timestamp,
    /// Whether something was decided at this very moment; else it is what a look would have found.
    pub decided: bool,
}

/// Why a moment cannot be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// There are no records of this visitor.
    #[error("the journal has no records of this visitor, or not any more")]
    NoRecords,
    /// The moment lies before the first record.
    #[error("the journal of this visitor begins at {}", .0.0)]
    TooEarly(Timestamp),
    /// The rules of a record are not kept any more.
    #[error("the rules {0} of that moment are not kept any more")]
    RulesLost(RuleSetHash),
}

/// Explains a moment from a visitor's records, oldest first. Wake-ups are records too, so nothing happened between two.
///
/// Where a record was made at this very moment, it is explained as it was judged: before anything was decided. What
/// the site knew is what the latest record says.
///
/// # Errors
///
/// When the records do not reach back so far, or a rule set is missing.
pub fn explain_past(
    records: &[Record],
    at: Timestamp,
    load: &mut dyn FnMut(RuleSetHash) -> Option<Arc<RuleSet>>,
) -> Result<Past, PastError> {
    let first = records.first().ok_or(PastError::NoRecords)?;
    let known = &records[..records.partition_point(|record| record.now <= at)];
    let (last, before) = known.split_last().ok_or(PastError::TooEarly(first.now))?;
    let mut rules = |hash| load(hash).ok_or(PastError::RulesLost(hash));
    let mut state = VisitorState::new(first.site, first.visitor, first.now);
    for record in before {
        replay(&*rules(record.rules)?, &mut state, record);
    }
    let under = rules(last.rules)?;
    // Whoever is scored anew is not judged at that moment.
    let decided = last.now == at && !matches!(last.cause, Cause::Rescore(_));
    let explanation = if decided {
        explain_record(&under, &state, last)
    } else {
        replay(&under, &mut state, last);
        explain(&under, &last.site_now, &state, at)
    };
    Ok(Past {
        explanation,
        records: known.len(),
        begins_at: first.now,
        decided,
    })
}
