//! Whom to invite: every trigger is judged, then the best one that is ready is chosen.

use std::cell::OnceCell;

use crate::domain::{
    ChatState, Key, MAX_SETTLED, Millis, Presence, Session, SiteNow, Timestamp, TriggerMemory,
    VisitorState,
};
use crate::rules::{OncePer, RuleSet, Trigger, Truth};

use super::facts::{Focus, View};
use super::hash::bucket;
use super::invitations;
use super::step::Step;

const DAY: Millis = Millis::from_days(1);

/// Why somebody whose conditions hold is not invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suppression {
    /// No page is attended, so nobody would see it.
    NotAttended,
    /// The page is of a type on which nobody is invited.
    NeverOn,
    /// The visitor talks with an agent or waits for one.
    Chatting,
    /// Another invitation is open.
    OpenInvitation,
    /// The session has had its share.
    SessionCap,
    /// The last 24 hours have had their share.
    DayCap,
    /// The visitor said no not long ago.
    AfterDismissal,
    /// The visitor had a chat not long ago.
    AfterChat,
    /// The visitor reached a goal not long ago.
    AfterGoal,
    /// Nobody can answer.
    NoAgent,
    /// The trigger has invited within its span already.
    OncePer,
    /// The trigger rests.
    Cooldown,
    /// The trigger has invited and its conditions have held ever since.
    NotRearmed,
}

impl Suppression {
    /// The stable word on the wire and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAttended => "not_attended",
            Self::NeverOn => "never_on",
            Self::Chatting => "chatting",
            Self::OpenInvitation => "open_invitation",
            Self::SessionCap => "session_cap",
            Self::DayCap => "day_cap",
            Self::AfterDismissal => "after_dismissal",
            Self::AfterChat => "after_chat",
            Self::AfterGoal => "after_goal",
            Self::NoAgent => "no_agent",
            Self::OncePer => "once_per",
            Self::Cooldown => "cooldown",
            Self::NotRearmed => "not_rearmed",
        }
    }
}

/// What the site-wide policy has against inviting this visitor now, whatever the trigger.
pub fn suppressions(
    rules: &RuleSet,
    site: &SiteNow,
    state: &VisitorState,
    now: Timestamp,
) -> impl Iterator<Item = Suppression> {
    let session = state.session.as_deref();
    let policy = &rules.policy;
    let within =
        |since: Option<Timestamp>, quiet: Millis| since.is_some_and(|at| now.since(at) < quiet);
    let chat_ended = (state.chat == ChatState::Ended).then_some(state.chat_at);
    [
        (!is_attended(session, now), Suppression::NotAttended),
        (is_silent_page(rules, session), Suppression::NeverOn),
        (
            matches!(state.chat, ChatState::Queued | ChatState::Chatting),
            Suppression::Chatting,
        ),
        (
            state.invitations.open.is_some(),
            Suppression::OpenInvitation,
        ),
        (
            made_in_session(state, session) >= cap(policy.max_per_session),
            Suppression::SessionCap,
        ),
        (
            day_cap_ends(rules, state).is_none_or(|ends| ends > now),
            Suppression::DayCap,
        ),
        (
            within(state.invitations.last_dismissed, policy.after_dismissal),
            Suppression::AfterDismissal,
        ),
        (
            within(chat_ended, policy.after_chat),
            Suppression::AfterChat,
        ),
        (
            within(state.last_goal, policy.after_goal),
            Suppression::AfterGoal,
        ),
        (
            policy.require_available_agent && !site.can_answer(),
            Suppression::NoAgent,
        ),
    ]
    .into_iter()
    .filter_map(|(applies, why)| applies.then_some(why))
}

/// The cap that is kept: no more invitations are remembered one by one, so no more are made.
fn cap(stated: u16) -> usize {
    usize::from(stated).min(MAX_SETTLED)
}

/// When the last 24 hours will have, or had, room for another invitation; `None`: never.
pub(super) fn day_cap_ends(rules: &RuleSet, state: &VisitorState) -> Option<Timestamp> {
    let last = cap(rules.policy.max_per_day).checked_sub(1)?;
    let in_the_way = state.invitations.made_at().nth(last);
    Some(in_the_way.map_or(Timestamp(0), |(_, at)| at + DAY))
}

fn is_attended(session: Option<&Session>, now: Timestamp) -> bool {
    session.is_some_and(|session| {
        session.presence(now) == Presence::Active
            && session
                .current_page()
                .is_some_and(|page| page.is_attended(now))
    })
}

fn is_silent_page(rules: &RuleSet, session: Option<&Session>) -> bool {
    page_type(session).is_some_and(|key| rules.policy.never_on.contains(&key))
}

pub(super) fn page_type(session: Option<&Session>) -> Option<Key> {
    session
        .and_then(Session::current_page)
        .and_then(|page| page.page_type)
}

fn made_in_session(state: &VisitorState, session: Option<&Session>) -> usize {
    let Some(session) = session else { return 0 };
    state
        .invitations
        .made_at()
        .filter(|(made_in, _)| *made_in == session.id)
        .count()
}

/// What one trigger has against firing again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    pub(super) why: Suppression,
    /// When time alone ends it.
    pub(super) ends_at: Option<Timestamp>,
}

/// What the trigger has against firing again, if anything.
pub(super) fn rest(trigger: &Trigger, state: &VisitorState, now: Timestamp) -> Option<Rest> {
    let memory = state
        .triggers
        .iter()
        .find(|memory| memory.trigger == trigger.key)?;
    let session = state.session.as_deref();
    let since = match trigger.once_per {
        Some(OncePer::Visitor) => Some(Timestamp(0)),
        Some(OncePer::Session) => session.map(|session| session.started_at),
        Some(OncePer::Page) => session
            .and_then(Session::current_page)
            .map(|page| page.opened_at),
        None => None,
    };
    let spent = since.is_some_and(|since| memory.fired_at >= since);
    let cooldown = trigger
        .cooldown
        .filter(|cooldown| now.since(memory.fired_at) < *cooldown);
    match (spent, cooldown) {
        (true, _) => Some(Rest {
            why: Suppression::OncePer,
            ends_at: None,
        }),
        (false, Some(cooldown)) => Some(Rest {
            why: Suppression::Cooldown,
            ends_at: Some(memory.fired_at + cooldown),
        }),
        (false, None) => memory.latched.then_some(Rest {
            why: Suppression::NotRearmed,
            ends_at: None,
        }),
    }
}

/// Re-arms triggers whose conditions have ceased, then makes the best invitation that nothing speaks against.
pub(super) fn decide(step: &mut Step<'_>) {
    rearm(step);
    if step.state.session.is_none()
        || suppressions(step.rules, step.site, step.state, step.now)
            .next()
            .is_some()
    {
        return;
    }
    let Some(trigger) = best_ready(step) else {
        return;
    };
    let seed = format!("holdout:{}", trigger.id);
    let withheld = bucket(&seed, &step.state.id.to_string()) < trigger.holdout.0;
    remember(step.state, trigger.key, step.now);
    invitations::make(step, trigger, withheld);
}

/// A trigger that has fired may fire again only after its conditions have once not held.
fn rearm(step: &mut Step<'_>) {
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
            memory.latched
                && trigger.is_some_and(|trigger| trigger.condition.eval(&view) == Truth::Yes)
        })
        .collect();
    for (memory, latched) in step.state.triggers.iter_mut().zip(still) {
        memory.latched = latched;
    }
}

fn fits(trigger: &Trigger, page_type: Option<Key>) -> bool {
    trigger.page_types.is_empty() || page_type.is_some_and(|key| trigger.page_types.contains(&key))
}

fn best_ready<'r>(step: &Step<'r>) -> Option<&'r Trigger> {
    let view = step.view();
    ready(step.rules, &view)
        .min_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)))
}

/// The triggers that would invite if none went before them and no policy were in the way.
fn ready<'r>(rules: &'r RuleSet, view: &View<'_>) -> impl Iterator<Item = &'r Trigger> {
    rules
        .triggers_for(page_type(view.session()))
        .filter(|trigger| rest(trigger, view.state, view.now).is_none())
        .filter(|trigger| trigger.condition.eval(view) == Truth::Yes)
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

fn remember(state: &mut VisitorState, trigger: Key, now: Timestamp) {
    let memories = &mut state.triggers;
    memories.retain(|memory| memory.trigger != trigger);
    memories.push(TriggerMemory {
        trigger,
        fired_at: now,
        latched: true,
    });
}
