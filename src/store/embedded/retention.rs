//! Forgetting: records and profiles whose retention is over.

use fjall::OwnedWriteBatch;

use crate::domain::{Seq, Timestamp, VisitorId};
use crate::store::{ParcelId, StoreError, VisitorStore as _};

use super::Embedded;
use super::disk::{self, Disk};
use super::writer::Write;
use super::{decisions, logs};

/// How many keys are looked at in one go, so that forgetting never holds up the living.
const PASS: usize = 10_000;

/// A key whose time is over.
pub(super) enum Gone {
    /// A record.
    Record(Seq),
    /// A page of a visitor's timeline.
    Chapter([u8; 24]),
    /// The decisions of a record.
    Decisions([u8; 12]),
    /// A visitor who has not come back.
    Profile(VisitorId),
    /// An entry of a log.
    Note([u8; 12]),
    /// A parcel that nobody has asked for.
    Parcel(ParcelId),
}

impl Gone {
    pub(super) fn remove(&self, disk: &Disk, batch: &mut OwnedWriteBatch) {
        match self {
            Self::Record(seq) => batch.remove(&disk.journal, seq.0.to_be_bytes()),
            Self::Chapter(key) => batch.remove(&disk.timeline, *key),
            Self::Decisions(key) => batch.remove(&disk.decisions, *key),
            Self::Profile(visitor) => batch.remove(&disk.profiles, visitor.0),
            Self::Note(key) => batch.remove(&disk.notes, *key),
            Self::Parcel(id) => batch.remove(&disk.outbox, id.0),
        }
    }
}

impl Embedded {
    /// Forgets what is older than the retention, up to a bounded amount; returns how many keys went. Call it from
    /// a thread that may block, again and again until it returns zero.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is closing.
    pub fn forget(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.health()?;
        let disk = self.shared.readable()?;
        // What a replay would need is kept, however short the retention.
        let horizon = Seq::at(now - self.shared.options.retention);
        let horizon = horizon.min(self.shared.unsaved.lock().floor);
        let mut gone = expired_records(&disk, horizon)?;
        if gone.is_empty() {
            gone = decisions::expired(&disk, horizon, PASS)?;
        }
        if gone.is_empty() {
            gone = self.expired_profiles(&disk, horizon)?;
        }
        if gone.is_empty() {
            gone = logs::expired_notes(&disk, horizon, PASS)?;
        }
        if gone.is_empty() {
            gone = self.shared.unclaimed(now, PASS);
        }
        self.note_gone(&gone);
        let count = gone.len();
        if count > 0 {
            self.submit(Write::Forget(gone), self.shared.epoch())?
                .blocking_recv()
                .unwrap_or(Err(StoreError::Closing))?;
        }
        Ok(count)
    }

    fn expired_profiles(&self, disk: &Disk, horizon: Seq) -> Result<Vec<Gone>, StoreError> {
        let mut gone = Vec::new();
        for entry in disk.profiles.iter() {
            let (key, value) = entry
                .into_inner()
                .map_err(|why| disk::unreadable("a profile", &why))?;
            let Some(head) = value.get(1..9) else {
                continue;
            };
            if disk::seq_of(head)? < horizon {
                let visitor = disk::visitor_of(&key)?;
                if !self.shared.visitors.contains_key(&visitor) {
                    gone.push(Gone::Profile(visitor));
                }
            }
            if gone.len() >= PASS {
                break;
            }
        }
        Ok(gone)
    }
}

/// Records before the horizon, and the timeline pages that begin with one of them.
fn expired_records(disk: &Disk, horizon: Seq) -> Result<Vec<Gone>, StoreError> {
    let mut gone = Vec::new();
    for entry in disk.journal.range(..horizon.0.to_be_bytes()).take(PASS) {
        let (key, value) = entry
            .into_inner()
            .map_err(|why| disk::unreadable("the journal", &why))?;
        let (seq, visitor) = (disk::seq_of(&key)?, disk::visitor_of(&value)?);
        gone.push(Gone::Record(seq));
        gone.push(Gone::Chapter(disk::chapter_key(visitor, seq)));
    }
    Ok(gone)
}
