//! What rules would change, and what a release has changed: as data, for people to be told in their own language.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::publishing::{self, FileDiff};
use crate::rules::{self, PartChange, SourceFile};

use super::room::{Room, version_of};
use super::wire::{FileBody, ReleaseBody, RulesBody, sources};

/// What is to be compared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangesBody {
    /// The rules as they were: the number of a version, or files; the live version, unless told.
    from: Option<RulesBody>,
    /// The rules as they are to be, as files.
    files: Option<Vec<FileBody>>,
    /// The rules as they are to be, as the number of a version; one of both.
    version: Option<u32>,
}

/// What differs.
#[derive(Serialize, ToSchema)]
pub struct ChangesAnswer {
    /// The version as it was; `null` for files.
    from: Option<u32>,
    /// Every rule, score, trigger or other part that differs: `part`, `id`, `name`, `change` (`added`, `removed`,
    /// `changed` or `moved`), in one line what it `says`, every value that differs (`details`), and which page types and
    /// languages it touches (`where`).
    #[schema(value_type = Vec<Object>)]
    changes: Vec<PartChange>,
    /// Every file that differs, line by line.
    files: Vec<FileDiff>,
    /// Files that are no TOML at this moment. What differs in them is not among the `changes`.
    unreadable: Vec<String>,
}

/// One release, and what it changed.
#[derive(Serialize, ToSchema)]
pub struct HistoryEntry {
    /// The release.
    #[serde(flatten)]
    release: ReleaseBody,
    /// What differs between the version that was live before and the one it is about; `null` where one of them is not
    /// remembered any more.
    #[schema(value_type = Option<Vec<Object>>)]
    changes: Option<Vec<PartChange>>,
    /// Every file that differs, line by line; `null` likewise.
    files: Option<Vec<FileDiff>>,
}

/// What rules would change: rule by rule, and line by line. Rules with mistakes may be compared too.
///
/// # Errors
///
/// The problem: the token does not fit, these are no files, or no version has the number.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/changes", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = ChangesBody,
    responses(
        (status = 200, description = "What differs", body = ChangesAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn changes(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ChangesAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let body: ChangesBody = room.read(&headers, body).await?;
    let versions = room.versions()?;
    let of_version = |number: u32| -> Result<Vec<SourceFile>, Problem> {
        room.files(version_of(&versions, &number.to_string())?)
    };
    let from = match &body.from {
        None => Some(versions.live),
        Some(RulesBody::Version(number)) => Some(*number),
        Some(RulesBody::Files(_)) => None,
    };
    let before = match (body.from, from) {
        (Some(RulesBody::Files(files)), _) => sources(files)?,
        (_, Some(number)) => of_version(number)?,
        (None | Some(RulesBody::Version(_)), None) => Vec::new(),
    };
    let after = match (body.files, body.version) {
        (Some(files), None) => sources(files)?,
        (None, Some(number)) => of_version(number)?,
        (None, None) | (Some(_), Some(_)) => {
            let detail = "name the rules by `files` or by `version`";
            return Err(Problem::new(Kind::BadParameter, detail));
        }
    };
    let (readable, unreadable) = rules::readable(&before, &after);
    Ok(Json(ChangesAnswer {
        from,
        changes: rules::changes(&before, &readable),
        files: publishing::diff(&before, &after),
        unreadable,
    }))
}

/// One release of the history, and what it changed.
///
/// # Errors
///
/// The problem, when the token does not fit or the history has no such entry.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/history/{number}", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("number" = u32, Path, description = "The entry's number")),
    responses(
        (status = 200, description = "The release and what it changed", body = HistoryEntry),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn release(
    State(app): State<Arc<App>>,
    Path((site, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<HistoryEntry>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let versions = room.versions()?;
    let found = number
        .parse()
        .ok()
        .and_then(|number| versions.release(number));
    let release = found.ok_or_else(|| {
        let detail = "the history has no entry of this number, or not any more";
        Problem::new(Kind::NotFound, detail)
    })?;
    let before = release.from.and_then(|number| versions.get(number));
    let (mut changes, mut files) = (None, None);
    if let (Some(before), Some(after)) = (before, versions.get(release.to)) {
        let (before, after) = (room.files(before)?, room.files(after)?);
        changes = Some(rules::changes(&before, &after));
        files = Some(publishing::diff(&before, &after));
    }
    Ok(Json(HistoryEntry {
        release: release.into(),
        changes,
        files,
    }))
}
