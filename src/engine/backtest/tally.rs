//! Sums over visitors, and how they are put together.

use std::collections::BTreeMap;

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
    /// The least and the most free slots that were seen in each hour.
    pub(super) slots: BTreeMap<Timestamp, (u16, u16)>,
}

impl Tally {
    /// Takes note of what a record of the period says about the site.
    pub fn note_site(&mut self, moment: Timestamp, site: &SiteNow) {
        let free = site.free_slots;
        let (least, most) = self.slots.entry(hour_of(moment)).or_insert((free, free));
        *least = free.min(*least);
        *most = free.max(*most);
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
        for (hour, (low, high)) in other.slots {
            let (least, most) = self.slots.entry(hour).or_insert((low, high));
            *least = low.min(*least);
            *most = high.max(*most);
        }
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
