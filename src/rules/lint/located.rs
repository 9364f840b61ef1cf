//! Conditions with their places: the shape comes from the source, what is asked from the compiler.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only lists and tables have parts"
)]

use super::super::condition::{Condition, Leaf};
use super::super::sink::Spot;
use super::super::tree::{Kind, Node, Table};
use super::{Asked, Subject};

/// A condition and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<'a> {
    /// What stands in a segment is where the segment is named.
    pub(super) at: Spot,
    /// The segment by whose name it is asked for here, if it stands in one.
    pub(super) via: Option<&'a str>,
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
pub(super) fn of_rule<'a>(table: &'a Table, subject: &Subject<'a>) -> Located<'a> {
    Finder {
        subject,
        named: None,
    }
    .groups(table)
}

/// Finds the places of a condition's parts.
struct Finder<'a, 's> {
    subject: &'s Subject<'a>,
    /// The outermost segment in which this looks, and where it was named.
    named: Option<(Spot, &'a str)>,
}

impl<'a> Finder<'a, '_> {
    fn found(&self, at: Spot, part: Part<'a>) -> Located<'a> {
        Located {
            at: self.named.map_or(at, |(at, _)| at),
            via: self.named.map(|(_, name)| name),
            part,
        }
    }

    fn groups(&self, table: &'a Table) -> Located<'a> {
        let list = |node: &'a Node| match &node.kind {
            Kind::List(nodes) => nodes.iter().map(|node| self.node(node)).collect(),
            _ => Vec::new(),
        };
        let parts = table.entries.iter().filter_map(|entry| {
            let part = match entry.key.as_str() {
                "all" => Part::All(list(&entry.value)),
                "any" => Part::Any(list(&entry.value)),
                "not" => Part::Not(Box::new(self.node(&entry.value))),
                _ => return None,
            };
            Some(self.found(entry.key_at, part))
        });
        self.found(table.at, Part::All(parts.collect()))
    }

    fn node(&self, node: &'a Node) -> Located<'a> {
        let Kind::Table(table) = &node.kind else {
            return self.found(node.at, Part::Opaque);
        };
        if let Some(asked) = self.subject.asked.get(&table.at) {
            return self.condition(&asked.condition, asked, table.at);
        }
        if let Some(name) = super::text(table, "segment") {
            return self.segment(name, table.at);
        }
        let grouped = |key| table.get(key).is_some();
        if grouped("all") || grouped("any") || grouped("not") {
            return self.groups(table);
        }
        self.found(node.at, Part::Opaque)
    }

    /// What a segment says, as if it stood where it is named.
    fn segment(&self, name: &'a str, at: Spot) -> Located<'a> {
        let Some(table) = self.subject.segments.get(name) else {
            return self.found(at, Part::Opaque);
        };
        Finder {
            subject: self.subject,
            named: self.named.or(Some((at, name))),
        }
        .groups(table)
    }

    fn condition(&self, condition: &'a Condition, asked: &'a Asked, at: Spot) -> Located<'a> {
        let each = |parts: &'a [Condition]| {
            let parts = parts.iter().map(|part| self.condition(part, asked, at));
            parts.collect::<Vec<_>>()
        };
        let part = if let Condition::All(parts) = condition {
            Part::All(each(parts))
        } else if let Condition::Any(parts) = condition {
            Part::Any(each(parts))
        } else if let Condition::Not(part) = condition {
            Part::Not(Box::new(self.condition(part, asked, at)))
        } else if let Condition::Leaf(leaf) = condition {
            Part::Leaf(asked, leaf)
        } else {
            Part::Opaque
        };
        self.found(at, part)
    }
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
