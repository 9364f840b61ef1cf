//! A version that is tried without acting: start it, see what it would have done, stop it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::domain::ReleaseKind;
use crate::http::App;
use crate::http::problem::{Problem, ProblemBody};
use crate::shadow::Comparison;

use super::publish::StopParams;
use super::room::{Room, version_of};
use super::wire::{ShadowBody, StandBody};

/// Why a version is tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShadowStart {
    /// Why, 1 to 500 characters.
    reason: String,
    /// Who tries it, 1 to 120 characters; `unknown` unless told.
    author: Option<String>,
}

/// What the shadow has seen so far.
#[derive(Serialize, ToSchema)]
pub struct ShadowAnswer {
    /// The version that is tried; `null` when none is.
    shadow: Option<ShadowBody>,
    /// What happened and what the shadow would have done; `null` when it does not watch.
    #[schema(value_type = Option<Object>)]
    comparison: Option<Comparison>,
}

/// Tries a version beside the live one, in the place of any other that is tried.
///
/// # Errors
///
/// The problem: no version has this number, or it is live.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/{version}/shadow", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number")),
    request_body = ShadowStart,
    responses(
        (status = 200, description = "What acts, and what is tried since now", body = StandBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn start(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StandBody>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: ShadowStart = room.read(&headers, body).await?;
    let word = room.word(body.author, &body.reason)?;
    let versions = room.versions()?;
    let number = version_of(&versions, &version)?.number;
    let changed = room.change(ReleaseKind::Shadow, move |versions| {
        versions.start_shadow(number, &word)
    });
    Ok(Json((&changed.await?).into()))
}

/// What the shadow would have done, beside what happened.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/shadow", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "The comparison so far", body = ShadowAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn comparison(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<ShadowAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let shadow = StandBody::from(&room.versions()?).shadow;
    let comparison = app.pipeline.shadows.comparison(room.site.key).await;
    Ok(Json(ShadowAnswer { shadow, comparison }))
}

/// Tries no version any more.
///
/// # Errors
///
/// The problem, when none is tried.
#[utoipa::path(delete, path = "/v1/sites/{site}/rulesets/shadow", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), StopParams),
    responses(
        (status = 200, description = "What acts", body = StandBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn stop(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(params): Query<StopParams>,
    headers: HeaderMap,
) -> Result<Json<StandBody>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let word = room.word(params.author, params.reason.as_deref().unwrap_or("stopped"))?;
    let changed = room.change(ReleaseKind::StopShadow, move |versions| {
        versions.stop_shadow(&word).map(drop)
    });
    Ok(Json((&changed.await?).into()))
}
