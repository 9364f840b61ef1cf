//! A small world: browsers with several tabs and wrong clocks, a network that delays, repeats and loses, agents that
//! come and go, and a server that is started anew now and then.

use ahlan::domain::*;
use ahlan::engine::replay;
use ahlan::rules::{Score, ScoreRule};

use crate::dice::Dice;
use crate::make::*;
use crate::oracle::{Oracle, READ};
use crate::story::busy_rules;
use crate::visit::Visit;

struct Tab {
    page: String,
    active: Millis,
    attended: bool,
}

/// A visitor's browser, and the server's and the oracle's idea of that visitor.
struct Browser {
    visit: Visit,
    oracle: Oracle,
    tabs: Vec<Tab>,
    /// How much its clock is fast; slow clocks are as late reports.
    fast: Millis,
    slow: Millis,
    pages: u64,
    snapshot: (VisitorState, usize),
    waiting: Vec<(Timestamp, Vec<Event>)>,
}

pub(crate) struct World {
    dice: Dice,
    now: Timestamp,
    browsers: Vec<Browser>,
}

/// The busy rules, of which `buy` has rules on events only, and pages read are counted in a score of their own.
fn world_rules(dice: &mut Dice) -> Rules {
    let mut rules = busy_rules();
    rules.score_rules.retain(|rule| rule.after == Millis::ZERO);
    rules.scores[0].half_life = dice.percent(50).then_some(mins(60));
    rules.scores.push(Score {
        key: READ,
        max: Points::whole(1_000_000),
        ..score("read")
    });
    rules.give(ScoreRule {
        score: READ,
        ..dwell("read", 1, secs(20))
    })
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let browsers = (0..3).map(|nth| {
            let mut visit = Visit::new(world_rules(&mut dice));
            visit.state = VisitorState::new(SITE, visitor(nth), START);
            visit.record();
            let skewed = |dice: &mut Dice| Millis(dice.below(3_000) * dice.below(2));
            Browser {
                snapshot: (visit.state.clone(), 0),
                visit,
                oracle: Oracle::default(),
                tabs: Vec::new(),
                fast: skewed(&mut dice),
                slow: skewed(&mut dice),
                pages: 0,
                waiting: Vec::new(),
            }
        });
        let browsers = browsers.collect();
        Self {
            dice,
            now: START,
            browsers,
        }
    }

    pub(crate) fn run(&mut self, rounds: usize) {
        for _ in 0..rounds {
            let pause = match self.dice.below(40) {
                0 => mins(25 + self.dice.below(20)),
                1..10 => Millis(self.dice.below(60_000)),
                _ => Millis(self.dice.below(8_000)),
            };
            for browser in &mut self.browsers {
                browser.live(&mut self.dice, self.now, self.now + pause);
            }
            self.now = self.now + pause;
            for browser in &mut self.browsers {
                browser.act(&mut self.dice, self.now);
            }
            if self.dice.percent(5) {
                let free_slots = self.dice.below(3) as u16;
                for browser in &mut self.browsers {
                    browser.visit.site.free_slots = free_slots;
                    browser.ring(self.now);
                }
            }
            if self.dice.percent(5) {
                self.restart();
            }
        }
    }

    /// Every state comes back from its bytes or from the journal, and is what it was.
    fn restart(&mut self) {
        for browser in &mut self.browsers {
            let visit = &mut browser.visit;
            let bytes = postcard::to_stdvec(&visit.state).unwrap();
            let mut state: VisitorState = postcard::from_bytes(&bytes).unwrap();
            if self.dice.percent(50) {
                let (snapshot, at) =
                    std::mem::replace(&mut browser.snapshot, (state, visit.records().len()));
                state = snapshot;
                for record in &visit.records()[at..] {
                    replay(&visit.rules, &mut state, record);
                }
            }
            assert_eq!(state, visit.state);
            visit.state = state;
        }
    }

    /// Events accepted, repeated and refused.
    pub(crate) fn outcomes(&self) -> [usize; 3] {
        let all = self.browsers.iter().map(|browser| browser.oracle.outcomes);
        all.fold([0; 3], |sum, next| {
            std::array::from_fn(|at| sum[at] + next[at])
        })
    }

    pub(crate) fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.browsers.iter().map(|browser| &browser.visit)
    }

    pub(crate) fn invitations(&self) -> usize {
        self.browsers
            .iter()
            .map(|browser| browser.visit.made().len())
            .sum()
    }
}

impl Browser {
    /// What arrives, and the timers that ring, up to a moment.
    fn live(&mut self, dice: &mut Dice, from: Timestamp, until: Timestamp) {
        for tab in self.tabs.iter_mut().filter(|tab| tab.attended) {
            tab.active = tab.active + until.since(from).min(secs(60));
        }
        loop {
            self.waiting.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let arrives = self.waiting.last().map(|(at, _)| *at);
            let rings = self.visit.wake_at.map(|at| at.max(self.visit.now));
            match (arrives, rings) {
                (Some(at), rings) if at <= until && rings.is_none_or(|rings| at <= rings) => {
                    let (at, events) = self.waiting.pop().expect("something waits");
                    self.deliver(at, &events);
                }
                (_, Some(at)) if at <= until => {
                    if dice.percent(3) {
                        self.visit.wake_at = None; // a timer that is lost
                    } else {
                        self.ring(at);
                    }
                }
                _ => break,
            }
        }
    }

    fn deliver(&mut self, at: Timestamp, events: &[Event]) {
        let before = self.visit.state.clone();
        self.visit.now = at;
        let taken = self.visit.request(events.to_vec());
        self.oracle.request(&before, &self.visit, events, &taken);
    }

    fn ring(&mut self, at: Timestamp) {
        let before = self.visit.state.clone();
        self.visit.now = at;
        self.visit.tick();
        self.oracle.ring(&before, &self.visit);
    }

    /// The visitor does something; the browser reports it.
    fn act(&mut self, dice: &mut Dice, now: Timestamp) {
        let mut events = Vec::new();
        match dice.below(20) {
            0..6 => self.open(dice, &mut events),
            6..10 => self.switch(dice, &mut events),
            10..12 => self.close(dice, &mut events),
            12..15 => self.beat(&mut events),
            15 => events.push(self.visit.event("", custom("cart"))),
            16 => events.push(self.visit.event("", identify("me", &[]))),
            17 => events.extend(self.answer(dice)),
            18 => events.push(self.visit.event("", rarely(dice))),
            _ => return,
        }
        for event in &mut events {
            event.at = now + self.fast - self.slow;
        }
        // What is lost on the way is never sent again, what is repeated is the same, what is slow is overtaken.
        if !events.is_empty() && !dice.percent(4) {
            for _ in 0..=u8::from(dice.percent(15)) {
                let slow = if dice.percent(5) { 4_000_000 } else { 6_000 };
                self.waiting
                    .push((now + Millis(dice.below(slow)), events.clone()));
            }
        }
    }

    fn open(&mut self, dice: &mut Dice, events: &mut Vec<Event>) {
        if dice.percent(60) {
            self.close(dice, events);
        }
        self.pages += 1;
        let page = format!("page {}", self.pages);
        let attended = dice.percent(85);
        if attended {
            self.look_away(events);
        }
        let url = *dice.pick(&["/", "/pricing", "/help", "/checkout"]);
        let view = PageViewEvent {
            attended,
            ..page_view(url)
        };
        events.push(self.visit.event(&page, EventKind::PageView(Box::new(view))));
        self.tabs.push(Tab {
            page,
            active: Millis::ZERO,
            attended,
        });
    }

    fn look_away(&mut self, events: &mut Vec<Event>) {
        for tab in self.tabs.iter_mut().filter(|tab| tab.attended) {
            tab.attended = false;
            events.push(self.visit.event(&tab.page, engage(tab.active, false)));
        }
    }

    fn switch(&mut self, dice: &mut Dice, events: &mut Vec<Event>) {
        self.look_away(events);
        if !self.tabs.is_empty() && dice.percent(80) {
            let at = dice.below(self.tabs.len() as u64) as usize;
            let tab = &mut self.tabs[at];
            tab.attended = true;
            events.push(self.visit.event(&tab.page, engage(tab.active, true)));
        }
    }

    fn close(&mut self, dice: &mut Dice, events: &mut Vec<Event>) {
        if let Some(tab) = self.tabs.pop().filter(|_| dice.percent(80)) {
            events.push(self.visit.event(&tab.page, leave(tab.active)));
        }
    }

    fn beat(&mut self, events: &mut Vec<Event>) {
        for tab in &self.tabs {
            events.push(
                self.visit
                    .event(&tab.page, engage(tab.active, tab.attended)),
            );
        }
    }

    fn answer(&mut self, dice: &mut Dice) -> Option<Event> {
        let made = self.visit.made();
        let invitation = *made.iter().rev().nth(dice.below(3) as usize)?;
        let outcome = *dice.pick(&[
            InvitationOutcome::Shown,
            InvitationOutcome::Accepted,
            InvitationOutcome::Dismissed,
        ]);
        Some(self.visit.event(
            "",
            EventKind::Invitation {
                invitation,
                outcome,
            },
        ))
    }
}

fn rarely(dice: &mut Dice) -> EventKind {
    match dice.below(8) {
        0 => EventKind::Consent { granted: false },
        1..4 => EventKind::Consent { granted: true },
        4 => EventKind::Chat(ChatState::Queued),
        5 => EventKind::Chat(ChatState::Chatting),
        6 => EventKind::Chat(ChatState::Ended),
        _ => goal("signup"),
    }
}
