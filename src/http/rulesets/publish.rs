//! What acts: publish, roll out, roll back.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::domain::{ReleaseKind, ReleasePlan, Share};
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::publishing::{self, PublishError};
use crate::rules;

use super::room::{Room, version_of};
use super::schedule::{self, MomentBody};
use super::wire::StandBody;

/// How a version is published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// Why, 1 to 500 characters.
    reason: String,
    /// The version that the sender takes to be live.
    expected: u32,
    /// For how many of the visitors, such as `10%`; for all of them unless told.
    share: Option<String>,
    /// Whether to publish although a test of these rules fails.
    #[serde(default)]
    skip_tests: bool,
    /// Who publishes, 1 to 120 characters; `unknown` unless told.
    author: Option<String>,
    /// When, at most a year ahead; at once unless told.
    at: Option<MomentBody>,
    /// When what was live before comes back; it stays unless told.
    until: Option<MomentBody>,
}

/// How to go back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    /// Why, 1 to 500 characters.
    reason: String,
    /// The version to make live again; the one before the live one unless told.
    to: Option<u32>,
    /// Who rolls back, 1 to 120 characters; `unknown` unless told.
    author: Option<String>,
}

/// Who stops something and why.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StopParams {
    /// Why, 1 to 500 characters; `stopped` unless told.
    pub(super) reason: Option<String>,
    /// Who stops it, 1 to 120 characters; `unknown` unless told.
    pub(super) author: Option<String>,
}

/// Makes a version live: it acts from the next event on, or from the moment it is scheduled for.
///
/// # Errors
///
/// The problem: another version is live than expected, a test fails, or another version is being rolled out.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/{version}/publish", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number")),
    request_body = PublishBody,
    responses(
        (status = 200, description = "What acts since now", body = StandBody),
        (status = 202, description = "What acts, and what is scheduled", body = StandBody),
        (status = "4XX", description = "The request was refused; 409 has `live`, `since_parent` and `from_live`",
            body = ProblemBody)))]
pub async fn publish(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<StandBody>), Problem> {
    let room = Room::open(&app, &site, &headers, Permission::PublishRules).await?;
    let body: PublishBody = room.read(&headers, body).await?;
    let share = share(body.share.as_deref())?;
    let time = |name: &str, told: Option<&MomentBody>| {
        told.map(|told| schedule::moment(name, told)).transpose()
    };
    let at = time("at", body.at.as_ref())?;
    let until = time("until", body.until.as_ref())?;
    let word = room.word(body.author, &body.reason)?;
    let versions = room.versions()?;
    let version = version_of(&versions, &version)?;
    let plan = ReleasePlan {
        version: version.number,
        expected: body.expected,
        at: at.unwrap_or(word.at),
        until,
        share,
        skip_tests: body.skip_tests,
    };
    let files = room.files(version)?;
    let untested = match tested(files.clone()).await {
        Err(PublishError::TestFails(_)) if body.skip_tests => true,
        tested => tested.map(|()| false)?,
    };
    let (kind, status) = match at {
        Some(_) => (ReleaseKind::Schedule, StatusCode::ACCEPTED),
        None if share < Share::ALL => (ReleaseKind::Rollout, StatusCode::OK),
        None => (ReleaseKind::Publish, StatusCode::OK),
    };
    let expected = body.expected;
    let published = room.change(kind, move |versions| {
        let plan = plan.clone();
        if at.is_some() {
            versions.schedule(plan, &word).map(drop)
        } else if until.is_some() {
            versions.publish_until(plan, untested, &word).map(drop)
        } else {
            versions.publish(plan.version, expected, share, untested, &word)
        }
    });
    let published = published.await;
    let versions = published.map_err(|why| room.problem(why, Some(expected), &files))?;
    Ok((status, Json((&versions).into())))
}

async fn tested(files: Vec<rules::SourceFile>) -> Result<(), PublishError> {
    publishing::tests_pass(publishing::compile(files).await?).await
}

/// The share of the visitors: more than none of them.
fn share(text: Option<&str>) -> Result<Share, Problem> {
    let share = text.map_or(Ok(Share::ALL), rules::percent);
    let share = share.and_then(|share| {
        let some = (share > Share::default()).then_some(share);
        some.ok_or_else(|| "it is more than 0%".to_owned())
    });
    share.map_err(|why| Problem::new(Kind::BadParameter, format!("`share`: {why}")))
}

/// Makes an earlier version live again, at once and for everybody.
///
/// # Errors
///
/// The problem: there is no such version, or it never was live.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/rollback", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = RollbackBody,
    responses(
        (status = 200, description = "What acts since now", body = StandBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn rollback(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StandBody>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::PublishRules).await?;
    let body: RollbackBody = room.read(&headers, body).await?;
    let (word, to) = (room.word(body.author, &body.reason)?, body.to);
    let kind = ReleaseKind::Rollback;
    let changed = room.change(kind, move |versions| {
        versions.roll_back(to, &word).map(drop)
    });
    Ok(Json((&changed.await?).into()))
}

/// Stops a roll-out: the live version acts for everybody again.
///
/// # Errors
///
/// The problem, when no version is being rolled out.
#[utoipa::path(delete, path = "/v1/sites/{site}/rulesets/rollout", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), StopParams),
    responses(
        (status = 200, description = "What acts since now", body = StandBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn stop_rollout(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(params): Query<StopParams>,
    headers: HeaderMap,
) -> Result<Json<StandBody>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::PublishRules).await?;
    let word = room.word(params.author, params.reason.as_deref().unwrap_or("stopped"))?;
    let kind = ReleaseKind::StopRollout;
    let changed = room.change(kind, move |versions| versions.stop_rollout(&word).map(drop));
    Ok(Json((&changed.await?).into()))
}
