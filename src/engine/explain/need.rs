//! What would have to happen for a condition to hold.

use serde::Serialize;

use crate::domain::Timestamp;
use crate::rules::{Bound, Condition, Facts as _, Leaf, Plain, Unit};

use super::super::facts::View;
use super::condition::{bound, comes_right, is, plain, rounded, span};

/// One thing that would have to happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Need {
    /// The stable word: `field`, `one_of`, or the word of what is in the way, such as `cooldown`.
    pub code: &'static str,
    /// In words.
    pub says: String,
    /// The field that has to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it is now; durations in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Plain>,
    /// What it has to come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Plain>,
    /// When time alone brings it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// For `one_of`: any of these lists will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Vec<Need>>,
}

impl Need {
    /// A need that is about no field.
    pub(super) fn of(code: &'static str, says: impl Into<String>, at: Option<Timestamp>) -> Self {
        Self {
            code,
            says: says.into(),
            field: None,
            from: None,
            to: None,
            at,
            options: Vec::new(),
        }
    }
}

/// What would have to happen for the condition to hold.
pub(super) fn needs(view: &View<'_>, condition: &Condition, must_hold: bool) -> Vec<Need> {
    if is(condition.eval(view), must_hold) {
        return Vec::new();
    }
    match (condition, must_hold) {
        (Condition::All(parts), true) | (Condition::Any(parts), false) => parts
            .iter()
            .flat_map(|part| needs(view, part, must_hold))
            .collect(),
        (Condition::Any(parts), true) | (Condition::All(parts), false) => {
            let options: Vec<Vec<Need>> = parts
                .iter()
                .map(|part| needs(view, part, must_hold))
                .filter(|needs| !needs.is_empty())
                .collect();
            one_of(options)
        }
        (Condition::Not(part), _) => needs(view, part, !must_hold),
        (Condition::Segment { condition, .. }, _) => needs(view, condition, must_hold),
        (Condition::Leaf(leaf), _) => vec![need(view, condition, leaf, must_hold)],
    }
}

fn one_of(mut options: Vec<Vec<Need>>) -> Vec<Need> {
    if options.len() == 1 {
        return options.remove(0);
    }
    let said: Vec<String> = options.iter().map(|needs| together(needs)).collect();
    let says = if said.is_empty() {
        "nothing can make this hold".to_owned()
    } else {
        format!("one of: {}", said.join("; "))
    };
    let at = options
        .iter()
        .filter_map(|needs| needs.iter().map(|need| need.at).max().flatten())
        .min();
    vec![Need {
        options,
        ..Need::of("one_of", says, at)
    }]
}

/// Several needs in one sentence.
pub(super) fn together(needs: &[Need]) -> String {
    let said: Vec<&str> = needs.iter().map(|need| &*need.says).collect();
    said.join(" and ")
}

fn need(view: &View<'_>, condition: &Condition, leaf: &Leaf, must_hold: bool) -> Need {
    let field = view.rules.field_name(&leaf.field);
    let value = view.value(&leaf.field);
    let unit = leaf.field.unit();
    let (bound, number) = bound(leaf, value.as_ref(), must_hold);
    let asked = leaf.asks(view.rules);
    let to = match bound {
        Some(bound) => rounded(bound.to, unit),
        None => asked.wanted.clone(),
    };
    let says = if let Some(bound) = bound {
        number_need(&field, number, bound, unit)
    } else {
        let operator = asked.operator.replace('_', " ");
        let not = if must_hold { "" } else { "not " };
        let is = value.as_ref().map_or_else(
            || "not known".to_owned(),
            |value| format!("is {}", plain(view, value, unit)),
        );
        format!("{field} {not}{operator} {} ({is})", asked.wanted)
    };
    Need {
        field: Some(field),
        from: value.as_ref().map(|value| plain(view, value, unit)),
        to: Some(to),
        ..Need::of("field", says, comes_right(view, condition, must_hold))
    }
}

fn number_need(field: &str, number: f64, bound: Bound, unit: Unit) -> String {
    let gap = (bound.to - number).abs();
    let from_to = || {
        let (from, to) = (rounded(number, unit), rounded(bound.to, unit));
        format!("{field} from {from} to {to}")
    };
    match (unit, bound.up, field) {
        (Unit::Seconds, true, "page.active") => format!("{} more on this page", span(gap)),
        (Unit::Seconds, true, "session.active") => {
            format!("{} more of looking at pages", span(gap))
        }
        (Unit::Seconds, true, "session.duration") => {
            format!("{} more in this session", span(gap))
        }
        (Unit::Seconds, true, _) => format!("{} more of {field}", span(gap)),
        (Unit::Seconds, false, _) => format!("{} less of {field}", span(gap)),
        (Unit::Count("page views"), true, "session.page_views")
            if (gap - 1.0).abs() < f64::EPSILON =>
        {
            "1 more page view".to_owned()
        }
        (Unit::Count("page views"), true, "session.page_views") => {
            format!("{} more page views", rounded(gap, unit))
        }
        (Unit::Count(_) | Unit::Points, _, _) => from_to(),
    }
}
