//! `[[matrix]]`: two scores looked at together.

use crate::domain::{Key, Points};

use super::super::code::Code;
use super::super::limits::{MAX_BANDS, MAX_POINTS};
use super::super::matrix::{Axis, Band, Matrix};
use super::super::schema;
use super::super::tree::{Kind, Node, Table};
use super::Context;
use super::names::{MatrixName, Register};

/// How many characters the name of a row or column may have.
const MAX_LABEL: usize = 8;

/// Reads all matrices and enters their names.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<Matrix> {
    let mut register = Register::of("matrix");
    let matrices = tables
        .iter()
        .filter_map(|table| one(cx, table, &mut register));
    matrices.collect()
}

fn one(cx: &mut Context, table: &Table, register: &mut Register) -> Option<Matrix> {
    cx.sink.check_keys(table, &schema::MATRIX);
    let rows = table.get("rows").and_then(|node| axis(cx, node, "A"));
    let columns = table.get("columns").and_then(|node| axis(cx, node, "1"));
    let node = table.get("name")?;
    let name = cx.sink.text(node)?;
    if cx.sink.id(node).is_some() && !register.enter(&mut cx.sink, name, node.at) {
        return None;
    }
    let matrix = rows
        .zip(columns)
        .map(|(rows, columns)| Matrix::new(name, rows, columns));
    let cells = matrix.as_ref().map(|matrix| {
        let cells = matrix.cells().iter();
        cells.map(|cell| cell.to_lowercase()).collect()
    });
    // Declared even with mistakes: one mistake should not be reported wherever the name is used.
    cx.names.matrices.push(MatrixName {
        name: name.to_owned(),
        cells,
    });
    matrix
}

/// A score and its bands, highest first.
fn axis(cx: &mut Context, node: &Node, example: &str) -> Option<Axis> {
    let Kind::Table(table) = &node.kind else {
        cx.sink
            .mismatch(node, "a table with a score and its bands")
            .help(format!("write `{{ score = \"buy\", {example} = 60 }}`"));
        return None;
    };
    let score = score(cx, node, table);
    let mut bands: Vec<Band> = Vec::new();
    let mut whole = Some(());
    for entry in table.entries.iter().filter(|entry| entry.key != "score") {
        let label = &entry.key;
        if label.is_empty()
            || label.len() > MAX_LABEL
            || !label.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            let message = format!("`{}` cannot name a row or column", label.escape_debug());
            cx.sink
                .report(Code::BadId, entry.key_at, message)
                .help(format!("use 1 to {MAX_LABEL} letters and digits"));
            whole = None;
        }
        let Some(from) = cx.sink.whole(&entry.value, 0..=MAX_POINTS) else {
            whole = None;
            continue;
        };
        let from = Points::whole(from);
        let label: Box<str> = label.as_str().into();
        if let Some(other) = bands.iter().find(|band| band.from == from) {
            let message = format!("`{label}` begins where `{}` does", other.label);
            cx.sink.report(Code::EqualStages, entry.value.at, message);
        }
        if bands
            .iter()
            .any(|band| band.label.eq_ignore_ascii_case(&label))
        {
            let message = format!("`{label}` is there already, and case does not count");
            cx.sink.report(Code::DuplicateId, entry.key_at, message);
        }
        bands.push(Band { label, from });
    }
    if !(1..=MAX_BANDS).contains(&bands.len()) && whole.is_some() {
        let message = format!(
            "there are 1 to {MAX_BANDS} rows or columns, not {}",
            bands.len()
        );
        cx.sink.report(Code::OutOfRange, node.at, message);
        return None;
    }
    whole?;
    bands.sort_by_key(|band| std::cmp::Reverse(band.from));
    Some(Axis {
        score: score?,
        bands,
    })
}

fn score(cx: &mut Context, node: &Node, table: &Table) -> Option<Key> {
    let Some(found) = table.get("score") else {
        cx.sink
            .report(Code::MissingKey, node.at, "rows and columns need `score`")
            .help("write `{ score = \"buy\", … }`");
        return None;
    };
    let name = cx.sink.text(found)?;
    cx.names.score(&mut cx.sink, name, found.at)?;
    Some(Key::of(name))
}
