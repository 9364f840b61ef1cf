//! When agents are short, by hour of the week.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::engine::staffing::{HourOfWeek, Staffing, StaffingReport};
use crate::http::csv::{Cell, Csv};
use crate::http::problem::{Kind, Problem};
use crate::http::{App, guard};

use super::walk::{Form, Period, in_turn, walk};

/// What period unless told.
const USUAL: &str = "28d";

/// What narrows the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StaffingParams {
    /// The first moment: a span before now (`28d`, unless told), a day, a moment (`2026-11-22T10:00:00Z`) or
    /// milliseconds since the epoch.
    since: Option<String>,
    /// The first moment that is not wanted any more; now unless told.
    until: Option<String>,
    /// `json`, unless told, or `csv`.
    format: Option<String>,
}

/// When agents are short.
#[derive(Serialize, ToSchema)]
pub struct StaffingAnswer {
    /// The first moment that was asked for, in milliseconds since the epoch.
    pub since: u64,
    /// The first moment that is not in the report any more.
    pub until: u64,
    /// The zone of every hour, by its IANA name.
    pub time_zone: String,
    /// Whether the report reaches `until`; `false`: there was more than one report reads, and it ends at `until`.
    pub complete: bool,
    /// The hours of the week, where agents are short, and the same in sentences.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub report: StaffingReport,
}

/// When agents are short: for each hour of the week how many visitors were ready to be greeted, for how many of them
/// nobody was free, and how long first replies took.
///
/// # Errors
///
/// The problem, when the token does not fit or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/sites/{site}/staffing", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), StaffingParams),
    responses(
        (status = 200, description = "The hours of the week; with `format=csv` as a table", body = StaffingAnswer),
        (status = "4XX", description = "The request was refused", body = crate::http::problem::ProblemBody)))]
pub async fn staffing(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<StaffingParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeReports).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let form = Form::read(params.format.as_deref())?;
    let since = params.since.as_deref().unwrap_or(USUAL);
    let period = Period::read(Some(since), params.until.as_deref())?;
    let found = in_turn(app, move |app| {
        let rules = site.live_rules();
        let zone = rules.calendar.zone().iana_name().unwrap_or("UTC");
        let zone = zone.to_owned();
        let mut sums = Staffing::new(rules);
        let walked = walk(app, &site, period, &mut |decision| sums.take(decision))?;
        Ok(StaffingAnswer {
            since: period.span.from.0,
            until: walked.until.0,
            time_zone: zone,
            complete: walked.complete,
            report: sums.report(period.span.from, walked.until),
        })
    });
    let found = found.await?;
    Ok(match form {
        Form::Json => Json(found).into_response(),
        Form::Csv => table(&found.report.hours).answer("ahlan-staffing"),
    })
}

fn table(hours: &[HourOfWeek]) -> Csv {
    let mut table = Csv::with(&[
        "weekday",
        "hour",
        "weeks",
        "open",
        "offers",
        "held_for_capacity",
        "no_agent",
        "chats",
        "missed_chats",
        "slots_mean",
        "reply_p75_s",
        "short",
    ]);
    let flag = |flag| Cell::Text(if flag { "true" } else { "false" });
    let number = |number: Option<f64>| number.map_or(Cell::Empty, Cell::Number);
    for hour in hours {
        table.row(&[
            Cell::Text(hour.weekday),
            Cell::Count(u64::from(hour.hour)),
            Cell::Count(hour.weeks),
            hour.open.map_or(Cell::Empty, flag),
            Cell::Count(hour.offers),
            Cell::Count(hour.held_for_capacity),
            Cell::Count(hour.no_agent),
            Cell::Count(hour.chats),
            Cell::Count(hour.missed_chats),
            number(hour.slots_mean),
            number(hour.reply_p75_s),
            flag(hour.short),
        ]);
    }
    table
}
