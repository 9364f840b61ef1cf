//! One calm style for rule files: what `ahlan rules fmt` writes.
//!
//! Comments, order and the wording of values stay as they are; only space changes. One blank line stands before each
//! header and at most one between lines; `key = value`; conditions stand one a line, aligned with the first. A list or
//! an inline table with a comment in it is left as it was written.

mod value;

use toml_edit::{Document, Item, TomlError, Value};

use super::tree::{self, Kind, Table};

/// Why a file cannot be formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It is not TOML.
    #[error("this is not TOML")]
    Syntax(#[from] Box<TomlError>),
    /// The result would mean something else, which is a mistake of the formatter; the file is better left alone.
    #[error("formatting would change what the file means; please report this")]
    Meaning,
}

/// A file's text in the one style.
///
/// # Errors
///
/// When the text is not TOML, or when it cannot be formatted without a change of meaning.
pub fn format(text: &str) -> Result<String, FormatError> {
    let document = Document::parse(text).map_err(Box::new)?;
    let mut values = Vec::new();
    for (_, item) in document.as_table() {
        collect(item, &mut values);
    }
    values.retain(|value| value.span().is_some());
    values.sort_by_key(|value| value.span().map_or(0, |span| span.start));
    let mut page = Page::default();
    let mut from = 0;
    for value in values {
        let span = value.span().unwrap_or_default();
        let before = text.get(from..span.start).unwrap_or_default();
        let (gap, key) = before.rsplit_once('\n').unwrap_or(("", before));
        if before.contains('\n') {
            page.gap(gap, from > 0);
        }
        page.statement(key, |column| value::write(value, text, column));
        from = span.end;
    }
    page.gap(text.get(from..).unwrap_or_default(), from > 0);
    let formatted = page.finish();
    let same = tree::parse(0, &formatted)
        .is_ok_and(|now| tree::parse(0, text).is_ok_and(|before| same_table(&before, &now)));
    if same {
        Ok(formatted)
    } else {
        Err(FormatError::Meaning)
    }
}

/// A value, given in one line, as it should stand from this column on, counted from 0; `None` when it is no value.
pub(super) fn value_at(line: &str, column: usize) -> Option<String> {
    let text = format!("x = {line}");
    let document = Document::parse(&*text).ok()?;
    let value = document.as_table().get("x")?.as_value()?;
    Some(value::write(value, &text, column))
}

/// The values that stand as `key = value` below headers.
fn collect<'d>(item: &'d Item, values: &mut Vec<&'d Value>) {
    match item {
        Item::None => {}
        Item::Value(Value::InlineTable(table)) if table.is_dotted() => {
            table
                .iter()
                .for_each(|(_, value)| collect_value(value, values));
        }
        Item::Value(value) => values.push(value),
        Item::Table(table) => table.iter().for_each(|(_, item)| collect(item, values)),
        Item::ArrayOfTables(tables) => {
            let items = tables.iter().flat_map(|table| table.iter());
            items.for_each(|(_, item)| collect(item, values));
        }
    }
}

fn collect_value<'d>(value: &'d Value, values: &mut Vec<&'d Value>) {
    let dotted = value.as_inline_table().filter(|table| table.is_dotted());
    match dotted {
        Some(table) => table
            .iter()
            .for_each(|(_, value)| collect_value(value, values)),
        None => values.push(value),
    }
}

/// The lines so far.
#[derive(Default)]
struct Page {
    lines: Vec<String>,
}

impl Page {
    /// What stands between two values: the rest of a line, blank lines, comments and headers.
    fn gap(&mut self, gap: &str, after_value: bool) {
        for (at, line) in gap.split('\n').enumerate() {
            let line = line.trim_end_matches('\r');
            if at == 0 && after_value {
                self.trailing(line);
            } else {
                self.line(line.trim_start_matches('\u{feff}').trim());
            }
        }
    }

    /// A comment after a value keeps its distance, so that comments that stand below one another still do.
    fn trailing(&mut self, rest: &str) {
        let comment = rest.trim();
        if let (false, Some(last)) = (comment.is_empty(), self.lines.last_mut()) {
            let space = rest.len() - rest.trim_start().len();
            last.push_str(&" ".repeat(space.max(1)));
            last.push_str(comment);
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            self.blank();
        } else if line.starts_with('[') {
            // The comment right above a header belongs to it.
            let comments = self
                .lines
                .iter()
                .rev()
                .take_while(|line| line.starts_with('#'));
            let at = self.lines.len() - comments.count();
            if at > 0 && !self.lines[at - 1].is_empty() {
                self.lines.insert(at, String::new());
            }
            self.lines.push(header(line));
        } else {
            self.lines.push(line.to_owned());
        }
    }

    /// At most one blank line, none at the top and none right below a header.
    fn blank(&mut self) {
        let last = self.lines.last();
        if last.is_some_and(|last| !last.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn statement(&mut self, key: &str, value: impl FnOnce(usize) -> String) {
        let below_header = self.lines.len() > 1
            && self.lines.last().is_some_and(String::is_empty)
            && self.lines[self.lines.len() - 2].starts_with('[');
        if below_header {
            self.lines.pop();
        }
        let key = key.trim();
        let key = key.strip_suffix('=').unwrap_or(key).trim();
        let start = format!("{key} = ");
        let value = value(start.chars().count());
        self.lines.push(start + &value);
    }

    fn finish(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        let mut text = self.lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// A header without space inside its brackets, and with its comment.
fn header(line: &str) -> String {
    let open = line.len() - line.trim_start_matches('[').len();
    // A quoted key may have anything in it, so its line is left alone.
    if line.contains(['"', '\'']) {
        return line.to_owned();
    }
    let Some((name, rest)) = line[open..].split_once(']') else {
        return line.to_owned();
    };
    let rest = rest.trim_start_matches(']');
    let parts: Vec<_> = name.split('.').map(str::trim).collect();
    let (left, right) = ("[".repeat(open), "]".repeat(open));
    format!("{left}{}{right}{}", parts.join("."), rest.trim_end())
}

/// Whether two documents say the same, wherever it stands.
fn same_table(a: &Table, b: &Table) -> bool {
    a.entries.len() == b.entries.len()
        && a.entries
            .iter()
            .zip(&b.entries)
            .all(|(a, b)| a.key == b.key && same(&a.value.kind, &b.value.kind))
}

fn same(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (Kind::Table(a), Kind::Table(b)) => same_table(a, b),
        (Kind::List(a), Kind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.kind, &b.kind))
        }
        (Kind::Fraction(a), Kind::Fraction(b)) => a.to_bits() == b.to_bits(),
        (a, b) => format!("{a:?}") == format!("{b:?}"),
    }
}

#[cfg(test)]
mod tests;
