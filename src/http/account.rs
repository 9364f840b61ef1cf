//! What somebody who is signed in keeps for themselves: the password, other sessions, how they like the console.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::access::preferences::{self, LARGEST, set_preferences};
use crate::domain::Timestamp;

use super::finish::Finish;
use super::problem::{Problem, ProblemBody};
use super::{App, caller, envelope, guard};

/// Who changes a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The password so far.
    current: String,
    /// The new one, 12 to 256 characters.
    new: String,
}

/// Where else somebody is signed in.
#[derive(Serialize, ToSchema)]
pub struct OthersAnswer {
    /// The sessions but for this one, the latest first.
    sessions: Vec<OtherBody>,
}

#[derive(Serialize, ToSchema)]
struct OtherBody {
    /// The browser and its system, as far as they are known.
    device: String,
    /// When it was begun, in milliseconds since the epoch.
    #[schema(value_type = u64)]
    began_at: Timestamp,
    /// When it was used last, to within some minutes.
    #[schema(value_type = u64)]
    last_seen: Timestamp,
}

/// Changes a password. All other sessions of the user end.
///
/// # Errors
///
/// The problem: the current password is wrong, or the new one cannot be chosen.
#[utoipa::path(put, path = "/v1/session/password", tag = "people", security(("session" = [])),
    request_body = PasswordBody,
    responses(
        (status = 204, description = "The new password holds"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn password(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (parts, body) = request.into_parts();
    let person = caller::signed_in(&app, &parts.headers).await?;
    let visit = caller::visit(&app, &parts)?;
    let body = guard::read_body(&app, &parts.headers, body).await?;
    let body: PasswordBody = envelope::parse_body(&body)?;
    Finish::new(async move {
        let people = &app.people;
        people
            .change_password(&person, &body.current, &body.new, &visit)
            .await?;
        app.note(&caller::who(&person), "password.change", None, None, None)
            .await;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Where else the user is signed in.
///
/// # Errors
///
/// The problem: nobody is signed in.
#[utoipa::path(get, path = "/v1/session/others", tag = "people", security(("session" = [])),
    responses(
        (status = 200, description = "The other sessions", body = OthersAnswer),
        (status = "4XX", description = "Nobody is signed in, or a program asks", body = ProblemBody)))]
pub async fn others(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<OthersAnswer>, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    let others = person.user.sessions.iter();
    let others = others.filter(|session| session.hash != person.session);
    let mut sessions: Vec<_> = others
        .map(|session| OtherBody {
            device: session.device.clone(),
            began_at: session.began,
            last_seen: session.seen,
        })
        .collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen));
    Ok(Json(OthersAnswer { sessions }))
}

/// Signs out everywhere else.
///
/// # Errors
///
/// The problem: nobody is signed in, or it cannot be kept.
#[utoipa::path(delete, path = "/v1/session/others", tag = "people", security(("session" = [])),
    responses(
        (status = 204, description = "All other sessions have ended"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn end_others(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    Finish::new(async move {
        let (id, here) = (person.user.id, person.session);
        let ended = app
            .people
            .change(|register| register.sign_out_elsewhere(id, here));
        let after = json!({ "ended": ended.await? });
        app.note(
            &caller::who(&person),
            "session.end_others",
            None,
            None,
            Some(after),
        )
        .await;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// How the user likes the console, as it was kept; `{}` when nothing was.
///
/// # Errors
///
/// The problem: nobody is signed in.
#[utoipa::path(get, path = "/v1/session/preferences", tag = "people", security(("session" = [])),
    responses(
        (status = 200, description = "What was kept", body = Object),
        (status = "4XX", description = "Nobody is signed in, or a program asks", body = ProblemBody)))]
pub async fn preferences(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    let kept = preferences::preferences(&*app.pipeline.store, person.user.id)?;
    let kept = kept.map_or_else(|| "{}".to_owned(), |kept| kept.get().to_owned());
    Ok(([(header::CONTENT_TYPE, "application/json")], kept).into_response())
}

/// Keeps how the user likes the console: any JSON object of at most 16 KiB.
///
/// # Errors
///
/// The problem: nobody is signed in, or it is too large.
#[utoipa::path(put, path = "/v1/session/preferences", tag = "people", security(("session" = [])),
    request_body = Object,
    responses(
        (status = 204, description = "It is kept"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn prefer(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    let body = guard::read_body_up_to(&app, &headers, body, LARGEST).await?;
    let json: Box<RawValue> = envelope::parse_body::<&RawValue>(&body)?.to_owned();
    set_preferences(&*app.pipeline.store, person.user.id, Some(json)).await?;
    Ok(StatusCode::NO_CONTENT)
}
