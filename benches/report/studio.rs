//! A million events under edited rules, as the editor asks for it, beside the command line; and what visitors feel of it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ahlan::clock::{self, Stopwatch};
use ahlan::demo;
use ahlan::domain::Timestamp;
use ahlan::publishing::pack;
use ahlan::rules::SourceFile;
use ahlan::store::{JournalFile, StoreError};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::backtest::{EVENTS, EVERY, edited, end, records, rules};
use super::process::{Server, TOKEN};
use super::table::{Row, Table};

/// How much is measured.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    visitors: u64,
    /// The command line is asked so often, and the best counts.
    by_hand: usize,
    /// Somebody types on: so many runs, one after another.
    runs: usize,
    /// So many reports of visitors without any backtest.
    quiet: usize,
}

/// A million events.
pub(crate) const FULL: Shape = Shape {
    visitors: 1_000_000_u64.div_ceil(EVENTS),
    by_hand: 3,
    runs: 5,
    quiet: 1_000,
};
/// Enough to show that it works.
pub(crate) const SMALL: Shape = Shape {
    visitors: 6_000,
    by_hand: 1,
    runs: 2,
    quiet: 50,
};

/// A visitor reports so often.
const PACE: Duration = Duration::from_millis(5);
/// The editor's patience, in seconds.
const BUDGET: f64 = 3.0;
/// What a visitor may feel, in milliseconds.
const FELT: f64 = 50.0;

pub(crate) fn measure(table: &mut Table, shape: Shape) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(".")?;
    let events = record(&dir.path().join("data"), shape.visitors)?;
    let drafts = dir.path().join("draft");
    std::fs::create_dir(&drafts)?;
    for file in draft() {
        std::fs::write(drafts.join(file.name), file.text)?;
    }
    let alone = (0..shape.by_hand).map(|_| by_hand(dir.path(), &drafts));
    let alone: Vec<f64> = alone.collect::<anyhow::Result<_>>()?;
    let alone = alone.into_iter().fold(f64::INFINITY, f64::min);
    let server = Server::service(dir.path())?;
    let quiet = Felt::of(&server, &|sent| sent >= shape.quiet)?;
    let done = AtomicBool::new(false);
    let (runs, busy) = std::thread::scope(|scope| {
        let visitor = scope.spawn(|| Felt::of(&server, &|_| done.load(Ordering::Relaxed)));
        let runs: anyhow::Result<Vec<Answered>> =
            (0..shape.runs).map(|_| ask(&server, events)).collect();
        done.store(true, Ordering::Relaxed);
        (runs, visitor.join())
    });
    let busy = busy.map_err(|_| anyhow::anyhow!("the visitor panicked"))??;
    report(table, events, alone, &runs?);
    table.add(Row {
        what: "collect while an editor has backtests run one after another".to_owned(),
        measured: format!("p50 {:.1} ms, p99 **{:.1} ms**", busy.p50, busy.p99),
        limit: format!(
            "without any: p50 {:.1} ms, p99 {:.1} ms",
            quiet.p50, quiet.p99
        ),
        budget: format!("p99 ≤ {FELT} ms"),
        kept: Some(busy.p99 <= FELT),
    });
    server.stop()
}

fn report(table: &mut Table, events: u64, alone: f64, runs: &[Answered]) {
    let [first, rest @ ..] = runs else {
        return;
    };
    let worst = |of: fn(&Answered) -> f64| rest.iter().map(of).fold(0.0, f64::max);
    let (estimate, whole) = (worst(|run| run.estimate), worst(|run| run.whole));
    table.add(Row {
        what: format!(
            "backtest of {events} events as an editor asks for it, while visitors come: worst of {} runs after the first",
            rest.len()
        ),
        measured: format!(
            "**{whole:.2} s**, an estimate after {estimate:.2} s; the first run, which reads the journal: {:.2} s and \
             {:.2} s",
            first.whole, first.estimate
        ),
        limit: format!("`ahlan rules backtest` on the same journal, on every core, alone: {alone:.2} s"),
        budget: format!("≤ {BUDGET} s"),
        kept: Some(whole.max(first.whole) <= BUDGET),
    });
}

/// Writes the journal: visits of the last half day. Returns how many events there are.
fn record(data: &Path, visitors: u64) -> anyhow::Result<u64> {
    let span = end(visitors, Timestamp(0));
    let start = Timestamp(clock::now().0 - span.0 - EVERY.0);
    let live = rules(str::to_owned)?;
    let journal = JournalFile::open_or_make(data)?;
    journal.keep_rules(live.hash, &pack(&demo::shop_rules()))?;
    let records = records(&live, visitors, start);
    journal.append::<StoreError>(records.into_iter().map(Ok))?;
    Ok(visitors * EVENTS)
}

/// The shop's rules as a marketer leaves them after an afternoon.
fn draft() -> Vec<SourceFile> {
    let files = demo::shop_rules().into_iter();
    files
        .map(|file| SourceFile::new(file.name, edited(&file.text)))
        .collect()
}

/// Seconds that the command line takes.
fn by_hand(home: &Path, drafts: &Path) -> anyhow::Result<f64> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
    command.args(["rules", "backtest", "--format", "json", "--data"]);
    command.arg(home.join("data")).arg(drafts);
    let watch = Stopwatch::start();
    let output = command.output()?;
    let seconds = watch.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(seconds)
}

/// When an editor had what, in seconds after it had asked.
struct Answered {
    estimate: f64,
    whole: f64,
}

fn ask(server: &Server, events: u64) -> anyhow::Result<Answered> {
    let files: Vec<Value> = draft()
        .iter()
        .map(|file| json!({"name": file.name, "text": file.text}))
        .collect();
    let url = format!(
        "{}/v1/sites/{}/rulesets/backtest",
        server.url.trim_end_matches('/'),
        demo::SITE
    );
    let body = json!({"files": files, "since": "7d", "partial": true});
    let watch = Stopwatch::start();
    let request = ureq::post(&url).header("Authorization", format!("Bearer {TOKEN}"));
    let answer = request.send_json(&body)?;
    let mut estimate = None;
    for line in BufReader::new(answer.into_body().into_reader()).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let now = watch.elapsed().as_secs_f64();
        if line.get("partial").is_some() {
            estimate = Some(now);
        }
        if let Some(report) = line.get("report") {
            let seen = report["events"].as_u64().context("the report has events")?;
            ensure!(seen >= events, "{seen} of {events} events");
            return Ok(Answered {
                estimate: estimate.context("there was no estimate")?,
                whole: now,
            });
        }
        ensure!(line.get("problem").is_none(), "{line}");
    }
    anyhow::bail!("the answer ends before the report")
}

/// What visitors feel, in milliseconds.
struct Felt {
    p50: f64,
    p99: f64,
}

impl Felt {
    #[expect(
        clippy::disallowed_methods,
        reason = "visitors come at a steady pace; there is nothing to wait for"
    )]
    fn of(server: &Server, done: &dyn Fn(usize) -> bool) -> anyhow::Result<Self> {
        let agent = ureq::Agent::new_with_defaults();
        let url = format!("{}/v1/collect", server.url.trim_end_matches('/'));
        let mut felt = Vec::new();
        while !done(felt.len()) {
            let (nth, now) = (felt.len(), clock::now().0);
            let event = json!({
                "id": format!("{now}-{nth}"), "type": "page_view", "at": now, "page": "p",
                "url": "https://shop.example/products/kettle", "title": "A kettle", "visible": true,
            });
            let key = format!("studio{:015}A", nth % 500);
            let body = json!({"site": demo::SITE, "key": key, "sent": now, "events": [event]});
            let watch = Stopwatch::start();
            let request = agent.post(&url).header("Origin", "https://shop.example");
            let status = request.send(body.to_string())?.status();
            felt.push(watch.elapsed().as_secs_f64() * 1e3);
            ensure!(status == 202, "collect answers {status}");
            std::thread::sleep(PACE);
        }
        felt.sort_by(f64::total_cmp);
        let at = |share: usize| felt.get(felt.len() * share / 100).copied();
        Ok(Self {
            p50: at(50).context("somebody came")?,
            p99: at(99).context("somebody came")?,
        })
    }
}
