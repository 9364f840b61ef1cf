//! `[trigger.invitation]`: what an invitation says.

use std::sync::Arc;

use crate::domain::{ReplyChannel, Tone};

use super::super::code::Code;
use super::super::fix;
use super::super::limits::MAX_LANGUAGES;
use super::super::message::Message;
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::suggest;
use super::super::tree::{Entry, Kind, Node, Table};
use super::super::trigger::{Closed, InvitationText, Messages};
use super::Context;
use super::condition::{self, Scope};
use super::message;

/// The tones that rules may name.
pub(super) const TONES: [(&str, Tone); 3] = [
    ("sales", Tone::Sales),
    ("welcome", Tone::Welcome),
    ("help", Tone::Help),
];
/// The channels that rules may name.
pub(super) const CHANNELS: [(&str, ReplyChannel); 3] = [
    ("chat", ReplyChannel::Chat),
    ("phone", ReplyChannel::Phone),
    ("email", ReplyChannel::Email),
];

/// What is offered while nobody can answer.
const CLOSED: [(&str, ()); 1] = [("email", ())];

/// An invitation's words and where they stand.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) text: InvitationText,
    /// The messages.
    pub(super) at: Spot,
    /// The tone, or the whole table when it is not stated.
    pub(super) tone_at: Spot,
}

impl Words {
    /// The languages of its messages.
    pub(super) fn languages(&self) -> Vec<Arc<str>> {
        let messages = self.text.messages.iter();
        messages.map(|(language, _)| language.clone()).collect()
    }
}

/// Reads an invitation.
pub(super) fn read(cx: &mut Context, node: &Node) -> Option<Words> {
    let table = cx.sink.table(node, &schema::INVITATION)?;
    let tone = tone(&mut cx.sink, table);
    let channel = channel(&mut cx.sink, table);
    let phone_if = match table.get("phone_if") {
        Some(node) => condition::one(cx, node, Scope::State, 1).map(Some),
        None => Some(None),
    };
    let closed = closed(cx, table);
    let message = table.get("message")?;
    let messages = messages(cx, message);
    let messages = default_first(&mut cx.sink, table, messages);
    Some(Words {
        text: InvitationText {
            tone: tone?.unwrap_or_default(),
            channel: channel?.unwrap_or_default(),
            phone_if: phone_if?,
            closed: closed?,
            messages: messages?,
        },
        at: message.at,
        tone_at: table.get("tone").map_or(table.at, |node| node.at),
    })
}

/// The text of a variant: what it does not say is as `base` has it.
pub(super) fn vary(
    cx: &mut Context,
    table: &Table,
    base: &InvitationText,
) -> Option<InvitationText> {
    let tone = tone(&mut cx.sink, table);
    let channel = channel(&mut cx.sink, table);
    let messages = match table.get("message") {
        Some(node) => messages(cx, node).map(|new| keep_default(new, &base.messages)),
        None => Some(base.messages.clone()),
    };
    Some(InvitationText {
        tone: tone?.unwrap_or(base.tone),
        channel: channel?.unwrap_or(base.channel),
        messages: messages?,
        ..base.clone()
    })
}

/// Puts the language that was the default first, if it is still there.
fn keep_default(mut messages: Messages, base: &Messages) -> Messages {
    let default = base.first().map(|(language, _)| language);
    if let Some(at) = messages
        .iter()
        .position(|(language, _)| Some(language) == default)
    {
        messages[..=at].rotate_right(1);
    }
    messages
}

#[expect(
    clippy::option_option,
    reason = "the outer `None` means reported, the inner one absent"
)]
fn tone(sink: &mut Sink, table: &Table) -> Option<Option<Tone>> {
    sink.optional(table, "tone", |sink, node| sink.word(node, &TONES))
}

#[expect(
    clippy::option_option,
    reason = "the outer `None` means reported, the inner one absent"
)]
fn channel(sink: &mut Sink, table: &Table) -> Option<Option<ReplyChannel>> {
    sink.optional(table, "channel", |sink, node| sink.word(node, &CHANNELS))
}

/// What is offered while nobody can answer.
#[expect(
    clippy::option_option,
    reason = "the outer `None` means reported, the inner one absent"
)]
fn closed(cx: &mut Context, table: &Table) -> Option<Option<Closed>> {
    let Some(node) = table.get("when_closed") else {
        let Some(entry) = table.entry("message_closed") else {
            return Some(None);
        };
        let message = "nothing is offered while nobody can answer";
        cx.sink
            .report(Code::MisplacedKey, entry.key_at, message)
            .help("add `when_closed = \"email\"`, or leave this message out");
        return None;
    };
    let word = cx.sink.word(node, &CLOSED);
    let messages = match table.get("message_closed") {
        Some(node) => {
            let messages = messages(cx, node);
            Some(default_first(&mut cx.sink, table, messages)?)
        }
        None => None,
    };
    word.map(|()| Some(Closed { messages }))
}

fn messages(cx: &mut Context, node: &Node) -> Option<Messages> {
    let Kind::Table(table) = &node.kind else {
        let mistake = cx.sink.mismatch(node, "a table of messages by language");
        mistake.help("write `message = { en = \"…\", ar = \"…\" }`");
        if matches!(node.kind, Kind::Text(_)) {
            let edits = vec![
                (node.at.before(), "{ en = ".to_owned()),
                (node.at.after(), " }".to_owned()),
            ];
            mistake.offer("say that it is English", edits);
        }
        return None;
    };
    if table.entries.is_empty() {
        let message = "there is no message in any language";
        let start = "{ en = \"How can we help?\" }".to_owned();
        cx.sink
            .report(Code::MissingKey, node.at, message)
            .help("write `message = { en = \"…\" }`")
            .offer("begin with a message in English", vec![(node.at, start)]);
        return None;
    }
    if let Some(entry) = table.entries.get(MAX_LANGUAGES) {
        let message = format!("a message has at most {MAX_LANGUAGES} languages");
        cx.sink.report(Code::TooMany, entry.key_at, message);
        return None;
    }
    let mut messages: Messages = Vec::new();
    let mut whole = true;
    for entry in &table.entries {
        match one(cx, entry, &messages) {
            Some(message) => messages.push(message),
            None => whole = false,
        }
    }
    whole.then_some(messages)
}

fn one(cx: &mut Context, entry: &Entry, earlier: &Messages) -> Option<(Arc<str>, Message)> {
    let text = message::read(cx, &entry.value);
    let language = language(&mut cx.sink, &entry.key, entry.key_at)?;
    if earlier.iter().any(|(known, _)| **known == *language) {
        let message = format!("there is a message in `{language}` already");
        cx.sink.report(Code::DuplicateId, entry.key_at, message);
        return None;
    }
    Some((language.into(), text?))
}

/// A language tag in lower case: two or three letters, then parts of up to eight letters or digits.
fn language(sink: &mut Sink, text: &str, at: Spot) -> Option<String> {
    let well_formed = is_language(text);
    if !well_formed {
        let message = format!("`{}` is not a language tag", text.escape_debug());
        let note = sink.report(Code::BadLanguage, at, message);
        note.help("write `en`, `ar` or `pt-br`");
        let meant = text.trim().replace('_', "-").to_ascii_lowercase();
        if is_language(&meant) {
            note.fix_here(fix::quoted(&meant));
        }
    }
    well_formed.then(|| text.to_ascii_lowercase())
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    matches!(first.len(), 2 | 3)
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            matches!(part.len(), 1..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && text.len() <= 35
}

/// Puts the default language first; without `default_lang` it is the first that was written.
fn default_first(sink: &mut Sink, table: &Table, messages: Option<Messages>) -> Option<Messages> {
    let Some(node) = table.get("default_lang") else {
        return messages;
    };
    let wanted = sink
        .text(node)
        .and_then(|text| language(sink, text, node.at));
    let (wanted, mut messages) = (wanted?, messages?);
    let at = messages
        .iter()
        .position(|(language, _)| **language == *wanted);
    let Some(at) = at else {
        let known: Vec<_> = messages.iter().map(|(language, _)| &**language).collect();
        let message = format!("there is no message in `{wanted}`");
        sink.report(Code::BadLanguage, node.at, message)
            .maybe_help(suggest::help(&wanted, known));
        return None;
    };
    messages[..=at].rotate_right(1);
    Some(messages)
}
