//! `[trigger.invitation]`: what an invitation says.

use std::sync::Arc;

use crate::domain::{ReplyChannel, Tone};

use super::super::code::Code;
use super::super::fix;
use super::super::limits::{MAX_LANGUAGES, MAX_MESSAGE_CHARS};
use super::super::parts::InvitationText;
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::suggest;
use super::super::tree::{Entry, Kind, Node, Table};

const TONES: [(&str, Tone); 3] = [
    ("sales", Tone::Sales),
    ("welcome", Tone::Welcome),
    ("help", Tone::Help),
];
const CHANNELS: [(&str, ReplyChannel); 3] = [
    ("chat", ReplyChannel::Chat),
    ("phone", ReplyChannel::Phone),
    ("email", ReplyChannel::Email),
];

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
pub(super) fn read(sink: &mut Sink, node: &Node) -> Option<Words> {
    let table = sink.table(node, &schema::INVITATION)?;
    let tone_node = table.get("tone");
    let tone = tone_node.map_or(Some(Tone::default()), |node| sink.word(node, &TONES));
    let channel = table
        .get("channel")
        .map_or(Some(ReplyChannel::default()), |node| {
            sink.word(node, &CHANNELS)
        });
    let message = table.get("message")?;
    let messages = messages(sink, message);
    let messages = default_first(sink, table, messages);
    let (tone, channel, messages) = (tone?, channel?, messages?);
    Some(Words {
        text: InvitationText {
            tone,
            channel,
            messages,
        },
        at: message.at,
        tone_at: tone_node.map_or(table.at, |node| node.at),
    })
}

type Messages = Vec<(Arc<str>, Arc<str>)>;

fn messages(sink: &mut Sink, node: &Node) -> Option<Messages> {
    let Kind::Table(table) = &node.kind else {
        let mistake = sink.mismatch(node, "a table of messages by language");
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
        sink.report(
            Code::MissingKey,
            node.at,
            "there is no message in any language",
        )
        .help("write `message = { en = \"…\" }`")
        .offer(
            "begin with a message in English",
            vec![(node.at, "{ en = \"How can we help?\" }".to_owned())],
        );
        return None;
    }
    if let Some(entry) = table.entries.get(MAX_LANGUAGES) {
        let message = format!("a message has at most {MAX_LANGUAGES} languages");
        sink.report(Code::TooMany, entry.key_at, message);
        return None;
    }
    let mut messages: Messages = Vec::new();
    let mut whole = true;
    for entry in &table.entries {
        match one(sink, entry, &messages) {
            Some(message) => messages.push(message),
            None => whole = false,
        }
    }
    whole.then_some(messages)
}

fn one(sink: &mut Sink, entry: &Entry, earlier: &Messages) -> Option<(Arc<str>, Arc<str>)> {
    let text = sink.prose(&entry.value, MAX_MESSAGE_CHARS);
    let language = language(sink, &entry.key, entry.key_at)?;
    if earlier.iter().any(|(known, _)| **known == *language) {
        let message = format!("there is a message in `{language}` already");
        sink.report(Code::DuplicateId, entry.key_at, message);
        return None;
    }
    Some((language.into(), text?.trim().into()))
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
