//! What the browser reports by itself: the pointer that leaves through the top, and forms that are filled in.

use crate::domain::{Event, EventName, Key, Signal, Timestamp};

use super::step::Step;

/// Takes a signal into the session.
pub(super) fn take(step: &mut Step<'_>, event: &Event, signal: Signal) {
    let moment = step.at;
    let Some(session) = step.state.session.as_deref_mut() else {
        return;
    };
    match signal {
        Signal::ExitIntent => {
            session.exit_intent = true;
            let current = session.current_page().map(|page| page.page);
            if let Some((_, visit)) = event
                .page
                .or(current)
                .and_then(|page| session.page_mut(page))
            {
                visit.exit_intent = true;
            }
            let key = Key::of(signal.as_str());
            session.note_event(EventName { key, goal: false }, moment);
        }
        // Only the page that is looked at is typed in; a late word of another one says nothing about now.
        Signal::FormFocus => {
            let current = session.current_page().map(|page| page.page);
            if event.page.is_none() || event.page == current {
                session.typing_since.get_or_insert(moment);
            }
        }
        Signal::FormBlur => {
            if session.typing_since.is_some_and(|since| since <= moment) {
                session.typing_since = None;
            }
        }
    }
}

/// Forgets about a form in which nothing has happened for long.
pub(super) fn lapse(step: &mut Step<'_>, moment: Timestamp) {
    if let Some(session) = step.state.session.as_deref_mut()
        && session.typing_until().is_some_and(|until| until <= moment)
    {
        session.typing_since = None;
    }
}
