//! One simulated person's month, lived through the engine.

use crate::domain::{
    Arrival, Batch, ChatState, CountryCode, Decision, Device, Event, EventId, EventKind,
    InvitationId, InvitationOutcome, Key, Millis, PageId, PageViewEvent, SiteNow, Source,
    Timestamp, VisitorId, VisitorState,
};
use crate::engine::{Effect, Effects, Input, apply, begins_session, decisions, step};
use crate::rules::RuleSet;

use super::super::dice::Dice;
use super::super::plan::{Plan, Visit};
use super::super::script::{Act, Step};
use super::month::{MONTH, Nature, PEOPLE, START};

/// An attended page reports this often.
const BEAT: Millis = Millis::from_secs(15);

/// Somebody in one of the worlds.
pub(super) struct Life<'a> {
    rules: &'a RuleSet,
    site: SiteNow,
    plan: &'a Plan,
    state: VisitorState,
    now: Timestamp,
    serial: u64,
    page: Option<PageId>,
    active: Millis,
    wake_at: Option<Timestamp>,
    /// Drawn before anything happens, so that they are the same in all worlds.
    opinion: u64,
    patience: Millis,
    /// What to say to an invitation, and when.
    answer: Option<(Timestamp, InvitationId, InvitationOutcome)>,
    said: Option<InvitationOutcome>,
    log: Vec<Decision>,
}

impl<'a> Life<'a> {
    pub(super) fn of(rules: &'a RuleSet, plan: &'a Plan, seed: u64) -> Self {
        let number = plan.person.number;
        let mut dice = Dice::new(seed ^ 0x00e7_7ec7, number);
        let share = MONTH.0 / PEOPLE;
        let now = START + Millis(number * share + dice.within(0..=share));
        let visitor = VisitorId(dice.bytes());
        Self {
            rules,
            site: SiteNow {
                agents_online: 2,
                free_slots: 6,
                places: 6,
                ..SiteNow::default()
            },
            plan,
            state: VisitorState::new(Key::of("shop"), visitor, now),
            now,
            serial: 0,
            page: None,
            active: Millis::ZERO,
            wake_at: None,
            opinion: dice.within(1..=100),
            patience: Millis(dice.within(1_000..=12_000)),
            answer: None,
            said: None,
            log: Vec::new(),
        }
    }

    /// Lives through the month; `luck` in 1 to 100 decides on a purchase.
    pub(super) fn live(mut self, nature: Nature, luck: u64) -> Vec<Decision> {
        for visit in &self.plan.visits {
            self.visit(visit);
        }
        let chance = match self.said {
            None | Some(InvitationOutcome::Shown) => nature.usual,
            Some(InvitationOutcome::Accepted) => nature.accepted,
            Some(InvitationOutcome::Dismissed) => nature.dismissed,
        };
        if luck <= chance {
            self.tell(EventKind::Goal {
                name: "purchase".into(),
                value: Some(120.0),
            });
        }
        self.log
    }

    fn visit(&mut self, visit: &Visit) {
        self.now = self.now + Millis::from_secs(visit.after_s);
        self.wake_at = None;
        for step in &visit.steps {
            match step {
                Step::Open { path, .. } => self.open(path),
                Step::Read { seconds, .. } => self.read(Millis::from_secs(*seconds)),
                Step::Away { seconds } => {
                    self.engage(false);
                    self.now = self.now + Millis::from_secs(*seconds);
                }
                Step::Do(Act::AddToCart { .. }) => self.custom("add_to_cart"),
                Step::Do(Act::RemoveFromCart { .. }) => self.custom("remove_from_cart"),
                Step::Do(Act::PaymentFailed) => self.custom("payment_failed"),
                // Whether somebody buys is what the month is about.
                Step::Do(
                    Act::SignIn | Act::Feedback { .. } | Act::Refuse | Act::Purchase | Act::Write,
                )
                | Step::Look { .. }
                | Step::Close { .. } => {}
            }
        }
        self.tell(EventKind::Leave {
            active: Some(self.active),
            scroll: None,
        });
        self.page = None;
    }

    fn open(&mut self, path: &str) {
        self.serial += 1;
        self.page = Some(PageId::of(&self.serial.to_string()));
        self.active = Millis::ZERO;
        let arabic = self.plan.person.arabic;
        let (base, lang) = if arabic { ("/ar", "ar") } else { ("", "en") };
        self.tell(EventKind::PageView(Box::new(PageViewEvent {
            url: format!("https://shop.example/demo{base}{path}").into(),
            title: None,
            page_type: None,
            lang: Some(lang.into()),
            tz: Some(self.plan.person.country.tz.into()),
            screen: None,
            attended: true,
        })));
    }

    /// Reads on, looks up when a timer rings, and answers an invitation that is there.
    fn read(&mut self, time: Millis) {
        let until = self.now + time;
        let mut beat = self.now + BEAT;
        while self.now < until {
            let due = self.answer.map(|(due, ..)| due);
            let next = [Some(beat), due, self.wake_at].into_iter().flatten();
            let next = next.min().unwrap_or(until).min(until);
            let passed = next.since(self.now);
            (self.now, self.active) = (next.max(self.now), self.active + passed);
            if self.wake_at.is_some_and(|at| at <= self.now) {
                let tick = Input::Tick;
                let (_, effects) = step(self.rules, &self.site, &mut self.state, tick, self.now);
                self.follow(&effects);
            }
            self.say();
            if beat <= self.now {
                beat = self.now + BEAT;
                self.engage(true);
            }
        }
        self.engage(true);
    }

    fn say(&mut self) {
        let Some((due, invitation, outcome)) = self.answer else {
            return;
        };
        if due > self.now {
            return;
        }
        self.answer = None;
        let tell = |outcome| EventKind::Invitation {
            invitation,
            outcome,
        };
        self.tell(tell(InvitationOutcome::Shown));
        self.said = Some(outcome);
        if outcome == InvitationOutcome::Shown {
            return;
        }
        self.tell(tell(outcome));
        if outcome == InvitationOutcome::Accepted {
            for state in [ChatState::Queued, ChatState::Chatting, ChatState::Ended] {
                self.now = self.now + Millis::from_secs(20);
                self.tell(EventKind::Chat(state));
            }
        }
    }

    fn engage(&mut self, attended: bool) {
        let active = self.active;
        self.tell(EventKind::Engage {
            active,
            scroll: 40,
            attended,
        });
    }

    fn custom(&mut self, name: &str) {
        self.tell(EventKind::Custom {
            name: name.into(),
            props: Vec::new(),
        });
    }

    fn tell(&mut self, kind: EventKind) {
        self.serial += 1;
        let events = vec![Event {
            id: EventId(self.serial),
            at: self.now,
            page: self.page,
            kind,
        }];
        let person = &self.plan.person;
        let arrival = begins_session(&self.state, &events).then(|| {
            Box::new(Arrival {
                source: Source {
                    source: "google".into(),
                    ..Source::default()
                },
                country: CountryCode::new(person.country.code),
                device: [Device::Mobile, Device::Desktop][(person.number % 2) as usize],
                ..Arrival::default()
            })
        });
        let batch = Batch { arrival, events };
        let (_, effects) = apply(self.rules, &self.site, &mut self.state, &batch, self.now);
        self.follow(&effects);
    }

    fn follow(&mut self, effects: &Effects) {
        self.log.extend(decisions(
            self.rules,
            &self.site,
            &self.state,
            effects,
            self.now,
        ));
        self.wake_at = effects.wake_at.filter(|at| *at > self.now);
        for effect in &effects.list {
            if let Effect::Offered(offer) = effect {
                let manners = self.plan.person.intent.manners(offer.tone.as_str());
                let outcome = if self.opinion <= manners.accepts {
                    InvitationOutcome::Accepted
                } else if self.opinion <= manners.accepts + manners.dismisses {
                    InvitationOutcome::Dismissed
                } else {
                    InvitationOutcome::Shown
                };
                self.answer = Some((self.now + self.patience, offer.id, outcome));
            }
        }
    }
}
