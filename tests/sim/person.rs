//! A visitor whose browser has tabs and whose connection loses, repeats, delays and reorders.

use std::sync::Arc;

use ahlan::domain::*;

use crate::dice::Dice;

/// Actions happen on whole steps of the clock, so that many share one write to disk.
pub(crate) const STEP: Millis = Millis::from_secs(2);

const PATHS: [&str; 12] = [
    "/demo/",
    "/demo/products",
    "/demo/products/saqi-kettle",
    "/demo/pricing",
    "/demo/pricing",
    "/demo/sales",
    "/demo/help",
    "/demo/help/late-delivery",
    "/demo/contact",
    "/demo/docs",
    "/demo/blog",
    "/demo/checkout",
];

/// Events on their way.
pub(crate) struct Parcel {
    pub(crate) due: Timestamp,
    pub(crate) events: Vec<Event>,
}

struct Tab {
    page: PageId,
    active: Millis,
    scroll: u8,
}

pub(crate) struct Person {
    pub(crate) id: VisitorId,
    dice: Dice,
    number: u64,
    serial: u64,
    tabs: Vec<Tab>,
    front: usize,
    attended: bool,
    acted_at: Timestamp,
    acts_left: u64,
    visits_left: u64,
    /// How far the clock is off after correction, in milliseconds: the request took its time.
    skew: u64,
    /// What is still to be said about an invitation, and when.
    intentions: Vec<(Timestamp, EventKind)>,
    heard_of: Vec<InvitationId>,
    pub(crate) parcels: Vec<Parcel>,
}

impl Person {
    pub(crate) fn new(number: u64, seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(1_000_003) ^ (number << 32));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&dice.next().to_le_bytes());
        id[8..].copy_from_slice(&number.to_le_bytes());
        Self {
            id: VisitorId(id),
            number,
            serial: 0,
            tabs: Vec::new(),
            front: 0,
            attended: false,
            acted_at: Timestamp(0),
            acts_left: 0,
            visits_left: 1 + dice.below(5),
            skew: if dice.percent(15) { 45_000 } else { 900 },
            intentions: Vec::new(),
            heard_of: Vec::new(),
            parcels: Vec::new(),
            dice,
        }
    }

    /// Does something; returns when to do the next thing, if there is one.
    pub(crate) fn act(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.let_time_pass(now);
        if self.acts_left == 0 {
            self.visits_left = self.visits_left.checked_sub(1)?;
            self.acts_left = 3 + self.dice.below(22);
            self.open(0, now);
        } else {
            self.acts_left -= 1;
            if self.acts_left == 0 {
                self.quit(now);
                self.visits_left.checked_sub(1)?;
                return Some(now + Millis::from_mins(20 + self.dice.below(60)));
            }
            self.go_on(now);
        }
        Some(now + Millis(STEP.0 * (1 + self.dice.below(9))))
    }

    /// What an answer says about an invitation.
    pub(crate) fn hear(&mut self, invitation: &Invitation, now: Timestamp) {
        if self.heard_of.contains(&invitation.id) {
            return;
        }
        self.heard_of.push(invitation.id);
        let say = |outcome| EventKind::Invitation {
            invitation: invitation.id,
            outcome,
        };
        let later = |seconds: u64| now + Millis(STEP.0 * seconds);
        let mut say_at = |steps, kind| self.intentions.push((later(steps), kind));
        let opinion = self.dice.below(100);
        if opinion < 85 {
            say_at(1, say(InvitationOutcome::Shown));
        }
        match opinion {
            0..22 => {
                say_at(4, say(InvitationOutcome::Accepted));
                say_at(4, EventKind::Chat(ChatState::Queued));
                say_at(8, EventKind::Chat(ChatState::Chatting));
                say_at(60, EventKind::Chat(ChatState::Ended));
            }
            22..42 => say_at(4, say(InvitationOutcome::Dismissed)),
            // Some say no only after it has lapsed.
            42..50 => say_at(200, say(InvitationOutcome::Dismissed)),
            _ => {}
        }
    }

    fn let_time_pass(&mut self, now: Timestamp) {
        let passed = now.since(self.acted_at);
        self.acted_at = now;
        let attended = self.attended;
        if let Some(tab) = self.tabs.get_mut(self.front).filter(|_| attended) {
            tab.active = tab.active + passed;
            tab.scroll = (tab.scroll + 3).min(100);
        }
        let (due, later) = std::mem::take(&mut self.intentions)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.intentions = later;
        let due: Vec<(Timestamp, EventKind)> = due;
        let page = self.tabs.get(self.front).map(|tab| tab.page);
        for (_, kind) in due {
            let event = self.event(page, kind, now);
            self.send(vec![event], now);
        }
    }

    fn go_on(&mut self, now: Timestamp) {
        let page = self.tabs.get(self.front).map(|tab| tab.page);
        let kind = match self.dice.below(100) {
            0..18 => return self.open(self.front, now),
            18..26 => return self.open(self.tabs.len(), now),
            26..36 => return self.look(now),
            36..44 => return self.attend(!self.attended, now),
            44..50 => custom("add_to_cart", "value", PropValue::Number(389.0)),
            50..54 => custom("help_feedback", "helpful", PropValue::Bool(false)),
            54..56 => EventKind::Goal {
                name: "purchase".into(),
                value: Some(149.0),
            },
            56..58 => EventKind::Identify {
                user_id: format!("customer-{}", self.number).into(),
                traits: vec![("orders".into(), PropValue::Number(3.0))],
                verified: false,
            },
            58 if self.dice.percent(40) => EventKind::Consent { granted: false },
            59 => EventKind::Consent { granted: true },
            _ => return self.attend(true, now),
        };
        let event = self.event(page, kind, now);
        self.send(vec![event], now);
    }

    fn open(&mut self, tab: usize, now: Timestamp) {
        let mut events = Vec::new();
        if let Some(old) = self.tabs.get(tab) {
            let (page, kind) = (old.page, left(old));
            // Pages that are left often cannot say so any more.
            if self.dice.percent(75) {
                events.push(self.event(Some(page), kind, now));
            }
        } else if let Some(page) = self.tabs.get(self.front).map(|tab| tab.page) {
            let kind = self.report(false);
            events.push(self.event(Some(page), kind, now));
        }
        self.serial += 1;
        let page = PageId(self.number << 32 | self.serial);
        let path = self.dice.pick(&PATHS);
        let view = EventKind::PageView(Box::new(PageViewEvent {
            url: format!("http://shop.example{path}").into(),
            title: None,
            page_type: None,
            lang: Some(
                if self.number.is_multiple_of(2) {
                    "ar"
                } else {
                    "en"
                }
                .into(),
            ),
            tz: None,
            screen: None,
            attended: true,
        }));
        events.push(self.event(Some(page), view, now));
        self.tabs.truncate(8);
        let fresh = Tab {
            page,
            active: Millis::ZERO,
            scroll: 10,
        };
        match self.tabs.get_mut(tab) {
            Some(old) => *old = fresh,
            None => self.tabs.push(fresh),
        }
        self.front = tab.min(self.tabs.len() - 1);
        self.attended = true;
        self.send(events, now);
    }

    /// Another tab comes to the front.
    fn look(&mut self, now: Timestamp) {
        self.attend(false, now);
        self.front = self.dice.below(self.tabs.len() as u64) as usize;
        self.attend(true, now);
    }

    fn attend(&mut self, attended: bool, now: Timestamp) {
        self.attended = attended;
        if let Some(page) = self.tabs.get(self.front).map(|tab| tab.page) {
            let kind = self.report(attended);
            let event = self.event(Some(page), kind, now);
            self.send(vec![event], now);
        }
    }

    fn quit(&mut self, now: Timestamp) {
        self.attended = false;
        for tab in std::mem::take(&mut self.tabs) {
            if self.dice.percent(75) {
                let event = self.event(Some(tab.page), left(&tab), now);
                self.send(vec![event], now);
            }
        }
        self.front = 0;
    }

    fn report(&self, attended: bool) -> EventKind {
        let tab = &self.tabs[self.front];
        EventKind::Engage {
            active: tab.active,
            scroll: tab.scroll,
            attended,
        }
    }

    fn event(&mut self, page: Option<PageId>, kind: EventKind, now: Timestamp) -> Event {
        self.serial += 1;
        let off = self.dice.below(2 * self.skew);
        Event {
            id: EventId(self.number << 32 | self.serial),
            at: Timestamp(now.0 + off - self.skew),
            page,
            kind,
        }
    }

    /// Hands events to a connection that is none of the best.
    fn send(&mut self, events: Vec<Event>, now: Timestamp) {
        let steps = match self.dice.below(100) {
            0..90 => self.dice.below(2),
            90..98 => self.dice.below(60),
            // A telephone that was out of reach for up to two hours.
            _ => self.dice.below(3_600),
        };
        let due = |steps| now + Millis(STEP.0 * steps);
        if self.dice.percent(8) {
            let again = due(self.dice.below(90));
            self.parcels.push(Parcel {
                due: again,
                events: events.clone(),
            });
        }
        self.parcels.push(Parcel {
            due: due(steps),
            events,
        });
    }
}

fn left(tab: &Tab) -> EventKind {
    EventKind::Leave {
        active: Some(tab.active),
        scroll: Some(tab.scroll),
    }
}

fn custom(name: &str, prop: &str, value: PropValue) -> EventKind {
    EventKind::Custom {
        name: name.into(),
        props: vec![(Arc::from(prop), value)],
    }
}
