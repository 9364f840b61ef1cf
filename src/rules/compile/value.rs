//! The values that fields are compared with, each of its field's type.

use super::super::code::Code;
use super::super::limits::{MAX_REGEX_CHARS, MAX_REGEXES, MAX_TEXT_CHARS};
use super::super::operator::FieldType;
use super::super::pattern::Pattern;
use super::super::tree::{Kind, Node};
use super::Context;
use super::field::Resolved;
use super::words;

/// What a field is compared with.
#[derive(Debug)]
pub(super) enum Literal {
    Text(Box<str>),
    Number(f64),
    Flag(bool),
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// Texts letter by letter.
    pub(super) case_sensitive: bool,
}

impl Manner {
    /// The text as values are compared with it: in lower case, unless case counts.
    fn fold(self, cx: &mut Context, text: &str) -> Box<str> {
        if self.case_sensitive {
            text.into()
        } else {
            cx.fold(text)
        }
    }
}

/// A value of the field's type.
pub(super) fn literal(
    cx: &mut Context,
    field: &Resolved,
    node: &Node,
    manner: Manner,
) -> Option<Literal> {
    match field.of {
        FieldType::Text | FieldType::Texts => whole_text(cx, node, manner).map(Literal::Text),
        FieldType::Word(words) | FieldType::List(words) => {
            words::read(cx, field, words, node).map(Literal::Text)
        }
        FieldType::Number | FieldType::Duration => number(cx, field, node).map(Literal::Number),
        FieldType::Flag => cx.sink.flag(node).map(Literal::Flag),
        FieldType::Any | FieldType::Date => match &node.kind {
            Kind::Text(_) => whole_text(cx, node, manner).map(Literal::Text),
            Kind::Whole(_) | Kind::Fraction(_) => cx.sink.number(node).map(Literal::Number),
            Kind::Flag(flag) => Some(Literal::Flag(*flag)),
            Kind::Date(_) | Kind::List(_) | Kind::Table(_) => {
                let mistake = cx.sink.mismatch(node, "a text, a number, true or false");
                if matches!(node.kind, Kind::Date(_)) {
                    mistake.help("compare dates with `on`, `before`, `after` or `between`");
                }
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

/// A text to compare a whole value with; it may be empty.
fn whole_text(cx: &mut Context, node: &Node, manner: Manner) -> Option<Box<str>> {
    let text = cx.sink.text(node)?;
    if text.is_empty() {
        return Some("".into());
    }
    let text = cx.sink.prose(node, MAX_TEXT_CHARS)?;
    Some(manner.fold(cx, text))
}

/// A text to look for within a value; an empty one would be everywhere.
pub(super) fn part(cx: &mut Context, node: &Node, manner: Manner) -> Option<Box<str>> {
    let text = cx.sink.prose(node, MAX_TEXT_CHARS)?;
    Some(manner.fold(cx, text))
}

/// The milliseconds since the epoch that a date or a moment covers, from the first to before the last.
pub(super) fn date(cx: &mut Context, node: &Node) -> Option<(i64, i64)> {
    let (Kind::Text(text) | Kind::Date(text)) = &node.kind else {
        cx.sink
            .mismatch(node, "a date")
            .help("write it in quotes, such as \"2026-03-01\"");
        return None;
    };
    let covers = cx.calendar.covers(text);
    if covers.is_none() {
        let message = format!("`{}` is not a date", text.escape_debug());
        cx.sink
            .report(Code::BadDate, node.at, message)
            .help("write \"2026-03-01\" for a day, or \"2026-03-01T09:30\" for a moment in the site's zone");
    }
    covers
}

/// A regular expression.
pub(super) fn pattern(cx: &mut Context, node: &Node, manner: Manner) -> Option<Pattern> {
    let text = cx.sink.prose(node, MAX_REGEX_CHARS)?;
    if cx.regexes == MAX_REGEXES {
        let message = format!("a rule set has at most {MAX_REGEXES} regular expressions");
        cx.sink.report(Code::TooMany, node.at, message);
    }
    cx.regexes += 1;
    if cx.regexes > MAX_REGEXES {
        return None;
    }
    match Pattern::new(text, manner.case_sensitive) {
        Ok(pattern) => Some(pattern),
        Err(why) => {
            let message = format!("this is not a regular expression: {why}");
            cx.sink
                .report(Code::BadRegex, node.at, message)
                .help("write a TOML literal in single quotes, so that backslashes stay: '^/(en|ar)/'; look-around and back-references do not exist");
            None
        }
    }
}
