//! Keys of a table: given a value, put in where they belong, taken out.

use super::super::fix;
use super::super::schema::{ROOT, TABLES, TableSpec};
use super::super::tree::{Form, Kind, Node, Table};
use super::Data;
use super::cells::Cells;
use super::sheet::{Sheet, Splice, Trail, instead, is_headed, put};

/// The schema's table that these keys lead to, such as `trigger` and `invitation`.
pub(super) fn spec(names: &[&str]) -> Option<&'static TableSpec> {
    if names.is_empty() {
        return Some(&ROOT);
    }
    TABLES.into_iter().find(|spec| {
        let header = spec.header.trim_matches(['[', ']']);
        header.split('.').eq(names.iter().copied())
    })
}

/// The place of a key in the schema; unknown keys come last.
fn rank(spec: Option<&TableSpec>, key: &str) -> usize {
    let keys = spec.map_or(&[][..], |spec| spec.keys);
    let known = keys.iter().position(|known| known.name == key);
    known.unwrap_or(usize::MAX)
}

/// Entries in the order of the schema.
pub(super) fn ranked<'d>(names: &[&str], entries: &'d [(String, Data)]) -> Vec<&'d (String, Data)> {
    let spec = spec(names);
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| rank(spec, key));
    entries
}

/// Whether a table of this kind has a header of its own: the parts of a trigger do, other tables stand in braces.
pub(super) fn has_header(names: &[&str], value: &Data) -> bool {
    let known = spec(names).is_some_and(|spec| {
        let header = spec.header.trim_start_matches('[');
        header.starts_with("trigger.")
    });
    let tables = match value {
        Data::Table(_) => true,
        Data::List(items) => {
            !items.is_empty() && items.iter().all(|item| matches!(item, Data::Table(_)))
        }
        Data::Text(_) | Data::Whole(_) | Data::Fraction(_) | Data::Flag(_) | Data::Date(_) => false,
    };
    known && tables
}

/// A table as lines below a header, without a line break at its end.
pub(super) fn headed(names: &[&str], list: bool, entries: &[(String, Data)]) -> String {
    let keys: Vec<_> = names.iter().map(|name| fix::key(name)).collect();
    let path = keys.join(".");
    let mut text = if list {
        format!("[[{path}]]")
    } else {
        format!("[{path}]")
    };
    let mut below = String::new();
    for (key, value) in ranked(names, entries) {
        let mut names = names.to_vec();
        names.push(key);
        if has_header(&names, value) {
            let (tables, list) = if let Data::List(items) = value {
                (items.iter().collect(), true)
            } else {
                (vec![value], false)
            };
            for table in tables {
                if let Data::Table(entries) = table {
                    below.push_str("\n\n");
                    below.push_str(&headed(&names, list, entries));
                }
            }
        } else {
            text.push('\n');
            text.push_str(&statement(&[], key, value, ""));
        }
    }
    text + &below
}

/// `key = value` in the one style.
fn statement(prefix: &[&str], key: &str, value: &Data, indent: &str) -> String {
    let dotted = prefix.iter().copied().chain([key]).map(fix::key);
    let start = format!("{indent}{} = ", dotted.collect::<Vec<_>>().join("."));
    let value = value.written(start.chars().count());
    start + &value
}

/// Puts a key into the table at the end of the trail.
pub(super) fn insert(
    sheet: &Sheet<'_>,
    trail: &Trail<'_>,
    key: &str,
    value: &Data,
) -> Result<Vec<Splice>, String> {
    let Some(table) = trail.last().node.table() else {
        return Err("only a table takes a key".to_owned());
    };
    let (home, prefix) = trail.home();
    let mut names = trail.names();
    if home.form == Form::Braces {
        let cells = Cells::of_table(sheet, home).ok_or("its braces are not found")?;
        let column = cells.column(cells.len());
        let dotted = prefix.iter().copied().chain([key]).map(fix::key);
        let start = format!("{} = ", dotted.collect::<Vec<_>>().join("."));
        let value = value.written(column + start.chars().count());
        let new = sheet.broken(&format!("{start}{value}"));
        return Ok(cells.insert(cells.len(), &new));
    }
    names.push(key);
    if home.form == Form::Header && has_header(&names, value) {
        return Ok(below(sheet, trail, &names, value));
    }
    names.pop();
    if !prefix.is_empty() && !has_lines(table) {
        // Only its parts have headers, so it gets one before them.
        let extent = Sheet::extent(trail.last().node);
        let at = sheet.comment_start(extent.start);
        let text = headed(&names, false, &[(key.to_owned(), value.clone())]);
        return Ok(vec![put(at, sheet.broken(&format!("{text}\n\n")))]);
    }
    let (at, indent) = match after(spec(&names), table, key) {
        Some(node_end) => (sheet.line_end(node_end), sheet.indent(node_end)),
        None if home.form == Form::Header => {
            (sheet.line_end(home.at.end), sheet.indent(home.at.start))
        }
        None => return Err("there is no line to put it below".to_owned()),
    };
    let line = statement(&prefix, key, value, indent);
    Ok(vec![put(at, sheet.broken(&format!("\n{line}")))])
}

/// A table with a header of its own, below all that belongs to the entry.
fn below(sheet: &Sheet<'_>, trail: &Trail<'_>, names: &[&str], value: &Data) -> Vec<Splice> {
    let extent = Sheet::extent(trail.last().node);
    let at = sheet.line_end(extent.end);
    let tables = if let Data::List(items) = value {
        items.iter().collect()
    } else {
        vec![value]
    };
    let list = matches!(value, Data::List(_));
    let mut text = String::new();
    for table in tables {
        if let Data::Table(entries) = table {
            text.push_str("\n\n");
            text.push_str(&headed(names, list, entries));
        }
    }
    vec![put(at, sheet.broken(&text))]
}

/// Whether some key of a table is written as a line, with dots or without.
fn has_lines(table: &Table) -> bool {
    table.entries.iter().any(|entry| match &entry.value.kind {
        Kind::Table(below) if below.form == Form::Keys => has_lines(below),
        Kind::Table(below) => below.form == Form::Braces,
        Kind::List(_) => !is_headed(&entry.value),
        Kind::Text(_) | Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_) | Kind::Date(_) => true,
    })
}

/// The end of the value in this table after whose line a key belongs; by the schema's order, else the last.
fn after(spec: Option<&TableSpec>, table: &Table, key: &str) -> Option<usize> {
    let wanted = rank(spec, key);
    let mut best = None;
    let mut any = false;
    for entry in &table.entries {
        let mut end = None;
        lines_end(&entry.value, entry.key_at.start, &mut end);
        let Some(end) = end else {
            continue;
        };
        any = true;
        if rank(spec, &entry.key) <= wanted {
            best = best.max(Some(end));
        }
    }
    // Dotted keys have no header of their own to stand below.
    if best.is_none() && any && table.form == Form::Keys {
        for entry in &table.entries {
            lines_end(&entry.value, entry.key_at.start, &mut best);
        }
    }
    best
}

/// The end of the last of the lines that a value is written in, if it is written in lines of its table.
fn lines_end(node: &Node, key_at: usize, end: &mut Option<usize>) {
    match &node.kind {
        Kind::Table(table) if table.form == Form::Keys => {
            for entry in &table.entries {
                lines_end(&entry.value, entry.key_at.start, end);
            }
        }
        Kind::Table(table) if table.form == Form::Header => {}
        Kind::List(_) if is_headed(node) => {}
        Kind::Table(_)
        | Kind::List(_)
        | Kind::Text(_)
        | Kind::Whole(_)
        | Kind::Fraction(_)
        | Kind::Flag(_)
        | Kind::Date(_) => *end = (*end).max(Some(node.at.end.max(key_at))),
    }
}

/// Puts another value in the place of one that is written as one piece.
pub(super) fn replace(sheet: &Sheet<'_>, node: &Node, value: &Data) -> Vec<Splice> {
    let at = node.at.start..node.at.end;
    let raw = sheet.text.get(at.clone()).unwrap_or_default();
    let mut new = sheet.broken(&value.written(sheet.column(at.start)));
    let plain =
        |text: &str| !text.contains(['\'', '\n', '\r']) && !text.chars().any(char::is_control);
    if let Some(text) = value.text().filter(|text| plain(text)) {
        if raw.starts_with('\'') && !raw.starts_with("'''") {
            new = format!("'{text}'");
        } else if raw.starts_with('"') && !text.contains(['"', '\\']) {
            new = format!("\"{text}\"");
        }
    }
    let mut splices = Vec::new();
    splices.extend(comment_stays(sheet, at.end, raw, &new));
    splices.push(instead(at, new));
    splices
}

/// Keeps a comment behind a value in its column, as far as there is space.
fn comment_stays(sheet: &Sheet<'_>, end: usize, old: &str, new: &str) -> Option<Splice> {
    let rest = sheet.text.get(end..sheet.line_end(end))?;
    let space = rest.len() - rest.trim_start_matches(' ').len();
    if space < 2 || !rest.trim_start_matches(' ').starts_with('#') || new.contains('\n') {
        return None;
    }
    let width = space + old.chars().count();
    let wanted = width.saturating_sub(new.chars().count()).max(1);
    Some(instead(end..end + space, " ".repeat(wanted)))
}

/// Takes out what the trail leads to: an item of a list, or a key with its value. Some of it may be left: then it is
/// asked for again.
pub(super) fn take_out(sheet: &Sheet<'_>, trail: &Trail<'_>) -> Result<Vec<Splice>, String> {
    let last = trail.last();
    let node = last.node;
    if let Kind::Table(table) = &node.kind {
        if table.form == Form::Header || (table.form == Form::Keys && !has_lines(table)) {
            return block(sheet, node);
        }
        if table.form == Form::Keys {
            let first = table.entries.first().ok_or("there is nothing in it")?;
            let mut stops = trail.stops.clone();
            stops.push(super::sheet::Stop {
                node: &first.value,
                entry: Some(first),
                item: None,
            });
            return take_out(sheet, &Trail { stops, rest: &[] });
        }
    }
    if let (true, Some(first)) = (is_headed(node), node.list().and_then(<[Node]>::last)) {
        return block(sheet, first);
    }
    let holder = trail.holder();
    if let Some(at) = last.item {
        let cells =
            Cells::of_list(sheet, holder.last().node).ok_or("its brackets are not found")?;
        return Ok(cells.remove(at));
    }
    let entry = last.entry.ok_or("a file is taken out as a whole")?;
    let (home, _) = holder.home();
    if home.form == Form::Braces {
        let cells = Cells::of_table(sheet, home).ok_or("its braces are not found")?;
        let at = cells.holding(entry.key_at.start);
        return Ok(cells.remove(at.ok_or("its place is not found")?));
    }
    let start = sheet.line_start(entry.key_at.start);
    Ok(vec![instead(start..sheet.after_line(node.at.end), "")])
}

/// Takes out the lines below a header, with the blank lines after them.
fn block(sheet: &Sheet<'_>, node: &Node) -> Result<Vec<Splice>, String> {
    let mut lines = sheet.block(node);
    if !sheet.is_alone(node, &lines) {
        return Err("its lines stand between those of others; move them together first".to_owned());
    }
    while lines.end < sheet.text.len() && is_blank(sheet, lines.end) {
        lines.end = sheet.after_line(lines.end);
    }
    if lines.end == sheet.text.len() {
        while lines.start > 0 && is_blank(sheet, sheet.line_start(lines.start - 1)) {
            lines.start = sheet.line_start(lines.start - 1);
        }
    }
    Ok(vec![instead(lines, "")])
}

fn is_blank(sheet: &Sheet<'_>, at: usize) -> bool {
    let line = sheet.text.get(at..sheet.line_end(at));
    line.unwrap_or_default().trim().is_empty()
}
