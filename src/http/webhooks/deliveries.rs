//! What became of a webhook's deliveries; trying it, and sending something again.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::Seq;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::{App, envelope, guard};
use crate::webhooks::Outcome;

use super::wire::{DeliveriesAnswer, DeliveryView, ReplayAnswer, TestBody, cursor, topic};
use super::{admit, bad, find};

/// The most tries in one answer.
const MAX_TRIES: usize = 200;
/// Tries in one answer unless told.
const TRIES: usize = 50;

/// What is asked of a webhook's log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesParams {
    /// `next` of the answer before.
    before: Option<String>,
    /// Tries, 1 to 200; 50 unless told.
    limit: Option<usize>,
    /// Only those that ended so: `delivered`, `failed`, `given_up` or `gone`.
    state: Option<String>,
}

/// The tries of a webhook's deliveries, the latest first; the last 1,000 are kept.
///
/// # Errors
///
/// The problem, when the caller may not, nobody has this id, or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/sites/{site}/webhooks/{id}/deliveries", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id"), DeliveriesParams),
    responses(
        (status = 200, description = "A part of the log", body = DeliveriesAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    params: Result<Query<DeliveriesParams>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<DeliveriesAnswer>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let Query(params) = params.map_err(|why| bad(why.body_text()))?;
    let limit = params.limit.unwrap_or(TRIES);
    if !(1..=MAX_TRIES).contains(&limit) {
        return Err(bad(format!("`limit` is 1 to {MAX_TRIES}")));
    }
    let number = |text: &str| text.parse().map(Seq).ok();
    let before = match params.before.as_deref() {
        Some(text) => Some(number(text).ok_or_else(|| bad("`before` is `next`".to_owned()))?),
        None => None,
    };
    let outcome = match params.state.as_deref() {
        Some(word) => Some(
            Outcome::named(word)
                .ok_or_else(|| bad("`state` is delivered, failed, given_up or gone".to_owned()))?,
        ),
        None => None,
    };
    let webhooks = Arc::clone(&app.pipeline.webhooks);
    let endpoint = find(&webhooks, &caller, &id)?;
    let site = caller.site.key;
    let read = move || webhooks.tries(site, &endpoint.id, before, limit, outcome);
    let read = tokio::task::spawn_blocking(read).await;
    let tries = read.map_err(|why| Problem::new(Kind::Internal, why.to_string()))??;
    let last = tries.last().map(|(place, _)| cursor(*place));
    let next = last.filter(|_| tries.len() == limit);
    let deliveries = tries.into_iter().map(|(_, tried)| DeliveryView::of(tried));
    Ok(Json(DeliveriesAnswer {
        deliveries: deliveries.collect(),
        next,
    }))
}

/// Sends a made-up event to a webhook, once and at once; the answer says what became of it.
///
/// # Errors
///
/// The problem, when the caller may not, nobody has this id, or there is no such event type.
#[utoipa::path(post, path = "/v1/sites/{site}/webhooks/{id}/test", tag = "webhooks", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id")),
    request_body = TestBody,
    responses(
        (status = 200, description = "What became of it", body = DeliveryView),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn test(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DeliveryView>, Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: TestBody = envelope::parse_body(&body)?;
    let topic = topic(&body.event).map_err(bad)?;
    let webhooks = Arc::clone(&app.pipeline.webhooks);
    let tried = webhooks.test(caller.site.key, &id, topic).await?;
    Ok(Json(DeliveryView::of(tried)))
}

/// Sends a message again, as a new delivery under its old `webhook-id`.
///
/// # Errors
///
/// The problem, when the caller may not, or nobody has this id or the log does not have the delivery.
#[utoipa::path(post, path = "/v1/sites/{site}/webhooks/{id}/deliveries/{delivery}/replay", tag = "webhooks",
    security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The webhook's id"),
        ("delivery" = String, Path, description = "The delivery's id")),
    responses(
        (status = 202, description = "It is on its way", body = ReplayAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn replay(
    State(app): State<Arc<App>>,
    Path((site, id, delivery)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<ReplayAnswer>), Problem> {
    let caller = admit(&app, &site, &headers).await?;
    let webhooks = &app.pipeline.webhooks;
    let replayed = webhooks.replay(caller.site.key, &id, &delivery).await?;
    let id = replayed.ok_or_else(|| {
        let why = "the webhook's log has no such delivery, or not any more";
        Problem::new(Kind::NotFound, why)
    })?;
    Ok((StatusCode::ACCEPTED, Json(ReplayAnswer { id })))
}
