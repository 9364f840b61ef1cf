//! What rules would have done with the traffic of this site, told while it is worked out.

mod line;
mod work;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::access::{Permission, Who};
use crate::backtest::Job;
use crate::clock;
use crate::domain::Timestamp;
use crate::engine::backtest::Report;
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::publishing;
use crate::rules::{RuleSet, SourceFile};

use work::Work;

pub use line::Backtests;
pub(super) use line::Place;

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
    /// The version to compare with, or `live`; what really happened, unless told.
    against: Option<AgainstBody>,
    /// The beginning of the period: a span before now (`7d`), a day, or milliseconds since the epoch as text.
    since: String,
    /// The end of the period; now, unless told.
    until: Option<String>,
    /// Whether an estimate from a share of the visitors is wanted first.
    #[serde(default)]
    partial: bool,
}

/// What the rules on trial are compared with.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum AgainstBody {
    /// The number of a version.
    Version(u32),
    /// `live`: the version that is live now.
    Word(String),
}

/// A line of the answer; one of the four.
#[derive(Default, Serialize, ToSchema)]
pub struct BacktestLine {
    /// How many other runs go first, if any do; the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<usize>,
    /// An estimate of the report, from a `share` of the visitors and scaled to all of them, if it was asked for and
    /// there are enough visitors for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    partial: Option<Report>,
    /// The share of the visitors that the estimate was made from, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
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

/// Tries rules on recorded traffic. Closing the connection breaks it off, and so does another one that the same person
/// begins on this site.
///
/// # Errors
///
/// The problem: it is not allowed, the rules have mistakes, or too many backtests of this site wait already.
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
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let body: BacktestBody = room.read(&headers, body).await?;
    let partial = body.partial;
    let job = job(&room, body).await?;
    let who = match room.caller().who {
        Who::User(id, _) => Some(id),
        Who::Token(_) => None,
    };
    let place = Place::take(&app.backtests, room.site.key, who)?;
    let (lines, said) = mpsc::channel(MAX_LINES);
    let work = Work {
        room,
        job,
        partial,
        lines,
    };
    tokio::spawn(work.wait(place));
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
        Some(AgainstBody::Version(version)) => Some(compiled(files_of(room, version)?).await?),
        Some(AgainstBody::Word(word)) if word == "live" => Some(room.site.live_rules()),
        Some(AgainstBody::Word(_)) => {
            let detail = "`against` is the number of a version, or `live`";
            return Err(Problem::new(Kind::BadParameter, detail));
        }
        None => None,
    };
    // Every core, and last in line for each: those who visit the site go first.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let candidate = compiled(candidate).await?;
    Ok(Job {
        site: room.site.name.to_string(),
        zone: candidate.calendar.zone().clone(),
        candidate,
        against,
        since,
        until,
        threads: cores,
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
