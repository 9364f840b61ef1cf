//! Who on the site would be invited at this moment by some rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::domain::Millis;
use crate::engine::ScoreNow;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::{App, guard};
use crate::live;
use crate::pipeline::{Outlooks, Prospect, Prospects, Side};
use crate::rules::RuleSet;

use super::chosen::{self, chosen};
use super::room::Room;
use super::wire::FileBody;

/// So many requests are worked on at once; the others wait.
const AT_ONCE: usize = 2;

/// Who may look at everybody on a site: a few requests at a time, so that visitors go first.
#[derive(Debug)]
pub struct NowTurn(Arc<Semaphore>);

impl Default for NowTurn {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The rules to look with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NowBody {
    /// As files.
    files: Option<Vec<FileBody>>,
    /// As the number of a version; the live one unless told.
    version: Option<u32>,
}

/// Whom one version invites.
#[derive(Serialize, ToSchema)]
pub struct SideBody {
    /// So many would see an invitation.
    ready: u64,
    /// So many would, and are in the holdout.
    withheld: u64,
    /// For so many a trigger is ready and held back, by the first of what is in the way.
    held: BTreeMap<&'static str, u64>,
}

/// A score under the rules that act and under those on trial.
#[derive(Serialize, ToSchema)]
pub struct ScoreMoved {
    /// The score.
    score: String,
    /// Its points under the rules that act; `null` when they do not know it.
    before: Option<f64>,
    /// Its points under the rules on trial.
    after: f64,
    /// Its stage under the rules that act.
    stage_before: Option<String>,
    /// Its stage under the rules on trial.
    stage: Option<String>,
}

/// A visitor whom one of the two invites.
#[derive(Serialize, ToSchema)]
pub struct NowRow {
    /// The public id.
    visitor: String,
    /// What the person is called, if the site told it.
    name: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    /// The type of the page that is looked at, under the rules on trial.
    page_type: Option<String>,
    /// Its path.
    path: Option<String>,
    /// Its title.
    title: Option<String>,
    /// The trigger of the rules on trial that would invite; among the `lost` the one that does invite.
    trigger: Option<String>,
    /// The trigger of the rules that act which invites.
    live_trigger: Option<String>,
    /// What the visitor would read.
    message: Option<String>,
    /// The language of that.
    lang: Option<String>,
    /// `sales`, `welcome` or `help`.
    tone: Option<&'static str>,
    /// `chat`, `phone` or `email`.
    channel: Option<&'static str>,
    /// In how long that would be, if nothing else happens; 0: now.
    in_ms: u64,
    /// Every score, in the order of the rules on trial.
    scores: Vec<ScoreMoved>,
}

/// How many visitors each list would have in all.
#[derive(Serialize, ToSchema)]
pub struct NowCounts {
    both: u64,
    gained: u64,
    lost: u64,
    soon: u64,
}

/// Who would be invited at this moment.
#[derive(Serialize, ToSchema)]
pub struct NowAnswer {
    /// This moment, in milliseconds since the epoch.
    at: u64,
    /// The fingerprint of the rules on trial.
    hash: String,
    /// Visitors who have a page open.
    visitors: u64,
    /// Those of them who look at it, and so could be invited; at most 10,000.
    looked_at: u64,
    /// Those who look at a page and are beyond that bound.
    too_many: u64,
    /// Those whose points are told as they stand, because their history cannot be scored anew.
    unscored: u64,
    /// Whom the rules that act invite.
    live: SideBody,
    /// Whom the rules on trial would invite.
    draft: SideBody,
    /// How many visitors the lists below have in all.
    counts: NowCounts,
    /// Whom both invite; 50 at most, as in each list.
    both: Vec<NowRow>,
    /// Whom the rules on trial alone would invite.
    gained: Vec<NowRow>,
    /// Whom the rules that act alone invite.
    lost: Vec<NowRow>,
    /// Whom the rules on trial would invite within a minute if nothing else happened.
    soon: Vec<NowRow>,
}

/// Who on the site would be invited at this moment by these rules, beside those whom the rules that act invite. Scores
/// are those that these rules would have given all along. Nothing is changed.
///
/// # Errors
///
/// The problem: the token does not fit, no version has this number, or the rules have mistakes.
#[utoipa::path(post, path = "/v1/sites/{site}/rulesets/now", tag = "rules", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key")),
    request_body = NowBody,
    responses(
        (status = 200, description = "Who would be invited", body = NowAnswer),
        (status = "4XX", description = "The request was refused; 422 has `diagnostics`", body = ProblemBody)))]
pub async fn now(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<NowAnswer>, Problem> {
    guard::admit(&app, &site, &headers, Permission::SeeVisitors).await?;
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let body: NowBody = room.read(&headers, body).await?;
    let named = chosen(&room, body.files, body.version).await?;
    let rules = match named {
        Some(named) => named.rules,
        None => chosen::live(&room).await?.rules,
    };
    let turn = Arc::clone(&app.now_turn.0).acquire_owned().await;
    let _turn = turn.map_err(|why| Problem::new(Kind::Internal, why.to_string()))?;
    let found = app.pipeline.outlook(&room.site, &rules).await?;
    Ok(Json(answer(&rules, found)))
}

fn answer(rules: &RuleSet, found: Outlooks) -> NowAnswer {
    NowAnswer {
        at: found.at.0,
        hash: rules.hash.to_string(),
        visitors: found.visitors,
        looked_at: found.looked_at,
        too_many: found.too_many,
        unscored: found.unscored,
        live: found.live.into(),
        draft: found.draft.into(),
        counts: NowCounts {
            both: found.both.visitors,
            gained: found.gained.visitors,
            lost: found.lost.visitors,
            soon: found.soon.visitors,
        },
        both: rows(rules, &found.both),
        gained: rows(rules, &found.gained),
        lost: rows(rules, &found.lost),
        soon: rows(rules, &found.soon),
    }
}

impl From<Side> for SideBody {
    fn from(side: Side) -> Self {
        Self {
            ready: side.ready,
            withheld: side.withheld,
            held: side.held,
        }
    }
}

fn rows(rules: &RuleSet, list: &Prospects) -> Vec<NowRow> {
    let shown = list.shown.iter();
    shown.map(|prospect| row(rules, prospect)).collect()
}

fn row(rules: &RuleSet, prospect: &Prospect) -> NowRow {
    let state = &prospect.state;
    let session = state.session.as_deref();
    let page = session.and_then(|session| session.current_page());
    let country = session.and_then(|session| session.arrival.country);
    let page_type = page.and_then(|page| rules.page_type_name(page.page_type?));
    let says = prospect.invitation.as_deref();
    let in_ms = says.map_or(Millis::ZERO, |_| prospect.after);
    let text = |text: &Arc<str>| text.to_string();
    NowRow {
        visitor: state.id.to_string(),
        name: live::text_trait(state, live::NAME).map(str::to_owned),
        country: country.map(|country| country.to_string()),
        page_type: page_type.map(text),
        path: page.map(|page| live::path(&page.url).to_owned()),
        title: page.and_then(|page| page.title.as_ref()).map(text),
        trigger: says.map(|says| says.trigger_name.to_string()),
        live_trigger: prospect.live.as_ref().map(text),
        message: says.map(|says| says.message.to_string()),
        lang: says.map(|says| says.lang.to_string()),
        tone: says.map(|says| says.tone.as_str()),
        channel: says.map(|says| says.channel.as_str()),
        in_ms: in_ms.0,
        scores: prospect
            .scores
            .iter()
            .map(|score| moved(score, &prospect.before))
            .collect(),
    }
}

fn moved(score: &ScoreNow, before: &[ScoreNow]) -> ScoreMoved {
    let before = before.iter().find(|known| known.name == score.name);
    let stage = |score: &ScoreNow| score.stage.as_ref().map(ToString::to_string);
    ScoreMoved {
        score: score.name.to_string(),
        before: before.map(|before| before.value.as_f64()),
        after: score.value.as_f64(),
        stage_before: before.and_then(stage),
        stage: stage(score),
    }
}
