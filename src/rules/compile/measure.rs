//! `[measure]`: which goals count for the effect of invitations.

use super::super::code::Code;
use super::super::limits::{MAX_NAME_CHARS, MAX_SPAN};
use super::super::parts::Measure;
use super::super::schema;
use super::super::sink::Sink;
use super::super::tree::{Node, Table};
use super::Context;
use super::scores::SHORTEST_HALF_LIFE;

/// Reads how effects are measured. There is at most one such table in all files together.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Measure {
    let mut measure = Measure::default();
    let [first, others @ ..] = tables else {
        return measure;
    };
    let sink = &mut cx.sink;
    sink.check_keys(first, &schema::MEASURE);
    if let Some(stated) = first.get("goals").and_then(|node| goals(sink, node)) {
        measure.goals = stated;
    }
    let within = first
        .get("within")
        .and_then(|node| sink.span(node, SHORTEST_HALF_LIFE..=MAX_SPAN));
    measure.within = within.unwrap_or(measure.within);
    for other in others {
        sink.report(
            Code::DuplicateId,
            other.at,
            "there is a `[measure]` already",
        )
        .related(first.at, "first here");
    }
    measure
}

/// Names of goals, in lower case as they are compared.
pub(super) fn goals(sink: &mut Sink, node: &Node) -> Option<Vec<Box<str>>> {
    let nodes = sink.one_or_more(node)?;
    let names: Vec<_> = nodes
        .iter()
        .map(|node| {
            let name = sink.prose(node, MAX_NAME_CHARS)?;
            Some(Box::from(name.to_lowercase()))
        })
        .collect();
    names.into_iter().collect()
}
