//! Compiled conditions and their evaluation over [`Facts`].
//!
//! Logic has three values: a field whose value nobody knows makes its leaf *unknown*; unknown does not match and
//! is shown as unknown in explanations. The empty `all` is true, the empty `any` is false.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each group of tests answers for its own type of value and says no to the rest"
)]

use std::sync::Arc;

use crate::domain::{Millis, Timestamp};

use super::field::Field;
use super::pattern::Pattern;

/// The outcome of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// A value it needs is not known.
    Unknown,
}

impl Truth {
    /// `Yes` or `No`.
    pub const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    const fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// A field's value at one moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text; comparisons fold ASCII and Unicode case.
    Text(std::borrow::Cow<'a, str>),
    /// A finite number; durations are in seconds.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Several texts.
    List(Vec<std::borrow::Cow<'a, str>>),
    /// A moment, in milliseconds since the epoch; it may lie before.
    Date(i64),
}

/// What conditions read. The engine answers from a visitor's state; tests answer from a table.
pub trait Facts {
    /// The field's value, or `None` when nobody knows it.
    fn value(&self, field: &Field) -> Option<Value<'_>>;

    /// This moment.
    fn now(&self) -> Timestamp;

    /// When a field that [grows with time](Field::grows_with_time) will reach `bound` (seconds for durations, else
    /// the field's own unit) if nothing is reported in between.
    fn reaches(&self, field: &Field, bound: f64) -> Option<Timestamp>;

    /// When a field that [steps with time](Field::steps_with_time) may have another value if nothing is reported in
    /// between. Facts without a calendar do not know.
    fn changes(&self, _field: &Field) -> Option<Timestamp> {
        None
    }

    /// The moment that a text names, in milliseconds since the epoch: a date is the first one of its day in the
    /// site's zone. Facts without a calendar do not know.
    fn moment(&self, _text: &str) -> Option<i64> {
        None
    }
}

/// A compiled condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every part holds. Empty: holds.
    All(Vec<Condition>),
    /// Some part holds. Empty: does not hold.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// One field against one test.
    Leaf(Leaf),
    /// A condition that has a name, shared by all who refer to it.
    Segment {
        /// The segment's name.
        name: Arc<str>,
        /// What it stands for.
        condition: Arc<Condition>,
    },
}

/// One field against one test.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// What is looked at.
    pub field: Field,
    /// What it must be.
    pub test: Test,
}

/// What a field must be. Texts are stored in lower case, since text compares without regard to case.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The text is this one; for a list, it has this one.
    Is(Box<str>),
    /// The text is one of these; for a list, it has one of these.
    OneOf(Vec<Box<str>>),
    /// The text has this somewhere in it.
    Contains(Box<str>),
    /// The text begins with this.
    StartsWith(Box<str>),
    /// The text ends with this.
    EndsWith(Box<str>),
    /// The text fits this pattern, in which `*` stands for any run of characters.
    Matches(Box<str>),
    /// The number lies in this closed range; either end may be infinite.
    Between(f64, f64),
    /// The number is greater than this.
    MoreThan(f64),
    /// The number is less than this.
    LessThan(f64),
    /// The truth value is this one.
    Flag(bool),
    /// Some part of the text fits this regular expression.
    Regex(Pattern),
    /// This test of a text, letter by letter: its own texts have their case.
    CaseSensitive(Box<Test>),
    /// The date lies between these moments, in milliseconds since the epoch, the second excluded; `i64::MIN` and
    /// `i64::MAX` are no bounds.
    Dates(i64, i64),
    /// The date lies in the past, at most so long ago.
    Within(Millis),
    /// The date lies in the future, at most so far ahead.
    WithinNext(Millis),
    /// The value is known (true) or not known (false); never itself unknown.
    Exists(bool),
}

impl Condition {
    /// The condition that always holds.
    pub const ALWAYS: Self = Self::All(Vec::new());

    /// Evaluates the condition.
    pub fn eval(&self, facts: &impl Facts) -> Truth {
        match self {
            Self::All(parts) => conjunction(parts.iter().map(|part| part.eval(facts))),
            Self::Any(parts) => {
                conjunction(parts.iter().map(|part| part.eval(facts).negated())).negated()
            }
            Self::Not(part) => part.eval(facts).negated(),
            Self::Leaf(leaf) => leaf.eval(facts),
            Self::Segment { condition, .. } => condition.eval(facts),
        }
    }

    /// Whether the outcome may change with time alone.
    pub fn grows_with_time(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::grows_with_time),
            Self::Not(part) => part.grows_with_time(),
            Self::Leaf(leaf) => leaf.reads_time(),
            Self::Segment { condition, .. } => condition.grows_with_time(),
        }
    }

    /// The earliest moment at which time alone could change the outcome.
    pub fn next_change(&self, facts: &impl Facts) -> Option<Timestamp> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts
                .iter()
                .filter_map(|part| part.next_change(facts))
                .min(),
            Self::Not(part) => part.next_change(facts),
            Self::Leaf(leaf) => leaf.next_change(facts),
            Self::Segment { condition, .. } => condition.next_change(facts),
        }
    }
}

fn conjunction(parts: impl Iterator<Item = Truth>) -> Truth {
    let mut outcome = Truth::Yes;
    for part in parts {
        match part {
            Truth::No => return Truth::No,
            Truth::Unknown => outcome = Truth::Unknown,
            Truth::Yes => {}
        }
    }
    outcome
}

impl Leaf {
    /// Evaluates the leaf.
    pub fn eval(&self, facts: &impl Facts) -> Truth {
        let value = facts.value(&self.field);
        match (&self.test, value) {
            (Test::Exists(wanted), value) => Truth::of(value.is_some() == *wanted),
            (_, None) => Truth::Unknown,
            (test, Some(value)) if test.is_of_dates() => {
                let holds = |at| test.holds_for_date(at, facts.now());
                Truth::of(date(&value, facts).is_some_and(holds))
            }
            (test, Some(value)) => test.holds(&value),
        }
    }

    /// Whether the outcome may change with time alone.
    fn reads_time(&self) -> bool {
        self.field.grows_with_time()
            || self.field.steps_with_time()
            || matches!(self.test, Test::Within(_) | Test::WithinNext(_))
    }

    fn next_change(&self, facts: &impl Facts) -> Option<Timestamp> {
        if matches!(self.test, Test::Within(_) | Test::WithinNext(_)) {
            return self.next_change_of_age(facts);
        }
        if self.field.steps_with_time() {
            return match self.test {
                Test::Dates(from, until) if self.field == Field::TimeDate => {
                    let ahead = |at: &i64| *at > millis(facts.now());
                    let at = [from, until].into_iter().filter(ahead).min()?;
                    u64::try_from(at).ok().map(Timestamp)
                }
                _ => facts.changes(&self.field),
            };
        }
        if !self.field.grows_with_time() {
            return None;
        }
        let reaches = |bound: f64| facts.reaches(&self.field, bound);
        // A strict bound is crossed, and a closed range left, at the first whole millisecond past the bound.
        let passes = |bound: f64| reaches(((bound * 1_000.0 + 1e-6).floor() + 1.0) / 1_000.0);
        match self.test {
            Test::Between(low, high) => [reaches(low), passes(high)].into_iter().flatten().min(),
            Test::LessThan(limit) => reaches(limit),
            Test::MoreThan(limit) => passes(limit),
            _ => None,
        }
    }

    /// When a date becomes too old, or near enough.
    fn next_change_of_age(&self, facts: &impl Facts) -> Option<Timestamp> {
        let at = date(&facts.value(&self.field)?, facts)?;
        let moments = match self.test {
            Test::Within(span) => [at, at.saturating_add(signed(span)).saturating_add(1)],
            Test::WithinNext(span) => [at.saturating_sub(signed(span)), at],
            _ => return None,
        };
        let now = millis(facts.now());
        let next = moments.into_iter().filter(|at| *at > now).min()?;
        u64::try_from(next).ok().map(Timestamp)
    }
}

/// The moment that a value is: a date, a text that names one, or milliseconds since the epoch.
fn date(value: &Value<'_>, facts: &impl Facts) -> Option<i64> {
    match value {
        Value::Date(at) => Some(*at),
        Value::Text(text) => facts.moment(text),
        Value::Number(number) => Some(*number as i64),
        Value::Bool(_) | Value::List(_) => None,
    }
}

fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn signed(span: Millis) -> i64 {
    i64::try_from(span.0).unwrap_or(i64::MAX)
}

impl Test {
    /// Whether a known value passes; a value of another type does not. Dates are compared by [`Leaf::eval`] alone,
    /// which knows what moment it is.
    pub fn holds(&self, value: &Value<'_>) -> Truth {
        match value {
            Value::Text(text) => Truth::of(self.holds_for_text(text)),
            Value::List(items) => Truth::of(items.iter().any(|item| self.holds_for_text(item))),
            Value::Number(number) => Truth::of(self.holds_for_number(*number)),
            Value::Bool(flag) => Truth::of(matches!(self, Self::Flag(wanted) if wanted == flag)),
            Value::Date(_) => Truth::No,
        }
    }

    const fn is_of_dates(&self) -> bool {
        matches!(
            self,
            Self::Dates(..) | Self::Within(_) | Self::WithinNext(_)
        )
    }

    fn holds_for_date(&self, at: i64, now: Timestamp) -> bool {
        let now = millis(now);
        match self {
            Self::Dates(from, until) => (*from..*until).contains(&at),
            Self::Within(span) => at <= now && now.saturating_sub(at) <= signed(*span),
            Self::WithinNext(span) => at > now && at.saturating_sub(now) <= signed(*span),
            _ => false,
        }
    }

    fn holds_for_number(&self, number: f64) -> bool {
        match self {
            Self::Between(low, high) => (*low..=*high).contains(&number),
            Self::MoreThan(limit) => number > *limit,
            Self::LessThan(limit) => number < *limit,
            _ => false,
        }
    }

    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => is_same(text, wanted),
            Self::OneOf(wanted) => wanted.iter().any(|one| is_same(text, one)),
            Self::Contains(part) => lower(text).contains(&**part),
            Self::StartsWith(start) => lower(text).starts_with(&**start),
            Self::EndsWith(end) => lower(text).ends_with(&**end),
            Self::Matches(pattern) => super::glob::matches(pattern, &lower(text)),
            Self::Regex(pattern) => pattern.is_match(text),
            Self::CaseSensitive(test) => test.holds_letter_by_letter(text),
            _ => false,
        }
    }

    fn holds_letter_by_letter(&self, text: &str) -> bool {
        match self {
            Self::Is(wanted) => text == &**wanted,
            Self::OneOf(wanted) => wanted.iter().any(|one| text == &**one),
            Self::Contains(part) => text.contains(&**part),
            Self::StartsWith(start) => text.starts_with(&**start),
            Self::EndsWith(end) => text.ends_with(&**end),
            Self::Matches(pattern) => super::glob::matches(pattern, text),
            _ => self.holds_for_text(text),
        }
    }
}

/// Whether the text, in lower case, is `wanted`.
fn is_same(text: &str, wanted: &str) -> bool {
    text.eq_ignore_ascii_case(wanted) || (!text.is_ascii() && *lower(text) == *wanted)
}

/// Lower case, without a copy where the text is in lower case already, as most are.
pub(crate) fn lower(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        let stays = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if stays {
            text.into()
        } else {
            text.to_ascii_lowercase().into()
        };
    }
    let stays = |letter: char| {
        let mut lower = letter.to_lowercase();
        (lower.next(), lower.next()) == (Some(letter), None)
    };
    if text.chars().all(stays) {
        text.into()
    } else {
        text.to_lowercase().into()
    }
}
