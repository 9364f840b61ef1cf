//! When to look again although nothing is heard: conditions on time compile to the moment they could next change.
//!
//! The decay of scores sets no timer: within the half minute that a page is taken to be attended without a report it
//! is next to nothing, and every report looks again.

use crate::domain::{
    ATTENTION_HORIZON, Millis, PageVisit, SESSION_GAP, Session, Suppression, Timestamp,
};
use crate::rules::Trigger;

use super::courtesy::{ends, suppressions};
use super::facts::View;
use super::rests::{next_change, rests};
use super::step::Step;
use super::triggers::page_type;

/// The earliest moment at which time alone could change this visitor's state.
pub(super) fn next(step: &Step<'_>) -> Option<Timestamp> {
    let session = step.state.session.as_deref();
    let open = step.state.invitations.open.as_deref();
    let deadline = open.map(|open| open.expires_at);
    let silence = session.map(|session| session.last_at + SESSION_GAP);
    let wake = [
        deadline,
        silence,
        next_dwell(step),
        next_rearming(step),
        next_waiting(step),
        next_decision(step),
    ]
    .into_iter()
    .flatten()
    .min();
    wake.map(|at| at.max(step.now + Millis(1)))
}

fn next_dwell(step: &Step<'_>) -> Option<Timestamp> {
    let session = step.state.session.as_deref()?;
    let next = |page: &PageVisit| {
        let dwelt = Millis(u64::from(page.dwelt_ms));
        let after = step.rules.next_dwell(page.page_type, dwelt)?;
        page.reaches(after, step.now)
    };
    let attended = session
        .pages
        .iter()
        .filter(|page| page.is_attended(step.now));
    attended.filter_map(next).min()
}

/// When a trigger that has fired could first see its conditions cease.
fn next_rearming(step: &Step<'_>) -> Option<Timestamp> {
    let view = step.view();
    let memories = step.state.triggers.iter().filter(|memory| memory.latched);
    memories
        .filter_map(|memory| step.rules.trigger(memory.trigger))
        .filter_map(|trigger| next_change(trigger, &view))
        .min()
}

/// When the conditions of a trigger with a delay could begin or cease to hold, whatever else speaks against inviting.
fn next_waiting(step: &Step<'_>) -> Option<Timestamp> {
    if !step.rules.has_delays() {
        return None;
    }
    let view = step.view();
    let triggers = step.rules.delayed_triggers_for(page_type(view.session()));
    triggers
        .filter_map(|trigger| next_change(trigger, &view))
        .min()
}

/// When somebody could be invited who is not invited now: while the page is taken to be attended, not later.
fn next_decision(step: &Step<'_>) -> Option<Timestamp> {
    let page = step
        .state
        .session
        .as_deref()
        .and_then(Session::current_page);
    let until = page.filter(|page| page.attended)?.heard_at + ATTENTION_HORIZON;
    let mut quiet = suppressions(step.rules, step.site, step.state, step.now).peekable();
    let at = if quiet.peek().is_some() {
        // All of them must end; one without an end of its own waits for an event.
        quiet.try_fold(step.now, |latest, why| {
            Some(latest.max(ends(step.rules, step.state, why)?))
        })
    } else {
        let view = step.view();
        let timed = step.rules.timed_triggers_for(page?.page_type);
        let changes = timed.filter_map(|trigger| next_look(trigger, &view));
        let cooldowns = step.state.triggers.iter().filter_map(|memory| {
            let trigger = step.rules.trigger(memory.trigger)?;
            rests(trigger, &view).next()?.ends_at
        });
        changes.chain(cooldowns).min()
    };
    at.filter(|at| *at <= until)
}

/// When a trigger could become ready by time alone, as far as its conditions, its schedule and its delay go.
fn next_look(trigger: &Trigger, view: &View<'_>) -> Option<Timestamp> {
    let mut delayed = None;
    for rest in rests(trigger, view) {
        if rest.why == Suppression::Delay {
            delayed = rest.ends_at;
        } else if !may_end(rest.why) {
            // The end of a cooldown is looked at with the memories.
            return None;
        }
    }
    delayed.into_iter().chain(next_change(trigger, view)).min()
}

/// Whether what makes the conditions change may also end this.
const fn may_end(why: Suppression) -> bool {
    matches!(why, Suppression::NotRearmed | Suppression::OffSchedule)
}
