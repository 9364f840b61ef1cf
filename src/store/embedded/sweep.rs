//! Housekeeping: saves changed states, and forgets visitors whose session is over.

use std::sync::atomic::Ordering;

use crate::domain::{Seq, Timestamp, VisitorId};
use crate::store::{StoreError, VisitorStore};

use super::writer::{Job, VisitorWrite, Write};
use super::{EVICT_AFTER, Embedded, SAVE_AFTER};

impl Embedded {
    /// Saves states that have waited long enough and lets visitors go whose session is over. Call about once a second.
    ///
    /// # Errors
    ///
    /// When the store is closing.
    pub fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.health().is_err() {
            return Ok(());
        }
        let due = Seq::at(now - SAVE_AFTER);
        while let Some(visitor) = self.pop_dirty(due) {
            self.save(visitor)?;
        }
        if let Some(floor) = self.floor(now) {
            self.submit_unanswered(Write::Floor(floor))?;
        }
        self.evict(now);
        Ok(())
    }

    /// Saves every changed state and waits until all of it is durable.
    pub(super) async fn save_all(&self) -> Result<(), StoreError> {
        while let Some(visitor) = self.pop_dirty(Seq(u64::MAX)) {
            self.save(visitor)?;
        }
        let last = Seq(self.shared.last_seq.load(Ordering::Acquire) + 1);
        super::answer(self.submit(Write::Floor(last))?).await
    }

    fn pop_dirty(&self, due: Seq) -> Option<VisitorId> {
        let mut dirty = self.shared.dirty.lock();
        let (first, _) = *dirty.front()?;
        if first <= due {
            dirty.pop_front().map(|(_, visitor)| visitor)
        } else {
            None
        }
    }

    fn save(&self, visitor: VisitorId) -> Result<(), StoreError> {
        let Some(mut live) = self.shared.visitors.get_mut(&visitor) else {
            return Ok(());
        };
        let Some(state) = live.save() else {
            return Ok(());
        };
        self.shared.figures.saves.fetch_add(1, Ordering::Relaxed);
        // Queued under the visitor's lock, as every write of a visitor is.
        self.submit_unanswered(Write::Visitor(Box::new(VisitorWrite {
            visitor,
            record: None,
            state: Some(state),
        })))
    }

    fn submit_unanswered(&self, write: Write) -> Result<(), StoreError> {
        let job = Job {
            write,
            epoch: self.shared.epoch(),
            done: None,
        };
        self.sender()?.send(job).map_err(|_| StoreError::Closing)
    }

    /// Every record before the floor is part of a saved state that is already queued. Seqs are drawn a moment
    /// before they are noted, so the floor stays a little behind.
    fn floor(&self, now: Timestamp) -> Option<Seq> {
        let oldest = self.shared.dirty.lock().front().map(|(first, _)| *first);
        let floor = oldest.unwrap_or(Seq::at(now)).moment() - SAVE_AFTER;
        (floor.0 > 0).then(|| Seq::at(floor))
    }

    fn evict(&self, now: Timestamp) {
        loop {
            let visitor = {
                let mut ended = self.shared.ended.lock();
                match ended.front() {
                    Some((noticed, visitor)) if now.since(*noticed) >= EVICT_AFTER => {
                        let visitor = *visitor;
                        ended.pop_front();
                        visitor
                    }
                    Some(_) | None => return,
                }
            };
            self.shared.visitors.remove_if(&visitor, |_, live| {
                live.state.session.is_none()
                    && live.unsaved.is_empty()
                    && now.since(live.state.last_seen) >= EVICT_AFTER
            });
        }
    }
}
