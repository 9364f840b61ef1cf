//! What rules would have done with the traffic of this site, told while it is worked out.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::backtest::{self, Job, Progress};
use crate::clock;
use crate::domain::{Key, Timestamp};
use crate::engine::backtest::Report;
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::journal::StoreJournal;
use crate::publishing;
use crate::rules::{RuleSet, SourceFile};

use super::room::{Room, version_of};
use super::wire::{FileBody, sources};

/// So many lines wait for a client that reads slowly; then the work waits too.
const MAX_LINES: usize = 16;

/// What is to be tried on what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestBody {
    /// The rules on trial, as files.
    files: Option<Vec<FileBody>>,
    /// The rules on trial, as the number of a version; one of both.
    version: Option<u32>,
    /// The version to compare with; what really happened, unless told.
    against: Option<u32>,
    /// The beginning of the period: a span before now (`7d`), a day, or milliseconds since the epoch as text.
    since: String,
    /// The end of the period; now, unless told.
    until: Option<String>,
}

/// A line of the answer; one of the three.
#[derive(Default, Serialize, ToSchema)]
pub struct BacktestLine {
    /// How far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressBody>,
    /// The report; the last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<Report>,
    /// Why there is no report; the last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// How far a backtest has come.
#[derive(Serialize, ToSchema)]
pub struct ProgressBody {
    /// Records read so far, those before the period included.
    records: u64,
    /// The moment of the latest of them, in milliseconds since the epoch.
    moment: u64,
    /// How much of the journal's time has been read, in thousandths.
    permille: u16,
}

/// The sites with a backtest or a new scoring of history under way: one at a time, so that they never take more than their share.
#[derive(Debug, Default)]
pub struct Backtests(Mutex<HashSet<Key>>);

/// A site's turn; over when it is dropped.
pub(super) struct Turn {
    app: Arc<App>,
    site: Key,
}

impl Turn {
    pub(super) fn take(app: &Arc<App>, site: Key) -> Result<Self, Problem> {
        if !app.backtests.0.lock().insert(site) {
            let detail = "a backtest of this site or a new scoring of its history is under way; wait for it (a \
                backtest is broken off by closing its connection)";
            return Err(Problem::new(Kind::NotPossible, detail));
        }
        let app = Arc::clone(app);
        Ok(Self { app, site })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.app.backtests.0.lock().remove(&self.site);
    }
}

/// Tries rules on recorded traffic. Closing the connection breaks it off.
///
/// # Errors
///
/// The problem: the token does not fit, the rules have mistakes, or a backtest of this site is under way.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/backtest", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = BacktestBody,
    responses(
        (status = 200, description = "One JSON object a line: progress, then the report or why there is none",
            body = BacktestLine, content_type = "application/x-ndjson"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn run(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: BacktestBody = room.read(&headers, body).await?;
    let turn = Turn::take(&app, room.site.key)?;
    let job = job(&room, body).await?;
    let (lines, said) = mpsc::channel(MAX_LINES);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work(&room, &job, &lines);
    });
    let body = stream::unfold(said, |mut said| async move {
        let line: Bytes = said.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(line), said))
    });
    let kind = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((kind, Body::from_stream(body)).into_response())
}

async fn job(room: &Room, body: BacktestBody) -> Result<Job, Problem> {
    let now = clock::now();
    let moment = |name: &str, text: &str| -> Result<Timestamp, Problem> {
        let moment = clock::moment(text, now);
        moment.map_err(|why| Problem::new(Kind::BadParameter, format!("`{name}`: {why}")))
    };
    let since = moment("since", &body.since)?;
    let until = body.until.as_deref();
    let until = until.map_or(Ok(now), |until| moment("until", until))?;
    if since >= until {
        let detail = "the period ends before it begins";
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    let candidate = match (body.files, body.version) {
        (Some(files), None) => sources(files)?,
        (None, Some(version)) => files_of(room, version)?,
        (None, None) | (Some(_), Some(_)) => {
            let detail = "name the rules on trial by `files` or by `version`";
            return Err(Problem::new(Kind::BadParameter, detail));
        }
    };
    let against = match body.against {
        Some(version) => Some(compiled(files_of(room, version)?).await?),
        None => None,
    };
    // Half of the cores at most: those who visit the site go first.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let candidate = compiled(candidate).await?;
    Ok(Job {
        site: room.site.name.to_string(),
        zone: candidate.calendar.zone().clone(),
        candidate,
        against,
        since,
        until,
        threads: cores / 2,
    })
}

fn files_of(room: &Room, version: u32) -> Result<Vec<SourceFile>, Problem> {
    let versions = room.versions()?;
    room.files(version_of(&versions, &version.to_string())?)
}

async fn compiled(files: Vec<SourceFile>) -> Result<Arc<RuleSet>, Problem> {
    let compiled = publishing::compile(files).await?;
    Ok(Arc::new(compiled.rule_set))
}

/// Works on a thread that may take its time.
fn work(room: &Room, job: &Job, lines: &mpsc::Sender<Bytes>) {
    let source = StoreJournal(room.store());
    let outcome = backtest::run(&source, job, &mut |progress| {
        let told = lines.blocking_send(told(progress));
        if told.is_err() || *room.app.draining.borrow() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let mut last = BacktestLine::default();
    match outcome {
        Ok(report) => last.report = Some(report),
        Err(why) => last.problem = Some(why.to_string()),
    }
    // Nobody is left to tell when the client has gone.
    let _ = lines.blocking_send(line(&last));
}

fn told(progress: Progress) -> Bytes {
    line(&BacktestLine {
        progress: Some(ProgressBody {
            records: progress.records,
            moment: progress.moment.0,
            permille: progress.permille,
        }),
        ..BacktestLine::default()
    })
}

fn line(line: &BacktestLine) -> Bytes {
    let mut text = serde_json::to_vec(line).expect("a line serializes into memory");
    text.push(b'\n');
    text.into()
}
