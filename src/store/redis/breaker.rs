//! Whether Redis is asked at all: while it is out of order, nobody waits for it, and nobody keeps it from recovering.
//!
//! A breaker is closed while all is well. Some failures in a row open it; then every call fails at once and Redis is
//! left alone but for a probe now and then ([`super::health`]). The first probe that succeeds closes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::trouble::Trouble;

/// So many failures in a row, and Redis is asked no more.
const FAILURES: u32 = 3;
/// Hash slots there are in a cluster.
const SLOTS: usize = 16_384;
/// In a cluster, each of so many equal parts of the slots has a breaker of its own, so that one primary's death does
/// not silence the others.
const PARTS: usize = 16;

/// Guards one part of Redis. It knows no clock: whoever probes decides when.
#[derive(Debug, Default)]
pub struct Breaker {
    /// How often it has opened and closed: even while it is closed, odd while it is open.
    turns: AtomicU64,
    /// Failures in a row since it closed or since the last success.
    failures: AtomicU32,
    /// Why it is open.
    why: Mutex<Option<Arc<str>>>,
}

/// The permission to ask. What became of it counts only until the breaker turns: an answer that comes late says
/// nothing about now.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Permit(u64);

impl Breaker {
    /// Whether Redis may be asked.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn permit(&self) -> Result<Permit, Arc<str>> {
        let turns = self.turns.load(Ordering::Acquire);
        if turns.is_multiple_of(2) {
            return Ok(Permit(turns));
        }
        Err(self.why.lock().clone().unwrap_or_default())
    }

    /// Redis answered.
    pub fn succeeded(&self, permit: Permit) {
        if self.failures.load(Ordering::Relaxed) != 0 && self.is_current(permit) {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// Redis did not do it. Returns whether this opened the breaker.
    pub fn failed(&self, permit: Permit, trouble: Trouble, why: &str) -> bool {
        if !trouble.is_outage() || !self.is_current(permit) {
            return false;
        }
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if failures < FAILURES && !trouble.opens_at_once() {
            return false;
        }
        // The reason goes first, so that nobody finds an open breaker without one.
        let mut reason = self.why.lock();
        let opened = self.turns.compare_exchange(
            permit.0,
            permit.0 + 1,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        if opened.is_ok() {
            *reason = Some(why.into());
        }
        opened.is_ok()
    }

    /// A probe succeeded: Redis may be asked again.
    pub fn close(&self) {
        let mut reason = self.why.lock();
        if reason.take().is_some() {
            self.failures.store(0, Ordering::Relaxed);
            self.turns.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// A probe failed: that is the latest reason.
    pub fn still_open(&self, why: &str) {
        if let Some(reason) = &mut *self.why.lock() {
            *reason = why.into();
        }
    }

    /// Why it is open; `None` while it is closed.
    pub fn why(&self) -> Option<Arc<str>> {
        self.why.lock().clone()
    }

    fn is_current(&self, permit: Permit) -> bool {
        self.turns.load(Ordering::Acquire) == permit.0
    }
}

/// The breakers of all parts of Redis.
#[derive(Debug)]
pub struct Breakers(Box<[Breaker]>);

impl Breakers {
    /// One for a single server, several for a cluster.
    pub fn new(cluster: bool) -> Self {
        let parts = if cluster { PARTS } else { 1 };
        Self((0..parts).map(|_| Breaker::default()).collect())
    }

    /// The one that guards a hash slot.
    pub fn of(&self, slot: u16) -> &Breaker {
        &self.0[usize::from(slot) % SLOTS * self.0.len() / SLOTS]
    }

    /// All of them, each with a slot that it guards.
    pub fn all(&self) -> impl Iterator<Item = (u16, &Breaker)> {
        let share = SLOTS / self.0.len();
        let all = self.0.iter().enumerate();
        all.map(move |(at, breaker)| ((at * share) as u16, breaker))
    }

    /// How many are open.
    pub fn count_open(&self) -> usize {
        self.reasons().count()
    }

    fn reasons(&self) -> impl Iterator<Item = Arc<str>> {
        self.0.iter().filter_map(Breaker::why)
    }

    /// Which parts are out of order, and why the first of them is; `None` when all is well.
    pub fn describe(&self) -> Option<String> {
        let share = SLOTS / self.0.len();
        let open = self
            .all()
            .filter_map(|(slot, breaker)| Some((slot, breaker.why()?)));
        let open: Vec<_> = open.collect();
        let (_, why) = open.first()?;
        if self.0.len() == 1 {
            return Some(why.to_string());
        }
        let slots = open
            .iter()
            .map(|(from, _)| format!("{from}-{}", usize::from(*from) + share - 1));
        let slots: Vec<_> = slots.collect();
        Some(format!("slots {}: {why}", slots.join(", ")))
    }

    /// Why most of Redis is out of order; `None` while at least half of it works.
    pub fn outage(&self) -> Option<Arc<str>> {
        let first = self.reasons().next()?;
        (self.count_open() * 2 > self.0.len()).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, trouble: Trouble) -> bool {
        let permit = breaker.permit().unwrap();
        breaker.failed(permit, trouble, trouble.describe())
    }

    #[test]
    fn some_failures_in_a_row_open_it_and_a_probe_closes_it() {
        let breaker = Breaker::default();
        assert!(!fail(&breaker, Trouble::Timeout));
        assert!(!fail(&breaker, Trouble::Timeout));
        breaker.succeeded(breaker.permit().unwrap());
        assert!(!fail(&breaker, Trouble::Timeout));
        assert!(!fail(&breaker, Trouble::OutOfMemory));
        assert!(fail(&breaker, Trouble::Timeout));
        let why = breaker.permit().unwrap_err();
        assert_eq!(&*why, Trouble::Timeout.describe());
        breaker.still_open("it is loading");
        assert_eq!(&*breaker.permit().unwrap_err(), "it is loading");
        breaker.close();
        assert!(breaker.why().is_none());
        assert!(
            !fail(&breaker, Trouble::Timeout),
            "it counts from the start"
        );
    }

    #[test]
    fn a_lost_connection_opens_it_at_once_and_a_refusal_never() {
        let breaker = Breaker::default();
        assert!((0..10).all(|_| !fail(&breaker, Trouble::Refused)));
        assert!(fail(&breaker, Trouble::Connection));
    }

    #[test]
    fn what_was_asked_before_it_turned_says_nothing_about_now() {
        let breaker = Breaker::default();
        let early: Vec<Permit> = (0..10).map(|_| breaker.permit().unwrap()).collect();
        assert!(breaker.failed(early[0], Trouble::Connection, "gone"));
        assert!(!breaker.failed(early[1], Trouble::Connection, "gone"));
        breaker.succeeded(early[2]);
        assert!(breaker.permit().is_err(), "a late answer closes nothing");
        breaker.close();
        let late = &early[3..];
        assert!(
            late.iter()
                .all(|permit| !breaker.failed(*permit, Trouble::Connection, "gone"))
        );
        assert!(breaker.permit().is_ok());
        // Closing what is closed does nothing.
        breaker.close();
        breaker.still_open("a probe failed");
        assert!(breaker.permit().is_ok());
        assert_eq!(breaker.why(), None);
    }

    #[test]
    fn a_part_of_a_cluster_fails_alone() {
        let breakers = Breakers::new(true);
        let gone = |slot: u16| {
            let breaker = breakers.of(slot);
            if let Ok(permit) = breaker.permit() {
                breaker.failed(permit, Trouble::Connection, "gone");
            }
        };
        (0..5_461).for_each(gone);
        assert!(breakers.of(0).permit().is_err());
        assert!(breakers.of(16_383).permit().is_ok());
        assert_eq!((breakers.count_open(), breakers.outage()), (6, None));
        let told = breakers.describe().unwrap_or_default();
        assert!(told.starts_with("slots 0-1023, 1024-2047, "), "{told}");
        assert!(told.ends_with("5120-6143: gone"), "{told}");
        let guards = |(slot, breaker): (u16, &Breaker)| std::ptr::eq(breakers.of(slot), breaker);
        assert!(breakers.all().all(guards));
        (0..16_384).for_each(gone);
        assert_eq!(breakers.outage().as_deref(), Some("gone"));
        let single = Breakers::new(false);
        assert!(std::ptr::eq(single.of(0), single.of(16_383)));
    }
}
