//! Reading back: saved states first, then the records that are younger than their state.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::mapref::entry::Entry;
use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;

use crate::clock::Stopwatch;
use crate::domain::{RuleSetHash, Seq, VisitorId, VisitorState};
use crate::engine;
use crate::rules::RuleSet;
use crate::store::{RecordBytes, StoreError};

use super::EmbeddedOptions;
use super::disk::{self, Disk};
use super::live::Live;
use super::outbox::Shelf;
use super::shared::{Figures, Shared, Unsaved, Visitors};

/// Map shards: enough that two cores hardly ever meet.
const SHARDS: usize = 256;

/// The last record that is part of each visitor's saved state.
type SavedAt = HashMap<VisitorId, Seq, rustc_hash::FxBuildHasher>;

pub(super) fn open(options: EmbeddedOptions) -> Result<Shared, StoreError> {
    let shared = Shared {
        owner: own(&options.dir)?,
        options,
        visitors: Visitors::with_hasher_and_shard_amount(rustc_hash::FxBuildHasher, SHARDS),
        disk: RwLock::new(None),
        read_only: RwLock::new(None),
        closing: false.into(),
        epoch: 0.into(),
        unsaved: Mutex::default(),
        ended: Mutex::default(),
        outbox: Mutex::default(),
        log_ends: Mutex::default(),
        revisions: Mutex::default(),
        figures: Figures::default(),
        runtime: Handle::try_current().ok(),
    };
    let disk = open_disk(&shared.options)?;
    shared.fill(&disk)?;
    *shared.disk.write() = Some(disk);
    Ok(shared)
}

/// Takes the directory for this process alone, for as long as the file is open: also while the database is closed
/// and opened again after a fault.
pub(super) fn own(dir: &Path) -> Result<File, StoreError> {
    let refused = |why: io::Error| unusable(dir, why.to_string());
    std::fs::create_dir_all(dir).map_err(refused)?;
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let file = options.open(dir.join("lock")).map_err(refused)?;
    file.try_lock().map_err(|why| match why {
        TryLockError::WouldBlock => {
            let hint = "another process uses it; stop that one or choose another";
            unusable(dir, hint.to_owned())
        }
        TryLockError::Error(why) => refused(why),
    })?;
    Ok(file)
}

fn open_disk(options: &EmbeddedOptions) -> Result<Disk, StoreError> {
    Disk::open(&options.dir.join("db"), options.cache_bytes)
        .map_err(|why| unusable(&options.dir, why.to_string()))
}

pub(super) fn unusable(dir: &Path, why: String) -> StoreError {
    StoreError::Corrupt {
        what: format!("the data directory {}", dir.display()),
        why,
    }
}

impl Shared {
    /// Forgets what is in memory and reads everything back from disk, after a fault.
    pub(super) fn read_back(&self) -> Result<(), String> {
        let disk = open_disk(&self.options).map_err(|why| why.to_string())?;
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.visitors.clear();
        *self.unsaved.lock() = Unsaved::default();
        self.ended.lock().clear();
        self.revisions.lock().clear();
        self.log_ends.lock().clear();
        self.fill(&disk).map_err(|why| why.to_string())?;
        *self.disk.write() = Some(disk);
        *self.read_only.write() = None;
        self.figures.read_backs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn fill(&self, disk: &Disk) -> Result<(), StoreError> {
        let watch = Stopwatch::start();
        *self.outbox.lock() = Shelf::read(disk)?;
        let (floor, saved) = (disk.floor()?, self.read_states(disk)?);
        // Forgotten records leave no trace in the journal, and the clock may have gone back since: no number is ever
        // given twice, nor one that a saved state would seem to have in it already.
        let last = saved.values().copied().max().unwrap_or_default();
        let last = last
            .max(disk.last_seq()?)
            .max(Seq(floor.0.saturating_sub(1)));
        let replayed = self.replay_tail(disk, floor, saved)?;
        let mut unsaved = self.unsaved.lock();
        (unsaved.last, unsaved.floor) = (last, floor);
        drop(unsaved);
        self.figures.replayed.store(replayed, Ordering::Relaxed);
        tracing::info!(visitors = self.visitors.len(), replayed, took = ?watch.elapsed(), "the store was read back");
        Ok(())
    }

    fn read_states(&self, disk: &Disk) -> Result<SavedAt, StoreError> {
        let mut saved_at = SavedAt::default();
        for entry in disk.live.iter() {
            let (key, value) = entry
                .into_inner()
                .map_err(|why| disk::unreadable("the live visitors", &why))?;
            let (visitor, seq) = (disk::visitor_of(&key)?, disk::saved_seq(&value)?);
            saved_at.insert(visitor, seq);
            self.visitors.insert(visitor, Live::at_rest(seq, &value));
        }
        Ok(saved_at)
    }

    /// Replays every record that is not yet part of its visitor's saved state.
    fn replay_tail(&self, disk: &Disk, floor: Seq, mut saved: SavedAt) -> Result<u64, StoreError> {
        let mut rules = RulesByHash {
            disk,
            options: &self.options,
            known: HashMap::new(),
        };
        let mut replayed = 0;
        for entry in disk.journal.range(floor.0.to_be_bytes()..) {
            let (key, value) = entry
                .into_inner()
                .map_err(|why| disk::unreadable("the journal", &why))?;
            let (seq, visitor) = (disk::seq_of(&key)?, disk::visitor_of(&value)?);
            if saved.get(&visitor).is_some_and(|saved| seq <= *saved) {
                continue;
            }
            let record = RecordBytes(&value).decode()?;
            if let Entry::Vacant(entry) = self.visitors.entry(visitor) {
                let profile = disk.profile(visitor)?;
                let saved_at = profile
                    .as_ref()
                    .map_or(Seq::default(), |profile| profile.seq);
                saved.insert(visitor, saved_at);
                if seq <= saved_at {
                    // The session is over and all of it saved: nobody would ever let this visitor go again.
                    continue;
                }
                let state = profile.map(|profile| profile.state);
                let state =
                    state.unwrap_or_else(|| VisitorState::new(record.site, visitor, record.now));
                entry.insert(Live::awake(state));
            }
            let mut live = self
                .visitors
                .get_mut(&visitor)
                .expect("it was put there just now");
            let rules = rules.find(record.rules)?;
            engine::replay(&rules, live.state_mut()?, &record);
            if live.unsaved.is_empty() {
                self.unsaved.lock().dirty.push_back((seq, visitor));
            }
            live.note(seq);
            self.note_end(visitor, &live, record.now);
            replayed += 1;
        }
        Ok(replayed)
    }
}

/// Rule sets that records refer to, compiled once each.
struct RulesByHash<'a> {
    disk: &'a Disk,
    options: &'a EmbeddedOptions,
    known: HashMap<RuleSetHash, Arc<RuleSet>>,
}

impl RulesByHash<'_> {
    fn find(&mut self, hash: RuleSetHash) -> Result<Arc<RuleSet>, StoreError> {
        if let Some(known) = self.known.get(&hash) {
            return Ok(Arc::clone(known));
        }
        let sources = self.disk.rules(hash)?;
        let rules = sources.and_then(|sources| (self.options.load_rules)(&sources)).unwrap_or_else(|| {
            tracing::warn!(%hash, "records were made under rules that are not kept; they are replayed without rules");
            Arc::new(RuleSet::default())
        });
        self.known.insert(hash, Arc::clone(&rules));
        Ok(rules)
    }
}
