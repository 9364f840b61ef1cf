//! Whole entries: added, doubled, moved.

use std::ops::Range;

use super::super::fix;
use super::super::tree::{Form, Node};
use super::Data;
use super::cells::Cells;
use super::keys;
use super::sheet::{Sheet, Splice, Trail, instead, is_headed, put};

/// The parts of which a rule set has one.
pub(super) const SINGLE: [&str; 3] = ["hours", "policy", "measure"];

/// Adds an entry after the one with this number, or after all others of its kind. Returns the number that it gets.
pub(super) fn add(
    sheet: &Sheet<'_>,
    part: &str,
    after: Option<usize>,
    values: &[(String, Data)],
) -> Result<(Vec<Splice>, usize), String> {
    let single = SINGLE.contains(&part);
    let entries = sheet.entries(part);
    if single && !entries.is_empty() {
        return Err(format!("this file has `[{part}]` already"));
    }
    if after.is_some_and(|after| after >= entries.len()) {
        return Err(format!(
            "there is no `{part}` with that number to add it after"
        ));
    }
    let at = after.map_or(entries.len(), |after| after + 1);
    if let Some(cells) = inline(sheet, part) {
        let new = Data::Table(keys::ranked(&[part], values).into_iter().cloned().collect());
        let new = sheet.broken(&new.written(cells.column(at)));
        return Ok((cells.insert(at, &new), at));
    }
    let text = keys::headed(&[part], !single, values);
    let place = at
        .checked_sub(1)
        .and_then(|before| entries.get(before))
        .map_or(sheet.text.len(), |before| sheet.block(before).end);
    Ok((between(sheet, place, &text), at))
}

/// Puts lines in at the beginning of a line, with a blank line before and after them.
fn between(sheet: &Sheet<'_>, place: usize, text: &str) -> Vec<Splice> {
    let before = sheet.text.get(..place).unwrap_or_default();
    let rest = sheet.text.get(place..).unwrap_or_default();
    let above = match before {
        "" | "\u{feff}" => "",
        text if text.ends_with("\n\n") || text.ends_with("\n\r\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let blank = rest.is_empty() || rest.starts_with(['\n', '\r']);
    let below = if blank { "\n" } else { "\n\n" };
    vec![put(place, sheet.broken(&format!("{above}{text}{below}")))]
}

/// The cells of a part that is written as one list in brackets.
fn inline<'t>(sheet: &'t Sheet<'t>, part: &str) -> Option<Cells<'t>> {
    let node = sheet.table().get(part)?;
    if is_headed(node) {
        return None;
    }
    Cells::of_list(sheet, node)
}

/// Adds a copy right after an entry; what names it is to be changed next.
pub(super) fn duplicate(
    sheet: &Sheet<'_>,
    part: &str,
    index: usize,
) -> Result<Vec<Splice>, String> {
    let entries = sheet.entries(part);
    let node = entries.get(index).ok_or("there is no such entry")?;
    if SINGLE.contains(&part) {
        return Err(format!("a rule set has one `[{part}]`"));
    }
    if let Some(cells) = inline(sheet, part) {
        return Ok(cells.insert(index + 1, cells.raw(index)));
    }
    let lines = own_block(sheet, node)?;
    let start = sheet.line_start(Sheet::extent(node).start);
    let copy = sheet.text.get(start..lines.end).unwrap_or_default();
    let copy = copy.trim_end().replace("\r\n", "\n");
    Ok(between(sheet, lines.end, &copy))
}

/// The lines of an entry that nothing else stands between.
fn own_block(sheet: &Sheet<'_>, node: &Node) -> Result<Range<usize>, String> {
    let lines = sheet.block(node);
    let headed = node.table().is_some_and(|table| table.form == Form::Header);
    if headed && sheet.is_alone(node, &lines) {
        Ok(lines)
    } else {
        Err("its lines stand between those of others; move them together first".to_owned())
    }
}

/// Moves an entry to another's place; those between move up or down by one.
pub(super) fn shift(
    sheet: &Sheet<'_>,
    part: &str,
    index: usize,
    to: usize,
) -> Result<Vec<Splice>, String> {
    let entries = sheet.entries(part);
    if index >= entries.len() || to >= entries.len() {
        return Err(format!(
            "there are {} of `{part}` in this file",
            entries.len()
        ));
    }
    if let Some(cells) = inline(sheet, part) {
        return Ok(move_cell(&cells, index, to));
    }
    rotate(sheet, entries, index, to)
}

/// Moves one of several tables with headers to another's place; those between move up or down by one.
pub(super) fn rotate(
    sheet: &Sheet<'_>,
    entries: &[Node],
    index: usize,
    to: usize,
) -> Result<Vec<Splice>, String> {
    let blocks = entries.iter().map(|node| own_block(sheet, node));
    let blocks = blocks.collect::<Result<Vec<_>, _>>()?;
    let text = |at: usize| {
        let text = sheet.text.get(blocks[at].clone()).unwrap_or_default();
        // The last line of a file may have no break.
        let text = text.trim_end_matches(['\r', '\n']);
        format!("{text}{}", sheet.line_break())
    };
    Ok(rotated(index, to)
        .map(|(slot, from)| instead(blocks[slot].clone(), text(from)))
        .collect())
}

/// Which takes whose place when one moves.
fn rotated(index: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
    let (first, last) = (index.min(to), index.max(to));
    (first..=last).map(move |slot| {
        let from = if slot == to {
            index
        } else if index < to {
            slot + 1
        } else {
            slot - 1
        };
        (slot, from)
    })
}

/// Moves one of the cells to another's place; those between move up or down by one.
pub(super) fn move_cell(cells: &Cells<'_>, at: usize, to: usize) -> Vec<Splice> {
    rotated(at, to)
        .map(|(slot, from)| instead(cells.span(slot), cells.raw(from)))
        .collect()
}

/// A name that none of these has: `reading-2` after `reading`.
pub(super) fn fresh(name: &str, key: &str, taken: &[String]) -> String {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let base = base.strip_suffix('-').unwrap_or(name);
    let plain = key == "id" || fix::key(name) == name;
    let numbered = |number: usize| {
        if plain {
            format!("{base}-{number}")
        } else {
            format!("{name} ({number})")
        }
    };
    // One more than there are taken ones is enough.
    (2..taken.len() + 3)
        .map(numbered)
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

/// Puts a table in among those with headers that the trail ends with.
pub(super) fn insert_headed(
    sheet: &Sheet<'_>,
    trail: &Trail<'_>,
    at: usize,
    value: &Data,
) -> Result<Vec<Splice>, String> {
    let Data::Table(entries) = value else {
        return Err("an item of this list is a table".to_owned());
    };
    let nodes = trail.last().node.list().unwrap_or_default();
    let text = keys::headed(&trail.names(), true, entries);
    let place = match nodes.get(at) {
        Some(node) => sheet.block(node).start,
        None => nodes
            .last()
            .map_or(sheet.text.len(), |last| sheet.block(last).end),
    };
    Ok(between(sheet, place, &text))
}

/// Puts lines in at the end.
pub(super) fn append(sheet: &Sheet<'_>, lines: &str) -> Vec<Splice> {
    let lines = lines.trim_matches(['\r', '\n']).replace("\r\n", "\n");
    between(sheet, sheet.text.len(), &lines)
}
