//! A week of a shop's traffic under other rules, beside reading and decoding the journal.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::backtest::{Job, Source, run};
use ahlan::demo;
use ahlan::domain::{
    Arrival, Batch, Cause, CountryCode, Event, EventId, EventKind, Key, Millis, PageId,
    PageViewEvent, Record, RuleSetHash, Seq, SiteNow, Timestamp, VisitorId, VisitorState,
};
use ahlan::engine::{Input, apply, begins_session, step};
use ahlan::rules::{RuleSet, SourceFile, compile};
use ahlan::store::{JournalFile, RecordBytes, StoreError};

use super::table::{Row, Table};

const VISITORS: u64 = 20_000;
/// Pages of a visit; each is opened, reported on twice, and left.
const PAGES: u64 = 6;
/// Events of a visit.
pub(crate) const EVENTS: u64 = 4 * PAGES;
const START: Timestamp = Timestamp(1_763_760_000_000);
/// A new visitor comes so often.
pub(crate) const EVERY: Millis = Millis::from_secs(1);
const SITE_NOW: SiteNow = SiteNow {
    agents_online: 3,
    free_slots: 5,
    places: 5,
    expected_reply: None,
    languages: None,
    departments: None,
    scarce: None,
};
const PATHS: [&str; 6] = [
    "/",
    "/products/kettle",
    "/pricing",
    "/help",
    "/pricing/plans",
    "/contact",
];

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(".")?;
    let live = rules(str::to_owned)?;
    let journal = JournalFile::open_or_make(dir.path())?;
    let records = records(&live, VISITORS, START);
    let (all, events) = (records.len() as u64, events_of(&records));
    journal.append::<StoreError>(records.into_iter().map(Ok))?;
    let past = Past { journal, live };
    let per_second = |seconds: f64| events as f64 / seconds;
    let reading = per_second(best_of_three(|| decode_all(&past)));
    let versions = [
        (
            "the version in force, which runs once",
            rules(str::to_owned)?,
        ),
        (
            "a version with other points in one rule and another threshold in one trigger, beside the one in force",
            rules(edited)?,
        ),
        (
            "a version in which everything is another, beside the one in force",
            rules(rewritten)?,
        ),
    ];
    for (what, candidate) in versions {
        let speed = per_second(best_of_three(|| backtest(&past, &candidate, events)));
        table.add(Row {
            what: format!("backtest of {what}, on one core"),
            measured: format!(
                "**{speed:.0} events/s**, and {:.2} recorded wake-ups to each event",
                (all - events) as f64 / events as f64
            ),
            limit: format!("reading and decoding the journal: {reading:.0}/s"),
            budget: "≥ 500,000/s".to_owned(),
            kept: Some(speed >= 500_000.0),
        });
    }
    Ok(())
}

fn events_of(records: &[Record]) -> u64 {
    let events = |record: &Record| match &record.cause {
        Cause::Events(batch) => batch.events.len() as u64,
        Cause::Tick | Cause::Rescore(_) => 0,
    };
    records.iter().map(events).sum()
}

/// What a marketer changes in an afternoon: the points of one rule, and how long a trigger waits.
pub(crate) fn edited(text: &str) -> String {
    let text = replaced_after(text, "id = \"pricing-open\"", "points = 10", "points = 15");
    replaced_after(
        &text,
        "id = \"pricing-questions\"",
        "at_least = \"30s\"",
        "at_least = \"20s\"",
    )
}

/// Replaces the first `old` behind `mark`, if the text has that mark.
fn replaced_after(text: &str, mark: &str, old: &str, new: &str) -> String {
    let Some((before, after)) = text.split_once(mark) else {
        return text.to_owned();
    };
    assert!(after.contains(old), "{mark} has no {old} any more");
    format!("{before}{mark}{}", after.replacen(old, new, 1))
}

/// All points, all half-lives, all thresholds of time, and the patterns of pages.
fn rewritten(text: &str) -> String {
    let changes = [
        ("points = 1", "points = 2"),
        ("points = -", "points = -1"),
        ("points = 4\n", "points = 6\n"),
        ("half_life = \"3d\"", "half_life = \"2d\""),
        ("half_life = \"1h\"", "half_life = \"2h\""),
        ("at_least = \"30s\"", "at_least = \"25s\""),
        ("at_least = \"45s\"", "at_least = \"35s\""),
        ("after = \"20s\"", "after = \"18s\""),
        ("after = \"30s\"", "after = \"27s\""),
        ("\"*/journal\"", "\"*/diary\""),
    ];
    let replace = |text: String, (old, new): (&str, &str)| text.replace(old, new);
    changes.into_iter().fold(text.to_owned(), replace)
}

struct Past {
    journal: JournalFile,
    live: Arc<RuleSet>,
}

impl Source for Past {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.journal.scan(from, to, look)
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        Ok((hash == self.live.hash).then(|| Arc::clone(&self.live)))
    }
}

fn best_of_three(mut run: impl FnMut() -> f64) -> f64 {
    (0..3).map(|_| run()).fold(f64::INFINITY, f64::min)
}

const END: Timestamp = end(VISITORS, START);

/// When the last of so many visits is long over.
pub(crate) const fn end(visitors: u64, start: Timestamp) -> Timestamp {
    Timestamp(start.0 + (visitors + 3_600) * EVERY.0)
}

fn decode_all(past: &Past) -> f64 {
    let before = cpu_seconds();
    let seen = past.scan(Timestamp(0), END, &mut |_, bytes| {
        black_box(bytes.decode().expect("it was written just now"));
        ControlFlow::Continue(())
    });
    seen.expect("the journal can be read");
    cpu_seconds() - before
}

/// Processor seconds, of the thread that reads and the one that works together: what one core would need.
fn backtest(past: &Past, candidate: &Arc<RuleSet>, events: u64) -> f64 {
    let job = Job {
        site: demo::SITE.to_owned(),
        candidate: Arc::clone(candidate),
        against: None,
        since: START,
        until: END,
        zone: jiff::tz::TimeZone::UTC,
        threads: 1,
    };
    let before = cpu_seconds();
    let report = run(past, &job, &mut |_| ControlFlow::Continue(()));
    let report = report.expect("nothing goes wrong");
    assert_eq!(report.events, events);
    assert!(report.invited.before > 0);
    cpu_seconds() - before
}

/// Processor time of this process so far, ended threads included (Linux counts it in hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// The shop's rules, each file changed.
pub(crate) fn rules(change: impl Fn(&str) -> String) -> anyhow::Result<Arc<RuleSet>> {
    let files = demo::shop_rules().into_iter();
    let files = files.map(|file| SourceFile::new(file.name, change(&file.text)));
    compile(&files.collect::<Vec<_>>())
        .map(|compiled| Arc::new(compiled.rule_set))
        .map_err(|mistakes| anyhow::anyhow!("{}", mistakes[0].message))
}

/// Many visits, one begun every second, each of some minutes, with the wake-ups that the live engine had.
pub(crate) fn records(rules: &RuleSet, visitors: u64, start: Timestamp) -> Vec<Record> {
    let mut records = Vec::new();
    for nth in 0..visitors {
        let mut visit = Visit::new(nth, rules, start);
        let begun = start + Millis(nth * EVERY.0);
        for page in 0..PAGES {
            let opened = begun + Millis(page * 42_000);
            for (part, span) in [0, 15_000, 30_000, 41_000].into_iter().enumerate() {
                let at = opened + Millis(span);
                let kind = kind(nth, page, part, span);
                let id = EventId(page * 4 + part as u64);
                let page = Some(PageId(page));
                visit.wait(at, &mut records);
                visit.take(Event { id, at, page, kind }, &mut records);
            }
        }
        visit.wait(end(visitors, start), &mut records);
    }
    records.sort_by_key(|record| record.now);
    records
}

/// One visitor as the live engine sees them.
struct Visit<'a> {
    rules: &'a RuleSet,
    state: VisitorState,
    wake_at: Option<Timestamp>,
}

impl<'a> Visit<'a> {
    fn new(nth: u64, rules: &'a RuleSet, start: Timestamp) -> Self {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        Self {
            rules,
            state: VisitorState::new(Key::of(demo::SITE), VisitorId(id), start),
            wake_at: None,
        }
    }

    /// Rings a few milliseconds after each moment that was asked for, as timers do.
    fn wait(&mut self, until: Timestamp, records: &mut Vec<Record>) {
        while let Some(at) = self
            .wake_at
            .map(|at| at + Millis(5))
            .filter(|at| *at < until)
        {
            let (_, effects) = step(self.rules, &SITE_NOW, &mut self.state, Input::Tick, at);
            self.wake_at = effects.wake_at;
            records.push(self.record(at, Cause::Tick));
        }
    }

    fn take(&mut self, event: Event, records: &mut Vec<Record>) {
        let now = event.at;
        let arrival = begins_session(&self.state, std::slice::from_ref(&event)).then(|| {
            Box::new(Arrival {
                country: CountryCode::new("SA"),
                browser: Some("Chrome".into()),
                os: Some("Android".into()),
                ..Arrival::default()
            })
        });
        let batch = Batch {
            arrival,
            events: vec![event],
        };
        let (_, effects) = apply(self.rules, &SITE_NOW, &mut self.state, &batch, now);
        self.wake_at = effects.wake_at;
        records.push(self.record(now, Cause::Events(batch)));
    }

    fn record(&self, now: Timestamp, cause: Cause) -> Record {
        Record {
            visitor: self.state.id,
            site: self.state.site,
            now,
            rules: self.rules.hash,
            site_now: SITE_NOW,
            cause,
        }
    }
}

fn kind(nth: u64, page: u64, part: usize, span: u64) -> EventKind {
    match part {
        0 => EventKind::PageView(Box::new(PageViewEvent {
            url: format!(
                "https://shop.example{}?utm_source=newsletter",
                PATHS[((nth + page) % 6) as usize]
            )
            .into(),
            title: Some("A page of the shop".into()),
            page_type: None,
            lang: Some("en".into()),
            tz: Some("Asia/Riyadh".into()),
            screen: Some((1_440, 900)),
            attended: true,
        })),
        3 => EventKind::Leave {
            active: Some(Millis(span)),
            scroll: Some(80),
        },
        _ => EventKind::Engage {
            active: Millis(span),
            scroll: 50,
            attended: true,
        },
    }
}
