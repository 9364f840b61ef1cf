//! Runs a backtest over a whole journal, on as many cores as it may have.
//!
//! One thread reads the journal in order and deals records out by visitor; workers decode them and run the trials of
//! their visitors. Every sum is a whole number and every list is ordered by what is in it, so the report is the same
//! whatever the number of workers.

mod reader;
mod sources;
mod tape;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

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
pub use tape::{Taped, Tapes};

/// So many bytes of records are handed to a worker at once: some minutes of a busy site, so that a visitor has several
/// among them.
const PARCEL_BYTES: usize = 512 << 10;
/// So many parcels may wait for one worker.
const MAX_PARCELS: usize = 4;
/// Progress is told after so many records.
const TELL_EVERY: u64 = 16_384;
/// While the last visitors are worked out, whether to go on is asked this often.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// An estimate looks at one of so many visitors.
pub const ONE_IN: u64 = 20;
/// As unimportant as a thread can be, on the scale of `nice`.
#[cfg(target_os = "linux")]
const LEAST_PRIORITY: i32 = 19;

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

/// Tells how far a backtest has come, or nothing new while the last visitors are worked out, and breaks it off by the
/// answer. Asked at least every few hundredths of a second.
pub type Tell<'a> = dyn FnMut(Option<Progress>) -> ControlFlow<()> + 'a;

/// Runs a backtest.
///
/// # Errors
///
/// When the journal cannot be read, or the backtest was broken off.
pub fn run(source: &dyn Source, job: &Job, tell: &mut Tell<'_>) -> Result<Report, BacktestError> {
    let tally = tally(source, job, 1, tell)?;
    Ok(Report::of(&tally.0, about(job, tally.1)))
}

/// What one of [`ONE_IN`] visitors comes to, counted so many times over. The journal is read all the same, but little is
/// worked out.
///
/// # Errors
///
/// As [`run`].
pub fn estimate(
    source: &dyn Source,
    job: &Job,
    tell: &mut Tell<'_>,
) -> Result<Report, BacktestError> {
    let (mut tally, mut warnings) = tally(source, job, ONE_IN, tell)?;
    tally.scale(ONE_IN);
    warnings.push(format!(
        "an estimate: one of {ONE_IN} visitors was looked at"
    ));
    Ok(Report::of(&tally, about(job, warnings)))
}

/// Lets everything else on the machine go before this thread and those that it starts: a backtest may then use every
/// core, and takes what the service leaves. Only Linux has that for single threads; elsewhere nothing happens.
pub fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(why) = rustix::process::setpriority_process(None, LEAST_PRIORITY) {
        tracing::debug!(%why, "a backtest runs like everything else");
    }
}

fn about(job: &Job, warnings: Vec<String>) -> About<'_> {
    About {
        site: &job.site,
        candidate: &job.candidate,
        against: job.against.as_ref().map(|rules| rules.hash),
        since: job.since,
        until: job.until,
        zone: job.zone.clone(),
        warnings,
    }
}

/// The sums over one of so many visitors, and what to keep in mind.
fn tally(
    source: &dyn Source,
    job: &Job,
    one_in: u64,
    tell: &mut Tell<'_>,
) -> Result<(Tally, Vec<String>), BacktestError> {
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
        // Nobody sends anything: it is closed when the last worker has gone.
        let (at_work, all_gone) = sync_channel::<()>(0);
        for _ in 0..threads {
            let (send, receive) = sync_channel(MAX_PARCELS);
            queues.push(send);
            let (plan, shared, at_work) = (&plan, &shared, at_work.clone());
            workers.push(scope.spawn(move || {
                let _at_work = at_work;
                work(plan, shared, &receive)
            }));
        }
        drop(at_work);
        let mut read = Reader::new(source, job, &shared, queues, one_in).read(tell);
        // The reader's queues are gone by now, so the workers come to their end.
        while read.is_ok() && all_gone.recv_timeout(ASK_EVERY) == Err(RecvTimeoutError::Timeout) {
            if tell(None).is_break() {
                read = Err(BacktestError::Cancelled);
            }
        }
        if read.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
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
    Ok((tally, warnings))
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
            if shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let record = bytes.decode()?;
            let recorded = find(&mut versions, plan, shared, record.rules);
            let trial = trials
                .entry(visitor)
                .or_insert_with(|| Box::new(Trial::new(plan, &record)));
            trial.take(&record, recorded, &mut tally);
        }
    }
    for (_, trial) in trials.drain() {
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        let recorded = find(&mut versions, plan, shared, trial.last_rules());
        trial.finish(recorded.rules, &mut tally);
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
