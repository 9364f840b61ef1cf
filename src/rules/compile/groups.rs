//! `[[group]]`: budgets of points that score rules share.

use crate::domain::{Key, Points};

use super::super::code::Code;
use super::super::limits::MAX_POINTS;
use super::super::parts::Group;
use super::super::schema;
use super::super::tree::Table;
use super::Context;
use super::names::Register;

const CAPS: [&str; 3] = [
    "max_points_per_session",
    "max_points_per_day",
    "max_points_per_visitor",
];

/// Reads all groups and enters their names.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<Group> {
    let mut register = Register::of("group");
    let groups = tables
        .iter()
        .filter_map(|table| one(cx, table, &mut register));
    groups.collect()
}

fn one(cx: &mut Context, table: &Table, register: &mut Register) -> Option<Group> {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::GROUP);
    let caps = CAPS.map(|key| {
        sink.optional(table, key, |sink, node| {
            sink.whole(node, 1..=MAX_POINTS).map(Points::whole)
        })
    });
    if CAPS.iter().all(|key| table.get(key).is_none()) {
        sink.report(Code::MissingKey, table.at, "this group limits nothing")
            .help("add `max_points_per_session = 20`, or leave the group out");
    }
    let node = table.get("name")?;
    let name = sink.text(node)?;
    if sink.id(node).is_some() && !register.enter(sink, name, node.at) {
        return None;
    }
    cx.names.groups.push(name.to_owned());
    let [max_per_session, max_per_day, max_per_visitor] = caps;
    Some(Group {
        key: Key::of(name),
        name: name.into(),
        max_per_session: max_per_session?,
        max_per_day: max_per_day?,
        max_per_visitor: max_per_visitor?,
    })
}
