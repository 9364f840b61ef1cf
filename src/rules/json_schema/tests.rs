//! The schema takes what the compiler takes. Checked by a small validator of the keywords that the schema uses.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of value are told apart from all others"
)]

use super::*;
use crate::rules::tree::{Kind, parse};

/// What is wrong with a value, in the order of the schema; nothing when it is valid.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    if *schema == Value::Bool(false) {
        out.push(format!("{at}: may not be here"));
    }
    let Some(schema) = schema.as_object() else {
        return;
    };
    for (keyword, wanted) in schema {
        let holds = |schema: &Value| {
            let mut found = Vec::new();
            faults(root, schema, value, at, &mut found);
            found.is_empty()
        };
        let list = || wanted.as_array().expect("a list");
        let fine = match keyword.as_str() {
            "$schema" | "title" | "description" | "definitions" | "x-taplo" | "then" => true,
            "additionalProperties" => {
                let known = &schema["properties"];
                let mut keys = value.as_object().into_iter().flat_map(Map::keys);
                keys.all(|key| known.get(key).is_some())
            }
            "properties" => {
                for (key, schema) in wanted.as_object().expect("a table") {
                    if let Some(value) = value.get(key) {
                        faults(root, schema, value, &format!("{at}/{key}"), out);
                    }
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    faults(root, wanted, item, &format!("{at}/{index}"), out);
                }
                true
            }
            "anyOf" => list().iter().any(holds),
            "allOf" => {
                for schema in list() {
                    faults(root, schema, value, at, out);
                }
                true
            }
            "if" => {
                if holds(wanted) {
                    faults(root, &schema["then"], value, at, out);
                }
                true
            }
            "$ref" => {
                let pointer = wanted
                    .as_str()
                    .and_then(|to| to.strip_prefix('#'))
                    .expect("a pointer");
                faults(
                    root,
                    root.pointer(pointer).expect("a definition"),
                    value,
                    at,
                    out,
                );
                true
            }
            simple => fits(simple, wanted, value),
        };
        if !fine {
            out.push(format!("{at}: {keyword} {wanted} does not fit {value}"));
        }
    }
}

/// Whether a value fits a keyword that looks at nothing but that value.
fn fits(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let list = || wanted.as_array().expect("a list");
    let size = |n: usize| n as u64;
    match keyword {
        "type" => match wanted {
            Value::Array(kinds) => kinds.iter().any(|kind| is(value, kind)),
            kind => is(value, kind),
        },
        "enum" => list().contains(value),
        "const" => wanted == value,
        "pattern" => value.as_str().is_none_or(|text| {
            regex::Regex::new(wanted.as_str().expect("a pattern"))
                .expect("a regex")
                .is_match(text)
        }),
        "minLength" => value
            .as_str()
            .is_none_or(|text| Some(size(text.chars().count())) >= wanted.as_u64()),
        "maxLength" => value
            .as_str()
            .is_none_or(|text| Some(size(text.chars().count())) <= wanted.as_u64()),
        "minItems" => value
            .as_array()
            .is_none_or(|items| Some(size(items.len())) >= wanted.as_u64()),
        "maxItems" => value
            .as_array()
            .is_none_or(|items| Some(size(items.len())) <= wanted.as_u64()),
        "minProperties" => value
            .as_object()
            .is_none_or(|keys| Some(size(keys.len())) >= wanted.as_u64()),
        "required" => value.as_object().is_none_or(|keys| {
            list()
                .iter()
                .all(|key| keys.contains_key(key.as_str().expect("a key")))
        }),
        other => panic!("teach the validator `{other}`"),
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        other => panic!("{other} is not a type"),
    }
}

/// A TOML text as JSON.
fn json_of(text: &str) -> Value {
    fn of(kind: &Kind) -> Value {
        match kind {
            Kind::Text(text) => json!(text),
            Kind::Whole(number) => json!(number),
            Kind::Fraction(number) => json!(number),
            Kind::Flag(flag) => json!(flag),
            Kind::List(nodes) => nodes.iter().map(|node| of(&node.kind)).collect(),
            Kind::Table(table) => {
                let entries = table
                    .entries
                    .iter()
                    .map(|e| (e.key.clone(), of(&e.value.kind)));
                Value::Object(entries.collect())
            }
            Kind::Date(_) => json!("2026-09-23"),
        }
    }
    of(&Kind::Table(parse(0, text).expect("it is TOML")))
}

fn found(text: &str) -> Vec<String> {
    let schema = json_schema();
    let mut out = Vec::new();
    faults(&schema, &schema, &json_of(text), "", &mut out);
    out
}

#[test]
fn the_shop_and_the_tour_are_valid() {
    let tour = include_str!("../reference.md").split("```toml\n").skip(1);
    let tour = tour.filter_map(|block| block.split("```").next());
    let shop = [
        include_str!("../../../rules/shop/hours.toml"),
        include_str!("../../../rules/shop/pages.toml"),
        include_str!("../../../rules/shop/policy.toml"),
        include_str!("../../../rules/shop/scores.toml"),
        include_str!("../../../rules/shop/segments.toml"),
        include_str!("../../../rules/shop/tests.toml"),
        include_str!("../../../rules/shop/triggers.toml"),
    ];
    for text in tour.chain(shop) {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn every_field_of_the_catalogue_is_valid_as_its_example() {
    for spec in FIELDS {
        let rule = format!(
            "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"event\"\npoints = 5\nnot = {}\n",
            spec.example
        );
        assert_eq!(found(&rule), [""; 0], "{}", spec.name);
    }
}

#[test]
fn what_is_wrong_is_found_at_its_place() {
    let rule = |lines: &str| {
        format!("[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"event\"\n{lines}\n")
    };
    for (text, at) in [
        ("[[score]]\nmax = 5\n".to_owned(), "/score/0: required"),
        (rule("points = \"5\""), "/score_rule/0/points: type"),
        (rule("points = 5\npionts = 5"), "/score_rule/0: additionalProperties"),
        (rule("points = 5\nafter = \"20 s\""), "/score_rule/0/after: pattern"),
        (rule("points = 5\nnot = { field = \"page.scrol\", at_least = 5 }"), "/score_rule/0/not/field: anyOf"),
        (rule("points = 5\nnot = { field = \"page.title\", at_least = 5 }"), "/score_rule/0/not/at_least: may not"),
        (rule("points = 5\nnot = { field = \"page.scroll\" }"), "/score_rule/0/not: anyOf"),
        (rule("points = 5\nall = [ { any = [ { field = \"visitor.device\", equals = \"fridge\" } ] } ]"), "/score_rule/0/all/0/any/0/equals: enum"),
        ("[rule]\n".to_owned(), ": additionalProperties"),
        ("[[trigger]]\nid = \"x\"\ninvitation = { tone = \"loud\", message = { en = \"Hi\" } }\n".to_owned(), "/trigger/0/invitation/tone: enum"),
    ] {
        let found = found(&text);
        assert!(found.iter().any(|fault| fault.starts_with(at)), "{text}{found:#?}");
    }
}

/// A table's schema, or that of the tables in a list.
fn items(schema: &Value) -> &Value {
    let items = schema.get("items").unwrap_or(schema);
    items.get("anyOf").map_or(items, |choices| &choices[1])
}

#[test]
fn every_key_and_operator_is_described() {
    let schema = json_schema();
    for spec in TABLES.iter().filter(|spec| spec.header.starts_with('[')) {
        let table = path(spec).into_iter().fold(&schema, |table, name| {
            let below = &items(table)["properties"][name];
            assert!(below.is_object(), "{} is not in the schema", spec.header);
            below
        });
        for key in spec.keys {
            let described = items(table)["properties"][key.name]["description"].is_string();
            assert!(described, "{} {}", spec.header, key.name);
        }
    }
    let condition = &schema["definitions"]["condition"]["properties"];
    for operator in Operator::ALL {
        assert!(condition[operator.as_str()]["description"].is_string());
    }
}
