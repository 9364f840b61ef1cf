//! One input, one step.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::domain::{
    Arrival, Aspects, Event, EventKind, PageId, Points, Reject, Signal, SiteNow, Timestamp,
    VisitorState,
};
use crate::rules::{LocalTime, On, RuleSet};

use super::effects::{Effect, Effects, Taken};
use super::facts::{Focus, View};
use super::{
    by_hand, invitations, known, pages, profile, scoring, sessions, signals, triggers, wake,
};

/// What the engine is told.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Something was reported. The arrival is used if the event begins a session.
    Event(&'a Event, Option<&'a Arrival>),
    /// Time has passed.
    Tick,
}

/// A step under way: the world as arguments, the state to change, the consequences so far.
pub(super) struct Step<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) site: &'a SiteNow,
    pub(super) state: &'a mut VisitorState,
    pub(super) now: Timestamp,
    /// When the event at hand happened: never after `now`, whatever the sender's clock says.
    pub(super) at: Timestamp,
    /// When the visitor was last heard of before these events, after some earlier visit.
    pub(super) heard_before: Option<Timestamp>,
    /// The scores as they stand, in the order of the rules; worked out when a condition first asks.
    pub(super) scores: OnceCell<Vec<Points>>,
    /// The site's wall clock at `now`; read when a condition first asks.
    pub(super) local: OnceCell<Option<LocalTime>>,
    pub(super) effects: Vec<Effect>,
}

/// Takes one input: the new state is left in `state`, the consequences are returned.
///
/// An event that is a duplicate or refused leaves the state as it was. The wake-up is told in any case.
pub fn step(
    rules: &RuleSet,
    site: &SiteNow,
    state: &mut VisitorState,
    input: Input<'_>,
    now: Timestamp,
) -> (Taken, Effects) {
    let mut step = Step::new(rules, site, state, now);
    let taken = match input {
        Input::Event(event, arrival) => step.take(event, arrival),
        Input::Tick => {
            step.pass_time(now);
            Taken::Accepted
        }
    };
    (taken, step.finish(taken == Taken::Accepted))
}

/// When to look at this visitor again although nothing is heard: for states that were just read back.
pub fn next_wake(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    now: Timestamp,
) -> Option<Timestamp> {
    let mut state = state.clone();
    wake::next(&Step::new(rules, site, &mut state, now))
}

/// Why an event changes nothing, if it does not.
fn refusal(state: &VisitorState, event: &Event, now: Timestamp) -> Option<Taken> {
    if state.recent.contains(event.id) {
        return Some(Taken::Duplicate);
    }
    match &event.kind {
        EventKind::Consent { .. } => None,
        _ if state.opted_out => Some(Taken::Rejected(Reject::OptedOut)),
        EventKind::Invitation { invitation, .. } if !invitations::is_known(state, *invitation) => {
            Some(Taken::Rejected(Reject::UnknownInvitation))
        }
        EventKind::Known { .. } if !known::teaches(state, event, now) => Some(Taken::Duplicate),
        EventKind::PageView(_)
        | EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Custom { .. }
        | EventKind::Identify { .. }
        | EventKind::Goal { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. } => None,
    }
}

/// What an event may change of what conditions read, as long as the visitor looks at the same page.
const fn may_change(kind: &EventKind) -> Aspects {
    match kind {
        EventKind::Engage { .. } | EventKind::Leave { .. } => Aspects::SCROLL,
        EventKind::Custom { .. } | EventKind::Goal { .. } => Aspects::HAPPENED,
        EventKind::PageView(_)
        | EventKind::Identify { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Consent { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. } => Aspects::ALL,
    }
}

impl<'a> Step<'a> {
    pub(super) fn new(
        rules: &'a RuleSet,
        site: &'a SiteNow,
        state: &'a mut VisitorState,
        now: Timestamp,
    ) -> Self {
        Self {
            rules,
            site,
            heard_before: (state.sessions > 0).then_some(state.last_seen),
            state,
            now,
            at: now,
            scores: OnceCell::new(),
            local: OnceCell::new(),
            effects: Vec::new(),
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            rules: self.rules,
            site: self.site,
            state: self.state,
            now: self.now,
            scores: &self.scores,
            local: &self.local,
            event: None,
            page: Focus::Current,
        }
    }

    /// Takes one event into the state, unless it is a duplicate or refused.
    pub(super) fn take(&mut self, event: &Event, arrival: Option<&Arrival>) -> Taken {
        if let Some(refusal) = refusal(self.state, event, self.now) {
            return refusal;
        }
        self.at = event.at.min(self.now);
        self.state.recent.insert(event.id);
        if event.kind.is_sign_of_life() {
            self.state.last_seen = self.state.last_seen.max(self.now);
        }
        self.pass_time(self.at);
        let page = self.current_page();
        let began = sessions::enter(self, event, arrival);
        match &event.kind {
            EventKind::PageView(view) => pages::view(self, event, view),
            EventKind::Engage {
                active,
                scroll,
                attended,
            } => {
                pages::engage(self, event, *active, *scroll, *attended);
            }
            EventKind::Leave { active, scroll } => pages::leave(self, event, *active, *scroll),
            EventKind::Custom { name, .. } => {
                match Signal::of(name) {
                    Some(signal) => signals::take(self, event, signal),
                    None => sessions::count_event(self, name, false),
                }
                scoring::fire(self, On::Custom, event, Some(name));
            }
            EventKind::Goal { name, value } => {
                self.reach(name, *value);
                scoring::fire(self, On::Goal, event, Some(name));
            }
            EventKind::Identify {
                user_id,
                traits,
                verified,
            } => {
                profile::identify(self, user_id, traits, *verified);
                scoring::fire(self, On::Identify, event, None);
            }
            EventKind::Invitation {
                invitation,
                outcome,
            } => invitations::answer(self, *invitation, event.page, *outcome),
            EventKind::Chat(state) => profile::chat(self, *state),
            EventKind::ChatReport(report) => profile::report(self, report),
            EventKind::Consent { granted } => profile::consent(self, *granted),
            EventKind::Tag { add, remove } => profile::tag(self, add, remove),
            EventKind::ByAgent(by) => by_hand::take(self, event.id, by),
            EventKind::Known {
                invitation,
                outcome,
            } => known::learn(self, *invitation, event.page, *outcome),
        }
        if began {
            // Last, so that its rules see the page, the person or the goal that the visit began with.
            scoring::fire(self, On::SessionStart, event, None);
        }
        let looks_away = self.current_page() != page;
        if let Some(session) = &mut self.state.session {
            session.note_change(if looks_away {
                Aspects::ALL
            } else {
                may_change(&event.kind)
            });
        }
        Taken::Accepted
    }

    /// Takes note of a goal.
    fn reach(&mut self, name: &Arc<str>, value: Option<f64>) {
        sessions::count_event(self, name, true);
        self.state.last_goal = Some(self.now);
        self.effects.push(Effect::Goal {
            name: Arc::clone(name),
            value,
        });
    }

    fn current_page(&self) -> Option<PageId> {
        let session = self.state.session.as_deref()?;
        session.current_page().map(|page| page.page)
    }

    /// Draws the conclusions once everything that is known at this moment has been taken: only then is it clear
    /// which page is looked at and for how long, and nothing is decided on a guess that the next event corrects.
    pub(super) fn finish(mut self, changed: bool) -> Effects {
        self.settle(changed);
        let wake_at = wake::next(&self);
        Effects {
            list: self.effects,
            wake_at,
        }
    }

    /// The same for whom nobody will wake.
    pub(super) fn conclude(mut self, changed: bool) -> Vec<Effect> {
        self.settle(changed);
        self.effects
    }

    fn settle(&mut self, changed: bool) {
        if changed {
            self.prepare();
            triggers::decide(self);
        }
    }

    /// Everything up to judging the triggers.
    pub(super) fn prepare(&mut self) {
        self.settle_scores();
        invitations::revoke_where_silent(self);
        invitations::revoke_unkept(self);
    }

    /// Ends what `moment` has ended: a session by silence, an invitation by its deadline.
    pub(super) fn pass_time(&mut self, moment: Timestamp) {
        sessions::end_if_silent(self, moment);
        signals::lapse(self, moment);
        invitations::lapse(self);
    }

    pub(super) fn settle_scores(&mut self) {
        scoring::dwell(self);
        scoring::notice_stages(self);
    }
}
