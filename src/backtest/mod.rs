//! Runs a backtest over a whole journal, on as many cores as it may have.
//!
//! One thread reads the journal in order and deals records out by visitor; workers decode them and run the trials of
//! their visitors. Every sum is a whole number and every list is ordered by what is in it, so the report is the same
//! whatever the number of workers.

mod sources;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use jiff::tz::TimeZone;
use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;
use thiserror::Error;

use crate::domain::{Key, RuleSetHash, Seq, SiteNow, Timestamp, VisitorId};
use crate::engine::backtest::{About, Plan, Report, Tally, Trial};
use crate::engine::{SiteHistory, SiteTimeline};
use crate::rules::RuleSet;
use crate::store::{RecordBytes, RecordHead, StoreError};

pub use sources::TextJournal;

/// So many bytes of records are handed to a worker at once.
const PARCEL_BYTES: usize = 64 << 10;
/// So many parcels may wait for one worker.
const MAX_PARCELS: usize = 8;
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
        let tallies: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        (read, tallies)
    });
    let tallies = tallies
        .into_iter()
        .map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    // A worker that met a fault is why the reader broke off, so its word comes first.
    let tallies: Vec<Tally> = tallies.collect::<Result<_, _>>()?;
    let (mut tally, warnings) = read?;
    tallies.into_iter().for_each(|part| tally.merge(part));
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

/// Records of one worker's visitors, one after another.
#[derive(Default)]
struct Parcel {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Parcel {
    fn put(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.ends.push(self.bytes.len());
    }

    fn records(&self) -> impl Iterator<Item = RecordBytes<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends);
        spans.map(|(start, end)| RecordBytes(&self.bytes[start..*end]))
    }
}

struct Lane {
    queue: SyncSender<Parcel>,
    parcel: Parcel,
}

struct Reader<'a> {
    source: &'a dyn Source,
    job: &'a Job,
    shared: &'a Shared,
    lanes: Vec<Lane>,
    site: Key,
    tally: Tally,
    records: u64,
    first: Option<Timestamp>,
    /// The latest moment so far, so that a clock which was set back does not change what was told already.
    latest: Timestamp,
    said: Option<SiteNow>,
    known: Option<RuleSetHash>,
    unknown: Vec<RuleSetHash>,
}

impl<'a> Reader<'a> {
    fn new(
        source: &'a dyn Source,
        job: &'a Job,
        shared: &'a Shared,
        queues: Vec<SyncSender<Parcel>>,
    ) -> Self {
        let lane = |queue| Lane {
            queue,
            parcel: Parcel::default(),
        };
        Self {
            source,
            job,
            shared,
            lanes: queues.into_iter().map(lane).collect(),
            site: Key::of(&job.site),
            tally: Tally::default(),
            records: 0,
            first: None,
            latest: Timestamp(0),
            said: None,
            known: None,
            unknown: Vec::new(),
        }
    }

    /// Reads the journal from its beginning: what was known of visitors at the beginning of the period is part of it.
    fn read(
        mut self,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(Tally, Vec<String>), BacktestError> {
        let (source, until) = (self.source, self.job.until);
        let mut outcome = Ok(());
        source.scan(
            Timestamp(0),
            until,
            &mut |_, bytes| match self.take(bytes, progress) {
                Ok(()) => ControlFlow::Continue(()),
                Err(why) => {
                    outcome = Err(why);
                    ControlFlow::Break(())
                }
            },
        )?;
        outcome?;
        for mut lane in std::mem::take(&mut self.lanes) {
            lane.send()?;
        }
        Ok((std::mem::take(&mut self.tally), self.warnings()))
    }

    fn take(
        &mut self,
        bytes: RecordBytes<'_>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), BacktestError> {
        let head = bytes.head()?;
        if head.site != self.site {
            return Ok(());
        }
        self.note(&head)?;
        let lane = lane_of(head.visitor, self.lanes.len());
        self.lanes[lane].put(bytes.0)?;
        self.records += 1;
        if self.records.is_multiple_of(TELL_EVERY) && progress(self.progress()).is_break() {
            return Err(BacktestError::Cancelled);
        }
        Ok(())
    }

    /// Takes note of what the record says about the site and the rules, before any worker can ask for it.
    fn note(&mut self, head: &RecordHead) -> Result<(), BacktestError> {
        self.first.get_or_insert(head.now);
        self.latest = self.latest.max(head.now);
        if self.said.as_ref() != Some(&head.site_now) {
            self.said = Some(head.site_now.clone());
            let mut history = self.shared.site.0.write();
            history.note(self.latest, &head.site_now);
        }
        if head.now >= self.job.since {
            self.tally.note_site(head.now, &head.site_now);
        }
        if self.known != Some(head.rules) {
            self.known = Some(head.rules);
            self.know(head.rules)?;
        }
        Ok(())
    }

    fn know(&mut self, hash: RuleSetHash) -> Result<(), BacktestError> {
        if self.shared.versions.read().contains_key(&hash) {
            return Ok(());
        }
        let found = self.source.rules(hash)?;
        let rules = found.unwrap_or_else(|| {
            self.unknown.push(hash);
            Arc::default()
        });
        self.shared.versions.write().insert(hash, rules);
        Ok(())
    }

    fn progress(&self) -> Progress {
        let begin = self.first.unwrap_or_default();
        let whole = self.job.until.since(begin).0.max(1);
        let read = self.latest.since(begin).0.min(whole);
        Progress {
            records: self.records,
            moment: self.latest,
            permille: (read as f64 / whole as f64 * 1_000.0) as u16,
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        match self.first {
            None => {
                warnings.push("the journal has no record of this site in this period".to_owned())
            }
            Some(first) if first > self.job.since => warnings.push(format!(
                "the journal begins {} after the beginning of the period",
                crate::domain::Millis(first.since(self.job.since).0 / 1_000 * 1_000)
            )),
            Some(_) => {}
        }
        for hash in &self.unknown {
            warnings.push(format!(
                "the rules {hash} are not kept: what was decided under them is left out"
            ));
        }
        warnings
    }
}

impl Lane {
    fn put(&mut self, record: &[u8]) -> Result<(), BacktestError> {
        self.parcel.put(record);
        if self.parcel.bytes.len() < PARCEL_BYTES {
            return Ok(());
        }
        self.send()
    }

    /// A worker that is gone has met a fault, which it tells itself.
    fn send(&mut self) -> Result<(), BacktestError> {
        let parcel = std::mem::take(&mut self.parcel);
        self.queue
            .send(parcel)
            .map_err(|_| BacktestError::Cancelled)
    }
}

/// Which worker a visitor belongs to.
fn lane_of(visitor: VisitorId, lanes: usize) -> usize {
    let bytes = u128::from_le_bytes(visitor.0);
    let mixed = (bytes as u64 ^ (bytes >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % lanes
}

fn work<'a>(
    plan: &'a Plan<'a>,
    shared: &Shared,
    queue: &Receiver<Parcel>,
) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut trials: HashMap<VisitorId, Trial<'a>, FxBuildHasher> = HashMap::default();
    let mut versions = Versions::default();
    for parcel in queue {
        for bytes in parcel.records() {
            let record = bytes.decode()?;
            let rules = find(&mut versions, shared, record.rules);
            let trial = trials
                .entry(record.visitor)
                .or_insert_with(|| Trial::new(plan, &record));
            trial.take(&record, rules, &mut tally);
        }
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        // Whoever serves visitors meanwhile goes first.
        std::thread::yield_now();
    }
    if !shared.stop.load(Ordering::Relaxed) {
        for (_, trial) in trials.drain() {
            let rules = find(&mut versions, shared, trial.last_rules());
            trial.finish(rules, &mut tally);
        }
    }
    Ok(tally)
}

/// A version, kept by each worker so that workers do not wait for each other.
fn find<'v>(versions: &'v mut Versions, shared: &Shared, hash: RuleSetHash) -> &'v RuleSet {
    versions.entry(hash).or_insert_with(|| {
        let known = shared.versions.read();
        known.get(&hash).cloned().unwrap_or_default()
    })
}
