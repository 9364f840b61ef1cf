//! Values of rules as forms take and give them: like JSON, but the order of keys is kept.

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::fix;
use super::super::fmt;
use super::super::tree::{Kind, Node, Table};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction; infinities and NaN are `null` in JSON.
    Fraction(f64),
    /// True or false.
    Flag(bool),
    /// A date, a time or both, as it was written; a text in JSON.
    Date(String),
    /// A list.
    List(Vec<Data>),
    /// Keys and values, in the order they are written.
    Table(Vec<(String, Data)>),
}

impl Data {
    /// A table without keys.
    pub const fn empty() -> Self {
        Self::Table(Vec::new())
    }

    /// What a value of a file says.
    pub(in super::super) fn of(node: &Node) -> Self {
        match &node.kind {
            Kind::Text(text) => Self::Text(text.clone()),
            Kind::Whole(number) => Self::Whole(*number),
            Kind::Fraction(number) => Self::Fraction(*number),
            Kind::Flag(flag) => Self::Flag(*flag),
            Kind::Date(date) => Self::Date(date.clone()),
            Kind::List(nodes) => Self::List(nodes.iter().map(Self::of).collect()),
            Kind::Table(table) => Self::of_table(table),
        }
    }

    /// What a table of a file says.
    pub(in super::super) fn of_table(table: &Table) -> Self {
        let entries = table.entries.iter();
        Self::Table(
            entries
                .map(|entry| (entry.key.clone(), Self::of(&entry.value)))
                .collect(),
        )
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Table(entries) = self else {
            return None;
        };
        let entry = entries.iter().find(|(known, _)| known == key);
        entry.map(|(_, value)| value)
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    const fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Table(entries) => entries.is_empty(),
            Self::Text(_) | Self::Whole(_) | Self::Fraction(_) | Self::Flag(_) | Self::Date(_) => {
                false
            }
        }
    }

    /// Whether both say the same. The order of keys says nothing, nor does a key whose value has nothing in it.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table(a), Self::Table(b)) => {
                let within = |a: &[(String, Self)], b: &Self| {
                    a.iter().all(|(key, value)| match b.get(key) {
                        Some(other) => value.says_the_same(other),
                        None => value.is_empty(),
                    })
                };
                within(a, other) && within(b, self)
            }
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (a, b) => a.is_exactly(b),
        }
    }

    /// Whether both say the same in the same order. JSON knows one kind of number, and dates as texts.
    pub(super) fn is_exactly(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table(a), Self::Table(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a.0 == b.0 && a.1.is_exactly(&b.1))
            }
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_exactly(b))
            }
            (Self::Fraction(a), Self::Fraction(b)) => a.to_bits() == b.to_bits(),
            (Self::Fraction(a), Self::Whole(b)) | (Self::Whole(b), Self::Fraction(a)) => {
                a.to_bits() == (*b as f64).to_bits()
            }
            (Self::Date(a), Self::Text(b)) | (Self::Text(a), Self::Date(b)) => a == b,
            (a, b) => a == b,
        }
    }

    /// The value as TOML in one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Text(text) => fix::quoted(text),
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => toml_edit::Value::from(*number).to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Date(date) => date.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Table(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| format!("{} = {}", fix::key(key), value.line()));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value as TOML in the one style, as it should stand from this column on, counted from 0.
    pub(super) fn written(&self, column: usize) -> String {
        let line = self.line();
        fmt::value_at(&line, column).unwrap_or(line)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) | Self::Date(text) => out.serialize_str(text),
            Self::Whole(number) => out.serialize_i64(*number),
            Self::Fraction(number) if !number.is_finite() => out.serialize_none(),
            Self::Fraction(number) => out.serialize_f64(*number),
            Self::Flag(flag) => out.serialize_bool(*flag),
            Self::List(items) => {
                let mut list = out.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Table(entries) => {
                let mut map = out.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Data;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a value that TOML has (there is no `null`: take the key out)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Data, E> {
        Ok(Data::Text(text.to_owned()))
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Data, E> {
        Ok(Data::Flag(flag))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Data, E> {
        Ok(Data::Whole(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Data, E> {
        let number = i64::try_from(number);
        number
            .map(Data::Whole)
            .map_err(|_| E::custom("a whole number has at most 63 bits"))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Data, E> {
        Ok(Data::Fraction(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Data, A::Error> {
        let mut entries: Vec<(String, Data)> = Vec::new();
        while let Some((key, value)) = from.next_entry::<String, Data>()? {
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
            entries.push((key, value));
        }
        Ok(Data::Table(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_order_and_becomes_toml() {
        let json = r#"{"zeta":1,"alpha":{"en":"a \"b\"","ar":"ب"},"list":[1.5,true,{"x y":"z"}]}"#;
        let data: Data = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&data).unwrap(), json);
        assert_eq!(
            data.line(),
            r#"{ zeta = 1, alpha = { en = 'a "b"', ar = "ب" }, list = [1.5, true, { "x y" = "z" }] }"#
        );
        for wrong in ["null", "[null]", r#"{"a":1,"a":2}"#, "18446744073709551615"] {
            assert!(serde_json::from_str::<Data>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_empty_value_says_as_much_as_none() {
        let read = |json| serde_json::from_str::<Data>(json).unwrap();
        let same = |a, b| read(a).says_the_same(&read(b));
        assert!(same(r#"{"a":1,"b":2}"#, r#"{"b":2,"c":{},"a":1}"#));
        assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
        assert!(!same("[1,2]", "[2,1]"));
        assert!(!same(r#"{"a":1}"#, r#"{"a":1,"b":false}"#));
    }
}
