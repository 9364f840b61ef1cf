//! One visitor's recorded course under other rules than those it was recorded under.
//!
//! The journal tells what was reported and when somebody looked. Other rules want to look at other moments: a trigger
//! that waits for ten seconds rings when one that waits for twenty does not. So a rerun keeps its own wake-ups and looks
//! by itself where the journal does not.

use crate::domain::{
    Batch, Cause, Event, EventKind, InvitationId, InvitationState, Key, Millis, Record, Settlement,
    SiteNow, Timestamp, VisitorState,
};
use crate::rules::RuleSet;

use super::effects::{Effect, Effects};
use super::invitations;
use super::replay::apply;
use super::rescore::set_scores;
use super::sessions::is_over;
use super::step::{Input, next_wake, step};

/// A wake-up waits this long for the journal to do the looking. A live timer rings a little after the moment it was set
/// for; within the grace the recorded moment counts, so that the same rules decide at the same millisecond.
pub const GRACE: Millis = Millis::from_secs(2);
/// Two offers of one trigger no further apart than this are one offer to the visitor.
pub const SAME_OFFER: Millis = Millis::from_secs(30);
/// So many own wake-ups between two records at most; then the next record does the looking.
const MAX_TICKS: usize = 4_096;
/// So many recorded offers are kept for telling what an answer was to.
pub(super) const MAX_OFFERS: usize = 16;

/// What a site knew, moment by moment.
pub trait SiteTimeline {
    /// What it knew at `moment`.
    fn at(&self, moment: Timestamp) -> SiteNow;
}

/// What a site knew, as its records tell: each holds until the next one says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteHistory {
    changes: Vec<(Timestamp, SiteNow)>,
}

impl SiteHistory {
    /// Takes note of what a record says. Records come in the order of the journal; a moment before an earlier one, after
    /// the clock was set back, counts as that earlier one.
    pub fn note(&mut self, moment: Timestamp, site: &SiteNow) {
        match self.changes.last() {
            Some((_, last)) if *last == *site => {}
            Some((at, _)) => self.changes.push((moment.max(*at), site.clone())),
            None => self.changes.push((moment, site.clone())),
        }
    }
}

impl SiteTimeline for SiteHistory {
    /// Before the first record, what the first says; with no record at all, that nobody is there.
    fn at(&self, moment: Timestamp) -> SiteNow {
        let later = self.changes.partition_point(|(at, _)| *at <= moment);
        let known = self.changes.get(later.saturating_sub(1));
        known.map_or_else(SiteNow::default, |(_, site)| site.clone())
    }
}

impl SiteTimeline for SiteNow {
    /// The same at every moment.
    fn at(&self, _: Timestamp) -> SiteNow {
        self.clone()
    }
}

/// One look at the visitor in a rerun.
#[derive(Debug)]
pub struct Look<'a> {
    /// When.
    pub now: Timestamp,
    /// What the site knew.
    pub site: &'a SiteNow,
    /// The record that was taken; `None` when the rerun looked by itself.
    pub record: Option<&'a Record>,
    /// What followed.
    pub effects: &'a [Effect],
    /// The state afterwards.
    pub state: &'a VisitorState,
}

/// An offer that the visitor really had, so that an answer to it is understood.
#[derive(Clone, Copy, Debug)]
struct RealOffer {
    id: InvitationId,
    trigger: Key,
    at: Timestamp,
}

/// One visitor's course under given rules, fed with the visitor's records in order.
///
/// * A record is taken as it was: the same events, the same moment, the same knowledge of the site.
/// * In between, the rerun looks whenever these rules ask for it, unless a record within [`GRACE`] does.
/// * As long as all records were made under these very rules, the recorded looks are all there were, and no other is
///   added: a rerun of the rules in force is what happened, lost timers included.
/// * New scores of a history are taken in that case only; else these rules have given points of their own all along.
/// * A recorded answer to an invitation counts as an answer to the invitation that these rules made, if the same
///   trigger made both within [`SAME_OFFER`]. Any other answer is only a sign of life. An invitation that nobody really
///   had is never answered, and lapses.
pub struct Rerun<'a> {
    rules: &'a RuleSet,
    site: &'a dyn SiteTimeline,
    state: VisitorState,
    wake_at: Option<Timestamp>,
    /// Whether all records so far were made under these rules.
    same: bool,
    offers: Vec<RealOffer>,
    /// The last request in this course's words, if it told of an invitation that this course does not have.
    words: Option<Batch>,
}

impl<'a> Rerun<'a> {
    /// A course that leaves the recorded one at `since`, where the visitor stood at `state`: a fresh one, or one that
    /// earlier records were replayed into under the rules they carry.
    pub fn new(
        rules: &'a RuleSet,
        site: &'a dyn SiteTimeline,
        state: VisitorState,
        since: Timestamp,
    ) -> Self {
        let known = state.sessions > 0;
        let wake_at = known.then(|| next_wake(rules, &site.at(since), &state, since));
        Self {
            rules,
            site,
            wake_at: wake_at.flatten(),
            state,
            same: true,
            offers: Vec::new(),
            words: None,
        }
    }

    /// A course that was the recorded one up to `state`, under other rules, which next want to look at `wake_at`.
    pub(super) fn from(
        rules: &'a RuleSet,
        site: &'a dyn SiteTimeline,
        state: VisitorState,
        wake_at: Option<Timestamp>,
    ) -> Self {
        Self {
            rules,
            site,
            state,
            wake_at,
            same: false,
            offers: Vec::new(),
            words: None,
        }
    }

    /// The same course, known to have been recorded under other rules before: it looks by itself from the start.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.same = false;
        self
    }

    /// The state after what was taken so far.
    pub fn state(&self) -> &VisitorState {
        &self.state
    }

    /// When these rules want to look next, unless a record does before.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.wake_at.filter(|_| !self.same)
    }

    /// The last record's request as this course took it, if it was not taken as it stands.
    pub(super) fn words(&self) -> Option<&Batch> {
        self.words.as_ref()
    }

    /// Takes note of an offer that the visitor really had, before the record of an answer to it is fed.
    pub fn note_offer(&mut self, id: InvitationId, trigger: Key, at: Timestamp) {
        if self.offers.len() == MAX_OFFERS {
            self.offers.remove(0);
        }
        self.offers.push(RealOffer { id, trigger, at });
    }

    /// Passes the wake-ups before a record, then takes the record.
    pub fn feed(&mut self, record: &Record, seen: &mut dyn FnMut(&Look<'_>)) {
        self.same &= record.rules == self.rules.hash;
        self.pass(record.now, seen);
        let site = &record.site_now;
        self.words = None;
        let effects = match &record.cause {
            Cause::Tick => self.tick(site, record.now),
            Cause::Rescore(scores) if self.same => {
                set_scores(self.rules, site, &mut self.state, scores, record.now)
            }
            // What these rules gave all along is not changed by what others came to.
            Cause::Rescore(_) => return,
            Cause::Events(batch) if self.has_stray(batch) => {
                let batch = self.translated(batch, record.now);
                let done = apply(self.rules, site, &mut self.state, &batch, record.now).1;
                self.words = Some(batch);
                done
            }
            Cause::Events(batch) => apply(self.rules, site, &mut self.state, batch, record.now).1,
        };
        self.follow(record.now, site, Some(record), &effects, seen);
    }

    /// Passes the wake-ups up to `until`, be it the end or the moment of the next record.
    pub fn finish(&mut self, until: Timestamp, seen: &mut dyn FnMut(&Look<'_>)) {
        self.pass(until, seen);
    }

    fn pass(&mut self, until: Timestamp, seen: &mut dyn FnMut(&Look<'_>)) {
        if self.same {
            return;
        }
        for _ in 0..MAX_TICKS {
            let Some(at) = self.wake_at.filter(|at| *at + GRACE < until) else {
                return;
            };
            let site = self.site.at(at);
            let effects = self.tick(&site, at);
            self.follow(at, &site, None, &effects, seen);
        }
    }

    fn tick(&mut self, site: &SiteNow, now: Timestamp) -> Effects {
        step(self.rules, site, &mut self.state, Input::Tick, now).1
    }

    fn follow(
        &mut self,
        now: Timestamp,
        site: &SiteNow,
        record: Option<&Record>,
        effects: &Effects,
        seen: &mut dyn FnMut(&Look<'_>),
    ) {
        self.wake_at = effects.wake_at;
        seen(&Look {
            now,
            site,
            record,
            effects: &effects.list,
            state: &self.state,
        });
    }

    /// Whether one of these events tells of an invitation that this course does not have.
    fn has_stray(&self, batch: &Batch) -> bool {
        let stray = |event: &Event| told_of(event).is_some_and(|id| !self.knows(id));
        batch.events.iter().any(stray)
    }

    fn knows(&self, id: InvitationId) -> bool {
        invitations::is_known(&self.state, id)
    }

    /// The same request with each answer to a real invitation put to this course's own.
    ///
    /// What a browser remembers of others is left out, unless the same rules made it: these have invitations of their own.
    fn translated(&mut self, batch: &Batch, now: Timestamp) -> Batch {
        let mut batch = batch.clone();
        batch.events.retain_mut(|event| {
            let (at, remembered) = (event.at.min(now), !event.kind.is_sign_of_life());
            let (EventKind::Invitation { invitation, .. } | EventKind::Known { invitation, .. }) =
                &mut event.kind
            else {
                return true;
            };
            if self.knows(*invitation) {
                return true;
            }
            let own = self.counterpart(*invitation);
            match own {
                Some(own) => *invitation = own,
                None if remembered => return self.same,
                None => self.sign_of_life(at, now),
            }
            true
        });
        batch
    }

    /// This course's invitation that is one with the real one of this id.
    fn counterpart(&self, id: InvitationId) -> Option<InvitationId> {
        let real = self.offers.iter().rev().find(|offer| offer.id == id)?;
        let is_it = |trigger: Key, at: Timestamp| {
            trigger == real.trigger && at.since(real.at).max(real.at.since(at)) <= SAME_OFFER
        };
        let history = &self.state.invitations;
        let open = history.open.as_deref().filter(|open| {
            open.state != InvitationState::Withheld && is_it(open.trigger, open.offered_at)
        });
        let settled =
            history.settled.iter().rev().find(|past| {
                past.how != Settlement::Withheld && is_it(past.trigger, past.offered_at)
            });
        open.map(|open| open.id).or(settled.map(|past| past.id))
    }

    /// An answer that means nothing here still shows that somebody is there: a session lasts as long as it really did.
    fn sign_of_life(&mut self, at: Timestamp, now: Timestamp) {
        self.state.last_seen = self.state.last_seen.max(now);
        let session = self.state.session.as_deref_mut();
        if let Some(session) = session.filter(|session| !is_over(session.last_at, at)) {
            session.last_at = session.last_at.max(at);
        }
    }
}

fn told_of(event: &Event) -> Option<InvitationId> {
    match &event.kind {
        EventKind::Invitation { invitation, .. } | EventKind::Known { invitation, .. } => {
            Some(*invitation)
        }
        EventKind::PageView(_)
        | EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Custom { .. }
        | EventKind::Identify { .. }
        | EventKind::Goal { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Consent { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(free_slots: u16) -> SiteNow {
        SiteNow {
            free_slots,
            ..SiteNow::default()
        }
    }

    #[test]
    fn a_history_holds_what_was_said_last() {
        let mut history = SiteHistory::default();
        assert_eq!(history.at(Timestamp(5)), SiteNow::default());
        for (at, slots) in [(10, 1), (20, 1), (30, 2), (25, 3)] {
            history.note(Timestamp(at), &free(slots));
        }
        let slots = |at| history.at(Timestamp(at)).free_slots;
        assert_eq!([slots(0), slots(10), slots(29)], [1, 1, 1]);
        assert_eq!(slots(30), 3, "the clock was set back: the later word holds");
        assert_eq!(history.changes.len(), 3, "only changes are kept");
    }
}
