//! What a form offers: the language's tables, fields and operators, with the values that visitors have shown lately.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::clock;
use crate::domain::{Key, Millis, Timestamp};
use crate::http::App;
use crate::http::moment::moment;
use crate::http::problem::{Kind, Problem, ProblemBody};
use crate::http::rulesets::room::Room;
use crate::rules::RuleSet;
use crate::rules::guide::{self, GuideField, GuideOperator, GuidePart};
use crate::site::Site;
use crate::studio::{Count, Seen, seen};

/// How long the journal is looked back at, unless told.
const USUAL: Millis = Millis::from_days(7);
/// So long an answer holds.
const FRESH: Millis = Millis::from_mins(1);
/// So many answers are remembered.
const MOST: usize = 64;

/// What visitors of each site have shown, as it was found a moment ago.
#[derive(Debug)]
pub struct Catalogues {
    known: Mutex<HashMap<(Key, Millis), Found>>,
    /// One look into the journal at a time.
    turn: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
struct Found {
    at: Timestamp,
    seen: Arc<Seen>,
}

impl Default for Catalogues {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Catalogues {
    fn fresh(&self, key: (Key, Millis), now: Timestamp) -> Option<Arc<Seen>> {
        let known = self.known.lock();
        let found = known.get(&key).filter(|found| found.at + FRESH > now);
        found.map(|found| Arc::clone(&found.seen))
    }

    fn keep(&self, key: (Key, Millis), at: Timestamp, seen: &Arc<Seen>) {
        let mut known = self.known.lock();
        if known.len() >= MOST {
            known.retain(|_, found| found.at + FRESH > at);
        }
        if known.len() < MOST {
            let seen = Arc::clone(seen);
            known.insert(key, Found { at, seen });
        }
    }
}

/// How far back values are looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CatalogueParams {
    /// The first moment: a span before now (`7d`, as it is unless told), a day, or milliseconds since the epoch.
    since: Option<String>,
}

/// A value, and how often it was seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeenValue {
    /// The value.
    value: String,
    /// How often.
    n: u64,
}

/// A field with the values that it had lately.
#[derive(Serialize)]
struct FieldBody {
    #[serde(flatten)]
    field: GuideField,
    /// Most frequent first; 50 at most.
    values: Vec<SeenValue>,
}

/// The names that visitors and sites have used lately, most frequent first.
#[derive(Serialize, ToSchema)]
pub struct SeenNames {
    /// Declared page types, with views.
    page_types: Vec<SeenValue>,
    /// Countries, as two letters.
    countries: Vec<SeenValue>,
    /// Who sent visitors.
    sources: Vec<SeenValue>,
    /// Campaigns.
    campaigns: Vec<SeenValue>,
    /// Names of traits.
    traits: Vec<SeenValue>,
    /// Names of custom events.
    events: Vec<SeenValue>,
    /// Names of goals.
    goals: Vec<SeenValue>,
    /// Languages of pages.
    languages: Vec<SeenValue>,
    /// Labels that agents gave.
    tags: Vec<SeenValue>,
    /// Departments of the chat settings and of agents who are here.
    departments: Vec<SeenValue>,
}

/// What a form offers.
#[derive(Serialize, ToSchema)]
pub struct CatalogueAnswer {
    /// Every kind of table with its keys.
    #[schema(value_type = Vec<Object>)]
    parts: Vec<GuidePart>,
    /// Every field with its operators and the values that it had lately.
    #[schema(value_type = Vec<Object>)]
    fields: Vec<FieldBody>,
    /// The values of single fields of families, such as `visitor.trait.plan`, that more than one visitor had.
    #[schema(value_type = Object)]
    families: std::collections::BTreeMap<String, Vec<SeenValue>>,
    /// Every operator, and what it takes.
    #[schema(value_type = Vec<Object>)]
    operators: Vec<GuideOperator>,
    /// Names seen lately.
    seen: SeenNames,
}

/// What a form offers: tables and keys, fields and operators, and the values that visitors have shown lately.
///
/// # Errors
///
/// The problem, when the token does not fit or `since` is no moment.
#[utoipa::path(get, path = "/v1/sites/{site}/rulesets/catalogue", tag = "studio", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), CatalogueParams),
    responses(
        (status = 200, description = "The catalogue", body = CatalogueAnswer),
        (status = "4XX", description = "The request was refused", body = ProblemBody)))]
pub async fn catalogue(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<CatalogueParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<CatalogueAnswer>, Problem> {
    let room = Room::open(&app, &site, &headers, Permission::SeeRules).await?;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let now = clock::now();
    let since = moment("since", params.since.as_deref(), now)?;
    let span = since.map_or(USUAL, |since| now.since(since));
    let seen = looked_at(&app, &room.site, span, now).await?;
    let departments = departments(&app, room.site.key, now);
    let rules = room.site.live_rules();
    Ok(Json(answer(&rules, &seen, &departments)))
}

/// What was seen, from a moment ago or from the journal.
async fn looked_at(
    app: &Arc<App>,
    site: &Arc<Site>,
    span: Millis,
    now: Timestamp,
) -> Result<Arc<Seen>, Problem> {
    // To the minute, so that asking again finds the answer.
    let span = Millis(span.0.div_ceil(FRESH.0) * FRESH.0);
    let key = (site.key, span);
    if let Some(seen) = app.catalogues.fresh(key, now) {
        return Ok(seen);
    }
    let internal = |why: String| Problem::new(Kind::Internal, why);
    let turn = Arc::clone(&app.catalogues.turn).acquire_owned().await;
    let turn = turn.map_err(|why| internal(why.to_string()))?;
    // Somebody else may have looked while this one waited.
    if let Some(seen) = app.catalogues.fresh(key, now) {
        return Ok(seen);
    }
    let (store, site) = (Arc::clone(&app.pipeline.store), Arc::clone(site));
    let looked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let since = Timestamp(now.0.saturating_sub(span.0));
        seen(&*store, site.key, &site.live_rules(), since, now)
    });
    let looked = looked.await.map_err(|why| internal(why.to_string()))?;
    let seen = Arc::new(looked?);
    app.catalogues.keep(key, now, &seen);
    Ok(seen)
}

/// The departments that there are, in no order of frequency.
fn departments(app: &App, site: Key, now: Timestamp) -> Vec<SeenValue> {
    let desk = &app.pipeline.desk;
    let (_, known) = desk.look(site, now);
    let named = known.into_iter().map(|one| one.name.to_string());
    let settings = desk.settings(site);
    let written = settings.written.departments.iter();
    let all: BTreeSet<String> = named.chain(written.map(|one| one.name.clone())).collect();
    let value = |value| SeenValue { value, n: 0 };
    all.into_iter().map(value).collect()
}

fn told(counts: &[Count]) -> Vec<SeenValue> {
    let one = |(value, n): &Count| SeenValue {
        value: value.to_string(),
        n: *n,
    };
    counts.iter().map(one).collect()
}

/// Every word of a set, those seen most first.
fn all_of<'w>(words: impl Iterator<Item = &'w str>, seen: &[Count]) -> Vec<SeenValue> {
    let count = |word: &str| seen.iter().find(|(value, _)| **value == *word);
    let value = |word: &str| SeenValue {
        value: word.to_owned(),
        n: count(word).map_or(0, |(_, n)| *n),
    };
    let mut all: Vec<_> = words.map(value).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.n));
    all
}

fn answer(rules: &RuleSet, seen: &Seen, departments: &[SeenValue]) -> CatalogueAnswer {
    let page_types = || {
        let names = rules.page_types.iter().map(|kind| &*kind.name);
        all_of(names, seen.of("page.type"))
    };
    let values = |field: &GuideField| match field.name {
        "page.type"
        | "session.entry_type"
        | "session.previous_page_type"
        | "session.page_types"
        | "session.views.<page type>" => page_types(),
        "session.entry_path" => told(seen.of("page.path")),
        "chat.departments" | "chat.free_slots_in.<department>" | "chat.open_in.<department>" => {
            departments.to_vec()
        }
        "score.<score>" | "stage.<score>" | "crossed_up.<score>" | "crossed_down.<score>" => {
            all_of(rules.scores.iter().map(|score| &*score.name), &[])
        }
        "matrix.<matrix>" => all_of(rules.matrices.iter().map(|matrix| &*matrix.name), &[]),
        name if !field.words.is_empty() => all_of(field.words.iter().copied(), seen.of(name)),
        // For a family, the names that there are.
        name => told(seen.of(field.prefix.unwrap_or(name))),
    };
    let fields = guide::fields().into_iter().map(|field| FieldBody {
        values: values(&field),
        field,
    });
    let families = ["visitor.trait.", "event.props.", "session.utm."];
    let families = families.iter().flat_map(|prefix| {
        let family = seen.family(prefix);
        family.map(move |(name, values)| (format!("{prefix}{name}"), told(values)))
    });
    CatalogueAnswer {
        parts: guide::parts(),
        fields: fields.collect(),
        families: families.filter(|(_, values)| !values.is_empty()).collect(),
        operators: guide::operators(),
        seen: SeenNames {
            page_types: page_types(),
            countries: told(seen.of("visitor.country")),
            sources: told(seen.of("session.source")),
            campaigns: told(seen.of("session.campaign")),
            traits: told(seen.of("visitor.trait.")),
            events: told(seen.of("session.events.")),
            goals: told(seen.of("session.goals.")),
            languages: told(seen.of("page.lang")),
            tags: told(seen.of("visitor.tags")),
            departments: departments.to_vec(),
        },
    }
}
