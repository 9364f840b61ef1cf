//! A week of a shop's traffic under other rules, beside reading and decoding the journal.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::backtest::{Job, Source, run};
use ahlan::demo;
use ahlan::domain::{
    Arrival, Batch, Cause, CountryCode, Event, EventId, EventKind, Key, Millis, PageId,
    PageViewEvent, Record, RuleSetHash, Seq, SiteNow, Timestamp, VisitorId,
};
use ahlan::rules::{RuleSet, SourceFile, compile};
use ahlan::store::{JournalFile, RecordBytes, StoreError};

use super::table::{Row, Table};

const VISITORS: u64 = 20_000;
/// Pages of a visit; each is opened, reported on twice, and left.
const PAGES: u64 = 6;
const START: Timestamp = Timestamp(1_763_760_000_000);
/// A new visitor comes so often.
const EVERY: Millis = Millis::from_secs(1);
const SITE_NOW: SiteNow = SiteNow {
    agents_online: 3,
    free_slots: 5,
    expected_reply: None,
    departments: None,
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
    let live = rules("")?;
    let journal = JournalFile::open_or_make(dir.path())?;
    let records = records(live.hash);
    let events = records.len() as u64;
    journal.append::<StoreError>(records.into_iter().map(Ok))?;
    let past = Past { journal, live };
    let reading = best_of_three(|| decode_all(&past));
    let candidate = rules("\n# Another version.\n")?;
    let one = best_of_three(|| backtest(&past, &past.live, events));
    let both = best_of_three(|| backtest(&past, &candidate, events));
    let per_second = |seconds: f64| events as f64 / seconds;
    for (what, seconds) in [
        ("the version in force, which runs once", one),
        (
            "a changed version, which runs beside the one in force",
            both,
        ),
    ] {
        table.add(Row {
            what: format!("backtest of {what}, on one core"),
            measured: format!("**{:.0} events/s**", per_second(seconds)),
            limit: format!(
                "reading and decoding the journal: {:.0}/s",
                per_second(reading)
            ),
            budget: "≥ 500,000/s".to_owned(),
            kept: Some(per_second(seconds) >= 500_000.0),
        });
    }
    Ok(())
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

const END: Timestamp = Timestamp(START.0 + (VISITORS + 3_600) * EVERY.0);

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

fn rules(more: &str) -> anyhow::Result<Arc<RuleSet>> {
    let mut files = demo::shop_rules();
    files.push(SourceFile::new("more.toml", more));
    compile(&files)
        .map(|compiled| Arc::new(compiled.rule_set))
        .map_err(|mistakes| anyhow::anyhow!("{}", mistakes[0].message))
}

/// Many visits, one begun every second, each of some minutes.
fn records(rules: RuleSetHash) -> Vec<Record> {
    let mut records = Vec::new();
    for nth in 0..VISITORS {
        let begun = START + Millis(nth * EVERY.0);
        for page in 0..PAGES {
            let opened = begun + Millis(page * 42_000);
            for (part, span) in [0, 15_000, 30_000, 41_000].into_iter().enumerate() {
                let at = opened + Millis(span);
                let kind = kind(nth, page, part, span);
                let id = EventId(page * 4 + part as u64);
                let page = Some(PageId(page));
                let event = Event { id, at, page, kind };
                records.push(record(rules, nth, at, event));
            }
        }
    }
    records.sort_by_key(|record| record.now);
    records
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

fn record(rules: RuleSetHash, nth: u64, now: Timestamp, event: Event) -> Record {
    let mut visitor = [0; 16];
    visitor[..8].copy_from_slice(&(nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    let first = event.id.0 == 0;
    let arrival = first.then(|| {
        Box::new(Arrival {
            country: CountryCode::new("SA"),
            browser: Some("Chrome".into()),
            os: Some("Android".into()),
            ..Arrival::default()
        })
    });
    Record {
        visitor: VisitorId(visitor),
        site: Key::of(demo::SITE),
        now,
        rules,
        site_now: SITE_NOW,
        cause: Cause::Events(Batch {
            arrival,
            events: vec![event],
        }),
    }
}
