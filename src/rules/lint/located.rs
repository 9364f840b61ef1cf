//! Conditions with their places: the shape comes from the source, what is asked from the compiler.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only lists and tables have parts"
)]

use std::collections::HashMap;

use super::super::condition::{Condition, Leaf};
use super::super::sink::Spot;
use super::super::tree::{Kind, Node, Table};
use super::Asked;

/// A condition and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<'a> {
    pub(super) at: Spot,
    pub(super) part: Part<'a>,
}

/// What a condition is made of.
#[derive(Clone, Debug)]
pub(super) enum Part<'a> {
    /// Every part holds.
    All(Vec<Located<'a>>),
    /// Some part holds.
    Any(Vec<Located<'a>>),
    /// The part does not hold.
    Not(Box<Located<'a>>),
    /// One field against one test.
    Leaf(&'a Asked, &'a Leaf),
    /// Nothing is known about it here.
    Opaque,
}

/// The condition that the `all`, `any` and `not` of a table make together.
pub(super) fn of_rule<'a>(table: &'a Table, asked: &'a HashMap<Spot, Asked>) -> Located<'a> {
    let list = |node: &'a Node| match &node.kind {
        Kind::List(nodes) => nodes.iter().map(|node| of_node(node, asked)).collect(),
        _ => Vec::new(),
    };
    let parts = table.entries.iter().filter_map(|entry| {
        let part = match entry.key.as_str() {
            "all" => Part::All(list(&entry.value)),
            "any" => Part::Any(list(&entry.value)),
            "not" => Part::Not(Box::new(of_node(&entry.value, asked))),
            _ => return None,
        };
        let at = entry.key_at;
        Some(Located { at, part })
    });
    let (at, part) = (table.at, Part::All(parts.collect()));
    Located { at, part }
}

fn of_node<'a>(node: &'a Node, asked: &'a HashMap<Spot, Asked>) -> Located<'a> {
    let opaque = Located {
        at: node.at,
        part: Part::Opaque,
    };
    let Kind::Table(table) = &node.kind else {
        return opaque;
    };
    if let Some(asked) = asked.get(&table.at) {
        return of_condition(&asked.condition, asked, table.at);
    }
    let grouped = |key| table.get(key).is_some();
    if grouped("all") || grouped("any") || grouped("not") {
        return of_rule(table, asked);
    }
    opaque
}

fn of_condition<'a>(condition: &'a Condition, asked: &'a Asked, at: Spot) -> Located<'a> {
    let each = |parts: &'a [Condition]| {
        let parts = parts.iter().map(|part| of_condition(part, asked, at));
        parts.collect::<Vec<_>>()
    };
    let part = if let Condition::All(parts) = condition {
        Part::All(each(parts))
    } else if let Condition::Any(parts) = condition {
        Part::Any(each(parts))
    } else if let Condition::Not(part) = condition {
        Part::Not(Box::new(of_condition(part, asked, at)))
    } else if let Condition::Leaf(leaf) = condition {
        Part::Leaf(asked, leaf)
    } else {
        Part::Opaque
    };
    Located { at, part }
}

impl<'a> Located<'a> {
    /// The parts that must all hold, with groups of the same kind laid open.
    pub(super) fn conjuncts(&self) -> Vec<&Located<'a>> {
        match &self.part {
            Part::All(parts) => parts.iter().flat_map(Located::conjuncts).collect(),
            Part::Any(parts) if parts.len() == 1 => parts[0].conjuncts(),
            Part::Any(_) | Part::Not(_) | Part::Leaf(..) | Part::Opaque => vec![self],
        }
    }

    /// Whether both say the same.
    pub(super) fn same(&self, other: &Located<'_>) -> bool {
        let (mine, theirs) = (self.conjuncts(), other.conjuncts());
        mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| a.same_part(b))
    }

    fn same_part(&self, other: &Located<'_>) -> bool {
        match (&self.part, &other.part) {
            (Part::Any(a), Part::Any(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Part::Not(a), Part::Not(b)) => a.same(b),
            (Part::Leaf(_, a), Part::Leaf(_, b)) => a == b,
            (Part::All(_) | Part::Any(_) | Part::Not(_) | Part::Leaf(..) | Part::Opaque, _) => {
                false
            }
        }
    }
}
