//! Looks for what is legal and most likely not what was meant: passes over a rule set that compiled.
//!
//! A pass reasons over compiled conditions and finds its places in the source's tables. What it cannot reason about,
//! it lets pass: a lint that cries wolf is worse than none.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a pass is about some kinds of value and lets all others be"
)]

mod located;
mod logic;
mod personal;
mod range;
mod reach;
mod tone;
mod twice;

use std::collections::HashMap;

pub(super) use tone::HELP_WORDS;

use super::code::Code;
use super::condition::Condition;
use super::operator::FieldType;
use super::ruleset::RuleSet;
use super::sink::{Sink, Spot};
use super::tree::{Kind, Table};

/// A field with what is asked of it, as a rule says it in one place.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What the rule calls the field.
    pub(super) name: String,
    /// The field's type.
    pub(super) of: FieldType,
    /// What is asked.
    pub(super) condition: Condition,
}

/// What the passes look at.
pub(super) struct Subject<'a> {
    /// The compiled rules.
    pub(super) rule_set: &'a RuleSet,
    /// The tables of all files.
    pub(super) roots: &'a [Table],
    /// What is asked at each place.
    pub(super) asked: &'a HashMap<Spot, Asked>,
}

impl<'a> Subject<'a> {
    /// The tables under a key of the files, in order.
    fn tables(&self, key: &'static str) -> impl Iterator<Item = &'a Table> {
        let entries = self.roots.iter().filter_map(move |root| root.get(key));
        let nodes = entries.flat_map(|node| match &node.kind {
            Kind::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        });
        nodes.filter_map(|node| match &node.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        })
    }
}

/// Runs every pass.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>) {
    let reach = reach::of(subject.rule_set);
    reach::stages(sink, subject, &reach);
    logic::run(sink, subject, &reach);
    twice::run(sink, subject);
    personal::run(sink, subject);
    tone::run(sink, subject);
    haste(sink, subject);
}

/// Triggers that nothing holds back: they invite in the moment a page opens.
fn haste(sink: &mut Sink, subject: &Subject<'_>) {
    let waits = ["all", "any", "not", "delay"];
    for table in subject.tables("trigger") {
        if waits.iter().any(|key| table.get(key).is_some()) {
            continue;
        }
        let at = table.get("id").map_or(table.at, |node| node.at);
        let message = "this trigger invites in the moment a page opens";
        let note = sink.report(Code::PopsAtOnce, at, message);
        note.help("let people look around first, such as for 20 active seconds");
        let condition = "[ { field = \"page.active\", at_least = \"20s\" } ]";
        if let Some(edits) = table.with("all", condition) {
            note.offer("wait for 20 active seconds", edits);
        }
    }
}

/// The text of a key.
fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match &table.get(key)?.kind {
        Kind::Text(text) => Some(text),
        _ => None,
    }
}
