//! `{ field = …, operator = … }`: a field against one or more tests, all of which must hold.

use super::super::code::Code;
use super::super::condition::{Condition, Leaf, Test};
use super::super::lint::Asked;
use super::super::operator::{FieldType, Operator};
use super::super::suggest::{self, Advice};
use super::super::tree::{Entry, Node, Table};
use super::Context;
use super::condition::Scope;
use super::field::{self, Resolved};
use super::value::{Literal, literal, number, part};

/// Reads a leaf.
pub(super) fn read(cx: &mut Context, table: &Table, scope: Scope) -> Option<Condition> {
    let field = field::read(cx, table.get("field")?, scope);
    let mut operators = Vec::new();
    for entry in table.entries.iter().filter(|entry| entry.key != "field") {
        operators.push((entry, operator(cx, entry, field.as_ref())));
    }
    let field = field?;
    if operators.is_empty() {
        let message = format!("nothing is asked of `{}`", field.name);
        let note = cx.sink.report(Code::MissingOperator, table.at, message);
        note.help(format!("add {}", choices(field.of)));
        if let Some(edits) = table.with("exists", "true") {
            note.offer("ask whether it is known at all", edits);
        }
        return None;
    }
    let parts: Vec<_> = operators
        .into_iter()
        .map(|(entry, operator)| test(cx, &field, operator?, &entry.value))
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

/// The operator that a key names, if it applies to the field.
fn operator(cx: &mut Context, entry: &Entry, field: Option<&Resolved>) -> Option<Operator> {
    let key = entry.key.as_str();
    let Some(operator) = Operator::named(key) else {
        let known = Operator::ALL.into_iter().map(Operator::as_str);
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

fn test(cx: &mut Context, field: &Resolved, operator: Operator, node: &Node) -> Option<Condition> {
    let test = match operator {
        Operator::Equals => exactly(literal(cx, field, node)?),
        Operator::OneOf => return one_of(cx, field, node),
        Operator::Contains => match field.of {
            FieldType::List(_) => exactly(literal(cx, field, node)?),
            FieldType::Text
            | FieldType::Word(_)
            | FieldType::Number
            | FieldType::Duration
            | FieldType::Flag
            | FieldType::Any => Test::Contains(part(cx, node)?),
        },
        Operator::StartsWith => Test::StartsWith(part(cx, node)?),
        Operator::EndsWith => Test::EndsWith(part(cx, node)?),
        Operator::Matches => Test::Matches(part(cx, node)?),
        Operator::AtLeast => Test::Between(number(cx, field, node)?, f64::INFINITY),
        Operator::AtMost => Test::Between(f64::NEG_INFINITY, number(cx, field, node)?),
        Operator::MoreThan => Test::MoreThan(number(cx, field, node)?),
        Operator::LessThan => Test::LessThan(number(cx, field, node)?),
        Operator::Between => between(cx, field, node)?,
        Operator::Exists => Test::Exists(cx.sink.flag(node)?),
    };
    Some(leaf(field, test))
}

fn leaf(field: &Resolved, test: Test) -> Condition {
    let field = field.field.clone();
    Condition::Leaf(Leaf { field, test })
}

fn exactly(literal: Literal) -> Test {
    match literal {
        Literal::Text(text) => Test::Is(text),
        Literal::Number(number) => Test::Between(number, number),
        Literal::Flag(flag) => Test::Flag(flag),
    }
}

fn one_of(cx: &mut Context, field: &Resolved, node: &Node) -> Option<Condition> {
    let nodes = cx.sink.list(node)?;
    if nodes.is_empty() {
        cx.sink
            .report(Code::NeverHolds, node.at, "nothing is one of nothing");
    }
    let literals: Vec<_> = nodes.iter().map(|node| literal(cx, field, node)).collect();
    let literals = literals.into_iter().collect::<Option<Vec<_>>>()?;
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for literal in literals {
        match literal {
            Literal::Text(text) => texts.push(text),
            other @ (Literal::Number(_) | Literal::Flag(_)) => {
                parts.push(leaf(field, exactly(other)));
            }
        }
    }
    if parts.is_empty() {
        return Some(leaf(field, Test::OneOf(texts)));
    }
    if !texts.is_empty() {
        parts.push(leaf(field, Test::OneOf(texts)));
    }
    Some(Condition::Any(parts))
}

fn between(cx: &mut Context, field: &Resolved, node: &Node) -> Option<Test> {
    let [first, second] = cx.sink.list(node)? else {
        cx.sink
            .report(Code::TypeMismatch, node.at, "`between` takes two values")
            .help("write `between = [2, 5]`");
        return None;
    };
    let (low, high) = (number(cx, field, first), number(cx, field, second));
    let (low, high) = (low?, high?);
    if low > high {
        let message = "the first value is the greater one";
        let note = cx.sink.report(Code::OutOfRange, node.at, message);
        note.help("put the smaller value first");
        if let (Some(one), Some(two)) = (first.written(), second.written()) {
            note.fix("swap the two", vec![(first.at, two), (second.at, one)]);
        }
        return None;
    }
    Some(Test::Between(low, high))
}
