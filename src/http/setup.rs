//! Who comes in by a link: the first administrator, and whoever was invited or has lost a password.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Register;

use super::finish::Finish;
use super::problem::{Problem, ProblemBody};
use super::session::{SessionAnswer, at_the_door, welcome, who};
use super::{App, envelope, guard, users};

/// Whether there is something to set up.
#[derive(Serialize, ToSchema)]
pub struct SetupAnswer {
    /// Whether nobody manages the installation yet, so that the link that the start has printed is valid.
    needed: bool,
}

/// Who manages the installation first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// From the link that the start has printed.
    code: String,
    /// The e-mail address to sign in with, at most 254 characters.
    email: String,
    /// 1 to 120 characters.
    name: String,
    /// 12 to 256 characters.
    password: String,
}

/// Who takes an invitation, or has lost a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinBody {
    /// From the link.
    code: String,
    /// 1 to 120 characters; stays as it is unless told.
    name: Option<String>,
    /// 12 to 256 characters.
    password: String,
}

/// Whether the installation waits for its first administrator.
#[utoipa::path(get, path = "/v1/setup", tag = "people",
    responses((status = 200, description = "Whether there is something to set up", body = SetupAnswer)))]
pub async fn setup(State(app): State<Arc<App>>) -> Json<SetupAnswer> {
    let needed = app.people.look(Register::needs_setup);
    Json(SetupAnswer { needed })
}

/// Makes the first administrator and signs them in.
///
/// # Errors
///
/// The problem: the link is not valid, or the installation is set up.
#[utoipa::path(post, path = "/v1/setup", tag = "people", request_body = SetupBody,
    responses(
        (status = 201, description = "Who is signed in by now; the cookie is set", body = SessionAnswer),
        (status = "4XX", description = "The request was refused; 410 when the link is not valid", body = ProblemBody)))]
pub async fn set_up(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let visit = at_the_door(&app, &parts)?;
    let body = guard::read_body(&app, &parts.headers, body).await?;
    let body: SetupBody = envelope::parse_body(&body)?;
    Finish::new(async move {
        let person = (&*body.email, &*body.name);
        let entered = app
            .people
            .set_up(&body.code, person, &body.password, &visit);
        let entered = entered.await?;
        let after = users::shown(&entered.user);
        app.note(&who(&entered.user), "setup", None, None, Some(after))
            .await;
        Ok(welcome(&app, &entered, StatusCode::CREATED))
    })
    .await
}

/// Sets the password that somebody has chosen by a link, and signs them in.
///
/// # Errors
///
/// The problem: the link is not valid any more, or the password cannot be chosen.
#[utoipa::path(post, path = "/v1/join", tag = "people", request_body = JoinBody,
    responses(
        (status = 201, description = "Who is signed in by now; the cookie is set", body = SessionAnswer),
        (status = "4XX", description = "The request was refused; 410 when the link is not valid", body = ProblemBody)))]
pub async fn join(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let visit = at_the_door(&app, &parts)?;
    let body = guard::read_body(&app, &parts.headers, body).await?;
    let body: JoinBody = envelope::parse_body(&body)?;
    Finish::new(async move {
        let people = &app.people;
        let entered = people.join(&body.code, body.name.as_deref(), &body.password, &visit);
        let entered = entered.await?;
        let after = users::shown(&entered.user);
        app.note(&who(&entered.user), "user.join", None, None, Some(after))
            .await;
        Ok(welcome(&app, &entered, StatusCode::CREATED))
    })
    .await
}
