//! A recorded visit stepped through moment by moment: what happened, what it gave, and how near every trigger was.
//!
//! Without rules of its own a rewind is what really happened, each record under the rules that it was made under. Under
//! other rules the visitor comes with the points that those would have given for all that was before, and from the
//! visit's beginning on they go their own way ([`Rerun`](super::Rerun)). Every moment is explained as it was judged:
//! with all that was known then, and before anything was decided.

mod course;
mod made;
mod moment;
mod pages;
pub mod script;
mod trigger;
mod visits;

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Millis, Record, RuleSetHash, SessionId, Timestamp, VisitorId};
use crate::rules::RuleSet;

use super::explain::PastError;
use course::Course;
use moment::Teller;

pub use made::MadeThen;
pub use moment::{Given, Happened, Moment, ScoreBand, ScoreThen};
pub use pages::PageSpan;
pub use trigger::{TriggerState, TriggerThen};
pub use visits::{Visit, visits};

/// How many moments of a visit are told.
pub const MAX_MOMENTS: usize = 1_000;
/// How often a trigger is explained in all, so that rules with thousands of them have fewer moments told.
const MAX_EXPLAINED: usize = 100_000;
/// However many triggers there are, so many moments are told.
const LEAST_MOMENTS: usize = 50;

/// The rule sets of the past, by their hashes.
pub type Load<'l> = dyn FnMut(RuleSetHash) -> Option<Arc<RuleSet>> + 'l;

/// Which visit is rewound, and under which rules.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The visitor's records, oldest first.
    pub records: &'a [Record],
    /// One of their visits.
    pub visit: &'a Visit,
    /// The rules; `None`: those of then.
    pub under: Option<&'a RuleSet>,
    /// When the visitor was first heard of, by the state that is kept: what the records leave out is told.
    pub first_seen: Timestamp,
    /// This moment: what has not happened yet is not told.
    pub now: Timestamp,
}

/// A visit, moment by moment.
#[derive(Debug)]
pub struct Rewound {
    /// Whose.
    pub visitor: VisitorId,
    /// Which visit.
    pub session: SessionId,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; the latest moment for one that goes on.
    pub until: Timestamp,
    /// Whether this is what really happened.
    pub recorded: bool,
    /// The rules that it was taken under, in the order in which they acted.
    pub rule_sets: Vec<RuleSetHash>,
    /// The scores of the rules that acted last.
    pub bands: Vec<ScoreBand>,
    /// The pages that were looked at, in order; one that was returned to stands there again.
    pub pages: Vec<PageSpan>,
    /// The moments, in order.
    pub moments: Vec<Moment>,
    /// How many moments were left out because there are more than are told; those at which nothing followed go first.
    pub left_out: usize,
    /// Every invitation that was made, withheld ones included, and what became of it.
    pub invitations: Vec<MadeThen>,
    /// What to keep in mind.
    pub warnings: Vec<Warning>,
}

/// What to keep in mind about a rewind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The journal does not reach back to the visitor's beginning: points and invitations of before are missing.
    EarlierUnknown,
    /// The journal does not have the beginning of this visit.
    BeginningUnknown,
    /// The rules changed during the visit.
    RulesChanged,
    /// The visitor answered an invitation that these rules have not made; the answer counts for nothing.
    AnswerToOther,
    /// These rules make an invitation that the visitor never had; it is never answered, and lapses.
    NeverAnswered,
}

/// Steps through one visit.
///
/// # Errors
///
/// When the rules of a record are not kept any more.
pub fn rewind(plan: &Plan<'_>, load: &mut Load<'_>) -> Result<Rewound, PastError> {
    let course = Course::new(plan, load)?;
    let (mut notable, mut plain) = (0, 0);
    course.walk(load, &mut |seen| {
        *(if moment::is_notable(seen) {
            &mut notable
        } else {
            &mut plain
        }) += 1;
    })?;
    let most = most_moments(plan, load);
    let mut told = Thinning::new(most, notable, plain);
    let mut teller = Teller::new(plan.visit);
    course.walk(load, &mut |seen| {
        let wanted = told.wants(moment::is_notable(seen));
        teller.take(seen, wanted);
    })?;
    let Teller {
        pages,
        moments,
        invitations,
        rule_sets,
        bands,
        last_at,
        answer_to_other,
        ..
    } = teller;
    let recorded = course.is_recorded();
    let mut warnings = plan.visit.warnings(plan.records, plan.first_seen);
    let mut note = |holds: bool, warning| {
        if holds {
            warnings.push(warning);
        }
    };
    note(rule_sets.len() > 1, Warning::RulesChanged);
    note(!recorded && answer_to_other, Warning::AnswerToOther);
    let unanswered = invitations.iter().any(MadeThen::is_unanswered);
    note(!recorded && unanswered, Warning::NeverAnswered);
    let from = plan.visit.started_at;
    let until = plan.visit.ended_at.unwrap_or(last_at).max(from);
    Ok(Rewound {
        visitor: plan.records[plan.visit.records.start].visitor,
        session: plan.visit.session,
        from,
        until,
        recorded,
        rule_sets,
        bands,
        pages: pages.finish(until),
        left_out: (notable + plain) - moments.len(),
        moments,
        invitations,
        warnings,
    })
}

/// How many moments can be told, by the number of triggers that each of them explains.
fn most_moments(plan: &Plan<'_>, load: &mut Load<'_>) -> usize {
    let last = plan.records[plan.visit.records.clone()].last();
    let of_then = last.and_then(|record| load(record.rules));
    let rules = plan.under.or(of_then.as_deref());
    let triggers = rules.map_or(0, |rules| rules.triggers.len()).max(1);
    (MAX_EXPLAINED / triggers).clamp(LEAST_MOMENTS, MAX_MOMENTS)
}

/// Which moments are told when there are too many: all at which something followed, and of the others
/// one in so many.
struct Thinning {
    /// Of how many one is told: of those at which something followed, and of the others.
    strides: [usize; 2],
    passed: [usize; 2],
}

impl Thinning {
    fn new(most: usize, notable: usize, plain: usize) -> Self {
        let room = most.saturating_sub(notable);
        let stride = |count: usize, room: usize| {
            if room == 0 {
                usize::MAX
            } else {
                count.div_ceil(room).max(1)
            }
        };
        Self {
            strides: [stride(notable, most), stride(plain, room)],
            passed: [0; 2],
        }
    }

    fn wants(&mut self, notable: bool) -> bool {
        let which = usize::from(!notable);
        let nth = self.passed[which];
        self.passed[which] += 1;
        let stride = self.strides[which];
        stride != usize::MAX && nth.is_multiple_of(stride)
    }
}

/// The time from the visit's beginning to a moment.
fn offset(visit: &Visit, at: Timestamp) -> Millis {
    at.since(visit.started_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(most: usize, notable: usize, plain: usize) -> (usize, usize) {
        let mut thinning = Thinning::new(most, notable, plain);
        let mut count = |kind: bool, all: usize| (0..all).filter(|_| thinning.wants(kind)).count();
        (count(true, notable), count(false, plain))
    }

    #[test]
    fn moments_at_which_nothing_followed_make_room() {
        assert_eq!(told(10, 3, 5), (3, 5), "there is room for all");
        assert_eq!(told(10, 4, 60), (4, 6));
        assert_eq!(told(10, 10, 60), (10, 0));
        assert_eq!(told(10, 25, 60), (9, 0), "every third");
        assert_eq!(told(10, 0, 0), (0, 0));
    }
}
