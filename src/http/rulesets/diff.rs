//! What differs between two versions, for people.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::http::App;
use crate::http::problem::{Problem, ProblemBody};
use crate::publishing::{self, FileDiff};
use crate::rules::{self, PartChange};

use super::room::{Room, version_of};

/// What differs between two versions.
#[derive(Serialize, ToSchema)]
pub struct DiffAnswer {
    /// The one version.
    from: u32,
    /// The other.
    to: u32,
    /// Every rule, score, trigger or other part that differs: `part`, `id`, `change` and, in one line, what it `says`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<PartChange>,
    /// Every file that differs, line by line.
    files: Vec<FileDiff>,
}

/// What differs between two versions: rule by rule, and line by line.
///
/// # Errors
///
/// The problem, when the token does not fit or no version has one of the numbers.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/{version}/diff/{other}", tag = "rules",
    security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The number of the one version"),
        ("other" = u32, Path, description = "The number of the other")),
    responses(
        (status = 200, description = "What differs", body = DiffAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn diff(
    State(app): State<Arc<App>>,
    Path((site, version, other)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<DiffAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let versions = room.versions()?;
    let (from, to) = (
        version_of(&versions, &version)?,
        version_of(&versions, &other)?,
    );
    let (old, new) = (room.files(from)?, room.files(to)?);
    Ok(Json(DiffAnswer {
        from: from.number,
        to: to.number,
        changes: rules::changes(&old, &new),
        files: publishing::diff(&old, &new),
    }))
}
