//! What the site's triggers achieve, from the decision log.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::clock;
use crate::domain::{Decision, Millis, RuleSetHash, Timestamp};
use crate::engine::uplift::{Effectiveness, TriggerEffect};
use crate::publishing;
use crate::site::Site;
use crate::store::{Order, Span, StoreError};

use super::moment::moment;
use super::problem::{Kind, Problem};
use super::{App, guard};

/// The most decisions that one report reads.
const MAX_READ: u64 = 5_000_000;
/// After so many decisions, whether the service is about to stop is asked.
const PAUSE: u64 = 10_000;

/// Who may walk a whole decision log: one request at a time, so that the memory of reports stays bounded.
#[derive(Debug)]
pub struct EffectTurn(Arc<Semaphore>);

impl Default for EffectTurn {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

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
        (status = 200, description = "What the triggers achieved", body = EffectAnswer),
        (status = "4XX", description = "The request was refused", body = super::problem::ProblemBody)))]
pub async fn effect(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<EffectParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<EffectAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeReports).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let now = clock::now();
    // A burst may run a little ahead of the clock.
    let latest = now + Millis::from_mins(1);
    let since = moment("since", params.since.as_deref(), now)?;
    let until = moment("until", params.until.as_deref(), now)?;
    let span = Span {
        from: since.unwrap_or(Timestamp(0)),
        until: until.unwrap_or(latest).min(latest),
    };
    let turn = Arc::clone(&app.effect_turn.0).acquire_owned().await;
    let turn = turn.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    // The turn goes with the work, which goes on when the client has gone.
    let found = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        report(&app, &site, span, params.trigger.as_deref(), now)
    });
    let found = found
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    found.map(Json)
}

fn report(
    app: &App,
    site: &Site,
    span: Span,
    trigger: Option<&str>,
    now: Timestamp,
) -> Result<EffectAnswer, Problem> {
    let rules = site.live_rules();
    let rule_set = rules.hash.to_string();
    let mut sums = Effectiveness::new(rules);
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
    let (mut decisions, mut until, mut complete) = (0, span.until.min(now), true);
    let mut look = |_, decision: Decision| {
        let stops = decisions % PAUSE == 0 && *app.draining.borrow();
        if decisions == MAX_READ || stops {
            (until, complete) = (decision.at, false);
            return ControlFlow::Break(());
        }
        decisions += 1;
        let other = |id: &Arc<str>| trigger.is_some_and(|wanted| **id != *wanted);
        if !decision.trigger().is_some_and(other) {
            sums.take(&decision, &mut find);
        }
        ControlFlow::Continue(())
    };
    let store = &app.pipeline.store;
    store.decisions(site.key, span, Order::OldestFirst, &mut look)?;
    if let Some(why) = fault {
        return Err(why.into());
    }
    let mut triggers = sums.report(until);
    if let Some(wanted) = trigger {
        triggers.retain(|one| *one.trigger == *wanted);
        if triggers.is_empty() {
            let detail = format!("no trigger with the id `{wanted}` is in force or in the log");
            return Err(Problem::new(Kind::NotFound, detail));
        }
    }
    Ok(EffectAnswer {
        since: span.from.0,
        until: until.0,
        rule_set,
        decisions,
        complete,
        left_out: sums.left_out(),
        triggers,
    })
}
