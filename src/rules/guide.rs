//! What forms and editors offer: every table with its keys, every field with its operators, as data for a program. The
//! reference says the same to people.

use serde::Serialize;

use super::catalogue::{FIELDS, FieldSpec};
use super::compile::words;
use super::operator::{FieldType, Modifier, Operator, Words};
use super::schema::{KeySpec, ROOT, TABLES, TableSpec};
use super::takes::Takes;

/// One kind of table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuidePart {
    /// Its name with those that it lies in, such as `score_rule` or `trigger.invitation`.
    pub part: String,
    /// Whether there is one of it where it lies.
    pub single: bool,
    /// One line of explanation.
    pub doc: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: Vec<GuideKey>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuideKey {
    /// The key.
    pub key: &'static str,
    /// One line of explanation.
    pub doc: &'static str,
    /// What stands after the `=`, in the words of the reference.
    #[serde(rename = "type")]
    pub takes: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What holds without it.
    pub default: Option<&'static str>,
    /// The words that it takes, if it takes no others.
    pub choices: Option<Vec<&'static str>>,
    /// What a number or a text of it counts: `points`, `%` or `duration`.
    pub unit: Option<&'static str>,
}

/// One field, or a family of fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key on the wire, and says something else"
)]
pub struct GuideField {
    /// Its name; that of a family ends in `<…>`.
    pub name: &'static str,
    /// What the names of a family begin with.
    pub prefix: Option<&'static str>,
    /// `text`, `word`, `list`, `number`, `duration`, `date`, `flag` or `any`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// One line of explanation.
    pub doc: &'static str,
    /// A condition on it, as TOML.
    pub example: &'static str,
    /// What may be asked of it.
    pub operators: Vec<&'static str>,
    /// The words that it may have, where the language itself says so.
    #[serde(skip)]
    pub words: Vec<&'static str>,
    /// Whether other values than those that are offered make sense.
    pub free: bool,
    /// Whether `in_last` may stand beside it.
    pub in_last: bool,
    /// Whether `case_sensitive` may stand beside it.
    pub case_sensitive: bool,
    /// Whether it has a value only in score rules on `event` and `goal`.
    pub needs_event: bool,
}

/// One question, or a key that stands beside one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GuideOperator {
    /// The key.
    pub name: &'static str,
    /// One line of explanation.
    pub doc: &'static str,
    /// `value`, `text`, `number`, `date`, `duration`, `flag`, `list` or `pair`.
    pub takes: &'static str,
}

/// Every table.
pub fn parts() -> Vec<GuidePart> {
    TABLES.iter().map(|spec| part(spec)).collect()
}

fn part(spec: &'static TableSpec) -> GuidePart {
    let bare = spec.header.trim_matches(['[', ']']);
    let name = match bare.split_once(" = ") {
        // The one table that is always written in braces.
        Some((key, _)) => format!("trigger.{key}"),
        None => bare.to_owned(),
    };
    GuidePart {
        single: !spec.header.starts_with("[["),
        doc: doc(&name),
        part: name,
        keys: spec.keys.iter().map(key).collect(),
    }
}

/// What is said of a table where it is a key of another.
fn doc(name: &str) -> &'static str {
    let (above, last) = name.rsplit_once('.').unwrap_or(("", name));
    let holder = if above.is_empty() {
        Some(&ROOT)
    } else {
        let header = |spec: &&&TableSpec| spec.header.trim_matches(['[', ']']) == above;
        TABLES.iter().find(header).copied()
    };
    let keys = holder.map_or(&[][..], |holder| holder.keys);
    let known = keys.iter().find(|key| key.name == last);
    known.map_or("a table", |key| key.says)
}

fn key(spec: &'static KeySpec) -> GuideKey {
    let takes = spec.kind();
    let unit = match &takes {
        Some(Takes::Duration) => Some("duration"),
        Some(Takes::Percent) => Some("%"),
        _ if spec.name.contains("points") && spec.takes == "whole number" => Some("points"),
        _ => None,
    };
    GuideKey {
        key: spec.name,
        doc: spec.says,
        takes: spec.takes,
        required: spec.default.is_none(),
        default: spec.default,
        choices: takes.and_then(choices),
        unit,
    }
}

fn choices(takes: Takes) -> Option<Vec<&'static str>> {
    match takes {
        Takes::Words(words) => Some(words),
        Takes::OneOrMore(one) | Takes::List(one) => choices(*one),
        Takes::Id
        | Takes::Text
        | Takes::Whole
        | Takes::Number
        | Takes::Duration
        | Takes::Percent
        | Takes::Flag
        | Takes::Date
        | Takes::Days
        | Takes::Pattern
        | Takes::Table
        | Takes::Tables
        | Takes::Condition
        | Takes::OrTable(_) => None,
    }
}

/// Every field.
pub fn fields() -> Vec<GuideField> {
    FIELDS.iter().map(field).collect()
}

fn field(spec: &'static FieldSpec) -> GuideField {
    let (kind, set) = match spec.of {
        FieldType::Text => ("text", None),
        FieldType::Word(set) => ("word", Some(set)),
        FieldType::List(set) => ("list", Some(set)),
        FieldType::Texts => ("list", None),
        FieldType::Number => ("number", None),
        FieldType::Duration => ("duration", None),
        FieldType::Date => ("date", None),
        FieldType::Flag => ("flag", None),
        FieldType::Any => ("any", None),
    };
    GuideField {
        name: spec.name,
        prefix: spec.prefix(),
        kind,
        doc: spec.says,
        example: spec.example,
        operators: spec.of.operators().iter().map(|o| o.as_str()).collect(),
        words: set.map(words::fixed).unwrap_or_default(),
        free: set.is_none_or(|set| set == Words::Countries),
        in_last: spec.takes_window(),
        case_sensitive: spec.of.takes_case(),
        needs_event: spec.needs_event(),
    }
}

/// Every question, and what changes one.
pub fn operators() -> Vec<GuideOperator> {
    let questions = Operator::ALL.map(|operator| GuideOperator {
        name: operator.as_str(),
        doc: operator.says(),
        takes: taken(operator),
    });
    let modifiers = Modifier::ALL.map(|modifier| GuideOperator {
        name: modifier.as_str(),
        doc: modifier.says(),
        takes: match modifier {
            Modifier::InLast => "duration",
            Modifier::CaseSensitive => "flag",
        },
    });
    questions.into_iter().chain(modifiers).collect()
}

const fn taken(operator: Operator) -> &'static str {
    match operator {
        Operator::Equals => "value",
        Operator::OneOf | Operator::AnyOf | Operator::AllOf | Operator::NoneOf => "list",
        Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Matches
        | Operator::MatchesRegex => "text",
        Operator::AtLeast | Operator::AtMost | Operator::MoreThan | Operator::LessThan => "number",
        Operator::Between => "pair",
        Operator::Before | Operator::After | Operator::On => "date",
        Operator::Within | Operator::WithinNext => "duration",
        Operator::Exists => "flag",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_field_is_told_with_what_it_takes() {
        let parts = parts();
        assert_eq!(parts.len(), TABLES.len());
        let part = |name: &str| parts.iter().find(|part| part.part == name).unwrap();
        assert!(part("policy").single && !part("score_rule").single);
        assert!(part("trigger.invitation").single && !part("trigger.variant").single);
        assert_eq!(
            part("trigger.schedule").doc,
            "dates, weekdays and hours at which it runs"
        );
        assert_eq!(part("score_rule").doc, "what gives points");
        let key = |part: &GuidePart, name: &str| {
            part.keys
                .iter()
                .find(|key| key.key == name)
                .unwrap()
                .clone()
        };
        let tone = key(part("trigger.invitation"), "tone");
        assert_eq!(tone.choices, Some(vec!["sales", "welcome", "help"]));
        assert_eq!(key(part("score_rule"), "points").unit, Some("points"));
        assert_eq!(key(part("trigger"), "holdout").unit, Some("%"));
        assert!(key(part("score"), "name").required);
        let fields = fields();
        let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(
            field("page.active").operators,
            [
                "at_least",
                "at_most",
                "between",
                "more_than",
                "less_than",
                "exists"
            ]
        );
        assert_eq!(field("visitor.trait.<name>").prefix, Some("visitor.trait."));
        assert!(field("visitor.device").words.contains(&"mobile") && !field("visitor.device").free);
        assert!(field("visitor.country").free && field("visitor.city").free);
        assert!(field("session.events.<name>").in_last);
        assert_eq!(operators().len(), Operator::ALL.len() + 2);
    }
}
