//! `[[segment]]`: conditions that have a name. A segment is compiled after those it refers to, whatever their order in
//! the files; one that comes back to itself is reported with its way.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::code::Code;
use super::super::limits::MAX_TEXT_CHARS;
use super::super::parts::Segment;
use super::super::schema;
use super::super::sink::Spot;
use super::super::tree::{Kind, Node, Table};
use super::Context;
use super::condition;
use super::names::{Register, SegmentName};

/// A declared segment while the order is worked out.
struct Declared<'t> {
    name: &'t str,
    at: Spot,
    table: &'t Table,
    /// The segments it refers to, and where.
    refers: Vec<(&'t str, Spot)>,
}

/// Reads all segments and enters their names.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<Segment> {
    let declared = declare(cx, tables);
    let order = order(cx, &declared);
    let mut segments: Vec<(usize, Segment)> = Vec::new();
    for at in order {
        let one = &declared[at];
        let says = cx.sink.optional(one.table, "says", |sink, node| {
            sink.prose(node, MAX_TEXT_CHARS)
        });
        let read = condition::of_segment(cx, one.table);
        let condition = read.map(|read| {
            let known = cx.names.segment_mut(one.name);
            let condition = Arc::new(read.condition);
            if let Some(known) = known {
                known.needs_event = read.needs_event;
                known.size = read.size;
                known.condition = Some(Arc::clone(&condition));
            }
            condition
        });
        if let (Some(condition), Some(says)) = (condition, says) {
            let segment = Segment {
                name: one.name.into(),
                says: says.map(Into::into),
                condition,
            };
            segments.push((at, segment));
        }
    }
    segments.sort_by_key(|(at, _)| *at);
    segments.into_iter().map(|(_, segment)| segment).collect()
}

fn declare<'t>(cx: &mut Context, tables: &[&'t Table]) -> Vec<Declared<'t>> {
    let mut register = Register::of("segment");
    let mut declared = Vec::new();
    for table in tables {
        let sink = &mut cx.sink;
        sink.check_keys(table, &schema::SEGMENT);
        let Some(node) = table.get("name") else {
            continue;
        };
        let Some(name) = sink.text(node) else {
            continue;
        };
        let is_name = sink.id(node).is_some();
        if is_name && !register.enter(sink, name, node.at) {
            continue;
        }
        cx.names.segments.push(SegmentName::new(name, node.at));
        let mut refers = Vec::new();
        for entry in table.entries.iter().filter(|e| condition::is_group(&e.key)) {
            collect(&entry.value, &mut refers);
        }
        declared.push(Declared {
            name,
            at: node.at,
            table,
            refers,
        });
    }
    declared
}

/// Every name that stands after `segment =` in a condition.
fn collect<'t>(node: &'t Node, names: &mut Vec<(&'t str, Spot)>) {
    match &node.kind {
        Kind::List(nodes) => nodes.iter().for_each(|node| collect(node, names)),
        Kind::Table(table) => {
            for entry in &table.entries {
                if let (Kind::Text(name), "segment") = (&entry.value.kind, &*entry.key) {
                    names.push((name, entry.value.at));
                } else if condition::is_group(&entry.key) {
                    collect(&entry.value, names);
                }
            }
        }
        Kind::Text(_) | Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_) | Kind::Date(_) => {}
    }
}

/// Those referred to before those that refer to them. Segments on a circle are reported and left out.
fn order(cx: &mut Context, declared: &[Declared<'_>]) -> Vec<usize> {
    let by_name: HashMap<&str, usize> = (0..declared.len())
        .map(|at| (declared[at].name, at))
        .collect();
    let mut walk = Walk {
        declared,
        by_name,
        done: vec![false; declared.len()],
        way: Vec::new(),
        order: Vec::new(),
    };
    for at in 0..declared.len() {
        walk.visit(cx, at);
    }
    walk.order
}

struct Walk<'d, 't> {
    declared: &'d [Declared<'t>],
    by_name: HashMap<&'t str, usize>,
    done: Vec<bool>,
    /// From the segment that was asked for to the one at hand.
    way: Vec<usize>,
    order: Vec<usize>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, cx: &mut Context, at: usize) {
        if self.done[at] {
            return;
        }
        self.way.push(at);
        let mut whole = true;
        for (name, spot) in &self.declared[at].refers {
            let Some(next) = self.by_name.get(name).copied() else {
                continue; // reported where the condition is read
            };
            if let Some(from) = self.way.iter().position(|seen| *seen == next) {
                self.report_circle(cx, from, *spot);
                whole = false;
            } else {
                self.visit(cx, next);
            }
        }
        self.way.pop();
        self.done[at] = true;
        if whole {
            self.order.push(at);
        }
    }

    fn report_circle(&self, cx: &mut Context, from: usize, spot: Spot) {
        let circle = self.way[from..].iter().chain(&self.way[from..=from]);
        let names: Vec<_> = circle
            .map(|at| format!("`{}`", self.declared[*at].name))
            .collect();
        let message = format!("a segment comes back to itself: {}", names.join(" → "));
        let first = self.declared[self.way[from]].at;
        cx.sink
            .report(Code::SegmentCycle, spot, message)
            .related(first, "it begins here")
            .help("take one of these references out");
    }
}
