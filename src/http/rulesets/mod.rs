//! The rules' door: versions of a site's rules, checked, published, rolled out and rolled back.

pub mod backtest;
pub mod changes;
pub(super) mod chosen;
pub mod diff;
pub mod now;
pub mod publish;
pub mod rescore;
pub(super) mod room;
pub mod schedule;
pub mod shadow;
pub mod wire;

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::domain::{Draft, Origin};
use crate::publishing::{self, PublishError};

use super::App;
use super::problem::{Problem, ProblemBody};
use room::{Room, lasting, version_of};
use wire::{CheckAnswer, FileBody, VersionBody, VersionFiles, VersionsAnswer, sources};

/// Rules to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// The files, in any order.
    files: Vec<FileBody>,
}

/// Rules to keep as a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// The files, in any order.
    files: Vec<FileBody>,
    /// The version that they were made from; it has to be the live one.
    parent: u32,
    /// Why they were made, 1 to 500 characters.
    reason: String,
    /// Who made them, 1 to 120 characters; `unknown` unless told.
    author: Option<String>,
}

/// The versions of a site's rules.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "What acts, every version, and what was released", body = VersionsAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<VersionsAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    Ok(Json((&room.versions()?).into()))
}

/// The live version with its files.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/current", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "The live version with its files", body = VersionFiles),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn current(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<VersionFiles>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let versions = room.versions()?;
    let live = version_of(&versions, &versions.live.to_string())?;
    room.with_files(live).map(Json)
}

/// A version with its files.
///
/// # Errors
///
/// The problem, when the token does not fit or no version has this number.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/{version}", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number")),
    responses(
        (status = 200, description = "The version with its files", body = VersionFiles),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn one(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<VersionFiles>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let versions = room.versions()?;
    room.with_files(version_of(&versions, &version)?).map(Json)
}

/// Checks rules and runs their tests; keeps nothing.
///
/// # Errors
///
/// The problem, when the token does not fit or these are no files. Mistakes in the rules are an answer, not a problem.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/check", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = CheckBody,
    responses(
        (status = 200, description = "Every mistake, warning and hint at its place", body = CheckAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn check(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CheckAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: CheckBody = room.read(&headers, body).await?;
    let compiled = match publishing::compile(sources(body.files)?).await {
        Ok(compiled) => compiled,
        Err(PublishError::Mistakes { diagnostics, .. }) => {
            return Ok(Json(CheckAnswer::of(diagnostics)));
        }
        Err(why) => return Err(why.into()),
    };
    let hash = compiled.rule_set.hash.to_string();
    let (tests, notes) = publishing::tested(compiled).await?;
    Ok(Json(CheckAnswer {
        usable: tests.failed == 0,
        hash: Some(hash),
        failed_test: (tests.failed > 0).then(|| tests.first_difference()),
        tests: Some(tests),
        ..CheckAnswer::of(notes)
    }))
}

/// Keeps rules as a version that does not act yet. Files that are a version already stay that version.
///
/// # Errors
///
/// The problem: the rules have mistakes, or another version is live than the one they were made from.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = DraftBody,
    responses(
        (status = 201, description = "The version that was made", body = VersionBody),
        (status = 200, description = "The version that these files were already", body = VersionBody),
        (status = "4XX", description = "The request was refused; 422 has `diagnostics`, 409 has `live`, `since_parent` \
            and `from_live`", body = ProblemBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<VersionBody>), Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: DraftBody = room.read(&headers, body).await?;
    let (files, word) = (sources(body.files)?, room.word(body.author, &body.reason)?);
    let compiled = publishing::compile(files.clone()).await?;
    let (hash, packed) = (compiled.rule_set.hash, publishing::pack(&files));
    let known = room.versions()?.with_hash(hash).is_some();
    let draft = Draft {
        hash,
        parent: Some(body.parent),
        origin: Origin::Draft,
    };
    let (app, caller) = (Arc::clone(&room.app), room.caller());
    let made = lasting(async move {
        let store = &*app.pipeline.store;
        if !known {
            store.keep_rules(hash, &packed).await?;
        }
        let added = publishing::change(store, &caller.site, |versions| versions.add(&draft, &word));
        let (number, versions) = added.await?;
        if !known {
            let after = json!({ "version": number });
            app.audit(&caller, "rules.draft", None, Some(after)).await;
        }
        Ok((number, versions))
    });
    let made = made.await;
    let (number, versions) = made.map_err(|why| room.problem(why, Some(body.parent), &files))?;
    let version = version_of(&versions, &number.to_string())?;
    let status = if known {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(version.into())))
}
