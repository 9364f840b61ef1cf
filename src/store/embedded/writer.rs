//! One thread owns the disk: it takes whatever waits, writes it as one atomic batch with one fsync, then answers.
//!
//! An error is never retried: after a failed fsync nobody knows what the disk holds. The store turns read-only. Once a
//! probe shows that the disk takes writes again, it closes its files and reads everything back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::clock;
use crate::clock::Stopwatch;
use crate::domain::{Key, RuleSetHash, Seq, VisitorId};
use crate::store::{Control, ParcelId, StoreError};

use super::disk::{self, Disk};
use super::shared::Shared;

/// How many changes one fsync may carry.
const MAX_GROUP: usize = 2_048;
/// When the last group and those who wait now are at least so many, the next group is given a moment to grow: under
/// load, fewer and larger groups cost less processor time than they cost waiting.
const BUSY: usize = 112;
/// That moment.
const LINGER: Duration = Duration::from_millis(2);
/// How often a read-only store looks whether the disk takes writes again.
const PROBE_EVERY: Duration = Duration::from_secs(1);
const PROBE_BYTES: usize = 1 << 20;

/// Something to make durable.
pub(super) enum Write {
    /// A record, a state, or both.
    Visitor(Box<VisitorWrite>),
    /// The sources of a rule set.
    Rules(RuleSetHash, Vec<u8>),
    /// A document.
    Control(Key, Control),
    /// Parcels, as they are since now.
    Parcels(Vec<ParcelRow>),
    /// A parcel that is settled.
    Settled(ParcelId),
    /// An entry of a log.
    Note([u8; 12], Vec<u8>),
    /// Every record before this is part of a saved state.
    Floor(Seq),
    /// Keys whose retention is over.
    Forget(Vec<super::retention::Gone>),
    /// Nothing: only wait for what went before.
    Barrier,
}

/// A parcel as it lies on disk.
pub(super) type ParcelRow = (ParcelId, Vec<u8>);

/// A visitor's record, state, or both.
pub(super) struct VisitorWrite {
    pub(super) visitor: VisitorId,
    pub(super) record: Option<(Seq, Vec<u8>)>,
    /// The decisions of that record, with their site.
    pub(super) decisions: Option<(Key, Vec<u8>)>,
    /// The parcels of that record.
    pub(super) parcels: Vec<ParcelRow>,
    pub(super) state: Option<SavedState>,
}

/// A state to save, with the records that are new in it.
pub(super) struct SavedState {
    pub(super) live: bool,
    pub(super) bytes: Vec<u8>,
    pub(super) chapter: Vec<Seq>,
}

/// A write and whom to tell.
pub(super) struct Job {
    pub(super) write: Write,
    /// The writer refuses jobs that were made before the store last read everything back.
    pub(super) epoch: u64,
    pub(super) done: Option<Done>,
}

type Done = oneshot::Sender<Result<(), StoreError>>;

/// Runs until every sender is gone.
pub(super) fn run(shared: &Arc<Shared>, jobs: &Receiver<Job>) {
    let mut size = 0;
    while let Ok(first) = jobs.recv() {
        if size + shared.figures.waiting.load(Ordering::Relaxed) >= BUSY {
            std::thread::park_timeout(LINGER);
        }
        let (writes, waiting) = gather(shared, first, jobs);
        size = writes.len();
        let since = &shared.figures.writing_since;
        since.store(clock::now().0, Ordering::Relaxed);
        let outcome = caught(|| commit(shared, writes).map_err(|why| why.to_string()));
        since.store(0, Ordering::Relaxed);
        match outcome {
            Ok(()) => {
                shared.figures.count_group(size);
                acknowledge(shared, waiting);
            }
            Err(why) => {
                let why = shared.turn_read_only(&why);
                answer(waiting, &Err(why.clone()));
                heal(shared, jobs, &why);
            }
        }
    }
    shared.drop_disk();
}

/// Takes whatever waits; refuses what was made before the store last read everything back.
fn gather(shared: &Shared, first: Job, jobs: &Receiver<Job>) -> (Vec<Write>, Vec<Done>) {
    let (mut writes, mut waiting) = (Vec::new(), Vec::new());
    let epoch = shared.epoch();
    for job in std::iter::once(first)
        .chain(jobs.try_iter())
        .take(MAX_GROUP)
    {
        if job.epoch == epoch {
            writes.push(job.write);
            waiting.extend(job.done);
        } else {
            let why = "it was just read back after a fault".to_owned();
            answer(job.done, &Err(StoreError::ReadOnly(why)));
        }
    }
    (writes, waiting)
}

/// Tells everybody that their write is on disk. Waking many tasks from this thread would cost a lock and often a
/// system call for each, so a task of the runtime does it for all of them.
fn acknowledge(shared: &Shared, mut waiting: Vec<Done>) {
    match &shared.runtime {
        Some(runtime) if waiting.len() > 1 => {
            runtime.spawn(async move { answer(waiting.drain(..), &Ok(())) });
        }
        Some(_) | None => answer(waiting, &Ok(())),
    }
}

/// Tells everybody. Some may wait no more, because their client went away; the write stands all the same.
fn answer(waiting: impl IntoIterator<Item = Done>, outcome: &Result<(), StoreError>) {
    for done in waiting {
        let _ = done.send(outcome.clone());
    }
}

fn commit(shared: &Shared, writes: Vec<Write>) -> Result<(), fjall::Error> {
    let disk = shared.disk().ok_or(fjall::Error::Poisoned)?;
    let mut batch = disk.batch();
    for write in writes {
        add(&disk, &mut batch, write);
    }
    batch.commit()
}

fn add(disk: &Disk, batch: &mut fjall::OwnedWriteBatch, write: Write) {
    match write {
        Write::Visitor(write) => {
            if let Some((seq, bytes)) = write.record {
                disk.put_record(batch, seq, bytes);
                if let Some((site, bytes)) = write.decisions {
                    batch.insert(&disk.decisions, disk::log_key(site, seq), bytes);
                }
                put_parcels(disk, batch, write.parcels);
            }
            if let Some(saved) = write.state {
                disk.put_state(batch, write.visitor, saved.live, saved.bytes);
                disk.put_chapter(batch, write.visitor, &saved.chapter);
            }
        }
        Write::Rules(hash, sources) => disk.put_rules(batch, hash, &sources),
        Write::Control(site, control) => disk.put_control(batch, site, &control),
        Write::Parcels(parcels) => put_parcels(disk, batch, parcels),
        Write::Settled(id) => batch.remove(&disk.outbox, id.0),
        Write::Note(key, bytes) => batch.insert(&disk.notes, key, bytes),
        Write::Floor(floor) => disk.put_floor(batch, floor),
        Write::Forget(gone) => gone.iter().for_each(|key| key.remove(disk, batch)),
        Write::Barrier => {}
    }
}

fn put_parcels(disk: &Disk, batch: &mut fjall::OwnedWriteBatch, parcels: Vec<ParcelRow>) {
    for (id, row) in parcels {
        batch.insert(&disk.outbox, id.0, row);
    }
}

/// Waits until the disk takes writes again, then reads everything back. Until then the files stay open for readers.
fn heal(shared: &Arc<Shared>, jobs: &Receiver<Job>, why: &StoreError) {
    while refuse_for_a_while(jobs, why) {
        let healed = caught(|| {
            probe(shared).map_err(|why| why.to_string())?;
            shared.drop_disk();
            shared.read_back()
        });
        match healed {
            Ok(()) => {
                return tracing::info!(
                    "the disk takes writes again; the store was read back and is open"
                );
            }
            Err(why) => tracing::warn!(%why, "the store stays read-only"),
        }
    }
}

/// Refuses what comes until it is time for the next probe; `false` when nobody is there any more.
fn refuse_for_a_while(jobs: &Receiver<Job>, why: &StoreError) -> bool {
    let watch = Stopwatch::start();
    loop {
        let left = PROBE_EVERY.saturating_sub(watch.elapsed());
        if left.is_zero() {
            return true;
        }
        match jobs.recv_timeout(left) {
            Ok(job) => answer(job.done, &Err(why.clone())),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Runs what may fail; a panic in it is a failure like any other, and never the end of the writer.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the database gave up; the log says where".to_owned()))
}

/// Whether the disk takes a file of a megabyte and an fsync.
fn probe(shared: &Shared) -> std::io::Result<()> {
    use std::io::Write as _;
    let path = shared.options.dir.join("probe");
    let outcome = std::fs::File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0x5a; PROBE_BYTES])?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&path);
    outcome.and(removed)
}
