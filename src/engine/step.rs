//! One input, one step.

use crate::domain::{Arrival, Event, EventKind, Reject, SiteNow, Timestamp, VisitorState};
use crate::rules::{On, RuleSet};

use super::effects::{Effect, Effects, Taken};
use super::facts::View;
use super::{invitations, profile, scoring, sessions, triggers, wake};

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
    pub(super) effects: Vec<Effect>,
}

impl Step<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            rules: self.rules,
            site: self.site,
            state: self.state,
            now: self.now,
            event: None,
            page: None,
        }
    }
}

/// Takes one input: the new state is left in `state`, the consequences are returned.
///
/// An event that is a duplicate or refused leaves the state as it was.
pub fn step(
    rules: &RuleSet,
    site: &SiteNow,
    state: &mut VisitorState,
    input: Input<'_>,
    now: Timestamp,
) -> (Taken, Effects) {
    if let Input::Event(event, _) = input
        && let Some(refusal) = refusal(state, event)
    {
        return (refusal, Effects::default());
    }
    let mut step = Step {
        rules,
        site,
        state,
        now,
        effects: Vec::new(),
    };
    match input {
        Input::Event(event, arrival) => step.take(event, arrival),
        Input::Tick => step.pass_time(now),
    }
    step.settle_scores();
    triggers::decide(&mut step);
    let wake_at = wake::next(&step);
    (
        Taken::Accepted,
        Effects {
            list: step.effects,
            wake_at,
        },
    )
}

/// Why an event changes nothing, if it does not.
fn refusal(state: &VisitorState, event: &Event) -> Option<Taken> {
    if state.recent.contains(event.id) {
        return Some(Taken::Duplicate);
    }
    match &event.kind {
        EventKind::Consent { .. } => None,
        _ if state.opted_out => Some(Taken::Rejected(Reject::OptedOut)),
        EventKind::Invitation { invitation, .. } if !invitations::is_known(state, *invitation) => {
            Some(Taken::Rejected(Reject::UnknownInvitation))
        }
        EventKind::PageView(_)
        | EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Custom { .. }
        | EventKind::Identify { .. }
        | EventKind::Goal { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_) => None,
    }
}

impl Step<'_> {
    fn take(&mut self, event: &Event, arrival: Option<&Arrival>) {
        self.state.recent.insert(event.id);
        self.state.last_seen = self.state.last_seen.max(self.now);
        self.pass_time(event.at);
        sessions::enter(self, event, arrival);
        match &event.kind {
            EventKind::PageView(view) => sessions::page_view(self, event, view),
            EventKind::Engage {
                active,
                scroll,
                attended,
            } => {
                sessions::engage(self, event, *active, *scroll, *attended);
            }
            EventKind::Leave { active, scroll } => sessions::leave(self, event, *active, *scroll),
            EventKind::Custom { name, .. } => {
                sessions::count_event(self, false);
                scoring::fire(self, On::Custom, Some(event), Some(name));
            }
            EventKind::Goal { name, .. } => {
                sessions::count_event(self, true);
                self.state.last_goal = Some(self.now);
                scoring::fire(self, On::Goal, Some(event), Some(name));
            }
            EventKind::Identify { user_id, traits } => {
                profile::identify(self, user_id, traits);
                scoring::fire(self, On::Identify, Some(event), None);
            }
            EventKind::Invitation {
                invitation,
                outcome,
            } => invitations::answer(self, *invitation, *outcome),
            EventKind::Chat(state) => profile::chat(self, *state),
            EventKind::Consent { granted } => profile::consent(self, *granted),
        }
    }

    /// Ends what `moment` has ended: a session by silence, an invitation by its deadline.
    fn pass_time(&mut self, moment: Timestamp) {
        sessions::end_if_silent(self, moment);
        invitations::lapse(self);
    }

    fn settle_scores(&mut self) {
        scoring::dwell(self);
        scoring::notice_stages(self);
    }
}
