//! One visitor's records under both sides of the comparison.

use crate::domain::{Cause, Record, RuleSetHash, Timestamp, VisitorId, VisitorState};
use crate::engine::effects::Effect;
use crate::engine::replay::replay;
use crate::engine::rerun::{Look, Rerun, SiteTimeline};
use crate::rules::RuleSet;

use super::side::{Around, Memory, SideTally};
use super::tally::Tally;

/// What is compared.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The rules on trial.
    pub candidate: &'a RuleSet,
    /// The rules that they are compared with; `None`: what really happened.
    pub against: Option<&'a RuleSet>,
    /// What the site knew.
    pub site: &'a (dyn SiteTimeline + Sync),
    /// From here on both sides go their own ways; what lies before is replayed as it was.
    pub since: Timestamp,
    /// The end of the period.
    pub until: Timestamp,
}

/// A visitor's course under given rules. As long as all records were made under those very rules it is the recorded
/// one, which is not run twice.
struct Course<'a> {
    rules: &'a RuleSet,
    apart: Option<Box<Rerun<'a>>>,
    memory: Memory,
}

/// One visitor's records under both sides. Feed it the records in order, then end it.
pub struct Trial<'a> {
    plan: &'a Plan<'a>,
    visitor: VisitorId,
    /// The visitor as things really were.
    live: VisitorState,
    /// The latest record: when, and under which rules.
    last: (Timestamp, RuleSetHash),
    after: Course<'a>,
    against: Option<Course<'a>>,
    /// Of what really happened, if that is a side of the comparison.
    memory: Memory,
    known_before: bool,
    records: u64,
    events: u64,
}

impl<'a> Course<'a> {
    fn new(rules: &'a RuleSet) -> Self {
        Self {
            rules,
            apart: None,
            memory: Memory::default(),
        }
    }

    /// Leaves the recorded course at `since` if these rules are not those of `record`.
    fn part(
        &mut self,
        plan: &'a Plan<'a>,
        live: &VisitorState,
        since: Timestamp,
        next: RuleSetHash,
    ) {
        if self.apart.is_none() && next != self.rules.hash {
            let rerun = Rerun::new(self.rules, plan.site, live.clone(), since);
            self.apart = Some(Box::new(rerun.apart()));
        }
    }

    /// Passes the wake-ups up to `until`.
    fn wait(&mut self, until: Timestamp, around: &Around<'_>, tally: &mut SideTally) {
        let Self {
            rules,
            apart,
            memory,
        } = self;
        if let Some(rerun) = apart {
            let around = Around { rules, ..*around };
            rerun.finish(until, &mut |look| tally.look(look, &around, memory));
        }
    }

    /// Takes a record, or counts what followed from it in the recorded course.
    fn take(
        &mut self,
        live: &Look<'_>,
        record: &Record,
        around: &Around<'_>,
        tally: &mut SideTally,
    ) {
        let Self {
            rules,
            apart,
            memory,
        } = self;
        let around = Around { rules, ..*around };
        match apart {
            Some(rerun) => {
                for effect in live.effects {
                    if let Effect::Offered(offer) = effect {
                        rerun.note_offer(offer.id, offer.trigger, offer.offered_at);
                    }
                }
                rerun.feed(record, &mut |look| tally.look(look, &around, memory));
            }
            None => tally.look(live, &around, memory),
        }
    }
}

impl<'a> Trial<'a> {
    /// A visitor of whom this is the first record.
    pub fn new(plan: &'a Plan<'a>, first: &Record) -> Self {
        let came = match &first.cause {
            Cause::Events(batch) => batch.arrival.is_some(),
            Cause::Tick | Cause::Rescore(_) => false,
        };
        Self {
            plan,
            visitor: first.visitor,
            live: VisitorState::new(first.site, first.visitor, first.now),
            last: (Timestamp(0), first.rules),
            after: Course::new(plan.candidate),
            against: plan.against.map(Course::new),
            memory: Memory::default(),
            known_before: !came,
            records: 0,
            events: 0,
        }
    }

    /// A visitor who stood at `state` before the first record; that one was made under `rules`.
    pub fn known(plan: &'a Plan<'a>, state: VisitorState, rules: RuleSetHash) -> Self {
        Self {
            plan,
            visitor: state.id,
            last: (state.last_seen, rules),
            known_before: false,
            live: state,
            after: Course::new(plan.candidate),
            against: plan.against.map(Course::new),
            memory: Memory::default(),
            records: 0,
            events: 0,
        }
    }

    /// Takes the next record; `recorded` are the rules that it was made under.
    pub fn take(&mut self, record: &Record, recorded: &RuleSet, tally: &mut Tally) {
        if record.now < self.plan.since {
            replay(recorded, &mut self.live, record);
            self.last = (record.now, record.rules);
            return;
        }
        self.records += 1;
        if let Cause::Events(batch) = &record.cause {
            self.events += batch.events.len() as u64;
        }
        self.part(record.rules);
        self.wait(record.now, recorded, tally);
        let effects = replay(recorded, &mut self.live, record);
        let around = Around {
            rules: recorded,
            live: &self.live,
            live_rules: recorded,
        };
        let look = Look {
            now: record.now,
            site: &record.site_now,
            record: Some(record),
            effects: &effects,
            state: &self.live,
        };
        self.after.take(&look, record, &around, &mut tally.after);
        match &mut self.against {
            Some(against) => against.take(&look, record, &around, &mut tally.before),
            None => tally.before.look(&look, &around, &mut self.memory),
        }
        self.last = (record.now, record.rules);
    }

    /// Passes the wake-ups that remain and adds what became of the visitor. `recorded` are the rules of the last record.
    pub fn finish(mut self, recorded: &RuleSet, tally: &mut Tally) {
        if self.live.session.is_some() {
            self.part(self.last.1);
        }
        self.wait(self.plan.until, recorded, tally);
        self.count(tally);
    }

    /// Passes the candidate's wake-ups before `until`. `recorded` are the rules of the last record.
    pub fn pass(&mut self, until: Timestamp, recorded: &RuleSet, tally: &mut Tally) {
        self.wait(until, recorded, tally);
    }

    /// When the candidate wants to look by itself.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.after.apart.as_ref().and_then(|rerun| rerun.wake_at())
    }

    /// Adds what has become of the visitor so far; the rest was added as it happened.
    pub fn count(&self, tally: &mut Tally) {
        let before = self
            .against
            .as_ref()
            .map_or(&self.memory, |side| &side.memory);
        let (before, after) = (&before.first, &self.after.memory.first);
        tally.records += self.records;
        tally.events += self.events;
        if self.records > 0 {
            tally.visitors += 1;
            tally.known_before += u64::from(self.known_before);
        }
        tally.before.invited += u64::from(before.is_some());
        tally.after.invited += u64::from(after.is_some());
        match (before, after) {
            (None, Some(offer)) => tally.gained.add(self.visitor, offer),
            (Some(offer), None) => tally.lost.add(self.visitor, offer),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// When the latest record was made.
    pub fn last_rules(&self) -> RuleSetHash {
        self.last.1
    }

    /// Lets the sides go whose rules are not those of the next record.
    fn part(&mut self, next: RuleSetHash) {
        let since = self.last.0.max(self.plan.since);
        self.after.part(self.plan, &self.live, since, next);
        if let Some(against) = &mut self.against {
            against.part(self.plan, &self.live, since, next);
        }
    }

    fn wait(&mut self, until: Timestamp, recorded: &RuleSet, tally: &mut Tally) {
        let around = Around {
            rules: recorded,
            live: &self.live,
            live_rules: recorded,
        };
        self.after.wait(until, &around, &mut tally.after);
        if let Some(against) = &mut self.against {
            against.wait(until, &around, &mut tally.before);
        }
    }
}
