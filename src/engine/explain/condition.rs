//! A condition at one moment: every leaf with what it asks, what is, and what is missing.

use std::cell::OnceCell;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Millis, Timestamp};
use crate::rules::{Bound, Condition, Facts as _, Leaf, Plain, Truth, Unit, Value};

use super::super::facts::View;

/// A part of a condition and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Every part has to hold.
    All {
        /// `yes`, `no` or `unknown`.
        truth: &'static str,
        /// The parts, in the order of the file.
        parts: Vec<Part>,
    },
    /// One part has to hold.
    Any {
        /// `yes`, `no` or `unknown`.
        truth: &'static str,
        /// The parts, in the order of the file.
        parts: Vec<Part>,
    },
    /// The part must not hold.
    Not {
        /// `yes`, `no` or `unknown`.
        truth: &'static str,
        /// The part.
        part: Box<Part>,
    },
    /// A condition that has a name.
    Segment {
        /// Its name.
        name: Arc<str>,
        /// `yes`, `no` or `unknown`.
        truth: &'static str,
        /// What it stands for.
        part: Box<Part>,
    },
    /// One field against one test.
    Leaf(Box<LeafNow>),
}

/// A leaf at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeafNow {
    /// `yes`, `no` or `unknown`.
    pub truth: &'static str,
    /// The field, as rules call it.
    pub field: String,
    /// The operator, as rules call it.
    pub operator: &'static str,
    /// What is asked for, as it stands in the file.
    pub wanted: Plain,
    /// Only what happened within this span counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_last: Option<String>,
    /// Whether capitals make a difference.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub case_sensitive: bool,
    /// What is: durations in seconds; absent when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<Plain>,
    /// What its numbers count: `s`, `points`, `page views` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// How far a number is from what is asked for; absent when nothing is missing, or nothing can be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Plain>,
    /// When time alone makes it come right, if nothing else happens: milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The same in words, such as `2 of 3 page views`.
    pub says: String,
}

pub(super) const fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown => "unknown",
    }
}

/// The condition as it stands; `must_hold` is false below a `not`.
pub(super) fn part(view: &View<'_>, condition: &Condition, must_hold: bool) -> Part {
    let truth = word(condition.eval(view));
    let each = |parts: &[Condition]| parts.iter().map(|one| part(view, one, must_hold)).collect();
    match condition {
        Condition::All(parts) => Part::All {
            truth,
            parts: each(parts),
        },
        Condition::Any(parts) => Part::Any {
            truth,
            parts: each(parts),
        },
        Condition::Not(inner) => Part::Not {
            truth,
            part: Box::new(part(view, inner, !must_hold)),
        },
        Condition::Segment { name, condition } => Part::Segment {
            name: Arc::clone(name),
            truth,
            part: Box::new(part(view, condition, must_hold)),
        },
        Condition::Leaf(leaf) => Part::Leaf(Box::new(leaf_now(view, condition, leaf, must_hold))),
    }
}

fn leaf_now(view: &View<'_>, condition: &Condition, leaf: &Leaf, must_hold: bool) -> LeafNow {
    let truth = condition.eval(view);
    let asked = leaf.asks(view.rules);
    let value = view.value(&leaf.field);
    let unit = leaf.field.unit();
    let (bound, number) = bound(leaf, value.as_ref(), must_hold);
    let is_number = matches!(value, Some(Value::Number(_)));
    LeafNow {
        truth: word(truth),
        field: view.rules.field_name(&leaf.field),
        operator: asked.operator,
        wanted: asked.wanted,
        in_last: asked.in_last,
        case_sensitive: asked.case_sensitive,
        actual: value.as_ref().map(|value| plain(view, value, unit)),
        unit: unit.as_str().filter(|_| is_number),
        missing: bound.map(|bound| rounded((bound.to - number).abs(), unit)),
        at: comes_right(view, condition, must_hold),
        says: standing(view, value.as_ref(), bound, unit, is(truth, must_hold)),
    }
}

/// A value for people: seconds and points to a thousandth.
pub(super) fn plain(view: &View<'_>, value: &Value<'_>, unit: Unit) -> Plain {
    match value {
        Value::Number(number) => rounded(*number, unit),
        Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Date(_) => {
            view.rules.plain(value)
        }
    }
}

pub(super) fn rounded(number: f64, unit: Unit) -> Plain {
    match unit {
        Unit::Seconds | Unit::Points => Plain::number((number * 1_000.0).round() / 1_000.0),
        Unit::Count(_) => Plain::number(number),
    }
}

pub(super) const fn is(truth: Truth, must_hold: bool) -> bool {
    match truth {
        Truth::Yes => must_hold,
        Truth::No => !must_hold,
        Truth::Unknown => false,
    }
}

pub(super) fn bound(
    leaf: &Leaf,
    value: Option<&Value<'_>>,
    must_hold: bool,
) -> (Option<Bound>, f64) {
    let Some(Value::Number(number)) = value else {
        return (None, 0.0);
    };
    let bound = leaf.test.bound_for(*number, must_hold).map(|mut bound| {
        // What is counted goes in whole steps: more than two is three.
        if bound.strict && matches!(leaf.field.unit(), Unit::Count(_)) {
            bound.to += if bound.up { 1.0 } else { -1.0 };
        }
        bound
    });
    (bound, *number)
}

/// When time alone makes the condition come right, if it does so at the next moment at which it may change.
pub(super) fn comes_right(
    view: &View<'_>,
    condition: &Condition,
    must_hold: bool,
) -> Option<Timestamp> {
    if is(condition.eval(view), must_hold) {
        return None;
    }
    let at = condition.next_change(view)?;
    then(view, at, |then| is(condition.eval(then), must_hold)).then_some(at)
}

/// Asks something of the view at a later moment, if nothing happens until then.
pub(super) fn then<T>(view: &View<'_>, at: Timestamp, ask: impl FnOnce(&View<'_>) -> T) -> T {
    let (scores, local) = (OnceCell::new(), OnceCell::new());
    ask(&View {
        now: at,
        scores: &scores,
        local: &local,
        ..*view
    })
}

/// How a leaf stands, in a few words.
fn standing(
    view: &View<'_>,
    value: Option<&Value<'_>>,
    bound: Option<Bound>,
    unit: Unit,
    right: bool,
) -> String {
    match (value, bound) {
        (None, _) if right => "not known, as it should be".to_owned(),
        (None, _) => "unknown".to_owned(),
        (Some(Value::Number(number)), Some(bound)) => distance(*number, bound, unit),
        (Some(value), _) => {
            let counts = unit.as_str().filter(|_| matches!(value, Value::Number(_)));
            let counts = counts.map_or_else(String::new, |noun| format!(" {noun}"));
            format!("is {}{counts}", plain(view, value, unit))
        }
    }
}

/// How far a number is from its bound.
fn distance(number: f64, bound: Bound, unit: Unit) -> String {
    let gap = (bound.to - number).abs();
    match (unit, bound.up) {
        (Unit::Seconds, true) => format!("{} to go", span(gap)),
        (Unit::Seconds, false) => format!("{} too much", span(gap)),
        (Unit::Points, true) => format!("{} points missing", rounded(gap, unit)),
        (Unit::Points, false) => format!("{} points too many", rounded(gap, unit)),
        (Unit::Count(""), _) => {
            let (is, bound) = (rounded(number, unit), rounded(bound.to, unit));
            format!("is {is}, the bound is {bound}")
        }
        (Unit::Count(noun), true) => {
            format!(
                "{} of {} {noun}",
                rounded(number, unit),
                rounded(bound.to, unit)
            )
        }
        (Unit::Count(noun), false) => format!(
            "{} {noun}, {} too many",
            rounded(number, unit),
            rounded(gap, unit)
        ),
    }
}

/// A span in words, rounded up: `12 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`.
pub(super) fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0).ceil() as u64;
    let two = |big: u64, big_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{big} {big_unit}")
        } else {
            format!("{big} {big_unit} {small} {small_unit}")
        }
    };
    match whole {
        0..=119 => format!("{whole} s"),
        120..=7_199 => two(whole / 60, "min", whole % 60, "s"),
        7_200..=172_799 => two(whole / 3_600, "h", whole % 3_600 / 60, "min"),
        _ => two(whole / 86_400, "d", whole % 86_400 / 3_600, "h"),
    }
}

/// The same for a span of milliseconds.
pub(super) fn span_of(span_ms: Millis) -> String {
    span(span_ms.as_secs_f64())
}
