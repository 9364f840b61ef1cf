//! The agents' list as it changes: a window of it as a stream of events, and the site in figures.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::clock::{self, Stopwatch};
use crate::live::{Angle, Count, EventId, Hot, Lease, MAX_ROWS, Update, Watching, Window};

use super::figures::{Now, now_of};
use super::problem::{Kind, Problem};
use super::row::{VisitorRow, render};
use super::wanted::{group, list_params};
use super::{App, guard};

/// An open stream says something at least this often, so that proxies keep it and dead peers are noticed.
const PING_EVERY: Duration = Duration::from_secs(15);
/// Figures are told at most this often.
const FIGURES_EVERY: Duration = Duration::from_secs(1);
/// A stream ends after this long. Who comes back shows again that they may look, and goes on from there.
const LONGEST: Duration = Duration::from_secs(600);
/// How many rows a window has unless told.
const ROWS: usize = 60;

list_params! {
    /// What narrows and orders the list, and which part of it is looked at.
    StreamParams {
        /// The place of the first row, from 0.
        from: Option<usize>,
        /// Rows, 1 to 200; 60 unless told.
        rows: Option<usize>,
        /// `page_type`, `country`, `channel`, `device`, `presence`, `stage` or `none`.
        group: Option<String>,
    }
}

/// A group of the list.
#[derive(Serialize, ToSchema)]
pub struct GroupCount {
    /// What it is called; `null` for those who have no such thing.
    pub name: Option<String>,
    /// How many visitors of the list it has.
    pub n: usize,
}

/// How many visitors the groups have.
#[derive(Serialize, ToSchema)]
pub struct GroupCounts {
    /// The groups, in the order in which they stand in the list; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_group: Vec<GroupCount>,
}

/// A visitor who has reached the highest stage of a score.
#[derive(Serialize, ToSchema)]
pub struct HotVisitor {
    /// The public id.
    pub id: String,
    /// Which score.
    pub score: String,
    /// The stage.
    pub stage: String,
    /// As in the list.
    #[schema(value_type = VisitorRow)]
    pub row: Arc<RawValue>,
}

/// What a `snapshot` or a `change` says.
#[derive(Serialize, ToSchema)]
pub struct WindowEvent {
    /// Counts the changes of the list on this node.
    pub offset: u64,
    /// How many visitors pass the filter.
    pub total: usize,
    /// The place of the first row, from 0.
    pub from: usize,
    /// Who is in the window, in order, by public id.
    pub order: Vec<String>,
    /// `snapshot`: every row of the window. `change`: those that are new in it or have changed.
    #[schema(value_type = Vec<VisitorRow>)]
    pub rows: Vec<Arc<RawValue>>,
    /// How many visitors the groups have.
    pub counts: GroupCounts,
    /// Who has reached the highest stage of a score since the event before, whether in the window or not.
    pub hot: Vec<HotVisitor>,
    /// The site in figures; at most once a second, when they have changed.
    #[schema(value_type = Option<Now>)]
    pub figures: Option<Box<RawValue>>,
}

/// A window of the list, and what changes in it.
///
/// # Errors
///
/// The problem, when the token does not fit, a parameter is out of its bounds, or too many look.
#[utoipa::path(get, path = "/v1/sites/{site}/visitors/stream", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), StreamParams),
    responses(
        (status = 200, description = "Server-sent events: `snapshot` and `change` with a window event, `ping`", body = WindowEvent, content_type = "text/event-stream"),
        (status = 503, description = "Too many look already", body = super::problem::ProblemBody),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn stream(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<StreamParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let rows = params.rows.unwrap_or(ROWS);
    if !(1..=MAX_ROWS).contains(&rows) {
        let detail = format!("`rows` is 1 to {MAX_ROWS}");
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    let wanted = params.wanted();
    let sort = wanted.order(&site)?;
    let window = Window {
        descending: sort.descending,
        from: params.from.unwrap_or(0),
        rows,
    };
    let angle = Angle {
        filter: wanted.filter(&site)?,
        sort: sort.by,
        group: group(params.group.as_deref())?,
    };
    let after = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse::<EventId>().ok());
    let store = &app.pipeline.store;
    let lease = app.pipeline.boards.of(&site, store, render).await;
    // Where nobody has looked like this before, everybody is put in order.
    let board = Arc::clone(lease.board());
    let watch = move || board.watch(&angle, window, after, clock::now());
    let watching = tokio::task::spawn_blocking(watch).await;
    let watching = watching.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    let watching = watching.ok_or_else(|| {
        let detail = "too many watch this site in too many ways; try again, or ask for the list";
        Problem::new(Kind::Unavailable, detail).retry_after(5)
    })?;
    let watcher = Watcher {
        draining: app.draining.clone(),
        app,
        lease,
        watching,
        since: Stopwatch::start(),
        figures: None,
    };
    let ping = KeepAlive::new()
        .interval(PING_EVERY)
        .event(Event::default().event("ping").data("{}"));
    let events = Sse::new(watcher.events()).keep_alive(ping);
    let mut response = events.into_response();
    let headers = response.headers_mut();
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Somebody who looks at a window.
struct Watcher {
    app: Arc<App>,
    lease: Lease,
    watching: Watching,
    draining: watch::Receiver<bool>,
    since: Stopwatch,
    /// The figures that were told last, and when.
    figures: Option<(String, Stopwatch)>,
}

impl Watcher {
    /// What changes, for as long as somebody takes it. Nothing is made before the one before was taken.
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watcher| async move {
            let event = watcher.next().await?;
            Some((Ok(event), watcher))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            let left = LONGEST.saturating_sub(self.since.elapsed());
            let update = tokio::select! {
                update = self.watching.next() => update?,
                () = tokio::time::sleep(left) => return None,
                _ = self.draining.wait_for(|draining| *draining) => return None,
            };
            let figures = self.new_figures();
            if !update.is_old || figures.is_some() {
                return Some(event(update, figures));
            }
        }
    }

    /// The figures, if they are others than those that were told last.
    fn new_figures(&mut self) -> Option<Box<RawValue>> {
        let told = self.figures.as_ref();
        if told.is_some_and(|(_, at)| at.elapsed() < FIGURES_EVERY) {
            return None;
        }
        let now = now_of(&self.app, self.lease.board());
        let text = serde_json::to_string(&now).expect("figures serialize into memory");
        let differ = told.is_none_or(|(told, _)| *told != text);
        self.figures = Some((text.clone(), Stopwatch::start()));
        differ.then(|| RawValue::from_string(text).expect("what was serialized just now is JSON"))
    }
}

fn event(update: Update, figures: Option<Box<RawValue>>) -> Event {
    let group = |count: Count| GroupCount {
        name: count.name,
        n: count.visitors,
    };
    let groups = update.counts.into_iter().map(group);
    let hot = |(hot, row): (Hot, Arc<RawValue>)| HotVisitor {
        id: hot.visitor.to_string(),
        score: hot.score.to_string(),
        stage: hot.stage.to_string(),
        row,
    };
    let said = WindowEvent {
        offset: update.offset,
        total: update.total,
        from: update.from,
        order: update.order.iter().map(ToString::to_string).collect(),
        rows: update.rows,
        counts: GroupCounts {
            by_group: groups.collect(),
        },
        hot: update.hot.into_iter().map(hot).collect(),
        figures,
    };
    let data = serde_json::to_string(&said).expect("a window serializes into memory");
    Event::default()
        .event(if update.whole { "snapshot" } else { "change" })
        .id(update.id.to_string())
        .data(data)
}

/// The site in figures.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/now", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "Who is here now, in figures", body = Now),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn now(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Now>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let store = &app.pipeline.store;
    let lease = app.pipeline.boards.of(&site, store, render).await;
    let figures = tokio::task::spawn_blocking(move || {
        lease.board().catch_up(clock::now());
        now_of(&app, lease.board())
    });
    let figures = figures.await;
    figures
        .map(Json)
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))
}
