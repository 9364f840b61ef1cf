//! Releases that wait for their moment: put on the schedule, taken off it, and made when they are due.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::{Caller, Permission, Who};
use crate::domain::{ReleaseKind, ScheduleState, Scheduled, Share, Timestamp};
use crate::http::App;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::publishing;
use crate::site::Site;

use super::publish::StopParams;
use super::room::{Room, acted};
use super::wire::{StandBody, percent};

/// In whose name the schedule stands in the audit log.
const WHO: &str = "schedule";

/// A moment to come.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum MomentBody {
    /// In milliseconds since the epoch.
    Ms(u64),
    /// As RFC 3339 has it, with an offset: `2026-11-27T09:00:00+03:00`.
    Text(String),
}

/// An entry of the schedule.
#[derive(Serialize, ToSchema)]
pub struct ScheduledBody {
    /// Its number.
    id: u32,
    /// Which version.
    version: u32,
    /// The version that has to be live by then.
    expected: u32,
    /// When it is released, in milliseconds since the epoch.
    at: u64,
    /// When what was live before comes back; `null`: it stays.
    until: Option<u64>,
    /// For how many of the visitors, when it is not all of them.
    share: Option<String>,
    /// Why, in the words of whoever wants it.
    reason: String,
    /// Who wants it, in their own words.
    author: String,
    /// `waiting`, `acting` (it is released, and waits for its end) or `failed`.
    state: &'static str,
    /// Why it failed.
    why: Option<String>,
}

impl From<&Scheduled> for ScheduledBody {
    fn from(entry: &Scheduled) -> Self {
        let plan = &entry.plan;
        let why = match &entry.state {
            ScheduleState::Failed { why } => Some(why.clone()),
            ScheduleState::Waiting | ScheduleState::Acting { .. } => None,
        };
        Self {
            id: entry.id,
            version: plan.version,
            expected: plan.expected,
            at: plan.at.0,
            until: plan.until.map(|until| until.0),
            share: (plan.share < Share::ALL).then(|| percent(plan.share)),
            reason: entry.reason.clone(),
            author: entry.who.clone(),
            state: entry.state.as_str(),
            why,
        }
    }
}

/// The moment that a field of this name tells.
///
/// # Errors
///
/// When it is none.
pub(super) fn moment(name: &str, told: &MomentBody) -> Result<Timestamp, Problem> {
    let text = match told {
        MomentBody::Ms(ms) => return Ok(Timestamp(*ms)),
        MomentBody::Text(text) => text,
    };
    let moment = text.parse::<jiff::Timestamp>().ok();
    let moment = moment.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
    moment.map(Timestamp).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        let detail = format!(
            "`{name}`: {shown:?} is no moment; write milliseconds since the epoch, or a moment with its offset such as \
             2026-11-27T09:00:00+03:00"
        );
        Problem::new(Kind::BadParameter, detail)
    })
}

/// Takes an entry off the schedule. One that waits is not released; one that acts does not end by itself any more; one
/// that failed is forgotten.
///
/// # Errors
///
/// The problem, when the schedule has no such entry.
#[utoipa::path(delete, path = "/v1/sites/{site}/rulesets/schedule/{id}", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = u32, Path, description = "The entry's number"), StopParams),
    responses(
        (status = 200, description = "What acts, and what is still scheduled", body = StandBody),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn unschedule(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    Query(params): Query<StopParams>,
    headers: HeaderMap,
) -> Result<Json<StandBody>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::PublishRules).await?;
    let word = room.word(params.author, params.reason.as_deref().unwrap_or("stopped"))?;
    // Nothing has the number 0.
    let id = id.parse().unwrap_or(0);
    let kind = ReleaseKind::Unschedule;
    let changed = room.change(kind, move |versions| {
        versions.unschedule(id, &word).map(drop)
    });
    Ok(Json((&changed.await?).into()))
}

/// Does what the schedule says is due on a site at `now`, one after another.
pub async fn keep(app: &Arc<App>, site: &Arc<Site>, now: Timestamp) {
    while site.in_force.load().due.is_some_and(|due| due <= now) {
        let store = &*app.pipeline.store;
        let before = publishing::versions(store, site.key);
        let before = before.map(|(_, versions)| json!(StandBody::from(&versions)));
        let (kind, versions) = match publishing::keep(store, site, now).await {
            Ok(Some(done)) => done,
            Ok(None) => return,
            Err(why) => {
                tracing::warn!(site = &*site.name, %why, "what is scheduled is tried again");
                return;
            }
        };
        let caller = Caller {
            site: Arc::clone(site),
            who: Who::Token(WHO.into()),
        };
        let (action, after) = (
            format!("rules.{}", kind.as_str()),
            json!(StandBody::from(&versions)),
        );
        app.audit(&caller, &action, before.ok(), Some(after)).await;
        acted(app, site, kind, &versions).await;
    }
}
