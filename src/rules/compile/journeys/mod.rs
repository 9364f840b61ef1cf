//! `[[test]]`: visits and what they should lead to.

mod expect;
mod guest;
mod visit;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Department, MAX_DEPARTMENTS, PropValue, SiteNow, Timestamp};

use super::super::code::Code;
use super::super::fix;
use super::super::journey::{Entry, Journey};
use super::super::limits::{MAX_NAME_CHARS, MAX_TEXT_CHARS};
use super::super::locate::Places;
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::suggest;
use super::super::tree::{Kind, Node, Table};
use super::Context;

/// When a test without `clock` begins: a Tuesday morning.
const DEFAULT_CLOCK: &str = "2026-11-24T10:00";

/// So many places of one mistake are told of beside its first.
const MAX_PLACES_TOLD: usize = 8;

/// What the readers of a test share.
struct Reader<'c, 's> {
    cx: &'c mut Context,
    places: &'c Places<'s>,
    /// The ids of the triggers as they are written, also of those that have mistakes.
    triggers: Vec<&'c str>,
    /// The ids of their variants.
    variants: Vec<&'c str>,
    /// Ids that no trigger has, with the places that name them: one mistake, however many tests make it.
    strangers: BTreeMap<String, Vec<Spot>>,
}

/// Reads all tests.
pub(super) fn read(
    cx: &mut Context,
    tables: &[&Table],
    triggers: &[&Table],
    places: &Places<'_>,
) -> Vec<Journey> {
    let ids = triggers.iter().filter_map(|table| word(table, "id"));
    let variants = triggers
        .iter()
        .flat_map(|table| tables_of(table.get("variant")))
        .filter_map(|table| word(table, "id"));
    let mut reader = Reader {
        cx,
        places,
        triggers: ids.collect(),
        variants: variants.collect(),
        strangers: BTreeMap::new(),
    };
    let journeys = tables.iter().filter_map(|table| reader.journey(table));
    let journeys = journeys.collect();
    reader.report_strangers();
    journeys
}

fn word<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match &table.get(key)?.kind {
        Kind::Text(text) => Some(text),
        Kind::Whole(_)
        | Kind::Fraction(_)
        | Kind::Flag(_)
        | Kind::Date(_)
        | Kind::List(_)
        | Kind::Table(_) => None,
    }
}

fn tables_of(node: Option<&Node>) -> impl Iterator<Item = &Table> {
    let nodes: &[Node] = match node.map(|node| &node.kind) {
        Some(Kind::List(nodes)) => nodes,
        Some(_) | None => &[],
    };
    nodes.iter().filter_map(|node| match &node.kind {
        Kind::Table(table) => Some(table),
        Kind::Text(_)
        | Kind::Whole(_)
        | Kind::Fraction(_)
        | Kind::Flag(_)
        | Kind::Date(_)
        | Kind::List(_) => None,
    })
}

impl Reader<'_, '_> {
    fn sink(&mut self) -> &mut Sink {
        &mut self.cx.sink
    }

    fn journey(&mut self, table: &Table) -> Option<Journey> {
        self.sink().check_keys(table, &schema::TEST);
        let name = table
            .get("name")
            .and_then(|node| self.sink().prose(node, MAX_NAME_CHARS));
        let clock = match table.get("clock") {
            Some(node) => self.clock(node),
            None => self.moment(DEFAULT_CLOCK),
        };
        let site = self.agents(table);
        let guest = self.guest(table.get("visitor"));
        let keep_query = table
            .get("keep_query")
            .map_or(Some(Vec::new()), |node| self.texts(node));
        let kept: Vec<_> = keep_query
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let entries = table
            .get("visit")
            .and_then(|node| self.visit(node, guest.as_ref(), &kept));
        let entries = self.with_last(table, entries);
        keep_query?;
        Some(Journey {
            name: name?.into(),
            place: self.places.of(table.at),
            clock: clock?,
            site: site?,
            guest: guest?,
            entries: entries?,
        })
    }

    /// Adds what is expected at the end. A test that expects nothing at all shows nothing.
    fn with_last(&mut self, table: &Table, entries: Option<Vec<Entry>>) -> Option<Vec<Entry>> {
        let Some(node) = table.get("expect") else {
            let entries = entries?;
            if entries.iter().any(|entry| !entry.expect.is_empty()) {
                return Some(entries);
            }
            self.sink()
                .report(Code::MissingKey, table.at, "this test expects nothing")
                .help("add `expect = { invitation = \"…\" }`, or \"none\"");
            return None;
        };
        let expect = self.expectations(node);
        let mut entries = entries?;
        entries.push(Entry {
            place: self.places.of(node.at),
            at: entries.last().map(|entry| entry.at)?,
            what: None,
            expect: expect?,
        });
        Some(entries)
    }

    /// The site's situation: so many agents, each with one free chat, or what a table says in detail.
    fn agents(&mut self, table: &Table) -> Option<SiteNow> {
        table
            .get("agents")
            .map_or(Some(site_of(1)), |node| self.agents_of(node))
    }

    fn agents_of(&mut self, node: &Node) -> Option<SiteNow> {
        let Kind::Table(_) = &node.kind else {
            return self.sink().count(node, 0).map(site_of);
        };
        let sink = self.sink();
        let table = sink.table(node, &schema::TEST_AGENTS)?;
        let online = table
            .get("online")
            .map_or(Some(1), |node| sink.count(node, 0));
        let free = table
            .get("free")
            .map_or(Some(None), |node| sink.count(node, 0).map(Some));
        let reply = sink.optional(table, "reply", Sink::any_span);
        let names = table
            .get("departments")
            .map_or(Some(Vec::new()), |node| self.departments(node));
        let (online, reply) = (online?, reply?);
        let free_slots = free?.unwrap_or(online);
        let departments = names?.into_iter().map(|name| Department {
            name,
            free_slots,
            places: free_slots,
            expected_reply: reply,
            ..Department::default()
        });
        let departments: Arc<[Department]> = match free_slots {
            0 => Arc::default(),
            _ => departments.collect(),
        };
        Some(SiteNow {
            free_slots,
            places: free_slots,
            expected_reply: reply,
            departments: (!departments.is_empty()).then_some(departments),
            ..site_of(online)
        })
    }

    /// The departments that these agents answer for.
    fn departments(&mut self, node: &Node) -> Option<Vec<Arc<str>>> {
        let names = self.texts(node)?;
        if names.len() <= MAX_DEPARTMENTS {
            return Some(names);
        }
        let message = format!("agents have at most {MAX_DEPARTMENTS} departments");
        self.sink().report(Code::TooMany, node.at, message);
        None
    }

    /// A day and an hour, in quotes or as TOML's own date.
    fn clock(&mut self, node: &Node) -> Option<Timestamp> {
        let text = match &node.kind {
            Kind::Date(text) => text,
            Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::List(_)
            | Kind::Table(_) => self.sink().text(node)?,
        };
        let found = self.moment(text);
        if found.is_none() {
            let message = format!("`{}` is not a day and an hour", text.escape_debug());
            self.sink()
                .report(Code::BadText, node.at, message)
                .help(format!("write \"{DEFAULT_CLOCK}\": the site's own time"));
        }
        found
    }

    /// A day and an hour by the site's clock.
    fn moment(&self, text: &str) -> Option<Timestamp> {
        self.cx.calendar.moment(text.parse().ok()?)
    }

    /// Names and values as a site would send them.
    fn props(&mut self, node: &Node) -> Option<Vec<(Arc<str>, PropValue)>> {
        let Kind::Table(table) = &node.kind else {
            self.sink()
                .mismatch(node, "a table of names and values")
                .help("write `{ plan = \"pro\" }`");
            return None;
        };
        let props = table
            .entries
            .iter()
            .map(|entry| Some((entry.key.as_str().into(), self.prop(&entry.value)?)));
        props.collect::<Vec<_>>().into_iter().collect()
    }

    fn prop(&mut self, node: &Node) -> Option<PropValue> {
        Some(match &node.kind {
            Kind::Text(text) => PropValue::Text(text.as_str().into()),
            Kind::Whole(_) | Kind::Fraction(_) => PropValue::Number(self.sink().number(node)?),
            Kind::Flag(flag) => PropValue::Bool(*flag),
            Kind::List(_) => PropValue::List(self.texts(node)?),
            Kind::Date(_) | Kind::Table(_) => {
                self.sink()
                    .mismatch(node, "a text, a number, true, false or a list of texts");
                return None;
            }
        })
    }

    /// One text or a list of them.
    fn texts(&mut self, node: &Node) -> Option<Vec<Arc<str>>> {
        let nodes = self.sink().one_or_more(node)?;
        let texts = nodes.iter().map(|node| self.short(node));
        texts.collect::<Vec<_>>().into_iter().collect()
    }

    fn short(&mut self, node: &Node) -> Option<Arc<str>> {
        self.sink().prose(node, MAX_TEXT_CHARS).map(Arc::from)
    }

    /// The id of a trigger.
    fn trigger(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.sink().text(node)?;
        if self.triggers.contains(&text) || !self.cx.names.complete {
            return Some(text.into());
        }
        let places = self.strangers.entry(text.to_owned()).or_default();
        places.push(node.at);
        None
    }

    /// Reports each id that no trigger has, once, with all its places.
    fn report_strangers(&mut self) {
        for (id, places) in std::mem::take(&mut self.strangers) {
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let id = id.escape_debug();
            let message = if others.is_empty() {
                format!("no trigger has the id `{id}`")
            } else {
                let times = places.len();
                format!("no trigger has the id `{id}`, which tests name {times} times")
            };
            let advice = suggest::help(&id.to_string(), self.triggers.iter().copied());
            let note = self.sink().report(Code::UnknownTrigger, *first, message);
            for at in others.iter().take(MAX_PLACES_TOLD) {
                note.related(*at, "here too");
            }
            let Some(advice) = advice else { continue };
            note.help(advice.help);
            if let Some(guess) = advice.guess {
                let written = fix::quoted(&guess);
                let edits = places.iter().map(|at| (*at, written.clone())).collect();
                let title = format!("replace it with `{guess}`");
                if advice.close {
                    note.fix(title, edits);
                } else {
                    note.offer(title, edits);
                }
            }
        }
    }

    /// The id of a variant of some trigger.
    fn variant(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.sink().text(node)?;
        if self.variants.contains(&text) || !self.cx.names.complete {
            return Some(text.into());
        }
        let message = format!("no trigger has a variant `{}`", text.escape_debug());
        let help = suggest::help(text, self.variants.iter().copied());
        self.sink()
            .report(Code::UnknownTrigger, node.at, message)
            .maybe_help(help);
        None
    }
}

/// So many agents, each with one free chat.
fn site_of(online: u16) -> SiteNow {
    SiteNow {
        agents_online: online,
        free_slots: online,
        places: online,
        ..SiteNow::default()
    }
}
