//! The last invitation that the browser remembers, and what a state learns from it that has lost it.
//!
//! A store may lose what it had acknowledged: a fail-over to a replica that was behind, a flush. Then a visitor could be
//! invited again as if nothing had been shown. So the browser tells with every request which invitation it showed last,
//! and the caps, cooldowns and quiet times hold as if it had never been lost. Whoever makes invitations up only gets
//! fewer of them.

use crate::domain::{
    BY_HAND, Event, EventKind, InvitationId, InvitationOutcome, InvitationState, Key, MAX_SETTLED,
    MadeBy, Millis, PageId, ReplyChannel, Session, SessionId, Settled, Settlement, Timestamp,
    VisitorState,
};

use super::effects::Effect;
use super::invitations;
use super::step::Step;
use super::triggers;

/// What happened longer ago teaches nothing.
pub const KNOWN_FOR: Millis = Millis::from_days(30);
/// Where the state remembers no visit of that time, an invitation this long before the current visit counts as one of
/// it: the visit may have begun before the loss.
const LONGEST_VISIT: Millis = Millis::from_days(1);

/// What there is to learn.
enum Lesson {
    /// The invitation is there, and what became of it is not.
    Outcome,
    /// The invitation itself is lost.
    Invitation,
}

/// Whether a state learns something from this event. Events other than [`EventKind::Known`] teach nothing.
pub fn teaches(state: &VisitorState, event: &Event, now: Timestamp) -> bool {
    let EventKind::Known {
        invitation,
        outcome,
    } = event.kind
    else {
        return false;
    };
    let in_time = event.at <= now && now.since(event.at) <= KNOWN_FOR;
    in_time && !state.opted_out && lesson(state, invitation, outcome, event.at).is_some()
}

fn lesson(
    state: &VisitorState,
    id: InvitationId,
    outcome: InvitationOutcome,
    at: Timestamp,
) -> Option<Lesson> {
    let history = &state.invitations;
    let answered = outcome != InvitationOutcome::Shown;
    let open = history.open.as_deref();
    let past = history.settled.iter().rfind(|past| past.id == id);
    let news = match (open.filter(|open| open.id == id), past) {
        (Some(open), _) => match open.state {
            InvitationState::Offered => true,
            InvitationState::Shown(_) => answered,
            InvitationState::Withheld => false,
        },
        (None, Some(past)) => answered && invitations::has_lapsed(past.how),
        (None, None) => return is_lost(state, at).then_some(Lesson::Invitation),
    };
    news.then_some(Lesson::Outcome)
}

/// Whether nothing that was shown at this moment or later is remembered, so that something is lost; and whether there
/// is a visit in which that matters, and room to remember it.
fn is_lost(state: &VisitorState, at: Timestamp) -> bool {
    let history = &state.invitations;
    let open = history
        .open
        .iter()
        .any(|open| matches!(open.state, InvitationState::Shown(_)) && open.offered_at >= at);
    let mut settled = history.settled.iter();
    let later = open || settled.any(|past| past.shown && past.offered_at >= at);
    let oldest = history.settled.first();
    let room =
        history.settled.len() < MAX_SETTLED || oldest.is_some_and(|past| past.offered_at < at);
    state.session.is_some() && !later && room
}

/// Learns what is new in the browser's word, which happened at `step.at`.
pub(super) fn learn(
    step: &mut Step<'_>,
    id: InvitationId,
    page: Option<PageId>,
    outcome: InvitationOutcome,
) {
    match lesson(step.state, id, outcome, step.at) {
        Some(Lesson::Outcome) => invitations::answer(step, id, page, outcome),
        Some(Lesson::Invitation) => remember(step, id, outcome),
        None => {}
    }
}

/// Puts a lost invitation back into the history.
fn remember(step: &mut Step<'_>, id: InvitationId, outcome: InvitationOutcome) {
    if invitations::open_for_browser(step.state, step.now).is_some() {
        // It was offered without knowing of this one.
        invitations::settle(step, Settlement::Revoked);
    }
    let at = step.at;
    let session = step.state.session.as_deref();
    let here = session.filter(|session| is_this_visit(step.state, session, at));
    let past = Settled {
        id,
        made_by: if id.trigger(step.state.id) == Key::of(BY_HAND) {
            MadeBy::Hand
        } else {
            MadeBy::Trigger
        },
        trigger: id.trigger(step.state.id),
        variant: None,
        session: here.map_or_else(|| SessionId::derive(step.state.id, at.0), |here| here.id),
        offered_at: at,
        settled_at: at,
        how: match outcome {
            InvitationOutcome::Shown => Settlement::Ignored,
            InvitationOutcome::Accepted => Settlement::Accepted,
            InvitationOutcome::Dismissed => Settlement::Dismissed,
        },
        shown: true,
        channel: ReplyChannel::default(),
    };
    // Whatever rests for this visit rests although the visit seems to have begun later.
    let (fired_at, latched) = here.map_or((at, false), |here| (at.max(here.started_at), true));
    step.state.invitations.restore(past);
    if step.rules.trigger(past.trigger).is_some() {
        let memory = triggers::memory(step.state, past.trigger);
        memory.fired_at = memory.fired_at.max(fired_at);
        memory.latched |= latched;
        memory.shown = memory.shown.saturating_add(1);
        invitations::count(step.state, past.trigger, past.how, 1);
    }
    step.effects.push(Effect::Learned(id));
}

/// Whether something of this moment belongs to the visit that is going on, as far as the state can tell.
fn is_this_visit(state: &VisitorState, session: &Session, at: Timestamp) -> bool {
    let forgotten = state.last_visit.is_none_or(|end| end < at);
    at >= session.started_at || forgotten && session.started_at.since(at) < LONGEST_VISIT
}
