//! One receiver's queue in this node's memory: bounded, served by a few at once, and left alone while the receiver fails.
//! What does not fit waits in the outbox.

use std::collections::VecDeque;

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Timestamp;
use crate::store::{Parcel, ParcelId};

use super::breaker::{Breaker, May};

/// How many deliveries of a receiver wait in memory at most.
const MOST_QUEUED: usize = 500;
/// How many deliveries of a receiver are under way at once.
const MOST_WORKERS: usize = 4;

/// What became of a parcel that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It waits, and somebody will come for it.
    Queued,
    /// It waits, and a worker is to be started.
    Start,
    /// There is no room.
    Full,
}

/// What a worker is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Job {
    /// Deliver this.
    Deliver(Parcel),
    /// Put this off until then: the receiver is left alone.
    PutOff(Parcel, Timestamp),
}

/// One receiver's queue.
#[derive(Default)]
pub struct Lane(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    order: VecDeque<ParcelId>,
    queued: FxHashMap<ParcelId, Parcel>,
    busy: FxHashSet<ParcelId>,
    workers: usize,
    breaker: Breaker,
}

impl Lane {
    /// Hands in a parcel. One that waits already only belongs to this node for longer.
    pub fn offer(&self, parcel: Parcel) -> Taken {
        let mut inner = self.0.lock();
        if inner.busy.contains(&parcel.id) {
            return Taken::Queued;
        }
        if let Some(known) = inner.queued.get_mut(&parcel.id) {
            *known = parcel;
            return Taken::Queued;
        }
        if inner.order.len() >= MOST_QUEUED {
            return Taken::Full;
        }
        inner.order.push_back(parcel.id);
        inner.queued.insert(parcel.id, parcel);
        if inner.workers >= MOST_WORKERS {
            return Taken::Queued;
        }
        inner.workers += 1;
        Taken::Start
    }

    /// What a worker does next; `None` sends it home.
    pub fn next(&self, now: Timestamp) -> Option<Job> {
        let mut inner = self.0.lock();
        let id = inner.order.pop_front();
        let Some(parcel) = id.and_then(|id| inner.queued.remove(&id)) else {
            inner.workers -= 1;
            return None;
        };
        inner.busy.insert(parcel.id);
        Some(match inner.breaker.ask(now) {
            May::Ask => Job::Deliver(parcel),
            May::Rest(until) => Job::PutOff(parcel, until),
        })
    }

    /// Sends a worker home before its time; what waits stays in the outbox.
    pub fn leave(&self) {
        let mut inner = self.0.lock();
        inner.workers -= 1;
        inner.order.clear();
        inner.queued.clear();
    }

    /// A parcel is in nobody's hands any more.
    pub fn finish(&self, id: ParcelId) {
        self.0.lock().busy.remove(&id);
    }

    /// The receiver has answered, one way or the other, or not at all.
    pub fn judge<T>(&self, judge: impl FnOnce(&mut Breaker) -> T) -> T {
        judge(&mut self.0.lock().breaker)
    }

    /// How many deliveries wait or are under way.
    pub fn held(&self) -> usize {
        let inner = self.0.lock();
        inner.order.len() + inner.busy.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Key, Millis, VisitorId};

    const START: Timestamp = Timestamp(1_763_760_000_000);

    fn parcel(nth: u16) -> Parcel {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&nth.to_be_bytes());
        Parcel {
            id: ParcelId(id),
            site: Key(1),
            visitor: VisitorId([2; 16]),
            receiver: Key(3),
            due: START,
            bytes: Vec::new(),
        }
    }

    #[test]
    fn a_few_workers_serve_a_bounded_queue() {
        let lane = Lane::default();
        let taken: Vec<_> = (0..600).map(|nth| lane.offer(parcel(nth))).collect();
        let count = |wanted| taken.iter().filter(|taken| **taken == wanted).count();
        assert_eq!(count(Taken::Start), MOST_WORKERS);
        assert_eq!(count(Taken::Full), 100);
        assert_eq!(lane.held(), MOST_QUEUED);
        let first = lane.next(START);
        assert_eq!(first, Some(Job::Deliver(parcel(0))));
        assert_eq!(lane.offer(parcel(0)), Taken::Queued, "it is in hand");
        let later = Parcel {
            due: START + Millis(9),
            ..parcel(1)
        };
        assert_eq!(lane.offer(later.clone()), Taken::Queued);
        assert_eq!(lane.held(), MOST_QUEUED, "it waits once");
        assert_eq!(lane.next(START), Some(Job::Deliver(later)));
        lane.finish(parcel(0).id);
        lane.finish(parcel(1).id);
        assert_eq!(lane.held(), MOST_QUEUED - 2);
        for _ in 0..MOST_WORKERS {
            lane.leave();
        }
        assert_eq!(lane.held(), 0);
        assert_eq!(lane.offer(parcel(0)), Taken::Start);
    }

    #[test]
    fn a_receiver_that_fails_is_left_alone() {
        let lane = Lane::default();
        for _ in 0..9 {
            lane.judge(|breaker| breaker.failed(START, None));
        }
        lane.offer(parcel(0));
        assert!(matches!(lane.next(START), Some(Job::PutOff(..))));
        assert_eq!(lane.next(START), None, "and the worker goes home");
        assert_eq!(lane.offer(parcel(1)), Taken::Start);
    }
}
