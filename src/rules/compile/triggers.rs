//! `[[trigger]]`: what may invite.

use std::sync::Arc;

use crate::domain::{Key, Millis, Share, Tone};

use super::super::code::Code;
use super::super::limits::MAX_SPAN;
use super::super::lint::HELP_WORDS;
use super::super::parts::{OncePer, Trigger};
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::tree::Table;
use super::Context;
use super::condition::{self, Scope};
use super::invitation::{self, Words};
use super::names::Register;

const SPANS: [(&str, OncePer); 3] = [
    ("page", OncePer::Page),
    ("session", OncePer::Session),
    ("visitor", OncePer::Visitor),
];
const PRIORITIES: std::ops::RangeInclusive<i64> = -1_000..=1_000;
const DEFAULT_EXPIRY: Millis = Millis::from_mins(5);
const SHORTEST_EXPIRY: Millis = Millis::from_secs(5);

/// Reads all triggers.
pub(super) fn read(cx: &mut Context, tables: &[&Table], never_on: &[Key]) -> Vec<Trigger> {
    let mut register = Register::of("trigger");
    let mut spoken = Vec::new();
    let mut triggers = Vec::new();
    for table in tables {
        let words = table
            .get("invitation")
            .and_then(|node| invitation::read(&mut cx.sink, node));
        if let Some(words) = &words {
            spoken.push((words.languages(), words.at));
        }
        let Some(trigger) = one(cx, table, words, &mut register) else {
            continue;
        };
        warn_silenced(&mut cx.sink, table, &trigger, never_on);
        triggers.push(trigger);
    }
    warn_languages(&mut cx.sink, &spoken);
    triggers
}

fn one(
    cx: &mut Context,
    table: &Table,
    words: Option<Words>,
    register: &mut Register,
) -> Option<Trigger> {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::TRIGGER);
    let id = table.get("id").and_then(|node| {
        let id = sink.id(node)?;
        register.enter(sink, id, node.at).then_some(id)
    });
    let name = sink.name(table, id);
    let priority = table
        .get("priority")
        .map_or(Some(0), |node| sink.whole(node, PRIORITIES));
    let once_per = table
        .get("once_per")
        .map_or(Some(OncePer::Session), |node| sink.word(node, &SPANS));
    let cooldown = sink.optional(table, "cooldown", Sink::any_span);
    let holdout = table
        .get("holdout")
        .map_or(Some(Share(0)), |node| sink.percent(node));
    let expires_after = table
        .get("expires_after")
        .map_or(Some(DEFAULT_EXPIRY), |node| {
            sink.span(node, SHORTEST_EXPIRY..=MAX_SPAN)
        });
    let page_types = page_types(cx, table, words.as_ref());
    let condition = condition::of_rule(cx, table, Scope::State);
    let id = id?;
    Some(Trigger {
        key: Key::of(id),
        id: id.into(),
        name: name?.into(),
        priority: i32::try_from(priority?).ok()?,
        page_types: page_types?,
        condition: condition?,
        once_per: Some(once_per?),
        cooldown: cooldown?,
        holdout: holdout?,
        expires_after: expires_after?,
        invitation: words?.text,
    })
}

/// The page types of a trigger; a selling tone where people look for help is pointed out.
fn page_types(cx: &mut Context, table: &Table, words: Option<&Words>) -> Option<Vec<Key>> {
    let keys = cx.names.pages_of_rule(&mut cx.sink, table)?;
    let Some(words) = words.filter(|words| words.text.tone == Tone::Sales) else {
        return Some(keys);
    };
    let declared = cx.names.page_types.iter().map(|(name, _)| name);
    let helping = declared.filter(|name| {
        keys.contains(&Key::of(name)) && HELP_WORDS.iter().any(|word| name.contains(word))
    });
    for name in helping {
        let message = format!("people on a `{name}` page look for help; this sells");
        cx.sink
            .report(Code::SellingTone, words.tone_at, message)
            .help("write `tone = \"help\"`, or leave this page type to another trigger")
            .offer(
                "speak in a helping tone",
                vec![(words.tone_at, "\"help\"".to_owned())],
            );
    }
    Some(keys)
}

/// Warns of a trigger all of whose pages are pages on which nobody is invited.
fn warn_silenced(sink: &mut Sink, table: &Table, trigger: &Trigger, never_on: &[Key]) {
    let pages = &trigger.page_types;
    if !pages.is_empty() && pages.iter().all(|page| never_on.contains(page)) {
        let message = format!(
            "`{}` never invites: `[policy]` allows it on none of its pages",
            trigger.id
        );
        let at = table.get("page_type").map_or(table.at, |node| node.at);
        sink.report(Code::SilencedTrigger, at, message);
    }
}

/// Warns of a message that lacks a language which other messages have.
fn warn_languages(sink: &mut Sink, spoken: &[(Vec<Arc<str>>, Spot)]) {
    let mut all: Vec<_> = spoken.iter().flat_map(|(languages, _)| languages).collect();
    all.sort_unstable();
    all.dedup();
    for (languages, at) in spoken {
        let missing = all.iter().filter(|language| !languages.contains(language));
        let missing: Vec<_> = missing.map(|language| format!("`{language}`")).collect();
        if !missing.is_empty() {
            let message = format!(
                "this message lacks {}, which others have",
                missing.join(", ")
            );
            sink.report(Code::MissingLanguage, *at, message);
        }
    }
}
