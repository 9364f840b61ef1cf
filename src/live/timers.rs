//! Wake-ups: one per visitor, kept in order, waited for and never polled.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::{Key, Timestamp, VisitorId};

/// Every visitor's next wake-up. Most move later with every event; they stay where they are in the queue until
/// their old time comes, and are moved then, so that an event costs one look-up.
#[derive(Default)]
pub struct Timers {
    queue: Mutex<Queue>,
    earlier: Notify,
}

#[derive(Default)]
struct Queue {
    order: BTreeSet<(Timestamp, VisitorId)>,
    wanted: HashMap<VisitorId, Wanted, rustc_hash::FxBuildHasher>,
}

struct Wanted {
    site: Key,
    queued_at: Timestamp,
    wake_at: Timestamp,
    look: Look,
}

/// Why a visitor is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Their state said when: nothing to do when it has changed since, for then it has said another moment.
    Planned,
    /// Something outside of their state changed, or somebody else was to look and did not.
    Asked,
}

/// A visitor whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The visitor's site.
    pub site: Key,
    /// Who.
    pub visitor: VisitorId,
    /// Why.
    pub look: Look,
}

impl Timers {
    /// Sets a visitor's next wake-up, as their state plans it; `None` takes it away.
    pub fn set(&self, site: Key, visitor: VisitorId, wake_at: Option<Timestamp>) {
        let mut queue = self.queue.lock();
        match wake_at {
            Some(wake_at) => self.put(&mut queue, site, visitor, wake_at, Look::Planned),
            None => queue.remove(visitor),
        }
    }

    /// Sees to it that a visitor is looked at, whatever their state plans, at `wake_at` or when it is planned anyhow.
    pub fn set_at_latest(&self, site: Key, visitor: VisitorId, wake_at: Timestamp) {
        let mut queue = self.queue.lock();
        let known = queue.wanted.get(&visitor);
        let wake_at = known.map_or(wake_at, |wanted| wanted.wake_at.min(wake_at));
        self.put(&mut queue, site, visitor, wake_at, Look::Asked);
    }

    /// Wakes a visitor later who was due, unless somebody has set another wake-up meanwhile.
    pub fn put_off(&self, due: Due, until: Timestamp) {
        let mut queue = self.queue.lock();
        if !queue.wanted.contains_key(&due.visitor) {
            self.put(&mut queue, due.site, due.visitor, until, due.look);
        }
    }

    fn put(&self, queue: &mut Queue, site: Key, visitor: VisitorId, at: Timestamp, look: Look) {
        if queue.set(site, visitor, at, look) {
            self.earlier.notify_one();
        }
    }

    /// Takes up to `limit` visitors whose time has come.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<Due> {
        let mut queue = self.queue.lock();
        let mut due = Vec::new();
        while due.len() < limit {
            let Some((_, visitor)) = queue.order.first().copied().filter(|(at, _)| *at <= now)
            else {
                break;
            };
            due.extend(queue.pop(visitor, now));
        }
        due
    }

    /// When the next wake-up is, if there is one. It may turn out to have moved later.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.lock().order.first().map(|(at, _)| *at)
    }

    /// Returns when an earlier wake-up than all others was set.
    pub async fn earlier(&self) {
        self.earlier.notified().await;
    }

    /// How many visitors have a wake-up.
    pub fn len(&self) -> usize {
        self.queue.lock().wanted.len()
    }

    /// Whether nobody has a wake-up.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Queue {
    /// Returns whether this is now the earliest of all.
    fn set(&mut self, site: Key, visitor: VisitorId, wake_at: Timestamp, look: Look) -> bool {
        if let Some(wanted) = self.wanted.get_mut(&visitor) {
            (wanted.wake_at, wanted.look) = (wake_at, look);
            if wanted.queued_at <= wake_at {
                return false;
            }
            self.order.remove(&(wanted.queued_at, visitor));
            wanted.queued_at = wake_at;
        } else {
            self.wanted.insert(
                visitor,
                Wanted {
                    site,
                    queued_at: wake_at,
                    wake_at,
                    look,
                },
            );
        }
        self.order.insert((wake_at, visitor));
        self.order
            .first()
            .is_some_and(|(_, first)| *first == visitor)
    }

    fn remove(&mut self, visitor: VisitorId) {
        if let Some(wanted) = self.wanted.remove(&visitor) {
            self.order.remove(&(wanted.queued_at, visitor));
        }
    }

    /// Takes a visitor whose queued time has come; puts it back if the time it wants is later by now.
    fn pop(&mut self, visitor: VisitorId, now: Timestamp) -> Option<Due> {
        let wanted = self.wanted.get_mut(&visitor)?;
        self.order.remove(&(wanted.queued_at, visitor));
        if wanted.wake_at > now {
            wanted.queued_at = wanted.wake_at;
            self.order.insert((wanted.wake_at, visitor));
            return None;
        }
        let wanted = self.wanted.remove(&visitor)?;
        Some(Due {
            site: wanted.site,
            visitor,
            look: wanted.look,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: VisitorId = VisitorId([1; 16]);
    const B: VisitorId = VisitorId([2; 16]);
    const SITE: Key = Key(1);

    fn at(ms: u64) -> Timestamp {
        Timestamp(ms)
    }

    fn planned(visitor: VisitorId) -> Due {
        Due {
            site: SITE,
            visitor,
            look: Look::Planned,
        }
    }

    #[test]
    fn a_wake_up_moves_both_ways_and_rings_once() {
        let timers = Timers::default();
        timers.set(SITE, A, Some(at(100)));
        timers.set(SITE, B, Some(at(50)));
        timers.set(SITE, A, Some(at(200)));
        assert_eq!(timers.due(at(100), 10), [planned(B)]);
        assert_eq!(timers.next(), Some(at(200)));
        timers.set(SITE, A, Some(at(120)));
        assert_eq!(timers.due(at(120), 10), [planned(A)]);
        assert_eq!(timers.due(at(1_000), 10), []);
        assert!(timers.is_empty());
    }

    #[test]
    fn a_wake_up_can_be_taken_away() {
        let timers = Timers::default();
        timers.set(SITE, A, Some(at(100)));
        timers.set(SITE, A, None);
        assert_eq!(timers.due(at(1_000), 10), []);
    }

    #[test]
    fn a_look_that_was_asked_for_is_not_lost_to_an_earlier_plan_but_to_a_later_change() {
        let asked = Due {
            look: Look::Asked,
            ..planned(A)
        };
        let timers = Timers::default();
        timers.set(SITE, A, Some(at(100)));
        timers.set_at_latest(SITE, A, at(300));
        assert_eq!(timers.due(at(100), 10), [asked]);
        timers.set_at_latest(SITE, A, at(150));
        timers.set(SITE, A, Some(at(200)));
        assert_eq!(timers.due(at(200), 10), [planned(A)]);
    }

    #[test]
    fn what_is_put_off_gives_way_to_what_was_set_meanwhile() {
        let timers = Timers::default();
        timers.put_off(planned(A), at(100));
        timers.put_off(planned(A), at(200));
        assert_eq!(timers.due(at(100), 10), [planned(A)]);
        assert!(timers.is_empty());
    }
}
