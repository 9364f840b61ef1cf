//! A world of visitors and agents around the house, moved from moment to moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ahlan::chat::{AgentStatus, Availability};
use ahlan::domain::*;
use ahlan::pipeline::{Client, Collected};
use ahlan::store::{VisitorStore, Whose};
use futures_util::future::join_all;

use crate::audit;
use crate::dice::Dice;
use crate::house::{House, SITE, Stop};
use crate::past;
use crate::person::{Parcel, Person, STEP};
use crate::watch::{Room, Watch};

const START: Timestamp = Timestamp(1_763_760_000_000);
const PEOPLE: u64 = 200;
/// Everybody arrives within this time.
const ARRIVALS: Millis = Millis::from_hours(2);
const SWEEP_EVERY: Millis = Millis::from_secs(30);
const AGENTS_EVERY: Millis = Millis::from_secs(40);
const RESTARTS: usize = 6;
/// Nobody stays in memory for longer than this after the last sign of life: half an hour until the session is over, two
/// minutes until the visitor may go, and as much again for whom the first look was too early.
const GONE_AFTER: Millis = Millis::from_mins(36);
/// An agent's word holds this long.
const LEASE: Millis = Millis::from_secs(60);

/// What happened in a world.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sent: usize,
    outcomes: [usize; 3],
    invitations: usize,
    wake_ups: usize,
    restarts: usize,
    replayed: u64,
    most_in_memory: usize,
}

impl Tally {
    /// Whether the world put the service to the test at all.
    pub(crate) fn is_eventful(&self) -> bool {
        self.outcomes.iter().all(|count| *count > 50)
            && self.invitations > 50
            && self.restarts == RESTARTS
            && self.replayed > 0
    }
}

enum What {
    Act(usize),
    Deliver(usize, Vec<Event>),
    Agents,
    Sweep,
    Restart,
}

pub(crate) struct World {
    dice: Dice,
    house: House,
    people: Vec<Person>,
    watches: Vec<Watch>,
    /// What comes next.
    diary: BTreeMap<Timestamp, Vec<What>>,
    /// What each agent promised and until when.
    promises: BTreeMap<&'static str, (u16, Timestamp)>,
    tally: Tally,
}

impl World {
    pub(crate) async fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut diary: BTreeMap<Timestamp, Vec<What>> = BTreeMap::new();
        let moments = ARRIVALS.0 / STEP.0;
        for person in 0..PEOPLE as usize {
            let at = START + Millis(STEP.0 * dice.below(moments));
            diary.entry(at).or_default().push(What::Act(person));
        }
        for _ in 0..RESTARTS {
            let at = START + Millis(STEP.0 * (moments / 8 + dice.below(moments)));
            diary.entry(at).or_default().push(What::Restart);
        }
        diary
            .entry(START)
            .or_default()
            .extend([What::Agents, What::Sweep]);
        Self {
            dice,
            house: House::new().await,
            people: (0..PEOPLE)
                .map(|number| Person::new(number, seed))
                .collect(),
            watches: (0..PEOPLE).map(|_| Watch::default()).collect(),
            diary,
            promises: BTreeMap::new(),
            tally: Tally::default(),
        }
    }

    /// Plays until everybody is gone and forgotten.
    pub(crate) async fn run(mut self) -> Tally {
        let mut now = START;
        loop {
            let next = self.diary.first_key_value().map(|(at, _)| *at);
            let rings = self.house.pipeline.timers.next().map(|at| at.max(now));
            let Some(at) = next.into_iter().chain(rings).min() else {
                break;
            };
            now = at;
            self.ring(now).await;
            if let Some(list) = self.diary.remove(&now) {
                self.live_through(list, now).await;
            }
        }
        self.end(now).await;
        self.tally
    }

    async fn ring(&mut self, now: Timestamp) {
        if self
            .house
            .pipeline
            .timers
            .next()
            .is_some_and(|at| at <= now)
        {
            self.house.pipeline.ring(now).await;
            self.tally.wake_ups += 1;
            self.look_at_all(now);
        }
    }

    async fn live_through(&mut self, list: Vec<What>, now: Timestamp) {
        let mut parcels = Vec::new();
        for what in list {
            match what {
                What::Act(person) => {
                    if let Some(next) = self.people[person].act(now) {
                        self.plan(next, What::Act(person));
                    }
                    self.post(person, now);
                }
                What::Deliver(person, events) => parcels.push((person, events)),
                What::Agents => self.agents(now),
                What::Sweep => self.sweep(now).await,
                What::Restart => self.restart(now).await,
            }
        }
        self.deliver(parcels, now).await;
        if self.diary.contains_key(&now) {
            // What was posted without delay.
            let list = self.diary.remove(&now).expect("it was seen just now");
            Box::pin(self.live_through(list, now)).await;
        }
    }

    fn plan(&mut self, at: Timestamp, what: What) {
        self.diary.entry(at).or_default().push(what);
    }

    fn post(&mut self, person: usize, now: Timestamp) {
        for Parcel { due, events } in std::mem::take(&mut self.people[person].parcels) {
            self.plan(due.max(now), What::Deliver(person, events));
        }
    }

    /// Hands over everything that arrives at this moment.
    async fn deliver(&mut self, parcels: Vec<(usize, Vec<Event>)>, now: Timestamp) {
        let house = &self.house;
        let client = Client {
            address: [203, 0, 113, 7].into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
            webdriver: false,
        };
        let answers = parcels.iter().map(|(person, events)| {
            let (visitor, events) = (self.people[*person].id, events.clone());
            house
                .pipeline
                .collect(&house.site, visitor, &client, None, events, now)
        });
        let answers: Vec<Collected> = join_all(answers)
            .await
            .into_iter()
            .map(|answer| answer.expect("the store takes everything"))
            .collect();
        let room = self.room(now);
        for ((person, events), answer) in parcels.iter().zip(&answers) {
            assert_eq!(
                events.len(),
                answer.taken.len(),
                "each event has one outcome"
            );
            self.tally.sent += events.len();
            for (event, taken) in events.iter().zip(&answer.taken) {
                self.watches[*person].outcome(event, *taken, now);
            }
        }
        let touched: BTreeSet<usize> = parcels.iter().map(|(person, _)| *person).collect();
        for person in touched {
            self.look_at(person, room, now);
        }
        for ((person, _), answer) in parcels.iter().zip(&answers) {
            if let Some(invitation) = &answer.invitation {
                self.people[*person].hear(invitation, now);
            }
        }
    }

    fn look_at(&mut self, person: usize, room: Room, now: Timestamp) {
        let state = self.house.state(self.people[person].id);
        let watch = &mut self.watches[person];
        if let Some(state) = state {
            self.tally.invitations += usize::from(watch.look(&state, room, now));
            assert_eq!(
                state.page_views, watch.page_views,
                "page views of {}",
                state.id
            );
            assert_eq!(state.opted_out, watch.refuses());
        }
    }

    fn look_at_all(&mut self, now: Timestamp) {
        let room = self.room(now);
        let (watches, tally) = (&mut self.watches, &mut self.tally);
        self.house
            .store
            .for_each_live(Whose::Everybody, &mut |state| {
                let (_, number) = state.id.0.split_at(8);
                let number = u64::from_le_bytes(number.try_into().expect("an id has 16 bytes"));
                let made = watches[number as usize].look(state, room, now);
                tally.invitations += usize::from(made);
            });
    }

    /// Chats that agents can take, by their own words, and those that are promised.
    fn room(&self, now: Timestamp) -> Room {
        let held = self.promises.values().filter(|(_, until)| *until > now);
        let mut room = Room::new(held.map(|(free, _)| free).sum());
        let store = &self.house.store;
        store.for_each_live(Whose::Everybody, &mut |state| room.note(state, now));
        room
    }

    /// Agents come, go, are busy, or fall silent.
    fn agents(&mut self, now: Timestamp) {
        for (agent, department) in [("huda", "sales"), ("karim", "help")] {
            let (status, chats) = match self.dice.below(10) {
                0..4 => (AgentStatus::Online, self.dice.below(3) as u16),
                4..6 => (AgentStatus::Away, 0),
                6 => (AgentStatus::Offline, 0),
                _ => continue,
            };
            let word = Availability {
                status,
                chats,
                max_chats: 2,
                lease: LEASE,
                departments: vec![department.to_owned()],
                languages: Vec::new(),
            };
            let desk = &self.house.pipeline.desk;
            if desk.set(SITE, agent, word, now).unwrap() {
                self.house.pipeline.wake_attentive(SITE, now);
            }
            let free = if status == AgentStatus::Online {
                2 - chats
            } else {
                0
            };
            self.promises.insert(agent, (free, now + LEASE));
        }
        if !self.diary.is_empty() {
            self.plan(now + AGENTS_EVERY, What::Agents);
        }
    }

    async fn sweep(&mut self, now: Timestamp) {
        let store = Arc::clone(&self.house.store);
        let swept = tokio::task::spawn_blocking(move || store.sweep(now)).await;
        swept.expect("the sweep does not panic").unwrap();
        let store = &self.house.store;
        self.tally.most_in_memory = self.tally.most_in_memory.max(store.in_memory());
        store.for_each_live(Whose::Everybody, &mut |state| {
            let silent = now.since(state.last_seen);
            assert!(
                silent <= GONE_AFTER,
                "{} is kept {silent:?} after the last word",
                state.id
            );
        });
        if !self.diary.is_empty() || store.in_memory() > 0 {
            self.plan(now + SWEEP_EVERY, What::Sweep);
        }
    }

    async fn restart(&mut self, now: Timestamp) {
        let stop = if self.dice.percent(50) {
            Stop::Clean
        } else {
            Stop::Kill
        };
        let before = self.states(&self.house);
        let after = self.house.reopened(stop, now).await;
        for (before, after) in before.iter().zip(self.states(&after)) {
            assert_eq!(after, *before, "after {stop:?} at {now:?}");
        }
        let replayed = &after.store.figures().replayed;
        self.tally.replayed += replayed.load(std::sync::atomic::Ordering::Relaxed);
        self.tally.restarts += 1;
        self.house = after;
        self.promises.clear();
        // The books of some are enough here: the end audits everybody.
        let turn = self.tally.restarts;
        self.audit(now, |person| person % RESTARTS == turn % RESTARTS);
    }

    fn states(&self, house: &House) -> Vec<Option<VisitorState>> {
        let people = self.people.iter();
        people.map(|person| house.state(person.id)).collect()
    }

    fn audit(&self, now: Timestamp, whom: impl Fn(usize) -> bool) {
        for (_, person) in self.people.iter().enumerate().filter(|(at, _)| whom(*at)) {
            if let Some(state) = self.house.state(person.id) {
                let records = self
                    .house
                    .store
                    .records(SITE, person.id, usize::MAX)
                    .unwrap();
                audit::visitor(&self.house.rules, &state, &records, now);
            }
        }
    }

    async fn end(&mut self, now: Timestamp) {
        self.audit(now, |_| true);
        let people: Vec<VisitorId> = self.people.iter().map(|person| person.id).collect();
        past::backtest_tells_what_happened(&self.house, &people, self.tally.invitations, now);
        for watch in &self.watches {
            let [accepted, duplicate, refused] = watch.outcomes;
            let total = &mut self.tally.outcomes;
            *total = [
                total[0] + accepted,
                total[1] + duplicate,
                total[2] + refused,
            ];
        }
        assert_eq!(self.tally.outcomes.iter().sum::<usize>(), self.tally.sent);
        assert_eq!(
            self.house.store.in_memory(),
            0,
            "somebody is never forgotten"
        );
        assert!(
            self.house.pipeline.timers.is_empty(),
            "somebody is woken for ever"
        );
        self.house.store.close().await.unwrap();
    }
}
