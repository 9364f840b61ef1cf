//! The rule language as a JSON Schema, from which editors take completion, hover and first checks.
//!
//! Draft 7, since that is what Taplo reads. It is made from the compiler's own tables; what needs the whole rule set,
//! such as whether a page type is declared, is left to `ahlan rules check`.

use serde_json::{Map, Value, json};

use super::catalogue::{FIELDS, FieldSpec};
use super::compile::words;
use super::limits::{MAX_ID_CHARS, MAX_LIST};
use super::operator::{FieldType, Modifier, Operator, Words};
use super::schema::{KeySpec, ROOT, TABLES, TableSpec};
use super::takes::Takes;

const DURATION: &str = "^[0-9]+(ms|s|m|h|d|w)$";
const PERCENT: &str = "^[0-9]{1,3}(\\.[0-9]{1,2})?%$";
const ID: &str = "^[a-z0-9_-]+$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}";

/// The whole schema.
pub fn json_schema() -> Value {
    let mut schema = table(&ROOT, &[]);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "Ahlan rules".into();
    schema["definitions"] = json!({ "condition": condition() });
    schema
}

/// The names in a header: `trigger` and `invitation` of `[trigger.invitation]`.
fn path(spec: &TableSpec) -> Vec<&'static str> {
    let name = spec.header.trim_matches(['[', ']']);
    name.split('.').collect()
}

/// A table with its keys, and the tables below it.
fn table(spec: &'static TableSpec, at: &[&'static str]) -> Value {
    let mut properties = Map::new();
    for key in spec.keys {
        let mut below = at.to_vec();
        below.push(key.name);
        properties.insert(key.name.to_owned(), value_of(key, &below));
    }
    let required = spec.keys.iter().filter(|key| key.default.is_none());
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    let required: Vec<_> = required.map(|key| key.name).collect();
    if !required.is_empty() {
        schema["x-taplo"] = json!({ "initKeys": required });
        schema["required"] = json!(required);
    }
    schema
}

fn value_of(key: &'static KeySpec, at: &[&'static str]) -> Value {
    let below = TABLES.into_iter().find(|spec| path(spec) == at);
    let mut schema = match (below, key.kind()) {
        (Some(spec), Some(Takes::Tables | Takes::List(_))) => {
            json!({ "type": "array", "items": table(spec, at) })
        }
        (Some(spec), Some(Takes::Days)) => {
            let day = json!({ "anyOf": [kind(&Takes::Date), table(spec, at)] });
            json!({ "type": "array", "items": day })
        }
        (Some(spec), Some(Takes::OrTable(one))) => {
            json!({ "anyOf": [kind(&one), table(spec, at)] })
        }
        (Some(spec), _) => table(spec, at),
        (None, Some(takes)) => kind(&takes),
        (None, None) => json!({}),
    };
    let default = key.default.map_or("required".to_owned(), |default| {
        format!("without it: {default}")
    });
    let text = format!("{} ({}; {default})", key.says, key.takes);
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] });
    }
    schema["description"] = text.into();
    schema
}

fn kind(takes: &Takes) -> Value {
    match takes {
        Takes::Id => json!({ "type": "string", "pattern": ID, "maxLength": MAX_ID_CHARS }),
        Takes::Text => json!({ "type": "string", "minLength": 1 }),
        Takes::Whole => json!({ "type": "integer" }),
        Takes::Number => json!({ "type": "number" }),
        Takes::Duration => json!({ "type": "string", "pattern": DURATION }),
        Takes::Percent => json!({ "type": "string", "pattern": PERCENT }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Days => json!({ "type": "array" }),
        Takes::Date => json!({ "type": "string", "pattern": DATE }),
        Takes::Words(words) => json!({ "enum": words }),
        Takes::Pattern => json!({ "type": "string", "pattern": "^[/*]" }),
        Takes::Table => json!({ "type": "object" }),
        Takes::Tables => json!({ "type": "array", "items": { "type": "object" } }),
        Takes::Condition => json!({ "$ref": "#/definitions/condition" }),
        Takes::List(one) => json!({ "type": "array", "items": kind(one), "maxItems": MAX_LIST }),
        Takes::OrTable(one) => json!({ "anyOf": [kind(one), { "type": "object" }] }),
        Takes::OneOrMore(one) => {
            let (one, many) = (kind(one), kind(&Takes::List(one.clone())));
            json!({ "anyOf": [one, many] })
        }
    }
}

/// A condition: groups, or a field with the operators of its type.
fn condition() -> Value {
    let this = json!({ "$ref": "#/definitions/condition" });
    let list = json!({ "type": "array", "items": this, "maxItems": MAX_LIST });
    let described = |mut schema: Value, says: &str| {
        schema["description"] = says.into();
        schema
    };
    let mut properties = Map::new();
    properties.insert("field".into(), field());
    properties.insert(
        "all".into(),
        described(list.clone(), "every one of these holds"),
    );
    properties.insert("any".into(), described(list, "some one of these holds"));
    let not = json!({ "allOf": [this] });
    properties.insert("not".into(), described(not, "this does not hold"));
    for operator in Operator::ALL {
        let says = format!("holds when the value {}", operator.says());
        properties.insert(operator.as_str().into(), json!({ "description": says }));
    }
    let segment = described(kind(&Takes::Id), "the condition that has this name");
    properties.insert("segment".into(), segment);
    for modifier in Modifier::ALL {
        let takes = match modifier {
            Modifier::InLast => kind(&Takes::Duration),
            Modifier::CaseSensitive => kind(&Takes::Flag),
        };
        let takes = described(takes, modifier.says());
        properties.insert(modifier.as_str().into(), takes);
    }
    let kinds = FIELDS.iter().map(of_field).collect::<Vec<_>>();
    json!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": false,
        "properties": properties,
        "allOf": kinds,
    })
}

/// The fields' names: those that stand for themselves as words, the families as patterns.
fn field() -> Value {
    let plain = FIELDS.iter().filter(|spec| spec.prefix().is_none());
    let names: Vec<_> = plain.clone().map(|spec| spec.name).collect();
    let says: Vec<_> = plain.map(|spec| spec.says).collect();
    let words = json!({ "enum": names, "x-taplo": { "docs": { "enumValues": says } } });
    let families = FIELDS.iter().filter(|spec| spec.prefix().is_some());
    let families = families.map(|spec| {
        json!({ "type": "string", "pattern": pattern(spec), "description": format!("{}: {}", spec.name, spec.says) })
    });
    let choices: Vec<_> = std::iter::once(words).chain(families).collect();
    json!({ "description": "what is looked at", "anyOf": choices })
}

fn pattern(spec: &FieldSpec) -> String {
    let prefix = spec.prefix().unwrap_or(spec.name);
    format!("^{}.+", prefix.replace('.', "\\."))
}

/// Which operators a field takes, and what they compare it with.
fn of_field(spec: &FieldSpec) -> Value {
    let name = match spec.prefix() {
        Some(_) => json!({ "type": "string", "pattern": pattern(spec) }),
        None => json!({ "const": spec.name }),
    };
    let operators = spec.of.operators();
    let strangers = Operator::ALL
        .into_iter()
        .filter(|operator| !operators.contains(operator));
    let mut properties = Map::new();
    for operator in operators {
        properties.insert(operator.as_str().into(), literal(*operator, spec.of));
    }
    for operator in strangers {
        properties.insert(operator.as_str().into(), false.into());
    }
    let modifiers = [
        (Modifier::InLast, spec.takes_window()),
        (Modifier::CaseSensitive, spec.of.takes_case()),
    ];
    for (modifier, _) in modifiers.into_iter().filter(|(_, applies)| !applies) {
        properties.insert(modifier.as_str().into(), false.into());
    }
    let asked: Vec<_> = operators
        .iter()
        .map(|o| json!({ "required": [o.as_str()] }))
        .collect();
    json!({
        "if": { "required": ["field"], "properties": { "field": name } },
        "then": { "properties": properties, "anyOf": asked },
    })
}

/// What an operator takes beside a field of this type.
fn literal(operator: Operator, of: FieldType) -> Value {
    let one = match of {
        FieldType::Word(words) | FieldType::List(words) => word(words),
        FieldType::Number => kind(&Takes::Number),
        FieldType::Duration => kind(&Takes::Duration),
        FieldType::Flag => kind(&Takes::Flag),
        FieldType::Date => kind(&Takes::Date),
        FieldType::Text | FieldType::Texts => json!({ "type": "string" }),
        FieldType::Any => json!({ "type": ["string", "number", "boolean"] }),
    };
    let number = if of == FieldType::Any {
        json!({ "anyOf": [kind(&Takes::Number), kind(&Takes::Date)] })
    } else {
        one.clone()
    };
    match operator {
        Operator::Exists => kind(&Takes::Flag),
        Operator::OneOf | Operator::AnyOf | Operator::AllOf | Operator::NoneOf => {
            json!({ "type": "array", "items": one })
        }
        Operator::Before | Operator::After | Operator::On => kind(&Takes::Date),
        Operator::Within | Operator::WithinNext => kind(&Takes::Duration),
        Operator::Between => {
            json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 })
        }
        Operator::AtLeast | Operator::AtMost | Operator::MoreThan | Operator::LessThan => number,
        Operator::Contains if !matches!(of, FieldType::List(_) | FieldType::Texts) => {
            json!({ "type": "string", "minLength": 1 })
        }
        Operator::StartsWith | Operator::EndsWith | Operator::Matches | Operator::MatchesRegex => {
            json!({ "type": "string", "minLength": 1 })
        }
        Operator::Equals | Operator::Contains => one,
    }
}

fn word(words: Words) -> Value {
    let fixed = words::fixed(words);
    if fixed.is_empty() {
        return json!({ "type": "string", "minLength": 1 });
    }
    json!({ "type": "string", "enum": fixed })
}

#[cfg(test)]
mod tests;
