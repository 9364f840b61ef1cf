//! What the chat layer may learn of a visitor through the visitor's own browser: nothing, unless the site wants that.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Timestamp, VisitorId, VisitorState};
use crate::engine;
use crate::rules::RuleSet;
use crate::site::Site;

use super::App;
use super::answer::InvitationAnswer;
use super::view::ledger;

/// Scores that are told of, in the order of the rules.
const MAX_SCORES: usize = 8;
/// Rules that are named as the reason.
const MAX_REASONS: usize = 3;

/// Scores, stages and the reason by name, such as `score_buy`, `stage_buy`, `reason`.
pub(super) type Context = BTreeMap<String, Value>;

/// Adds the context to an invitation that is about to be shown, where the site's settings say so.
pub(super) async fn add(
    app: &App,
    site: &Site,
    visitor: VisitorId,
    invitation: &mut Option<InvitationAnswer>,
    now: Timestamp,
) {
    let Some(invitation) = invitation.as_mut().filter(|_| site.browser_context) else {
        return;
    };
    // A store that does not answer now keeps no invitation back: it is as good without.
    if let Ok(Some(state)) = app.pipeline.store.get(site.key, visitor).await {
        invitation.context = Some(context(&site.rules_for(visitor), &state, now));
    }
}

fn context(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Context {
    let mut context = Context::new();
    for score in engine::score_now(rules, state, now).take(MAX_SCORES) {
        context.insert(
            format!("score_{}", score.name),
            score.value.rounded().into(),
        );
        if let Some(stage) = score.stage {
            context.insert(format!("stage_{}", score.name), stage.to_string().into());
        }
    }
    let reason = reasons(rules, state, now).join("; ");
    if !reason.is_empty() {
        context.insert("reason".to_owned(), reason.into());
    }
    context
}

/// The rules that have given the most of what is left of the points.
fn reasons(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Vec<String> {
    let mut entries = ledger(rules, state, now);
    entries.retain(|entry| entry.now > 0.0 && !entry.rule.is_empty());
    entries.sort_by(|a, b| b.now.partial_cmp(&a.now).unwrap_or(Ordering::Equal));
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        if names.len() < MAX_REASONS && !names.contains(&entry.rule_name) {
            names.push(entry.rule_name);
        }
    }
    names
}
