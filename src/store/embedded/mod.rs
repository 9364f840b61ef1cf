//! The embedded back end: live states in memory, everything durable in one local database.
//!
//! The journal is the truth: a record holds the arguments of one call of the engine, and a visitor's state is the
//! fold of its records. A change is therefore durable once its *record* is; the state itself is saved only when
//! somebody acts on it (an invitation), when enough records have piled up, or after [`SAVE_AFTER`]. After a crash
//! the few records younger than their saved state are replayed. This writes a tenth of what saving the state at
//! every event would.

mod disk;
mod recovery;
mod retention;
mod sweep;
mod writer;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use crate::domain::{Key, Millis, Record, RuleSetHash, Seq, Timestamp, VisitorId, VisitorState};
use crate::rules::RuleSet;

use self::disk::Disk;
use self::writer::{Job, SavedState, VisitorWrite, Write};
use super::{Answer, Change, StoreError, VisitorStore};

/// A changed state is saved at the latest after this long.
const SAVE_AFTER: Millis = Millis::from_secs(10);
/// A changed state is saved when this many records are not part of the saved one.
const SAVE_AFTER_RECORDS: usize = 32;
/// A visitor whose session ended stays in memory this long, until the last write is surely done.
const EVICT_AFTER: Millis = Millis::from_mins(2);

/// Compiles the sources of a rule set that records refer to.
pub type LoadRules = Arc<dyn Fn(&[u8]) -> Option<Arc<RuleSet>> + Send + Sync>;

/// How the embedded store is set up.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// The directory that holds everything; made when it is missing.
    pub dir: PathBuf,
    /// How long the journal and visitors without a session are kept.
    pub retention: Millis,
    /// How many changes may wait for the disk before new ones are refused.
    pub max_waiting: usize,
    /// Memory for blocks read from disk, in bytes.
    pub cache_bytes: u64,
    /// Compiles the sources of a rule set, for replaying records made under it.
    pub load_rules: LoadRules,
}

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
    /// Visitors in memory that recovery replayed records for.
    pub replayed: AtomicU64,
}

impl Figures {
    fn count_group(&self, writes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes as u64, Ordering::Relaxed);
    }
}

/// A visitor in memory.
struct Live {
    state: VisitorState,
    /// Records that are part of `state` and not yet of the saved one.
    unsaved: Vec<Seq>,
}

type Visitors = DashMap<VisitorId, Live, rustc_hash::FxBuildHasher>;

/// What the writer thread and the callers share.
struct Shared {
    options: EmbeddedOptions,
    visitors: Visitors,
    disk: RwLock<Option<Disk>>,
    /// Why no change is taken, if none is.
    read_only: RwLock<Option<StoreError>>,
    closing: AtomicBool,
    epoch: AtomicU64,
    last_seq: AtomicU64,
    /// Visitors with unsaved records, by the first of them.
    dirty: Mutex<VecDeque<(Seq, VisitorId)>>,
    /// Visitors without a session, by when they were noticed.
    ended: Mutex<VecDeque<(Timestamp, VisitorId)>>,
    figures: Figures,
}

impl Shared {
    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn disk(&self) -> Option<Disk> {
        self.disk.read().clone()
    }

    fn drop_disk(&self) {
        *self.disk.write() = None;
    }

    fn turn_read_only(&self, why: &fjall::Error) -> StoreError {
        let why = StoreError::ReadOnly(format!("a write failed ({why})"));
        tracing::error!(%why, "a write to disk failed");
        *self.read_only.write() = Some(why.clone());
        why
    }

    fn writable(&self) -> Result<(), StoreError> {
        if self.closing.load(Ordering::Acquire) {
            return Err(StoreError::Closing);
        }
        self.read_only
            .read()
            .as_ref()
            .map_or(Ok(()), |why| Err(why.clone()))
    }

    fn next_seq(&self, now: Timestamp) -> Seq {
        let next = |last| Some(Seq::next(Seq(last), now).0);
        let before = self
            .last_seq
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        Seq::next(Seq(before.unwrap_or_else(|last| last)), now)
    }

    /// Notes that a visitor has unsaved records or no session any more. Called under the visitor's lock.
    fn note(&self, visitor: VisitorId, live: &Live, now: Timestamp) {
        if let [first] = live.unsaved[..] {
            self.dirty.lock().push_back((first, visitor));
        }
        if live.state.session.is_none() {
            self.ended.lock().push_back((now, visitor));
        }
    }
}

impl Live {
    /// The state as it is to be saved; its records are then part of it.
    fn save(&mut self) -> Option<SavedState> {
        let last = *self.unsaved.last()?;
        Some(SavedState {
            live: self.state.session.is_some(),
            bytes: disk::encode_state(last, &self.state),
            chapter: std::mem::take(&mut self.unsaved),
        })
    }
}

/// The embedded back end.
pub struct Embedded {
    shared: Arc<Shared>,
    jobs: Mutex<Option<Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Embedded {
    /// Opens the directory and reads back what was live when it was last used.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made, is used by another process, or holds what cannot be read.
    pub fn open(options: EmbeddedOptions) -> Result<Self, StoreError> {
        let shared = Arc::new(recovery::open(options)?);
        let (jobs, queue) = channel();
        let theirs = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("ahlan-writer".to_owned())
            .spawn(move || writer::run(&theirs, &queue))
            .map_err(|why| StoreError::ReadOnly(format!("its thread did not start ({why})")))?;
        Ok(Self {
            shared,
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(writer)),
        })
    }

    /// The store's counters.
    pub fn figures(&self) -> &Figures {
        &self.shared.figures
    }

    /// How many visitors are in memory.
    pub fn in_memory(&self) -> usize {
        self.shared.visitors.len()
    }

    /// Bytes on disk, or zero while the store is not open.
    pub fn bytes_on_disk(&self) -> u64 {
        self.shared.disk().map_or(0, |disk| disk.bytes())
    }

    fn sender(&self) -> Result<Sender<Job>, StoreError> {
        self.jobs.lock().clone().ok_or(StoreError::Closing)
    }

    /// Hands a write to the writer; the answer comes through the receiver once it is durable.
    fn submit(
        &self,
        write: Write,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (done, answer) = oneshot::channel();
        let job = Job {
            write,
            epoch: self.shared.epoch(),
            done: Some(done),
        };
        self.sender()?.send(job).map_err(|_| StoreError::Closing)?;
        Ok(answer)
    }

    /// Runs the change under the visitor's lock and queues what it wants kept before the lock is released, so
    /// that the journal has one visitor's records in the order in which they were made.
    fn change(
        &self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
        change: &mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let known = if self.shared.visitors.contains_key(&visitor) {
            None
        } else {
            self.load(visitor)?
        };
        let entry = self.shared.visitors.entry(visitor);
        self.shared.writable()?;
        match entry {
            Entry::Occupied(mut entry) => {
                let live = entry.get_mut();
                let change = change(&mut live.state);
                self.keep(visitor, live, change, now)
            }
            Entry::Vacant(entry) => {
                let state = known.unwrap_or_else(|| VisitorState::new(site, visitor, now));
                let mut live = Live {
                    state,
                    unsaved: Vec::new(),
                };
                let change = change(&mut live.state);
                if change.record.is_none() {
                    return self.submit(Write::Barrier);
                }
                let mut live = entry.insert(live);
                self.keep(visitor, &mut live, change, now)
            }
        }
    }

    fn keep(
        &self,
        visitor: VisitorId,
        live: &mut Live,
        change: Change,
        now: Timestamp,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let Some(record) = change.record else {
            return self.submit(Write::Barrier);
        };
        let seq = self.shared.next_seq(now);
        live.unsaved.push(seq);
        self.shared.note(visitor, live, now);
        let save = change.commitment || live.unsaved.len() >= SAVE_AFTER_RECORDS;
        let state = if save { live.save() } else { None };
        self.shared
            .figures
            .saves
            .fetch_add(u64::from(save), Ordering::Relaxed);
        let record = Some((seq, disk::encode_record(&record)));
        self.submit(Write::Visitor(Box::new(VisitorWrite {
            visitor,
            record,
            state,
        })))
    }

    fn load(&self, visitor: VisitorId) -> Result<Option<VisitorState>, StoreError> {
        let Some(disk) = self.shared.disk() else {
            return Ok(None);
        };
        Ok(disk.profile(visitor)?.map(|saved| saved.state))
    }

    fn admit(&self) -> Result<Waiting<'_>, StoreError> {
        let waiting = self.shared.figures.waiting.fetch_add(1, Ordering::AcqRel);
        let ticket = Waiting(&self.shared.figures);
        if waiting >= self.shared.options.max_waiting {
            Err(StoreError::Overloaded { waiting })
        } else {
            Ok(ticket)
        }
    }
}

/// A place among the changes that wait for the disk.
struct Waiting<'a>(&'a Figures);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn answer(receiver: oneshot::Receiver<Result<(), StoreError>>) -> Result<(), StoreError> {
    receiver.await.unwrap_or(Err(StoreError::Closing))
}

impl VisitorStore for Embedded {
    fn update<'a>(
        &'a self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
        change: &'a mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let _place = self.admit()?;
            answer(self.change(site, visitor, now, change)?).await
        })
    }

    fn get(&self, visitor: VisitorId) -> Result<Option<VisitorState>, StoreError> {
        let live = self
            .shared
            .visitors
            .get(&visitor)
            .map(|live| live.state.clone());
        live.map_or_else(|| self.load(visitor), |state| Ok(Some(state)))
    }

    fn for_each_live(&self, look: &mut dyn FnMut(&VisitorState)) {
        self.shared
            .visitors
            .iter()
            .for_each(|live| look(&live.state));
    }

    fn records(&self, visitor: VisitorId, limit: usize) -> Result<Vec<Record>, StoreError> {
        let Some(disk) = self.shared.disk() else {
            return Ok(Vec::new());
        };
        let unsaved = self
            .shared
            .visitors
            .get(&visitor)
            .map(|live| live.unsaved.clone())
            .unwrap_or_default();
        let mut seqs: Vec<Seq> = unsaved.into_iter().rev().collect();
        seqs.extend(disk.seqs(visitor, limit)?);
        seqs.truncate(limit);
        seqs.into_iter()
            .filter_map(|seq| disk.record(seq).transpose())
            .collect()
    }

    fn keep_rules<'a>(&'a self, hash: RuleSetHash, sources: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async move { answer(self.submit(Write::Rules(hash, sources.to_vec()))?).await })
    }

    fn health(&self) -> Result<(), StoreError> {
        self.shared.writable()
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.shared.closing.store(true, Ordering::Release);
            let saved = self.save_all().await;
            drop(self.jobs.lock().take());
            let writer = self.writer.lock().take();
            if let Some(writer) = writer {
                let _ = tokio::task::spawn_blocking(move || writer.join()).await;
            }
            saved
        })
    }
}
