//! Batches of inputs, live and from the journal.

use crate::domain::{Batch, Cause, Event, EventKind, Record, SiteNow, Timestamp, VisitorState};
use crate::rules::RuleSet;

use super::effects::{Effects, Taken};
use super::sessions::{can_begin, is_over};
use super::step::{Input, Step, step};

/// Whether one of these events would begin a session, so that it is worth knowing how the visitor came.
pub fn begins_session(state: &VisitorState, events: &[Event]) -> bool {
    let mut last_at = state.session.as_deref().map(|session| session.last_at);
    let mut fresh = events
        .iter()
        .filter(|event| !state.recent.contains(event.id));
    fresh.any(|event| {
        // The event that ends a session need not begin the next: a report from a page left open overnight, say.
        let refused = matches!(event.kind, EventKind::Consent { granted: false });
        last_at = last_at
            .filter(|last_at| !refused && !is_over(*last_at, event.at))
            .map(|last_at| last_at.max(event.at));
        last_at.is_none() && can_begin(&event.kind)
    })
}

/// Takes one request's events in order, then draws the conclusions from all of them together.
pub fn apply(
    rules: &RuleSet,
    site: &SiteNow,
    state: &mut VisitorState,
    batch: &Batch,
    now: Timestamp,
) -> (Vec<Taken>, Effects) {
    let mut step = Step::new(rules, site, state, now);
    let arrival = batch.arrival.as_deref();
    let taken: Vec<Taken> = batch
        .events
        .iter()
        .map(|event| step.take(event, arrival))
        .collect();
    let changed = taken.contains(&Taken::Accepted);
    (taken, step.finish(changed))
}

/// Takes a recorded call again: the state afterwards is what it was when the record was written.
pub fn replay(rules: &RuleSet, state: &mut VisitorState, record: &Record) -> Effects {
    match &record.cause {
        Cause::Events(batch) => apply(rules, &record.site_now, state, batch, record.now).1,
        Cause::Tick => step(rules, &record.site_now, state, Input::Tick, record.now).1,
    }
}
