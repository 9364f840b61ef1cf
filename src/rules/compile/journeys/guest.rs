//! `visitor = { … }`: who comes.

use std::sync::Arc;

use crate::domain::{Arrival, Channel, CountryCode, Device, Millis, Source, Utm};
use crate::landing;

use super::super::super::code::Code;
use super::super::super::journey::Guest;
use super::super::super::limits::MAX_TEXT_CHARS;
use super::super::super::schema;
use super::super::super::sink::Sink;
use super::super::super::suggest;
use super::super::super::tree::{Kind, Node, Table};
use super::super::words;
use super::Reader;
use super::visit::HOST;

/// How long ago a returning visitor was last here, unless the test says so.
const LAST_VISIT: Millis = Millis::from_days(7);
/// How a site would name a visitor of whom only `identified` is said.
const SOMEBODY: &str = "somebody";

impl Reader<'_, '_> {
    /// Somebody new, unless the table says more.
    pub(super) fn guest(&mut self, node: Option<&Node>) -> Option<Guest> {
        let stranger = Guest {
            sessions: 1,
            last_visit: LAST_VISIT,
            arrival: arrival_of(Source::default()),
            ..Guest::default()
        };
        let Some(node) = node else {
            return Some(stranger);
        };
        let table = self.sink().table(node, &schema::TEST_VISITOR)?;
        let sessions = self.sessions(table);
        let last_visit = self.sink().optional(table, "last_visit", Sink::any_span);
        let arrival = self.arrival(table);
        let traits = table
            .get("traits")
            .map_or(Some(Vec::new()), |node| self.props(node));
        let tags = table
            .get("tags")
            .map_or(Some(Vec::new()), |node| self.texts(node));
        let variant = table
            .get("variant")
            .map_or(Some(None), |node| self.variant(node).map(Some));
        let holdout = self.flag(table, "holdout");
        let identified = self.flag(table, "identified");
        let verified = self.flag(table, "verified");
        let language = self.word_of(table, "language");
        let screen = table
            .get("screen")
            .map_or(Some(None), |node| self.screen(node).map(Some));
        let time_zone = self.word_of(table, "time_zone");
        let user_id = self.word_of(table, "user_id");
        let id = self.word_of(table, "id");
        // Who is verified is identified.
        let identified = (identified? || verified == Some(true)).then(|| SOMEBODY.into());
        Some(Guest {
            sessions: sessions?,
            last_visit: last_visit?.unwrap_or(LAST_VISIT),
            arrival: arrival?,
            language: language?.map(|language| language.to_lowercase().into()),
            screen: screen?,
            time_zone: time_zone?,
            user_id: user_id?.or(identified),
            verified: verified?,
            traits: traits?,
            tags: tags?,
            id: id?,
            holdout: holdout?,
            variant: variant?,
        })
    }

    pub(super) fn flag(&mut self, table: &Table, key: &str) -> Option<bool> {
        table
            .get(key)
            .map_or(Some(false), |node| self.sink().flag(node))
    }

    #[expect(
        clippy::option_option,
        reason = "the outer `None` means reported, the inner one absent"
    )]
    fn word_of(&mut self, table: &Table, key: &str) -> Option<Option<Arc<str>>> {
        self.sink().optional(table, key, |sink, node| {
            sink.prose(node, MAX_TEXT_CHARS).map(Arc::from)
        })
    }

    /// `sessions`, or 2 for one who is `returning`.
    fn sessions(&mut self, table: &Table) -> Option<u32> {
        let returning = self.flag(table, "returning")?;
        let Some(node) = table.get("sessions") else {
            return Some(if returning { 2 } else { 1 });
        };
        let sessions = self.sink().count(node, 1)?;
        if returning && sessions == 1 {
            let message = "a returning visitor has at least two sessions, this one included";
            self.sink().report(Code::OutOfRange, node.at, message);
            return None;
        }
        Some(u32::from(sessions))
    }

    fn arrival(&mut self, table: &Table) -> Option<Arrival> {
        let devices = Device::ALL.map(|device| (device.as_str(), device));
        let device = table.get("device").map_or(Some(Device::Desktop), |node| {
            self.sink().word(node, &devices)
        });
        let country = table
            .get("country")
            .map_or(Some(None), |node| self.country(node).map(Some));
        let texts = ["region", "city", "browser", "os"].map(|key| self.word_of(table, key));
        let [region, city, browser, os] = texts;
        let source = self.source(table);
        Some(Arrival {
            country: country?,
            region: region?,
            city: city?,
            device: device?,
            browser: browser?,
            os: os?,
            ..arrival_of(source?)
        })
    }

    /// Where they come from: what the referrer says, but for what is stated.
    fn source(&mut self, table: &Table) -> Option<Source> {
        let channels = Channel::ALL.map(|channel| (channel.as_str(), channel));
        let channel = self
            .sink()
            .optional(table, "channel", |sink, node| sink.word(node, &channels));
        let keys = [
            "source", "medium", "campaign", "term", "content", "referrer",
        ];
        let [source, medium, campaign, term, content, referrer] =
            keys.map(|key| self.word_of(table, key));
        let tags = table
            .get("utm")
            .map_or(Some(Vec::new()), |node| self.utm(node));
        let lower = |text: Arc<str>| -> Arc<str> { text.to_lowercase().into() };
        let (channel, source, medium) = (channel?, source?, medium?);
        let referrer = referrer?.map(lower);
        let is_stated = channel.is_some() || source.is_some() || medium.is_some();
        let follows = referrer
            .as_deref()
            .filter(|_| !is_stated)
            .and_then(|host| landing::came_from(host, HOST));
        let follows = follows.unwrap_or_default();
        let text = |stated: Option<Arc<str>>, follows: &Arc<str>, otherwise: &str| {
            let follows = || match &**follows {
                "" => otherwise.into(),
                _ => Arc::clone(follows),
            };
            stated.map_or_else(follows, lower)
        };
        Some(Source {
            channel: channel.unwrap_or(follows.channel),
            source: text(source, &follows.source, "direct"),
            medium: text(medium, &follows.medium, "none"),
            campaign: campaign?,
            term: term?,
            content: content?,
            tags: tags?,
            referrer_host: referrer,
        })
    }

    /// The rarer campaign tags.
    fn utm(&mut self, node: &Node) -> Option<Vec<(Utm, Arc<str>)>> {
        let Kind::Table(table) = &node.kind else {
            self.sink()
                .mismatch(node, "a table of campaign tags")
                .help("write `utm = { id = \"eid-2026\" }`");
            return None;
        };
        let tags = table.entries.iter().map(|entry| {
            let known = Utm::ALL.into_iter().find(|utm| utm.as_str() == entry.key);
            if known.is_none() {
                let message = format!("there is no campaign tag `{}`", entry.key.escape_debug());
                self.sink()
                    .report(Code::UnknownKey, entry.key_at, message)
                    .maybe_help(suggest::help(&entry.key, Utm::ALL.map(Utm::as_str)));
            }
            Some((known?, self.short(&entry.value)?))
        });
        tags.collect::<Vec<_>>().into_iter().collect()
    }

    /// `390x844`.
    fn screen(&mut self, node: &Node) -> Option<(u16, u16)> {
        let text = self.sink().text(node)?;
        let size = text.split_once(['x', '×']).and_then(|(width, height)| {
            Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
        });
        if size.is_none() {
            let message = format!("`{}` is not the size of a screen", text.escape_debug());
            self.sink()
                .report(Code::BadText, node.at, message)
                .help("write width and height: \"390x844\"");
        }
        size
    }

    fn country(&mut self, node: &Node) -> Option<CountryCode> {
        let text = self.sink().text(node)?;
        words::country(self.cx, node, text)
    }
}

fn arrival_of(source: Source) -> Arrival {
    Arrival {
        source,
        device: Device::Desktop,
        ..Arrival::default()
    }
}
