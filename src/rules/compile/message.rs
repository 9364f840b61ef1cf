//! Messages and the places in them: `{visitor.trait.first_name|there}`.

use super::super::code::Code;
use super::super::field::Field;
use super::super::limits::{MAX_MESSAGE_CHARS, MAX_PLACES};
use super::super::message::{MAX_VALUE_CHARS, Message, Part};
use super::super::operator::FieldType;
use super::super::sink::Spot;
use super::super::tree::{Kind, Node};
use super::Context;
use super::condition::Scope;
use super::field::{self, Resolved};

/// Reads a message. Every place with a mistake is reported.
pub(super) fn read(cx: &mut Context, node: &Node) -> Option<Message> {
    let text = cx.sink.prose(node, MAX_MESSAGE_CHARS)?.trim();
    if !text.contains(['{', '}']) {
        return Some(Message::from(text));
    }
    let mut parts = Some(Vec::new());
    let mut words = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        words.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            words.push_str(brace);
            rest = after;
            continue;
        }
        let Some((inner, after)) = after.split_once('}').filter(|_| brace == "{") else {
            let message = format!("this `{brace}` has no counterpart");
            cx.sink
                .report(Code::BadMessage, node.at, message)
                .help("write `{{` and `}}` for braces that stand for themselves");
            (parts, rest) = (None, after);
            continue;
        };
        let before = std::mem::take(&mut words);
        let place = place(cx, text, inner, node.at);
        parts = parts.zip(place).map(|(mut parts, place)| {
            parts.extend((!before.is_empty()).then(|| Part::Text(before.into())));
            parts.push(place);
            parts
        });
        rest = after;
    }
    words.push_str(rest);
    let mut parts = parts?;
    if !words.is_empty() {
        parts.push(Part::Text(words.into()));
    }
    let places = parts
        .iter()
        .filter(|part| matches!(part, Part::Value { .. }));
    if places.count() > MAX_PLACES {
        let message = format!("a message has at most {MAX_PLACES} places for values");
        cx.sink.report(Code::TooMany, node.at, message);
        return None;
    }
    Some(Message::new(text, parts))
}

/// One place of the message `text`: a field, and what to say when its value is not known.
fn place(cx: &mut Context, text: &str, inner: &str, at: Spot) -> Option<Part> {
    let (name, fallback) = match inner.split_once('|') {
        Some((name, fallback)) => (name.trim(), Some(fallback)),
        None => (inner.trim(), None),
    };
    let node = Node {
        at,
        kind: Kind::Text(name.to_owned()),
    };
    let before = cx.sink.said();
    let resolved = field::read(cx, &node, Scope::State);
    if cx.sink.said() > before {
        // A guess is for the field; what it stands in is the whole message.
        let (head, tail) = inner.split_once(name).unwrap_or_default();
        let place = |name: &str| format!("{{{head}{name}{tail}}}");
        cx.sink
            .guess_with(|guess| text.replacen(&place(name), &place(guess), 1));
    }
    let resolved = resolved?;
    check_type(cx, &resolved, at)?;
    if fallback.is_none() && !is_always_known(&resolved.field) {
        let message = format!("`{name}` may be unknown, and then there is nothing to say");
        cx.sink
            .report(Code::BadMessage, at, message)
            .help(format!("add what to say then: `{{{name}|there}}`"));
        return None;
    }
    let fallback = fallback.unwrap_or_default();
    if fallback.chars().count() > MAX_VALUE_CHARS {
        let message =
            format!("what is said instead of a value has at most {MAX_VALUE_CHARS} characters");
        cx.sink.report(Code::BadMessage, at, message);
        return None;
    }
    Some(Part::Value {
        field: resolved.field,
        fallback: fallback.into(),
    })
}

fn check_type(cx: &mut Context, resolved: &Resolved, at: Spot) -> Option<()> {
    if matches!(
        resolved.of,
        FieldType::Text | FieldType::Word(_) | FieldType::Number | FieldType::Any
    ) {
        return Some(());
    }
    let (name, noun) = (&resolved.name, resolved.of.noun());
    let message = format!("`{name}` ({noun}) cannot stand in a message");
    cx.sink
        .report(Code::TypeMismatch, at, message)
        .help("messages show texts, words and numbers");
    None
}

/// Whether everybody who can be invited has a value of this field.
const fn is_always_known(field: &Field) -> bool {
    matches!(
        field,
        Field::PageUrl
            | Field::PagePath
            | Field::PageScroll
            | Field::SessionPageViews
            | Field::SessionViews(_)
            | Field::SessionEvents
            | Field::SessionSource
            | Field::SessionMedium
            | Field::SessionChannel
            | Field::VisitorSessions
            | Field::VisitorPageViews
            | Field::VisitorChats
            | Field::VisitorInvitationsShown
            | Field::VisitorInvitationsAccepted
            | Field::VisitorInvitationsDismissed
            | Field::Score(_)
            | Field::ChatState
            | Field::AgentsOnline
            | Field::FreeSlots
    )
}
