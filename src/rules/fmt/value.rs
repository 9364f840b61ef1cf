//! Values in the one style.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "all that is neither a list nor a table is left as it is written"
)]

use std::ops::Range;

use toml_edit::{Array, InlineTable, Value};

/// Lists of plain values are broken when a line would grow beyond this many characters.
const MAX_WIDTH: usize = 140;

/// A value as it should stand from this column on, counted from 0.
///
/// A list of tables that begins below its bracket, as the moments of a visit often do, keeps its bracket on a line of its
/// own.
pub(super) fn write(value: &Value, text: &str, column: usize) -> String {
    match value {
        Value::Array(list) if begins_below(list, text) && !has_comment(value, text) => {
            let items = list.iter().map(|value| part(value, text, 2));
            let items: Vec<_> = items.collect();
            format!("[\n  {},\n]", items.join(",\n  "))
        }
        _ => part(value, text, column),
    }
}

/// Whether the first of these tables stands on a line below the bracket.
fn begins_below(list: &Array, text: &str) -> bool {
    let first = list.iter().next().filter(|first| first.is_inline_table());
    let first = first.and_then(Value::span);
    let gap = list.span().zip(first);
    let gap = gap.and_then(|(list, first)| text.get(list.start..first.start));
    gap.is_some_and(|gap| gap.contains('\n'))
}

/// A value within another, or one that goes on in the line of its key.
fn part(value: &Value, text: &str, column: usize) -> String {
    let raw = value
        .span()
        .and_then(|span| text.get(span))
        .unwrap_or_default();
    match value {
        Value::Array(list) if !has_comment(value, text) => array(list, text, column),
        Value::InlineTable(table) if !has_comment(value, text) => inline(table, text, column),
        _ => raw.to_owned(),
    }
}

fn array(list: &Array, text: &str, column: usize) -> String {
    let conditions = list.iter().any(Value::is_inline_table);
    if list.is_empty() {
        return "[]".to_owned();
    }
    if conditions {
        // One a line, each below the first.
        let items = list.iter().map(|value| part(value, text, column + 2));
        let items: Vec<_> = items.collect();
        let indent = " ".repeat(column + 2);
        return format!("[ {} ]", items.join(&format!(",\n{indent}")));
    }
    let items: Vec<_> = list
        .iter()
        .map(|value| part(value, text, column + 1))
        .collect();
    let line = format!("[{}]", items.join(", "));
    if column + line.chars().count() <= MAX_WIDTH || items.len() == 1 {
        return line;
    }
    format!("[\n    {},\n]", items.join(",\n    "))
}

fn inline(table: &InlineTable, text: &str, column: usize) -> String {
    if table.is_empty() {
        return "{}".to_owned();
    }
    let mut out = String::from("{ ");
    for (at, (key, value)) in flat(table, text).into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        out.push_str(&key);
        out.push_str(" = ");
        let line = out.rsplit('\n').next().unwrap_or_default().chars().count();
        let start = if out.contains('\n') { 0 } else { column };
        out.push_str(&part(value, text, start + line));
    }
    out.push_str(" }");
    out
}

/// The entries with their keys as they are written; dotted keys are laid open.
fn flat<'t>(table: &'t InlineTable, text: &str) -> Vec<(String, &'t Value)> {
    let mut entries = Vec::new();
    for (name, value) in table {
        let key = table.key(name);
        let written = key.and_then(|key| text.get(key.span()?)).unwrap_or(name);
        match value {
            Value::InlineTable(inner) if inner.is_dotted() => {
                let inner = flat(inner, text).into_iter();
                entries.extend(inner.map(|(key, value)| (format!("{written}.{key}"), value)));
            }
            _ => entries.push((written.to_owned(), value)),
        }
    }
    entries
}

/// Whether a comment stands somewhere inside a value: a `#` that belongs to none of its keys and texts.
fn has_comment(value: &Value, text: &str) -> bool {
    let Some(span) = value.span() else {
        return true;
    };
    let mut spans = Vec::new();
    plain_parts(value, &mut spans);
    spans.sort_by_key(|span: &Range<usize>| span.start);
    let mut from = span.start;
    let mut gaps = Vec::new();
    for part in spans {
        gaps.push(from..part.start);
        from = part.end.max(from);
    }
    gaps.push(from..span.end);
    gaps.into_iter()
        .any(|gap| text.get(gap).is_none_or(|gap| gap.contains('#')))
}

/// The places of the texts and the other single values within a value.
fn plain_parts(value: &Value, spans: &mut Vec<Range<usize>>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| plain_parts(value, spans)),
        Value::InlineTable(table) => {
            for (name, value) in table {
                spans.extend(table.key(name).and_then(toml_edit::Key::span));
                plain_parts(value, spans);
            }
        }
        _ => spans.extend(value.span()),
    }
}
