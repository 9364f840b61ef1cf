//! Score rules at work: which fire, what they give, and when a stage is crossed.

use crate::domain::{
    Contribution, Crossing, Event, Key, PageVisit, Points, RuleCount, Signal, Timestamp,
    VisitorState,
};
use crate::rules::{On, RuleSet, Score, ScoreRule, Truth, lower};

use super::effects::Effect;
use super::facts::{Focus, View};
use super::step::Step;

/// Fires the rules that an event sets off, seen from the page it happened on.
pub(super) fn fire(step: &mut Step<'_>, on: On, event: &Event, name: Option<&str>) {
    let page = Focus::of(step.state.session.as_deref(), event.page);
    let name = name.map(lower);
    // Nobody who counts what the site reports means what the browser reports by itself.
    let is_signal = on == On::Custom && name.as_deref().is_some_and(|n| Signal::of(n).is_some());
    let meant = |rule: &ScoreRule| !is_signal || rule.event.is_some();
    let due = due(step, on, page, name.as_deref(), Some(event), meant);
    award(step, due);
}

/// Fires the rules that the opening of a page sets off.
pub(super) fn fire_on_page(step: &mut Step<'_>, event: &Event, page: usize) {
    let due = due(
        step,
        On::PageView,
        Focus::At(page),
        None,
        Some(event),
        |_| true,
    );
    award(step, due);
}

/// The rules whose conditions hold now. All are judged by the state before any of them gives points, so that the
/// order of rules in a file never matters.
fn due<'r>(
    step: &Step<'r>,
    on: On,
    page: Focus,
    name: Option<&str>,
    event: Option<&Event>,
    worth_a_look: impl Fn(&ScoreRule) -> bool,
) -> Vec<&'r ScoreRule> {
    let rules: &'r RuleSet = step.rules;
    let view = View {
        event,
        page,
        ..step.view()
    };
    let page_type = view.page().and_then(|visit| visit.page_type);
    let candidates = rules.score_rules_for(on, page_type, name);
    candidates
        .filter(|rule| worth_a_look(rule) && !is_spent(view.state, rule))
        .filter(|rule| rule.condition.eval(&view) == Truth::Yes)
        .collect()
}

fn is_spent(state: &VisitorState, rule: &ScoreRule) -> bool {
    if !is_capped(rule) {
        return false;
    }
    let count = state
        .rule_counts
        .iter()
        .find(|count| count.rule == rule.key);
    count.is_some_and(|count| {
        rule.max_per_session.is_some_and(|max| count.session >= max)
            || rule.max_per_visitor.is_some_and(|max| count.visitor >= max)
    })
}

fn is_capped(rule: &ScoreRule) -> bool {
    rule.max_per_session.is_some() || rule.max_per_visitor.is_some()
}

fn award(step: &mut Step<'_>, mut due: Vec<&ScoreRule>) {
    due.sort_unstable_by_key(|rule| rule.key);
    for rule in due {
        give(step, rule);
    }
}

/// Gives a rule's points, as far as the score's floor of zero and its maximum allow.
fn give(step: &mut Step<'_>, rule: &ScoreRule) {
    let Some(score) = step.rules.score(rule.score) else {
        return;
    };
    count(step.state, rule);
    let (now, ledger) = (step.now, &mut step.state.ledger);
    let before = ledger.bound(score.key, score.max, now, score.half_life);
    let after = (before + rule.points).min(score.max).max(Points::ZERO);
    if after == before {
        return;
    }
    let entry = Contribution {
        score: score.key,
        rule: rule.key,
        rules: step.rules.hash,
        at: now,
        applied: after - before,
    };
    let rules = step.rules;
    step.state
        .ledger
        .enter(entry, |key| rules.score(key).map(|score| score.half_life));
    step.scores.take();
}

fn count(state: &mut VisitorState, rule: &ScoreRule) {
    if !is_capped(rule) {
        return;
    }
    let counts = &mut state.rule_counts;
    let at = counts
        .iter()
        .position(|count| count.rule == rule.key)
        .unwrap_or_else(|| {
            counts.push(RuleCount {
                rule: rule.key,
                session: 0,
                visitor: 0,
            });
            counts.len() - 1
        });
    counts[at].session = counts[at].session.saturating_add(1);
    counts[at].visitor = counts[at].visitor.saturating_add(1);
}

/// Fires the dwell rules whose time has come on any page since it was last looked at.
pub(super) fn dwell(step: &mut Step<'_>) {
    let session = step.state.session.as_deref();
    let pages = session.map_or(0, |session| session.pages.len());
    for at in 0..pages {
        dwell_on(step, at);
    }
}

/// Fires the dwell rules whose time has come on this page since it was last looked at.
pub(super) fn dwell_on(step: &mut Step<'_>, at: usize) {
    let session = step.state.session.as_deref();
    let Some(visit) = session.and_then(|session| session.pages.get(at)) else {
        return;
    };
    let (from, to) = (visit.dwelt_ms, active_ms(visit, step.now));
    if to > from {
        let reached = u64::from(from) + 1..=u64::from(to);
        let reached = |rule: &ScoreRule| reached.contains(&rule.after.0);
        let due = due(step, On::Dwell, Focus::At(at), None, None, reached);
        award(step, due);
        mark_dwelt(step.state, at, to);
    }
}

fn active_ms(visit: &PageVisit, now: Timestamp) -> u32 {
    u32::try_from(visit.active(now).0).unwrap_or(u32::MAX)
}

fn mark_dwelt(state: &mut VisitorState, at: usize, active_ms: u32) {
    if let Some(visit) = state
        .session
        .as_deref_mut()
        .and_then(|session| session.pages.get_mut(at))
    {
        visit.dwelt_ms = active_ms;
    }
}

/// The stages that lie on a score's way from one stage to another: each is entered upwards or left downwards.
fn crossings(
    score: &Score,
    from: Option<Key>,
    to: Option<Key>,
    at: Timestamp,
) -> impl Iterator<Item = Crossing> {
    let rank = |stage: Option<Key>| {
        let found = stage.and_then(|key| score.stages.iter().position(|known| known.key == key));
        found.map_or(0, |at| at + 1)
    };
    let (low, high, up) = match (rank(from), rank(to)) {
        (from, to) if from <= to => (from, to, true),
        (from, to) => (to, from, false),
    };
    score.stages[low..high].iter().map(move |stage| Crossing {
        score: score.key,
        stage: stage.key,
        up,
        at,
    })
}

/// Notices scores that have crossed into another stage since the last look, up or down.
pub(super) fn notice_stages(step: &mut Step<'_>) {
    for at in 0..step.state.ledger.totals.len() {
        let total = step.state.ledger.totals[at];
        let rules = step.rules;
        let value = step.view().score(total.score).map(|(_, value)| value);
        let Some((score, value)) = rules.score(total.score).zip(value) else {
            continue;
        };
        let stage = score.stage(value).map(|stage| stage.key);
        if stage != total.stage {
            let crossings = crossings(score, total.stage, stage, step.now);
            if let Some(session) = step.state.session.as_deref_mut() {
                crossings.for_each(|crossing| session.note_crossing(crossing));
            }
            step.state.ledger.totals[at].stage = stage;
            step.effects.push(Effect::StageChanged {
                score: total.score,
                from: total.stage,
                to: stage,
            });
        }
    }
}
