//! For operators: is it alive, is it ready, what does it count.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::metrics::Readings;
use crate::store::StoreError;

use super::App;
use super::problem::Problem;

/// Reads the store's own figures; the rest the service knows itself.
pub type Reader = Box<dyn Fn() -> Readings + Send + Sync>;

/// The process is alive. Says nothing about the disk: restarting would not mend it.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "Alive")))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The service takes events.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "`ready`, or `degraded: ` and which part is out of order"),
    (status = 503, description = "Not ready, and why", body = super::problem::ProblemBody)))]
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    if *app.draining.borrow() {
        return Problem::from(StoreError::Closing).into_response();
    }
    let store = &app.pipeline.store;
    match (store.health(), store.degraded()) {
        (Ok(()), None) => (StatusCode::OK, "ready\n").into_response(),
        (Ok(()), Some(part)) => (StatusCode::OK, format!("degraded: {part}\n")).into_response(),
        (Err(StoreError::Unavailable(_)), Some(part)) => {
            Problem::from(StoreError::Unavailable(part)).into_response()
        }
        (Err(why), _) => Problem::from(why).into_response(),
    }
}

/// Counters in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text")))]
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let pipeline = &app.pipeline;
    let (webhooks_queued, webhooks_resting) = pipeline.webhooks.in_memory();
    let readings = Readings {
        streams: pipeline.hub.open(),
        timers: pipeline.timers.len(),
        shadow_dropped: pipeline.shadows.dropped(),
        webhooks: pipeline.webhooks.outcomes(),
        webhooks_queued,
        webhooks_resting,
        outbox_dropped: pipeline.store.parcels_dropped(),
        writable: pipeline.store.health().is_ok(),
        ..(app.reader)()
    };
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    (
        [(header::CONTENT_TYPE, kind)],
        pipeline.metrics.text(&readings),
    )
        .into_response()
}
