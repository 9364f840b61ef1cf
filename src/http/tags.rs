//! Labels that agents give visitors, for rules and for each other.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;
use crate::clock;
use crate::domain::{MAX_TAG_CHARS, MAX_TAGS, VisitorId};

use super::problem::{Kind, Problem};
use super::text::visible;
use super::{App, guard};

/// Labels to put on and to take off.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TagsBody {
    /// Labels to put on, each of 1 to 64 characters; at most 32.
    add: Vec<String>,
    /// Labels to take off, whatever their case; at most 32.
    remove: Vec<String>,
}

/// The visitor's labels.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagsAnswer {
    /// In the order they were given; beyond 32 the oldest made room.
    #[schema(value_type = Vec<String>)]
    tags: Vec<Arc<str>>,
}

/// Puts labels on a visitor and takes labels off.
///
/// # Errors
///
/// The problem, when the token does not fit, nobody has this id, or a label is out of its bounds.
#[utoipa::path(post, path = "/v1/sites/{site}/visitors/{id}/tags", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    request_body = TagsBody,
    responses(
        (status = 200, description = "The labels the visitor has now; the call is durable", body = TagsAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn tag(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Json<TagsAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::Greet).await?;
    let site = &caller.site;
    let body = guard::read_body(&app, &headers, body).await?;
    let body: TagsBody = super::envelope::parse_body(&body)?;
    let (add, remove) = (labels(&body.add, "add")?, labels(&body.remove, "remove")?);
    if add.is_empty() && remove.is_empty() {
        let why = "name at least one label in `add` or in `remove`";
        return Err(Problem::new(Kind::BadParameter, why));
    }
    let nobody = || {
        Problem::new(
            Kind::NotFound,
            "no visitor of this site has this id, or not any more",
        )
    };
    let id: VisitorId = id.parse().map_err(|_| nobody())?;
    let tags = app
        .pipeline
        .tag(site, id, add, remove, clock::now())
        .await?;
    tags.map(|tags| Json(TagsAnswer { tags }))
        .ok_or_else(nobody)
}

/// Labels as they are kept: trimmed, printable, bounded.
fn labels(texts: &[String], field: &str) -> Result<Vec<Arc<str>>, Problem> {
    let refused = |why: String| Problem::new(Kind::BadParameter, why);
    if texts.len() > MAX_TAGS {
        return Err(refused(format!("`{field}` has at most {MAX_TAGS} labels")));
    }
    let labels = texts.iter().map(|text| {
        let label = visible(text);
        let label = label.trim();
        if label.is_empty() || label.chars().count() > MAX_TAG_CHARS {
            return Err(refused(format!(
                "a label has 1 to {MAX_TAG_CHARS} characters"
            )));
        }
        Ok(Arc::from(label))
    });
    labels.collect()
}
