//! A version's or a draft's files as one file to keep.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::access::Permission;
use crate::http::App;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::rulesets::room::{Room, version_of};
use crate::rules::SourceFile;
use crate::studio::{self, DraftError, Shelf};

/// The files of a version as a ZIP archive.
///
/// # Errors
///
/// The problem, when the token does not fit or no version has this number.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/{version}/archive", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number")),
    responses(
        (status = 200, description = "The files; the same files are always the same bytes",
            content_type = "application/zip", body = Vec<u8>),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn of_version(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let versions = room.versions()?;
    let version = version_of(&versions, &version)?;
    let name = format!("{}-rules-{}.zip", room.site.name, version.number);
    sent(&name, &room.files(version)?)
}

/// The files of a draft as a ZIP archive.
///
/// # Errors
///
/// The problem, when the token does not fit or there is no such draft.
#[utoipa::path(get, path = "/v1/sites/{site}/drafts/{id}/archive", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    responses(
        (status = 200, description = "The files; the same files are always the same bytes",
            content_type = "application/zip", body = Vec<u8>),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn of_draft(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let shelf = Shelf::new(Arc::clone(&app.pipeline.store), Arc::clone(&room.site));
    let (head, files) = shelf.get(&id).await?;
    let name = format!("{}-draft-{}.zip", room.site.name, head.revision);
    sent(&name, &files)
}

fn sent(name: &str, files: &[SourceFile]) -> Result<Response, Problem> {
    let bytes = studio::archive(files).map_err(DraftError::Fault)?;
    // A site's key has no letter that a header could not carry.
    let place = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let place = place.unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/zip");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, place),
    ];
    Ok((headers, bytes).into_response())
}
