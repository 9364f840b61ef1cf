//! The values that fields are compared with, each of its field's type.

use super::super::limits::MAX_TEXT_CHARS;
use super::super::operator::FieldType;
use super::super::tree::{Kind, Node};
use super::Context;
use super::field::Resolved;
use super::words;

/// What a field is compared with.
pub(super) enum Literal {
    Text(Box<str>),
    Number(f64),
    Flag(bool),
}

/// A value of the field's type.
pub(super) fn literal(cx: &mut Context, field: &Resolved, node: &Node) -> Option<Literal> {
    match field.of {
        FieldType::Text => whole_text(cx, node).map(Literal::Text),
        FieldType::Word(words) | FieldType::List(words) => {
            words::read(cx, field, words, node).map(Literal::Text)
        }
        FieldType::Number | FieldType::Duration => number(cx, field, node).map(Literal::Number),
        FieldType::Flag => cx.sink.flag(node).map(Literal::Flag),
        FieldType::Any => match &node.kind {
            Kind::Text(_) => whole_text(cx, node).map(Literal::Text),
            Kind::Whole(_) | Kind::Fraction(_) => cx.sink.number(node).map(Literal::Number),
            Kind::Flag(flag) => Some(Literal::Flag(*flag)),
            Kind::Date(_) | Kind::List(_) | Kind::Table(_) => {
                cx.sink.mismatch(node, "a text, a number, true or false");
                None
            }
        },
    }
}

/// A number, or for a span of time its seconds.
pub(super) fn number(cx: &mut Context, field: &Resolved, node: &Node) -> Option<f64> {
    if field.of == FieldType::Duration {
        return Some(cx.sink.any_span(node)?.as_secs_f64());
    }
    cx.sink.number(node)
}

/// A text to compare a whole value with, in lower case; it may be empty.
fn whole_text(cx: &mut Context, node: &Node) -> Option<Box<str>> {
    let text = cx.sink.text(node)?;
    if text.is_empty() {
        return Some("".into());
    }
    Some(cx.sink.prose(node, MAX_TEXT_CHARS)?.to_lowercase().into())
}

/// A text to look for within a value, in lower case; an empty one would be everywhere.
pub(super) fn part(cx: &mut Context, node: &Node) -> Option<Box<str>> {
    Some(cx.sink.prose(node, MAX_TEXT_CHARS)?.to_lowercase().into())
}
