//! What the policy has against inviting somebody, whatever the trigger.

use crate::domain::{
    ChatState, MAX_SETTLED, Millis, Presence, Session, SiteNow, Suppression, Timestamp,
    VisitorState,
};
use crate::rules::RuleSet;

use super::triggers::page_type;

const DAY: Millis = Millis::from_days(1);

/// What the site-wide policy has against inviting this visitor now, whatever the trigger.
///
/// That nobody can answer is among it unless some trigger offers a form for that time; then it is the triggers' own
/// affair.
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
    let typing = typing_ends(rules, state).is_some_and(|ends| ends > now);
    [
        (state.is_banned(), Suppression::Banned),
        (!is_attended(session, now), Suppression::NotAttended),
        (is_silent_page(rules, session), Suppression::NeverOn),
        (typing, Suppression::Typing),
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
            policy
                .max_per_visitor
                .is_some_and(|max| state.invitations.made >= u32::from(max)),
            Suppression::VisitorCap,
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
        (nobody_answers(rules, site), Suppression::NoAgent),
    ]
    .into_iter()
    .filter_map(|(applies, why)| applies.then_some(why))
}

/// Whether nobody is invited because nobody can answer, through no channel that any trigger offers.
pub(super) fn nobody_answers(rules: &RuleSet, site: &SiteNow) -> bool {
    rules.policy.require_available_agent
        && !site.can_answer()
        && !rules.offers_when_closed()
        && site.calls_back(None) != Some(true)
}

/// When time alone ends what speaks against inviting anybody; `None` when it does not.
pub(super) fn ends(rules: &RuleSet, state: &VisitorState, why: Suppression) -> Option<Timestamp> {
    let policy = &rules.policy;
    let dismissed = state.invitations.last_dismissed;
    match why {
        Suppression::Typing => typing_ends(rules, state),
        Suppression::DayCap => day_cap_ends(rules, state),
        Suppression::AfterDismissal => dismissed.map(|at| at + policy.after_dismissal),
        Suppression::AfterChat => Some(state.chat_at + policy.after_chat),
        Suppression::AfterGoal => state.last_goal.map(|at| at + policy.after_goal),
        Suppression::OpenInvitation => state.invitations.open.as_ref().map(|open| open.expires_at),
        Suppression::Banned
        | Suppression::NotAttended
        | Suppression::NeverOn
        | Suppression::Chatting
        | Suppression::SessionCap
        | Suppression::VisitorCap
        | Suppression::NoAgent
        | Suppression::Scarce
        | Suppression::DepartmentClosed
        | Suppression::OffSchedule
        | Suppression::Delay
        | Suppression::OncePer
        | Suppression::Cooldown
        | Suppression::MaxShows
        | Suppression::StoppedAfterDismissals
        | Suppression::StoppedAfterIgnores
        | Suppression::NotRearmed
        | Suppression::OutsideSample => None,
    }
}

/// The cap that is kept: no more invitations are remembered one by one, so no more are made.
pub(super) fn cap(stated: u16) -> usize {
    usize::from(stated).min(MAX_SETTLED)
}

/// When the last 24 hours will have, or had, room for another invitation; `None`: never.
pub(super) fn day_cap_ends(rules: &RuleSet, state: &VisitorState) -> Option<Timestamp> {
    let last = cap(rules.policy.max_per_day).checked_sub(1)?;
    let in_the_way = state.invitations.made_at().nth(last);
    Some(in_the_way.map_or(Timestamp(0), |(_, at)| at + DAY))
}

/// Until when the visitor is left alone for typing in a form.
fn typing_ends(rules: &RuleSet, state: &VisitorState) -> Option<Timestamp> {
    let session = state.session.as_deref();
    let session = session.filter(|_| rules.policy.never_while_typing);
    session.and_then(Session::typing_until)
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

pub(super) fn made_in_session(state: &VisitorState, session: Option<&Session>) -> usize {
    let Some(session) = session else { return 0 };
    state
        .invitations
        .made_at()
        .filter(|(made_in, _)| *made_in == session.id)
        .count()
}
