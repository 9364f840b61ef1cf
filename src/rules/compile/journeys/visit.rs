//! `visit = [ … ]`: what happens, moment by moment.

use std::sync::Arc;

use crate::domain::{ChatState, EventKind, InvitationOutcome, Millis, PageViewEvent, Suppression};
use crate::landing::{self, CleanUrl};

use super::super::super::code::Code;
use super::super::super::journey::{Entry, Guest, Happening, Opening};
use super::super::super::limits::{MAX_JOURNEY, MAX_TEXT_CHARS, MAX_VISIT};
use super::super::super::schema;
use super::super::super::sink::Spot;
use super::super::super::suggest;
use super::super::super::tree::{Node, Table};
use super::Reader;
use super::walk::Walk;

/// Where a path lives.
pub(super) const HOST: &str = "https://site.example";
/// The keys that say what happens; an entry has one of them at most, or some of `READING`.
const ACTIONS: [&str; 8] = [
    "url",
    "event",
    "goal",
    "identify",
    "invitation",
    "chat",
    "agents",
    "leave",
];
const READING: [&str; 3] = ["active", "scroll", "attended"];
/// Which keys go with which action.
const DETAILS: [(&str, &str); 7] = [
    ("title", "url"),
    ("type", "url"),
    ("lang", "url"),
    ("props", "event"),
    ("value", "goal"),
    ("traits", "identify"),
    ("verified", "identify"),
];
const OUTCOMES: [(&str, InvitationOutcome); 3] = [
    ("shown", InvitationOutcome::Shown),
    ("accepted", InvitationOutcome::Accepted),
    ("dismissed", InvitationOutcome::Dismissed),
];
const CHATS: [(&str, ChatState); 3] = [
    ("queued", ChatState::Queued),
    ("started", ChatState::Chatting),
    ("ended", ChatState::Ended),
];

impl Reader<'_, '_> {
    pub(super) fn visit(
        &mut self,
        node: &Node,
        guest: Option<&Guest>,
        keep_query: &[String],
    ) -> Option<Vec<Entry>> {
        let nodes = self.sink().list(node)?;
        if nodes.is_empty() {
            self.sink()
                .report(Code::BadJourney, node.at, "nothing happens in this visit")
                .help("begin with `{ at = \"0s\", url = \"/\" }`");
            return None;
        }
        if let Some(extra) = nodes.get(MAX_VISIT) {
            let message = format!("a visit has at most {MAX_VISIT} moments");
            self.sink().report(Code::TooMany, extra.at, message);
            return None;
        }
        let mut walk = Walk::default();
        let source = guest.map(|guest| &guest.arrival.source);
        let site = Site {
            language: guest.and_then(|guest| guest.language.clone()),
            screen: guest.and_then(|guest| guest.screen),
            referrer: source.and_then(|source| source.referrer_host.clone()),
            keep_query,
        };
        let entries: Vec<_> = nodes
            .iter()
            .map(|node| self.entry(node, &site, &mut walk))
            .collect();
        entries.into_iter().collect()
    }

    fn entry(&mut self, node: &Node, site: &Site<'_>, walk: &mut Walk) -> Option<Entry> {
        let table = self.sink().table(node, &schema::TEST_VISIT)?;
        let at = table.get("at").and_then(|node| self.time(node, walk));
        let expect = table
            .get("expect")
            .map_or(Some(Vec::new()), |node| self.expectations(node));
        let action = self.action(table);
        let what = match action? {
            Some(action) => Some(self.happening(table, action, site)?),
            None => self.reading(table)?,
        };
        let (at, expect) = (at?, expect?);
        self.follows(table.at, at, what.as_ref(), walk)?;
        if what.is_none() && expect.is_empty() {
            self.sink()
                .report(Code::BadJourney, table.at, "nothing happens at this moment")
                .help("say what happens (`url`, `event`, `active`, …) or what to `expect`");
            return None;
        }
        let place = self.places.of(table.at);
        Some(Entry {
            place,
            at,
            what,
            expect,
        })
    }

    /// When it happens: never before what is written above it.
    fn time(&mut self, node: &Node, walk: &mut Walk) -> Option<Millis> {
        let at = self.sink().span(node, Millis::ZERO..=MAX_JOURNEY)?;
        if at < walk.last {
            let message = format!("{at} is before {}, which is written above it", walk.last);
            self.sink()
                .report(Code::BadJourney, node.at, message)
                .help("`at` is the time since the visit began, not since the moment before");
            return None;
        }
        walk.last = at;
        Some(at)
    }

    /// The one key that says what happens; every other key must go with it.
    #[expect(
        clippy::option_option,
        reason = "the outer `None` means reported, the inner one absent"
    )]
    fn action(&mut self, table: &Table) -> Option<Option<&'static str>> {
        let mut actions = ACTIONS.into_iter().filter(|key| table.get(key).is_some());
        let (action, second) = (actions.next(), actions.next());
        let mut whole = Some(action);
        if let Some(entry) = second.and_then(|key| table.entry(key)) {
            let (one, other) = (action.unwrap_or_default(), &entry.key);
            let message = format!("`{one}` and `{other}` are two things; one happens at a time");
            self.sink()
                .report(Code::MisplacedKey, entry.key_at, message)
                .help("give the second a line of its own, with the same `at`");
            whole = None;
        }
        for entry in &table.entries {
            let detail = DETAILS.iter().find(|(key, _)| *key == entry.key);
            let with = match detail {
                Some((_, with)) if action != Some(*with) => format!("`{with}`"),
                None if READING.contains(&entry.key.as_str()) && action.is_some() => {
                    "no other action".to_owned()
                }
                Some(_) | None => continue,
            };
            let message = format!("`{}` goes with {with}", entry.key);
            self.sink()
                .report(Code::MisplacedKey, entry.key_at, message);
            whole = None;
        }
        whole
    }

    fn happening(&mut self, table: &Table, action: &str, site: &Site<'_>) -> Option<Happening> {
        let node = table.get(action)?;
        Some(match action {
            "url" => Happening::Opens(Box::new(self.page(table, node, site)?)),
            "event" => {
                let props = self.table_of(table, "props");
                Happening::Reports(EventKind::Custom {
                    name: self.short(node)?,
                    props: props?,
                })
            }
            "goal" => {
                let value = table
                    .get("value")
                    .map_or(Some(None), |node| self.sink().number(node).map(Some));
                Happening::Reports(EventKind::Goal {
                    name: self.short(node)?,
                    value: value?,
                })
            }
            "identify" => {
                let traits = self.table_of(table, "traits");
                let verified = self.flag(table, "verified");
                Happening::Reports(EventKind::Identify {
                    user_id: self.short(node)?,
                    traits: traits?,
                    verified: verified?,
                })
            }
            "invitation" => Happening::Answers(self.sink().word(node, &OUTCOMES)?),
            "chat" => Happening::Reports(EventKind::Chat(self.sink().word(node, &CHATS)?)),
            "agents" => Happening::Agents(self.agents_of(node)?),
            _ => self.leaving(node)?,
        })
    }

    fn leaving(&mut self, node: &Node) -> Option<Happening> {
        if self.sink().flag(node)? {
            return Some(Happening::Leaves);
        }
        self.sink()
            .report(Code::BadJourney, node.at, "who does not leave stays")
            .help("write `leave = true`, or leave the moment out");
        None
    }

    fn table_of(
        &mut self,
        table: &Table,
        key: &str,
    ) -> Option<Vec<(Arc<str>, crate::domain::PropValue)>> {
        table
            .get(key)
            .map_or(Some(Vec::new()), |node| self.props(node))
    }

    fn page(&mut self, table: &Table, node: &Node, site: &Site<'_>) -> Option<Opening> {
        let address = self.address(node, site);
        let title = self.sink().optional(table, "title", |sink, node| {
            sink.prose(node, MAX_TEXT_CHARS).map(Arc::from)
        });
        let lang = self.sink().optional(table, "lang", |sink, node| {
            sink.prose(node, MAX_TEXT_CHARS)
                .map(|lang| Arc::from(lang.to_lowercase()))
        });
        let page_type = table
            .get("type")
            .map_or(Some(None), |node| self.known_page_type(node).map(Some));
        let address = address?;
        Some(Opening {
            source: landing::campaign_of(&address.parsed, site.referrer.as_deref()),
            view: PageViewEvent {
                url: address.url,
                title: title?,
                page_type: page_type?,
                lang: lang?.or_else(|| site.language.clone()),
                tz: None,
                screen: site.screen,
                attended: true,
            },
        })
    }

    /// A path or a whole address, as a site would take it.
    fn address(&mut self, node: &Node, site: &Site<'_>) -> Option<CleanUrl> {
        let text = self.sink().prose(node, MAX_TEXT_CHARS)?;
        let whole = if text.starts_with('/') {
            format!("{HOST}{text}")
        } else {
            text.to_owned()
        };
        let clean = landing::clean(&whole, site.keep_query).ok();
        if clean.is_none() {
            let message = format!("`{}` is no address", text.escape_debug());
            self.sink()
                .report(Code::BadText, node.at, message)
                .help(format!("a path begins with a slash: write \"/{text}\""));
        }
        clean
    }

    #[expect(
        clippy::option_option,
        reason = "the outer `None` means reported, the inner one absent"
    )]
    fn reading(&mut self, table: &Table) -> Option<Option<Happening>> {
        let active = table
            .get("active")
            .map_or(Some(None), |node| self.sink().any_span(node).map(Some));
        let scroll = table.get("scroll").map_or(Some(None), |node| {
            self.sink().whole(node, 0..=100).map(Some)
        });
        let attended = table
            .get("attended")
            .map_or(Some(None), |node| self.sink().flag(node).map(Some));
        let (active, scroll, attended) = (active?, scroll?, attended?);
        let scroll = scroll.and_then(|scroll| u8::try_from(scroll).ok());
        let stated = READING.iter().any(|key| table.get(key).is_some());
        Some(stated.then_some(Happening::Reads {
            active,
            scroll,
            attended,
        }))
    }

    /// Whether this can happen after what is written above it.
    fn follows(
        &mut self,
        spot: Spot,
        at: Millis,
        what: Option<&Happening>,
        walk: &mut Walk,
    ) -> Option<()> {
        let Some((message, help)) = walk.next(at, what) else {
            return Some(());
        };
        let note = self.sink().report(Code::BadJourney, spot, message);
        note.help(help);
        None
    }

    pub(super) fn known_page_type(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.sink().text(node)?;
        let cx = &mut *self.cx;
        cx.names.page_type(&mut cx.sink, text, node.at)?;
        Some(text.into())
    }

    pub(super) fn reason(&mut self, node: &Node) -> Option<Arc<str>> {
        let text = self.sink().text(node)?;
        let known: Vec<&str> = Suppression::ALL.iter().map(|why| why.as_str()).collect();
        if known.contains(&text) {
            return Some(text.into());
        }
        let message = format!("`{}` is no reason for silence", text.escape_debug());
        let close = suggest::closest(text, known.iter().copied()).map_or_else(
            || format!("the reasons are {}", known.join(", ")),
            |close| format!("did you mean `{close}`?"),
        );
        self.sink()
            .report(Code::UnknownWord, node.at, message)
            .help(close);
        None
    }
}

/// What every page of the visit has in common.
struct Site<'k> {
    language: Option<Arc<str>>,
    screen: Option<(u16, u16)>,
    /// The host that linked to the visit's first page.
    referrer: Option<Arc<str>>,
    /// The query parameters that addresses keep.
    keep_query: &'k [String],
}
