//! Batches of inputs, live and from the journal.

use crate::domain::{Batch, Cause, Event, Record, SiteNow, Timestamp, VisitorState};
use crate::rules::RuleSet;

use super::effects::{Effect, Effects, Taken};
use super::sessions::{can_begin, is_over};
use super::step::{Input, step};

/// Whether one of these events would begin a session, so that it is worth knowing how the visitor came.
pub fn begins_session(state: &VisitorState, events: &[Event]) -> bool {
    let mut last_at = state.session.as_deref().map(|session| session.last_at);
    events.iter().any(|event| {
        let begins =
            last_at.is_none_or(|last_at| is_over(last_at, event.at)) && can_begin(&event.kind);
        last_at = last_at.max(Some(event.at).filter(|_| last_at.is_some()));
        begins
    })
}

/// Takes one request's events in order. Consequences that a later event of the batch undid are left out.
pub fn apply(
    rules: &RuleSet,
    site: &SiteNow,
    state: &mut VisitorState,
    batch: &Batch,
    now: Timestamp,
) -> (Vec<Taken>, Effects) {
    let mut all = Effects::default();
    let taken = batch
        .events
        .iter()
        .map(|event| {
            let (taken, effects) = step(
                rules,
                site,
                state,
                Input::Event(event, batch.arrival.as_deref()),
                now,
            );
            if taken == Taken::Accepted {
                all.list.extend(effects.list);
                all.wake_at = effects.wake_at;
            }
            taken
        })
        .collect();
    drop_settled_offers(&mut all.list);
    (taken, all)
}

/// An offer that ended within the same batch must not reach the browser.
fn drop_settled_offers(list: &mut Vec<Effect>) {
    let settled = |effect: &Effect| {
        if let Effect::Settled(past) = effect {
            Some(past.id)
        } else {
            None
        }
    };
    let ended: Vec<_> = list.iter().filter_map(settled).collect();
    list.retain(|effect| !matches!(effect, Effect::Offered(offer) if ended.contains(&offer.id)));
}

/// Takes a recorded call again: the state afterwards is what it was when the record was written.
pub fn replay(rules: &RuleSet, state: &mut VisitorState, record: &Record) -> Effects {
    match &record.cause {
        Cause::Events(batch) => apply(rules, &record.site_now, state, batch, record.now).1,
        Cause::Tick => step(rules, &record.site_now, state, Input::Tick, record.now).1,
    }
}
