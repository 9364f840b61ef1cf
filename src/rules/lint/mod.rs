//! Looks for what is legal and most likely not what was meant: passes over a rule set that compiled.
//!
//! A pass reasons over compiled conditions and finds its places in the source's tables. What it cannot reason about,
//! it lets pass: a lint that cries wolf is worse than none.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a pass is about some kinds of value and lets all others be"
)]

mod bound;
mod given;
mod located;
mod logic;
mod personal;
mod range;
mod reach;
mod silence;
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

/// Fields of a segment that is looked into wherever it is named, so that large sets stay quick.
const MOST_LOOKED_INTO: usize = 100;

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
    /// The segments that are small enough to be looked into wherever they are named.
    segments: HashMap<&'a str, &'a Table>,
}

impl<'a> Subject<'a> {
    /// What the passes look at.
    pub(super) fn new(
        rule_set: &'a RuleSet,
        roots: &'a [Table],
        asked: &'a HashMap<Spot, Asked>,
    ) -> Self {
        let mut subject = Self {
            rule_set,
            roots,
            asked,
            segments: HashMap::new(),
        };
        let small = subject.tables("segment").filter_map(|table| {
            let name = text(table, "name")?;
            let known = rule_set.segments.iter().find(|s| *s.name == *name)?;
            let mut room = MOST_LOOKED_INTO;
            fits(&known.condition, &mut room).then_some((name, table))
        });
        subject.segments = small.collect();
        subject
    }

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

/// Whether a condition asks for at most `room` fields, of which those are taken that it asks for.
fn fits(condition: &Condition, room: &mut usize) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(|part| fits(part, room)),
        Condition::Not(part) => fits(part, room),
        Condition::Segment { condition, .. } => fits(condition, room),
        Condition::Leaf(_) => {
            let left = room.checked_sub(1);
            *room = left.unwrap_or_default();
            left.is_some()
        }
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
    silence::run(sink, subject);
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
