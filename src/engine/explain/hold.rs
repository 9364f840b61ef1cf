//! What is in the way: the policy's budgets and quiet times, and a trigger's own rests.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each group of reasons has its own words"
)]

use serde::Serialize;

use crate::domain::{ChatState, Millis, Scarce, Suppression, Timestamp, TriggerMemory};
use crate::rules::{OncePer, Trigger};

use super::super::channel::{self, Unanswered};
use super::super::courtesy;
use super::super::rests::{self, Rest};
use super::super::step::Step;
use super::super::worth;
use super::condition::span_of;
use super::need::Need;

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
pub(in crate::engine) fn of_policy(step: &Step<'_>) -> Vec<Hold> {
    courtesy::suppressions(step.rules, step.site, step.state, step.now)
        .map(|why| {
            let until = courtesy::ends(step.rules, step.state, why);
            let hold = hold(step, why, until);
            let until = hold.until.or(until);
            hold.until(until)
        })
        .collect()
}

fn hold(step: &Step<'_>, why: Suppression, until: Option<Timestamp>) -> Hold {
    let (state, policy) = (&*step.state, &step.rules.policy);
    match why {
        Suppression::Banned => {
            let ban = state.dossier.as_deref().and_then(|it| it.ban.as_ref());
            let says = ban.map_or_else(String::new, |ban| {
                format!("banned by {}: {}", ban.by, ban.reason)
            });
            Hold::new(why, says, "the ban is lifted")
        }
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
        Suppression::Typing => Hold::new(
            why,
            "the visitor types in a form",
            "the visitor leaves the form",
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
            let trigger = open.map_or("", |open| &*open.trigger_name);
            let says = format!("the invitation of `{trigger}` is open");
            Hold::new(why, says, "the open invitation is answered or lapses")
        }
        Suppression::SessionCap | Suppression::DayCap | Suppression::VisitorCap => cap(step, why),
        Suppression::AfterDismissal => quiet(step, why, policy.after_dismissal, until),
        Suppression::AfterChat => quiet(step, why, policy.after_chat, until),
        Suppression::AfterGoal => quiet(step, why, policy.after_goal, until),
        Suppression::NoAgent => nobody(step, why, None),
        Suppression::Scarce
        | Suppression::DepartmentClosed
        | Suppression::OffSchedule
        | Suppression::Delay
        | Suppression::OncePer
        | Suppression::Cooldown
        | Suppression::MaxShows
        | Suppression::StoppedAfterDismissals
        | Suppression::StoppedAfterIgnores
        | Suppression::NotRearmed
        | Suppression::OutsideSample => Hold::new(why, why.says(), "another visit"),
    }
}

/// Nobody of a department, or nobody at all, can answer soon.
fn nobody(step: &Step<'_>, why: Suppression, department: Option<&str>) -> Hold {
    let whose = department.map(|name| format!(" of the department {name:?}"));
    let whose = whose.unwrap_or_default();
    match channel::unanswered(&step.view(), department) {
        Unanswered::Closed(opens_at) => {
            let says = format!("nobody{whose} can answer: it is closed");
            Hold::new(why, says, "it opens").until(opens_at)
        }
        Unanswered::Full if department.is_some() => {
            let says = format!("nobody{whose} can answer");
            let who = department.unwrap_or_default();
            Hold::new(why, says, format!("an agent of {who:?} has time"))
        }
        Unanswered::Full => {
            let (agents, free) = (step.site.agents_online, step.site.free_slots);
            let says = format!("nobody can answer: {agents} agents online, {free} free slots");
            Hold::new(why, says, "an agent has time")
        }
        Unanswered::Slow(usually, limit) => {
            let (usually, limit) = (span_of(usually), span_of(limit));
            let says = format!(
                "nobody{whose} answers soon: a first reply takes {usually}, chat_within is {limit}"
            );
            Hold::new(why, says, "replies are quicker")
        }
        Unanswered::Foreign => {
            let says = format!("nobody{whose} who is free speaks the language of the page");
            Hold::new(why, says, "somebody who speaks it has time")
        }
    }
}

/// A budget that is used up.
fn cap(step: &Step<'_>, why: Suppression) -> Hold {
    let (state, policy) = (&*step.state, &step.rules.policy);
    let (word, used, of, ends) = match why {
        Suppression::SessionCap => (
            "max_per_session",
            courtesy::made_in_session(state, state.session.as_deref()),
            courtesy::cap(policy.max_per_session),
            "another session",
        ),
        Suppression::VisitorCap => (
            "max_per_visitor",
            state.invitations.made as usize,
            usize::from(policy.max_per_visitor.unwrap_or_default()),
            "nothing: this visitor has had a whole share",
        ),
        _ => {
            let day = |at: &Timestamp| step.now.since(*at) < Millis::from_days(1);
            let made = state.invitations.made_at().map(|(_, at)| at);
            let (used, of) = (made.filter(day).count(), courtesy::cap(policy.max_per_day));
            let ends = "the last 24 hours have room again";
            ("max_per_day", used, of, ends)
        }
    };
    Hold::new(why, format!("{word}: {used} of {of} used"), ends).budget(used, of)
}

/// A quiet time that runs.
fn quiet(step: &Step<'_>, why: Suppression, span: Millis, until: Option<Timestamp>) -> Hold {
    let left = until.map_or(Millis::ZERO, |until| until.since(step.now));
    let says = format!(
        "{}: quiet for {span}, {} to go",
        why.as_str(),
        span_of(left)
    );
    Hold::new(why, says, format!("{} of quiet pass", span_of(left)))
}

/// That others come first, if they do: the best offer that could be made is worth less than what is asked for.
pub(super) fn of_others(step: &Step<'_>, best: Option<&Trigger>) -> Option<Hold> {
    let (worth, bar) = worth::falls_short(step, best?)?;
    let says = if bar == Scarce::COUNTING {
        "places are scarce, and those who wait are being counted".to_owned()
    } else {
        format!("places are scarce: this offer is worth {worth}, and {bar} is asked for")
    };
    Some(Hold::new(Suppression::Scarce, says, "a place is left over"))
}

/// What the trigger itself has against inviting now, beside what the policy says for all of them.
pub(in crate::engine) fn of_trigger(
    step: &Step<'_>,
    trigger: &Trigger,
    policy: &[Hold],
) -> Vec<Hold> {
    let view = step.view();
    let memories = step.state.triggers.iter();
    let mut memory = memories.filter(|memory| memory.trigger == trigger.key);
    let memory = memory.next().copied();
    let said = |rest: &Rest| policy.iter().any(|hold| hold.code == rest.why.as_str());
    rests::rests(trigger, &view)
        .filter(|rest| !said(rest))
        .map(|rest| {
            let hold = rest_hold(step, trigger, memory, rest);
            let until = hold.until.or(rest.ends_at);
            hold.until(until)
        })
        .collect()
}

fn rest_hold(
    step: &Step<'_>,
    trigger: &Trigger,
    memory: Option<TriggerMemory>,
    rest: Rest,
) -> Hold {
    let why = rest.why;
    let left = rest.ends_at.map(|at| span_of(at.since(step.now)));
    let passes = |otherwise: &str| {
        let passes = left.as_ref().map(|left| format!("{left} pass"));
        passes.unwrap_or_else(|| otherwise.to_owned())
    };
    let counted = |word: &str, used: u16, of: Option<u16>, noun: &str| {
        let of = of.unwrap_or_default();
        let says = format!("{word}: {used} of {of} {noun}");
        let ends = "nothing: it never invites this visitor again";
        Hold::new(why, says, ends).budget(usize::from(used), usize::from(of))
    };
    let count = |of: fn(&TriggerMemory) -> u16| memory.as_ref().map_or(0, of);
    match why {
        Suppression::OncePer => once(why, trigger.once_per),
        Suppression::NotRearmed => Hold::new(
            why,
            "it has invited, and its conditions have held ever since",
            "its conditions cease to hold once",
        ),
        Suppression::Cooldown => {
            let says = format!("cooldown: {} to go", left.as_deref().unwrap_or("some time"));
            Hold::new(why, says, passes("some time passes"))
        }
        Suppression::MaxShows => {
            counted("max_shows", count(|m| m.shown), trigger.max_shows, "used")
        }
        Suppression::StoppedAfterDismissals => counted(
            "stop_after_dismissals",
            count(|m| m.dismissed),
            trigger.stop_after_dismissals,
            "dismissed",
        ),
        Suppression::StoppedAfterIgnores => counted(
            "stop_after_ignores",
            count(|m| m.ignored),
            trigger.stop_after_ignores,
            "ignored",
        ),
        Suppression::Delay => delay(why, trigger, left.as_deref()),
        Suppression::OffSchedule => {
            let says = "it does not run at this time";
            Hold::new(why, says, passes("its schedule comes round"))
        }
        Suppression::DepartmentClosed => nobody(step, why, trigger.department.as_deref()),
        Suppression::OutsideSample => Hold::new(
            why,
            "the visitor is outside the sample that it speaks to",
            "nothing: the draw stays as it is",
        ),
        Suppression::NoAgent => nobody(step, why, None),
        other => Hold::new(other, other.says(), "another visit"),
    }
}

fn delay(why: Suppression, trigger: &Trigger, left: Option<&str>) -> Hold {
    let delay = trigger.delay.unwrap_or(Millis::ZERO);
    match left {
        Some(left) => Hold::new(
            why,
            format!("delay of {delay}: {left} to go"),
            format!("its conditions hold for {left} more"),
        ),
        None => Hold::new(
            why,
            format!("delay of {delay}: runs once its conditions hold"),
            format!("its conditions hold for {delay} without a break"),
        ),
    }
}

fn once(why: Suppression, once_per: Option<OncePer>) -> Hold {
    let (says, ends) = match once_per {
        Some(OncePer::Page) => ("once per page: it has invited on this page", "another page"),
        Some(OncePer::Session) => (
            "once per session: it has invited in this session",
            "another session",
        ),
        Some(OncePer::Visitor) | None => (
            "once per visitor: it has invited this visitor",
            "nothing: it never invites this visitor again",
        ),
    };
    Hold::new(why, says, ends)
}
