//! The embedded back end: live states in memory, everything durable in one local database.
//!
//! The journal is the truth: a record holds the arguments of one call of the engine, and a visitor's state is the
//! fold of its records. A change is therefore durable once its *record* is; the state itself is saved only when
//! somebody acts on it (an invitation), when enough records have piled up, or after [`SAVE_AFTER`]. After a crash
//! the few records younger than their saved state are replayed. This writes a tenth of what saving the state at
//! every event would.

mod control;
mod decisions;
mod disk;
mod journal;
mod live;
mod logs;
mod outbox;
mod recovery;
mod retention;
mod shared;
mod sweep;
mod writer;

use std::borrow::Cow;
use std::future::ready;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use dashmap::mapref::entry::Entry;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::clock;
use crate::domain::{Key, Millis, Record, RuleSetHash, Seq, Timestamp, VisitorId, VisitorState};
use crate::rules::RuleSet;

use self::live::Live;
use self::shared::Shared;
use self::writer::{Job, VisitorWrite, Write};
use super::{
    Answer, Change, Conflict, Control, LookAtDecision, Order, RecordBytes, Span, StoreError,
    VisitorStore, Whose,
};

pub use self::journal::JournalFile;
pub use self::shared::Figures;

/// A changed state is saved at the latest after this long.
const SAVE_AFTER: Millis = Millis::from_secs(10);
/// A changed state is saved when this many records are not part of the saved one.
const SAVE_AFTER_RECORDS: usize = 32;
/// A visitor whose session ended stays in memory this long.
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

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.jobs.lock();
        let jobs = jobs.as_ref().ok_or(StoreError::Closing)?;
        jobs.send(job).map_err(|_| StoreError::Closing)
    }

    /// Hands a write to the writer; the answer comes through the receiver once it is durable. `epoch` is that of the
    /// memory that the write was made from, read under the lock that protects it.
    fn submit(
        &self,
        write: Write,
        epoch: u64,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let (done, answer) = oneshot::channel();
        let job = Job {
            write,
            epoch,
            done: Some(done),
        };
        self.send(job)?;
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
        let entry = self.shared.visitors.entry(visitor);
        // In this order: an epoch that a fault has ended meanwhile is refused here or by the writer.
        let epoch = self.shared.epoch();
        self.shared.writable()?;
        match entry {
            Entry::Occupied(mut entry) => {
                let change = change(entry.get_mut().state_mut()?);
                self.keep(visitor, entry.get_mut(), change, now, epoch)
            }
            Entry::Vacant(entry) => {
                // Read under the lock: a visitor who was let go a moment ago is not mistaken for a stranger.
                let known = self.load(visitor)?;
                let returns = known.is_some();
                let state = known.unwrap_or_else(|| VisitorState::new(site, visitor, now));
                let mut live = Live::awake(state);
                let mut change = change(live.state_mut()?);
                if change.record.is_none() {
                    return self.submit(Write::Barrier, epoch);
                }
                // Saved at once, so that a replay never needs the profile, which may be forgotten meanwhile.
                change.commitment |= returns;
                self.keep(visitor, &mut entry.insert(live), change, now, epoch)
            }
        }
    }

    fn keep(
        &self,
        visitor: VisitorId,
        live: &mut Live,
        change: Change,
        now: Timestamp,
        epoch: u64,
    ) -> Result<oneshot::Receiver<Result<(), StoreError>>, StoreError> {
        let Some(record) = change.record else {
            return self.submit(Write::Barrier, epoch);
        };
        let seq = self.shared.draw(visitor, live, now);
        let save =
            change.commitment || !live.in_session || live.unsaved.len() >= SAVE_AFTER_RECORDS;
        let state = if save { live.save() } else { None };
        self.shared
            .figures
            .saves
            .fetch_add(u64::from(save), Ordering::Relaxed);
        let decisions = disk::encode_decisions(&change.decisions);
        let decisions = decisions.map(|bytes| (record.site, bytes));
        let record = Some((seq, RecordBytes::of(&record)));
        let parcels = self.shared.shelve(&change.parcels);
        let write = VisitorWrite {
            visitor,
            record,
            decisions,
            parcels,
            state,
        };
        self.submit(Write::Visitor(Box::new(write)), epoch)
    }

    fn load(&self, visitor: VisitorId) -> Result<Option<VisitorState>, StoreError> {
        let saved = self.shared.readable()?.profile(visitor)?;
        Ok(saved.map(|saved| saved.state))
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

/// Whoever drops the store without closing it finds the directory free afterwards.
impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.jobs.lock().take());
        if let Some(writer) = self.writer.lock().take() {
            let _ = writer.join();
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

    fn get(&self, site: Key, visitor: VisitorId) -> Answer<'_, Option<VisitorState>> {
        let live = self.shared.visitors.get(&visitor);
        let live = live.map(|live| live.state().map(Cow::into_owned));
        let state = live.map_or_else(|| self.load(visitor), |state| state.map(Some));
        let state = state.map(|state| state.filter(|state| state.site == site));
        Box::pin(ready(state))
    }

    fn attend(&self, _site: Key) -> Answer<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    fn live(&self, visitor: VisitorId) -> Option<VisitorState> {
        let live = self.shared.visitors.get(&visitor)?;
        live.state().ok().map(Cow::into_owned)
    }

    fn moved(&self, _visitor: VisitorId) -> bool {
        false
    }

    fn overdue(&self, _now: Timestamp, _limit: usize) -> Answer<'_, Vec<(Key, VisitorId)>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn for_each_live(&self, _whose: Whose, look: &mut dyn FnMut(&VisitorState)) {
        for live in &self.shared.visitors {
            match live.state() {
                Ok(state) => look(&state),
                Err(why) => {
                    tracing::error!(visitor = %live.key(), %why, "a visitor cannot be shown");
                }
            }
        }
    }

    fn records(
        &self,
        _site: Key,
        visitor: VisitorId,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let disk = self.shared.readable()?;
        let unsaved = self
            .shared
            .visitors
            .get(&visitor)
            .map(|live| live.unsaved.clone())
            .unwrap_or_default();
        let mut seqs: Vec<Seq> = unsaved.into_iter().rev().collect();
        seqs.extend(disk.seqs(visitor, limit)?);
        // What was saved between the two looks is in both.
        seqs.sort_unstable_by(|a, b| b.cmp(a));
        seqs.dedup();
        seqs.truncate(limit);
        seqs.into_iter()
            .filter_map(|seq| disk.record(seq).transpose())
            .collect()
    }

    fn decisions(
        &self,
        site: Key,
        span: Span,
        order: Order,
        look: &mut LookAtDecision<'_>,
    ) -> Result<(), StoreError> {
        decisions::read(&self.shared.readable()?, site, span, order, look)
    }

    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.shared.readable()?.scan(from, to, look)
    }

    fn keep_rules<'a>(&'a self, hash: RuleSetHash, sources: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async move {
            let write = Write::Rules(hash, sources.to_vec());
            answer(self.submit(write, self.shared.epoch())?).await
        })
    }

    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared.readable()?.rules(hash)
    }

    fn control(&self, document: Key) -> Result<Option<Control>, StoreError> {
        self.shared.readable()?.control(document)
    }

    fn set_control<'a>(
        &'a self,
        document: Key,
        expected: u64,
        bytes: &'a [u8],
    ) -> Answer<'a, Result<u64, Conflict>> {
        Box::pin(self.change_control(document, expected, bytes))
    }

    fn health(&self) -> Result<(), StoreError> {
        self.shared.writable()?;
        self.shared.moving(clock::now())
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
