//! `[[trigger]]`: what may invite.

use std::sync::Arc;

use crate::domain::{Key, Millis, Share, Tone};

use super::super::code::Code;
use super::super::limits::{MAX_ID_CHARS, MAX_SPAN, MAX_VARIANTS};
use super::super::lint::HELP_WORDS;
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::tree::{Kind, Node, Table};
use super::super::trigger::{DEFAULT_EXPIRY, InvitationText, OncePer, Trigger, Variant};
use super::Context;
use super::condition::{self, Scope};
use super::invitation::{self, Words};
use super::measure;
use super::names::Register;
use super::schedule;

const SPANS: [(&str, OncePer); 3] = [
    ("page", OncePer::Page),
    ("session", OncePer::Session),
    ("visitor", OncePer::Visitor),
];
const PRIORITIES: std::ops::RangeInclusive<i64> = -1_000..=1_000;
const SHORTEST_DELAY: Millis = Millis::from_secs(1);
const LONGEST_DELAY: Millis = Millis::from_hours(1);
const MAX_WEIGHT: i64 = 10_000;
const SHORTEST_EXPIRY: Millis = Millis::from_secs(5);

/// Reads all triggers.
pub(super) fn read(cx: &mut Context, tables: &[&Table], never_on: &[Key]) -> Vec<Trigger> {
    let mut register = Register::of("trigger");
    let mut spoken = Vec::new();
    let mut triggers = Vec::new();
    for table in tables {
        let words = table
            .get("invitation")
            .and_then(|node| invitation::read(cx, node));
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
    let variants = variants(cx, table, words.as_ref().map(|words| &words.text));
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
    let delay = sink.optional(table, "delay", |sink, node| {
        sink.span(node, SHORTEST_DELAY..=LONGEST_DELAY)
    });
    let schedule = sink.optional(table, "schedule", schedule::read);
    let count = |sink: &mut Sink, key| sink.optional(table, key, |sink, node| sink.count(node, 1));
    let max_shows = count(sink, "max_shows");
    let stop_after_dismissals = count(sink, "stop_after_dismissals");
    let stop_after_ignores = count(sink, "stop_after_ignores");
    let sample = table
        .get("sample")
        .map_or(Some(Share::ALL), |node| sink.percent(node));
    let holdout = table
        .get("holdout")
        .map_or(Some(Share(0)), |node| sink.percent(node));
    let goals = sink.optional(table, "goals", measure::goals);
    let department = sink.optional(table, "department", |sink, node| {
        sink.prose(node, MAX_ID_CHARS)
    });
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
        delay: delay?,
        schedule: schedule?,
        max_shows: max_shows?,
        stop_after_dismissals: stop_after_dismissals?,
        stop_after_ignores: stop_after_ignores?,
        sample: sample?,
        holdout: holdout?,
        goals: goals?,
        department: department?.map(|name| name.to_lowercase().into()),
        expires_after: expires_after?,
        invitation: words?.text,
        variants: variants?,
    })
}

/// The variants of a trigger; one alone would be no choice.
fn variants(
    cx: &mut Context,
    table: &Table,
    base: Option<&InvitationText>,
) -> Option<Vec<Variant>> {
    let Some(entry) = table.entry("variant") else {
        return Some(Vec::new());
    };
    let Kind::List(nodes) = &entry.value.kind else {
        cx.sink
            .mismatch(&entry.value, "a list of tables")
            .help("write `[[trigger.variant]]`");
        return None;
    };
    if nodes.len() < 2 || nodes.len() > MAX_VARIANTS {
        let message = format!("a trigger has 2 to {MAX_VARIANTS} variants, or none");
        cx.sink.report(Code::OutOfRange, entry.key_at, message);
        return None;
    }
    let mut register = Register::of("variant");
    let variants: Vec<_> = nodes
        .iter()
        .map(|node| variant(cx, node, base, &mut register))
        .collect();
    variants.into_iter().collect()
}

fn variant(
    cx: &mut Context,
    node: &Node,
    base: Option<&InvitationText>,
    register: &mut Register,
) -> Option<Variant> {
    let table = cx.sink.table(node, &schema::VARIANT)?;
    let id = table.get("id").and_then(|node| {
        let id = cx.sink.id(node)?;
        register.enter(&mut cx.sink, id, node.at).then_some(id)
    });
    let weight = table.get("weight").map_or(Some(1), |node| {
        let weight = cx.sink.whole(node, 1..=MAX_WEIGHT)?;
        u32::try_from(weight).ok()
    });
    let invitation = invitation::vary(cx, table, base?);
    Some(Variant {
        id: id?.into(),
        weight: weight?,
        invitation: invitation?,
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
