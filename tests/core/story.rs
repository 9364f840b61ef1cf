//! Random stories: what a visitor, the site and the chat layer may do, as values that proptest can shrink.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken};
use ahlan::rules::{Condition, Field, On, OncePer, Schedule, ScoreRule, Test, Trigger};
use proptest::prelude::*;

use crate::make::*;
use crate::visit::Visit;

/// One thing that happens. Times are in tenths of a second.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Wait(u32),
    Open {
        tab: u8,
        url: u8,
        attended: bool,
    },
    Engage {
        tab: u8,
        active: u32,
        attended: bool,
    },
    Late {
        tab: u8,
        ago: u32,
        attended: bool,
    },
    Leave {
        tab: u8,
    },
    Custom,
    Goal,
    Identify(u8),
    Answer(u8, InvitationOutcome),
    Chat(ChatState),
    Consent(bool),
    Slots(u16),
    Future,
}

const URLS: [&str; 5] = ["/", "/pricing", "/pricing/plans", "/help", "/checkout"];

pub(crate) fn act() -> impl Strategy<Value = Act> {
    let tab = 0..4_u8;
    let chat = prop_oneof![
        Just(ChatState::None),
        Just(ChatState::Queued),
        Just(ChatState::Chatting),
        Just(ChatState::Ended)
    ];
    let outcome = prop_oneof![
        Just(InvitationOutcome::Shown),
        Just(InvitationOutcome::Accepted),
        Just(InvitationOutcome::Dismissed)
    ];
    prop_oneof![
        8 => (0..300_u32).prop_map(Act::Wait),
        1 => (10_000..30_000_u32).prop_map(Act::Wait),
        8 => (tab.clone(), 0..5_u8, prop::bool::weighted(0.8))
            .prop_map(|(tab, url, attended)| Act::Open { tab, url, attended }),
        8 => (tab.clone(), 0..600_u32, any::<bool>())
            .prop_map(|(tab, active, attended)| Act::Engage { tab, active, attended }),
        3 => (tab.clone(), 0..3_000_u32, any::<bool>())
            .prop_map(|(tab, ago, attended)| Act::Late { tab, ago, attended }),
        3 => tab.prop_map(|tab| Act::Leave { tab }),
        2 => Just(Act::Custom),
        1 => Just(Act::Goal),
        1 => (0..3_u8).prop_map(Act::Identify),
        4 => (0..3_u8, outcome).prop_map(|(back, outcome)| Act::Answer(back, outcome)),
        1 => chat.prop_map(Act::Chat),
        1 => prop::bool::weighted(0.7).prop_map(Act::Consent),
        2 => (0..3_u16).prop_map(Act::Slots),
        1 => Just(Act::Future),
    ]
}

pub(crate) fn story(length: usize) -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 1..length)
}

fn of(page_type: &str) -> Vec<Key> {
    vec![Key::of(page_type)]
}

/// Rules of every kind, with time in all of its forms.
pub(crate) fn busy_rules() -> Rules {
    with_triggers(score_rules()).policy(|policy| {
        policy.max_per_session = 3;
        policy.max_per_day = 5;
        policy.after_dismissal = mins(2);
        policy.after_chat = secs(40);
        policy.after_goal = secs(20);
    })
}

fn score_rules() -> Rules {
    rules()
        .give(ScoreRule {
            max_per_session: Some(3),
            ..rule("view", 7)
        })
        .give(ScoreRule {
            page_types: of("help"),
            ..rule("lost", -11)
        })
        .give(ScoreRule {
            page_types: of("pricing"),
            ..dwell("read", 15, secs(5))
        })
        .give(dwell("linger", 9, secs(20)))
        .give(ScoreRule {
            on: On::Custom,
            event: Some("cart".into()),
            ..rule("cart", 20)
        })
        .give(ScoreRule {
            on: On::Goal,
            ..rule("goal", -30)
        })
        .give(ScoreRule {
            on: On::Identify,
            max_per_visitor: Some(1),
            ..rule("who", 10)
        })
        .give(ScoreRule {
            on: On::SessionStart,
            ..rule("start", 3)
        })
}

/// A schedule of single minutes after the beginning of the story.
fn minutes(after: &[u16]) -> Schedule {
    let first = (START.0 / 60_000 % 1_440) as u16;
    let spans = after.iter().map(|after| (first + after, first + after + 1));
    Schedule {
        from: None,
        until: None,
        days: [true; 7],
        hours: spans.collect(),
    }
}

fn with_triggers(rules: Rules) -> Rules {
    rules
        .invite(Trigger {
            priority: 9,
            page_types: of("pricing"),
            condition: at_least(Field::PageActive, 10.0),
            cooldown: Some(secs(40)),
            ..trigger("reader")
        })
        .invite(Trigger {
            condition: leaf(Field::SessionActive, Test::MoreThan(25.0)),
            once_per: Some(OncePer::Session),
            expires_after: secs(15),
            ..trigger("stays")
        })
        .invite(Trigger {
            condition: leaf(Field::SessionDuration, Test::Between(30.0, 60.0)),
            holdout: Share(5_000),
            expires_after: secs(10),
            ..trigger("window")
        })
        .invite(Trigger {
            page_types: of("help"),
            condition: Condition::Not(Box::new(leaf(Field::PageActive, Test::LessThan(7.5)))),
            once_per: Some(OncePer::Page),
            ..trigger("stuck")
        })
        .invite(Trigger {
            condition: at_least(Field::PageActive, 3.0),
            delay: Some(secs(4)),
            once_per: Some(OncePer::Page),
            max_shows: Some(3),
            stop_after_dismissals: Some(2),
            stop_after_ignores: Some(2),
            expires_after: secs(8),
            ..trigger("patient")
        })
        .invite(Trigger {
            priority: 1,
            schedule: Some(Box::new(minutes(&[2, 4, 5, 9, 30, 31]))),
            sample: Share(9_000),
            expires_after: secs(9),
            ..trigger("timely")
        })
        .invite(Trigger {
            priority: 2,
            condition: at_least(Field::Score(BUY), 40.0),
            cooldown: Some(mins(10)),
            ..trigger("hot")
        })
}

impl Visit {
    /// Lets it happen; tells the events of the request and what became of them.
    pub(crate) fn act(&mut self, act: &Act) -> (Vec<Event>, Vec<Taken>) {
        let Some(events) = self.events_of(act) else {
            return (Vec::new(), Vec::new());
        };
        let taken = self.request(events.clone());
        (events, taken)
    }

    fn events_of(&mut self, act: &Act) -> Option<Vec<Event>> {
        let page = |tab: &u8| format!("tab {tab}");
        let event = match act {
            Act::Wait(_) => return None,
            Act::Slots(slots) => {
                // A wake-up reckons with the site as it is, so the shell looks again when the site changes.
                self.site.free_slots = *slots;
                self.tick();
                return None;
            }
            Act::Open { tab, url, attended } => {
                let view = PageViewEvent {
                    attended: *attended,
                    ..page_view(URLS[usize::from(*url)])
                };
                self.event(&page(tab), EventKind::PageView(Box::new(view)))
            }
            Act::Engage {
                tab,
                active,
                attended,
            } => {
                let active = Millis(u64::from(*active) * 100);
                self.event(&page(tab), engage(active, *attended))
            }
            Act::Late { tab, ago, attended } => {
                let mut event = self.event(&page(tab), engage(secs(3), *attended));
                event.at = self.now - Millis(u64::from(*ago) * 100);
                event
            }
            Act::Leave { tab } => self.event(&page(tab), leave(secs(4))),
            Act::Custom => self.event("tab 0", custom("cart")),
            Act::Goal => self.event("tab 1", goal("signup")),
            Act::Identify(who) => self.event("", identify(&who.to_string(), &[("plan", "pro")])),
            Act::Answer(back, outcome) => {
                let invitation = self.made().into_iter().rev().nth(usize::from(*back))?;
                let outcome = *outcome;
                self.event(
                    "",
                    EventKind::Invitation {
                        invitation,
                        outcome,
                    },
                )
            }
            Act::Chat(chat) => self.event("", EventKind::Chat(*chat)),
            Act::Consent(granted) => self.event("", EventKind::Consent { granted: *granted }),
            Act::Future => {
                let mut event = self.event("tab 2", engage(secs(9), true));
                event.at = Timestamp(u64::MAX);
                event
            }
        };
        Some(vec![event])
    }

    /// Every invitation ever made, withheld ones included.
    pub(crate) fn made(&self) -> Vec<InvitationId> {
        let made = self.effects.iter().filter_map(|effect| match effect {
            Effect::Offered(offer) => Some(offer.id),
            Effect::Withheld(id) => Some(*id),
            _ => None,
        });
        made.collect()
    }

    /// Plays a story by the engine's own timers.
    pub(crate) fn play(&mut self, acts: &[Act]) {
        for act in acts {
            if let Act::Wait(tenths) = act {
                self.wait(Millis(u64::from(*tenths) * 100));
            } else {
                self.act(act);
            }
        }
    }
}
