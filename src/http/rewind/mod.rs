//! Recorded visits: which there are, and each of them stepped through, as it was or under other rules.

mod wire;

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::clock;
use crate::domain::{Record, SessionId, Timestamp, VisitorId};
use crate::engine::PastError;
use crate::engine::rewind::script::{ScriptError, Wish, script};
use crate::engine::rewind::{self, Plan, Visit};
use crate::publishing::PublishError;
use crate::rules::RuleSet;
use crate::site::Site;

use super::explain::nobody;
use super::past::{self, PastRules};
use super::problem::{Kind, Problem, ProblemBody};
use super::rulesets::chosen::{chosen, live};
use super::rulesets::room::Room;
use super::rulesets::wire::FileBody;
use super::{App, guard};
use wire::{RewindAnswer, TestAnswer, VisitsAnswer};

/// Which visit is stepped through, and under which rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewindBody {
    /// The visit, by its session; the latest unless told.
    session: Option<String>,
    /// The rules, as files.
    files: Option<Vec<FileBody>>,
    /// The rules, as the number of a version. Without either, those of then: what really happened.
    version: Option<u32>,
}

/// Which visit becomes a test, and of which rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestBody {
    /// The visit, by its session; the latest unless told.
    session: Option<String>,
    /// The rules, as files.
    files: Option<Vec<FileBody>>,
    /// The rules, as the number of a version; the live one unless told.
    version: Option<u32>,
    /// What the test shows, at most 120 characters; made up unless told.
    name: Option<String>,
}

/// A visitor and everything that is recorded of them.
struct Recorded {
    visitor: VisitorId,
    first_seen: Timestamp,
    records: Vec<Record>,
}

/// The visits of a visitor that the journal tells of.
///
/// # Errors
///
/// The problem, when the token does not fit, nobody has this id, or the rules of then are not kept any more.
#[utoipa::path(get, path = "/v1/sites/{site}/visitors/{id}/visits", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    responses(
        (status = 200, description = "The visits, the latest first", body = VisitsAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn visits(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<VisitsAnswer>, Problem> {
    let site = guard::admit(&app, &site, &headers, Permission::SeeVisitors)
        .await?
        .site;
    let (visitor, first_seen) = known(&app, &site, &id).await?;
    aside(move || {
        let recorded = recorded(&app, &site, visitor, first_seen)?;
        let mut rules = PastRules::new(&app, &site);
        let visits = rewind::visits(&recorded.records, &mut |hash| rules.load(hash));
        rules.all_read()?;
        Ok(VisitsAnswer::of(&recorded, &visits.map_err(lost)?))
    })
    .await
    .map(Json)
}

/// One visit, moment by moment: the scores, what rules gave, and what was missing to each trigger, as it was or under
/// other rules. Nothing is changed.
///
/// # Errors
///
/// The problem: the token does not fit, nobody has this id, no such visit is recorded, or the rules have mistakes.
#[utoipa::path(post, path = "/v1/sites/{site}/visitors/{id}/rewind", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    request_body = RewindBody,
    responses(
        (status = 200, description = "The visit, moment by moment", body = RewindAnswer),
        (status = "4XX", description = "The request was refused; 422 has `diagnostics`", body = ProblemBody)))]
pub async fn rewind(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RewindAnswer>, Problem> {
    let room = enter(&app, &site, &headers).await?;
    let body: RewindBody = room.read(&headers, body).await?;
    let draft = body.files.is_some();
    let under = chosen(&room, body.files, body.version).await?;
    let under = under.map(|chosen| chosen.rules);
    let session = session_of(body.session.as_deref())?;
    let (visitor, first_seen) = known(&app, &room.site, &id).await?;
    let versions = room.versions()?;
    aside(move || {
        let recorded = recorded(&app, &room.site, visitor, first_seen)?;
        let mut rules = PastRules::new(&app, &room.site);
        let mut load = |hash| rules.load(hash);
        let told = step_through(&recorded, session, under.as_deref(), &mut load);
        rules.all_read()?;
        Ok(RewindAnswer::of(told?, &versions, draft))
    })
    .await
    .map(Json)
}

/// A visit as a test of the rules: told as a story, without what is personal, and true under these rules. Keeps nothing.
///
/// # Errors
///
/// The problem: the token does not fit, nobody has this id, no such visit is recorded, or the rules have mistakes.
#[utoipa::path(post, path = "/v1/sites/{site}/visitors/{id}/rewind/test", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"),
        ("id" = String, Path, description = "The visitor's public id")),
    request_body = TestBody,
    responses(
        (status = 200, description = "The test", body = TestAnswer),
        (status = "4XX", description = "The request was refused; 422 has `diagnostics`", body = ProblemBody)))]
pub async fn test(
    State(app): State<Arc<App>>,
    Path((site, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TestAnswer>, Problem> {
    let room = enter(&app, &site, &headers).await?;
    let body: TestBody = room.read(&headers, body).await?;
    let under = match chosen(&room, body.files, body.version).await? {
        Some(chosen) => chosen,
        None => live(&room).await?,
    };
    let session = session_of(body.session.as_deref())?;
    let (visitor, first_seen) = known(&app, &room.site, &id).await?;
    aside(move || {
        let recorded = recorded(&app, &room.site, visitor, first_seen)?;
        let mut rules = PastRules::new(&app, &room.site);
        let mut load = |hash| rules.load(hash);
        let visits = rewind::visits(&recorded.records, &mut load).map_err(lost)?;
        let wish = Wish {
            plan: recorded.plan(&visits, session, None)?,
            rules: &under.rules,
            files: &under.files,
            name: body.name.as_deref(),
        };
        let script = script(&wish, &mut load);
        rules.all_read()?;
        Ok(script?.into())
    })
    .await
    .map(Json)
}

/// The door of a site's rules, for somebody who may see its visitors as well.
async fn enter(app: &Arc<App>, site: &str, headers: &HeaderMap) -> Result<Room, Problem> {
    // What else it takes, the gate has asked for.
    guard::admit(app, site, headers, Permission::SeeVisitors).await?;
    Room::open(app, site, headers, Permission::SeeRules).await
}

fn session_of(text: Option<&str>) -> Result<Option<SessionId>, Problem> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| no_visit())
}

fn no_visit() -> Problem {
    let detail = "the journal has no such visit of this visitor, or not any more";
    Problem::new(Kind::NotFound, detail)
}

fn lost(why: PastError) -> Problem {
    Problem::new(Kind::NotFound, why.to_string())
}

impl From<ScriptError> for Problem {
    fn from(why: ScriptError) -> Self {
        let report = why.to_string();
        match why {
            ScriptError::Past(why) => lost(why),
            ScriptError::Rules(diagnostics) => PublishError::Mistakes {
                report,
                diagnostics,
            }
            .into(),
        }
    }
}

/// The visitor of this id, and when they were first heard of.
async fn known(app: &App, site: &Site, id: &str) -> Result<(VisitorId, Timestamp), Problem> {
    let id: VisitorId = id.parse().map_err(|_| nobody())?;
    let state = app.pipeline.store.get(site.key, id).await?;
    let state = state.ok_or_else(nobody)?;
    Ok((id, state.first_seen))
}

fn recorded(
    app: &App,
    site: &Site,
    visitor: VisitorId,
    first_seen: Timestamp,
) -> Result<Recorded, Problem> {
    let records = past::records(app, site, visitor)?;
    if records.is_empty() {
        return Err(lost(PastError::NoRecords));
    }
    Ok(Recorded {
        visitor,
        first_seen,
        records,
    })
}

fn step_through(
    recorded: &Recorded,
    session: Option<SessionId>,
    under: Option<&RuleSet>,
    load: &mut rewind::Load<'_>,
) -> Result<rewind::Rewound, Problem> {
    let visits = rewind::visits(&recorded.records, load).map_err(lost)?;
    let plan = recorded.plan(&visits, session, under)?;
    rewind::rewind(&plan, load).map_err(lost)
}

impl Recorded {
    /// How one of the visits is rewound; the latest unless told.
    fn plan<'a>(
        &'a self,
        visits: &'a [Visit],
        session: Option<SessionId>,
        under: Option<&'a RuleSet>,
    ) -> Result<Plan<'a>, Problem> {
        let wanted = |visit: &&Visit| session.is_none_or(|session| visit.session == session);
        let visit = visits.iter().rev().find(wanted).ok_or_else(no_visit)?;
        Ok(Plan {
            records: &self.records,
            visit,
            under,
            first_seen: self.first_seen,
            now: clock::now(),
        })
    }
}

/// Works on a thread that may take its time.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|why| Err(Problem::new(Kind::Internal, why.to_string())))
}
