//! Rules as a form shows them, and the edits that it makes. Nothing is kept: files come in, files go out.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::rulesets::room::{Room, with_more};
use crate::http::rulesets::wire::{FileBody, bodies, sources};
use crate::publishing::{self, PublishError};
use crate::rules::form::{self, At, BadEdit, FormEdit, FormPart};
use crate::rules::{Code, Counts, Diagnostic, SourceFile};

/// Rules to show in a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelBody {
    /// The files, in any order.
    files: Vec<FileBody>,
}

/// Rules to edit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    /// The files, in any order.
    files: Vec<FileBody>,
    /// What to do, one after the other; 200 at most.
    #[schema(value_type = Vec<Object>)]
    edits: Vec<FormEdit>,
}

/// A file that is not TOML.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrokenFile {
    /// Its name.
    file: String,
    /// What is wrong.
    message: String,
    /// The line, from 1.
    line: usize,
    /// The column in characters, from 1.
    column: usize,
}

/// Rules as a form shows them.
#[derive(Serialize, ToSchema)]
pub struct ModelAnswer {
    /// Every kind of table with its entries, in the order of the reference.
    #[schema(value_type = Vec<Object>)]
    parts: Vec<FormPart>,
    /// Files that can only be mended as text.
    broken: Vec<BrokenFile>,
    /// Every mistake, warning and hint at its place.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    /// How many of each weight: `errors`, `warnings` and `hints`.
    #[schema(value_type = Object)]
    counts: Counts,
}

/// What edits have made.
#[derive(Serialize, ToSchema)]
pub struct EditAnswer {
    /// The files that are other than before, new ones too.
    files: Vec<FileBody>,
    /// All files as a form shows them since then.
    model: ModelAnswer,
    /// The entry that was added last, if one was.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<At>,
}

/// Rules as a form shows them: every entry with its values and its place, and every diagnostic at its field.
///
/// # Errors
///
/// The problem, when the token does not fit or these are no files. Mistakes in the rules are an answer, not a problem.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/model", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = ModelBody,
    responses(
        (status = 200, description = "The entries and the diagnostics", body = ModelAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn model(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ModelAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let body: ModelBody = room.read(&headers, body).await?;
    shown(sources(body.files)?).await.map(Json)
}

/// Makes edits of a form in the files: each changes its own lines, and comments, order and style stay.
///
/// # Errors
///
/// The problem: an edit cannot be made; then none of them is.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/edit", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = EditBody,
    responses(
        (status = 200, description = "The files that have changed, and the form since then", body = EditAnswer),
        (status = "4XX", description = "The request was refused; 422 has `edit` and `why`", body = ProblemBody)))]
pub async fn edit(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EditAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: EditBody = room.read(&headers, body).await?;
    let files = sources(body.files)?;
    let before = files.clone();
    let edits = body.edits;
    let made = tokio::task::spawn_blocking(move || form::edit(&files, &edits)).await;
    let made = made.map_err(|why| PublishError::Fault(why.to_string()))??;
    // An edit may have made a file.
    let files = sources(bodies(made.files))?;
    let changed = files.iter().filter(|file| !before.contains(file)).cloned();
    Ok(Json(EditAnswer {
        files: bodies(changed.collect()),
        model: shown(files).await?,
        added: made.added,
    }))
}

/// Compiles the files for what there is to say about them, and reads them as a form does.
async fn shown(files: Vec<SourceFile>) -> Result<ModelAnswer, Problem> {
    let read = files.clone();
    let parts = tokio::task::spawn_blocking(move || form::form(&read)).await;
    let parts = parts.map_err(|why| PublishError::Fault(why.to_string()))?;
    let diagnostics = match publishing::compile(files).await {
        Ok(compiled) => compiled.notes,
        Err(PublishError::Mistakes { diagnostics, .. }) => diagnostics,
        Err(why) => return Err(why.into()),
    };
    let broken = diagnostics.iter().filter(|said| said.code == Code::Syntax);
    let broken = broken.map(|said| BrokenFile {
        file: said.place.file.to_string(),
        message: said.message.clone(),
        line: said.place.line,
        column: said.place.column,
    });
    Ok(ModelAnswer {
        parts,
        broken: broken.collect(),
        counts: Counts::of(&diagnostics),
        diagnostics,
    })
}

impl From<BadEdit> for Problem {
    fn from(bad: BadEdit) -> Self {
        let more = json!({ "edit": bad.edit, "why": bad.why });
        with_more(Self::new(Kind::BadEdit, bad.to_string()), &more)
    }
}
