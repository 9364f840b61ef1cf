//! Values that are one of a known set of words.

use crate::domain::{Channel, ChatState, CountryCode, Device};

use super::super::calendar::WEEKDAYS;
use super::super::code::Code;
use super::super::countries;
use super::super::operator::Words;
use super::super::suggest;
use super::super::tree::Node;
use super::Context;
use super::field::Resolved;

/// The words of a fixed set; empty where the rule set itself or a standard decides.
pub(in super::super) fn fixed(words: Words) -> Vec<&'static str> {
    match words {
        Words::Devices => Device::ALL.map(Device::as_str).to_vec(),
        Words::Channels => Channel::ALL.map(Channel::as_str).to_vec(),
        Words::ChatStates => ChatState::ALL.map(ChatState::as_str).to_vec(),
        Words::Weekdays => WEEKDAYS.to_vec(),
        Words::PageTypes | Words::Stages | Words::Countries | Words::Matrix => Vec::new(),
    }
}

/// A word of the set, in lower case as values are compared.
pub(super) fn read(
    cx: &mut Context,
    field: &Resolved,
    words: Words,
    node: &Node,
) -> Option<Box<str>> {
    let text = cx.sink.text(node)?;
    let word = cx.fold(text);
    match words {
        Words::PageTypes => {
            cx.names.page_type(&mut cx.sink, &word, node.at)?;
        }
        Words::Countries => {
            country(cx, node, text)?;
        }
        Words::Stages | Words::Matrix => {
            let code = if words == Words::Stages {
                Code::UnknownStage
            } else {
                Code::UnknownWord
            };
            let known: Vec<_> = field.words.iter().map(String::as_str).collect();
            known_word(cx, field, code, node, &word, &known)?;
        }
        Words::Devices | Words::Channels | Words::ChatStates | Words::Weekdays => {
            known_word(cx, field, Code::UnknownWord, node, &word, &fixed(words))?;
        }
    }
    Some(word)
}

fn known_word(
    cx: &mut Context,
    field: &Resolved,
    code: Code,
    node: &Node,
    word: &str,
    known: &[&str],
) -> Option<()> {
    if known.contains(&word) {
        return Some(());
    }
    let message = format!("`{}` is never `{}`", field.name, word.escape_debug());
    cx.sink
        .report(code, node.at, message)
        .maybe_help(suggest::help(word, known.iter().copied()));
    None
}

/// A country's code; `None` also for what only looks like one.
pub(super) fn country(cx: &mut Context, node: &Node, text: &str) -> Option<CountryCode> {
    let code = CountryCode::new(text).filter(|_| countries::is_code(text));
    if code.is_none() {
        let message = format!("`{}` is not a country code", text.escape_debug());
        cx.sink
            .report(Code::UnknownWord, node.at, message)
            .maybe_help(Some(countries::help(text)));
    }
    code
}
