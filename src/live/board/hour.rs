//! The last hour of a site, minute by minute.

use std::collections::BTreeMap;

use crate::domain::{Decision, Millis, Outcome, Presence, Settlement, Timestamp};
use crate::live::line::Line;

/// How many minutes are told of.
pub const MINUTES: usize = 60;
const MINUTE: Millis = Millis::from_mins(1);
/// What was decided reaches this node late at times, so the latest minutes are counted anew.
const UNSETTLED: u64 = 2;

/// What became of invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invited {
    /// Offered.
    pub offered: usize,
    /// Seen.
    pub shown: usize,
    /// Answered with yes.
    pub accepted: usize,
    /// Answered with no.
    pub dismissed: usize,
}

/// The last hour.
#[derive(Debug, Default)]
pub(super) struct Hour {
    /// How many visitors were here in each minute, the latest last.
    visitors: Vec<usize>,
    /// The minute of the last entry.
    minute: u64,
    invited: BTreeMap<u64, Invited>,
}

const fn minute(at: Timestamp) -> u64 {
    at.0 / MINUTE.0
}

impl Hour {
    /// Makes up for the time when nobody watched: those who are still here are counted for the minutes since they came.
    pub(super) fn begin<'a>(&mut self, lines: impl Iterator<Item = &'a Line>, now: Timestamp) {
        self.minute = minute(now);
        let first = (self.minute + 1).saturating_sub(MINUTES as u64);
        self.visitors = vec![0; MINUTES];
        for line in lines {
            let is_here = line.presence != Presence::Left;
            let came = minute(line.started_at).max(first);
            let went = if is_here {
                self.minute
            } else {
                minute(line.last_seen).min(self.minute)
            };
            for at in came..=went {
                self.visitors[(at - first) as usize] += 1;
            }
        }
    }

    /// Takes note of how many visitors are here.
    pub(super) fn note(&mut self, visitors: usize, now: Timestamp) {
        let later = minute(now).saturating_sub(self.minute);
        self.minute += later;
        // Where nobody has counted, as many as before were here.
        let last = self.visitors.last().copied().unwrap_or_default();
        let skipped = later.min(MINUTES as u64) as usize;
        self.visitors.extend(std::iter::repeat_n(last, skipped));
        self.visitors
            .drain(..self.visitors.len().saturating_sub(MINUTES));
        if let Some(last) = self.visitors.last_mut() {
            *last = visitors;
        }
    }

    pub(super) fn visitors(&self) -> Vec<usize> {
        self.visitors.clone()
    }

    /// From which moment on decisions are to be read.
    pub(super) fn unread(&self, now: Timestamp) -> Timestamp {
        let hour_ago = minute(now).saturating_sub(MINUTES as u64 - 1);
        let last = self.invited.last_key_value().map(|(minute, _)| *minute);
        let from = last.map_or(hour_ago, |last| {
            last.saturating_sub(UNSETTLED).max(hour_ago)
        });
        Timestamp(from * MINUTE.0)
    }

    /// Takes decisions in the place of all since `from`.
    pub(super) fn count(&mut self, from: Timestamp, decisions: &[Counted], now: Timestamp) {
        drop(self.invited.split_off(&minute(from)));
        for counted in decisions {
            let invited = self.invited.entry(minute(counted.at)).or_default();
            *match counted.what {
                What::Offered => &mut invited.offered,
                What::Shown => &mut invited.shown,
                What::Accepted => &mut invited.accepted,
                What::Dismissed => &mut invited.dismissed,
            } += 1;
        }
        // The minute up to which everything was read is known even when nothing happened in it.
        self.invited.entry(minute(now)).or_default();
        let hour_ago = minute(now).saturating_sub(MINUTES as u64 - 1);
        self.invited = self.invited.split_off(&hour_ago);
    }

    /// What became of invitations in the last hour.
    pub(super) fn invited(&self) -> Invited {
        self.invited
            .values()
            .fold(Invited::default(), |sum, one| Invited {
                offered: sum.offered + one.offered,
                shown: sum.shown + one.shown,
                accepted: sum.accepted + one.accepted,
                dismissed: sum.dismissed + one.dismissed,
            })
    }
}

/// A decision that is counted.
pub struct Counted {
    at: Timestamp,
    what: What,
}

enum What {
    Offered,
    Shown,
    Accepted,
    Dismissed,
}

impl Counted {
    /// What a decision counts as, if it counts.
    pub fn of(decision: &Decision) -> Option<Self> {
        let what = match &decision.what {
            Outcome::Offered(_) => What::Offered,
            Outcome::Shown { .. } => What::Shown,
            Outcome::Settled { how, .. } => match how {
                Settlement::Accepted => What::Accepted,
                Settlement::Dismissed => What::Dismissed,
                Settlement::Ignored
                | Settlement::Expired
                | Settlement::Revoked
                | Settlement::Withheld => return None,
            },
            Outcome::Withheld(_)
            | Outcome::Suppressed { .. }
            | Outcome::Stage { .. }
            | Outcome::Goal { .. }
            | Outcome::Chat { .. } => return None,
        };
        Some(Self {
            at: decision.at,
            what,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> Timestamp {
        Timestamp(MINUTE.0 * minutes + 1)
    }

    fn offered(minutes: u64) -> Counted {
        Counted {
            at: at(minutes),
            what: What::Offered,
        }
    }

    #[test]
    fn invitations_of_the_last_hour_are_counted_once_each() {
        let mut hour = Hour::default();
        assert_eq!(hour.unread(at(100)), Timestamp(MINUTE.0 * 41));
        hour.count(hour.unread(at(100)), &[offered(45), offered(100)], at(100));
        assert_eq!(hour.invited().offered, 2);
        // The latest minutes are read again, and one more has come late.
        let from = hour.unread(at(101));
        assert_eq!(from, Timestamp(MINUTE.0 * 98));
        hour.count(from, &[offered(99), offered(100)], at(101));
        assert_eq!(hour.invited().offered, 3);
        let again = [offered(99), offered(100)];
        hour.count(hour.unread(at(110)), &again, at(110));
        assert_eq!(hour.invited().offered, 2, "one is more than an hour ago");
    }

    #[test]
    fn minutes_pass() {
        let mut hour = Hour::default();
        hour.begin(std::iter::empty(), at(100));
        hour.note(4, at(100));
        hour.note(5, at(100));
        hour.note(7, at(103));
        let visitors = hour.visitors();
        assert_eq!(visitors.len(), MINUTES);
        assert_eq!(visitors[MINUTES - 4..], [5, 5, 5, 7]);
        hour.note(1, at(1_000));
        assert_eq!(hour.visitors().len(), MINUTES);
    }
}
