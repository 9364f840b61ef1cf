//! Looks at a page of the customer's website for what keeps its events away.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::http::problem::{Kind, Problem};
use crate::http::{App, envelope, guard};
use crate::webhooks::{CallError, Fetched};

use super::base;
use super::page::{self, Page, PageProblem};

/// A longer address is no page's.
const MAX_URL_CHARS: usize = 2_000;

/// Which page is to be looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckPageBody {
    /// Its address, such as `https://shop.example.com/pricing`, on one of the site's origins.
    url: String,
}

/// What a look at a page has found.
#[derive(Serialize, ToSchema)]
pub struct CheckPageAnswer {
    /// The page that was looked at.
    url: String,
    /// What keeps its events away; none: nothing that can be seen from outside.
    problems: Vec<PageProblem>,
}

/// Gets a page as a browser would and says what keeps its events away: the line that is not there or is another one's,
/// a content security policy, an origin that is not on the list.
///
/// # Errors
///
/// The problem, when the caller may not or the address is none.
#[utoipa::path(post, path = "/v1/sites/{site}/install/check", tag = "operators", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = CheckPageBody,
    responses(
        (status = 200, description = "What was found, the page's absence included", body = CheckPageAnswer),
        (status = "4XX", description = "The request was refused", body = crate::http::problem::ProblemBody)))]
pub async fn check(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<CheckPageAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SetUpSite).await?;
    let site = &caller.site;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: CheckPageBody = envelope::parse_body(&body)?;
    let url = address(&body.url)?;
    let origin = url.origin().ascii_serialization();
    // What is not the site's own is none of this service's business.
    let problems = if site.origins.allow(Some(&origin)) {
        let service = Url::parse(&base(&app, &headers));
        let service = service.map_err(|why| Problem::new(Kind::BadParameter, why.to_string()))?;
        match app.pipeline.webhooks.fetch(&url).await {
            Ok(fetched) => judge(&url, &fetched, &service, &site.name),
            Err(why) => vec![unreachable(&why)],
        }
    } else {
        vec![PageProblem::new("origin", origin)]
    };
    let url = url.into();
    Ok(Json(CheckPageAnswer { url, problems }))
}

fn address(text: &str) -> Result<Url, Problem> {
    let refuse = |why: &str| Problem::new(Kind::BadParameter, format!("`url` {why}"));
    if text.chars().count() > MAX_URL_CHARS {
        return Err(refuse("is too long"));
    }
    let url = Url::parse(text.trim());
    let url =
        url.map_err(|_| refuse("is no address; write one such as https://shop.example.com/"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("has no name and no password"));
    }
    Ok(url)
}

fn unreachable(why: &CallError) -> PageProblem {
    let kind = match why {
        CallError::Private { .. } => "private",
        CallError::Address(_) | CallError::TooSlow | CallError::Failed(_) => "unreachable",
    };
    PageProblem::new(kind, why.to_string())
}

fn judge(url: &Url, fetched: &Fetched, service: &Url, key: &str) -> Vec<PageProblem> {
    let status = fetched.status;
    if (300..400).contains(&status) {
        let to = fetched.location.clone().unwrap_or_default();
        return vec![PageProblem::new("redirect", to)];
    }
    if !(200..300).contains(&status) {
        return vec![PageProblem::new("status", status.to_string())];
    }
    let kind = fetched.kind.as_deref().unwrap_or("text/html");
    if !kind.contains("html") {
        return vec![PageProblem::new("no_html", kind)];
    }
    let page = Page {
        url,
        html: &fetched.body,
        policies: fetched.policies.clone(),
    };
    page::problems(&page, service, key)
}
