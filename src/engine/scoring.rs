//! Score rules at work: which fire, what they give, and when a stage is crossed.

use crate::domain::{
    Contribution, Crossing, Event, GroupPoints, Key, Millis, PageVisit, Points, RuleCount, Signal,
    Timestamp, VisitorState,
};
use crate::rules::{Award, Facts, Group, On, RuleSet, Score, ScoreRule, Truth, Value, lower};

use super::effects::Effect;
use super::facts::{Focus, View};
use super::step::Step;

/// Fires the rules that an event sets off, seen from the page it happened on.
pub(super) fn fire(step: &mut Step<'_>, on: On, event: &Event, name: Option<&str>) {
    let page = Focus::of(step.state.session.as_deref(), event.page);
    let name = name.map(lower);
    // Nobody who counts what the site reports means what the browser reports by itself.
    let is_signal = on == On::Custom && name.as_deref().is_some_and(|n| Signal::of(n).is_some());
    let rules = step.rules;
    let page_type = page_type(step, page);
    let candidates = rules
        .score_rules_for(on, page_type, name.as_deref())
        .filter(|rule| !is_signal || rule.event.is_some());
    let due = due(step, candidates, page, Some(event));
    award(step, due);
}

/// Fires the rules that the opening of a page sets off.
pub(super) fn fire_on_page(step: &mut Step<'_>, event: &Event, page: usize) {
    let (rules, page) = (step.rules, Focus::At(page));
    let candidates = rules.score_rules_for(On::PageView, page_type(step, page), None);
    let due = due(step, candidates, page, Some(event));
    award(step, due);
}

/// The rules whose conditions hold now, and what they give. All are judged by the state before any of them gives
/// points, so that the order of rules in a file never matters.
fn due<'r>(
    step: &Step<'r>,
    candidates: impl Iterator<Item = &'r ScoreRule>,
    page: Focus,
    event: Option<&Event>,
) -> Vec<Due<'r>> {
    let view = View {
        event,
        page,
        ..step.view()
    };
    candidates
        .filter(|rule| !is_spent(view.rules, view.state, rule, view.now))
        .filter(|rule| rule.condition.eval(&view) == Truth::Yes)
        .filter_map(|rule| Some((rule, worth(&rule.award, &view)?)))
        .collect()
}

fn page_type(step: &Step<'_>, page: Focus) -> Option<Key> {
    let session = step.state.session.as_deref()?;
    page.page(session)?.page_type
}

/// A rule and the points it is about to give.
type Due<'r> = (&'r ScoreRule, Points);

/// How many points an award is; `None` when there are none.
pub(super) fn worth(award: &Award, view: &View<'_>) -> Option<Points> {
    let points = match award {
        Award::Fixed(points) => *points,
        Award::ByValue {
            field,
            scale,
            least,
            most,
        } => match view.value(field)? {
            Value::Number(number) => Points::from_f64(number * scale).max(*least).min(*most),
            Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Date(_) => return None,
        },
    };
    (points != Points::ZERO).then_some(points)
}

pub(super) fn is_spent(
    rules: &RuleSet,
    state: &VisitorState,
    rule: &ScoreRule,
    now: Timestamp,
) -> bool {
    if !rule.is_capped() {
        return false;
    }
    let counts = &state.rule_counts;
    let Some(count) = counts.iter().find(|count| count.rule == rule.key) else {
        return false;
    };
    rule.max_per_session.is_some_and(|max| count.session >= max)
        || rule.max_per_visitor.is_some_and(|max| count.visitor >= max)
        || rule
            .max_per_day
            .is_some_and(|max| count.on(rules.day(now)) >= max)
}

fn award(step: &mut Step<'_>, mut due: Vec<Due<'_>>) {
    due.sort_unstable_by_key(|(rule, _)| rule.key);
    for (rule, points) in due {
        give(step, rule, points);
    }
}

/// Gives a rule's points, as far as its group's budget, the score's floor of zero and its maximum allow.
fn give(step: &mut Step<'_>, rule: &ScoreRule, points: Points) {
    let rules = step.rules;
    let Some(score) = rules.score(rule.score) else {
        return;
    };
    let group = rule.group.and_then(|key| rules.group(key));
    let budget = group.map_or(Points(i64::MAX), |group| {
        budget(rules, step.state, group, step.now)
    });
    let points = points.min(budget);
    if points == Points::ZERO {
        return;
    }
    count(rules, step.state, rule, step.now);
    let (now, ledger) = (step.now, &mut step.state.ledger);
    let before = ledger.bound(score.key, score.max, now, score.fading());
    let after = (before + points).min(score.max).max(Points::ZERO);
    if after == before {
        return;
    }
    let applied = after - before;
    let entry = Contribution {
        score: score.key,
        rule: rule.key,
        rules: rules.hash,
        at: now,
        applied,
    };
    ledger.enter(entry, |key| rules.score(key).map(Score::fading));
    if let Some(group) = group.filter(|_| applied > Points::ZERO) {
        spend(rules, step.state, group, applied, now);
    }
    step.scores.take();
}

/// The points that a group may still give.
pub(super) fn budget(
    rules: &RuleSet,
    state: &VisitorState,
    group: &Group,
    now: Timestamp,
) -> Points {
    let known = state
        .group_points
        .iter()
        .find(|known| known.group == group.key);
    let given = known.copied().unwrap_or(GroupPoints::new(group.key));
    let left = |max: Option<Points>, given: Points| max.map(|max| max - given);
    let today = group.max_per_day.map(|max| max - given.on(rules.day(now)));
    let left = [
        left(group.max_per_session, given.session),
        left(group.max_per_visitor, given.visitor),
        today,
    ];
    let least = left.into_iter().flatten().min();
    least.unwrap_or(Points(i64::MAX)).max(Points::ZERO)
}

/// Enters points into a group's account.
fn spend(rules: &RuleSet, state: &mut VisitorState, group: &Group, points: Points, now: Timestamp) {
    let accounts = &mut state.group_points;
    let known = accounts.iter().position(|known| known.group == group.key);
    let at = known.unwrap_or_else(|| {
        accounts.push(GroupPoints::new(group.key));
        accounts.len() - 1
    });
    let account = &mut accounts[at];
    account.session += points;
    account.visitor += points;
    if group.max_per_day.is_some() {
        let day = rules.day(now);
        account.day = account.on(day) + points;
        account.day_of = day;
    }
}

fn count(rules: &RuleSet, state: &mut VisitorState, rule: &ScoreRule, now: Timestamp) {
    if !rule.is_capped() {
        return;
    }
    let counts = &mut state.rule_counts;
    let known = counts.iter().position(|count| count.rule == rule.key);
    let at = known.unwrap_or_else(|| {
        counts.push(RuleCount::new(rule.key));
        counts.len() - 1
    });
    let count = &mut counts[at];
    count.session = count.session.saturating_add(1);
    count.visitor = count.visitor.saturating_add(1);
    if rule.max_per_day.is_some() {
        let day = rules.day(now);
        count.day = count.on(day).saturating_add(1);
        count.day_of = day;
    }
}

/// Ends the accounts of a session, and forgets what the rules no longer ask for.
pub(super) fn end_session(step: &mut Step<'_>) {
    let rules = step.rules;
    step.state.rule_counts.retain_mut(|count| {
        count.session = 0;
        let rule = rules.score_rule(count.rule);
        rule.is_some_and(|rule| rule.max_per_visitor.is_some() || rule.max_per_day.is_some())
    });
    step.state.group_points.retain_mut(|account| {
        account.session = Points::ZERO;
        let group = rules.group(account.group);
        group.is_some_and(|group| group.max_per_visitor.is_some() || group.max_per_day.is_some())
    });
    let known = |key| rules.score(key).is_some();
    step.state.ledger.retain(known);
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
        let (from, until) = (Millis(u64::from(from)), Millis(u64::from(to)));
        let rules = step.rules;
        let reached = rules.dwell_rules_between(visit.page_type, from, until);
        let due = due(step, reached, Focus::At(at), None);
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
