//! What one arm came to.

use std::collections::BTreeMap;

use crate::domain::{Millis, Settlement};

/// Times are counted in tenths of a second.
const TENTH: u64 = 100;
/// Longer times are counted as this: ten minutes.
const LONGEST: u64 = 6_000;

/// The sums of one arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcomes {
    /// Eligible visitors.
    pub(super) visitors: u64,
    /// Those of them who reached a goal in time.
    pub(super) converted: u64,
    /// Goals they reached in time.
    pub(super) goals: u64,
    /// What those goals are worth.
    pub(super) value: f64,
    /// Invitations offered, or withheld.
    pub(super) invitations: u64,
    pub(super) shown: u64,
    pub(super) accepted: u64,
    pub(super) dismissed: u64,
    pub(super) ignored: u64,
    pub(super) expired: u64,
    pub(super) revoked: u64,
    /// How long invitations were visible before they were dismissed, in tenths of a second: at most `LONGEST` entries.
    looked_at: BTreeMap<u16, u64>,
}

impl Outcomes {
    /// Counts an invitation as seen, once.
    pub(super) fn count_shown(&mut self, seen: &mut bool) {
        self.shown += u64::from(!*seen);
        *seen = true;
    }

    /// Counts how an invitation ended, and how long it was looked at before that, if that is known.
    pub(super) fn count_end(&mut self, how: Settlement, looked_at: Option<Millis>) {
        if let Some(ends) = self.ends(how) {
            *ends += 1;
        }
        if let (Settlement::Dismissed, Some(time)) = (how, looked_at) {
            let tenths = ((time.0 + TENTH / 2) / TENTH).min(LONGEST);
            *self.looked_at.entry(tenths as u16).or_default() += 1;
        }
    }

    /// Takes back an end that was not the last word.
    pub(super) fn uncount_end(&mut self, how: Settlement) {
        if let Some(ends) = self.ends(how) {
            *ends = ends.saturating_sub(1);
        }
    }

    fn ends(&mut self, how: Settlement) -> Option<&mut u64> {
        match how {
            Settlement::Accepted => Some(&mut self.accepted),
            Settlement::Dismissed => Some(&mut self.dismissed),
            Settlement::Ignored => Some(&mut self.ignored),
            Settlement::Expired => Some(&mut self.expired),
            Settlement::Revoked => Some(&mut self.revoked),
            Settlement::Withheld => None,
        }
    }

    /// The median of how long invitations were visible before they were dismissed, to a tenth of a second.
    pub(super) fn median_look(&self) -> Option<Millis> {
        let total: u64 = self.looked_at.values().sum();
        let mut reached = 0;
        let mut times = self.looked_at.iter();
        let half = times.find(|(_, count)| {
            reached += **count;
            reached * 2 >= total
        });
        half.map(|(tenths, _)| Millis(u64::from(*tenths) * TENTH))
    }

    /// Adds what another arm came to.
    pub(super) fn add(&mut self, other: &Self) {
        self.visitors += other.visitors;
        self.converted += other.converted;
        self.goals += other.goals;
        self.value += other.value;
        self.invitations += other.invitations;
        self.shown += other.shown;
        self.accepted += other.accepted;
        self.dismissed += other.dismissed;
        self.ignored += other.ignored;
        self.expired += other.expired;
        self.revoked += other.revoked;
        for (time, count) in &other.looked_at {
            *self.looked_at.entry(*time).or_default() += count;
        }
    }
}
