//! What is known to hold where a condition is judged, and what follows from it.

use std::borrow::Cow;

use super::super::condition::{Leaf, Test, Truth, Value};
use super::super::field::Field;
use super::super::ruleset::RuleSet;
use super::super::sink::Spot;
use super::range::Range;
use crate::domain::Key;

/// A test that is known to hold, or not to, where a condition is judged.
#[derive(Clone)]
pub(super) struct Given<'a> {
    pub(super) leaf: Cow<'a, Leaf>,
    /// What the rule calls the field that says so.
    pub(super) name: &'a str,
    /// Whether the field has one value, not a list of them.
    pub(super) single: bool,
    pub(super) holds: bool,
    pub(super) at: Spot,
    /// The segment in which it stands, if it does.
    pub(super) via: Option<&'a str>,
    pub(super) says: &'static str,
}

impl Given<'_> {
    /// Whether the two can never be so together.
    pub(super) fn excludes(&self, other: &Given<'_>) -> bool {
        let (mine, theirs) = (&self.leaf.test, &other.leaf.test);
        self.leaf.field == other.leaf.field
            && match (self.holds, other.holds) {
                (true, true) => apart(mine, theirs, self.single && other.single),
                (true, false) => implies(mine, theirs),
                (false, true) => implies(theirs, mine),
                (false, false) => false,
            }
    }

    /// What else is so whenever this is.
    pub(super) fn consequences(&self, rules: &RuleSet) -> Vec<Self> {
        if !self.holds {
            return Vec::new();
        }
        let leaves = consequences(&self.leaf, rules).into_iter();
        let given = leaves.map(|leaf| Self {
            leaf: Cow::Owned(leaf),
            single: true,
            ..self.clone()
        });
        given.collect()
    }
}

fn consequences(leaf: &Leaf, rules: &RuleSet) -> Vec<Leaf> {
    let flag = matches!(leaf.test, Test::Flag(true));
    let range = Range::of(&leaf.test);
    let is = |field: Field, test: Test| vec![Leaf { field, test }];
    match (&leaf.field, &leaf.test) {
        (Field::VisitorReturning, Test::Flag(true)) => {
            is(Field::VisitorSessions, Test::Between(2.0, f64::INFINITY))
        }
        (Field::VisitorReturning, Test::Flag(false)) => {
            is(Field::VisitorSessions, Test::Between(1.0, 1.0))
        }
        (Field::VisitorVerified, _) if flag => is(Field::VisitorIdentified, Test::Flag(true)),
        (Field::VisitorIdentified, Test::Flag(false)) => {
            is(Field::VisitorVerified, Test::Flag(false))
        }
        (Field::PageExitIntent, _) if flag => is(Field::SessionExitIntent, Test::Flag(true)),
        (Field::SessionExitIntent, Test::Flag(false)) => {
            is(Field::PageExitIntent, Test::Flag(false))
        }
        // Whoever was here for so long on one page was so on all of them together.
        (Field::PageActive, _) => range
            .and_then(Range::at_least)
            .map_or_else(Vec::new, |low| {
                is(Field::SessionActive, Test::Between(low, f64::INFINITY))
            }),
        (Field::Stage(score), test) => {
            stage(*score, test, rules).map_or_else(Vec::new, |test| is(Field::Score(*score), test))
        }
        _ => Vec::new(),
    }
}

/// The points that a score has while it is in one of the stages that a test lets pass.
fn stage(score: Key, test: &Test, rules: &RuleSet) -> Option<Test> {
    let wanted = words(test)?;
    let stages = &rules.score(score)?.stages;
    let bands = (0..stages.len()).filter(|at| {
        let mut wanted = wanted.iter();
        wanted.any(|word| Key::of(word) == stages[*at].key)
    });
    let bands: Vec<usize> = bands.collect();
    let (first, last) = (*bands.first()?, *bands.last()?);
    // A band ends before the next one begins; points have three decimals.
    let end = stages.get(last + 1).map(|next| next.from.as_f64() - 0.001);
    let begin = stages[first].from.as_f64();
    Some(Test::Between(begin, end.unwrap_or(f64::INFINITY)))
}

/// The words that a test lets pass, if it names them.
pub(super) fn words(test: &Test) -> Option<Vec<&str>> {
    if let Test::Is(word) = test {
        Some(vec![word])
    } else if let Test::OneOf(words) = test {
        Some(words.iter().map(|word| &**word).collect())
    } else {
        None
    }
}

/// Whether a test reads texts in lower case, as the words of rules are kept.
fn is_plain(test: &Test) -> bool {
    !matches!(test, Test::Regex(_) | Test::CaseSensitive(_))
}

fn passes(test: &Test, word: &str) -> bool {
    test.holds(&Value::Text(Cow::Borrowed(word))) == Truth::Yes
}

/// Whether no value passes both tests.
fn apart(a: &Test, b: &Test, single: bool) -> bool {
    if let (Some(a), Some(b)) = (Range::of(a), Range::of(b)) {
        return a.misses(b);
    }
    match (a, b) {
        (Test::Flag(a), Test::Flag(b)) => return a != b,
        (Test::Exists(false), other) | (other, Test::Exists(false)) => {
            return *other != Test::Exists(false);
        }
        _ => {}
    }
    let none = |words: Vec<&str>, test: &Test| {
        !words.is_empty() && is_plain(test) && words.iter().all(|word| !passes(test, word))
    };
    single
        && (words(a).is_some_and(|words| none(words, b))
            || words(b).is_some_and(|words| none(words, a)))
}

/// Whether every value that passes `a` passes `b`.
pub(super) fn implies(a: &Test, b: &Test) -> bool {
    if let (Some(a), Some(b)) = (Range::of(a), Range::of(b)) {
        return b.holds(a);
    }
    if *b == Test::Exists(true) {
        return *a != Test::Exists(false);
    }
    let named = words(a).is_some_and(|words| {
        !words.is_empty() && is_plain(b) && words.iter().all(|word| passes(b, word))
    });
    a == b || named
}
