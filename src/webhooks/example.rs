//! A made-up visitor, so that a receiver can be tried before anybody real comes by. The documentation's examples are
//! these, too.

use std::sync::Arc;

use crate::domain::{
    Arrival, Batch, Channel, ChatState, CountryCode, Device, Event, EventId, EventKind,
    InvitationOutcome, Key, Millis, PageId, PageViewEvent, PropValue, Session, Settled, Settlement,
    SiteNow, Source, Timestamp, VisitorId, VisitorState,
};
use crate::engine::{self, Effect, Effects, Input};
use crate::rules::{self, RuleSet, SourceFile};

use super::payload::{self, Message, Scene};
use super::topic::Topic;

/// The made-up visitor.
pub const VISITOR: VisitorId = VisitorId(*b"a made-up person");
const RULES: &str = include_str!("example.toml");

/// The made-up visitor's story so far.
struct Story {
    rules: RuleSet,
    state: VisitorState,
    now: Timestamp,
    nth: u64,
    told: Vec<(Effect, VisitorState, Option<Session>, Timestamp)>,
}

/// An event of this kind, as a receiver would be told of it, made up to end at `now`; `None` if the example were broken.
pub fn example(topic: Topic, site: &str, now: Timestamp) -> Option<Message> {
    let story = Story::tell(now)?;
    let mut told = story.told.iter();
    told.find_map(|(effect, state, session, at)| {
        let effect = variant(topic, effect)?;
        let scene = Scene {
            site,
            rules: &story.rules,
            state,
            now: *at,
            test: true,
        };
        Some(payload::message(scene, topic, &effect, session.as_ref()))
    })
}

/// The effect, as it would be for this kind of event: what ends in one way could have ended in another.
fn variant(topic: Topic, effect: &Effect) -> Option<Effect> {
    let how = match topic {
        Topic::InvitationDismissed => Settlement::Dismissed,
        Topic::InvitationExpired => Settlement::Ignored,
        Topic::InvitationAccepted => Settlement::Accepted,
        Topic::InvitationWithheld => {
            if let Effect::Offered(made) = effect {
                return Some(Effect::Withheld(made.id));
            }
            return None;
        }
        Topic::InvitationOffered
        | Topic::InvitationShown
        | Topic::VisitorStageChanged
        | Topic::VisitorIdentified
        | Topic::ChatRequested
        | Topic::SessionEnded => {
            return (Topic::of(effect) == Some(topic)).then(|| effect.clone());
        }
    };
    if let Effect::Settled(past) = effect {
        let past = Settled { how, ..*past };
        return Some(Effect::Settled(past));
    }
    None
}

impl Story {
    /// Somebody looks at the prices, reads the help, says who they are, is invited, accepts, waits and leaves.
    fn tell(end: Timestamp) -> Option<Self> {
        let file = SourceFile::new("example.toml", RULES);
        let rules = rules::compile(&[file]).ok()?.rule_set;
        let begin = end - Millis::from_mins(40);
        let site = Key::of("example");
        let mut story = Self {
            rules,
            state: VisitorState::new(site, VISITOR, begin),
            now: begin,
            nth: 0,
            told: Vec::new(),
        };
        let shop = "https://shop.example";
        story.looks_at(&format!("{shop}/products/aroma-lamp"), "Aroma lamp", 50);
        story.looks_at(
            &format!("{shop}/help/delivery"),
            "How long does delivery take?",
            35,
        );
        story.looks_at(&format!("{shop}/pricing"), "Prices for businesses", 40);
        let text = |text: &str| PropValue::Text(text.into());
        let traits = [
            ("name", text("Ada Lovelace")),
            ("email", text("ada@example.com")),
            ("company", text("Analytical Engines Ltd")),
            ("company_size", PropValue::Number(42.0)),
        ];
        story.happens(EventKind::Identify {
            user_id: "u-1815".into(),
            traits: traits.map(|(name, value)| (name.into(), value)).into(),
            verified: true,
        });
        story.waits(Millis::from_secs(5));
        let invitation = story.state.invitations.open.as_ref()?.id;
        story.answers(invitation, InvitationOutcome::Shown);
        story.answers(invitation, InvitationOutcome::Accepted);
        story.happens(EventKind::Chat(ChatState::Queued));
        story.waits(Millis::from_mins(31));
        Some(story)
    }

    fn looks_at(&mut self, url: &str, title: &str, seconds: u64) {
        self.happens(EventKind::PageView(Box::new(PageViewEvent {
            url: url.into(),
            title: Some(title.into()),
            page_type: None,
            lang: Some("en".into()),
            tz: Some("Asia/Riyadh".into()),
            screen: Some((1440, 900)),
            attended: true,
        })));
        let page = self.page();
        self.now = self.now + Millis::from_secs(seconds);
        let active = Millis::from_secs(seconds);
        let (scroll, attended) = (80, true);
        self.take(
            EventKind::Engage {
                active,
                scroll,
                attended,
            },
            page,
        );
    }

    fn answers(&mut self, invitation: crate::domain::InvitationId, outcome: InvitationOutcome) {
        self.now = self.now + Millis::from_secs(4);
        self.happens(EventKind::Invitation {
            invitation,
            outcome,
        });
    }

    fn happens(&mut self, kind: EventKind) {
        self.nth += u64::from(matches!(kind, EventKind::PageView(_)));
        self.take(kind, self.page());
    }

    /// The page that is looked at.
    fn page(&self) -> PageId {
        PageId(self.nth)
    }

    fn take(&mut self, kind: EventKind, page: PageId) {
        let id = EventId::of(&format!("{} {kind:?}", self.now.0));
        let event = Event {
            id,
            at: self.now,
            page: Some(page),
            kind,
        };
        let batch = Batch {
            arrival: Some(Box::new(arrival())),
            events: vec![event],
        };
        let site_now = site_now();
        let (_, effects) = engine::apply(&self.rules, &site_now, &mut self.state, &batch, self.now);
        self.note(effects);
    }

    fn waits(&mut self, span: Millis) {
        self.now = self.now + span;
        let site_now = site_now();
        let (_, effects) = engine::step(
            &self.rules,
            &site_now,
            &mut self.state,
            Input::Tick,
            self.now,
        );
        self.note(effects);
    }

    fn note(&mut self, effects: Effects) {
        for effect in effects.list {
            let mut session = self.state.session.as_deref().cloned();
            if let Effect::SessionEnded(ended) = &effect {
                session = Some((**ended).clone());
            }
            self.told
                .push((effect, self.state.clone(), session, self.now));
        }
    }
}

fn site_now() -> SiteNow {
    SiteNow {
        agents_online: 2,
        free_slots: 3,
        expected_reply: Some(Millis::from_secs(60)),
        ..SiteNow::default()
    }
}

fn arrival() -> Arrival {
    let text = |text: &str| Some(Arc::from(text));
    Arrival {
        source: Source {
            channel: Channel::PaidSearch,
            source: "google".into(),
            medium: "cpc".into(),
            referrer_host: text("google.com"),
            campaign: text("spring"),
            term: text("aroma lamp wholesale"),
            content: None,
            tags: Vec::new(),
        },
        country: CountryCode::new("SA"),
        region: text("Riyadh Region"),
        city: text("Riyadh"),
        network: None,
        device: Device::Desktop,
        browser: text("Chrome"),
        os: text("Windows"),
        bot: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_example_of_every_topic() {
        for topic in Topic::ALL {
            let message = example(*topic, "shop", Timestamp(1_763_760_000_000));
            let message = message.unwrap_or_else(|| panic!("{topic:?}"));
            let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            assert_eq!(body["type"], topic.as_str());
            assert_eq!(body["data"]["test"], true);
            assert_eq!(body["data"]["visitor"]["chats"], 0);
        }
    }
}
