//! What score rules could be worth, from what had fired before visitors reached a goal.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::HeaderMap;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use toml_edit::DocumentMut;
use utoipa::{IntoParams, ToSchema};

use crate::access::Permission;
use crate::backtest::Source;
use crate::domain::RuleSetHash;
use crate::engine::suggest::{Firings, Refused, RuleWorth};
use crate::http::problem::{Kind, Problem};
use crate::http::{App, guard};
use crate::journal::StoreJournal;
use crate::publishing;
use crate::rules::{RuleSet, SourceFile};
use crate::site::Site;
use crate::store::StoreError;

use super::walk::{Period, in_turn};

/// What period unless told.
const USUAL: &str = "28d";
/// After so many records, whether the service is about to stop is asked.
const PAUSE: u64 = 4_096;

/// What narrows the question.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SuggestionParams {
    /// From when on goals count: a span before now (`28d`, unless told), a day, a moment (`2026-11-22T10:00:00Z`) or
    /// milliseconds since the epoch.
    since: Option<String>,
    /// The only goal that counts; those of `[measure]` unless told.
    goal: Option<String>,
}

/// What score rules could give.
#[derive(Serialize, ToSchema)]
pub struct SuggestionsAnswer {
    /// The first moment that was asked for, in milliseconds since the epoch.
    pub since: u64,
    /// The first moment that is not in the report any more.
    pub until: u64,
    /// The rule set in force, whose points are looked at.
    pub rule_set: String,
    /// The only goal that counted; `null`: those of `[measure]`.
    pub goal: Option<String>,
    /// Why nothing is suggested; `null` when something is.
    #[schema(value_type = Option<Object>)]
    pub refused: Option<Refused>,
    /// Visitors of the period.
    pub visitors: u64,
    /// Those of them who reached a goal in it.
    pub converted: u64,
    /// Visitors who were left out: more than 100,000 would have had to be followed at once.
    pub left_out: u64,
    /// The rules that were weighed, those that fired most often first.
    #[schema(value_type = Vec<Object>)]
    pub rules: Vec<RuleWorth>,
    /// What would change in the files of the rules in force, as the studio's edits: only rules that surely say something,
    /// and whose points would be others.
    #[schema(value_type = Vec<Object>)]
    pub edits: Vec<Value>,
}

/// What score rules could give, from what had fired before visitors reached a goal. A proposal that a person looks
/// through, and nothing on thin data.
///
/// # Errors
///
/// The problem, when the token does not fit, a parameter is out of its bounds or the journal cannot be read.
#[utoipa::path(get, path = "/v1/sites/{site}/suggestions", tag = "agents", security(("bearer" = [])),
    params(("site" = String, Path, description = "The site's public key"), SuggestionParams),
    responses(
        (status = 200, description = "What the rules could give, or why nothing is suggested", body = SuggestionsAnswer),
        (status = "4XX", description = "The request was refused", body = crate::http::problem::ProblemBody)))]
pub async fn suggestions(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    params: Result<UrlQuery<SuggestionParams>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<SuggestionsAnswer>, Problem> {
    let caller = guard::admit(&app, &site, &headers, Permission::SeeReports).await?;
    let site = caller.site;
    let UrlQuery(params) =
        params.map_err(|why| Problem::new(Kind::BadParameter, why.body_text()))?;
    let since = params.since.as_deref().unwrap_or(USUAL);
    let period = Period::read(Some(since), None)?;
    let found = in_turn(app, move |app| suggest(app, &site, period, params.goal));
    found.await.map(Json)
}

fn suggest(
    app: &App,
    site: &Site,
    period: Period,
    goal: Option<String>,
) -> Result<SuggestionsAnswer, Problem> {
    let rules = site.live_rules();
    let mut firings = Firings::new(Arc::clone(&rules), goal.as_deref(), period.span.from);
    read(app, site, period, &mut firings)?;
    let found = firings.suggest();
    // Rules that were never published have no files that could be edited.
    let files = publishing::load(&*app.pipeline.store, rules.hash).unwrap_or_default();
    Ok(SuggestionsAnswer {
        since: period.span.from.0,
        until: period.span.until.min(period.now).0,
        rule_set: rules.hash.to_string(),
        goal,
        refused: found.refused,
        visitors: found.visitors,
        converted: found.converted,
        left_out: found.left_out,
        edits: edits(&files, &found.rules),
        rules: found.rules,
    })
}

/// Reads the journal from its beginning: what had fired before the period is part of it.
fn read(app: &App, site: &Site, period: Period, firings: &mut Firings) -> Result<(), Problem> {
    let journal = StoreJournal(&*app.pipeline.store);
    let mut known: HashMap<RuleSetHash, Arc<RuleSet>, FxBuildHasher> = HashMap::default();
    let (mut records, mut outcome) = (0_u64, Ok(()));
    let mut take = |bytes: crate::store::RecordBytes<'_>| -> Result<bool, StoreError> {
        records += 1;
        if records.is_multiple_of(PAUSE) && *app.draining.borrow() {
            return Ok(false);
        }
        if bytes.head()?.site != site.key {
            return Ok(true);
        }
        let record = bytes.decode()?;
        let rules = match known.entry(record.rules) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let rules = match site.in_force_with(record.rules) {
                    Some(rules) => Some(rules),
                    None => journal.rules(record.rules)?,
                };
                new.insert(rules.unwrap_or_default())
            }
        };
        firings.take(&record, rules);
        Ok(true)
    };
    let (from, until) = (crate::domain::Timestamp(0), period.span.until);
    Source::scan(&journal, from, until, &mut |_, bytes| match take(bytes) {
        Ok(true) => ControlFlow::Continue(()),
        Ok(false) => ControlFlow::Break(()),
        Err(why) => {
            outcome = Err(why);
            ControlFlow::Break(())
        }
    })?;
    outcome.map_err(Into::into)
}

/// The edits that give rules their suggested points: of rules that surely say something, where the number is another one
/// and not nothing.
fn edits(files: &[SourceFile], rules: &[RuleWorth]) -> Vec<Value> {
    let mut edits = Vec::new();
    for file in files {
        let Ok(document) = file.text.parse::<DocumentMut>() else {
            continue;
        };
        let tables = document.get("score_rule");
        let tables = tables.and_then(|item| item.as_array_of_tables());
        for (index, table) in tables.into_iter().flatten().enumerate() {
            let id = table.get("id").and_then(|id| id.as_str());
            let rule = rules.iter().find(|rule| Some(&*rule.id) == id);
            let differs = |rule: &&RuleWorth| {
                rule.confident
                    && rule.suggested != 0
                    && (rule.points - rule.suggested as f64).abs() >= 0.5
            };
            edits.extend(rule.filter(differs).map(|rule| {
                json!({
                    "op": "set", "file": file.name, "part": "score_rule", "index": index,
                    "path": ["points"], "value": rule.suggested,
                })
            }));
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sure_and_another_number_is_edited() {
        let text = "[[score_rule]]\nid = \"a\"\npoints = 5\n\n[[score_rule]]\nid = \"b\"\npoints = 9\n\n\
            [[score_rule]]\nid = \"c\"\npoints = 1\n";
        let rule = |id: &str, points: f64, suggested: i64, confident: bool| RuleWorth {
            id: id.into(),
            name: id.into(),
            score: "buy".into(),
            points,
            suggested,
            low: 0.0,
            high: 0.0,
            fired: 100,
            fired_converted: 50,
            confident,
        };
        let files = [SourceFile::new("scores.toml", text)];
        let rules = [
            rule("a", 5.0, 5, true),
            rule("b", 9.0, 14, true),
            rule("c", 1.0, 7, false),
            rule("elsewhere", 1.0, 7, true),
        ];
        let wanted = json!([{
            "op": "set", "file": "scores.toml", "part": "score_rule", "index": 1, "path": ["points"], "value": 14,
        }]);
        assert_eq!(json!(edits(&files, &rules)), wanted);
    }
}
