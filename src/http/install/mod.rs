//! Whether a site is set up: what to put into its pages, what has arrived from them, and what was refused.

pub mod check;
mod page;
mod policy;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Permission;

use crate::http::door::{Arrived, Refused, Trouble};
use crate::http::problem::Problem;
use crate::http::{App, guard};

/// Something that did not come in.
#[derive(Serialize, ToSchema)]
pub struct InstallProblem {
    /// `origin`, `unknown_site`, `consent`, `clock`, `bot` or `malformed`.
    pub kind: &'static str,
    /// How often, since `since`.
    pub count: u64,
    /// When it happened last, in milliseconds since the epoch.
    pub last_at: u64,
    /// The particulars of the last case, in words that others may have sent: show it as text.
    pub detail: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// Whether a site is set up.
#[derive(Serialize, ToSchema)]
pub struct InstallAnswer {
    /// What to put into every page of the site.
    pub snippet: String,
    /// The first event that ever arrived.
    pub first_event: Option<Arrived>,
    /// The last event that arrived at this node since it started.
    pub last_event: Option<Arrived>,
    /// What was refused at this node since it started, each kind once.
    pub problems: Vec<InstallProblem>,
    /// When this node started to count, in milliseconds since the epoch.
    pub since: u64,
}

/// Whether events arrive, and what is wrong when they do not.
///
/// # Errors
///
/// The problem, when the token does not fit or the store cannot be asked.
#[utoipa::path(get, path = "/v1/sites/{site}/install", tag = "operators", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    responses(
        (status = 200, description = "What has arrived and what was refused", body = InstallAnswer),
        (status = "4XX", description = "The request was refused", body = crate::http::problem::ProblemBody)))]
pub async fn install(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<InstallAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SetUpSite).await?;
    let site = &caller.site;
    let first_event = app.door.first(&app.pipeline.store, site).await?;
    let seen = app.door.seen(site.key);
    let problem = |(trouble, refused): (Trouble, &Refused)| InstallProblem {
        kind: trouble.as_str(),
        count: refused.count,
        last_at: refused.last_at.0,
        detail: refused.detail.clone(),
        hint: trouble.hint(),
    };
    let base = base(&app, &headers);
    Ok(Json(InstallAnswer {
        snippet: format!(
            "<script async src=\"{base}/t.js\" data-site=\"{}\"></script>",
            site.name
        ),
        first_event,
        problems: seen.refused().map(problem).collect(),
        last_event: seen.last,
        since: app.door.since.0,
    }))
}

/// Where browsers find the service: as the settings say, else as this request has found it.
fn base(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let host = text(header::HOST.as_str()).filter(|host| host.chars().all(is_host));
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        Some(_) | None => "http",
    };
    format!("{scheme}://{}", host.unwrap_or("ahlan.example.com"))
}
