//! What the schema says of a key's value in words, as types: for samples and for the JSON Schema.

use super::schema::KeySpec;

/// What a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// An id, or a name that rules refer to.
    Id,
    /// A text.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A span of time such as `30s`.
    Duration,
    /// A share such as `10%`.
    Percent,
    /// True or false.
    Flag,
    /// A day such as `2026-09-23`.
    Date,
    /// Days, or tables with a day each.
    Days,
    /// One of these words.
    Words(Vec<&'static str>),
    /// A pattern of paths.
    Pattern,
    /// A table with keys of its own, or with keys that the writer chooses.
    Table,
    /// Tables of one kind.
    Tables,
    /// A condition.
    Condition,
    /// One of these.
    List(Box<Takes>),
    /// One of them or a list of them.
    OneOrMore(Box<Takes>),
    /// One of them or a table in its place.
    OrTable(Box<Takes>),
}

/// The phrases of the schema.
const PHRASES: [(&str, Takes); 39] = [
    ("id", Takes::Id),
    ("name", Takes::Id),
    ("score", Takes::Id),
    ("page type", Takes::Id),
    ("segment", Takes::Id),
    ("group", Takes::Id),
    ("department", Takes::Text),
    ("text", Takes::Text),
    ("field", Takes::Text),
    ("language", Takes::Text),
    ("IANA name", Takes::Text),
    ("day", Takes::Text),
    ("span", Takes::Text),
    ("span of hours", Takes::Text),
    ("field of a number", Takes::Text),
    ("list of dates, or of tables", Takes::Days),
    ("whole number", Takes::Whole),
    ("points", Takes::Whole),
    ("number", Takes::Number),
    ("duration", Takes::Duration),
    ("percentage", Takes::Percent),
    ("true or false", Takes::Flag),
    ("date", Takes::Date),
    ("condition", Takes::Condition),
    ("pattern", Takes::Pattern),
    ("table", Takes::Table),
    ("one table", Takes::Table),
    ("tables", Takes::Tables),
    ("word", Takes::Text),
    ("host", Takes::Text),
    ("variant", Takes::Id),
    ("trigger", Takes::Id),
    ("reason", Takes::Id),
    ("stage", Takes::Id),
    ("two letters", Takes::Text),
    ("path or address", Takes::Text),
    ("day and hour", Takes::Text),
    ("moment", Takes::Table),
    ("true", Takes::Flag),
];

impl Takes {
    /// What a phrase of the schema means; `None` when nobody has taught it here yet.
    pub(super) fn of(phrase: &'static str) -> Option<Self> {
        if let Some((_, known)) = PHRASES.iter().find(|(known, _)| *known == phrase) {
            return Some(known.clone());
        }
        if let Some(one) = phrase.strip_suffix(", or a list of them") {
            return Some(Self::OneOrMore(Box::new(Self::of(one)?)));
        }
        if let Some(one) = phrase.strip_suffix(", or a table") {
            return Some(Self::OrTable(Box::new(Self::of(one)?)));
        }
        if let Some(one) = phrase.strip_suffix(", or `none`") {
            return Self::of(one);
        }
        if let Some(many) = phrase.strip_prefix("list of ") {
            let one = Self::of(many.strip_suffix('s').unwrap_or(many))?;
            return Some(Self::List(Box::new(one)));
        }
        if phrase.starts_with('{') {
            return Some(Self::Table);
        }
        let words: Vec<_> = phrase.split('`').skip(1).step_by(2).collect();
        let between = phrase.split('`').step_by(2);
        let only_words = between.into_iter().all(|s| matches!(s, "" | ", " | " or "));
        (only_words && !words.is_empty()).then_some(Self::Words(words))
    }
}

impl KeySpec {
    /// What it takes, as a type.
    pub(super) fn kind(&self) -> Option<Takes> {
        Takes::of(self.takes)
    }

    /// A value to begin with, as TOML, where one is as good as another.
    pub(super) fn sample(&self) -> Option<String> {
        let sample = match (self.name, self.kind()?) {
            ("message", _) => "{ en = \"How can we help?\" }".to_owned(),
            ("invitation", _) => "{ message = { en = \"How can we help?\" } }".to_owned(),
            ("id" | "name", Takes::Id) => "\"give-it-a-name\"".to_owned(),
            (_, Takes::Whole | Takes::Number) => "5".to_owned(),
            (_, Takes::Duration) => "\"20s\"".to_owned(),
            (_, Takes::Percent) => "\"10%\"".to_owned(),
            (_, Takes::Flag) => "true".to_owned(),
            (_, Takes::Words(words)) => format!("\"{}\"", words.first()?),
            (_, Takes::OneOrMore(one)) if *one == Takes::Pattern => "\"/some-page*\"".to_owned(),
            (
                _,
                Takes::Id
                | Takes::Text
                | Takes::Date
                | Takes::Days
                | Takes::Pattern
                | Takes::Table
                | Takes::Tables
                | Takes::Condition
                | Takes::List(_)
                | Takes::OneOrMore(_)
                | Takes::OrTable(_),
            ) => return None,
        };
        Some(sample)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{ROOT, TABLES};
    use super::*;

    #[test]
    fn every_phrase_of_the_schema_is_understood() {
        let keys = TABLES.iter().flat_map(|table| table.keys).chain(ROOT.keys);
        let unknown: Vec<_> = keys
            .filter(|key| key.kind().is_none())
            .map(|key| key.takes)
            .collect();
        assert!(
            unknown.is_empty(),
            "use the words of `PHRASES` in src/rules/takes.rs for what a key takes, or teach it these: {unknown:?}"
        );
    }

    #[test]
    fn phrases_are_made_of_phrases() {
        assert_eq!(
            Takes::of("`page`, `session` or `visitor`"),
            Some(Takes::Words(vec!["page", "session", "visitor"]))
        );
        assert_eq!(
            Takes::of("page type, or a list of them"),
            Some(Takes::OneOrMore(Box::new(Takes::Id)))
        );
        assert_eq!(
            Takes::of("list of conditions"),
            Some(Takes::List(Box::new(Takes::Condition)))
        );
        assert_eq!(Takes::of("something else"), None);
    }
}
