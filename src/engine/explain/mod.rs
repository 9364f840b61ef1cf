//! Why, and why not: everything that a decision about one visitor rests on, at one moment.
//!
//! An explanation is what the engine would find if it looked now: time has passed, pages have been looked at for as
//! long as is known, scores are worth what they are worth. It asks the same functions that decide, so its verdict is
//! what a look at that moment decides. Words and codes are stable; sentences are for people and may change.

mod condition;
pub(super) mod hold;
mod need;
mod past;
mod score;
mod score_now;
mod trigger;

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Cause, InvitationState, Record, SiteNow, Timestamp, VisitorState};
use crate::rules::{Condition, RuleSet};

use super::facts::View;
use super::invitations;
use super::rescore;
use super::step::Step;
use super::triggers;

pub use condition::{LeafNow, Part};
pub use hold::Hold;
pub use need::Need;
pub use past::{Past, PastError, explain_past};
pub use score::{Entry, GroupNow, NextStage, RuleNow, ScoreWhy, StageFrom};
pub use score_now::{ScoreNow, score_now};
pub use trigger::{DrawNow, PageFit, Standing, TriggerNow};

/// How each part of a condition stands at this moment.
pub(super) fn part_now(view: &View<'_>, asked: &Condition) -> Part {
    condition::part(view, asked, true)
}

/// Why a visitor is or is not invited at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The moment, in milliseconds since the epoch.
    pub at: Timestamp,
    /// The hash of the rules.
    pub rule_set: String,
    /// What would be decided at this moment.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub says: String,
    /// The page that is looked at now or was last.
    pub page: Option<PageNow>,
    /// What the site can promise.
    pub site: Promise,
    /// What the policy has against inviting this visitor, whatever the trigger.
    pub policy: Vec<Hold>,
    /// The invitation that is open.
    pub open: Option<Open>,
    /// Every trigger, best first.
    pub triggers: Vec<TriggerNow>,
    /// Every score, in the order of the rules.
    pub scores: Vec<ScoreWhy>,
}

/// What would be decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Verdict {
    /// This trigger would invite.
    Invite {
        /// Its id.
        trigger: Arc<str>,
    },
    /// This trigger would invite, and the visitor is in its holdout.
    Withhold {
        /// Its id.
        trigger: Arc<str>,
    },
    /// A trigger is ready, and the policy holds it back.
    Suppress {
        /// The best of those that are ready.
        trigger: Arc<str>,
        /// The first of what is in the way.
        why: &'static str,
    },
    /// No trigger is ready.
    Wait,
}

/// The page that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageNow {
    /// Its address.
    pub url: Arc<str>,
    /// Its type.
    pub page_type: Option<Arc<str>>,
    /// Active time on it, in milliseconds.
    pub active_ms: u64,
    /// Whether it is looked at now.
    pub attended: bool,
}

/// What the site can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Agents who are online.
    pub agents_online: u16,
    /// Chats that they can still take.
    pub free_slots: u16,
}

/// The open invitation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Open {
    /// Its identity.
    pub id: String,
    /// The trigger that made it.
    pub trigger: Arc<str>,
    /// `offered`, `shown` or `withheld`.
    pub state: &'static str,
    /// When it was decided, in milliseconds since the epoch.
    pub offered_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
}

/// What a look at this visitor would find now.
pub fn explain(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    now: Timestamp,
) -> Explanation {
    let mut state = state.clone();
    let mut step = Step::new(rules, site, &mut state, now);
    step.pass_time(now);
    judge(step)
}

/// What the engine found when it took this record: `state` is the visitor's state before it.
pub fn explain_record(rules: &RuleSet, state: &VisitorState, record: &Record) -> Explanation {
    let mut state = state.clone();
    let mut step = Step::new(rules, &record.site_now, &mut state, record.now);
    match &record.cause {
        Cause::Events(batch) => {
            for event in &batch.events {
                step.take(event, batch.arrival.as_deref());
            }
        }
        Cause::Tick => step.pass_time(record.now),
        Cause::Rescore(scores) => rescore::take(&mut step, scores),
    }
    judge(step)
}

/// What a look at this visitor would decide now.
pub(in crate::engine) fn verdict_now(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    now: Timestamp,
) -> Verdict {
    let mut state = state.clone();
    let mut step = Step::new(rules, site, &mut state, now);
    step.pass_time(now);
    let policy = conclude(&mut step);
    verdict(&step, &policy)
}

/// Draws every conclusion but the last one. Returns what the policy has against inviting.
fn conclude(step: &mut Step<'_>) -> Vec<Hold> {
    step.settle_scores();
    invitations::revoke_where_silent(step);
    triggers::rearm(step);
    triggers::wait_on(step);
    let mut policy = hold::of_policy(step);
    if policy.is_empty() {
        let best = trigger::best(step, &policy);
        policy.extend(hold::of_others(step, best));
    }
    policy
}

/// Draws every conclusion but the last one, and tells what that would be.
fn judge(mut step: Step<'_>) -> Explanation {
    let policy = conclude(&mut step);
    let step = &step;
    let verdict = verdict(step, &policy);
    Explanation {
        at: step.now,
        rule_set: step.rules.hash.to_string(),
        says: says(&verdict, &policy),
        verdict,
        page: page(step),
        site: Promise {
            agents_online: step.site.agents_online,
            free_slots: step.site.free_slots,
        },
        open: open(step),
        triggers: trigger::all(step, &policy),
        scores: score::all(step),
        policy,
    }
}

fn verdict(step: &Step<'_>, policy: &[Hold]) -> Verdict {
    let Some(best) = trigger::best(step, policy) else {
        return Verdict::Wait;
    };
    let trigger = Arc::clone(&best.id);
    match policy.first() {
        Some(hold) => Verdict::Suppress {
            trigger,
            why: hold.code,
        },
        None if trigger::is_held_out(step, best) => Verdict::Withhold { trigger },
        None => Verdict::Invite { trigger },
    }
}

fn says(verdict: &Verdict, policy: &[Hold]) -> String {
    match verdict {
        Verdict::Invite { trigger } => format!("`{trigger}` would invite now"),
        Verdict::Withhold { trigger } => {
            format!("`{trigger}` would invite now, but the visitor is in its holdout")
        }
        Verdict::Suppress { trigger, .. } => {
            let holds: Vec<&str> = policy.iter().map(|hold| &*hold.says).collect();
            format!("`{trigger}` is ready, but held back: {}", holds.join("; "))
        }
        Verdict::Wait => "no trigger is ready".to_owned(),
    }
}

fn page(step: &Step<'_>) -> Option<PageNow> {
    let page = step.state.session.as_deref()?.current_page()?;
    let page_type = page
        .page_type
        .and_then(|key| step.rules.page_type_name(key));
    Some(PageNow {
        url: Arc::clone(&page.url),
        page_type: page_type.cloned(),
        active_ms: page.active(step.now).0,
        attended: page.is_attended(step.now),
    })
}

fn open(step: &Step<'_>) -> Option<Open> {
    let open = step.state.invitations.open.as_deref()?;
    Some(Open {
        id: open.id.to_string(),
        trigger: Arc::clone(&open.trigger_name),
        state: match open.state {
            InvitationState::Offered => "offered",
            InvitationState::Shown(_) => "shown",
            InvitationState::Withheld => "withheld",
        },
        offered_at: open.offered_at,
        expires_at: open.expires_at,
    })
}
