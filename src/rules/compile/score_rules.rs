//! `[[score_rule]]`: what gives points.

use crate::domain::{Key, Millis};

use super::super::code::Code;
use super::super::limits::{MAX_DWELL, MAX_NAME_CHARS, MAX_SPAN};
use super::super::parts::{On, ScoreRule};
use super::super::schema;
use super::super::sink::Sink;
use super::super::tree::Table;
use super::Context;
use super::award;
use super::condition::{self, Scope};
use super::names::Register;
use super::scores::SHORTEST_HALF_LIFE;

const KINDS: [(&str, On); 6] = [
    ("page_view", On::PageView),
    ("dwell", On::Dwell),
    ("session_start", On::SessionStart),
    ("event", On::Custom),
    ("identify", On::Identify),
    ("goal", On::Goal),
];
const SHORTEST_DWELL: Millis = Millis::from_secs(1);

/// Reads all score rules.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Vec<ScoreRule> {
    let mut register = Register::of("score rule");
    let rules = tables
        .iter()
        .filter_map(|table| one(cx, table, &mut register));
    rules.collect()
}

fn one(cx: &mut Context, table: &Table, register: &mut Register) -> Option<ScoreRule> {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::SCORE_RULE);
    let id = table.get("id").and_then(|node| {
        let id = sink.id(node)?;
        register.enter(sink, id, node.at).then_some(id)
    });
    let name = sink.name(table, id);
    let on = table.get("on").and_then(|node| sink.word(node, &KINDS));
    let event = event(sink, table, on);
    let after = after(sink, table, on);
    let caps = caps(sink, table);
    let half_life = sink.optional(table, "half_life", |sink, node| {
        sink.span(node, SHORTEST_HALF_LIFE..=MAX_SPAN)
    });
    let expires_after = sink.optional(table, "expires_after", |sink, node| {
        sink.span(node, SHORTEST_HALF_LIFE..=MAX_SPAN)
    });
    let award = award::read(cx, table, Scope::of(on));
    let group = match table.get("group") {
        Some(node) => cx.names.group(&mut cx.sink, node).map(Some),
        None => Some(None),
    };
    let score = score(cx, table);
    let page_types = cx.names.pages_of_rule(&mut cx.sink, table);
    let condition = condition::of_rule(cx, table, Scope::of(on));
    let (id, caps) = (id?, caps?);
    Some(ScoreRule {
        key: Key::of(id),
        id: id.into(),
        name: name?.into(),
        score: score?,
        on: on?,
        event: event?,
        page_types: page_types?,
        after: after?,
        condition: condition?,
        award: award?,
        group: group?,
        max_per_session: caps.session,
        max_per_day: caps.day,
        max_per_visitor: caps.visitor,
        half_life: half_life?,
        expires_after: expires_after?,
    })
}

/// How often a rule gives.
struct Caps {
    session: Option<u16>,
    day: Option<u16>,
    visitor: Option<u16>,
}

fn caps(sink: &mut Sink, table: &Table) -> Option<Caps> {
    let cap = |sink: &mut Sink, key| sink.optional(table, key, |sink, node| sink.count(node, 1));
    let session = cap(sink, "max_per_session");
    let day = cap(sink, "max_per_day");
    let visitor = cap(sink, "max_per_visitor");
    let once = sink.optional(table, "once", Sink::flag)? == Some(true);
    if let (true, Some(entry)) = (once, table.entry("max_per_visitor")) {
        sink.report(Code::MisplacedKey, entry.key_at, "`once` says how often")
            .help("leave out one of the two");
    }
    Some(Caps {
        session: session?,
        day: day?,
        visitor: if once { Some(1) } else { visitor? },
    })
}

fn score(cx: &mut Context, table: &Table) -> Option<Key> {
    let node = table.get("score")?;
    let name = cx.sink.text(node)?;
    cx.names.score(&mut cx.sink, name, node.at)?;
    let key = Key::of(name);
    cx.names.moves(key);
    Some(key)
}

/// The name of the custom event or goal; only those have one.
#[expect(
    clippy::option_option,
    reason = "the outer `None` means reported, the inner one unnamed"
)]
fn event(sink: &mut Sink, table: &Table, on: Option<On>) -> Option<Option<Box<str>>> {
    let Some(entry) = table.entry("event") else {
        return Some(None);
    };
    let named = match on {
        Some(On::Custom | On::Goal) | None => true,
        Some(On::PageView | On::Dwell | On::SessionStart | On::Identify) => false,
    };
    if !named {
        let message = "only events and goals have a name";
        let note = sink.report(Code::MisplacedKey, entry.key_at, message);
        note.help("write `on = \"event\"` or `on = \"goal\"`, or leave out `event`");
        if let Some(edits) = table.without("event") {
            note.offer("take `event` out", edits);
        }
        return None;
    }
    let name = sink.prose(&entry.value, MAX_NAME_CHARS)?;
    Some(Some(name.to_lowercase().into()))
}

/// The active time that a dwell rule waits for; only those wait.
fn after(sink: &mut Sink, table: &Table, on: Option<On>) -> Option<Millis> {
    match (on, table.entry("after")) {
        (Some(On::Dwell), None) => {
            let note = sink.report(Code::MissingKey, table.at, "a `dwell` rule needs `after`");
            note.help("add `after = \"20s\"`: active time on one page");
            if let Some(edits) = table.with("after", "\"20s\"") {
                note.offer("add `after = \"20s\"`", edits);
            }
            None
        }
        (Some(On::Dwell) | None, Some(entry)) => {
            sink.span(&entry.value, SHORTEST_DWELL..=MAX_DWELL)
        }
        (Some(_), Some(entry)) => {
            let note = sink.report(Code::MisplacedKey, entry.key_at, "only `dwell` rules wait");
            note.help("write `on = \"dwell\"`, or leave out `after`");
            if let Some(edits) = table.without("after") {
                note.offer("take `after` out", edits);
            }
            None
        }
        (Some(_) | None, None) => Some(Millis::ZERO),
    }
}
