//! The journal's record: exactly the arguments of one call of the engine, so that replaying records *is* the recovery.

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
use super::event::Event;
use super::ids::{Key, RuleSetHash, VisitorId};
use super::ledger::Ledger;
use super::site::SiteNow;
use super::time::Timestamp;
use super::visitor::{GroupPoints, RuleCount};

/// A record's place in the journal: 44 bits of milliseconds and a 20-bit counter, so order is by time and unique.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    const COUNTER_BITS: u32 = 20;

    /// The first place of a moment; one beyond the year 2527 has the last moment's.
    pub const fn at(moment: Timestamp) -> Self {
        const LAST: u64 = u64::MAX >> Seq::COUNTER_BITS;
        let moment = if moment.0 < LAST { moment.0 } else { LAST };
        Self(moment << Self::COUNTER_BITS)
    }

    /// The moment of this place, to the millisecond; a burst may run a little ahead of the clock.
    pub const fn moment(self) -> Timestamp {
        Timestamp(self.0 >> Self::COUNTER_BITS)
    }

    /// The next free place at `now` after `last`.
    pub fn next(last: Self, now: Timestamp) -> Self {
        Self(Self::at(now).0.max(last.0 + 1))
    }
}

/// What made the engine look at a visitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// One request's accepted events, in the order they were sent.
    Events(Batch),
    /// A timer rang.
    Tick,
    /// The visitor's history was scored anew, and this is what came of it.
    Rescore(Box<Scores>),
}

/// Everything that score rules leave behind in a visitor's state. Kept as a value, so that a replay need not go back to
/// the beginning of the history that it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// The points.
    pub ledger: Ledger,
    /// How often rules gave points.
    pub rule_counts: Vec<RuleCount>,
    /// How many points groups of rules gave.
    pub group_points: Vec<GroupPoints>,
}

/// One request's accepted events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// How the visitor came; present when these events began a session.
    pub arrival: Option<Box<Arrival>>,
    /// The events.
    pub events: Vec<Event>,
}

/// One call of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Whose state changed.
    pub visitor: VisitorId,
    /// On which site.
    pub site: Key,
    /// When, by the server's clock.
    pub now: Timestamp,
    /// The rule set in force.
    pub rules: RuleSetHash,
    /// What the site knew.
    pub site_now: SiteNow,
    /// What happened.
    pub cause: Cause,
}
