//! What is in the way: the policy's budgets and quiet times, and a trigger's own rests.

use serde::Serialize;

use crate::domain::{ChatState, Millis, Timestamp};
use crate::rules::{OncePer, Trigger};

use super::super::step::Step;
use super::super::triggers::{self, Rest, Suppression};
use super::condition::{Need, span_of};

/// Something that is in the way of an invitation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hold {
    /// The stable word, such as `session_cap`.
    pub code: &'static str,
    /// In words.
    pub says: String,
    /// For budgets: how much of it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// For budgets: how much there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// When time alone ends it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What ends it, in words.
    pub ends: String,
}

impl Hold {
    fn new(why: Suppression, says: impl Into<String>, ends: impl Into<String>) -> Self {
        Self {
            code: why.as_str(),
            says: says.into(),
            used: None,
            of: None,
            until: None,
            ends: ends.into(),
        }
    }

    fn budget(mut self, used: usize, of: usize) -> Self {
        self.used = Some(used as u64);
        self.of = Some(of as u64);
        self
    }

    fn until(mut self, at: Option<Timestamp>) -> Self {
        self.until = at;
        self
    }

    /// What would have to happen for it to end.
    pub(super) fn need(&self) -> Need {
        Need::of(self.code, self.ends.clone(), self.until)
    }
}

/// What the site-wide policy has against inviting this visitor now, in the order of the engine.
pub(super) fn of_policy(step: &Step<'_>) -> Vec<Hold> {
    triggers::suppressions(step.rules, step.site, step.state, step.now)
        .map(|why| hold(step, why))
        .collect()
}

fn hold(step: &Step<'_>, why: Suppression) -> Hold {
    let (state, policy) = (&*step.state, &step.rules.policy);
    let session = state.session.as_deref();
    match why {
        Suppression::NotAttended => Hold::new(
            why,
            "no page is looked at, so nobody would see it",
            "the visitor looks at a page",
        ),
        Suppression::NeverOn => Hold::new(
            why,
            "nobody is invited on pages of this type",
            "a page of another type",
        ),
        Suppression::Chatting => {
            let says = if state.chat == ChatState::Queued {
                "the visitor waits for an agent"
            } else {
                "the visitor talks with an agent"
            };
            Hold::new(why, says, "the chat ends")
        }
        Suppression::OpenInvitation => {
            let open = state.invitations.open.as_deref();
            let until = open.map(|open| open.expires_at);
            let trigger = open.map_or("", |open| &*open.trigger_name);
            let says = format!("the invitation of `{trigger}` is open");
            Hold::new(why, says, "the open invitation is answered or lapses").until(until)
        }
        Suppression::SessionCap => {
            let used = triggers::made_in_session(state, session);
            let of = triggers::cap(policy.max_per_session);
            let says = format!("max_per_session: {used} of {of} used");
            Hold::new(why, says, "another session").budget(used, of)
        }
        Suppression::DayCap => {
            let day = |at: &Timestamp| step.now.since(*at) < Millis::from_days(1);
            let made = state.invitations.made_at().map(|(_, at)| at);
            let (used, of) = (made.filter(day).count(), triggers::cap(policy.max_per_day));
            let says = format!("max_per_day: {used} of {of} used in the last 24 hours");
            let until = triggers::day_cap_ends(step.rules, state);
            Hold::new(why, says, "the last 24 hours have room again")
                .budget(used, of)
                .until(until)
        }
        Suppression::AfterDismissal => quiet(
            step,
            why,
            state.invitations.last_dismissed,
            policy.after_dismissal,
        ),
        Suppression::AfterChat => quiet(step, why, Some(state.chat_at), policy.after_chat),
        Suppression::AfterGoal => quiet(step, why, state.last_goal, policy.after_goal),
        Suppression::NoAgent => Hold::new(
            why,
            format!(
                "nobody can answer: {} agents online, {} free slots",
                step.site.agents_online, step.site.free_slots
            ),
            "an agent has time",
        ),
        Suppression::OncePer | Suppression::Cooldown | Suppression::NotRearmed => {
            Hold::new(why, why.as_str(), "")
        }
    }
}

/// A quiet time that runs since `since`.
fn quiet(step: &Step<'_>, why: Suppression, since: Option<Timestamp>, span: Millis) -> Hold {
    let until = since.map(|at| at + span);
    let left = until.map_or(Millis::ZERO, |until| until.since(step.now));
    let says = format!(
        "{}: quiet for {span}, {} to go",
        why.as_str(),
        span_of(left)
    );
    Hold::new(why, says, format!("{} of quiet pass", span_of(left))).until(until)
}

/// What the trigger itself has against firing again.
pub(super) fn of_trigger(step: &Step<'_>, trigger: &Trigger) -> Option<Hold> {
    let Rest { why, ends_at } = triggers::rest(trigger, step.state, step.now)?;
    let left = ends_at.map(|at| span_of(at.since(step.now)));
    let hold = match (why, trigger.once_per, left) {
        (Suppression::OncePer, Some(OncePer::Page), _) => Hold::new(
            why,
            "once per page: it has invited on this page",
            "another page",
        ),
        (Suppression::OncePer, Some(OncePer::Session), _) => Hold::new(
            why,
            "once per session: it has invited in this session",
            "another session",
        ),
        (Suppression::OncePer, _, _) => Hold::new(
            why,
            "once per visitor: it has invited this visitor",
            "nothing: it never invites this visitor again",
        ),
        (Suppression::NotRearmed, _, _) => Hold::new(
            why,
            "it has invited, and its conditions have held ever since",
            "its conditions cease to hold once",
        ),
        (_, _, Some(left)) => Hold::new(
            why,
            format!("{}: {left} to go", why.as_str().replace('_', " ")),
            format!("{left} pass"),
        ),
        (_, _, None) => Hold::new(why, why.as_str().replace('_', " "), "another visit"),
    };
    Some(hold.until(ends_at))
}
