//! What one arm came to.

use std::collections::BTreeMap;

use crate::domain::{Millis, Settlement};

/// Times are counted in tenths of a second.
const TENTH: u64 = 100;
/// Longer times are counted as this: ten minutes.
const LONGEST: u64 = 6_000;

/// Invitations to visitors who had seen one of the trigger before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Again {
    pub(super) shown: u64,
    pub(super) dismissed: u64,
}

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
    /// Conversations that those visitors asked for in time, whoever began them.
    pub(super) chats: u64,
    /// Those of them that ended before anybody took them.
    pub(super) missed_chats: u64,
    /// Accepted invitations that led to a conversation.
    pub(super) led_to_chat: u64,
    /// Accepted invitations whose conversation nobody took.
    pub(super) led_nowhere: u64,
    /// Of `shown` and of `dismissed`: those of visitors who had seen one of the trigger before.
    pub(super) again: Again,
    /// How long invitations were visible before they were dismissed, in tenths of a second: at most `LONGEST` entries.
    pub(super) looked_at: BTreeMap<u16, u64>,
}

impl Outcomes {
    /// Counts an invitation as seen; `again` if the visitor had seen one before.
    pub(super) fn count_shown(&mut self, again: bool) {
        self.shown += 1;
        self.again.shown += u64::from(again);
    }

    /// Counts how an invitation ended, and how long it was looked at before that, if that is known.
    pub(super) fn count_end(&mut self, how: Settlement, looked_at: Option<Millis>, again: bool) {
        if let Some(ends) = self.ends(how) {
            *ends += 1;
        }
        self.again.dismissed += u64::from(again && how == Settlement::Dismissed);
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

    /// Of how many dismissed invitations it is known how long they were visible, and how many of those for at most so long.
    pub(super) fn looked_at(&self, most: Millis) -> (u64, u64) {
        let tenths = (most.0 / TENTH).min(LONGEST) as u16;
        let brief = self.looked_at.range(..=tenths).map(|(_, count)| count);
        (brief.sum(), self.looked_at.values().sum())
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
        self.chats += other.chats;
        self.missed_chats += other.missed_chats;
        self.led_to_chat += other.led_to_chat;
        self.led_nowhere += other.led_nowhere;
        self.again.shown += other.again.shown;
        self.again.dismissed += other.again.dismissed;
        for (time, count) in &other.looked_at {
            *self.looked_at.entry(*time).or_default() += count;
        }
    }
}
