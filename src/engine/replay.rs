//! Batches of inputs, live and from the journal.

use crate::domain::{Batch, Cause, Event, EventKind, Record, SiteNow, Timestamp, VisitorState};
use crate::rules::RuleSet;

use super::effects::{Effect, Effects, Taken};
use super::rescore;
use super::sessions::{can_begin, is_over};
use super::step::Step;

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
    let taken = take_all(&mut step, batch);
    let changed = taken.contains(&Taken::Accepted);
    (taken, step.finish(changed))
}

pub(super) fn take_all(step: &mut Step<'_>, batch: &Batch) -> Vec<Taken> {
    let arrival = batch.arrival.as_deref();
    let taken = batch.events.iter().map(|event| step.take(event, arrival));
    taken.collect()
}

/// Takes a recorded call again: the state afterwards is what it was when the record was written, and so are the
/// consequences. The next wake-up is left out: the journal tells when somebody looked.
pub fn replay(rules: &RuleSet, state: &mut VisitorState, record: &Record) -> Vec<Effect> {
    let mut step = Step::new(rules, &record.site_now, state, record.now);
    let changed = take_record(&mut step, record);
    step.conclude(changed)
}

/// Takes what a record tells. Returns whether conclusions are to be drawn from it.
pub(super) fn take_record(step: &mut Step<'_>, record: &Record) -> bool {
    match &record.cause {
        Cause::Events(batch) => {
            let arrival = batch.arrival.as_deref();
            let takes = |event: &Event| step.take(event, arrival) == Taken::Accepted;
            let accepted = batch.events.iter().map(takes).filter(|taken| *taken);
            accepted.count() > 0
        }
        Cause::Tick => {
            step.pass_time(record.now);
            true
        }
        Cause::Rescore(scores) => {
            rescore::take(step, scores);
            false
        }
    }
}
