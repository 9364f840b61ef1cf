//! `visitor = { … }`: who comes.

use std::sync::Arc;

use crate::domain::{Arrival, Channel, CountryCode, Device, Millis, Source};

use super::super::super::code::Code;
use super::super::super::journey::Guest;
use super::super::super::limits::MAX_TEXT_CHARS;
use super::super::super::schema;
use super::super::super::sink::Sink;
use super::super::super::tree::{Node, Table};
use super::super::words;
use super::Reader;

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
        let channels = Channel::ALL.map(|channel| (channel.as_str(), channel));
        let device = table.get("device").map_or(Some(Device::Desktop), |node| {
            self.sink().word(node, &devices)
        });
        let channel = table
            .get("channel")
            .map_or(Some(Channel::default()), |node| {
                self.sink().word(node, &channels)
            });
        let country = table
            .get("country")
            .map_or(Some(None), |node| self.country(node).map(Some));
        let keys = [
            "region", "city", "browser", "os", "source", "medium", "campaign", "referrer",
        ];
        let texts = keys.map(|key| self.word_of(table, key));
        let [
            region,
            city,
            browser,
            os,
            source,
            medium,
            campaign,
            referrer,
        ] = texts;
        let lower = |text: Arc<str>| -> Arc<str> { text.to_lowercase().into() };
        let source = Source {
            channel: channel?,
            source: source?.map_or("direct".into(), lower),
            medium: medium?.map_or("none".into(), lower),
            campaign: campaign?,
            referrer_host: referrer?,
            ..Source::default()
        };
        Some(Arrival {
            country: country?,
            region: region?,
            city: city?,
            device: device?,
            browser: browser?,
            os: os?,
            ..arrival_of(source)
        })
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
