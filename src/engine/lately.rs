//! What happened within a span of time up to now: counts of events and page views, and stages crossed.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each group of fields answers its own and says no to the rest"
)]

use std::borrow::Cow;

use crate::domain::{Crossing, EventName, Key, Millis, Session, Signal, Timestamp};
use crate::rules::{Field, RuleSet, Value};

/// The value of a field, narrowed to what happened within `window`.
pub(super) fn value<'a>(
    rules: &'a RuleSet,
    session: &'a Session,
    field: &Field,
    window: Millis,
    now: Timestamp,
) -> Option<Value<'a>> {
    if matches!(field, Field::CrossedUp(_) | Field::CrossedDown(_)) {
        return crossings(rules, session, field, Some(window), now);
    }
    let recent = |at: &Timestamp| now.since(*at) < window;
    let count = moments(session, field).filter(recent).count();
    Some(Value::Number(count as f64))
}

/// When what counts as lately loses its oldest part.
pub(super) fn next_change(
    session: &Session,
    field: &Field,
    window: Millis,
    now: Timestamp,
) -> Option<Timestamp> {
    let ends = moments(session, field).map(|at| at + window);
    ends.filter(|end| *end > now).min()
}

/// When each thing happened that a field counts, as far as it is remembered.
fn moments<'a>(session: &'a Session, field: &'a Field) -> impl Iterator<Item = Timestamp> + 'a {
    let page_type = match field {
        Field::SessionPageViews => Some(None),
        Field::SessionViews(key) => Some(Some(*key)),
        _ => None,
    };
    let pages = session.pages.iter().filter(move |page| {
        page_type.is_some_and(|wanted| wanted.is_none() || page.page_type == wanted)
    });
    let events = session
        .event_log
        .iter()
        .filter(|(name, _)| counts(field, *name));
    let crossings = session
        .crossings
        .iter()
        .filter(|crossing| is_of(field, crossing));
    pages
        .map(|page| page.opened_at)
        .chain(events.map(|(_, at)| *at))
        .chain(crossings.map(|crossing| crossing.at))
}

/// Whether a field counts events of this name.
fn counts(field: &Field, name: EventName) -> bool {
    const EXIT_INTENT: Key = Key::of(Signal::ExitIntent.as_str());
    match field {
        Field::SessionEvents => name.goal || name.key != EXIT_INTENT,
        Field::SessionGoals => name.goal,
        Field::SessionEventsOf(wanted) => !name.goal && name.key == wanted.key,
        Field::SessionGoalsOf(wanted) => name.goal && name.key == wanted.key,
        _ => false,
    }
}

fn is_of(field: &Field, crossing: &Crossing) -> bool {
    match field {
        Field::CrossedUp(score) => crossing.up && crossing.score == *score,
        Field::CrossedDown(score) => !crossing.up && crossing.score == *score,
        _ => false,
    }
}

/// The names of the stages crossed, within `window` if there is one; each once.
pub(super) fn crossings<'a>(
    rules: &'a RuleSet,
    session: &'a Session,
    field: &Field,
    window: Option<Millis>,
    now: Timestamp,
) -> Option<Value<'a>> {
    let (Field::CrossedUp(score) | Field::CrossedDown(score)) = field else {
        return None;
    };
    let stages = &rules.score(*score)?.stages;
    let crossed = |stage: Key| {
        session.crossings.iter().any(|crossing| {
            is_of(field, crossing)
                && crossing.stage == stage
                && window.is_none_or(|window| now.since(crossing.at) < window)
        })
    };
    let names = stages.iter().filter(|stage| crossed(stage.key));
    Some(Value::List(
        names.map(|stage| Cow::Borrowed(&*stage.name)).collect(),
    ))
}
