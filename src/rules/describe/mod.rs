//! Conditions in words: what a compiled leaf asks, as the marketer wrote it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most fields and tests have no word of their own"
)]

use serde::Serialize;

use crate::domain::{Key, Millis};

use super::calendar::Calendar;
use super::catalogue::{Bind, FIELDS, FieldSpec};
use super::condition::{Leaf, Test, Value};
use super::field::Field;
use super::operator::{FieldType, Operator};
use super::ruleset::RuleSet;

/// A value for people and for JSON alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Plain {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Another number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several.
    List(Vec<Plain>),
}

impl Plain {
    /// A number, whole if it is.
    pub fn number(number: f64) -> Self {
        if number.fract() == 0.0 && number.abs() < 9e15 {
            Self::Whole(number as i64)
        } else {
            Self::Number(number)
        }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl std::fmt::Display for Plain {
    /// As TOML writes it, lists without their brackets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{}", (number * 1_000.0).round() / 1_000.0),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(items) if items.is_empty() => f.write_str("nothing"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                f.write_str(&items.join(", "))
            }
        }
    }
}

/// What a leaf asks of its field.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The operator's key, such as `at_least`.
    pub operator: &'static str,
    /// The value beside it, as it stands in the file.
    pub wanted: Plain,
    /// The span of `in_last`, if there is one.
    pub in_last: Option<String>,
    /// Whether `case_sensitive` stands beside it.
    pub case_sensitive: bool,
}

/// What a field's numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Points of a score.
    Points,
    /// So many of these, in the plural; empty when there is no word for them.
    Count(&'static str),
}

impl Unit {
    /// The stable word on the wire; `None` for numbers that count nothing with a name.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Seconds => Some("s"),
            Self::Points => Some("points"),
            Self::Count("") => None,
            Self::Count(noun) => Some(noun),
        }
    }
}

impl RuleSet {
    /// A value for people and for JSON.
    pub fn plain(&self, value: &Value<'_>) -> Plain {
        match value {
            Value::Text(text) => Plain::text(&**text),
            Value::Number(number) => Plain::number(*number),
            Value::Bool(flag) => Plain::Flag(*flag),
            Value::List(items) => {
                Plain::List(items.iter().map(|item| Plain::text(&**item)).collect())
            }
            Value::Date(millis) => Plain::Text(write(&self.calendar, *millis)),
        }
    }

    /// What a rule calls this field, such as `session.views.pricing`.
    pub fn field_name(&self, field: &Field) -> String {
        let field = bare(field);
        let page_type = |key: Key| {
            let known = self.page_type_name(key);
            known.map_or_else(|| "removed".to_owned(), ToString::to_string)
        };
        let score = |key: Key| {
            let known = self.score(key);
            known.map_or_else(|| "removed".to_owned(), |score| score.name.to_string())
        };
        match (family(field), spec(field)) {
            (Some((prefix, Member::Free(name))), _) => format!("{prefix}{name}"),
            (Some((prefix, Member::PageType(key))), _) => format!("{prefix}{}", page_type(key)),
            (Some((prefix, Member::Score(key))), _) => format!("{prefix}{}", score(key)),
            (Some((prefix, Member::Matrix(key))), _) => {
                let known = self.matrix(key).map(|matrix| &*matrix.name);
                format!("{prefix}{}", known.unwrap_or("removed"))
            }
            (None, Some(spec)) => spec.name.to_owned(),
            (None, None) => format!("{field:?}"),
        }
    }
}

/// Which one of a family a field is.
enum Member<'a> {
    Free(&'a str),
    PageType(Key),
    Score(Key),
    Matrix(Key),
}

/// The field without a span of `in_last`.
fn bare(field: &Field) -> &Field {
    match field {
        Field::InLast(field, _) => bare(field),
        field => field,
    }
}

/// The family that a field belongs to, if it belongs to one.
fn family(field: &Field) -> Option<(&'static str, Member<'_>)> {
    Some(match field {
        Field::PageQuery(name) => ("page.query.", Member::Free(name)),
        Field::VisitorTrait(name) => ("visitor.trait.", Member::Free(name)),
        Field::EventProp(name) => ("event.props.", Member::Free(name)),
        Field::SessionEventsOf(named) => ("session.events.", Member::Free(&named.name)),
        Field::SessionGoalsOf(named) => ("session.goals.", Member::Free(&named.name)),
        Field::SessionUtm(utm) => ("session.utm.", Member::Free(utm.as_str())),
        Field::FreeSlotsIn(name) => ("chat.free_slots_in.", Member::Free(name)),
        Field::ChatOpenIn(name) => ("chat.open_in.", Member::Free(name)),
        Field::SessionViews(key) => ("session.views.", Member::PageType(*key)),
        Field::CrossedUp(key) => ("crossed_up.", Member::Score(*key)),
        Field::CrossedDown(key) => ("crossed_down.", Member::Score(*key)),
        Field::Matrix(key) => ("matrix.", Member::Matrix(*key)),
        Field::Score(key) => ("score.", Member::Score(*key)),
        Field::Stage(key) => ("stage.", Member::Score(*key)),
        _ => return None,
    })
}

/// The catalogue's entry for a field.
fn spec(field: &Field) -> Option<&'static FieldSpec> {
    let prefix = family(field).map(|(prefix, _)| prefix);
    FIELDS.iter().find(|spec| match &spec.bind {
        Bind::To(known) => known == field,
        _ => prefix.is_some() && spec.prefix() == prefix,
    })
}

impl Field {
    /// Its type.
    pub fn of(&self) -> FieldType {
        spec(bare(self)).map_or(FieldType::Any, |spec| spec.of)
    }

    /// What its numbers count.
    pub fn unit(&self) -> Unit {
        if self.of() == FieldType::Duration {
            return Unit::Seconds;
        }
        match bare(self) {
            Self::Score(_) => Unit::Points,
            Self::PageViewsOfType
            | Self::SessionPageViews
            | Self::SessionViews(_)
            | Self::VisitorPageViews => Unit::Count("page views"),
            Self::SessionEvents | Self::SessionEventsOf(_) => Unit::Count("events"),
            Self::SessionGoals | Self::SessionGoalsOf(_) => Unit::Count("goals"),
            Self::VisitorDaysSinceFirstVisit | Self::VisitorDaysSinceLastVisit => {
                Unit::Count("days")
            }
            Self::VisitorSessions => Unit::Count("sessions"),
            Self::VisitorChats => Unit::Count("chats"),
            Self::VisitorInvitationsShown
            | Self::VisitorInvitationsAccepted
            | Self::VisitorInvitationsDismissed => Unit::Count("invitations"),
            Self::AgentsOnline => Unit::Count("agents"),
            Self::FreeSlots | Self::FreeSlotsIn(_) => Unit::Count("free slots"),
            Self::PageScroll => Unit::Count("percent"),
            _ => Unit::Count(""),
        }
    }
}

impl Leaf {
    /// What the leaf asks, as it stands in the file.
    pub fn asks(&self, rules: &RuleSet) -> Asked {
        let (test, case_sensitive) = match &self.test {
            Test::CaseSensitive(test) => (&**test, true),
            Test::Regex(pattern) => (&self.test, pattern.is_case_sensitive()),
            test => (test, false),
        };
        let (operator, wanted) = test.asks(self.field.of(), rules, case_sensitive);
        Asked {
            operator: operator.as_str(),
            wanted,
            in_last: match &self.field {
                Field::InLast(_, span) => Some(span.to_string()),
                _ => None,
            },
            case_sensitive,
        }
    }
}

/// A moment as rules write it: a date where it is the first of a day of the site's zone, else with the time.
fn write(calendar: &Calendar, millis: i64) -> String {
    let day = write_day(calendar, millis);
    let is_first = calendar
        .covers(&day)
        .is_some_and(|(first, _)| first == millis);
    if is_first {
        return day;
    }
    let at = jiff::Timestamp::from_millisecond(millis);
    at.map_or_else(|_| millis.to_string(), |at| at.to_string())
}

/// The date of a moment in the site's zone.
fn write_day(calendar: &Calendar, millis: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(millis);
    at.map_or_else(
        |_| millis.to_string(),
        |at| at.to_zoned(calendar.zone().clone()).date().to_string(),
    )
}

/// The days or moments from one to before another, as an operator and its value.
fn dates(from: i64, until: i64, calendar: &Calendar) -> (Operator, Plain) {
    let text = |at: i64| Plain::Text(write(calendar, at));
    // The last moment of a day stands for the day: what is written is the first one.
    let last = |until: i64| {
        let day = calendar.covers(&write(calendar, until));
        let is_day = day.is_some_and(|(first, after)| first == until && after - first > 1);
        let before = until.saturating_sub(1);
        if is_day {
            Plain::Text(write_day(calendar, before))
        } else {
            text(before)
        }
    };
    match (from, until) {
        (i64::MIN, until) => (Operator::Before, text(until)),
        (from, i64::MAX) => (Operator::After, last(from)),
        (from, until) if last(until) == text(from) => (Operator::On, text(from)),
        (from, until) => (
            Operator::Between,
            Plain::List(vec![text(from), last(until)]),
        ),
    }
}

impl Test {
    fn asks(&self, of: FieldType, rules: &RuleSet, case_sensitive: bool) -> (Operator, Plain) {
        let number = |number: f64| match of {
            FieldType::Duration => {
                Plain::text(Millis((number * 1_000.0).round() as u64).to_string())
            }
            _ => Plain::number(number),
        };
        let text = |text: &str| {
            Plain::text(if case_sensitive {
                text
            } else {
                rules.written(text)
            })
        };
        match self {
            Self::Is(one) => (Operator::Equals, text(one)),
            Self::OneOf(many) => {
                let many = many.iter().map(|one| text(one)).collect();
                (Operator::OneOf, Plain::List(many))
            }
            Self::Contains(part) => (Operator::Contains, text(part)),
            Self::StartsWith(start) => (Operator::StartsWith, text(start)),
            Self::EndsWith(end) => (Operator::EndsWith, text(end)),
            Self::Matches(pattern) => (Operator::Matches, text(pattern)),
            Self::Between(low, high) if high.is_infinite() => (Operator::AtLeast, number(*low)),
            Self::Between(low, high) if low.is_infinite() => (Operator::AtMost, number(*high)),
            Self::Between(low, high) if low.total_cmp(high).is_eq() => {
                (Operator::Equals, number(*low))
            }
            Self::Between(low, high) => {
                let both = vec![number(*low), number(*high)];
                (Operator::Between, Plain::List(both))
            }
            Self::MoreThan(limit) => (Operator::MoreThan, number(*limit)),
            Self::LessThan(limit) => (Operator::LessThan, number(*limit)),
            Self::Flag(flag) => (Operator::Equals, Plain::Flag(*flag)),
            Self::Regex(pattern) => (Operator::MatchesRegex, Plain::text(pattern.as_str())),
            Self::CaseSensitive(test) => test.asks(of, rules, true),
            Self::Dates(from, until) => dates(*from, *until, &rules.calendar),
            Self::Within(span) => (Operator::Within, Plain::text(span.to_string())),
            Self::WithinNext(span) => (Operator::WithinNext, Plain::text(span.to_string())),
            Self::Exists(known) => (Operator::Exists, Plain::Flag(*known)),
        }
    }

    /// The bound that a number which fails this test has to reach, or to leave when the test must not hold; `None`
    /// when the number does as it is, or the test is not of numbers.
    pub fn bound_for(&self, number: f64, must_hold: bool) -> Option<Bound> {
        let up = |to, strict| {
            Some(Bound {
                to,
                up: true,
                strict,
            })
        };
        let down = |to, strict| {
            Some(Bound {
                to,
                up: false,
                strict,
            })
        };
        match (self, must_hold) {
            (Self::Between(low, _), true) if number < *low => up(*low, false),
            (Self::Between(_, high), true) if number > *high => down(*high, false),
            (Self::MoreThan(limit), true) if number <= *limit => up(*limit, true),
            (Self::LessThan(limit), true) if number >= *limit => down(*limit, true),
            (Self::Between(low, high), false) if (*low..=*high).contains(&number) => {
                if high.is_finite() {
                    up(*high, true)
                } else {
                    down(*low, true)
                }
            }
            (Self::MoreThan(limit), false) if number > *limit => down(*limit, false),
            (Self::LessThan(limit), false) if number < *limit => up(*limit, false),
            _ => None,
        }
    }
}

/// A number that another one has to come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// That number.
    pub to: f64,
    /// Whether it lies above.
    pub up: bool,
    /// Whether it has to be passed, not only reached.
    pub strict: bool,
}

#[cfg(test)]
mod tests;
