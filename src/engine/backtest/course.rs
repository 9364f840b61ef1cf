//! A visitor's course under given rules, which need not be run apart from the recorded one until it differs.

use crate::domain::{
    Cause, Event, EventKind, InvitationId, Key, Record, RuleSetHash, Timestamp, VisitorState,
};
use crate::engine::effects::Effect;
use crate::engine::rerun::{GRACE, Look, MAX_OFFERS, Rerun};
use crate::engine::step::next_wake;
use crate::rules::RuleSet;

use super::beside::Beside;
use super::contrast::Contrast;
use super::side::{Around, Memory, SideTally};
use super::trial::Plan;

/// One visitor's course under one version of the rules.
pub(super) struct Course<'a> {
    plan: &'a Plan<'a>,
    rules: &'a RuleSet,
    way: Way<'a>,
    pub(super) memory: Memory,
}

/// Where it runs.
enum Way<'a> {
    /// All records were made under these very rules: it is what happened.
    Recorded,
    /// These rules are others, and have come to the same so far: the recorded state means the same to them.
    Along(Along),
    /// These rules have come to something else, or nobody can tell.
    Apart(Box<Rerun<'a>>),
}

/// What is not the same although the state is.
struct Along {
    /// The rules that these were last compared with.
    recorded: RuleSetHash,
    /// When these rules want to look by themselves.
    wake_at: Option<Timestamp>,
    /// The latest offers that the visitor really had.
    offers: Vec<(InvitationId, Key, Timestamp)>,
}

impl Along {
    fn note(&mut self, effects: &[Effect]) {
        for offer in offers(effects) {
            if self.offers.len() == MAX_OFFERS {
                self.offers.remove(0);
            }
            self.offers.push(offer);
        }
    }
}

fn offers(effects: &[Effect]) -> impl Iterator<Item = (InvitationId, Key, Timestamp)> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Offered(offer) => Some((offer.id, offer.trigger, offer.offered_at)),
        Effect::SessionStarted(_)
        | Effect::SessionEnded(_)
        | Effect::StageChanged { .. }
        | Effect::Withheld(_)
        | Effect::Shown(..)
        | Effect::Revoked(_)
        | Effect::Settled(_)
        | Effect::Learned(_)
        | Effect::Suppressed { .. }
        | Effect::Identified
        | Effect::Chat(..)
        | Effect::Goal { .. } => None,
    })
}

/// Whether the browser told of an invitation that was lost. Other rules than those of then have not made it.
fn recalls(record: &Record) -> bool {
    let Cause::Events(batch) = &record.cause else {
        return false;
    };
    let is_known =
        |event: &Event| matches!(event.kind, EventKind::Known { .. } | EventKind::ByAgent(_));
    batch.events.iter().any(is_known)
}

impl<'a> Course<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, rules: &'a RuleSet) -> Self {
        Self {
            plan,
            rules,
            way: Way::Recorded,
            memory: Memory::default(),
        }
    }

    /// Leaves what happened at `since` if these rules are not those of the next record, which differ from them by
    /// `contrast`.
    pub(super) fn part(
        &mut self,
        live: &VisitorState,
        since: Timestamp,
        next: RuleSetHash,
        contrast: Option<&Contrast>,
    ) {
        let is_same = contrast.is_some_and(|contrast| contrast.is_new_to(live));
        match &mut self.way {
            Way::Recorded if next == self.rules.hash => {}
            Way::Recorded if is_same => {
                let wakes = live.sessions > 0;
                let site = || self.plan.site.at(since);
                let wake_at = wakes.then(|| next_wake(self.rules, &site(), live, since));
                self.way = Way::Along(Along {
                    recorded: next,
                    wake_at: wake_at.flatten(),
                    offers: Vec::new(),
                });
            }
            Way::Recorded => {
                let rerun = Rerun::new(self.rules, self.plan.site, live.clone(), since);
                self.way = Way::Apart(Box::new(rerun.apart()));
            }
            Way::Along(along) if along.recorded == next => {}
            Way::Along(along) if is_same => along.recorded = next,
            Way::Along(_) => self.leave(live.clone()),
            Way::Apart(_) => {}
        }
    }

    /// In what the recorded rules differ, if this course still goes along and this record cannot change that before the
    /// triggers are judged. Else it goes its own way from here on.
    pub(super) fn shares<'c>(
        &mut self,
        live: &VisitorState,
        record: &Record,
        contrast: Option<&'c Contrast>,
    ) -> Option<&'c Contrast> {
        let Way::Along(_) = self.way else {
            return None;
        };
        let shared =
            contrast.filter(|it| !recalls(record) && !it.may_score(self.rules, live, record));
        if shared.is_none() {
            self.leave(live.clone());
        }
        shared
    }

    /// Goes its own way from `state` on.
    fn leave(&mut self, state: VisitorState) {
        let Way::Along(along) = &self.way else {
            return;
        };
        let mut rerun = Rerun::from(self.rules, self.plan.site, state, along.wake_at);
        for (id, trigger, at) in &along.offers {
            rerun.note_offer(*id, *trigger, *at);
        }
        self.way = Way::Apart(Box::new(rerun));
    }

    /// When these rules want to look by themselves.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        match &self.way {
            Way::Recorded => None,
            Way::Along(along) => along.wake_at,
            Way::Apart(rerun) => rerun.wake_at(),
        }
    }

    /// Passes the wake-ups up to `until`.
    pub(super) fn wait(&mut self, until: Timestamp, around: &Around<'_>, tally: &mut SideTally) {
        if let Way::Along(along) = &self.way
            && along.wake_at.is_some_and(|at| at + GRACE < until)
        {
            // Nobody looked at that moment in what happened.
            self.leave(around.live.clone());
        }
        let (rules, memory) = (self.rules, &mut self.memory);
        if let Way::Apart(rerun) = &mut self.way {
            let around = Around { rules, ..*around };
            rerun.finish(until, &mut |look| tally.look(look, &around, memory));
        }
    }

    /// Takes a record, or counts what followed from it in the recorded course. `own` is what these rules came to if they
    /// went along up to here.
    pub(super) fn take(
        &mut self,
        live: &Look<'_>,
        own: Option<Beside>,
        record: &Record,
        around: &Around<'_>,
        tally: &mut SideTally,
    ) {
        let (rules, memory) = (self.rules, &mut self.memory);
        let around = Around { rules, ..*around };
        match (&mut self.way, own) {
            (Way::Recorded, _) => tally.look(live, &around, memory),
            (Way::Apart(rerun), _) => {
                for (id, trigger, at) in offers(live.effects) {
                    rerun.note_offer(id, trigger, at);
                }
                rerun.feed(record, &mut |look| tally.look(look, &around, memory));
            }
            (Way::Along(along), Some(Beside::Apart(own))) => {
                let (state, effects) = *own;
                let look = Look {
                    effects: &effects.list,
                    state: &state,
                    ..*live
                };
                tally.look(&look, &around, memory);
                along.note(live.effects);
                along.wake_at = effects.wake_at;
                self.leave(state);
            }
            (Way::Along(along), own) => {
                if let Some(Beside::Same(wake_at)) = own {
                    along.wake_at = wake_at;
                }
                along.note(live.effects);
                tally.look(live, &around, memory);
            }
        }
    }
}
