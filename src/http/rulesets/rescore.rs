//! The visitors' history scored anew under a version of the rules: its effect shown, and then, if wanted, done.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::domain::{ReleaseKind, RuleSetHash};
use crate::http::App;
use crate::http::problem::{Problem, ProblemBody};
use crate::pipeline::Rescoring;
use crate::publishing;

use super::backtest::Place;
use super::room::{Room, lasting, version_of};

/// Why history is scored anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescoreBody {
    /// Why, 1 to 500 characters.
    reason: String,
    /// The version that the sender takes to be live.
    expected: u32,
    /// Who wants it, 1 to 120 characters; `unknown` unless told.
    author: Option<String>,
}

/// What scoring history anew does to the visitors who are here.
#[derive(Serialize, ToSchema)]
pub struct RescoreAnswer {
    /// The version under which it is scored.
    version: u32,
    /// The fingerprint of its files.
    hash: String,
    /// Visitors, how each score and stage moves, the biggest changes as examples, and who was left out.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    rescoring: Rescoring,
}

/// What scoring the visitors' history anew under a version would do. Nothing is changed.
///
/// # Errors
///
/// The problem: no version has this number, or too many backtests or scorings wait already.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/{version}/rescore-preview", tag = "rules",
    security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number")),
    responses(
        (status = 200, description = "What it would do to the scores", body = RescoreAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<RescoreAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::EditRules).await?;
    let versions = room.versions()?;
    let version = version_of(&versions, &version)?;
    let mut place = Place::take(&app.backtests, room.site.key, None)?;
    place.turn().await;
    let rules = match room.site.in_force_with(version.hash) {
        Some(rules) => rules,
        None => publishing::rules(room.store(), version.hash).await?,
    };
    let rescoring = app.pipeline.rescore(&room.site, &rules, false).await?;
    Ok(answer(version.number, version.hash, rescoring))
}

/// Scores the visitors' history anew under the live version: the new points take the place of the old ones. Nobody is
/// invited by it. Goes on to its end even if the client goes away.
///
/// # Errors
///
/// The problem: this version is not live, another one is than expected, or too many backtests or scorings wait already.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/{version}/rescore", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("version" = u32, Path, description = "The version's number; it has to be live")),
    request_body = RescoreBody,
    responses(
        (status = 200, description = "What it has done to the scores", body = RescoreAnswer),
        (status = "4XX", description = "The request was refused; 409 has `live`, `since_parent` and `from_live`",
            body = ProblemBody)))]
pub async fn rescore(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RescoreAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::PublishRules).await?;
    let body: RescoreBody = room.read(&headers, body).await?;
    let word = room.word(body.author, &body.reason)?;
    let versions = room.versions()?;
    let version = version_of(&versions, &version)?;
    let (number, hash, expected) = (version.number, version.hash, body.expected);
    let mut place = Place::take(&app.backtests, room.site.key, None)?;
    let (site, caller) = (Arc::clone(&room.site), room.caller());
    let done = lasting(async move {
        place.turn().await;
        let pipeline = &app.pipeline;
        let store = &*pipeline.store;
        // First into the history: points that have changed without a word would be a riddle.
        let note =
            |versions: &mut crate::domain::Versions| versions.rescore(number, expected, &word);
        publishing::change(store, &site, note).await?;
        pipeline.metrics.count_release(ReleaseKind::Rescore);
        let after = json!({ "version": number });
        app.audit(&caller, "rules.rescore", None, Some(after)).await;
        let rules = publishing::rules(store, hash).await?;
        let done = pipeline.rescore(&site, &rules, true).await?;
        let (site, visitors, changed) = (&*site.name, done.report.visitors, done.report.changed);
        tracing::info!(
            site,
            version = number,
            visitors,
            changed,
            "history is scored anew"
        );
        Ok(done)
    });
    let done = done.await;
    let done = match done {
        Ok(done) => done,
        Err(why) => {
            let files = room.files(version)?;
            return Err(room.problem(why, Some(expected), &files));
        }
    };
    Ok(answer(number, hash, done))
}

fn answer(version: u32, hash: RuleSetHash, rescoring: Rescoring) -> Json<RescoreAnswer> {
    Json(RescoreAnswer {
        version,
        hash: hash.to_string(),
        rescoring,
    })
}
