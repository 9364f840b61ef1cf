//! Housekeeping: saves changed states, and forgets visitors whose session is over.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use crate::domain::{Seq, Timestamp, VisitorId};
use crate::store::{StoreError, VisitorStore as _};

use super::live::Live;
use super::writer::{Job, VisitorWrite, Write};
use super::{EVICT_AFTER, Embedded, SAVE_AFTER};

impl Embedded {
    /// Saves states that have waited long enough and lets visitors go whose session is over. Call about once a second,
    /// from a thread that may block.
    ///
    /// # Errors
    ///
    /// When the store is closing or turns read-only meanwhile.
    pub fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.health().is_err() {
            return Ok(());
        }
        let due = Seq::at(now - SAVE_AFTER);
        while let Some(visitor) = self.pop_dirty(due) {
            if let Some(mut live) = self.shared.visitors.get_mut(&visitor) {
                self.save(visitor, &mut live)?;
            }
        }
        let leaving = self.leaving(now);
        let last = match self.submit_floor()? {
            None => self.barrier(&leaving)?,
            floor => floor,
        };
        if let Some(last) = last {
            last.blocking_recv().unwrap_or(Err(StoreError::Closing))?;
        }
        // Their last states are on disk by now: whoever comes back is read from there.
        for visitor in leaving {
            self.let_go(visitor, now);
        }
        Ok(())
    }

    /// Saves every changed state and waits until all of it is durable. The store takes no changes any more.
    pub(super) async fn save_all(&self) -> Result<(), StoreError> {
        // Every lock is taken once, so that a change which began before the store closed is finished by then.
        for mut live in self.shared.visitors.iter_mut() {
            let visitor = *live.key();
            self.save(visitor, &mut live)?;
        }
        self.shared.unsaved.lock().dirty.clear();
        if let Some(floor) = self.submit_floor()? {
            super::answer(floor).await?;
        }
        super::answer(self.submit(Write::Barrier, self.shared.epoch())?).await
    }

    fn pop_dirty(&self, due: Seq) -> Option<VisitorId> {
        let mut unsaved = self.shared.unsaved.lock();
        let (first, _) = *unsaved.dirty.front()?;
        if first <= due {
            unsaved.dirty.pop_front().map(|(_, visitor)| visitor)
        } else {
            None
        }
    }

    /// Queues a visitor's state under the visitor's lock, as every write of a visitor is.
    fn save(&self, visitor: VisitorId, live: &mut Live) -> Result<(), StoreError> {
        let epoch = self.shared.epoch();
        let Some(state) = live.save() else {
            return Ok(());
        };
        live.rest(&state);
        self.shared.figures.saves.fetch_add(1, Ordering::Relaxed);
        let write = VisitorWrite {
            visitor,
            record: None,
            decisions: None,
            parcels: Vec::new(),
            state: Some(state),
        };
        let job = Job {
            write: Write::Visitor(Box::new(write)),
            epoch,
            done: None,
        };
        self.send(job)
    }

    /// Queues the floor if it has moved.
    fn submit_floor(&self) -> Result<Option<Receiver>, StoreError> {
        let epoch = self.shared.epoch();
        let mut unsaved = self.shared.unsaved.lock();
        let floor = unsaved.floor();
        if floor <= unsaved.floor {
            return Ok(None);
        }
        unsaved.floor = floor;
        drop(unsaved);
        self.submit(Write::Floor(floor), epoch).map(Some)
    }

    fn barrier(&self, leaving: &[VisitorId]) -> Result<Option<Receiver>, StoreError> {
        if leaving.is_empty() {
            return Ok(None);
        }
        self.submit(Write::Barrier, self.shared.epoch()).map(Some)
    }

    /// Visitors who were noticed without a session long enough ago.
    fn leaving(&self, now: Timestamp) -> Vec<VisitorId> {
        let mut ended = self.shared.ended.lock();
        let due = |(noticed, _): &(Timestamp, VisitorId)| now.since(*noticed) >= EVICT_AFTER;
        let count = ended.iter().take_while(|entry| due(entry)).count();
        ended.drain(..count).map(|(_, visitor)| visitor).collect()
    }

    fn let_go(&self, visitor: VisitorId, now: Timestamp) {
        let without_session = |live: &Live| !live.in_session;
        let gone = self.shared.visitors.remove_if(&visitor, |_, live| {
            without_session(live)
                && live.unsaved.is_empty()
                && now.since(live.last.moment()) >= EVICT_AFTER
        });
        // Somebody whom the clock does not let go yet gets another turn.
        let stays = gone.is_none()
            && (self.shared.visitors.get(&visitor)).is_some_and(|live| without_session(&live));
        if stays {
            self.shared.ended.lock().push_back((now, visitor));
        }
    }
}

type Receiver = oneshot::Receiver<Result<(), StoreError>>;
