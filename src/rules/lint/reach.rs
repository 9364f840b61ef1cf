//! How far the rules can bring a score.

use std::collections::HashMap;

use super::super::code::Code;
use super::super::condition::Leaf;
use super::super::field::Field;
use super::super::parts::{Score, ScoreRule};
use super::super::ruleset::RuleSet;
use super::super::sink::Sink;
use super::super::tree::Kind;
use super::Subject;
use super::range::Range;
use crate::domain::{Key, Points};

/// The most that each score can come to.
pub(super) struct Reach {
    most: HashMap<Key, Most>,
}

struct Most {
    max: Points,
    /// The sum of what its rules can give; never more than `max`.
    sum: Points,
    /// The stages that begin beyond that.
    beyond: Vec<Key>,
}

/// Adds up what the rules of each score can give. A rule without a limit per visitor can give any number of times.
pub(super) fn of(rules: &RuleSet) -> Reach {
    let of_score = |score: &Score| {
        let mine = || {
            rules
                .score_rules
                .iter()
                .filter(|rule| rule.score == score.key)
        };
        // A score that nothing moves is reported as such.
        let sum = match mine().count() {
            0 => None,
            _ => mine().try_fold(0_i64, |sum, rule| sum.checked_add(most(rule)?)),
        };
        let sum = sum.map_or(score.max, |sum| Points(sum).min(score.max));
        let beyond = score.stages.iter().filter(|stage| stage.from > sum);
        Most {
            max: score.max,
            sum,
            beyond: beyond.map(|stage| stage.key).collect(),
        }
    };
    let most = rules
        .scores
        .iter()
        .map(|score| (score.key, of_score(score)));
    Reach {
        most: most.collect(),
    }
}

/// The most that a rule can ever give one visitor, in the unit of [`Points`]; `None` without a limit.
fn most(rule: &ScoreRule) -> Option<i64> {
    let most = rule.award.most();
    if most <= Points::ZERO {
        return Some(0);
    }
    let times = i64::from(rule.max_per_visitor?);
    most.0.checked_mul(times)
}

impl Reach {
    /// The values that a score may have whatever its rules are.
    pub(super) fn natural(&self, score: Key) -> Range {
        let most = self.most.get(&score);
        most.map_or(Range::ALL, |most| Range::closed(0.0, most.max.as_f64()))
    }

    /// The values that the score which a leaf reads can come to.
    pub(super) fn range(&self, leaf: &Leaf) -> Option<Range> {
        let Field::Score(score) = &leaf.field else {
            return None;
        };
        let most = self.most.get(score)?;
        Some(Range::closed(0.0, most.sum.as_f64()))
    }

    /// Whether a stage of a score begins beyond what the score can come to.
    pub(super) fn is_beyond(&self, score: Key, stage: Key) -> bool {
        let most = self.most.get(&score);
        most.is_some_and(|most| most.beyond.contains(&stage))
    }
}

/// Reports stages that are never entered, where they are declared.
pub(super) fn stages(sink: &mut Sink, subject: &Subject<'_>, reach: &Reach) {
    for table in subject.tables("score") {
        let name = super::text(table, "name").unwrap_or_default();
        let Some(Kind::Table(stages)) = table.get("stages").map(|node| &node.kind) else {
            continue;
        };
        let most = reach.most.get(&Key::of(name));
        for (most, entry) in most
            .into_iter()
            .flat_map(|m| stages.entries.iter().map(move |e| (m, e)))
        {
            if most.beyond.contains(&Key::of(&entry.key)) {
                let sum = most.sum.as_f64();
                let message = format!(
                    "`{name}` never reaches `{}`: all its rules together give at most {sum}",
                    entry.key
                );
                sink.report(Code::UnreachableScore, entry.value.at, message)
                    .help("lower the stage, or let the rules give more");
            }
        }
    }
}
