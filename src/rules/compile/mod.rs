//! From sources to a compiled rule set, with every mistake on the way.
//!
//! A reader returns `None` for a part only after it has reported why; so the parts are complete exactly when
//! nothing was reported, and only then is a rule set made of them.

mod award;
mod condition;
mod field;
mod groups;
mod hours;
mod invitation;
mod journeys;
mod leaf;
mod matrix;
mod measure;
mod message;
mod names;
mod page_types;
mod policy;
mod quantity;
mod read;
mod schedule;
mod score_rules;
mod scores;
mod sections;
mod segments;
mod triggers;
mod value;
pub(super) mod words;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::calendar::Calendar;
use super::diagnostic::Diagnostic;
use super::journey::Journey;
use super::lint::{self, Asked};
use super::locate::Places;
use super::ruleset::{Parts, RuleSet};
use super::sink::{Sink, Spot};
use super::source::{self, SourceFile};
use names::Names;
use sections::Sections;

/// A rule set that can be used, and what is worth a second look in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The rule set.
    pub rule_set: RuleSet,
    /// Warnings and hints, by file and place.
    pub notes: Vec<Diagnostic>,
    /// Its tests, in the order they are written.
    pub journeys: Vec<Journey>,
}

/// What every reader shares: where to report, and which names there are.
#[derive(Debug, Default)]
struct Context {
    sink: Sink,
    names: Names,
    /// What is asked at each place, for the lints.
    asked: HashMap<Spot, Asked>,
    /// The site's zone, in which dates are read.
    calendar: Calendar,
    /// Regular expressions so far.
    regexes: usize,
    /// Texts that are compared in lower case, as they were first written.
    written: HashMap<Box<str>, Box<str>>,
}

impl Context {
    /// The text in lower case, as values are compared with it; how it is written is kept for explanations.
    fn fold(&mut self, text: &str) -> Box<str> {
        let folded: Box<str> = text.to_lowercase().into();
        if *folded != *text && !self.written.contains_key(&folded) {
            self.written.insert(folded.clone(), text.into());
        }
        folded
    }
}

/// Compiles the files, in their order, to one rule set.
///
/// # Errors
///
/// Everything there is to say about the files, by file and place: at least one error, and warnings and hints too.
pub fn compile(files: &[SourceFile]) -> Result<Compiled, Vec<Diagnostic>> {
    let mut cx = Context::default();
    let roots = sections::parse(&mut cx, files);
    let sections = Sections::sort(&mut cx.sink, &roots);
    cx.calendar = hours::read(&mut cx, &sections.hours);
    let page_types = page_types::read(&mut cx, &sections.page_types);
    let scores = scores::read(&mut cx, &sections.scores);
    let groups = groups::read(&mut cx, &sections.groups);
    let measure = measure::read(&mut cx, &sections.measures);
    let matrices = matrix::read(&mut cx, &sections.matrices);
    let segments = segments::read(&mut cx, &sections.segments);
    // After what its conditions may name.
    let policy = policy::read(&mut cx, &sections.policies);
    let score_rules = score_rules::read(&mut cx, &sections.score_rules);
    let triggers = triggers::read(&mut cx, &sections.triggers, &policy.never_on);
    cx.names.report_unused(&mut cx.sink);
    // Last: a test is no use of what it names.
    let places = Places::new(files);
    let journeys = journeys::read(&mut cx, &sections.tests, &sections.triggers, &places);
    if cx.sink.has_errors() {
        return Err(cx.sink.finish(files, &roots));
    }
    let hash = source::hash(files);
    let parts = Parts {
        page_types,
        scores,
        groups,
        score_rules,
        triggers,
        policy,
        measure,
        calendar: cx.calendar,
        matrices,
        segments,
        written: cx.written,
    };
    let rule_set = RuleSet::new(hash, parts);
    let subject = lint::Subject::new(&rule_set, &roots, &cx.asked);
    lint::run(&mut cx.sink, &subject);
    let notes = cx.sink.finish(files, &roots);
    Ok(Compiled {
        rule_set,
        notes,
        journeys,
    })
}
