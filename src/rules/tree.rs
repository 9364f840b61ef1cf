//! TOML as the compiler reads it: inline tables, headed tables, dotted keys and arrays of tables look the same.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, TomlError, Value};

use super::fix;
use super::sink::{Edits, Spot};

/// A value at its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Spot,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Whole(i64),
    Fraction(f64),
    Flag(bool),
    /// A date, a time or both, as it was written.
    Date(String),
    List(Vec<Node>),
    Table(Table),
}

impl Kind {
    /// What people call it.
    pub(super) const fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Fraction(_) => "a number with a fraction",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// The file itself.
    #[default]
    File,
    /// A header and the lines below it.
    Header,
    /// Braces.
    Braces,
    /// The keys `a.b` and `a.c`, or only the headers of its parts.
    Keys,
}

/// Keys and values in the order they were written.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The header, or the braces.
    pub(super) at: Spot,
    pub(super) form: Form,
    pub(super) entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Spot,
    pub(super) value: Node,
}

impl Table {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key with its value.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

impl Entry {
    /// Whether it is written once as `key = value`, so that it can be moved as a whole.
    pub(super) fn is_plain(&self) -> bool {
        match &self.value.kind {
            Kind::Table(table) => table.form == Form::Braces,
            // Tables with headers stand at their key.
            Kind::List(_) => self.value.at != self.key_at,
            Kind::Text(_) | Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_) | Kind::Date(_) => {
                true
            }
        }
    }
}

impl Node {
    /// A single value as TOML writes it.
    pub(super) fn written(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) => Some(fix::quoted(text)),
            Kind::Whole(number) => Some(number.to_string()),
            Kind::Fraction(number) => Some(toml_edit::Value::from(*number).to_string()),
            Kind::Flag(flag) => Some(flag.to_string()),
            Kind::Date(date) => Some(date.clone()),
            Kind::List(_) | Kind::Table(_) => None,
        }
    }
}

impl Table {
    /// The edits that take a key out; none where it is not written as one piece.
    pub(super) fn without(&self, key: &str) -> Option<Edits> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.get(at).filter(|entry| entry.is_plain())?;
        let (mut start, mut end) = (entry.key_at.start, entry.value.at.end);
        match self.form {
            Form::File | Form::Header => {}
            Form::Keys => return None,
            Form::Braces => match (self.entries.get(at + 1), at.checked_sub(1)) {
                (Some(next), _) => end = next.key_at.start,
                (None, Some(before)) => {
                    let before = self.entries.get(before).filter(|entry| entry.is_plain())?;
                    start = before.value.at.end;
                }
                (None, None) => {}
            },
        }
        let file = entry.key_at.file;
        (start < end).then(|| vec![(Spot { file, start, end }, String::new())])
    }

    /// The edits that put a key in; none where there is no place for it.
    pub(super) fn with(&self, key: &str, value: &str) -> Option<Edits> {
        let written = format!("{} = {value}", fix::key(key));
        match self.form {
            Form::File | Form::Keys => None,
            Form::Header => Some(vec![(self.at.after(), format!("\n{written}"))]),
            Form::Braces => match self.entries.last() {
                None => Some(vec![(self.at, format!("{{ {written} }}"))]),
                Some(last) if last.is_plain() => {
                    Some(vec![(last.value.at.after(), format!(", {written}"))])
                }
                Some(_) => None,
            },
        }
    }
}

/// Reads one file. TOML itself bounds how deep values may nest.
pub(super) fn parse(file: usize, text: &str) -> Result<Table, TomlError> {
    let document = Document::parse(text)?;
    let builder = Builder { file };
    let at = Spot {
        file,
        ..Spot::default()
    };
    Ok(builder.table(document.as_table(), at, Form::File))
}

struct Builder {
    file: usize,
}

impl Builder {
    fn spot(&self, span: Option<Range<usize>>, otherwise: Spot) -> Spot {
        span.map_or(otherwise, |span| Spot {
            file: self.file,
            start: span.start,
            end: span.end,
        })
    }

    fn table(&self, table: &dyn TableLike, at: Spot, form: Form) -> Table {
        let entries = table.iter().filter_map(|(name, item)| {
            let key = table.key(name);
            let key_at = self.spot(key.and_then(toml_edit::Key::span), at);
            let value = self.item(item, key_at)?;
            let key = name.to_owned();
            Some(Entry { key, key_at, value })
        });
        let entries = entries.collect();
        Table { at, form, entries }
    }

    fn headed(&self, table: &toml_edit::Table, key_at: Spot) -> Node {
        let at = self.spot(table.span(), key_at);
        let keys = table.is_dotted() || table.is_implicit();
        let form = if keys { Form::Keys } else { Form::Header };
        let kind = Kind::Table(self.table(table, at, form));
        Node { at, kind }
    }

    /// `None` for a hole that an edit left; a parsed document has none.
    fn item(&self, item: &Item, key_at: Spot) -> Option<Node> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.value(value, key_at)),
            Item::Table(table) => Some(self.headed(table, key_at)),
            Item::ArrayOfTables(tables) => {
                let nodes = tables.iter().map(|table| self.headed(table, key_at));
                let kind = Kind::List(nodes.collect());
                Some(Node { at: key_at, kind })
            }
        }
    }

    fn value(&self, value: &Value, key_at: Spot) -> Node {
        let at = self.spot(value.span(), key_at);
        let kind = match value {
            Value::String(text) => Kind::Text(text.value().clone()),
            Value::Integer(number) => Kind::Whole(*number.value()),
            Value::Float(number) => Kind::Fraction(*number.value()),
            Value::Boolean(flag) => Kind::Flag(*flag.value()),
            Value::Datetime(date) => Kind::Date(date.value().to_string()),
            Value::Array(list) => {
                Kind::List(list.iter().map(|value| self.value(value, at)).collect())
            }
            Value::InlineTable(table) => {
                let form = if table.is_dotted() {
                    Form::Keys
                } else {
                    Form::Braces
                };
                Kind::Table(self.table(table, at, form))
            }
        };
        Node { at, kind }
    }
}
