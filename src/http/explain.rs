//! Why, and why not: one visitor explained, now or at any moment of the recorded past.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::access::Permission;
use crate::clock;
use crate::domain::{Timestamp, VisitorId, VisitorState};
use crate::engine::{self, Explanation, Past, PastError};
use crate::publishing;
use crate::site::Site;

use super::moment::moment;
use super::past::{self, PastRules};
use super::problem::{Kind, Problem};
use super::{App, guard};

/// Which moment is explained.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ExplainParams {
    /// A moment of the past: a span before now (`2h`), a moment (`2026-11-22T10:00:00Z`) or milliseconds since the epoch;
    /// now unless told.
    at: Option<String>,
}

/// Why a visitor is or is not invited.
#[derive(Serialize)]
pub struct ExplainAnswer {
    /// The visitor's public id.
    visitor: String,
    /// The numbers of the versions whose hashes stand in the explanation, by hash.
    versions: BTreeMap<String, u32>,
    /// For a moment of the past: what the explanation rests on.
    past: Option<PastAnswer>,
    /// The explanation.
    #[serde(flatten)]
    explanation: Explanation,
}

/// What the explanation of a past moment rests on.
#[derive(Serialize)]
pub struct PastAnswer {
    /// So many records of the journal.
    records: usize,
    /// The first of them, in milliseconds since the epoch.
    begins_at: u64,
    /// Whether the records reach back to the visitor's beginning; else what came before is not known any more.
    whole: bool,
    /// Whether something was judged at this very moment; else it is what a look would have found.
    decided: bool,
}

/// Why this visitor is or is not invited: every trigger with its conditions, rests, draws and suppressions, and every
/// score with its ledger.
///
/// # Errors
///
/// The problem, when the token does not fit, nobody has this id, or the journal does not reach back so far.
#[utoipa::path(get, path = "/v1/sites/{site}/visitors/{id}/explain", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id"), ExplainParams),
    responses(
        (status = 200, description = "Why, and why not", body = serde_json::Value),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn explain(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    params: Result<UrlQuery<ExplainParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<ExplainAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let id: VisitorId = id.parse().map_err(|_| nobody())?;
    let now = clock::now();
    let at = moment("at", params.at.as_deref(), now)?;
    if at.is_some_and(|at| at > now) {
        return Err(Problem::new(Kind::BadParameter, "`at` lies in the future"));
    }
    let state = app.pipeline.store.get(site.key, id).await?;
    let state = state.ok_or_else(nobody)?;
    let answer = tokio::task::spawn_blocking(move || match at {
        None => live(&app, &site, &state, now),
        Some(at) => then(&app, &site, &state, at),
    });
    let answer = answer
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    answer.map(Json)
}

/// Why there is nothing to tell of a visitor.
pub(super) fn nobody() -> Problem {
    Problem::new(
        Kind::NotFound,
        "no visitor of this site has this id, or not any more",
    )
}

fn live(
    app: &App,
    site: &Site,
    state: &VisitorState,
    now: Timestamp,
) -> Result<ExplainAnswer, Problem> {
    let (rules, site_now) = (
        site.rules_for(state.id),
        app.pipeline.desk.now(site.key, now),
    );
    let explanation = engine::explain(&rules, &site_now, state, now);
    Ok(ExplainAnswer {
        visitor: state.id.to_string(),
        versions: versions(app, site, &explanation)?,
        past: None,
        explanation,
    })
}

/// The numbers of the versions that the explanation speaks of by their hashes.
fn versions(
    app: &App,
    site: &Site,
    explanation: &Explanation,
) -> Result<BTreeMap<String, u32>, Problem> {
    let ledger = explanation.scores.iter().flat_map(|score| &score.ledger);
    let hashes = ledger.filter_map(|entry| entry.rule_set.as_ref());
    let spoken_of: BTreeSet<&String> = hashes.chain([&explanation.rule_set]).collect();
    let known = publishing::versions(&*app.pipeline.store, site.key);
    let (_, known) = known.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    let numbers = known
        .list
        .iter()
        .map(|known| (known.hash.to_string(), known.number));
    Ok(numbers
        .filter(|(hash, _)| spoken_of.contains(hash))
        .collect())
}

fn then(
    app: &App,
    site: &Site,
    state: &VisitorState,
    at: Timestamp,
) -> Result<ExplainAnswer, Problem> {
    let records = past::records(app, site, state.id)?;
    let mut rules = PastRules::new(app, site);
    let found = engine::explain_past(&records, at, &mut |hash| rules.load(hash));
    rules.all_read()?;
    let found: Past =
        found.map_err(|why: PastError| Problem::new(Kind::NotFound, why.to_string()))?;
    Ok(ExplainAnswer {
        visitor: state.id.to_string(),
        versions: versions(app, site, &found.explanation)?,
        past: Some(PastAnswer {
            records: found.records,
            begins_at: found.begins_at.0,
            whole: found.begins_at <= state.first_seen,
            decided: found.decided,
        }),
        explanation: found.explanation,
    })
}
