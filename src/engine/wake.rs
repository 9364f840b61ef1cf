//! When to look again although nothing is heard: conditions on time compile to the moment they could next change.
//!
//! The decay of scores sets no timer: within the half minute that a page is taken to be attended without a report it
//! is next to nothing, and every report looks again.

use crate::domain::{ATTENTION_HORIZON, Millis, PageVisit, SESSION_GAP, Session, Timestamp};
use crate::rules::{On, Trigger};

use super::step::Step;
use super::triggers::{self, Suppression, suppressions};

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
        let rules = step.rules.score_rules_for(On::Dwell, page.page_type, None);
        let ahead = rules
            .map(|rule| rule.after)
            .filter(|after| after.0 > u64::from(page.dwelt_ms));
        ahead.min().and_then(|after| page.reaches(after, step.now))
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
        .filter_map(|trigger| trigger.condition.next_change(&view))
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
        quiet.try_fold(step.now, |latest, why| Some(latest.max(ends(step, why)?)))
    } else {
        let timed = step.rules.timed_triggers_for(page?.page_type);
        let changes = timed.filter_map(|trigger| next_change(step, trigger));
        let cooldowns = step.state.triggers.iter().filter_map(|memory| {
            triggers::rest(step.rules.trigger(memory.trigger)?, step.state, step.now)?.ends_at
        });
        changes.chain(cooldowns).min()
    };
    at.filter(|at| *at <= until)
}

/// When time alone ends what speaks against inviting anybody.
fn ends(step: &Step<'_>, why: Suppression) -> Option<Timestamp> {
    let (state, policy) = (&*step.state, &step.rules.policy);
    match why {
        Suppression::DayCap => triggers::day_cap_ends(step.rules, state),
        Suppression::AfterDismissal => state
            .invitations
            .last_dismissed
            .map(|at| at + policy.after_dismissal),
        Suppression::AfterChat => Some(state.chat_at + policy.after_chat),
        Suppression::AfterGoal => state.last_goal.map(|at| at + policy.after_goal),
        Suppression::OpenInvitation => state.invitations.open.as_ref().map(|open| open.expires_at),
        Suppression::NotAttended
        | Suppression::NeverOn
        | Suppression::Chatting
        | Suppression::SessionCap
        | Suppression::NoAgent
        | Suppression::OncePer
        | Suppression::Cooldown
        | Suppression::NotRearmed => None,
    }
}

fn next_change(step: &Step<'_>, trigger: &Trigger) -> Option<Timestamp> {
    let rest = triggers::rest(trigger, step.state, step.now).map(|rest| rest.why);
    match rest {
        Some(Suppression::OncePer | Suppression::Cooldown) => None,
        Some(_) | None => trigger.condition.next_change(&step.view()),
    }
}
