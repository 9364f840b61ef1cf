//! The agents' side: who is here now, one visitor in full, and who can answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::chat::{AgentStatus, Availability, SayError};
use crate::clock;
use crate::domain::{Key, Millis, Timestamp, VisitorId};
use crate::live::{self, Lease, Line, ListError, Listing, MAX_ROWS, Page, Query};
use crate::rules::RuleSet;
use crate::site::Site;
use crate::store::{VisitorStore, Whose};

use super::problem::{Kind, Problem};
use super::row::{VisitorRow, row};
use super::view::{VisitorDetail, detail};
use super::wanted::list_params;
use super::{App, guard};

/// The most records of a timeline in one answer.
const MAX_TIMELINE: usize = 500;

list_params! {
    /// What narrows and orders the list, and which part of it is wanted.
    ListParams {
        /// Rows, 1 to 200; 50 unless told.
        limit: Option<usize>,
        /// `next` of the answer before.
        cursor: Option<String>,
    }
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub struct ListAnswer {
    /// The rows, in order.
    pub visitors: Vec<VisitorRow>,
    /// How many visitors pass the filter in all.
    pub total: usize,
    /// Ask with this as `cursor` for the next part; `null` when this is the last.
    pub next: Option<String>,
}

/// An agent's word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityBody {
    /// `online`, `away` or `offline`.
    status: Status,
    /// Chats going on.
    #[serde(default)]
    chats: u16,
    /// Chats the agent can have at once, at most 100.
    max_chats: u16,
    /// How long this word holds, in seconds, at most 3,600. Say it again before.
    ttl_s: u64,
    /// The departments the agent answers for, at most 16.
    #[serde(default)]
    departments: Vec<String>,
    /// The languages the agent answers in, as tags such as `ar`, at most 16; any unless told.
    #[serde(default)]
    languages: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Online,
    Away,
    Offline,
}

/// What the site can promise by now.
#[derive(Serialize, ToSchema)]
pub struct AvailabilityAnswer {
    /// Agents online.
    agents_online: u16,
    /// Chats they can still take, less those that open invitations have promised.
    free_slots: u16,
}

/// Who is here now.
///
/// # Errors
///
/// The problem, when the token does not fit or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/sites/{site}/visitors", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), ListParams),
    responses(
        (status = 200, description = "The visitors with a session, sorted; crawlers are not among them", body = ListAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn visitors(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<ListParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<ListAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let query = query(&site, params)?;
    let bad = |why: ListError| Problem::new(Kind::BadParameter, why.to_string());
    let rules = site.live_rules();
    let listing = Listing::new(&query, &rules).map_err(bad)?;
    let board = app.pipeline.boards.known(site.key);
    if board.is_none() {
        app.pipeline.store.attend(site.key).await?;
    }
    // A list of everybody takes milliseconds, so it runs beside the requests, not among them.
    let list = tokio::task::spawn_blocking(move || {
        let (store, now) = (&*app.pipeline.store, clock::now());
        let page = listed(store, site.key, &rules, board.as_ref(), listing, now);
        let states = page.visitors.iter().filter_map(|id| store.live(*id));
        let here = states.filter(|state| state.session.is_some());
        let rows = here.map(|state| row(&rules, &live::row(&rules, state, now), now));
        ListAnswer {
            visitors: rows.collect(),
            total: page.total,
            next: page.next,
        }
    });
    let answer = list.await;
    answer
        .map(Json)
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))
}

/// The part of the list that is asked for: from the site's board, if somebody watches it, else from a look at everybody.
fn listed(
    store: &dyn VisitorStore,
    site: Key,
    rules: &RuleSet,
    board: Option<&Lease>,
    mut listing: Listing,
    now: Timestamp,
) -> Page {
    let board = board.map(Lease::board);
    if let Some(board) = board {
        board.catch_up(now);
    }
    match board.filter(|board| board.rules().hash == rules.hash) {
        Some(board) => board.list(&mut listing),
        None => store.for_each_live(Whose::Everybody, &mut |state| {
            let line = (state.site == site).then(|| Line::of(rules, state, now));
            if let Some(line) = line.flatten() {
                listing.look(&line);
            }
        }),
    }
    listing.page()
}

/// One visitor: profile, scores with their ledger, invitations and timeline.
///
/// # Errors
///
/// The problem, when the token does not fit or nobody has this id.
#[utoipa::path(get, path = "/v1/sites/{site}/visitors/{id}", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    responses(
        (status = 200, description = "Everything known about the visitor", body = VisitorDetail),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn visitor(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<VisitorDetail>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let nobody = || {
        Problem::new(
            Kind::NotFound,
            "no visitor of this site has this id, or not any more",
        )
    };
    let id: VisitorId = id.parse().map_err(|_| nobody())?;
    let state = app.pipeline.store.get(site.key, id).await?;
    let state = state.ok_or_else(nobody)?;
    let found = tokio::task::spawn_blocking(move || -> Result<VisitorDetail, Problem> {
        let (rules, now) = (site.rules_for(id), clock::now());
        let records = app.pipeline.store.records(site.key, id, MAX_TIMELINE)?;
        let found = live::row(&rules, state, now);
        Ok(detail(&rules, &found, &records, now))
    });
    let found = found
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    found.map(Json)
}

/// Takes an agent's word on who can answer.
///
/// # Errors
///
/// The problem, when the token does not fit or the word is out of its bounds.
#[utoipa::path(put, path = "/v1/sites/{site}/agents/{agent}", tag = "chat", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("agent" = String, Path, description = "The agent's id in the chat layer")),
    request_body = AvailabilityBody,
    responses(
        (status = 200, description = "What the site can promise by now", body = AvailabilityAnswer),
        (status = 503, description = "Other nodes cannot be told; say it again", body = super::problem::ProblemBody),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn availability(
    State(app): State<Arc<App>>,
    Path((site, agent)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SpeakForChat).await?;
    let site = &caller.site;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: AvailabilityBody = super::envelope::parse_body(&body)?;
    let now = clock::now();
    let word = Availability {
        status: match body.status {
            Status::Online => AgentStatus::Online,
            Status::Away => AgentStatus::Away,
            Status::Offline => AgentStatus::Offline,
        },
        chats: body.chats,
        max_chats: body.max_chats,
        lease: Millis::from_secs(body.ttl_s.min(u64::from(u32::MAX))),
        departments: body.departments,
        languages: (body.languages.iter())
            .map(|tag| tag.to_ascii_lowercase())
            .collect(),
    };
    let said = app.pipeline.desk.say(site.key, &agent, word, now).await;
    let opened = said.map_err(|why| match why {
        SayError::Word(why) => Problem::new(Kind::BadParameter, why.to_string()),
        SayError::Store(why) => why.into(),
    })?;
    if opened {
        let (woken, site) = (Arc::clone(&app), site.key);
        tokio::task::spawn_blocking(move || woken.pipeline.wake_attentive(site, now));
    }
    let site_now = app.pipeline.desk.now(site.key, now);
    let answer = AvailabilityAnswer {
        agents_online: site_now.agents_online,
        free_slots: site_now.free_slots,
    };
    Ok((StatusCode::OK, Json(answer)).into_response())
}

fn query(site: &Site, params: ListParams) -> Result<Query, Problem> {
    let limit = params.limit.unwrap_or(50);
    if !(1..=MAX_ROWS).contains(&limit) {
        let detail = format!("`limit` is 1 to {MAX_ROWS}");
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    let wanted = params.wanted();
    Ok(Query {
        filter: wanted.filter(site)?,
        sort: wanted.order(site)?,
        limit,
        cursor: params.cursor,
    })
}
