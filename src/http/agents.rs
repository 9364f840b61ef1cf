//! The agents' side: who is here now, one visitor in full, and who can answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::chat::{AgentStatus, Availability, SayError};
use crate::clock;
use crate::domain::{Channel, ChatState, CountryCode, Device, Key, Millis, Presence, VisitorId};
use crate::live::{self, Filter, Query, Sort, SortBy};
use crate::site::Site;

use super::problem::{Kind, Problem};
use super::view::{VisitorDetail, VisitorRow, detail, row};
use super::{App, guard};

/// The most rows in one answer.
const MAX_ROWS: usize = 200;
/// The most records of a timeline in one answer.
const MAX_TIMELINE: usize = 500;

/// What narrows and orders the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// `active`, `idle` or `left`.
    presence: Option<String>,
    /// The current page's type, such as `pricing`.
    page_type: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// The source's channel, such as `organic_search`.
    channel: Option<String>,
    /// Some score is in the stage of this name, such as `hot`.
    stage: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `tv` or `other`.
    device: Option<String>,
    /// `none`, `queued`, `chatting` or `ended`.
    chat: Option<String>,
    /// Whether the visitor has been here before.
    returning: Option<bool>,
    /// Text in id, user id, URL, title, country or city.
    q: Option<String>,
    /// `score.<name>`, `last_seen`, `started` or `page_views`; a leading `-` puts the greatest first.
    sort: Option<String>,
    /// Rows, 1 to 200; 50 unless told.
    limit: Option<usize>,
    /// `next` of the answer before.
    cursor: Option<String>,
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
    app.pipeline.store.attend(site.key).await?;
    // A list of everybody takes milliseconds, so it runs beside the requests, not among them.
    let list = tokio::task::spawn_blocking(move || {
        let (rules, now) = (site.live_rules(), clock::now());
        let page = live::list(&*app.pipeline.store, &rules, &query, now);
        page.map(|page| ListAnswer {
            visitors: page
                .rows
                .iter()
                .map(|found| row(&rules, found, now))
                .collect(),
            total: page.total,
            next: page.next,
        })
    });
    let page = list
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    page.map(Json)
        .map_err(|why| Problem::new(Kind::BadParameter, why.to_string()))
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
        return Err(Problem::new(
            Kind::BadParameter,
            format!("`limit` is 1 to {MAX_ROWS}"),
        ));
    }
    Ok(Query {
        site: site.key,
        sort: sort(site, params.sort.as_deref())?,
        limit,
        cursor: params.cursor.clone(),
        filter: filter(site, params)?,
    })
}

fn filter(site: &Site, params: ListParams) -> Result<Filter, Problem> {
    let rules = site.live_rules();
    let page_types = rules.page_types.iter().map(|known| &*known.name);
    let stages = rules.scores.iter().flat_map(|score| &score.stages);
    let stages = stages.map(|stage| &*stage.name);
    if params
        .country
        .as_deref()
        .is_some_and(|code| CountryCode::new(code).is_none())
    {
        let detail = "`country` is two letters, such as SA";
        return Err(Problem::new(Kind::BadParameter, detail));
    }
    let owned = |word: Option<&str>| word.map(str::to_owned);
    Ok(Filter {
        presence: one_of(
            params.presence.as_deref(),
            "presence",
            Presence::ALL,
            Presence::as_str,
        )?,
        page_type: word(params.page_type.as_deref(), "page_type", page_types)?.map(Key::of),
        country: params.country,
        channel: owned(word(
            params.channel.as_deref(),
            "channel",
            Channel::ALL.map(Channel::as_str),
        )?),
        stage: owned(word(params.stage.as_deref(), "stage", stages)?),
        device: owned(word(
            params.device.as_deref(),
            "device",
            Device::ALL.map(Device::as_str),
        )?),
        chat: one_of(
            params.chat.as_deref(),
            "chat",
            ChatState::ALL,
            ChatState::as_str,
        )?,
        returning: params.returning,
        text: params.q.filter(|text| !text.is_empty()),
    })
}

/// The value that a parameter names, letter by letter.
fn one_of<T: Copy, const N: usize>(
    text: Option<&str>,
    name: &str,
    values: [T; N],
    as_str: fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let found = values.into_iter().find(|value| as_str(*value) == text);
    found
        .map(Some)
        .ok_or_else(|| nobody_has(name, &values.map(as_str)))
}

/// The word that a parameter means, whatever its case.
fn word<'a>(
    text: Option<&str>,
    name: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Result<Option<&'a str>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let words: Vec<&str> = words.into_iter().collect();
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found
        .copied()
        .map(Some)
        .ok_or_else(|| nobody_has(name, &words))
}

/// A word that nobody can have is refused, so that an empty list always means that nobody is there.
fn nobody_has(name: &str, words: &[&str]) -> Problem {
    let detail = format!("`{name}` is one of {}", words.join(", "));
    Problem::new(Kind::BadParameter, detail)
}

/// The order asked for; the site's first score, greatest first, unless told.
fn sort(site: &Site, text: Option<&str>) -> Result<Sort, Problem> {
    let rules = site.live_rules();
    let Some(text) = text else {
        let by = rules.scores.first().map_or(SortBy::LastSeen, |score| {
            SortBy::Score(score.name.to_string())
        });
        return Ok(Sort {
            by,
            descending: true,
        });
    };
    let (descending, name) = text
        .strip_prefix('-')
        .map_or((false, text), |name| (true, name));
    let by = match name {
        "last_seen" => SortBy::LastSeen,
        "started" => SortBy::Started,
        "page_views" => SortBy::PageViews,
        _ => {
            let score = name
                .strip_prefix("score.")
                .and_then(|name| rules.scores.iter().find(|s| *s.name == *name));
            let score = score.ok_or_else(|| {
                let known: Vec<String> = rules
                    .scores
                    .iter()
                    .map(|score| format!("score.{}", score.name))
                    .collect();
                let known = known.join(", ");
                Problem::new(
                    Kind::BadParameter,
                    format!("`sort` is {known}, last_seen, started or page_views"),
                )
            })?;
            SortBy::Score(score.name.to_string())
        }
    };
    Ok(Sort { by, descending })
}
