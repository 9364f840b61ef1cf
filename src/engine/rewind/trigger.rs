//! A trigger at one moment of a rewind: how it stands and what it lacks.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::Timestamp;
use crate::engine::explain::{Explanation, Need, Part, Standing, TriggerNow};

use super::made::MadeThen;

/// How a trigger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerState {
    /// It is for other pages.
    OffPage,
    /// Its conditions do not hold.
    Waiting,
    /// It is ready, and another one went first.
    Ready,
    /// It rests, or it is ready and the policy holds it back.
    Held,
    /// It is ready, and the visitor is in its holdout.
    Withheld,
    /// It has invited at this moment.
    Invited,
}

/// A trigger at a moment, as it was judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriggerThen {
    /// Its id.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// How it stands.
    pub state: TriggerState,
    /// The single conditions that do not hold as they should, each with what is and how much is missing; of those that
    /// would do one for another, all. None for a trigger of other pages.
    pub missing: Vec<Part>,
    /// What would have to happen for it to invite; for a trigger of other pages, the page alone.
    pub needs: Vec<Need>,
    /// What is in the way beside its conditions: the words of its own rests, then those of the policy.
    pub suppressed: Vec<&'static str>,
    /// When time alone makes its conditions hold.
    pub ready_at: Option<Timestamp>,
}

/// A trigger as the explanation of the moment has it, and as what was `made` then says.
pub(super) fn then(
    trigger: &TriggerNow,
    why: &Explanation,
    made: Option<&MadeThen>,
) -> TriggerThen {
    let invited = made.is_some_and(|made| made.trigger == trigger.id && !made.withheld);
    let state = match trigger.standing {
        _ if invited => TriggerState::Invited,
        Standing::Invites | Standing::Outranked => TriggerState::Ready,
        Standing::Withheld => TriggerState::Withheld,
        Standing::Suppressed | Standing::Rests => TriggerState::Held,
        Standing::Waits => TriggerState::Waiting,
        Standing::Elsewhere => TriggerState::OffPage,
    };
    let (mut missing, mut suppressed) = (Vec::new(), Vec::new());
    let mut needs = trigger.next.clone();
    if state == TriggerState::OffPage {
        needs.truncate(1);
    } else {
        collect_missing(&trigger.condition, true, &mut missing);
        let holds = trigger.rests.iter().chain(&why.policy);
        suppressed.extend(holds.map(|hold| hold.code));
    }
    TriggerThen {
        id: Arc::clone(&trigger.id),
        name: Arc::clone(&trigger.name),
        state,
        missing,
        needs,
        suppressed,
        ready_at: trigger.ready_at.filter(|_| state != TriggerState::OffPage),
    }
}

/// The leaves that stand in the way of a condition that has to hold, or below a `not` has not to.
fn collect_missing(part: &Part, must_hold: bool, found: &mut Vec<Part>) {
    let wanted = if must_hold { "yes" } else { "no" };
    let truth = match part {
        Part::All { truth, .. }
        | Part::Any { truth, .. }
        | Part::Not { truth, .. }
        | Part::Segment { truth, .. } => *truth,
        Part::Leaf(leaf) => leaf.truth,
    };
    if truth == wanted {
        return;
    }
    match part {
        Part::All { parts, .. } | Part::Any { parts, .. } => {
            for part in parts {
                collect_missing(part, must_hold, found);
            }
        }
        Part::Not { part, .. } => collect_missing(part, !must_hold, found),
        Part::Segment { part, .. } => collect_missing(part, must_hold, found),
        Part::Leaf(_) => found.push(part.clone()),
    }
}
