//! In what two versions of the rules differ, as far as a visitor's course may come to depend on it.
//!
//! Most edits touch a few rules. As long as none of them had anything to say, a visitor's course is the same under both
//! versions and need be run only once. What is asked here errs on one side: a rule that *might* speak counts as one that
//! does.

use std::collections::HashMap;
use std::hash::Hash;

use rustc_hash::FxBuildHasher;

use crate::domain::{Batch, Cause, Event, EventKind, Key, PageViewEvent, Record, VisitorState};
use crate::engine::courtesy::suppressions;
use crate::engine::facts::path_of;
use crate::engine::rests::fits;
use crate::engine::sessions::is_over;
use crate::engine::step::Step;
use crate::engine::triggers::page_type;
use crate::rules::{On, RuleSet, ScoreRule, Trigger, Truth, lower};

/// The score rules and triggers in which two versions differ; everything else is the same in both.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// Each as it stands in one version, then as in the other, if it is there at all.
    score_rules: Vec<ScoreRule>,
    triggers: Vec<Trigger>,
}

impl Contrast {
    /// Compares two versions. `None` when they differ in more than score rules and triggers: what a page is, how points
    /// fade, whom the policy spares, and what the clock shows is asked at every look.
    pub fn between(one: &RuleSet, other: &RuleSet) -> Option<Self> {
        let same = one.page_types == other.page_types
            && one.scores == other.scores
            && one.groups == other.groups
            && one.policy == other.policy
            && one.calendar == other.calendar
            && one.matrices == other.matrices
            && one.offers_when_closed() == other.offers_when_closed();
        same.then(|| Self {
            score_rules: apart(&one.score_rules, &other.score_rules, |rule| rule.key),
            triggers: apart(&one.triggers, &other.triggers, |trigger| trigger.key),
        })
    }

    /// Whether none of the rules in question has left anything in this state: then it means the same to both versions.
    pub(super) fn is_new_to(&self, state: &VisitorState) -> bool {
        let gave = |rule: Key| self.score_rules.iter().any(|known| known.key == rule);
        let invited = |trigger: Key| self.triggers.iter().any(|known| known.key == trigger);
        !state.rule_counts.iter().any(|count| gave(count.rule))
            && !state.triggers.iter().any(|memory| invited(memory.trigger))
            && !state.waiting.iter().any(|waiting| invited(waiting.trigger))
    }

    /// Whether one of the score rules might give points, or keep them back, when this record is taken. `rules` is either
    /// version.
    pub(super) fn may_score(&self, rules: &RuleSet, state: &VisitorState, record: &Record) -> bool {
        let batch = match &record.cause {
            Cause::Events(batch) => Some(batch),
            Cause::Tick => None,
            Cause::Rescore(_) => return true,
        };
        let events = || batch.into_iter().flat_map(|batch| &batch.events);
        let mut rules_on = self.score_rules.iter();
        rules_on.any(|rule| match rule.on {
            On::SessionStart => batch.is_some_and(|batch| may_begin(state, batch, record)),
            On::PageView => events().any(|event| opens(rules, rule, event)),
            On::Dwell => dwells(state, rule) || events().any(|event| opens(rules, rule, event)),
            On::Custom | On::Identify | On::Goal => events().any(|event| reports(rule, event)),
        })
    }

    /// Whether one of the triggers might be chosen, or begin to wait, at this moment. Where the policy holds everybody
    /// back nobody is chosen, and whom it was that it held back is no part of a report.
    pub(in crate::engine) fn may_decide(&self, step: &Step<'_>) -> bool {
        let Some(session) = step.state.session.as_deref() else {
            return false;
        };
        let page_type = page_type(Some(session));
        let against = || suppressions(step.rules, step.site, step.state, step.now).next();
        let mut about = self.triggers.iter().filter(|it| fits(it, page_type));
        about.any(|trigger| {
            trigger.condition.eval(&step.view()) == Truth::Yes
                && (trigger.delay.is_some() || against().is_none())
        })
    }
}

/// What is not the same in both lists, whatever the order.
fn apart<T: Clone + PartialEq, K: Eq + Hash>(
    one: &[T],
    other: &[T],
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let keyed = |list: &'_ [T]| -> HashMap<K, usize, FxBuildHasher> {
        let places = list.iter().enumerate();
        places.map(|(at, part)| (key(part), at)).collect()
    };
    let missing = |list: &[T], from: &[T]| -> Vec<T> {
        let known = keyed(from);
        let is_there = |part: &&T| {
            let same = known.get(&key(part)).map(|at| &from[*at]);
            same != Some(part)
        };
        list.iter().filter(is_there).cloned().collect()
    };
    let mut apart = missing(one, other);
    apart.extend(missing(other, one));
    apart
}

/// Whether a visit may begin while these events are taken.
fn may_begin(state: &VisitorState, batch: &Batch, record: &Record) -> bool {
    let refuses = |event: &Event| matches!(event.kind, EventKind::Consent { .. });
    let session = state.session.as_deref();
    session.is_none_or(|session| is_over(session.last_at, record.now))
        || batch.events.iter().any(refuses)
}

/// Whether the event opens a page that the rule is about.
fn opens(rules: &RuleSet, rule: &ScoreRule, event: &Event) -> bool {
    viewed(event).is_some_and(|view| {
        rule.page_types.is_empty() || {
            let known = rules.page_type(view.page_type.as_deref(), path_of(&view.url));
            rule.is_about(known.map(|known| known.key))
        }
    })
}

fn viewed(event: &Event) -> Option<&PageViewEvent> {
    match &event.kind {
        EventKind::PageView(view) => Some(view),
        EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Custom { .. }
        | EventKind::Identify { .. }
        | EventKind::Goal { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Consent { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. } => None,
    }
}

/// Whether the event is of the kind and of the name that the rule waits for.
fn reports(rule: &ScoreRule, event: &Event) -> bool {
    let is_named = |name: &str| rule.event.as_deref().is_none_or(|it| *it == *lower(name));
    match &event.kind {
        EventKind::Custom { name, .. } => rule.on == On::Custom && is_named(name),
        EventKind::Goal { name, .. } => rule.on == On::Goal && is_named(name),
        EventKind::Identify { .. } => rule.on == On::Identify,
        EventKind::PageView(_)
        | EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Consent { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. } => false,
    }
}

/// Whether a page of the visit is one whose reading time the rule waits for.
fn dwells(state: &VisitorState, rule: &ScoreRule) -> bool {
    let pages = state.session.as_deref().map(|session| &session.pages);
    let mut pages = pages.into_iter().flatten();
    pages.any(|page| u64::from(page.dwelt_ms) < rule.after.0 && rule.is_about(page.page_type))
}
