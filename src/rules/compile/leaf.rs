//! `{ field = …, operator = … }`: a field against one or more tests, all of which must hold.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a warning or a date is about some kinds of value and about no other"
)]

use crate::domain::Millis;

use super::super::code::Code;
use super::super::condition::{Condition, Leaf, Test};
use super::super::field::Field;
use super::super::limits::MAX_WINDOW;
use super::super::lint::Asked;
use super::super::operator::{FieldType, Modifier, Operator};
use super::super::suggest::{self, Advice};
use super::super::tree::{Entry, Kind, Node, Table};
use super::Context;
use super::condition::Scope;
use super::field::{self, Resolved};
use super::value::{Literal, Manner, date, literal, number, part, pattern};

/// Reads a leaf.
pub(super) fn read(cx: &mut Context, table: &Table, scope: Scope) -> Option<Condition> {
    let field = field::read(cx, table.get("field")?, scope);
    let modified = modify(cx, table, field.as_ref());
    let mut operators = Vec::new();
    for entry in table.entries.iter().filter(|entry| is_question(entry)) {
        operators.push((entry, operator(cx, entry, field.as_ref())));
    }
    let mut field = field?;
    if operators.is_empty() {
        let message = format!("nothing is asked of `{}`", field.name);
        let note = cx.sink.report(Code::MissingOperator, table.at, message);
        note.help(format!("add {}", choices(field.of)));
        if let Some(edits) = table.with("exists", "true") {
            note.offer("ask whether it is known at all", edits);
        }
        return None;
    }
    let Modified { window, manner } = modified?;
    if let Some(window) = window {
        field.field = Field::InLast(Box::new(field.field), window);
    }
    let parts: Vec<_> = operators
        .into_iter()
        .map(|(entry, operator)| test(cx, &field, operator?, &entry.value, manner))
        .collect();
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    let condition = if parts.len() == 1 {
        parts.remove(0)
    } else {
        Condition::All(parts)
    };
    let asked = Asked {
        name: field.name,
        of: field.of,
        condition: condition.clone(),
    };
    cx.asked.insert(table.at, asked);
    Some(condition)
}

/// Whether a key asks something of the field.
fn is_question(entry: &Entry) -> bool {
    entry.key != "field" && Modifier::named(&entry.key).is_none()
}

/// What stands beside the operators.
struct Modified {
    window: Option<Millis>,
    manner: Manner,
}

fn modify(cx: &mut Context, table: &Table, field: Option<&Resolved>) -> Option<Modified> {
    let mut modified = Some(Modified {
        window: None,
        manner: Manner::default(),
    });
    for entry in &table.entries {
        let Some(modifier) = Modifier::named(&entry.key) else {
            continue;
        };
        let (applies, to) = match modifier {
            Modifier::InLast => (
                field.is_none_or(|field| field.takes_window),
                "counts of page views, events and goals, and to crossings",
            ),
            Modifier::CaseSensitive => (field.is_none_or(|field| field.of.takes_case()), "texts"),
        };
        if !applies {
            let name = field.map_or("", |field| &field.name);
            let message = format!("`{}` does not apply to `{name}`", entry.key);
            cx.sink
                .report(Code::OperatorMismatch, entry.key_at, message)
                .help(format!("it applies to {to}"));
            modified = None;
            continue;
        }
        match modifier {
            Modifier::InLast => {
                let window = cx.sink.span(&entry.value, Millis(1)..=MAX_WINDOW);
                modified = modified.zip(window).map(|(modified, window)| Modified {
                    window: Some(window),
                    ..modified
                });
            }
            Modifier::CaseSensitive => {
                let flag = cx.sink.flag(&entry.value);
                modified = modified
                    .zip(flag)
                    .map(|(modified, case_sensitive)| Modified {
                        manner: Manner { case_sensitive },
                        ..modified
                    });
            }
        }
    }
    modified
}

/// The operator that a key names, if it applies to the field.
fn operator(cx: &mut Context, entry: &Entry, field: Option<&Resolved>) -> Option<Operator> {
    let key = entry.key.as_str();
    let Some(operator) = Operator::named(key) else {
        let modifiers = Modifier::ALL.into_iter().map(Modifier::as_str);
        let known = Operator::ALL.into_iter().map(Operator::as_str);
        let known = known.chain(modifiers);
        let advice = Operator::help_for(key).map(|help| Advice {
            help: help.to_owned(),
            guess: Operator::meant_by(key).map(|meant| meant.as_str().to_owned()),
            close: true,
        });
        let advice = advice.or_else(|| suggest::help(key, known));
        let message = format!("there is no operator `{key}`");
        cx.sink
            .report(Code::UnknownOperator, entry.key_at, message)
            .maybe_help(advice);
        return None;
    };
    let field = field?;
    if field.of.operators().contains(&operator) {
        return Some(operator);
    }
    let (name, noun) = (&field.name, field.of.noun());
    let message = format!("`{key}` does not apply to `{name}` ({noun})");
    cx.sink
        .report(Code::OperatorMismatch, entry.key_at, message)
        .help(format!("use {}", choices(field.of)));
    None
}

fn choices(of: FieldType) -> String {
    let names: Vec<_> = of
        .operators()
        .iter()
        .map(|o| format!("`{}`", o.as_str()))
        .collect();
    let (last, first) = names.split_last().expect("every type has operators");
    format!("{} or {last}", first.join(", "))
}

fn test(
    cx: &mut Context,
    field: &Resolved,
    operator: Operator,
    node: &Node,
    manner: Manner,
) -> Option<Condition> {
    let test = match operator {
        Operator::Equals => exactly(literal(cx, field, node, manner)?, manner),
        Operator::OneOf | Operator::AnyOf => {
            return list(cx, field, node, manner).map(|all| one_of(field, all, manner));
        }
        Operator::AllOf => {
            let all = list(cx, field, node, manner)?.into_iter();
            let parts = all.map(|one| leaf(field, exactly(one, manner)));
            return Some(Condition::All(parts.collect()));
        }
        Operator::NoneOf => {
            let all = list(cx, field, node, manner)?;
            return Some(Condition::Not(Box::new(one_of(field, all, manner))));
        }
        Operator::Contains => match field.of {
            FieldType::List(_) | FieldType::Texts => {
                exactly(literal(cx, field, node, manner)?, manner)
            }
            FieldType::Text
            | FieldType::Word(_)
            | FieldType::Number
            | FieldType::Duration
            | FieldType::Date
            | FieldType::Flag
            | FieldType::Any => cased(Test::Contains(part(cx, node, manner)?), manner),
        },
        Operator::StartsWith => cased(Test::StartsWith(part(cx, node, manner)?), manner),
        Operator::EndsWith => cased(Test::EndsWith(part(cx, node, manner)?), manner),
        Operator::Matches => cased(Test::Matches(part(cx, node, manner)?), manner),
        Operator::MatchesRegex => Test::Regex(pattern(cx, node, manner)?),
        Operator::AtLeast => Test::Between(number(cx, field, node)?, f64::INFINITY),
        Operator::AtMost => Test::Between(f64::NEG_INFINITY, number(cx, field, node)?),
        Operator::MoreThan => Test::MoreThan(number(cx, field, node)?),
        Operator::LessThan => Test::LessThan(number(cx, field, node)?),
        Operator::Between => between(cx, field, node)?,
        Operator::Before => Test::Dates(i64::MIN, date(cx, node)?.0),
        Operator::After => Test::Dates(date(cx, node)?.1, i64::MAX),
        Operator::On => {
            let (from, until) = date(cx, node)?;
            Test::Dates(from, until)
        }
        Operator::Within => Test::Within(cx.sink.any_span(node)?),
        Operator::WithinNext => Test::WithinNext(cx.sink.any_span(node)?),
        Operator::Exists => Test::Exists(cx.sink.flag(node)?),
    };
    Some(leaf(field, test))
}

fn leaf(field: &Resolved, test: Test) -> Condition {
    let field = field.field.clone();
    Condition::Leaf(Leaf { field, test })
}

fn cased(test: Test, manner: Manner) -> Test {
    if manner.case_sensitive {
        Test::CaseSensitive(Box::new(test))
    } else {
        test
    }
}

fn exactly(literal: Literal, manner: Manner) -> Test {
    match literal {
        Literal::Text(text) => cased(Test::Is(text), manner),
        Literal::Number(number) => Test::Between(number, number),
        Literal::Flag(flag) => Test::Flag(flag),
    }
}

/// The values of a list. An empty one is worth a warning.
fn list(cx: &mut Context, field: &Resolved, node: &Node, manner: Manner) -> Option<Vec<Literal>> {
    let nodes = cx.sink.list(node)?;
    if nodes.is_empty() {
        cx.sink
            .report(Code::NeverHolds, node.at, "nothing is one of nothing");
    }
    let literals: Vec<_> = nodes
        .iter()
        .map(|node| literal(cx, field, node, manner))
        .collect();
    literals.into_iter().collect()
}

fn one_of(field: &Resolved, literals: Vec<Literal>, manner: Manner) -> Condition {
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for literal in literals {
        match literal {
            Literal::Text(text) => texts.push(text),
            other @ (Literal::Number(_) | Literal::Flag(_)) => {
                parts.push(leaf(field, exactly(other, manner)));
            }
        }
    }
    let of_texts = |texts| leaf(field, cased(Test::OneOf(texts), manner));
    if parts.is_empty() {
        return of_texts(texts);
    }
    if !texts.is_empty() {
        parts.push(of_texts(texts));
    }
    Condition::Any(parts)
}

fn between(cx: &mut Context, field: &Resolved, node: &Node) -> Option<Test> {
    let [first, second] = cx.sink.list(node)? else {
        cx.sink
            .report(Code::TypeMismatch, node.at, "`between` takes two values")
            .help("write `between = [2, 5]`");
        return None;
    };
    let is_date = |node: &Node| match &node.kind {
        Kind::Date(_) => true,
        Kind::Text(text) => cx.calendar.covers(text).is_some(),
        _ => false,
    };
    let of_dates = field.of == FieldType::Date
        || field.of == FieldType::Any && (is_date(first) || is_date(second));
    let (test, in_order) = if of_dates {
        let (low, high) = (date(cx, first), date(cx, second));
        let (low, high) = (low?, high?);
        (Test::Dates(low.0, high.1), low.0 <= high.0)
    } else {
        let (low, high) = (number(cx, field, first), number(cx, field, second));
        let (low, high) = (low?, high?);
        (Test::Between(low, high), low <= high)
    };
    if !in_order {
        let greater = if of_dates { "later" } else { "greater" };
        let message = format!("the first value is the {greater} one");
        let note = cx.sink.report(Code::OutOfRange, node.at, message);
        note.help("put the smaller value first");
        if let (Some(one), Some(two)) = (first.written(), second.written()) {
            note.fix("swap the two", vec![(first.at, two), (second.at, one)]);
        }
        return None;
    }
    Some(test)
}
