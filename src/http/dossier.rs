//! What is kept on a visitor beyond a visit, on the wire: agents' notes, a ban, earlier visits.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::clock;
use crate::domain::{
    Ban, ByAgent, Deed, Dossier, EventId, MAX_NOTE_CHARS, MAX_REASON_CHARS, Note, VisitorId,
    VisitorState,
};

use super::problem::{Kind, Problem};
use super::text::plain;
use super::{App, guard};

/// An agent's note.
#[derive(Serialize, ToSchema)]
pub struct NoteView {
    /// When it was written, in milliseconds since the epoch.
    pub at: u64,
    /// By whom.
    pub by: String,
    /// What it says: plain text.
    pub text: String,
}

impl NoteView {
    fn of(note: &Note) -> Self {
        Self {
            at: note.at.0,
            by: note.by.to_string(),
            text: note.text.to_string(),
        }
    }

    pub(super) fn all(dossier: &Dossier) -> impl Iterator<Item = Self> {
        dossier.notes.iter().map(Self::of)
    }
}

/// A ban from being invited.
#[derive(Serialize, ToSchema)]
pub struct BanView {
    /// Since when, in milliseconds since the epoch.
    pub at: u64,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl BanView {
    pub(super) fn of(dossier: &Dossier) -> Option<Self> {
        let Ban { at, by, reason } = dossier.ban.as_ref()?;
        Some(Self {
            at: at.0,
            by: by.to_string(),
            reason: reason.to_string(),
        })
    }
}

/// A visit that is over.
#[derive(Serialize, ToSchema)]
pub struct EarlierVisitView {
    /// When it began, in milliseconds since the epoch.
    pub started_at: u64,
    /// When its last event happened.
    pub ended_at: u64,
    /// Pages viewed.
    pub page_views: u32,
    /// Who sent the visitor, such as `google`.
    pub source: String,
    /// The path of the first page, cut to 64 characters; empty when the visit began without a page.
    pub landing_path: String,
}

impl EarlierVisitView {
    /// The latest first.
    pub(super) fn all(dossier: &Dossier) -> impl Iterator<Item = Self> {
        dossier.visits.iter().rev().map(|visit| Self {
            started_at: visit.started_at.0,
            ended_at: visit.ended_at.0,
            page_views: visit.page_views,
            source: visit.source.to_string(),
            landing_path: visit.landing_path.to_string(),
        })
    }
}

/// A note to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// What it says: plain text of 1 to 1,000 characters.
    text: String,
    /// Makes the call idempotent for this visitor, 1 to 64 characters; send the same id with a retry.
    #[serde(default)]
    id: Option<String>,
}

/// Why somebody is banned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BanBody {
    /// Why: plain text of 1 to 280 characters.
    reason: String,
}

/// The visitor's notes.
#[derive(Serialize, ToSchema)]
pub struct NotesAnswer {
    /// Oldest first; beyond 20 the oldest made room.
    notes: Vec<NoteView>,
}

/// Whether the visitor is banned.
#[derive(Serialize, ToSchema)]
pub struct BanAnswer {
    /// The ban; `null` when there is none.
    banned: Option<BanView>,
}

/// Writes a note about a visitor.
///
/// # Errors
///
/// The problem, when the caller may not, nobody has this id, or the note is out of its bounds.
#[utoipa::path(post, path = "/v1/sites/{site}/visitors/{id}/notes", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    request_body = NoteBody,
    responses(
        (status = 201, description = "The notes the visitor has now; the call is durable", body = NotesAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn note(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::Greet).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: NoteBody = super::envelope::parse_body(&body)?;
    let text = plain(&body.text, "text", MAX_NOTE_CHARS)?;
    let word = word_id("note", body.id.as_deref(), &text)?;
    let state = said(&app, &caller, &id, word, Deed::Note(text)).await?;
    let notes = state.dossier.iter().flat_map(|it| NoteView::all(it));
    let notes = notes.collect();
    Ok((StatusCode::CREATED, Json(NotesAnswer { notes })).into_response())
}

/// Bans a visitor: nobody invites them, and the list leaves them out unless it is asked for them. Events count as ever.
///
/// # Errors
///
/// The problem, when the caller may not, nobody has this id, or the reason is out of its bounds.
#[utoipa::path(put, path = "/v1/sites/{site}/visitors/{id}/ban", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    request_body = BanBody,
    responses(
        (status = 200, description = "The ban; the call is durable", body = BanAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn ban(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Json<BanAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::Greet).await?;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: BanBody = super::envelope::parse_body(&body)?;
    let reason = plain(&body.reason, "reason", MAX_REASON_CHARS)?;
    let word = word_id("ban", None, &reason)?;
    let after = json!({ "visitor": id, "reason": &*reason });
    let state = said(&app, &caller, &id, word, Deed::Ban(reason)).await?;
    app.audit(&caller, "visitor.ban", None, Some(after)).await;
    Ok(Json(answer(&state)))
}

/// Lifts a visitor's ban.
///
/// # Errors
///
/// The problem, when the caller may not, or nobody has this id.
#[utoipa::path(delete, path = "/v1/sites/{site}/visitors/{id}/ban", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    responses(
        (status = 200, description = "There is no ban any more; the call is durable", body = BanAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn lift(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<BanAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::Greet).await?;
    let word = word_id("lift", None, "")?;
    let state = said(&app, &caller, &id, word, Deed::LiftBan).await?;
    let before = json!({ "visitor": id });
    app.audit(&caller, "visitor.lift_ban", Some(before), None)
        .await;
    Ok(Json(answer(&state)))
}

/// Takes what an agent does about a visitor; answers with the visitor's state by then.
async fn said(
    app: &App,
    caller: &Caller,
    id: &str,
    word: EventId,
    deed: Deed,
) -> Result<VisitorState, Problem> {
    let who = Arc::from(caller.who.name());
    let (by, now) = (ByAgent { who, deed }, clock::now());
    let visitor = visitor(id)?;
    let said = app.pipeline.by_agent(&caller.site, visitor, word, by, now);
    said.await?.ok_or_else(nobody)
}

fn answer(state: &VisitorState) -> BanAnswer {
    let banned = state.dossier.as_deref().and_then(BanView::of);
    BanAnswer { banned }
}

pub(super) fn nobody() -> Problem {
    Problem::new(
        Kind::NotFound,
        "no visitor of this site has this id, or not any more",
    )
}

pub(super) fn visitor(id: &str) -> Result<VisitorId, Problem> {
    id.parse().map_err(|_| nobody())
}

/// The identity of an agent's word: of the id that the caller chose, or of this very moment.
pub(super) fn word_id(deed: &str, id: Option<&str>, what: &str) -> Result<EventId, Problem> {
    let Some(id) = id else {
        let moment = clock::now().0;
        return Ok(EventId::of(&format!("{deed}@{moment}:{what}")));
    };
    if id.is_empty() || id.chars().count() > 64 {
        return Err(Problem::new(
            Kind::BadParameter,
            "`id` has 1 to 64 characters",
        ));
    }
    Ok(EventId::of(&format!("{deed}:{id}")))
}
