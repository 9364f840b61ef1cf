//! `POST /v1/collect` and `POST /v1/invitation`: what trackers and widgets say and ask.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::{self, Stopwatch};
use crate::domain::{Event, EventKind, PageId, Reject, Timestamp, VisitorId};
use crate::engine::Taken;
use crate::enrich::BotVerdict;
use crate::live;
use crate::pipeline::{Client, Collected};
use crate::site::Site;

use super::answer::{AskAnswer, CollectAnswer, InvitationAnswer, PING_AFTER_MS, Rejected};
use super::door::Arrived;
use super::envelope::{self, Envelope, Read, visitor_key};
use super::event::Wishes;
use super::finish::Finish;
use super::identity::Proofs;
use super::problem::Problem;
use super::ticket::Ticket;
use super::{App, context, guard, known, peer};

/// What a widget asks with.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Ask {
    /// The site's public key.
    pub site: String,
    /// The browser's secret: 16 random bytes in base64url.
    pub key: String,
    /// The sender's clock when it sent, in milliseconds since the epoch; corrects `at` of `known`.
    pub sent: Option<f64>,
    /// The last `invitation` event that this browser sent, as JSON in a text, in case the service has lost it.
    #[schema(value_type = Option<String>)]
    pub known: Option<Box<RawValue>>,
}

/// Takes a batch of events.
#[utoipa::path(post, path = "/v1/collect", tag = "tracker",
    request_body(content = super::openapi::CollectBody, content_type = "text/plain",
        description = "JSON, at most 64 KiB and 50 events. Sent as text/plain so that browsers need no preflight."),
    responses(
        (status = 202, description = "Each event has an outcome; what was accepted is on disk", body = CollectAnswer),
        (status = "4XX", description = "The request as a whole was refused", body = super::problem::ProblemBody),
        (status = 503, description = "Nothing was kept; try again with the same event ids", body = super::problem::ProblemBody)))]
pub async fn collect(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let answer = collected(&app, parts, body).await;
    if let Err(problem) = &answer {
        let (sites, why) = (&app.pipeline.sites, (problem.kind, &*problem.detail));
        let origin = origin.as_ref().and_then(|origin| origin.to_str().ok());
        app.door.refuse_unread(sites, origin, why, clock::now());
    }
    respond(
        &app,
        answer.map(|answer| json(StatusCode::ACCEPTED, &answer)),
        origin,
    )
}

/// Says which invitation the browser may show now. Asking changes nothing, unless `known` is news.
#[utoipa::path(post, path = "/v1/invitation", tag = "tracker",
    request_body(content = Ask, content_type = "text/plain"),
    responses(
        (status = 200, description = "The open invitation until it is shown, answered or expired", body = AskAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn ask(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let answer = asked(&app, &parts, body).await;
    respond(
        &app,
        answer.map(|answer| json(StatusCode::OK, &answer)),
        origin,
    )
}

/// Answers a browser's preflight for JSON bodies; trackers send plain text and need none.
pub async fn preflight(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let allow = response.headers_mut();
    allow.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    allow.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    allow.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("7200"),
    );
    guard::share(response, headers.get(header::ORIGIN).cloned())
}

fn respond(app: &App, answer: Result<Response, Problem>, origin: Option<HeaderValue>) -> Response {
    let response = answer.unwrap_or_else(|problem| {
        app.pipeline.metrics.count_refusal(problem.kind.word());
        problem.for_the_public().into_response()
    });
    guard::share(response, origin)
}

fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let body = serde_json::to_vec(answer).expect("an answer serializes into memory");
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

async fn asked(app: &App, parts: &Parts, body: Body) -> Result<AskAnswer, Problem> {
    let now = clock::now();
    let address = guard::client_address(app, peer(parts), &parts.headers);
    app.limits.address(address)?;
    let body = guard::read_body(app, &parts.headers, body).await?;
    let ask: Ask = envelope::parse_body(&body)?;
    let site = guard::site_for(app, &ask.site, &parts.headers)?;
    app.limits.site(site.key)?;
    let visitor = VisitorId::derive(&app.secret, site.key, visitor_key(&ask.key)?);
    app.limits.visitor(visitor)?;
    if let Some(known) = known::read(ask.known.as_deref(), ask.sent, now) {
        let client = Client {
            address,
            user_agent: user_agent(parts),
            webdriver: false,
        };
        let learned = app.pipeline.learn(site, visitor, &client, known, now);
        learned.await?;
    }
    let invitation = app.pipeline.invitation(site.key, visitor, now).await?;
    let mut invitation = invitation.as_ref().map(InvitationAnswer::from);
    context::add(app, site, visitor, &mut invitation, now).await;
    Ok(AskAnswer { invitation })
}

async fn collected(app: &Arc<App>, parts: Parts, body: Body) -> Result<CollectAnswer, Problem> {
    let now = clock::now();
    let address = guard::client_address(app, peer(&parts), &parts.headers);
    app.limits.address(address)?;
    let body = guard::read_body(app, &parts.headers, body).await?;
    let shared = Arc::clone(app);
    let watch = Stopwatch::start();
    let taken = Finish::new(async move { take(&shared, &parts, address, &body, now).await }).await;
    app.pipeline.metrics.observe_collect(watch.elapsed());
    taken
}

async fn take(
    app: &App,
    parts: &Parts,
    address: IpAddr,
    body: &[u8],
    now: Timestamp,
) -> Result<CollectAnswer, Problem> {
    let envelope = envelope::parse(body)?;
    let site = guard::site_for(app, &envelope.site, &parts.headers)?;
    app.limits.site(site.key)?;
    let visitor = VisitorId::derive(&app.secret, site.key, visitor_key(&envelope.key)?);
    app.limits.visitor(visitor)?;
    let user_agent = user_agent(parts);
    if let Some(reason) = unwelcome(app, site, &envelope, parts, user_agent) {
        let opted_out = reason == Reject::OptedOut;
        let detail = if opted_out { "Sec-GPC: 1" } else { user_agent };
        app.door.refuse_event(site.key, reason, detail, now);
        return Ok(refuse_all(app, &envelope, reason));
    }
    let wishes = Wishes {
        keep_query: &site.keep_query,
        identity: Proofs {
            site: &site.name,
            secrets: &site.identity.secrets,
            keys: &site.identity.keys,
            audience_required: site.identity.audience_required,
        },
    };
    let mut read = envelope.read(wishes, &app.interner, now);
    let mut events = std::mem::take(&mut read.events);
    let (page, url) = (last_page(&events), last_url(&events));
    // Last, so that a visit has begun and nothing is news that an event of this request tells.
    events.extend(known::read(envelope.known, envelope.sent, now));
    let client = Client {
        address,
        user_agent,
        webdriver: envelope.webdriver,
    };
    let done = app
        .pipeline
        .collect(site, visitor, &client, read.landing.as_ref(), events, now)
        .await?;
    note_at_door(app, site, &client, url, &read, &done, now);
    let mut answer = answer(app, site, visitor, page, &read, &done, now);
    context::add(app, site, visitor, &mut answer.invitation, now).await;
    Ok(answer)
}

/// Why none of a sender's events are taken: it is a program, or its person refuses tracking.
fn unwelcome(
    app: &App,
    site: &Site,
    envelope: &Envelope<'_>,
    parts: &Parts,
    user_agent: &str,
) -> Option<Reject> {
    let verdict = app.pipeline.enricher.agent(user_agent).verdict;
    let automation = envelope.webdriver || verdict == BotVerdict::Automation;
    if verdict == BotVerdict::Crawler || (automation && !site.allow_automation) {
        app.pipeline.metrics.count_bot();
        return Some(Reject::Bot);
    }
    let refuses = site.honour_gpc
        && parts
            .headers
            .get("sec-gpc")
            .is_some_and(|value| value == "1");
    refuses.then_some(Reject::OptedOut)
}

fn refuse_all(app: &App, envelope: &Envelope<'_>, reason: Reject) -> CollectAnswer {
    let count = envelope.events.len();
    (0..count).for_each(|_| app.pipeline.metrics.count_event(Taken::Rejected(reason)));
    let rejected = |index| Rejected {
        index,
        reason: reason.as_str(),
        detail: String::new(),
    };
    CollectAnswer {
        visitor: String::new(),
        session: None,
        accepted: 0,
        duplicates: 0,
        rejected: (0..count).map(rejected).collect(),
        invitation: None,
        stream: None,
        ping_after_ms: PING_AFTER_MS,
    }
}

fn user_agent(parts: &Parts) -> &str {
    let agent = parts.headers.get(header::USER_AGENT);
    agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default()
}

/// Notes what has come of a request, for whoever sets the site up.
fn note_at_door(
    app: &App,
    site: &Arc<Site>,
    client: &Client<'_>,
    url: Option<Arc<str>>,
    read: &Read,
    done: &Collected,
    now: Timestamp,
) {
    if let Some((_, refused)) = read.refused.first() {
        let (reason, detail) = (refused.reason, &*refused.detail);
        app.door.refuse_event(site.key, reason, detail, now);
    }
    let refused = done.taken.iter().find_map(|taken| match taken {
        Taken::Rejected(reason) => Some(*reason),
        Taken::Accepted | Taken::Duplicate => None,
    });
    if let Some(reason) = refused {
        app.door.refuse_event(site.key, reason, "", now);
    }
    if !done.taken.contains(&Taken::Accepted) {
        return;
    }
    let enricher = &app.pipeline.enricher;
    let arrived = || {
        let (agent, place) = (
            enricher.agent(client.user_agent),
            enricher.place(client.address),
        );
        Arrived {
            at: now.0,
            browser: agent.browser.as_deref().map(str::to_owned),
            os: agent.os.as_deref().map(str::to_owned),
            country: place.country.map(|country| country.to_string()),
            city: place.city.as_deref().map(str::to_owned),
            page: url.map(|url| live::path(&url).to_owned()),
        }
    };
    if let Some(first) = app.door.arrive(site.key, now, arrived) {
        let (door, store) = (Arc::clone(&app.door), Arc::clone(&app.pipeline.store));
        let site = Arc::clone(site);
        tokio::spawn(async move { door.settle_first(&store, &site, first).await });
    }
}

/// The address of the last page that was opened.
fn last_url(events: &[Event]) -> Option<Arc<str>> {
    let url = |event: &Event| {
        if let EventKind::PageView(view) = &event.kind {
            Some(Arc::clone(&view.url))
        } else {
            None
        }
    };
    events.iter().rev().find_map(url)
}

fn last_page(events: &[Event]) -> Option<PageId> {
    events.iter().rev().find_map(|event| event.page)
}

fn answer(
    app: &App,
    site: &Site,
    visitor: VisitorId,
    page: Option<PageId>,
    read: &Read,
    done: &Collected,
    now: Timestamp,
) -> CollectAnswer {
    // What the browser remembers is none of its events.
    let told = done.taken.iter().take(read.indices.len());
    let count = |wanted: Taken| told.clone().filter(|taken| **taken == wanted).count();
    // Who has no session, because it is over or tracking was refused, has nothing to listen for.
    let ticket = page.filter(|_| done.session.is_some()).map(|page| {
        app.tickets.issue(
            Ticket {
                visitor,
                site: site.key,
                page,
            },
            now,
        )
    });
    CollectAnswer {
        visitor: visitor.to_string(),
        session: done.session.map(|session| session.to_string()),
        accepted: count(Taken::Accepted),
        duplicates: count(Taken::Duplicate),
        rejected: rejected(app, read, done),
        invitation: done.invitation.as_ref().map(InvitationAnswer::from),
        stream: ticket.map(|ticket| format!("/v1/stream/{ticket}")),
        ping_after_ms: PING_AFTER_MS,
    }
}

/// Counts every event once and lists the refused ones in the order of the request.
fn rejected(app: &App, read: &Read, done: &Collected) -> Vec<Rejected> {
    let metrics = &app.pipeline.metrics;
    let mut list: Vec<Rejected> = Vec::new();
    for (index, refused) in &read.refused {
        metrics.count_event(Taken::Rejected(refused.reason));
        list.push(Rejected {
            index: *index,
            reason: refused.reason.as_str(),
            detail: refused.detail.clone(),
        });
    }
    for (index, taken) in read.indices.iter().zip(&done.taken) {
        metrics.count_event(*taken);
        if let Taken::Rejected(reason) = taken {
            list.push(Rejected {
                index: *index,
                reason: reason.as_str(),
                detail: String::new(),
            });
        }
    }
    list.sort_unstable_by_key(|rejected| rejected.index);
    list
}
