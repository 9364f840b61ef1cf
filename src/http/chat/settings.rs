//! The departments of a site: when they are open, and what they offer beside a chat.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::chat::book::{self, BookError};
use crate::chat::{ChatSettings, DepartmentSettings, Settings};
use crate::clock;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::{App, envelope, guard};

/// The largest settings, in bytes.
const MAX_SETTINGS: usize = 256 * 1_024;

/// The chat settings in force.
#[derive(Serialize, ToSchema)]
pub struct ChatSettingsAnswer {
    /// How often they were changed; 0 before the first change.
    revision: u64,
    /// The departments.
    departments: Vec<DepartmentSettings>,
}

type Answer = ([(HeaderName, HeaderValue); 1], Json<ChatSettingsAnswer>);

fn answer(settings: &Settings) -> Answer {
    let tag = format!("\"{}\"", settings.revision);
    let tag = HeaderValue::from_str(&tag).expect("digits in quotes make a header");
    let body = ChatSettingsAnswer {
        revision: settings.revision,
        departments: settings.written.departments.clone(),
    };
    ([(header::ETAG, tag)], Json(body))
}

/// The chat settings.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/chat", tag = "chat", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "The settings in force; `ETag` has their revision", body = ChatSettingsAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn read(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let (store, desk) = (&app.pipeline.store, &app.pipeline.desk);
    // Another node may have changed them a moment ago.
    book::follow(store, desk, &site.name).await?;
    Ok(answer(&desk.settings(site.key)))
}

/// Changes the chat settings as a whole: they hold at once here, and within seconds on every other node.
///
/// # Errors
///
/// The problem: they have been changed since, or something in them cannot be used.
#[utoipa::path(put, path = "/v1/sites/{site}/chat", tag = "chat", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("if-match" = String, Header, description = "The `ETag` of the settings that are changed")),
    request_body = ChatSettings,
    responses(
        (status = 200, description = "The settings in force since now", body = ChatSettingsAnswer),
        (status = 412, description = "They have been changed since", body = ProblemBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn change(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SetUpSite).await?;
    let site = Arc::clone(&caller.site);
    let expected = expected(&headers)?;
    let body = guard::read_body_up_to(&app, &headers, body, MAX_SETTINGS).await?;
    let written: ChatSettings = envelope::parse_body(&body)?;
    let (store, desk) = (&app.pipeline.store, &app.pipeline.desk);
    let before = as_json(&desk.settings(site.key));
    let settings = book::change(store, desk, &site.name, expected, written).await?;
    app.audit(
        &caller,
        "chat.change",
        Some(before),
        Some(as_json(&settings)),
    )
    .await;
    // Who waits for an opening, or was promised what is closed by now, is looked at at once.
    let (woken, now) = (Arc::clone(&app), clock::now());
    tokio::task::spawn_blocking(move || woken.pipeline.wake_attentive(site.key, now));
    Ok(answer(&settings))
}

fn as_json(settings: &Settings) -> serde_json::Value {
    serde_json::to_value(&settings.written).unwrap_or_default()
}

/// The revision that the sender has seen.
fn expected(headers: &HeaderMap) -> Result<u64, Problem> {
    let stated = headers.get(header::IF_MATCH);
    let stated = stated.and_then(|stated| stated.to_str().ok());
    let digits = stated.map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            let detail = "send `If-Match` with the `ETag` of the settings that you have read";
            Problem::new(Kind::BadParameter, detail)
        })
}

impl From<BookError> for Problem {
    fn from(why: BookError) -> Self {
        let told = why.to_string();
        match why {
            BookError::Store(why) => why.into(),
            BookError::Changed(_) => Self::new(Kind::Changed, told),
            BookError::Refused(_) => Self::new(Kind::BadParameter, told),
            BookError::Contended => Self::new(Kind::Unavailable, told).retry_after(1),
        }
    }
}
