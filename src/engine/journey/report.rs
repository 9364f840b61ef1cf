//! What came of the tests, for people and tools.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::Millis;
use crate::rules::Place;

/// What came of all tests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TestReport {
    /// How many ended as expected.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// Each test, in the order they are written.
    pub tests: Vec<JourneyOutcome>,
}

impl TestReport {
    /// Counts the outcomes.
    pub fn of(tests: Vec<JourneyOutcome>) -> Self {
        let passed = tests.iter().filter(|test| test.passed).count();
        Self {
            passed,
            failed: tests.len() - passed,
            tests,
        }
    }

    /// The first test that failed, with its difference.
    pub fn first_failure(&self) -> Option<(&JourneyOutcome, &Difference)> {
        self.tests
            .iter()
            .find_map(|test| Some((test, test.difference.as_ref()?)))
    }

    /// The first failure in one line: which test, where, what was expected, what was, and why. Empty when all passed.
    pub fn first_difference(&self) -> String {
        let Some((test, found)) = self.first_failure() else {
            return String::new();
        };
        let (name, file, line) = (&test.name, &found.place.file, found.place.line);
        let (at, expected, actual) = (found.at_ms, &found.expected, &found.actual);
        let why = if found.why.is_empty() {
            String::new()
        } else {
            format!(", because {}", found.why.join("; "))
        };
        format!(
            "\"{name}\" ({file}:{line}), after {at}: expected {expected}, and it was {actual}{why}"
        )
    }
}

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JourneyOutcome {
    /// The test's name.
    pub name: Arc<str>,
    /// Where it is written.
    #[serde(flatten)]
    pub place: Place,
    /// Whether everything was as expected.
    pub passed: bool,
    /// The first thing that was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// What happened, up to there.
    pub timeline: Vec<Moment>,
}

/// The first thing that was not as expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Where the expectation is written.
    #[serde(flatten)]
    pub place: Place,
    /// The moment, since the visit began, in milliseconds.
    pub at_ms: Millis,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub actual: String,
    /// Why it was so, line by line.
    pub why: Vec<String>,
}

/// One moment of a walk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// Since the visit began, in milliseconds.
    pub at_ms: Millis,
    /// What happened.
    pub what: String,
    /// What followed from it.
    pub effects: Vec<String>,
    /// The scores afterwards.
    pub scores: Vec<ScoreAt>,
}

/// A score at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreAt {
    /// The score's name.
    pub name: Arc<str>,
    /// Whole points, rounded.
    pub points: i64,
    /// Its stage; none below the first.
    pub stage: Option<Arc<str>>,
}
