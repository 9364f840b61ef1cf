//! A browser on paper: opens pages, keeps the heartbeat and answers, moment by moment, and rings the engine's own bell.

use crate::domain::{
    Arrival, Batch, Event, EventId, EventKind, Invitation, InvitationState, PageId, SESSION_GAP,
    Settlement, SiteNow, Source, Timestamp, VisitorState,
};
use crate::engine::effects::{Effect, Effects};
use crate::engine::explain::score_now;
use crate::engine::replay::{apply, begins_session};
use crate::engine::step::{Input, step};
use crate::rules::RuleSet;
use crate::rules::journey::{Entry, Happening, Journey, Opening};

use super::check;
use super::guest;
use super::page::{Page, told};
use super::report::{Difference, Moment, ScoreAt};

/// How many steps a walk may take: three days of one page being looked at.
const MAX_STEPS: u32 = 20_000;

/// An invitation that was made, and how it ended.
pub(super) struct Made {
    pub(super) invitation: Invitation,
    pub(super) ended: Option<Settlement>,
}

/// A visit under way.
pub(super) struct Walker<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) journey: &'a Journey,
    pub(super) state: VisitorState,
    pub(super) site: SiteNow,
    pub(super) now: Timestamp,
    pub(super) made: Vec<Made>,
    pub(super) timeline: Vec<Moment>,
    page: Option<Page>,
    /// Where a session that begins now comes from, if the address of its first page says so.
    source: Option<&'a Source>,
    wake_at: Option<Timestamp>,
    events: u64,
    steps: u32,
}

impl<'a> Walker<'a> {
    pub(super) fn new(rules: &'a RuleSet, journey: &'a Journey) -> Self {
        Self {
            rules,
            journey,
            state: guest::arrives(journey),
            site: journey.site.clone(),
            now: journey.clock,
            made: Vec::new(),
            timeline: Vec::new(),
            page: None,
            source: None,
            wake_at: None,
            events: 0,
            steps: 0,
        }
    }

    /// Walks to the end, or to the first difference.
    pub(super) fn walk(&mut self) -> Option<Difference> {
        for (at, entry) in self.journey.entries.iter().enumerate() {
            self.pass(self.journey.clock + entry.at);
            if self.steps > MAX_STEPS {
                return Some(self.difference(
                    entry,
                    "a visit of at most three days at one page",
                    "the walk takes too many steps",
                ));
            }
            if let Some(what) = &entry.what
                && let Some(difference) = self.happen(entry, what)
            {
                return Some(difference);
            }
            let difference = entry
                .expect
                .iter()
                .find_map(|one| check::differs(self, entry, one));
            if difference.is_some() {
                return difference;
            }
            self.plan(at);
        }
        None
    }

    /// Walks to the end, whatever is expected. Returns the places of the entries that cannot be done.
    pub(super) fn walk_on(&mut self) -> Vec<usize> {
        let mut impossible = Vec::new();
        for (at, entry) in self.journey.entries.iter().enumerate() {
            self.pass(self.journey.clock + entry.at);
            if let Some(what) = &entry.what
                && self.happen(entry, what).is_some()
            {
                impossible.push(at);
            }
            self.plan(at);
        }
        impossible
    }

    fn difference(&self, entry: &Entry, expected: &str, actual: &str) -> Difference {
        Difference {
            place: entry.place.clone(),
            at_ms: self.now.since(self.journey.clock),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            why: Vec::new(),
        }
    }

    /// Lets time pass: timers ring exactly, the tracker reports as it would.
    fn pass(&mut self, until: Timestamp) {
        while self.steps <= MAX_STEPS {
            let wakes = self.wake_at.unwrap_or(Timestamp(u64::MAX));
            let page = self.page.as_ref();
            let pauses = page
                .and_then(|page| page.pause_at)
                .unwrap_or(Timestamp(u64::MAX));
            let beats = page.map_or(Timestamp(u64::MAX), Page::beats_at);
            let next = wakes.min(pauses).min(beats);
            if next > until {
                break;
            }
            self.now = self.now.max(next);
            if wakes == next {
                self.tick("time passes");
            } else {
                let paused = pauses == next;
                self.beat(|page| {
                    if paused {
                        page.attended = false;
                        page.pause_at = None;
                    }
                });
            }
        }
        self.now = self.now.max(until);
    }

    fn tick(&mut self, what: &str) {
        let effects = step(
            self.rules,
            &self.site,
            &mut self.state,
            Input::Tick,
            self.now,
        )
        .1;
        self.follow(what, &effects, false);
    }

    /// Settles the page's totals, changes something about it, and reports it.
    fn beat(&mut self, change: impl FnOnce(&mut Page)) {
        let now = self.now;
        let Some(page) = &mut self.page else { return };
        page.settle(now);
        change(page);
        page.reported_at = now;
        let (id, report) = (page.id, page.engage());
        self.report("reads on", vec![(Some(id), report)], false);
    }

    fn report(&mut self, what: &str, kinds: Vec<(Option<PageId>, EventKind)>, told: bool) {
        let events = kinds.into_iter().map(|(page, kind)| {
            self.events += 1;
            Event {
                id: EventId(self.events),
                at: self.now,
                page,
                kind,
            }
        });
        let events: Vec<Event> = events.collect();
        let arrival = || {
            let usual = self.journey.guest.arrival.clone();
            let source = self.source.cloned();
            Box::new(Arrival {
                source: source.unwrap_or_else(|| usual.source.clone()),
                ..usual
            })
        };
        let batch = Batch {
            arrival: begins_session(&self.state, &events).then(arrival),
            events,
        };
        let effects = apply(self.rules, &self.site, &mut self.state, &batch, self.now).1;
        self.follow(what, &effects, told);
    }

    /// Notes what follows. Moments at which nothing does are told only when the test tells of them.
    fn follow(&mut self, what: &str, effects: &Effects, told: bool) {
        self.steps += 1;
        self.wake_at = effects.wake_at;
        let words: Vec<String> = effects
            .list
            .iter()
            .filter_map(|one| self.note(one))
            .collect();
        if told || !words.is_empty() {
            self.timeline.push(Moment {
                at_ms: self.now.since(self.journey.clock),
                what: what.to_owned(),
                effects: words,
                scores: self.scores(),
            });
        }
    }

    fn note(&mut self, effect: &Effect) -> Option<String> {
        match effect {
            Effect::Offered(invitation) => {
                self.made.push(Made {
                    invitation: (**invitation).clone(),
                    ended: None,
                });
                Some(format!("`{}` invites", invitation.trigger_name))
            }
            Effect::Withheld(_) => {
                let invitation = (**self.state.invitations.open.as_ref()?).clone();
                let says = format!("`{}` is withheld", invitation.trigger_name);
                self.made.push(Made {
                    invitation,
                    ended: None,
                });
                Some(says)
            }
            Effect::Settled(past) => {
                let made = self
                    .made
                    .iter_mut()
                    .find(|made| made.invitation.id == past.id)?;
                made.ended = Some(past.how);
                let name = &made.invitation.trigger_name;
                Some(format!("`{name}` ends: {}", past.how.as_str()))
            }
            Effect::StageChanged { score, to, .. } => {
                let score = self.rules.score(*score)?;
                let stage = score.stages.iter().find(|stage| Some(stage.key) == *to);
                let stage = stage.map_or("none", |stage| &*stage.name);
                Some(format!("stage.{} is now {stage}", score.name))
            }
            Effect::SessionStarted(_) => Some("a session begins".to_owned()),
            Effect::SessionEnded(_) => Some("the session ends".to_owned()),
            Effect::Goal { name, .. } => Some(format!("the goal `{name}` is reached")),
            Effect::Shown(..)
            | Effect::Revoked(_)
            | Effect::Identified
            | Effect::Chat(..)
            | Effect::Suppressed { .. }
            | Effect::Learned(_) => None,
        }
    }

    pub(super) fn scores(&self) -> Vec<ScoreAt> {
        let scores = score_now(self.rules, &self.state, self.now).map(|score| ScoreAt {
            name: score.name,
            points: score.value.rounded(),
            stage: score.stage,
        });
        scores.collect()
    }

    /// Does what the test says; a difference when it cannot be done.
    fn happen(&mut self, entry: &Entry, what: &'a Happening) -> Option<Difference> {
        match what {
            Happening::Opens(opening) => self.open(opening),
            Happening::Reads {
                active,
                scroll,
                attended,
            } => self.beat(|page| {
                page.active = active.unwrap_or(page.active);
                page.scroll = scroll.unwrap_or(0).max(page.scroll);
                page.wanted = attended.unwrap_or(page.wanted);
                page.attended = page.wanted;
                page.pause_at = None;
            }),
            Happening::Reports(kind) => {
                let page = self.page.as_ref().map(|page| page.id);
                self.report(&told(kind), vec![(page, kind.clone())], true);
            }
            Happening::Answers(outcome) => {
                let open = self.state.invitations.open.as_deref();
                let visible = open.filter(|open| open.state != InvitationState::Withheld);
                let Some(id) = visible.map(|open| open.id) else {
                    let actual = if open.is_some() {
                        "it is withheld, so nobody sees it"
                    } else {
                        "none is open"
                    };
                    return Some(check::unanswerable(self, entry, actual));
                };
                let page = self.page.as_ref().map(|page| page.id);
                let kind = EventKind::Invitation {
                    invitation: id,
                    outcome: *outcome,
                };
                self.report(&told(&kind), vec![(page, kind)], true);
            }
            Happening::Agents(site) => {
                self.site.clone_from(site);
                self.tick("agents come or go");
            }
            Happening::Leaves => self.leave(),
        }
        None
    }

    fn open(&mut self, opening: &'a Opening) {
        let left = self.close();
        self.source = opening.source.as_ref();
        let id = PageId(self.events + 1);
        let mut view = opening.view.clone();
        view.tz.clone_from(&self.journey.guest.time_zone);
        let what = format!("opens {}", view.url);
        let opens = (Some(id), EventKind::PageView(Box::new(view)));
        self.page = Some(Page::opened(id, self.now));
        self.report(&what, left.into_iter().chain([opens]).collect(), true);
    }

    fn close(&mut self) -> Option<(Option<PageId>, EventKind)> {
        let mut page = self.page.take()?;
        page.settle(self.now);
        let kind = EventKind::Leave {
            active: Some(page.active),
            scroll: Some(page.scroll),
        };
        Some((Some(page.id), kind))
    }

    fn leave(&mut self) {
        if let Some(left) = self.close() {
            self.report("leaves", vec![left], true);
        }
    }

    /// What the visitor does until the next entry: looks away in time for the active time that it states, and is gone
    /// before a pause that ends a session.
    fn plan(&mut self, at: usize) {
        let rest = &self.journey.entries[at + 1..];
        let Some((next, now)) = rest.first().zip(Some(self.now)) else {
            return;
        };
        let reads = rest.iter().find_map(|entry| match &entry.what {
            Some(Happening::Opens(_) | Happening::Leaves) => Some(None),
            Some(Happening::Reads {
                active, attended, ..
            }) if active.is_some() || attended.is_some() => Some(*active),
            Some(
                Happening::Reads { .. }
                | Happening::Reports(_)
                | Happening::Answers(_)
                | Happening::Agents(_),
            )
            | None => None,
        });
        let Some(page) = &mut self.page else { return };
        page.pause_at = match reads.flatten() {
            // Of what is stated, so much has passed already.
            Some(active) if page.attended => {
                Some(page.settled_at + active.saturating_sub(page.active))
            }
            Some(_) | None => None,
        };
        let pause = (self.journey.clock + next.at).since(now);
        let reads_on = matches!(next.what, Some(Happening::Reads { .. }));
        if pause >= SESSION_GAP && !reads_on {
            self.leave();
        }
    }
}
