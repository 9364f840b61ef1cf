//! Runs a backtest over a whole journal, on as many cores as it may have.
//!
//! One thread reads the journal in order and deals records out by visitor; workers decode them and run the trials of
//! their visitors. Every sum is a whole number and every list is ordered by what is in it, so the report is the same
//! whatever the number of workers.

mod reader;
mod sources;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use jiff::tz::TimeZone;
use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;
use thiserror::Error;

use crate::domain::{RuleSetHash, Seq, SiteNow, Timestamp, VisitorId};
use crate::engine::backtest::{About, Contrast, Plan, Recorded, Report, Tally, Trial};
use crate::engine::{SiteHistory, SiteTimeline};
use crate::rules::RuleSet;
use crate::store::{RecordBytes, StoreError};

use reader::{Parcel, Reader};
pub use sources::TextJournal;

/// So many bytes of records are handed to a worker at once: some minutes of a busy site, so that a visitor has several
/// among them.
const PARCEL_BYTES: usize = 512 << 10;
/// So many parcels may wait for one worker.
const MAX_PARCELS: usize = 4;
/// Progress is told after so many records.
const TELL_EVERY: u64 = 16_384;

/// Where recorded traffic comes from.
pub trait Source: Sync {
    /// Shows the records of a period in order, until `look` breaks off.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The rules that records were made under, if they are kept.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError>;
}

/// What to compare, over which period.
#[derive(Clone)]
pub struct Job {
    /// The site's public key.
    pub site: String,
    /// The rules on trial.
    pub candidate: Arc<RuleSet>,
    /// The rules that they are compared with; `None`: what really happened.
    pub against: Option<Arc<RuleSet>>,
    /// The beginning of the period.
    pub since: Timestamp,
    /// The end of the period.
    pub until: Timestamp,
    /// Where the site's days begin and end.
    pub zone: TimeZone,
    /// How many workers; at least one.
    pub threads: usize,
}

/// How far a backtest has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records of the site read so far, those before the period included.
    pub records: u64,
    /// The moment of the latest of them.
    pub moment: Timestamp,
    /// How much of the journal's time up to the end of the period has been read, in thousandths.
    pub permille: u16,
}

/// Why there is no report.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BacktestError {
    /// The journal cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever asked does not want it any more.
    #[error("the backtest was broken off")]
    Cancelled,
}

/// Runs a backtest. `progress` is told how far it has come, and breaks it off by its answer.
///
/// # Errors
///
/// When the journal cannot be read, or the backtest was broken off.
pub fn run(
    source: &dyn Source,
    job: &Job,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Report, BacktestError> {
    let shared = Shared::default();
    let plan = Plan {
        candidate: &job.candidate,
        against: job.against.as_deref(),
        site: &shared.site,
        since: job.since,
        until: job.until,
    };
    let threads = job.threads.max(1);
    let (read, tallies) = std::thread::scope(|scope| {
        let mut queues = Vec::with_capacity(threads);
        let mut workers = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (send, receive) = sync_channel(MAX_PARCELS);
            queues.push(send);
            let (plan, shared) = (&plan, &shared);
            workers.push(scope.spawn(move || work(plan, shared, &receive)));
        }
        let read = Reader::new(source, job, &shared, queues).read(progress);
        if read.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        // The reader's queues are gone by now, so the workers come to their end.
        let tallies: Vec<_> = workers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        (read, tallies)
    });
    let tallies = tallies
        .into_iter()
        .map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    // A worker that met a fault is why the reader broke off, so its word comes first.
    let tallies: Vec<Tally> = tallies.collect::<Result<_, _>>()?;
    let (mut tally, warnings) = read?;
    for part in tallies {
        tally.merge(part);
    }
    let about = About {
        site: &job.site,
        candidate: &job.candidate,
        against: job.against.as_ref().map(|rules| rules.hash),
        since: job.since,
        until: job.until,
        zone: job.zone.clone(),
        warnings,
    };
    Ok(Report::of(&tally, about))
}

type Versions = HashMap<RuleSetHash, Arc<RuleSet>, FxBuildHasher>;
/// Each with what sets it apart from the candidate.
type Known = HashMap<RuleSetHash, (Arc<RuleSet>, Option<Contrast>), FxBuildHasher>;

/// What the reader tells and the workers ask.
#[derive(Default)]
struct Shared {
    site: Site,
    versions: RwLock<Versions>,
    stop: AtomicBool,
}

/// What the site knew, as far as the journal has been read: beyond every moment that a worker asks for.
#[derive(Default)]
struct Site(RwLock<SiteHistory>);

impl SiteTimeline for Site {
    fn at(&self, moment: Timestamp) -> SiteNow {
        self.0.read().at(moment)
    }
}

fn work<'a>(
    plan: &'a Plan<'a>,
    shared: &Shared,
    queue: &Receiver<Parcel>,
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut trials: HashMap<VisitorId, Box<Trial<'a>>, FxBuildHasher> = HashMap::default();
    let mut versions = Known::default();
    for parcel in queue {
        for (visitor, bytes) in parcel.records()? {
            let record = bytes.decode()?;
            let recorded = find(&mut versions, plan, shared, record.rules);
            let trial = trials
                .entry(visitor)
                .or_insert_with(|| Box::new(Trial::new(plan, &record)));
            trial.take(&record, recorded, &mut tally);
        }
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        // Whoever serves visitors meanwhile goes first.
        std::thread::yield_now();
    }
    if !shared.stop.load(Ordering::Relaxed) {
        for (_, trial) in trials.drain() {
            let recorded = find(&mut versions, plan, shared, trial.last_rules());
            trial.finish(recorded.rules, &mut tally);
        }
    }
    Ok(tally)
}

/// A version, kept by each worker so that workers do not wait for each other.
fn find<'v>(
    versions: &'v mut Known,
    plan: &Plan<'_>,
    shared: &Shared,
    hash: RuleSetHash,
) -> Recorded<'v> {
    let (rules, contrast) = versions.entry(hash).or_insert_with(|| {
        let known = shared.versions.read().get(&hash).cloned();
        let rules = known.unwrap_or_default();
        let contrast = Contrast::between(&rules, plan.candidate);
        (rules, contrast)
    });
    Recorded {
        rules,
        contrast: contrast.as_ref(),
    }
}
