//! Sums over visitors, and how they are put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{SiteNow, Timestamp, VisitorId};

use super::side::{FirstOffer, SideTally, hour_of};

/// How many visitors are named as examples.
const MAX_EXAMPLES: usize = 20;

/// A visitor whom one side invited and the other did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub(super) visitor: VisitorId,
    pub(super) offer: FirstOffer,
}

/// Visitors whom one side invited and the other did not: how many, and the earliest of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Only {
    pub(super) visitors: u64,
    pub(super) examples: Vec<Who>,
}

/// Free slots, as often as a record told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) least: u16,
    pub(super) most: u16,
    pub(super) sum: u64,
    pub(super) records: u64,
}

impl Slots {
    fn of(free: u16) -> Self {
        Self {
            least: free,
            most: free,
            sum: free.into(),
            records: 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.sum += other.sum;
        self.records += other.records;
    }
}

/// What the backtest of some visitors comes to. Tallies of different visitors add up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub(super) records: u64,
    pub(super) events: u64,
    pub(super) visitors: u64,
    /// Visitors whose first record shows that they had been there before.
    pub(super) known_before: u64,
    pub(super) before: SideTally,
    pub(super) after: SideTally,
    pub(super) gained: Only,
    pub(super) lost: Only,
    /// Visitors whose first offer either side made, but not by the same trigger.
    pub(super) replaced: BTreeMap<(Arc<str>, Arc<str>), u64>,
    /// The free slots that were seen in each hour.
    pub(super) slots: BTreeMap<Timestamp, Slots>,
}

impl Tally {
    /// Takes note of what a record of the period says about the site.
    pub fn note_site(&mut self, moment: Timestamp, site: &SiteNow) {
        self.see(hour_of(moment), Slots::of(site.free_slots));
    }

    /// Adds what another part of the visitors came to.
    pub fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.events += other.events;
        self.visitors += other.visitors;
        self.known_before += other.known_before;
        self.before.merge(other.before);
        self.after.merge(other.after);
        self.gained.merge(other.gained);
        self.lost.merge(other.lost);
        for (pair, count) in other.replaced {
            *self.replaced.entry(pair).or_default() += count;
        }
        for (hour, slots) in other.slots {
            self.see(hour, slots);
        }
    }

    fn see(&mut self, hour: Timestamp, seen: Slots) {
        let known = self.slots.entry(hour);
        known.and_modify(|known| known.add(seen)).or_insert(seen);
    }

    /// Counts everybody `by` times, where one of so many visitors was looked at. Examples stay single, and what the site
    /// knew is known whoever was looked at.
    pub fn scale(&mut self, by: u64) {
        self.records *= by;
        self.events *= by;
        self.visitors *= by;
        self.known_before *= by;
        self.before.scale(by);
        self.after.scale(by);
        self.gained.visitors *= by;
        self.lost.visitors *= by;
        self.replaced.values_mut().for_each(|count| *count *= by);
    }
}

impl Only {
    pub(super) fn add(&mut self, visitor: VisitorId, offer: &FirstOffer) {
        self.visitors += 1;
        let last = self.examples.last();
        let late = last.is_some_and(|last| order(last) < (offer.at, visitor));
        if self.examples.len() < MAX_EXAMPLES || !late {
            let offer = offer.clone();
            self.examples.push(Who { visitor, offer });
            self.trim();
        }
    }

    fn merge(&mut self, other: Self) {
        self.visitors += other.visitors;
        self.examples.extend(other.examples);
        self.trim();
    }

    fn trim(&mut self) {
        self.examples.sort_by_key(order);
        self.examples.truncate(MAX_EXAMPLES);
    }
}

fn order(who: &Who) -> (Timestamp, VisitorId) {
    (who.offer.at, who.visitor)
}
