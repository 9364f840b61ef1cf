//! The score ledger: what each rule gave, when, and what it is worth by now.
//!
//! A score is never stored: it is the sum of its contributions, each decayed by the score's half-life, or as its rule
//! says. A contribution holds the points that were *applied* (after the score's floor of zero and its maximum), so the
//! sum stays within 0…max by itself as long as all parts of one score decay by one factor; where they do not, the
//! score is bounded when it is read.

use serde::{Deserialize, Serialize};

use super::ids::{Key, RuleSetHash};
use super::time::{Millis, Timestamp};
use super::units::Points;

/// How many single contributions a visitor keeps; older ones are folded into their score's carried sum.
pub const MAX_CONTRIBUTIONS: usize = 48;

/// Points that one score rule gave at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The score that moved.
    pub score: Key,
    /// The rule that moved it.
    pub rule: Key,
    /// The rule set it was made under.
    pub rules: RuleSetHash,
    /// When.
    pub at: Timestamp,
    /// By how much, after the score's bounds; never zero.
    pub applied: Points,
}

/// What a score carries beside its single contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreTotal {
    /// Which score.
    pub score: Key,
    /// The worth of the folded contributions at `carried_at`.
    pub carried: Points,
    /// When `carried` was worth that.
    pub carried_at: Timestamp,
    /// The stage last seen, by the key of its name; crossing into another is an event of its own.
    pub stage: Option<Key>,
}

/// Every score of one visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// One entry for each score that ever moved.
    pub totals: Vec<ScoreTotal>,
    /// The latest contributions, oldest first.
    pub contributions: Vec<Contribution>,
}

/// `points` given at `then` as they stand at `now`: halved once for each `half_life` that has passed.
///
/// Exponential decay, `p · 2^(−Δt / half_life)`; `None` never decays.
pub fn decayed(points: Points, then: Timestamp, now: Timestamp, half_life: Option<Millis>) -> f64 {
    if points == Points::ZERO {
        // Nothing stays nothing; and the power of a very old one is a slow one to work out.
        return 0.0;
    }
    let age = now.since(then);
    match half_life {
        // After so long not a thousandth of a point is left of any number of points, and the power is slow to work out.
        Some(half_life) if half_life > Millis::ZERO && age.0 / 64 > half_life.0 => 0.0,
        Some(half_life) if age > Millis::ZERO && half_life > Millis::ZERO => {
            points.0 as f64 * (-(age.0 as f64) / half_life.0 as f64).exp2()
        }
        Some(_) | None => points.0 as f64,
    }
}

/// How points fade with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decay {
    /// The time in which points lose half their worth; `None` keeps them.
    pub half_life: Option<Millis>,
    /// From this age on they are worth nothing; `None`: never.
    pub expires_after: Option<Millis>,
}

impl Decay {
    /// What `points` given at `then` are worth at `now`, in thousandths of a point.
    pub fn worth(self, points: Points, then: Timestamp, now: Timestamp) -> f64 {
        if self.expires_after.is_some_and(|age| now.since(then) >= age) {
            return 0.0;
        }
        decayed(points, then, now, self.half_life)
    }
}

/// How the contributions to one score fade: as the score does, unless their rule has a way of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fading<'a> {
    /// The score's half-life.
    pub half_life: Option<Millis>,
    /// Rules whose points fade in another way, by key; most scores have none.
    pub own: &'a [(Key, Decay)],
}

impl Fading<'_> {
    /// How the points of this rule fade.
    pub fn of(&self, rule: Key) -> Decay {
        let own = self.own.iter().find(|(key, _)| *key == rule);
        own.map_or_else(|| self.carried(), |(_, decay)| *decay)
    }

    /// How folded points fade: they are no longer any one rule's.
    pub const fn carried(&self) -> Decay {
        Decay {
            half_life: self.half_life,
            expires_after: None,
        }
    }

    /// What a contribution is worth at `now`, in thousandths of a point.
    pub fn worth(&self, entry: &Contribution, now: Timestamp) -> f64 {
        self.of(entry.rule).worth(entry.applied, entry.at, now)
    }
}

impl Ledger {
    /// The sum over the ledger at `now`, rounded once.
    ///
    /// It is the score as long as the rules stay the same and all points fade alike. Otherwise it may lie out of
    /// bounds, which is why the score itself is read through the rules.
    pub fn sum(&self, score: Key, now: Timestamp, fading: Fading<'_>) -> Points {
        let carried = self.total(score).map_or(0.0, |total| {
            decayed(total.carried, total.carried_at, now, fading.half_life)
        });
        let recent: f64 = self
            .contributions
            .iter()
            .filter(|c| c.score == score)
            .map(|c| fading.worth(c, now))
            .sum();
        Points((carried + recent).round() as i64)
    }

    /// Brings the sum back within 0…max where new rules have left it outside, and returns it.
    pub fn bound(&mut self, score: Key, max: Points, now: Timestamp, fading: Fading<'_>) -> Points {
        let sum = self.sum(score, now, fading);
        let bounded = sum.min(max).max(Points::ZERO);
        if bounded != sum {
            let total = self.total_mut(score);
            let carried = decayed(total.carried, total.carried_at, now, fading.half_life);
            total.carried = Points(carried.round() as i64) + (bounded - sum);
            total.carried_at = now;
        }
        bounded
    }

    /// What the score carries, if it ever moved.
    pub fn total(&self, score: Key) -> Option<&ScoreTotal> {
        self.totals.iter().find(|total| total.score == score)
    }

    /// What the score carries, made when it is missing.
    pub fn total_mut(&mut self, score: Key) -> &mut ScoreTotal {
        let index = self
            .totals
            .iter()
            .position(|total| total.score == score)
            .unwrap_or_else(|| {
                self.totals.push(ScoreTotal {
                    score,
                    carried: Points::ZERO,
                    carried_at: Timestamp(0),
                    stage: None,
                });
                self.totals.len() - 1
            });
        &mut self.totals[index]
    }

    /// Enters a contribution and folds the oldest one away when there are too many.
    ///
    /// `fading_of` tells how a score fades; a score that the rules no longer know is dropped when it is folded.
    pub fn enter<'a>(
        &mut self,
        entry: Contribution,
        fading_of: impl Fn(Key) -> Option<Fading<'a>>,
    ) {
        self.total_mut(entry.score);
        self.contributions.push(entry);
        if self.contributions.len() > MAX_CONTRIBUTIONS {
            let oldest = self.contributions.remove(0);
            if let Some(fading) = fading_of(oldest.score) {
                self.fold(&oldest, entry.at, fading);
            }
        }
    }

    /// Forgets every score that `known` does not know.
    pub fn retain_scores(&mut self, known: impl Fn(Key) -> bool) {
        self.totals.retain(|total| known(total.score));
        self.contributions.retain(|entry| known(entry.score));
    }

    /// Folds a contribution at its worth now; from here on it fades as the score does.
    fn fold(&mut self, oldest: &Contribution, now: Timestamp, fading: Fading<'_>) {
        let total = self.total_mut(oldest.score);
        let worth = decayed(total.carried, total.carried_at, now, fading.half_life)
            + fading.worth(oldest, now);
        total.carried = Points(worth.round() as i64);
        total.carried_at = now;
    }

    /// Forgets every score that is not `known` any more.
    pub fn retain(&mut self, known: impl Fn(Key) -> bool) {
        self.totals.retain(|total| known(total.score));
        self.contributions.retain(|entry| known(entry.score));
    }
}
