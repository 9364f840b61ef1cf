//! The looks at a visitor during one visit: those that there really were, or those that other rules would have taken.

use crate::domain::{Batch, Cause, Record, SESSION_GAP, SiteNow, Timestamp, VisitorState};
use crate::engine::effects::Effect;
use crate::engine::explain::PastError;
use crate::engine::replay::replay;
use crate::engine::rerun::{GRACE, Look, Rerun, SiteHistory};
use crate::engine::rescore::rescore;
use crate::rules::RuleSet;

use super::{Load, Plan};

/// One look.
pub(super) struct Seen<'a> {
    /// The rules under which it was taken.
    pub(super) rules: &'a RuleSet,
    /// When.
    pub(super) now: Timestamp,
    /// What the site knew.
    pub(super) site: &'a SiteNow,
    /// The visitor before.
    pub(super) before: &'a VisitorState,
    /// The visitor afterwards.
    pub(super) after: &'a VisitorState,
    /// What was taken; `None` when these rules looked by themselves.
    pub(super) record: Option<&'a Record>,
    /// What followed.
    pub(super) effects: &'a [Effect],
}

/// A visit's course.
pub(super) struct Course<'a> {
    plan: &'a Plan<'a>,
    /// The rules, where they are not those of then.
    other: Option<&'a RuleSet>,
    /// The visitor before the visit as things really were.
    live: VisitorState,
    /// The same with the points that the other rules would have given.
    start: VisitorState,
    site: SiteHistory,
}

impl<'a> Course<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, load: &mut Load<'_>) -> Result<Self, PastError> {
        let visit = plan.visit;
        let first = plan.records.first().ok_or(PastError::NoRecords)?;
        let (before, during) = plan.records.split_at(visit.records.start);
        let during = &during[..visit.records.len()];
        let mut live = VisitorState::new(first.site, first.visitor, first.now);
        for record in before {
            let rules = load(record.rules).ok_or(PastError::RulesLost(record.rules))?;
            replay(&rules, &mut live, record);
        }
        // Under the rules of then it is what happened, and their earlier points are those that were given.
        let is_other = |rules: &&RuleSet| during.iter().any(|record| record.rules != rules.hash);
        let other = plan.under.filter(is_other);
        let mut site = SiteHistory::default();
        for record in during {
            site.note(record.now, &record.site_now);
        }
        let anew = other.and_then(|rules| rescore(rules, before, visit.started_at, load));
        Ok(Self {
            plan,
            other,
            start: anew.map_or_else(|| live.clone(), |anew| anew.after()),
            live,
            site,
        })
    }

    /// Whether this is what really happened.
    pub(super) const fn is_recorded(&self) -> bool {
        self.other.is_none()
    }

    /// The visitor before the visit, as things really were.
    pub(super) const fn before(&self) -> &VisitorState {
        &self.live
    }

    fn records(&self) -> &'a [Record] {
        &self.plan.records[self.plan.visit.records.clone()]
    }

    /// Shows every look, in order.
    pub(super) fn walk(
        &self,
        load: &mut Load<'_>,
        look: &mut dyn FnMut(&Seen<'_>),
    ) -> Result<(), PastError> {
        match self.other {
            Some(rules) => self.walk_apart(rules, load, look),
            None => self.walk_recorded(load, look),
        }
    }

    fn walk_recorded(
        &self,
        load: &mut Load<'_>,
        look: &mut dyn FnMut(&Seen<'_>),
    ) -> Result<(), PastError> {
        let mut state = self.live.clone();
        for record in self.records() {
            let rules = load(record.rules).ok_or(PastError::RulesLost(record.rules))?;
            let before = state.clone();
            let effects = replay(&rules, &mut state, record);
            look(&Seen {
                rules: &rules,
                now: record.now,
                site: &record.site_now,
                before: &before,
                after: &state,
                record: Some(record),
                effects: &effects,
            });
        }
        Ok(())
    }

    fn walk_apart(
        &self,
        rules: &RuleSet,
        load: &mut Load<'_>,
        look: &mut dyn FnMut(&Seen<'_>),
    ) -> Result<(), PastError> {
        let since = self
            .records()
            .first()
            .map_or(Timestamp(0), |first| first.now);
        let mut rerun = Rerun::new(rules, &self.site, self.start.clone(), since).apart();
        let (mut live, mut before) = (self.live.clone(), self.start.clone());
        for record in self.records() {
            let of_then = load(record.rules).ok_or(PastError::RulesLost(record.rules))?;
            for effect in replay(&of_then, &mut live, record) {
                if let Effect::Offered(offer) = effect {
                    rerun.note_offer(offer.id, offer.trigger, offer.offered_at);
                }
            }
            let mut looks = Vec::new();
            rerun.feed(record, &mut |seen| looks.push(Kept::of(seen)));
            let taken = rerun.words().map(|batch| said(record, batch));
            let taken = taken.as_ref().unwrap_or(record);
            for kept in looks {
                kept.show(rules, &mut before, taken, look);
            }
        }
        let mut looks = Vec::new();
        rerun.finish(self.until(), &mut |seen| looks.push(Kept::of(seen)));
        if let Some(last) = self.records().last() {
            for kept in looks {
                kept.show(rules, &mut before, last, look);
            }
        }
        Ok(())
    }

    /// Up to when other rules may look by themselves: to the silence that ends the visit, the next one, or this moment.
    fn until(&self) -> Timestamp {
        let visit = self.plan.visit;
        let silence = visit.last_at + SESSION_GAP + GRACE + crate::domain::Millis(1);
        let next = self.plan.records.get(visit.records.end);
        let next = next.map_or(self.plan.now, |next| next.now);
        silence.min(next).min(self.plan.now)
    }
}

/// A record in other words: with the answers that its rules' own invitations were given.
fn said(record: &Record, batch: &Batch) -> Record {
    Record {
        cause: Cause::Events(batch.clone()),
        ..record.clone()
    }
}

/// A look of a rerun, kept until it is told.
struct Kept {
    now: Timestamp,
    site: SiteNow,
    is_own: bool,
    effects: Vec<Effect>,
    state: VisitorState,
}

impl Kept {
    fn of(look: &Look<'_>) -> Self {
        Self {
            now: look.now,
            site: look.site.clone(),
            is_own: look.record.is_none(),
            effects: look.effects.to_vec(),
            state: look.state.clone(),
        }
    }

    /// Shows it; the state that it left is the one before the next.
    fn show(
        self,
        rules: &RuleSet,
        before: &mut VisitorState,
        record: &Record,
        look: &mut dyn FnMut(&Seen<'_>),
    ) {
        look(&Seen {
            rules,
            now: self.now,
            site: &self.site,
            before,
            after: &self.state,
            record: (!self.is_own).then_some(record),
            effects: &self.effects,
        });
        *before = self.state;
    }
}
