//! Compiled conditions and their evaluation over [`Facts`].
//!
//! Logic has three values: a field whose value nobody knows makes its leaf *unknown*; unknown does not match and
//! is shown as unknown in explanations. The empty `all` is true, the empty `any` is false.

use crate::domain::Timestamp;

use super::field::Field;

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
}

/// What conditions read. The engine answers from a visitor's state; tests answer from a table.
pub trait Facts {
    /// The field's value, or `None` when nobody knows it.
    fn value(&self, field: &Field) -> Option<Value<'_>>;

    /// When a field that grows with active time will reach `seconds` if nothing is reported in between.
    fn reaches(&self, field: &Field, seconds: f64) -> Option<Timestamp>;
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
        }
    }

    /// Whether the outcome may change with time alone.
    pub fn grows_with_time(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::grows_with_time),
            Self::Not(part) => part.grows_with_time(),
            Self::Leaf(leaf) => leaf.field.grows_with_time(),
        }
    }

    /// The earliest moment at which active time alone could change the outcome.
    pub fn next_change(&self, facts: &impl Facts) -> Option<Timestamp> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts
                .iter()
                .filter_map(|part| part.next_change(facts))
                .min(),
            Self::Not(part) => part.next_change(facts),
            Self::Leaf(leaf) => leaf.next_change(facts),
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
            (test, Some(value)) => test.holds(&value),
        }
    }

    fn next_change(&self, facts: &impl Facts) -> Option<Timestamp> {
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
            Test::Is(_)
            | Test::OneOf(_)
            | Test::Contains(_)
            | Test::StartsWith(_)
            | Test::EndsWith(_)
            | Test::Matches(_)
            | Test::Flag(_)
            | Test::Exists(_) => None,
        }
    }
}

impl Test {
    /// Whether a known value passes; a value of another type does not.
    pub fn holds(&self, value: &Value<'_>) -> Truth {
        match value {
            Value::Text(text) => Truth::of(self.holds_for_text(text)),
            Value::List(items) => Truth::of(items.iter().any(|item| self.holds_for_text(item))),
            Value::Number(number) => Truth::of(self.holds_for_number(*number)),
            Value::Bool(flag) => Truth::of(matches!(self, Self::Flag(wanted) if wanted == flag)),
        }
    }

    fn holds_for_number(&self, number: f64) -> bool {
        match self {
            Self::Between(low, high) => (*low..=*high).contains(&number),
            Self::MoreThan(limit) => number > *limit,
            Self::LessThan(limit) => number < *limit,
            Self::Is(_)
            | Self::OneOf(_)
            | Self::Contains(_)
            | Self::StartsWith(_)
            | Self::EndsWith(_)
            | Self::Matches(_)
            | Self::Flag(_)
            | Self::Exists(_) => false,
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
            Self::Between(..)
            | Self::MoreThan(_)
            | Self::LessThan(_)
            | Self::Flag(_)
            | Self::Exists(_) => false,
        }
    }
}

/// Whether the text, in lower case, is `wanted`.
fn is_same(text: &str, wanted: &str) -> bool {
    text.eq_ignore_ascii_case(wanted) || (!text.is_ascii() && *lower(text) == *wanted)
}

/// Lower case, without a copy where the text is in lower case already, as most are.
pub(crate) fn lower(text: &str) -> std::borrow::Cow<'_, str> {
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
