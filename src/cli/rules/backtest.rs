//! `ahlan rules backtest`: what rules would have done with recorded traffic.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::MISTAKES;
use super::backtest_text;
use super::service;
use crate::backtest::{self, Job, Progress, Source, TextJournal};
use crate::clock;
use crate::demo;
use crate::domain::{RuleSetHash, Timestamp};
use crate::engine::backtest::Report;
use crate::rules::{self, Look, RuleSet, SourceFile};
use crate::rules_dir::load_dir;
use crate::store::JournalFile;

/// What `ahlan rules backtest` takes.
#[derive(Args, Debug)]
pub(super) struct BacktestArgs {
    /// The rules on trial: a directory of *.toml files, or one file.
    path: PathBuf,
    /// Where the traffic was recorded.
    #[command(flatten)]
    from: From,
    /// One of the site's tokens, for `--server`.
    #[arg(
        long,
        env = "AHLAN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
    /// The site's public key.
    #[arg(long, env = "AHLAN_SITE", default_value = demo::SITE, value_name = "KEY")]
    site: String,
    /// The beginning of the period: a span before now (7d), a day (2026-11-22), or milliseconds since the epoch.
    #[arg(long, default_value = "7d", value_name = "MOMENT")]
    since: String,
    /// The end of the period; now, unless told.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// Compare with other rules instead of what really happened: a directory, or a version (of a running service: its
    /// number, or `live`; else its fingerprint).
    #[arg(long, value_name = "VERSION|DIR")]
    against: Option<String>,
    /// How many threads work; one for each core, unless told. A running service chooses by itself.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct From {
    /// A data directory that no service uses.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A journal that `ahlan journal export` wrote; `-` for the standard input.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// A running service, such as http://127.0.0.1:8420.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For tools: one JSON object.
    Json,
}

/// Runs the backtest, reports, and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &BacktestArgs) -> anyhow::Result<u8> {
    let files = load_dir(&args.path)?;
    let candidate = match rules::compile(&files) {
        Ok(compiled) => compiled.rule_set,
        Err(mistakes) => {
            let text = rules::render(&mistakes, &files, &args.path.to_string_lossy(), Look::Plain);
            out.write_all(text.as_bytes())?;
            return Ok(MISTAKES);
        }
    };
    let report = match &args.from.server {
        Some(server) => ask(server, args, files)?,
        None => here(args, candidate)?,
    };
    match args.format {
        Format::Text => backtest_text::write(out, &report)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)?;
        }
    }
    Ok(0)
}

/// Runs it in this process.
fn here(args: &BacktestArgs, candidate: RuleSet) -> anyhow::Result<Report> {
    let source = open(&args.from)?;
    let (since, until) = period(args)?;
    let against = args.against.as_deref();
    let against = against.map(|against| version(&*source, against));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let job = Job {
        site: args.site.clone(),
        zone: candidate.calendar.zone().clone(),
        candidate: Arc::new(candidate),
        against: against.transpose()?,
        since,
        until,
        threads: args.threads.unwrap_or(cores),
    };
    let report = backtest::run(&*source, &job, &mut |progress| {
        progress.into_iter().for_each(tell);
        ControlFlow::Continue(())
    });
    told();
    Ok(report?)
}

fn open(from: &From) -> anyhow::Result<Box<dyn Source>> {
    if let Some(dir) = &from.data {
        if !dir.join("db").exists() {
            let dir = dir.display();
            bail!("{dir} is no data directory of a service: there is no `db` in it");
        }
        let hint = "while a service runs, ask it with --server";
        let journal = JournalFile::open(dir).context(hint)?;
        return Ok(Box::new(journal));
    }
    let path = from.journal.as_deref().unwrap_or(Path::new("-"));
    let read = if path == Path::new("-") {
        TextJournal::read(io::stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        TextJournal::read(BufReader::new(file))
    };
    let journal = read.with_context(|| path.display().to_string())?;
    Ok(Box::new(journal))
}

fn period(args: &BacktestArgs) -> anyhow::Result<(Timestamp, Timestamp)> {
    let now = clock::now();
    let moment = |text: &str| clock::moment(text, now).map_err(anyhow::Error::msg);
    let until = args.until.as_deref().map_or(Ok(now), moment)?;
    let since = moment(&args.since)?;
    if since >= until {
        bail!("the period ends before it begins");
    }
    Ok((since, until))
}

/// The rules that `--against` names.
fn version(source: &dyn Source, text: &str) -> anyhow::Result<Arc<RuleSet>> {
    let path = Path::new(text);
    if path.exists() {
        let compiled = rules::compile(&load_dir(path)?);
        let compiled = compiled.map_err(|_| {
            anyhow::anyhow!("{text} has mistakes; `ahlan rules check {text}` shows them")
        })?;
        return Ok(Arc::new(compiled.rule_set));
    }
    let hash = u64::from_str_radix(text, 16).ok().map(RuleSetHash);
    let found = hash.map(|hash| source.rules(hash)).transpose()?.flatten();
    found.with_context(|| {
        format!("{text} is neither a directory nor the fingerprint of rules that the journal knows")
    })
}

/// A line of what a running service answers.
#[derive(Deserialize)]
struct Answer {
    progress: Option<Told>,
    report: Option<Report>,
    problem: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    records: u64,
    moment: u64,
    permille: u16,
}

/// Lets a running service do it.
fn ask(server: &str, args: &BacktestArgs, files: Vec<SourceFile>) -> anyhow::Result<Report> {
    let token = args.token.as_deref();
    let token = token.context("set AHLAN_TOKEN to one of the site's tokens")?;
    let (since, until) = period(args)?;
    let against = args.against.as_deref();
    let against = against.map(|against| match against {
        "live" => Ok(serde_json::json!(against)),
        number => number.parse::<u32>().map(Into::into),
    });
    let against = against
        .transpose()
        .context("a running service knows versions by their number, and the live one as `live`")?;
    let files: Vec<_> = files
        .into_iter()
        .map(|file| serde_json::json!({ "name": file.name, "text": file.text }))
        .collect();
    let body = serde_json::json!({
        "files": files, "since": since.0.to_string(), "until": until.0.to_string(), "against": against,
    });
    let url = format!(
        "{}/v1/sites/{}/rulesets/backtest",
        server.trim_end_matches('/'),
        args.site
    );
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .new_agent();
    let response = agent
        .post(&url)
        .header("authorization", format!("Bearer {token}"))
        .send_json(&body);
    let mut response = response.with_context(|| format!("{server} does not answer"))?;
    if response.status() != 200 {
        let status = response.status().as_u16();
        let body = response.body_mut().read_to_string()?;
        let body = serde_json::from_str(&body).unwrap_or_default();
        bail!("{server} refuses: {}", service::problem(status, &body));
    }
    let lines = BufReader::new(response.into_body().into_reader()).lines();
    for line in lines {
        let answer: Answer =
            serde_json::from_str(&line?).context("the answer is not understood")?;
        if let Some(problem) = answer.problem {
            told();
            bail!("{problem}");
        }
        if let Some(report) = answer.report {
            told();
            return Ok(report);
        }
        if let Some(progress) = answer.progress {
            tell(Progress {
                records: progress.records,
                moment: Timestamp(progress.moment),
                permille: progress.permille,
            });
        }
    }
    bail!("{server} broke off before the report")
}

/// Shows how far it has come, to people only.
fn tell(progress: Progress) {
    let mut err = io::stderr();
    if err.is_terminal() {
        let (percent, records) = (progress.permille / 10, progress.records);
        let _ = write!(err, "\r{percent:3} % · {records} records");
    }
}

/// Takes the progress away again.
fn told() {
    let mut err = io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[K");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_a_database_is_told_as_such() {
        let dir = tempfile::tempdir().expect("a directory");
        for data in [dir.path().to_owned(), dir.path().join("nodir")] {
            let from = From {
                data: Some(data.clone()),
                journal: None,
                server: None,
            };
            let why = open(&from).map(|_| ()).expect_err("there is no database");
            let told = crate::cli::told(&why);
            assert!(told.ends_with("there is no `db` in it"), "{told}");
            assert!(!told.contains("--server"), "{told}");
        }
        assert!(!dir.path().join("nodir").exists());
    }
}
