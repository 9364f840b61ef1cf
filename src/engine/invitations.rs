//! The life of an invitation: offered, shown, then accepted, dismissed, ignored, expired or taken back.

use std::sync::Arc;

use crate::domain::{
    Invitation, InvitationId, InvitationOutcome, InvitationState, PageId, ReplyChannel, Settlement,
    Timestamp, VisitorState,
};
use crate::rules::Trigger;

use super::effects::Effect;
use super::step::Step;

/// Whether the visitor has or lately had this invitation and may know of it.
pub(super) fn is_known(state: &VisitorState, id: InvitationId) -> bool {
    let history = &state.invitations;
    let open = history
        .open
        .as_ref()
        .is_some_and(|open| open.id == id && open.state != InvitationState::Withheld);
    open || history
        .settled
        .iter()
        .any(|past| past.id == id && past.how != Settlement::Withheld)
}

/// The invitation that the browser may show now, if there is one: offered, not yet shown, not lapsed.
pub fn open_for_browser(state: &VisitorState, now: Timestamp) -> Option<&Invitation> {
    let open = state.invitations.open.as_deref()?;
    (open.state == InvitationState::Offered && open.expires_at > now && !state.opted_out)
        .then_some(open)
}

/// Makes an invitation from a trigger, or withholds it.
pub(super) fn make(step: &mut Step<'_>, trigger: &Trigger, withheld: bool) {
    let Some(invitation) = compose(step, trigger, withheld) else {
        return;
    };
    step.state.invitations.made += 1;
    step.effects.push(if withheld {
        Effect::Withheld(invitation.id)
    } else {
        Effect::Offered(Arc::new(invitation.clone()))
    });
    step.state.invitations.open = Some(Box::new(invitation));
}

fn compose(step: &Step<'_>, trigger: &Trigger, withheld: bool) -> Option<Invitation> {
    let session = step.state.session.as_deref()?;
    let page = session.current_page()?;
    let (lang, message) = trigger.invitation.for_lang(page.lang.as_deref());
    // Nobody is promised a chat that no one can answer.
    let channel = if step.site.can_answer() {
        trigger.invitation.channel
    } else {
        ReplyChannel::Email
    };
    Some(Invitation {
        id: InvitationId::derive(
            step.state.id,
            trigger.key,
            step.now.0,
            step.state.invitations.made,
        ),
        trigger: trigger.key,
        trigger_name: Arc::clone(&trigger.id),
        rules: step.rules.hash,
        session: session.id,
        page: page.page,
        offered_at: step.now,
        expires_at: step.now + trigger.expires_after,
        state: if withheld {
            InvitationState::Withheld
        } else {
            InvitationState::Offered
        },
        message: Arc::clone(message),
        lang: Arc::clone(lang),
        tone: trigger.invitation.tone,
        channel,
        expected_reply: step
            .site
            .expected_reply
            .filter(|_| channel != ReplyChannel::Email),
    })
}

/// Ends the open invitation in this way; what was withheld stays withheld.
pub(super) fn settle(step: &mut Step<'_>, how: Settlement) {
    let Some(open) = step.state.invitations.open.as_deref() else {
        return;
    };
    let (id, how) = match (open.state, how) {
        (InvitationState::Withheld, _) => (open.id, Settlement::Withheld),
        (InvitationState::Shown(_), Settlement::Expired) => (open.id, Settlement::Ignored),
        (InvitationState::Shown(_) | InvitationState::Offered, how) => (open.id, how),
    };
    if let Some(past) = step.state.invitations.settle(how, step.now) {
        let visible = matches!(
            how,
            Settlement::Revoked | Settlement::Expired | Settlement::Ignored
        );
        if visible {
            step.effects.push(Effect::Revoked(id));
        }
        step.effects.push(Effect::Settled(past));
    }
}

/// Ends the open invitation if its time is over.
pub(super) fn lapse(step: &mut Step<'_>) {
    if step
        .state
        .invitations
        .open
        .as_ref()
        .is_some_and(|open| open.expires_at <= step.now)
    {
        settle(step, Settlement::Expired);
    }
}

/// Takes the invitation back when the visitor has gone on to a page where nobody is invited.
pub(super) fn revoke_where_silent(step: &mut Step<'_>) {
    let page = step
        .state
        .session
        .as_deref()
        .and_then(|session| session.current_page());
    let silent = page
        .and_then(|page| page.page_type)
        .is_some_and(|key| step.rules.policy.never_on.contains(&key));
    if silent {
        settle(step, Settlement::Revoked);
    }
}

/// Takes the browser's word on an invitation.
pub(super) fn answer(
    step: &mut Step<'_>,
    id: InvitationId,
    page: Option<PageId>,
    outcome: InvitationOutcome,
) {
    let is_open = step
        .state
        .invitations
        .open
        .as_ref()
        .is_some_and(|open| open.id == id);
    match (is_open, outcome) {
        (true, InvitationOutcome::Shown) => shown(step, id, page),
        (true, InvitationOutcome::Accepted) => answered(step, id, page, Settlement::Accepted),
        (true, InvitationOutcome::Dismissed) => answered(step, id, page, Settlement::Dismissed),
        (false, InvitationOutcome::Shown) => {}
        (false, InvitationOutcome::Accepted) => late(step, id, Settlement::Accepted),
        (false, InvitationOutcome::Dismissed) => late(step, id, Settlement::Dismissed),
    }
}

fn shown(step: &mut Step<'_>, id: InvitationId, page: Option<PageId>) {
    let now = step.now;
    let Some(open) = step.state.invitations.open.as_deref_mut() else {
        return;
    };
    if open.state == InvitationState::Offered {
        // The visitor gets the whole time to answer, counted from the moment it could be seen.
        open.expires_at = now + open.expires_at.since(open.offered_at);
        open.state = InvitationState::Shown(now);
        step.state.invitations.shown += 1;
        step.effects.push(Effect::Shown(id, page));
    }
}

fn answered(step: &mut Step<'_>, id: InvitationId, page: Option<PageId>, how: Settlement) {
    shown(step, id, page);
    settle(step, how);
}

/// An answer to an invitation that had lapsed meanwhile still counts: a no is a no.
fn late(step: &mut Step<'_>, id: InvitationId, how: Settlement) {
    let history = &mut step.state.invitations;
    let lapsed = |past: &Settlement| {
        matches!(
            past,
            Settlement::Ignored | Settlement::Expired | Settlement::Revoked
        )
    };
    let Some(past) = history
        .settled
        .iter_mut()
        .find(|past| past.id == id && lapsed(&past.how))
    else {
        return;
    };
    past.how = how;
    if !past.shown {
        past.shown = true;
        history.shown += 1;
    }
    let past = *past;
    history.count(how, step.now);
    step.effects.push(Effect::Settled(past));
    if how == Settlement::Dismissed {
        // Nor is the next one welcome.
        settle(step, Settlement::Revoked);
    }
}
