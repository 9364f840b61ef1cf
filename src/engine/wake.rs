//! When to look again although nothing is heard: conditions on time compile to the moment they could next change.

use crate::domain::{Millis, SESSION_GAP, Timestamp};
use crate::rules::On;

use super::step::Step;
use super::triggers::{self, suppressions};

/// The earliest moment at which time alone could change this visitor's state.
pub(super) fn next(step: &Step<'_>) -> Option<Timestamp> {
    let deadline = step
        .state
        .invitations
        .open
        .as_deref()
        .map(|open| open.expires_at);
    let silence = step
        .state
        .session
        .as_deref()
        .map(|session| session.last_at + SESSION_GAP);
    let wake = [deadline, silence, next_dwell(step), next_trigger(step)]
        .into_iter()
        .flatten()
        .min();
    wake.map(|at| at.max(step.now + Millis(1)))
}

fn next_dwell(step: &Step<'_>) -> Option<Timestamp> {
    let session = step.state.session.as_deref()?;
    let attended = session
        .pages
        .iter()
        .filter(|page| page.is_attended(step.now));
    attended
        .filter_map(|page| {
            let rules = step.rules.score_rules_for(On::Dwell, page.page_type, None);
            let ahead = rules
                .map(|rule| rule.after)
                .filter(|after| after.0 > u64::from(page.dwelt_ms));
            ahead.min().and_then(|after| page.reaches(after, step.now))
        })
        .min()
}

fn next_trigger(step: &Step<'_>) -> Option<Timestamp> {
    let view = step.view();
    view.session()?;
    if suppressions(step.rules, step.site, step.state, step.now)
        .next()
        .is_some()
    {
        return None;
    }
    let triggers = step.rules.triggers_for(triggers::page_type(view.session()));
    triggers
        .filter_map(|trigger| trigger.condition.next_change(&view))
        .min()
}
