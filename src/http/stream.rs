//! `GET /v1/stream/<ticket>`: what is decided for a visitor reaches the browser at once.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use crate::clock;
use crate::domain::InvitationId;
use crate::live::{Push, Subscription};

use super::answer::InvitationAnswer;
use super::problem::{Kind, Problem};
use super::{App, guard};

/// An open stream says something at least this often, so that proxies keep it and dead peers are noticed.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Server-sent events for one visitor: `invitation`, `revoke`, `ping`.
#[utoipa::path(get, path = "/v1/stream/{ticket}", tag = "tracker",
    params(("ticket" = String, Path, description = "From the answer to collect; valid for five minutes")),
    responses(
        (status = 200, description = "`invitation` with an invitation, `revoke` with `{\"id\"}`, `ping`", content_type = "text/event-stream"),
        (status = 403, description = "The ticket is not valid, or no longer", body = super::problem::ProblemBody),
        (status = 503, description = "Too many streams; ask instead", body = super::problem::ProblemBody)))]
pub async fn open(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Response {
    let origin = headers.get(header::ORIGIN).cloned();
    let opened = opened(&app, &ticket, &headers).await;
    let response = opened.unwrap_or_else(|problem| {
        app.pipeline.metrics.count_refusal(problem.kind.word());
        problem.for_the_public().into_response()
    });
    guard::share(response, origin)
}

async fn opened(app: &Arc<App>, ticket: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let now = clock::now();
    let ticket = app.tickets.check(ticket, now).ok_or_else(|| {
        Problem::new(
            Kind::BadTicket,
            "take the `stream` of the next answer to collect; a ticket is valid for 5 minutes",
        )
    })?;
    let site = app.pipeline.sites.get(ticket.site);
    if !site.is_some_and(|site| site.origins.allow(guard::origin(headers))) {
        return Err(Problem::new(
            Kind::OriginNotAllowed,
            "this origin may not listen for the site",
        ));
    }
    app.limits.visitor(ticket.visitor)?;
    let subscription = app
        .pipeline
        .hub
        .subscribe(ticket.visitor, ticket.page)
        .ok_or_else(|| {
            Problem::new(
                Kind::Unavailable,
                "too many streams are open; ask with /v1/invitation",
            )
            .retry_after(30)
        })?;
    let first = app
        .pipeline
        .invitation(ticket.site, ticket.visitor, now)
        .await?;
    let first = first.map(|invitation| Push::Invitation(Arc::new(invitation)));
    let ping = KeepAlive::new()
        .interval(PING_EVERY)
        .event(Event::default().event("ping").data("{}"));
    let mut response = Sse::new(messages(app.draining.clone(), first, subscription))
        .keep_alive(ping)
        .into_response();
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// First what is open now, then whatever comes, until the service drains.
fn messages(
    draining: watch::Receiver<bool>,
    first: Option<Push>,
    subscription: Subscription,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let hello = stream::iter([Event::default().event("ping").data("{}")]);
    let first = stream::iter(first.map(|push| event(&push)));
    let later = stream::unfold(
        (subscription, draining),
        |(mut subscription, mut draining)| async move {
            let push = tokio::select! {
                push = subscription.messages.recv() => push,
                _ = draining.wait_for(|draining| *draining) => None,
            };
            push.map(|push| (event(&push), (subscription, draining)))
        },
    );
    hello.chain(first).chain(later).map(Ok)
}

fn event(push: &Push) -> Event {
    match push {
        Push::Invitation(invitation) => {
            let answer = InvitationAnswer::from(&**invitation);
            let data =
                serde_json::to_string(&answer).expect("an invitation serializes into memory");
            Event::default().event("invitation").data(data)
        }
        Push::Revoke(id) => Event::default().event("revoke").data(revocation(*id)),
    }
}

fn revocation(id: InvitationId) -> String {
    serde_json::json!({ "id": id.to_string() }).to_string()
}
