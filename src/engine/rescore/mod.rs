//! A visitor's history scored anew: what other score rules would have given for what really happened.
//!
//! The recorded events are taken twice, side by side: under the rules of their day, for the course that there really
//! was, and under the other rules, of which only the points are kept. Invitations are those that there really were:
//! score rules may ask about them, and none is made.

mod report;

use std::sync::Arc;

use crate::domain::{
    Cause, Ledger, Record, RuleSetHash, ScoreTotal, Scores, SiteNow, Timestamp, VisitorState,
};
use crate::rules::RuleSet;

use super::effects::{Effect, Effects};
use super::replay::{replay, take_all};
use super::step::Step;
use super::wake;

pub use report::{RescoreReport, ScoreMove, ScoreMoves, StageMoves};

/// What scoring a history anew comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescored {
    /// The visitor as the records tell. If it is not the visitor who is known, the records are not the whole history.
    pub visitor: VisitorState,
    /// What the other rules would have given.
    pub scores: Box<Scores>,
}

impl Rescored {
    /// Whether the other rules come to the same points. A stage that was left by fading alone is no difference.
    pub fn is_same(&self) -> bool {
        let bare = |ledger: &Ledger| -> Vec<ScoreTotal> {
            let totals = ledger.totals.iter();
            totals
                .map(|total| ScoreTotal {
                    stage: None,
                    ..*total
                })
                .collect()
        };
        let (old, new) = (&self.visitor, &*self.scores);
        old.ledger.contributions == new.ledger.contributions
            && bare(&old.ledger) == bare(&new.ledger)
            && old.rule_counts == new.rule_counts
            && old.group_points == new.group_points
    }

    /// The visitor with the new points.
    pub fn after(&self) -> VisitorState {
        let mut state = self.visitor.clone();
        put(&mut state, &self.scores);
        state
    }
}

/// Scores a visitor's records, oldest first, under `rules`; `rules_of` finds the rules that they were made under. The
/// stages are those at `now`. `None` when there are no records, or rules of then are missing.
pub fn rescore(
    rules: &RuleSet,
    records: &[Record],
    now: Timestamp,
    rules_of: &mut dyn FnMut(RuleSetHash) -> Option<Arc<RuleSet>>,
) -> Option<Rescored> {
    let first = records.first()?;
    let mut visitor = VisitorState::new(first.site, first.visitor, first.now);
    let mut scored = visitor.clone();
    for record in records {
        score(rules, &mut scored, record);
        replay(&*rules_of(record.rules)?, &mut visitor, record);
        if scored.invitations != visitor.invitations {
            scored.invitations.clone_from(&visitor.invitations);
        }
    }
    let mut ledger = scored.ledger;
    for at in 0..ledger.totals.len() {
        let score = rules.score(ledger.totals[at].score);
        let stage = score.and_then(|score| score.stage(score.value(&ledger, now)));
        ledger.totals[at].stage = stage.map(|stage| stage.key);
    }
    let scores = Box::new(Scores {
        ledger,
        rule_counts: scored.rule_counts,
        group_points: scored.group_points,
    });
    Some(Rescored { visitor, scores })
}

/// Takes a record for its points alone: nothing is decided.
fn score(rules: &RuleSet, state: &mut VisitorState, record: &Record) {
    let mut step = Step::new(rules, &record.site_now, state, record.now);
    match &record.cause {
        Cause::Events(batch) => {
            take_all(&mut step, batch);
        }
        Cause::Tick => step.pass_time(record.now),
        // Whatever was made of this history before.
        Cause::Rescore(_) => return,
    }
    step.settle_scores();
}

/// Gives a visitor new scores. Nothing is decided: nobody is invited because history is seen in another light.
pub fn set_scores(
    rules: &RuleSet,
    site: &SiteNow,
    state: &mut VisitorState,
    scores: &Scores,
    now: Timestamp,
) -> Effects {
    let mut step = Step::new(rules, site, state, now);
    take(&mut step, scores);
    let wake_at = wake::next(&step);
    Effects {
        list: step.effects,
        wake_at,
    }
}

/// Puts the new scores in the place of the old ones. A stage that is another now is told, and is no crossing: it was
/// not the visitor who crossed it.
pub(super) fn take(step: &mut Step<'_>, scores: &Scores) {
    let stage = |ledger: &Ledger, key| ledger.total(key).and_then(|total| total.stage);
    for score in &step.rules.scores {
        let from = stage(&step.state.ledger, score.key);
        let to = stage(&scores.ledger, score.key);
        if from != to {
            let score = score.key;
            step.effects.push(Effect::StageChanged { score, from, to });
        }
    }
    put(step.state, scores);
}

fn put(state: &mut VisitorState, scores: &Scores) {
    state.ledger.clone_from(&scores.ledger);
    state.rule_counts.clone_from(&scores.rule_counts);
    state.group_points.clone_from(&scores.group_points);
}
