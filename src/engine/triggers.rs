//! Whom to invite: every trigger is judged, then the best one that is ready is chosen.

use std::cell::OnceCell;

use crate::domain::{
    Aspects, AtRest, Key, Session, SiteNow, Suppression, Timestamp, TriggerMemory, VisitorState,
    Waiting,
};
use crate::rules::{RuleSet, Trigger, Truth};

use super::courtesy::suppressions;
use super::facts::{Focus, View};
use super::hush;
use super::invitations;
use super::rests::{Draw, fits, holds, rests};
use super::step::Step;
use super::worth;

/// The type of the page that the visitor looks at.
pub(super) fn page_type(session: Option<&Session>) -> Option<Key> {
    session
        .and_then(Session::current_page)
        .and_then(|page| page.page_type)
}

/// Re-arms triggers whose conditions have ceased, then makes the best invitation that nothing speaks against.
pub(super) fn decide(step: &mut Step<'_>) {
    rearm(step);
    wait_on(step);
    if step.state.session.is_none() {
        return;
    }
    let against = suppressions(step.rules, step.site, step.state, step.now).next();
    if let Some(why) = against {
        return hush::note(step, why);
    }
    let hushed = step.state.hushed.take();
    let found = best_ready(step);
    found.keep(step);
    let Some(trigger) = found.trigger else {
        return;
    };
    // Before the holdout is drawn, so that those who are greeted and those who are not stay alike.
    if worth::falls_short(step, trigger).is_some() {
        step.state.hushed = hushed;
        return hush::note_of(step, trigger.key, Suppression::Scarce);
    }
    let holdout = trigger.holdout.0;
    let withheld = holdout > 0 && Draw::Holdout.of(trigger, step.state.id) < holdout;
    remember(step.state, trigger.key, step.now);
    invitations::make(step, trigger, withheld);
}

/// A trigger that has fired may fire again only after its conditions have once not held.
pub(super) fn rearm(step: &mut Step<'_>) {
    if !step.state.triggers.iter().any(|memory| memory.latched) {
        return;
    }
    let view = step.view();
    let page_type = page_type(view.session());
    let still: Vec<bool> = step
        .state
        .triggers
        .iter()
        .map(|memory| {
            let trigger = step
                .rules
                .trigger(memory.trigger)
                .filter(|trigger| fits(trigger, page_type));
            memory.latched && trigger.is_some_and(|trigger| holds(trigger, &view))
        })
        .collect();
    for (memory, latched) in step.state.triggers.iter_mut().zip(still) {
        memory.latched = latched;
    }
}

/// Notes since when the conditions of triggers with a delay have held, whatever else speaks against inviting.
pub(super) fn wait_on(step: &mut Step<'_>) {
    if !step.rules.has_delays() || step.state.session.is_none() {
        step.state.waiting.clear();
        return;
    }
    let view = step.view();
    let triggers = step.rules.delayed_triggers_for(page_type(view.session()));
    let hold = triggers.filter(|trigger| holds(trigger, &view));
    let waiting = hold.map(|trigger| {
        let mut before = view.state.waiting.iter();
        let before = before.find(|waiting| waiting.trigger == trigger.key);
        before.copied().unwrap_or(Waiting {
            trigger: trigger.key,
            since: view.now,
        })
    });
    let waiting = waiting.collect();
    step.state.waiting = waiting;
}

/// What judging the triggers came to.
pub(super) struct Found<'r> {
    /// The best of those that may invite.
    pub(super) trigger: Option<&'r Trigger>,
    /// Whether no other triggers hold than those that are judged every time.
    at_rest: bool,
}

impl Found<'_> {
    /// Remembers what is worth knowing at the next look.
    pub(super) fn keep(&self, step: &mut Step<'_>) {
        let rules = step.rules.hash;
        if let Some(session) = step.state.session.as_deref_mut() {
            session.at_rest = self.at_rest.then_some(AtRest {
                rules,
                changed: Aspects::NONE,
            });
        }
    }
}

pub(super) fn best_ready<'r>(step: &Step<'r>) -> Found<'r> {
    best(step, |trigger, view| rests(trigger, view).next().is_none())
}

/// The best trigger whose conditions hold and that `may` invite, all others notwithstanding.
fn best<'r>(step: &Step<'r>, may: impl Fn(&Trigger, &View<'_>) -> bool) -> Found<'r> {
    let rules: &'r RuleSet = step.rules;
    let view = step.view();
    let session = view.session();
    let page_type = page_type(session);
    // What did not hold and reads nothing that may have changed does not hold now.
    let rest = session.and_then(|session| session.at_rest);
    let rest = rest.filter(|rest| rest.rules == rules.hash);
    let changed = rest.map(|rest| rest.changed.with(Aspects::MOVING));
    let triggers = rules
        .triggers_and_reads(page_type)
        .filter(|(_, reads)| changed.is_none_or(|changed| reads.meets(changed)));
    let (mut best, mut at_rest) = (None, true);
    for (trigger, reads) in triggers {
        if trigger.condition.eval(&view) == Truth::Yes {
            at_rest &= reads.meets(Aspects::MOVING);
            if best.is_none_or(|best| goes_before(trigger, best)) && may(trigger, &view) {
                best = Some(trigger);
            }
        }
    }
    Found {
        trigger: best,
        at_rest,
    }
}

fn goes_before(trigger: &Trigger, other: &Trigger) -> bool {
    (other.priority, &trigger.id) < (trigger.priority, &other.id)
}

/// The trigger that would invite if no policy were in the way. That nobody can answer is the policy's word, whoever
/// says it.
pub(super) fn best_held_back<'r>(step: &Step<'r>) -> Found<'r> {
    best(step, |trigger, view| {
        rests(trigger, view).all(|rest| rest.why == Suppression::NoAgent)
    })
}

/// The triggers that would invite if none went before them and no policy were in the way.
fn ready<'r>(rules: &'r RuleSet, view: &View<'_>) -> impl Iterator<Item = &'r Trigger> {
    rules
        .triggers_for(page_type(view.session()))
        .filter(|trigger| trigger.condition.eval(view) == Truth::Yes)
        .filter(|trigger| rests(trigger, view).next().is_none())
}

/// The triggers that were as ready at this moment as the one that has just invited, and had to stand back.
pub fn also_ready<'r>(
    rules: &'r RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    now: Timestamp,
) -> Vec<&'r Trigger> {
    let (scores, local) = (OnceCell::new(), OnceCell::new());
    let view = View {
        rules,
        site,
        state,
        now,
        scores: &scores,
        local: &local,
        event: None,
        page: Focus::Current,
    };
    ready(rules, &view).collect()
}

/// The memory of a trigger, made when there is none.
pub(super) fn memory(state: &mut VisitorState, trigger: Key) -> &mut TriggerMemory {
    let memories = &mut state.triggers;
    let known = memories.iter().position(|memory| memory.trigger == trigger);
    let at = known.unwrap_or_else(|| {
        memories.push(TriggerMemory {
            trigger,
            fired_at: Timestamp(0),
            latched: false,
            shown: 0,
            dismissed: 0,
            ignored: 0,
        });
        memories.len() - 1
    });
    &mut memories[at]
}

/// Notes that a trigger has invited.
pub(super) fn remember(state: &mut VisitorState, trigger: Key, now: Timestamp) {
    let memory = memory(state, trigger);
    memory.fired_at = now;
    memory.latched = true;
}
