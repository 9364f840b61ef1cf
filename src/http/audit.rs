//! The audit log: who has changed what, and what it was before.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::access::audit::{Entry, latest};
use crate::access::{Caller, EVERY_SITE, Permission, User, Who};
use crate::clock;
use crate::domain::{Seq, Timestamp};

use super::problem::{Kind, Problem, ProblemBody};
use super::{App, caller};

/// The most entries in one answer.
const MAX_ENTRIES: usize = 200;

/// What is asked of the audit log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// `next` of the answer before.
    before: Option<String>,
    /// Entries, 1 to 200; 50 unless told.
    limit: Option<usize>,
    /// Only what concerns the site with this public key.
    site: Option<String>,
}

/// A part of the audit log, the latest first.
#[derive(Serialize, ToSchema)]
pub struct AuditAnswer {
    entries: Vec<EntryBody>,
    /// Ask with this as `before` for the next part; `null` when this is the last.
    next: Option<String>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
struct EntryBody {
    /// Its place in the log.
    id: String,
    /// When, in milliseconds since the epoch.
    #[schema(value_type = u64)]
    at: Timestamp,
    /// The name of who has done it, as it was then.
    who: String,
    /// The id of who has done it; `null` for a program.
    user: Option<String>,
    /// The thing and the deed, such as `user.change`.
    action: String,
    /// The site that it concerns; `null` for what belongs to the installation.
    site: Option<String>,
    /// What could be seen of the thing before, without secrets.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What can be seen of it since.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

impl EntryBody {
    fn new(place: Seq, entry: Entry) -> Self {
        Self {
            id: place.0.to_string(),
            at: entry.at,
            who: entry.who,
            user: entry.user.map(|user| user.to_string()),
            action: entry.action,
            site: entry.site,
            before: entry.before,
            after: entry.after,
        }
    }
}

impl App {
    /// Notes that somebody has changed something on a site: `action` names the thing and the deed, such as
    /// `webhook.create`. `before` and `after` are what can be seen of the thing; secrets are taken out. What the log does
    /// not take is told in the service's own log: the change has been made by then.
    pub async fn audit(
        &self,
        caller: &Caller,
        action: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let site = Some(&*caller.site.name);
        self.note(&caller.who, action, site, before, after).await;
    }

    /// The same for what belongs to the installation, or to a site that is named.
    pub(super) async fn note(
        &self,
        who: &Who,
        action: &str,
        site: Option<&str>,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        let entry = Entry::new(who, action, site, before, after, clock::now());
        if let Err(why) = entry.write(&*self.pipeline.store).await {
            let (who, site) = (who.name(), site.unwrap_or_default());
            tracing::error!(%why, who, action, site, "the audit log did not take an entry");
        }
    }
}

/// What was changed, the latest first.
///
/// # Errors
///
/// The problem, when the caller manages nobody or a parameter is out of its bounds.
#[utoipa::path(get, path = "/v1/audit", tag = "people", security(("session" = [])), params(AuditParams),
    responses(
        (status = 200, description = "What was changed on the sites whose people the caller manages", body = AuditAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn audit(
    State(app): State<Arc<App>>,
    params: Result<Query<AuditParams>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<AuditAnswer>, Problem> {
    let person = caller::somewhere(&app, &headers, Permission::ManagePeople).await?;
    let bad = |why: String| Problem::new(Kind::BadParameter, why);
    let Query(params) = params.map_err(|why| bad(why.body_text()))?;
    let limit = params.limit.unwrap_or(50);
    if !(1..=MAX_ENTRIES).contains(&limit) {
        return Err(bad(format!("`limit` is 1 to {MAX_ENTRIES}")));
    }
    let before = params.before.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| bad("`before` is the `next` of another answer".to_owned()))?;
    let read = tokio::task::spawn_blocking(move || {
        let wanted = |entry: &Entry| {
            let asked = params.site.as_deref();
            (asked.is_none() || entry.site.as_deref() == asked) && may_see(&person.user, entry)
        };
        latest(&*app.pipeline.store, before.map(Seq), limit, wanted)
    });
    let found = read
        .await
        .map_err(|why| Problem::new(Kind::Internal, why.to_string()))??;
    let next = found.last().filter(|_| found.len() == limit);
    let next = next.map(|(place, _)| place.0.to_string());
    let entries = found.into_iter();
    Ok(Json(AuditAnswer {
        entries: entries
            .map(|(place, entry)| EntryBody::new(place, entry))
            .collect(),
        next,
    }))
}

/// Whoever manages a site's people sees what was done on the site; whoever manages all sites', everything.
fn may_see(user: &User, entry: &Entry) -> bool {
    let site = entry.site.as_deref().unwrap_or(EVERY_SITE);
    let may = |site| user.may(Permission::ManagePeople, site);
    may(EVERY_SITE) || may(site)
}
