//! What the site's triggers achieve, from the decision log.

pub mod staffing;
pub mod suggestions;
mod table;
mod walk;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::domain::RuleSetHash;
use crate::engine::uplift::{By, Effectiveness, TriggerEffect};
use crate::publishing;
use crate::site::Site;
use crate::store::StoreError;

use super::problem::{Kind, Problem};
use super::{App, guard};

pub use walk::EffectTurn;
use walk::{Form, Period, in_turn, walk};

/// What narrows the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EffectParams {
    /// The first moment: a span before now (`7d`), a day, a moment (`2026-11-22T10:00:00Z`) or milliseconds since the
    /// epoch; the beginning of the log unless told.
    since: Option<String>,
    /// The first moment that is not wanted any more; now unless told.
    until: Option<String>,
    /// Only the trigger of this id.
    trigger: Option<String>,
    /// What to divide each trigger's visitors by further: `page_type`, `lang`, `device`, `country`, `visit`, or several of
    /// them with commas.
    by: Option<String>,
    /// `json`, unless told, or `csv`.
    format: Option<String>,
}

/// What the site's triggers achieved.
#[derive(Serialize, ToSchema)]
pub struct EffectAnswer {
    /// The first moment that was asked for, in milliseconds since the epoch.
    pub since: u64,
    /// The first moment that is not in the report any more.
    pub until: u64,
    /// The rule set in force: its triggers are told of, and its goals count.
    pub rule_set: String,
    /// Decisions that were read.
    pub decisions: u64,
    /// Whether the report reaches `until`; `false`: there was more than one report reads, and it ends at `until`.
    pub complete: bool,
    /// Decisions that were left out: of visitors beyond 500,000, or made under rules that are not kept any more.
    pub left_out: u64,
    /// Each trigger, best first, then those that are gone.
    #[schema(value_type = Vec<Object>)]
    pub triggers: Vec<TriggerEffect>,
}

/// What invitations achieve: for each trigger and variant what became of its invitations, how many of the invited and
/// of the withheld reached a goal, and how sure the difference is.
///
/// # Errors
///
/// The problem, when the token does not fit, a parameter is out of its bounds or nobody knows the trigger.
#[utoipa::path(get, path = "/v1/sites/{site}/effect", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), EffectParams),
    responses(
        (status = 200, description = "What the triggers achieved; with `format=csv` as a table", body = EffectAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn effect(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<EffectParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeReports).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let form = Form::read(params.format.as_deref())?;
    let by = ways(params.by.as_deref())?;
    let period = Period::read(params.since.as_deref(), params.until.as_deref())?;
    let found = in_turn(app, move |app| {
        report(app, &site, period, params.trigger.as_deref(), &by)
    });
    let found = found.await?;
    Ok(match form {
        Form::Json => Json(found).into_response(),
        Form::Csv => table::of(&found).answer("ahlan-effect"),
    })
}

/// The ways to divide visitors that a parameter names.
fn ways(by: Option<&str>) -> Result<Vec<By>, Problem> {
    let mut ways = Vec::new();
    for word in by.into_iter().flat_map(|by| by.split(',')) {
        let known = By::ALL.into_iter().find(|by| by.as_str() == word.trim());
        let way = known.ok_or_else(|| {
            let words = By::ALL.map(By::as_str).join(", ");
            Problem::new(
                Kind::BadParameter,
                format!("`by` is one or more of {words}"),
            )
        })?;
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    Ok(ways)
}

fn report(
    app: &App,
    site: &Site,
    period: Period,
    trigger: Option<&str>,
    by: &[By],
) -> Result<EffectAnswer, Problem> {
    let rules = site.live_rules();
    let rule_set = rules.hash.to_string();
    let mut sums = Effectiveness::new(rules).divided(by);
    let mut fault = None;
    let mut find = |hash: RuleSetHash| {
        site.in_force_with(hash).or_else(|| {
            let sources = app.pipeline.store.rule_sources(hash);
            let sources = sources.unwrap_or_else(|why: StoreError| {
                fault = Some(why);
                None
            });
            publishing::compile_packed(&sources?)
        })
    };
    let walked = walk(app, site, period, &mut |decision| {
        let other = |id: &Arc<str>| trigger.is_some_and(|wanted| **id != *wanted);
        if !decision.trigger().is_some_and(other) {
            sums.take(decision, &mut find);
        }
    })?;
    if let Some(why) = fault {
        return Err(why.into());
    }
    let mut triggers = sums.report(walked.until);
    if let Some(wanted) = trigger {
        triggers.retain(|one| *one.trigger == *wanted);
        if triggers.is_empty() {
            let detail = format!("no trigger with the id `{wanted}` is in force or in the log");
            return Err(Problem::new(Kind::NotFound, detail));
        }
    }
    Ok(EffectAnswer {
        since: period.span.from.0,
        until: walked.until.0,
        rule_set,
        decisions: walked.decisions,
        complete: walked.complete,
        left_out: sums.left_out(),
        triggers,
    })
}
