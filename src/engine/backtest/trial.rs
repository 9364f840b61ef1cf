//! One visitor's records under both sides of the comparison.

use std::sync::Arc;

use crate::domain::{Cause, Record, RuleSetHash, Timestamp, VisitorId, VisitorState};
use crate::engine::replay::replay;
use crate::engine::rerun::{Look, SiteTimeline};
use crate::rules::RuleSet;

use super::beside::replay_beside;
use super::contrast::Contrast;
use super::course::Course;
use super::side::{Around, Memory};
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

/// The rules that records were made under.
#[derive(Clone, Copy)]
pub struct Recorded<'r> {
    /// Those rules.
    pub rules: &'r RuleSet,
    /// In what they differ from the candidate, if that is little.
    pub contrast: Option<&'r Contrast>,
}

impl<'r> From<&'r RuleSet> for Recorded<'r> {
    /// Rules that were not compared with the candidate.
    fn from(rules: &'r RuleSet) -> Self {
        let contrast = None;
        Self { rules, contrast }
    }
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
            after: Course::new(plan, plan.candidate),
            against: plan.against.map(|rules| Course::new(plan, rules)),
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
            after: Course::new(plan, plan.candidate),
            against: plan.against.map(|rules| Course::new(plan, rules)),
            memory: Memory::default(),
            records: 0,
            events: 0,
        }
    }

    /// Takes the next record; `recorded` are the rules that it was made under.
    pub fn take(&mut self, record: &Record, recorded: Recorded<'_>, tally: &mut Tally) {
        let rules = recorded.rules;
        if record.now < self.plan.since {
            replay(rules, &mut self.live, record);
            self.last = (record.now, record.rules);
            return;
        }
        self.records += 1;
        if let Cause::Events(batch) = &record.cause {
            self.events += batch.events.len() as u64;
        }
        self.part(record.rules, recorded.contrast);
        self.wait(record.now, rules, tally);
        let shared = self.after.shares(&self.live, record, recorded.contrast);
        let (effects, own) = match shared {
            Some(contrast) => {
                let candidate = self.plan.candidate;
                let (effects, own) =
                    replay_beside(rules, candidate, contrast, &mut self.live, record);
                (effects, Some(own))
            }
            None => (replay(rules, &mut self.live, record), None),
        };
        let around = Around {
            rules,
            live: &self.live,
            live_rules: rules,
        };
        let look = Look {
            now: record.now,
            site: &record.site_now,
            record: Some(record),
            effects: &effects,
            state: &self.live,
        };
        self.after
            .take(&look, own, record, &around, &mut tally.after);
        match &mut self.against {
            Some(against) => against.take(&look, None, record, &around, &mut tally.before),
            None => tally.before.look(&look, &around, &mut self.memory),
        }
        self.last = (record.now, record.rules);
    }

    /// Passes the wake-ups that remain and adds what became of the visitor. `recorded` are the rules of the last record.
    pub fn finish(mut self, recorded: &RuleSet, tally: &mut Tally) {
        if self.live.session.is_some() {
            self.part(self.last.1, None);
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
        self.after.wake_at()
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
            (Some(before), Some(after)) if before.trigger != after.trigger => {
                let pair = (Arc::clone(&before.trigger), Arc::clone(&after.trigger));
                *tally.replaced.entry(pair).or_default() += 1;
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// When the latest record was made.
    pub fn last_rules(&self) -> RuleSetHash {
        self.last.1
    }

    /// Lets the sides go whose rules are not those of the next record.
    fn part(&mut self, next: RuleSetHash, contrast: Option<&Contrast>) {
        let since = self.last.0.max(self.plan.since);
        self.after.part(&self.live, since, next, contrast);
        if let Some(against) = &mut self.against {
            against.part(&self.live, since, next, None);
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
