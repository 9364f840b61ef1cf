//! Drafts: listed, made, read, saved, taken out, and who has them open.

use std::future::Future;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::access::{Permission, Who};
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::rulesets::room::{Room, version_of, with_more};
use crate::http::rulesets::wire::sources;
use crate::publishing::PublishError;
use crate::rules::{self, Counts, SourceFile};
use crate::studio::{DraftError, Head, Present, Save, Shelf, merge};
use crate::{clock, secret};

use super::wire::{
    DraftAnswer, DraftsAnswer, HereAnswer, HereBody, MergeAnswer, MergedBody, NewDraftBody,
    SaveBody, SavedAnswer, StaleBody, row,
};

/// The most characters of a title.
const MAX_TITLE: usize = 120;
/// The most characters of a file's name that somebody looks at.
const MAX_FILE: usize = 64;

/// The drafts of the site that the caller has come to.
fn shelf(room: &Room) -> Shelf {
    Shelf::new(Arc::clone(&room.app.pipeline.store), Arc::clone(&room.site))
}

/// Runs to its end, whoever waits for it.
async fn lasting<T: Send + 'static>(
    work: impl Future<Output = Result<T, DraftError>> + Send + 'static,
) -> Result<T, DraftError> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|why| Err(DraftError::Fault(why.to_string())))
}

fn title(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = !text.is_empty()
        && text.chars().count() <= MAX_TITLE
        && !text.chars().any(char::is_control);
    let why = || {
        let detail = format!("`title` has 1 to {MAX_TITLE} characters, in one line");
        Problem::new(Kind::BadParameter, detail)
    };
    fits.then(|| text.to_owned()).ok_or_else(why)
}

/// How many mistakes files have.
async fn errors(files: &[SourceFile]) -> Result<usize, Problem> {
    let files = files.to_vec();
    let counted = tokio::task::spawn_blocking(move || match rules::compile(&files) {
        Ok(_) => 0,
        Err(said) => Counts::of(&said).errors,
    });
    let counted = counted.await;
    counted.map_err(|why| PublishError::Fault(why.to_string()).into())
}

/// Who somebody is among those who have a draft open.
fn who(room: &Room) -> String {
    match room.caller().who {
        Who::User(id, _) => id.to_string(),
        Who::Token(name) => format!("token {name}"),
    }
}

/// The drafts of a site, the one that was saved last first.
///
/// # Errors
///
/// The problem, when the token does not fit.
#[utoipa::path(get, path = "/v1/sites/{site}/drafts", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "The drafts without their files", body = DraftsAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<DraftsAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let live = room.versions()?.live;
    let drafts = shelf(&room).list().await?;
    let drafts = drafts.into_iter().map(|head| row(head, live)).collect();
    Ok(Json(DraftsAnswer { drafts }))
}

/// Makes a draft: from files, from a version, or from the live one.
///
/// # Errors
///
/// The problem: there is no such version, these are no files, or the site has 50 drafts.
#[utoipa::path(post, path = "/v1/sites/{site}/drafts", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = NewDraftBody,
    responses(
        (status = 201, description = "The draft", body = DraftAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<DraftAnswer>), Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: NewDraftBody = room.read(&headers, body).await?;
    let title = title(&body.title)?;
    let versions = room.versions()?;
    let version = body.version.unwrap_or(versions.live);
    let version = version_of(&versions, &version.to_string())?;
    let files = match body.files {
        Some(files) => sources(files)?,
        None => room.files(version)?,
    };
    let (now, name) = (clock::now(), room.caller().who.name().to_owned());
    let id = secret::random::<16>().map_err(|why| DraftError::Fault(why.to_string()))?;
    let head = Head {
        id: format!("{:032x}", u128::from_be_bytes(id)),
        title,
        parent: version.number,
        revision: 1,
        created_at: now,
        created_by: name.clone(),
        updated_at: now,
        updated_by: name,
        errors: errors(&files).await?,
    };
    let (shelf, kept, texts) = (shelf(&room), head.clone(), files.clone());
    lasting(async move { shelf.create(&kept, &texts).await }).await?;
    let after = json!({ "draft": head.id, "title": head.title, "parent": head.parent });
    app.audit(&room.caller(), "draft.create", None, Some(after))
        .await;
    let draft = DraftAnswer::of(head, files, Vec::new());
    Ok((StatusCode::CREATED, Json(draft)))
}

/// A draft with its files, and who else has it open.
///
/// # Errors
///
/// The problem, when the token does not fit or there is no such draft.
#[utoipa::path(get, path = "/v1/sites/{site}/drafts/{id}", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    responses(
        (status = 200, description = "The draft", body = DraftAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn one(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<DraftAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let shelf = shelf(&room);
    let (head, files) = shelf.get(&id).await?;
    let others = shelf.others(&id, &who(&room), clock::now()).await?;
    Ok(Json(DraftAnswer::of(head, files, others)))
}

/// Saves a draft, unless somebody else has saved it since the revision that was changed.
///
/// # Errors
///
/// The problem: somebody else was faster (`stale-draft`, with theirs and with both changes in one), or there is no such
/// draft.
#[utoipa::path(put, path = "/v1/sites/{site}/drafts/{id}", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    request_body = SaveBody,
    responses(
        (status = 200, description = "The revision that was made", body = SavedAnswer),
        (status = 409, description = "Somebody else has saved it; has `draft` and `merged`", body = ProblemBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn save(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SavedAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let body: SaveBody = room.read(&headers, body).await?;
    let files = sources(body.files)?;
    if let Some(parent) = body.parent {
        version_of(&room.versions()?, &parent.to_string())?;
    }
    let save = Save {
        revision: body.revision,
        title: body.title.as_deref().map(title).transpose()?,
        parent: body.parent,
        errors: errors(&files).await?,
        files,
        who: room.caller().who.name().to_owned(),
        now: clock::now(),
    };
    let shelf = shelf(&room);
    let saved = lasting(async move { shelf.save(&id, &save).await }).await?;
    Ok(Json(SavedAnswer {
        revision: saved.revision,
        updated_at: saved.updated_at.0,
        errors: saved.errors,
    }))
}

/// Takes a draft out for good.
///
/// # Errors
///
/// The problem, when there is no such draft.
#[utoipa::path(delete, path = "/v1/sites/{site}/drafts/{id}", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn remove(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let shelf = shelf(&room);
    let head = lasting(async move { shelf.remove(&id).await }).await?;
    let before = json!({ "draft": head.id, "title": head.title, "revision": head.revision });
    app.audit(&room.caller(), "draft.remove", Some(before), None)
        .await;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that the caller has the draft open; holds for 15 s. Tells who else has, and whether the draft has moved on.
///
/// # Errors
///
/// The problem, when there is no such draft.
#[utoipa::path(post, path = "/v1/sites/{site}/drafts/{id}/here", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    request_body = HereBody,
    responses(
        (status = 200, description = "Who else is here", body = HereAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn here(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<HereAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let body: HereBody = room.read(&headers, body).await?;
    let now = clock::now();
    let present = Present {
        who: who(&room),
        name: room.caller().who.name().to_owned(),
        since: now,
        at: now,
        file: body.file.filter(|file| file.len() <= MAX_FILE),
        line: body.line,
    };
    let (head, others) = shelf(&room).enter(&id, &present).await?;
    Ok(Json(HereAnswer {
        changed: head.revision != body.revision,
        revision: head.revision,
        updated_by: head.updated_by,
        others: others.into_iter().map(Into::into).collect(),
    }))
}

/// What a draft becomes when it takes in what was published since it was begun. Nothing is saved: that is done by saving
/// the merged files with `parent`.
///
/// # Errors
///
/// The problem, when there is no such draft.
#[utoipa::path(get, path = "/v1/sites/{site}/drafts/{id}/merge", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The draft's id")),
    responses(
        (status = 200, description = "The draft with the live version's changes", body = MergeAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn with_live(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<MergeAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let shelf = shelf(&room);
    let (head, files) = shelf.get(&id).await?;
    let live = room.versions()?.live;
    let theirs = shelf.version(live).await?;
    // A parent that is not remembered any more had nothing in common with either side.
    let base = shelf.version(head.parent).await.unwrap_or_default();
    let merged = tokio::task::spawn_blocking(move || merge(&base, &files, &theirs)).await;
    let merged = merged.map_err(|why| DraftError::Fault(why.to_string()))?;
    Ok(Json(MergeAnswer {
        revision: head.revision,
        parent: live,
        merged: MergedBody::of(merged),
    }))
}

impl From<DraftError> for Problem {
    fn from(why: DraftError) -> Self {
        let told = why.to_string();
        match why {
            DraftError::Store(why) => why.into(),
            DraftError::Version(why) => why.into(),
            DraftError::Unknown => Self::new(Kind::NotFound, told),
            DraftError::Full => Self::new(Kind::NotPossible, told),
            DraftError::Stale(stale) => {
                with_more(Self::new(Kind::StaleDraft, told), &StaleBody::of(*stale))
            }
            DraftError::Contended => Self::new(Kind::Unavailable, told).retry_after(1),
            DraftError::Fault(_) => {
                tracing::error!(why = told, "a draft cannot be kept");
                Self::new(Kind::Internal, told)
            }
        }
    }
}
