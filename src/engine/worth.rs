//! What an offer is worth where places are scarce, and who may have one.

use crate::domain::{
    Key, ReplyChannel, Scarce, SiteNow, Suppression, Timestamp, VisitorState, worth_of,
};
use crate::rules::{RuleSet, Score, Trigger};

use super::courtesy::suppressions;
use super::step::Step;
use super::{channel, invitations, triggers};

/// What an invitation of this trigger is worth: how full the visitor's fullest score is, times the share of the
/// trigger's invitations that are accepted; 0 to 1,000,000.
pub(super) fn worth(
    rules: &RuleSet,
    state: &VisitorState,
    trigger: Key,
    scarce: &Scarce,
    now: Timestamp,
) -> u32 {
    let share = |score: &Score| {
        let value = score.value(&state.ledger, now);
        value.0.max(0).saturating_mul(1_000) / score.max.0.max(1)
    };
    let fullest = rules.scores.iter().map(share).max().unwrap_or(0);
    worth_of(fullest, scarce.acceptance_of(trigger))
}

/// What this invitation is worth and what is asked for, where places are so scarce that it has to stand back. A form
/// takes no place.
pub(super) fn falls_short(step: &Step<'_>, trigger: &Trigger) -> Option<(u32, u32)> {
    let scarce = step.site.scarce.as_deref()?;
    let view = step.view();
    let (text, _) = invitations::words(trigger, step.state.id);
    let offered = channel::offered(trigger, text, &view);
    let takes_place = offered.is_some_and(|offered| offered != ReplyChannel::Email);
    let worth = worth(step.rules, step.state, trigger.key, scarce, step.now);
    (takes_place && worth < scarce.bar).then_some((worth, scarce.bar))
}

/// What an offer to this visitor would be worth now, if one would be made but for a place. Changes nothing.
pub fn bid(
    rules: &RuleSet,
    site: &SiteNow,
    scarce: &Scarce,
    state: &VisitorState,
    now: Timestamp,
) -> Option<u32> {
    let mut state = state.clone();
    let mut step = Step::new(rules, site, &mut state, now);
    step.pass_time(now);
    step.prepare();
    triggers::rearm(&mut step);
    triggers::wait_on(&mut step);
    step.state.session.as_deref()?;
    if suppressions(rules, site, step.state, now).any(|why| why != Suppression::NoAgent) {
        return None;
    }
    let trigger = triggers::best_held_back(&step).trigger?;
    Some(worth(rules, step.state, trigger.key, scarce, now))
}
