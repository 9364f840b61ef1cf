//! Sessions: signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Entered, Permission, Role, User, Visit, Who};

use super::finish::Finish;
use super::problem::{Problem, ProblemBody};
use super::{App, caller, cookie, envelope, guard, origin};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// The e-mail address.
    email: String,
    /// The password.
    password: String,
}

/// Who is signed in, and what they may do.
#[derive(Serialize, ToSchema)]
pub struct SessionAnswer {
    user: SelfBody,
    /// The sites on which they have a role, by name.
    sites: Vec<SiteRole>,
    installation: Installation,
}

#[derive(Serialize, ToSchema)]
struct SelfBody {
    /// The user's id.
    id: String,
    email: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct SiteRole {
    /// The site's public key.
    site: String,
    role: Role,
    /// What the role allows.
    permissions: Vec<Permission>,
}

#[derive(Serialize, ToSchema)]
struct Installation {
    /// The service's version.
    version: &'static str,
    /// Whether this is the demonstration.
    demo: bool,
}

fn session_of(app: &App, user: &User) -> SessionAnswer {
    let roles = app.pipeline.sites.iter().filter_map(|site| {
        let role = user.role_on(&site.name)?;
        Some(SiteRole {
            site: site.name.to_string(),
            permissions: role.permissions().collect(),
            role,
        })
    });
    let mut sites: Vec<_> = roles.collect();
    sites.sort_by(|a, b| a.site.cmp(&b.site));
    SessionAnswer {
        user: SelfBody {
            id: user.id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
        },
        sites,
        installation: Installation {
            version: env!("CARGO_PKG_VERSION"),
            demo: app.people.is_demo(),
        },
    }
}

/// The answer to somebody who has just come in.
pub(super) fn welcome(app: &App, entered: &Entered, status: StatusCode) -> Response {
    let cookie = [
        (header::SET_COOKIE, cookie::keep(entered.cookie.text())),
        (header::CACHE_CONTROL, NO_STORE),
    ];
    (status, cookie, Json(session_of(app, &entered.user))).into_response()
}

const NO_STORE: header::HeaderValue = header::HeaderValue::from_static("no-store");

/// What all who come in without a session pass.
pub(super) fn at_the_door(app: &App, parts: &Parts) -> Result<Visit, Problem> {
    origin::without_cookie(app, &parts.headers)?;
    origin::keeps_cookies(&parts.headers)?;
    caller::visit(app, parts)
}

pub(super) fn who(user: &User) -> Who {
    Who::User(user.id, user.name.as_str().into())
}

/// Signs somebody in.
///
/// # Errors
///
/// The problem: the address or the password is wrong, or too many were.
#[utoipa::path(post, path = "/v1/session", tag = "people", request_body = SignInBody,
    responses(
        (status = 200, description = "Who is signed in by now; the cookie is set", body = SessionAnswer),
        (status = 401, description = "The address or the password is wrong", body = ProblemBody),
        (status = 429, description = "Too many were wrong; `Retry-After` says when to try again", body = ProblemBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let visit = at_the_door(&app, &parts)?;
    let before = cookie::session(&parts.headers);
    let body = guard::read_body(&app, &parts.headers, body).await?;
    let body: SignInBody = envelope::parse_body(&body)?;
    Finish::new(async move {
        let address = visit.address;
        let entered = app
            .people
            .sign_in(&body.email, &body.password, before, &visit);
        let entered = entered.await.inspect_err(|why| {
            tracing::info!(%address, %why, "somebody was not let in");
        })?;
        let after = json!({ "device": visit.device });
        app.note(
            &who(&entered.user),
            "session.begin",
            None,
            None,
            Some(after),
        )
        .await;
        Ok(welcome(&app, &entered, StatusCode::OK))
    })
    .await
}

/// Who is signed in.
///
/// # Errors
///
/// The problem: nobody is.
#[utoipa::path(get, path = "/v1/session", tag = "people", security(("session" = [])),
    responses(
        (status = 200, description = "Who is signed in, and what they may do", body = SessionAnswer),
        (status = "4XX", description = "Nobody is, or a program asks", body = ProblemBody)))]
pub async fn session(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<SessionAnswer>, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    Ok(Json(session_of(&app, &person.user)))
}

/// Signs out.
///
/// # Errors
///
/// The problem: nobody is signed in, or it cannot be kept.
#[utoipa::path(delete, path = "/v1/session", tag = "people", security(("session" = [])),
    responses(
        (status = 204, description = "The session has ended; the cookie is taken back"),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = caller::signed_in(&app, &headers).await?;
    Finish::new(async move {
        let ended = app.people.change(|register| {
            register.sign_out(person.session);
            Ok(())
        });
        ended.await?;
        app.note(&caller::who(&person), "session.end", None, None, None)
            .await;
        let forget = [(header::SET_COOKIE, cookie::forget())];
        Ok((StatusCode::NO_CONTENT, forget).into_response())
    })
    .await
}
