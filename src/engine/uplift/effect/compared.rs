//! The arms of one split, or of one row of a breakdown, ready to be compared.

use crate::domain::{Millis, Timestamp};
use crate::engine::uplift::{Group, SampleRatio, Verdict, sample_ratio, verdict};

use super::outcomes::Outcomes;
use super::split::{Split, WITHHELD};

const DAY: Millis = Millis::from_days(1);

/// Arms with the shares that were planned for them.
pub(super) struct Compared<'a> {
    arms: &'a [Outcomes],
    pub(super) shares: Vec<f64>,
    /// For how long the arms have been filling.
    days: f64,
    /// Whether the arms have the planned shares of the audience; `None` for one arm.
    pub(super) ratio: Option<SampleRatio>,
}

impl<'a> Compared<'a> {
    pub(super) fn new(
        split: &Split,
        arms: &'a [Outcomes],
        since: Timestamp,
        now: Timestamp,
    ) -> Self {
        let shares = split.shares();
        let counts: Vec<u64> = arms.iter().map(|arm| arm.visitors).collect();
        let several = shares.iter().filter(|share| **share > 0.0).count() > 1;
        Self {
            arms,
            days: now.since(since).0 as f64 / DAY.0 as f64,
            ratio: several.then(|| sample_ratio(&counts, &shares)),
            shares,
        }
    }

    /// One arm.
    pub(super) fn group(&self, arm: usize) -> Group {
        let outcomes = &self.arms[arm];
        Group {
            share: self.shares[arm],
            visitors: outcomes.visitors,
            converted: outcomes.converted,
        }
    }

    /// What may be said of two arms at level `alpha`; `None` where one has no share.
    pub(super) fn judge(&self, treated: Group, control: Group, alpha: f64) -> Option<Verdict> {
        if treated.share <= 0.0 || control.share <= 0.0 {
            return None;
        }
        if self.ratio.is_some_and(|ratio| ratio.broken) {
            return Some(Verdict::BrokenSplit);
        }
        Some(verdict(treated, control, alpha, self.days))
    }

    /// What may be said of all who were invited beside the withheld.
    pub(super) fn all_invited(&self, alpha: f64) -> Option<Verdict> {
        let arms = (WITHHELD + 1..self.shares.len()).map(|arm| self.group(arm));
        let invited = arms.fold(Group::default(), |sum, arm| Group {
            share: sum.share + arm.share,
            visitors: sum.visitors + arm.visitors,
            converted: sum.converted + arm.converted,
        });
        self.judge(invited, self.group(WITHHELD), alpha)
    }
}
