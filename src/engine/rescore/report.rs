//! What scoring histories anew does to the scores of many visitors.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::domain::{Points, VisitorId};
use crate::engine::explain::ScoreNow;

/// How many changes are shown as examples.
const MAX_EXAMPLES: usize = 20;

/// What scoring histories anew does. Visitors add up in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RescoreReport {
    /// Visitors whose history was scored.
    pub visitors: u64,
    /// Those of them who come to other points.
    pub changed: u64,
    /// Each score that either rule set knows, by name.
    #[serde(serialize_with = "values")]
    scores: BTreeMap<Arc<str>, ScoreMoves>,
    /// Each change from one stage to another, by score.
    #[serde(serialize_with = "values")]
    stages: BTreeMap<StageChange, StageMoves>,
    /// The biggest changes, the biggest first.
    pub examples: Vec<ScoreMove>,
}

/// A score, the stage that was left, and the one that was entered.
type StageChange = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// How one score moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreMoves {
    /// The score's name.
    pub score: Arc<str>,
    /// Visitors whose score rises.
    pub up: u64,
    /// Visitors whose score falls.
    pub down: u64,
    /// Visitors whose score stays.
    pub same: u64,
}

/// How many visitors change from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageMoves {
    /// The score's name.
    pub score: Arc<str>,
    /// The stage that they leave; `null` is below the first.
    pub from: Option<Arc<str>>,
    /// The stage that they enter.
    pub to: Option<Arc<str>>,
    /// How many they are.
    pub visitors: u64,
}

/// One visitor's score, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreMove {
    /// The visitor's public id.
    pub visitor: VisitorId,
    /// The score's name.
    pub score: Arc<str>,
    /// What it is, in points.
    #[serde(serialize_with = "points")]
    pub before: Points,
    /// What it becomes.
    #[serde(serialize_with = "points")]
    pub after: Points,
}

impl RescoreReport {
    /// Adds one visitor: every score before and after, each under the rules that then count.
    pub fn add(&mut self, visitor: VisitorId, before: &[ScoreNow], after: &[ScoreNow]) {
        self.visitors += 1;
        let known = |list: &[ScoreNow], name: &Arc<str>| {
            let found = list.iter().find(|score| score.name == *name);
            found.map_or((Points::ZERO, None), |score| {
                (score.value, score.stage.clone())
            })
        };
        let new = |score: &&ScoreNow| before.iter().all(|old| old.name != score.name);
        let mut moved = false;
        for score in before.iter().chain(after.iter().filter(new)) {
            let name = &score.name;
            let (old, new) = (known(before, name), known(after, name));
            moved |= old.0 != new.0;
            self.score(name, old.0, new.0);
            if old.1 != new.1 {
                self.stage(name, old.1, new.1);
            }
            if old.0 != new.0 {
                self.examples.push(ScoreMove {
                    visitor,
                    score: Arc::clone(name),
                    before: old.0,
                    after: new.0,
                });
            }
        }
        self.changed += u64::from(moved);
        if self.examples.len() > 2 * MAX_EXAMPLES {
            self.trim();
        }
    }

    /// The report once every visitor was added.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.trim();
        self
    }

    /// How each score moves, by name.
    pub fn scores(&self) -> impl Iterator<Item = &ScoreMoves> {
        self.scores.values()
    }

    /// Each change from one stage to another.
    pub fn stages(&self) -> impl Iterator<Item = &StageMoves> {
        self.stages.values()
    }

    fn score(&mut self, name: &Arc<str>, before: Points, after: Points) {
        let entry = self.scores.entry(Arc::clone(name));
        let moves = entry.or_insert_with(|| ScoreMoves {
            score: Arc::clone(name),
            up: 0,
            down: 0,
            same: 0,
        });
        moves.up += u64::from(after > before);
        moves.down += u64::from(after < before);
        moves.same += u64::from(after == before);
    }

    fn stage(&mut self, name: &Arc<str>, from: Option<Arc<str>>, to: Option<Arc<str>>) {
        let change = (Arc::clone(name), from.clone(), to.clone());
        let entry = self.stages.entry(change);
        let moves = entry.or_insert_with(|| StageMoves {
            score: Arc::clone(name),
            from,
            to,
            visitors: 0,
        });
        moves.visitors += 1;
    }

    fn trim(&mut self) {
        let size = |it: &ScoreMove| (it.after.0 - it.before.0).abs();
        let order = |it: &ScoreMove| (Reverse(size(it)), it.visitor, Arc::clone(&it.score));
        self.examples.sort_by_cached_key(order);
        self.examples.truncate(MAX_EXAMPLES);
    }
}

fn values<K, V: Serialize, S: Serializer>(
    map: &BTreeMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map.values())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields like this"
)]
fn points<S: Serializer>(points: &Points, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(points.as_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(name: &str, value: i64, stage: Option<&str>) -> ScoreNow {
        ScoreNow {
            name: name.into(),
            value: Points::whole(value),
            max: Points::whole(100),
            stage: stage.map(Into::into),
        }
    }

    #[test]
    fn scores_that_come_and_go_count_from_nothing_and_to_nothing() {
        let mut report = RescoreReport::default();
        let before = [score("buy", 30, Some("warm")), score("old", 5, None)];
        let after = [score("buy", 30, Some("warm")), score("new", 7, Some("in"))];
        report.add(VisitorId([1; 16]), &before, &after);
        report.add(VisitorId([2; 16]), &before[..1], &after[..1]);
        let report = report.finished();
        assert_eq!((report.visitors, report.changed), (2, 1));
        let moves: Vec<_> = report
            .scores()
            .map(|it| (&*it.score, it.up, it.down, it.same))
            .collect();
        assert_eq!(
            moves,
            [("buy", 0, 0, 2), ("new", 1, 0, 0), ("old", 0, 1, 0)]
        );
        let stages: Vec<_> = report
            .stages()
            .map(|it| (&*it.score, it.visitors))
            .collect();
        assert_eq!(stages, [("new", 1)]);
        let told = serde_json::to_value(&report).unwrap();
        assert_eq!(told["stages"][0]["from"], serde_json::Value::Null);
        assert_eq!(told["examples"][0]["after"], 7.0);
    }

    #[test]
    fn the_biggest_changes_are_shown_whatever_the_order() {
        let ids: Vec<u8> = (1..=90).collect();
        let report = |ids: &[u8]| {
            let mut report = RescoreReport::default();
            for id in ids {
                let (before, after) = (score("buy", 0, None), score("buy", i64::from(*id), None));
                report.add(VisitorId([*id; 16]), &[before], &[after]);
            }
            report.finished()
        };
        let mut turned = ids.clone();
        turned.reverse();
        let told = report(&ids);
        assert_eq!(told, report(&turned));
        assert_eq!(told.examples.len(), MAX_EXAMPLES);
        assert_eq!(told.examples[0].after, Points::whole(90));
    }
}
