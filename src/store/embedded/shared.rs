//! What the writer thread and the callers share.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use dashmap::DashMap;
use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;

use crate::domain::{Key, Millis, Seq, Timestamp, VisitorId};
use crate::store::StoreError;

use super::EmbeddedOptions;
use super::disk::Disk;
use super::live::Live;
use super::logs::Ends;
use super::outbox::Shelf;

/// Counters of the store, read by the metrics.
#[derive(Debug, Default)]
pub struct Figures {
    /// Group commits so far, each one fsync.
    pub groups: AtomicU64,
    /// Writes in those groups.
    pub writes: AtomicU64,
    /// States saved so far.
    pub saves: AtomicU64,
    /// Changes that wait for the disk now.
    pub waiting: AtomicUsize,
    /// Records that were replayed when the store was last read back.
    pub replayed: AtomicU64,
    /// How often the store was read back after a fault.
    pub read_backs: AtomicU64,
    /// Parcels that found no room.
    pub parcels_dropped: AtomicU64,
    /// When the group that is being written was begun, in milliseconds since the epoch; zero between groups.
    pub writing_since: AtomicU64,
}

impl Figures {
    pub(super) fn count_group(&self, writes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes as u64, Ordering::Relaxed);
    }
}

pub(super) type Visitors = DashMap<VisitorId, Live, rustc_hash::FxBuildHasher>;

/// A revision for each document.
pub(super) type Revisions = HashMap<Key, u64>;

/// Which records exist and which of them are not part of a saved state. One lock for both, so that the floor is never
/// drawn between a record's number and the note that it is unsaved.
#[derive(Default)]
pub(super) struct Unsaved {
    /// The last record's number.
    pub(super) last: Seq,
    /// Visitors with unsaved records, by the first of them.
    pub(super) dirty: VecDeque<(Seq, VisitorId)>,
    /// The floor that was last written.
    pub(super) floor: Seq,
}

impl Unsaved {
    /// Every record before this is part of a saved state that is already queued, or not there at all.
    pub(super) fn floor(&self) -> Seq {
        self.dirty
            .front()
            .map_or(Seq(self.last.0 + 1), |(first, _)| *first)
    }
}

/// A write that takes longer than this is reported as a fault of the disk.
const STUCK_AFTER: Millis = Millis::from_secs(10);

/// What the writer thread and the callers share.
pub(super) struct Shared {
    /// Held open so that no other process takes the directory.
    #[expect(dead_code, reason = "it works by being there")]
    pub(super) owner: File,
    pub(super) options: EmbeddedOptions,
    pub(super) visitors: Visitors,
    pub(super) disk: RwLock<Option<Disk>>,
    /// Why no change is taken, if none is.
    pub(super) read_only: RwLock<Option<StoreError>>,
    pub(super) closing: AtomicBool,
    pub(super) epoch: AtomicU64,
    pub(super) unsaved: Mutex<Unsaved>,
    /// Visitors without a session, by when they were noticed.
    pub(super) ended: Mutex<VecDeque<(Timestamp, VisitorId)>>,
    /// Which parcels wait, and when they are due.
    pub(super) outbox: Mutex<Shelf>,
    /// Where each log ends, as far as it is known.
    pub(super) log_ends: Mutex<Ends>,
    /// The last revision of each document that was queued for the disk, where it may differ from the disk's.
    pub(super) revisions: Mutex<Revisions>,
    pub(super) figures: Figures,
    /// Where those who wait for the disk run; `None` when the store was opened outside a runtime.
    pub(super) runtime: Option<Handle>,
}

impl Shared {
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn disk(&self) -> Option<Disk> {
        self.disk.read().clone()
    }

    pub(super) fn drop_disk(&self) {
        *self.disk.write() = None;
    }

    pub(super) fn turn_read_only(&self, why: &str) -> StoreError {
        let why = StoreError::ReadOnly(format!("a write failed ({why})"));
        tracing::error!(%why, "a write to disk failed");
        *self.read_only.write() = Some(why.clone());
        why
    }

    pub(super) fn writable(&self) -> Result<(), StoreError> {
        if self.closing.load(Ordering::Acquire) {
            return Err(StoreError::Closing);
        }
        self.read_only
            .read()
            .as_ref()
            .map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Whether the disk answers: a write that never ends would else look like a quiet moment.
    pub(super) fn moving(&self, now: Timestamp) -> Result<(), StoreError> {
        let since = Timestamp(self.figures.writing_since.load(Ordering::Relaxed));
        if since == Timestamp(0) || now.since(since) < STUCK_AFTER {
            return Ok(());
        }
        let seconds = now.since(since).0 / 1_000;
        let why = format!("a write to disk has taken {seconds} s so far");
        Err(StoreError::ReadOnly(why))
    }

    /// Draws the number of a visitor's next record. Called under the visitor's lock.
    pub(super) fn draw(&self, visitor: VisitorId, live: &mut Live, now: Timestamp) -> Seq {
        let mut unsaved = self.unsaved.lock();
        let seq = Seq::next(unsaved.last, now);
        unsaved.last = seq;
        if live.unsaved.is_empty() {
            unsaved.dirty.push_back((seq, visitor));
        }
        drop(unsaved);
        live.note(seq);
        self.note_end(visitor, live, now);
        seq
    }

    /// Notes when a visitor has no session any more. Called under the visitor's lock.
    pub(super) fn note_end(&self, visitor: VisitorId, live: &Live, now: Timestamp) {
        if !live.in_session {
            self.ended.lock().push_back((now, visitor));
        }
    }

    /// The open database; while there is none, why.
    pub(super) fn readable(&self) -> Result<Disk, StoreError> {
        self.disk().ok_or_else(|| {
            let read_back = || StoreError::ReadOnly("it is being read back".to_owned());
            self.writable().err().unwrap_or_else(read_back)
        })
    }
}
