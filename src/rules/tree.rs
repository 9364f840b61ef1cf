//! TOML as the compiler reads it: inline tables, headed tables, dotted keys and arrays of tables look the same.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, TomlError, Value};

use super::sink::Spot;

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

/// Keys and values in the order they were written.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The header, or the braces.
    pub(super) at: Spot,
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

/// Reads one file. TOML itself bounds how deep values may nest.
pub(super) fn parse(file: usize, text: &str) -> Result<Table, TomlError> {
    let document = Document::parse(text)?;
    let builder = Builder { file };
    Ok(builder.table(
        document.as_table(),
        Spot {
            file,
            ..Spot::default()
        },
    ))
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

    fn table(&self, table: &dyn TableLike, at: Spot) -> Table {
        let entries = table.iter().filter_map(|(name, item)| {
            let key = table.key(name);
            let key_at = self.spot(key.and_then(toml_edit::Key::span), at);
            let value = self.item(item, key_at)?;
            let key = name.to_owned();
            Some(Entry { key, key_at, value })
        });
        let entries = entries.collect();
        Table { at, entries }
    }

    /// `None` for a hole that an edit left; a parsed document has none.
    fn item(&self, item: &Item, key_at: Spot) -> Option<Node> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.value(value, key_at)),
            Item::Table(table) => {
                let at = self.spot(table.span(), key_at);
                let kind = Kind::Table(self.table(table, at));
                Some(Node { at, kind })
            }
            Item::ArrayOfTables(tables) => {
                let nodes = tables.iter().map(|table| {
                    let at = self.spot(table.span(), key_at);
                    let kind = Kind::Table(self.table(table, at));
                    Node { at, kind }
                });
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
            Value::InlineTable(table) => Kind::Table(self.table(table, at)),
        };
        Node { at, kind }
    }
}
