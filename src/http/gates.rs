//! Who may use which endpoint: `table` has all of them. What does not stand in it is closed to everybody.

mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::access::Permission;

use super::problem::{Kind, Problem};
use super::{App, caller, guard, origin};

pub use table::GATES;

/// What an endpoint asks of who uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is for visitors' browsers and for whoever wants to look. It may have a lock of its own, such as a
    /// public key or a ticket.
    Nothing,
    /// Somebody who has signed in.
    SignedIn,
    /// Somebody who has signed in and has this permission on some site; the endpoint sees to which.
    Somewhere(Permission),
    /// This permission for the site in the path, by a role or by a token.
    OnSite(Permission),
    /// Both of these permissions for the site in the path.
    OnSiteBoth(Permission, Permission),
}

/// An endpoint and what it asks.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, as the route table has it.
    pub path: &'static str,
    /// What is asked.
    pub need: Need,
}

/// The gates of each path.
static BY_PATH: LazyLock<HashMap<&'static str, Vec<&'static Gate>>> = LazyLock::new(|| {
    let mut paths: HashMap<_, Vec<_>> = HashMap::new();
    for gate in GATES {
        paths.entry(gate.path).or_default().push(gate);
    }
    paths
});

/// Lets a request through to its endpoint if the table says so.
pub(super) async fn keep(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match allowed(&app, request).await {
        Ok((request, Need::Nothing)) => next.run(request).await,
        Ok((request, _)) => {
            let mut response = next.run(request).await;
            // What is for one person stays in no cache.
            let headers = response.headers_mut();
            headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
            response
        }
        Err(refusal) => *refusal,
    }
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

async fn allowed(app: &App, request: Request) -> Result<(Request, Need), Box<Response>> {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map(MatchedPath::as_str).unwrap_or_default();
    let need = need(request.method().as_str(), path)?;
    if need == Need::Nothing {
        return Ok((request, need));
    }
    let (mut parts, body) = request.into_parts();
    let admitted = admitted(app, &mut parts, need).await;
    admitted.map_err(|problem| Box::new(problem.into_response()))?;
    Ok((Request::from_parts(parts, body), need))
}

async fn admitted(app: &App, parts: &mut Parts, need: Need) -> Result<(), Problem> {
    let site = site_in(parts).await?;
    let headers = &parts.headers;
    match need {
        Need::Nothing => return Ok(()),
        Need::SignedIn => caller::signed_in(app, headers).await.map(drop)?,
        Need::Somewhere(permission) => caller::somewhere(app, headers, permission)
            .await
            .map(drop)?,
        Need::OnSite(permission) => {
            guard::admit(app, &site, headers, permission).await?;
        }
        Need::OnSiteBoth(one, other) => {
            guard::admit(app, &site, headers, one).await?;
            guard::admit(app, &site, headers, other).await?;
        }
    }
    // A browser sends the cookie along whoever asks it to.
    if !parts.method.is_safe() && caller::is_by_cookie(headers) {
        origin::with_cookie(app, headers)?;
    }
    Ok(())
}

/// What is asked for a method of a path.
fn need(method: &str, path: &str) -> Result<Need, Box<Response>> {
    // Whoever answers GET answers HEAD, without the body.
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(gates) = BY_PATH.get(path) else {
        tracing::error!(path, "a route has no gate, so it is closed");
        let problem = Problem::new(Kind::NotFound, "this endpoint is closed");
        return Err(Box::new(problem.into_response()));
    };
    let gate = gates.iter().find(|gate| gate.method == method);
    gate.map(|gate| gate.need).ok_or_else(|| {
        let allow: Vec<_> = gates.iter().map(|gate| gate.method).collect();
        let problem = Problem::new(
            Kind::MethodNotAllowed,
            "see /docs for the methods of this path",
        );
        let allow = [(header::ALLOW, allow.join(", "))];
        Box::new((allow, problem).into_response())
    })
}

/// The site that the path names; no site has an empty name.
async fn site_in(parts: &mut Parts) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, &()).await;
    let params = params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let mut params = params.iter();
    let site = params.find(|(name, _)| *name == "site");
    Ok(site.map(|(_, site)| site.to_owned()).unwrap_or_default())
}
