//! The session state machine: begins with the first sign of life, ends by silence.

use std::sync::Arc;

use crate::domain::{
    Arrival, ChatState, EarlierVisit, Event, EventKind, EventName, Key, MAX_LANDING_CHARS,
    SESSION_GAP, Session, SessionId, SessionTotals, Settlement, Timestamp,
};
use crate::rules::lower;

use super::effects::Effect;
use super::facts::path_of;
use super::step::Step;
use super::{invitations, scoring};

/// Whether an event of this kind is a visitor's sign of life that can begin a session.
pub(super) fn can_begin(kind: &EventKind) -> bool {
    match kind {
        EventKind::PageView(_)
        | EventKind::Custom { .. }
        | EventKind::Goal { .. }
        | EventKind::Identify { .. } => true,
        EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::ChatReport(_)
        | EventKind::Consent { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. } => false,
    }
}

/// Whether the session has been silent for so long before `moment` that it is over.
pub(in crate::engine) fn is_over(last_at: Timestamp, moment: Timestamp) -> bool {
    moment.since(last_at) >= SESSION_GAP
}

/// Whether an event belongs to an earlier visit: it is as old as a silence that ends a visit, and the visitor has been
/// heard of since. It is counted and begins nothing.
fn is_straggler(step: &Step<'_>) -> bool {
    step.heard_before
        .is_some_and(|heard| step.at < heard && is_over(step.at, step.now))
}

/// Ends the session if it has been silent for too long before `moment`.
pub(super) fn end_if_silent(step: &mut Step<'_>, moment: Timestamp) {
    if step
        .state
        .session
        .as_ref()
        .is_some_and(|session| is_over(session.last_at, moment))
    {
        end(step);
    }
}

/// Ends the session, and with it whatever only lives as long.
pub(super) fn end(step: &mut Step<'_>) {
    scoring::dwell(step);
    let Some(session) = step.state.session.take() else {
        return;
    };
    invitations::settle(step, Settlement::Expired);
    if matches!(step.state.chat, ChatState::Queued | ChatState::Chatting) {
        // Whoever has left neither waits nor talks, even if nobody said so; else a lost word would silence for good.
        step.state.chat = ChatState::Ended;
        step.state.chat_at = session.last_at.max(step.state.chat_at);
    }
    scoring::end_session(step);
    step.state.waiting.clear();
    step.state.triggers.retain_mut(|memory| {
        memory.latched = false;
        step.rules.trigger(memory.trigger).is_some()
    });
    let rules = step.rules;
    step.state
        .ledger
        .retain_scores(|score| rules.score(score).is_some());
    step.state.last_visit = Some(session.last_at);
    step.state.dossier_mut().visited(summary(&session));
    step.effects.push(Effect::SessionEnded(session));
}

/// What is kept of a visit that is over.
fn summary(session: &Session) -> EarlierVisit {
    let landing = session.entry_url.as_deref().map_or("", path_of);
    let mut characters = landing.char_indices();
    let end = characters.nth(MAX_LANDING_CHARS);
    EarlierVisit {
        started_at: session.started_at,
        ended_at: session.last_at,
        page_views: session.totals.page_views,
        source: Arc::clone(&session.arrival.source.source),
        landing_path: landing[..end.map_or(landing.len(), |(end, _)| end)].into(),
    }
}

/// Begins a session if `event` is a sign of life and there is none; moves the session's clock on. Tells whether one began.
pub(super) fn enter(step: &mut Step<'_>, event: &Event, arrival: Option<&Arrival>) -> bool {
    if !event.kind.is_sign_of_life() {
        return false;
    }
    let begins = step.state.session.is_none() && can_begin(&event.kind) && !is_straggler(step);
    if begins {
        begin(step, arrival);
    }
    if let Some(session) = &mut step.state.session {
        session.last_at = session.last_at.max(step.at);
    }
    begins
}

fn begin(step: &mut Step<'_>, arrival: Option<&Arrival>) {
    let id = SessionId::derive(step.state.id, step.at.0);
    let session = Session {
        id,
        started_at: step.at,
        last_at: step.at,
        arrival: Box::new(arrival.cloned().unwrap_or_default()),
        entry_url: None,
        entry_type: None,
        tz: None,
        screen: None,
        pages: Vec::new(),
        current: 0,
        totals: SessionTotals::default(),
        attended_at: step.at,
        typing_since: None,
        exit_intent: false,
        event_log: Vec::new(),
        crossings: Vec::new(),
        at_rest: None,
    };
    step.state.sessions = step.state.sessions.saturating_add(1);
    step.state.session = Some(Box::new(session));
    step.effects.push(Effect::SessionStarted(id));
}

/// Counts a custom event or goal, in all and by its name.
pub(super) fn count_event(step: &mut Step<'_>, name: &str, goal: bool) {
    let key = Key::of(&lower(name));
    let at = step.at;
    if let Some(session) = &mut step.state.session {
        session.totals.custom_events = session
            .totals
            .custom_events
            .saturating_add(u32::from(!goal));
        session.totals.goals = session.totals.goals.saturating_add(u32::from(goal));
        session.note_event(EventName { key, goal }, at);
    }
}
