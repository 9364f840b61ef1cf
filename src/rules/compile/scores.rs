//! `[[score]]`: a name, a maximum, a half-life and stages.

use crate::domain::{Key, Millis, Points};

use super::super::code::Code;
use super::super::limits::{MAX_POINTS, MAX_SPAN, MAX_STAGES};
use super::super::parts::{Score, Stage};
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::tree::{Kind, Node, Table};
use super::Context;
use super::names::{Register, ScoreName};

const DEFAULT_MAX: i64 = 100;
pub(super) const SHORTEST_HALF_LIFE: Millis = Millis::from_secs(1);

/// Reads all scores and enters their names.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<Score> {
    let mut register = Register::of("score");
    let scores = tables
        .iter()
        .filter_map(|table| one(cx, table, &mut register));
    scores.collect()
}

fn one(cx: &mut Context, table: &Table, register: &mut Register) -> Option<Score> {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::SCORE);
    let max = table
        .get("max")
        .map_or(Some(DEFAULT_MAX), |node| sink.whole(node, 1..=MAX_POINTS));
    let half_life = sink.optional(table, "half_life", |sink, node| {
        sink.span(node, SHORTEST_HALF_LIFE..=MAX_SPAN)
    });
    let stages = match table.get("stages") {
        Some(node) => stages(sink, node, max.unwrap_or(MAX_POINTS)),
        None => Some(Vec::new()),
    };
    let node = table.get("name")?;
    let name = sink.text(node)?;
    if sink.id(node).is_some() && !register.enter(sink, name, node.at) {
        return None;
    }
    // Even a name that is not well formed is declared: one mistake should not be reported wherever it is used.
    cx.names.scores.push(ScoreName {
        name: name.to_owned(),
        at: node.at,
        stages: stage_names(table),
    });
    Some(Score {
        key: Key::of(name),
        name: name.into(),
        max: Points::whole(max?),
        half_life: half_life?,
        stages: stages?,
        own_decay: Vec::new(),
    })
}

/// The names of the stages, also of those that have other mistakes.
fn stage_names(table: &Table) -> Vec<String> {
    match table.get("stages").map(|node| &node.kind) {
        Some(Kind::Table(stages)) => stages.entries.iter().map(|e| e.key.clone()).collect(),
        Some(_) | None => Vec::new(),
    }
}

fn stages(sink: &mut Sink, node: &Node, max: i64) -> Option<Vec<Stage>> {
    let Kind::Table(table) = &node.kind else {
        sink.mismatch(node, "a table of stages")
            .help("write `stages = { warm = 25, hot = 60 }`");
        return None;
    };
    if let Some(entry) = table.entries.get(MAX_STAGES) {
        let message = format!("a score has at most {MAX_STAGES} stages");
        sink.report(Code::TooMany, entry.key_at, message);
        return None;
    }
    let mut register = Register::of("stage");
    let mut stages: Vec<(Stage, Spot)> = Vec::new();
    for entry in &table.entries {
        let key_node = Node {
            at: entry.key_at,
            kind: Kind::Text(entry.key.clone()),
        };
        let fresh = sink.id(&key_node).is_some() && register.enter(sink, &entry.key, entry.key_at);
        if let (true, Some(from)) = (fresh, sink.whole(&entry.value, 1..=max)) {
            let (key, name, from) = (
                Key::of(&entry.key),
                entry.key.as_str().into(),
                Points::whole(from),
            );
            stages.push((Stage { key, name, from }, entry.value.at));
        }
    }
    stages.sort_by_key(|(stage, at)| (stage.from, *at));
    for pair in stages.windows(2) {
        if let [(low, first), (high, second)] = pair
            && low.from == high.from
        {
            let message = format!("`{}` begins where `{}` does", high.name, low.name);
            sink.report(Code::EqualStages, *second, message)
                .related(*first, "the same points");
        }
    }
    Some(stages.into_iter().map(|(stage, _)| stage).collect())
}
