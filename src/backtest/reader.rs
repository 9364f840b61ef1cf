//! One thread reads the journal in order and deals records out by visitor.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use crate::domain::{Key, Millis, RuleSetHash, SiteNow, Timestamp, VisitorId};
use crate::engine::backtest::Tally;
use crate::store::{RecordBytes, RecordHead, StoreError};

use super::{BacktestError, Job, PARCEL_BYTES, Progress, Shared, Source, TELL_EVERY, Tell};

/// Records of one worker's visitors, one after another.
#[derive(Default)]
pub(super) struct Parcel {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Parcel {
    fn put(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.ends.push(self.bytes.len());
    }

    /// The records, each visitor's one after another and in order: what is known of a visitor is fetched once.
    pub(super) fn records(
        &self,
    ) -> Result<impl Iterator<Item = (VisitorId, RecordBytes<'_>)>, StoreError> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends);
        let records = spans.map(|(start, end)| {
            let record = RecordBytes(&self.bytes[start..*end]);
            Ok((u128::from_le_bytes(record.visitor()?.0), start, *end))
        });
        let mut records: Vec<_> = records.collect::<Result<_, StoreError>>()?;
        records.sort_unstable();
        let told = records.into_iter().map(|(visitor, start, end)| {
            let record = RecordBytes(&self.bytes[start..end]);
            (VisitorId(visitor.to_le_bytes()), record)
        });
        Ok(told)
    }
}

struct Lane {
    queue: SyncSender<Parcel>,
    parcel: Parcel,
}

/// Reads the journal and deals its records out.
pub(super) struct Reader<'a> {
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
    /// One of so many visitors is dealt out; what the site knew is told by all.
    one_in: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a dyn Source,
        job: &'a Job,
        shared: &'a Shared,
        queues: Vec<SyncSender<Parcel>>,
        one_in: u64,
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
            one_in,
        }
    }

    /// Reads the journal from its beginning: what was known of visitors at the beginning of the period is part of it.
    pub(super) fn read(
        mut self,
        tell: &mut Tell<'_>,
    ) -> Result<(Tally, Vec<String>), BacktestError> {
        let (source, until) = (self.source, self.job.until);
        let mut outcome = Ok(());
        source.scan(
            Timestamp(0),
            until,
            &mut |_, bytes| match self.take(bytes, tell) {
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

    fn take(&mut self, bytes: RecordBytes<'_>, tell: &mut Tell<'_>) -> Result<(), BacktestError> {
        let head = bytes.head()?;
        if head.site != self.site {
            return Ok(());
        }
        self.note(&head)?;
        if is_one_in(self.one_in, head.visitor) {
            let lane = lane_of(head.visitor, self.lanes.len());
            self.lanes[lane].put(bytes.0)?;
        }
        self.records += 1;
        if self.records.is_multiple_of(TELL_EVERY) && tell(Some(self.progress())).is_break() {
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
                warnings.push("the journal has no record of this site in this period".to_owned());
            }
            Some(first) if first > self.job.since => warnings.push(format!(
                "the journal begins {} after the beginning of the period",
                roughly(first.since(self.job.since))
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

/// A span in the largest unit that it has at least two of, without the rest.
fn roughly(span: Millis) -> Millis {
    let units = [
        Millis::from_days(1),
        Millis::from_hours(1),
        Millis::from_mins(1),
    ];
    let unit = units.into_iter().find(|unit| span.0 >= 2 * unit.0);
    let unit = unit.unwrap_or(Millis::from_secs(1));
    Millis(span.0 / unit.0 * unit.0)
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
    (mixed(visitor) >> 32) as usize % lanes
}

/// Whether a visitor is the one of so many who is looked at: always the same ones.
fn is_one_in(one_in: u64, visitor: VisitorId) -> bool {
    (mixed(visitor) & 0xffff_ffff).is_multiple_of(one_in)
}

fn mixed(visitor: VisitorId) -> u64 {
    let bytes = u128::from_le_bytes(visitor.0);
    let folded = (bytes as u64 ^ (bytes >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper half depends on all bits below it, the lower half on few.
    folded ^ (folded >> 29)
}
