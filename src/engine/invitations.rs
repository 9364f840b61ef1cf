//! The life of an invitation: offered, shown, then accepted, dismissed, ignored, expired or taken back.

use std::sync::Arc;

use crate::domain::{
    Invitation, InvitationId, InvitationOutcome, InvitationState, Key, PageId, ReplyChannel,
    Settlement, Timestamp, VisitorId, VisitorState,
};
use crate::rules::{InvitationText, Trigger};

use super::by_hand;
use super::effects::Effect;
use super::rests::Draw;
use super::step::Step;
use super::{channel, instead, triggers};

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
    if !withheld {
        return offer(step, invitation);
    }
    // Nobody sees it, but where it counts how often somebody may, it stands for one that was seen.
    let memory = triggers::memory(step.state, trigger.key);
    memory.shown = memory.shown.saturating_add(1);
    step.effects.push(Effect::Withheld(invitation.id));
    open(step, invitation);
}

/// Offers an invitation.
pub(super) fn offer(step: &mut Step<'_>, invitation: Invitation) {
    let offered = Effect::Offered(Arc::new(invitation.clone()));
    step.effects.push(offered);
    open(step, invitation);
}

fn open(step: &mut Step<'_>, invitation: Invitation) {
    step.state.invitations.made += 1;
    step.state.invitations.open = Some(Box::new(invitation));
}

fn compose(step: &Step<'_>, trigger: &Trigger, withheld: bool) -> Option<Invitation> {
    let session = step.state.session.as_deref()?;
    let page = session.current_page()?;
    let view = step.view();
    let (text, variant) = words(trigger, step.state.id);
    let department = trigger.department.as_deref();
    // Who is invited all the same can have a form at least.
    let offered = channel::offered(trigger, text, &view).unwrap_or(ReplyChannel::Email);
    let is_closed = offered == ReplyChannel::Email && !channel::is_soon(&view, department);
    let (lang, message) = text.for_lang(page.lang.as_deref(), is_closed);
    let terms = channel::terms(&view, offered, department, lang);
    Some(Invitation {
        id: InvitationId::derive(
            step.state.id,
            trigger.key,
            step.now.0,
            step.state.invitations.made,
        ),
        by: None,
        instead_of: None,
        trigger: trigger.key,
        variant: variant.cloned(),
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
        message: message.render(&view),
        lang: Arc::clone(lang),
        tone: text.tone,
        channel: terms.channel,
        department: trigger.department.clone(),
        expected_reply: terms.expected_reply,
        opens_at: terms.opens_at,
        note: terms.note,
    })
}

/// What a trigger says to this visitor, and the id of the variant that it is.
pub(super) fn words(trigger: &Trigger, visitor: VisitorId) -> (&InvitationText, Option<&Arc<str>>) {
    let variant = (!trigger.variants.is_empty())
        .then(|| trigger.variant(Draw::Variant.of(trigger, visitor)))
        .flatten();
    variant.map_or((&trigger.invitation, None), |variant| {
        (&variant.invitation, Some(&variant.id))
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
        count(step.state, past.trigger, how, 1);
        step.effects.push(Effect::Settled(past));
    }
}

/// Counts for the trigger how its invitations ended: so often more, or less where a late answer corrects the count.
pub(super) fn count(state: &mut VisitorState, trigger: Key, how: Settlement, by: i16) {
    let mut memories = state.triggers.iter_mut();
    let Some(memory) = memories.find(|memory| memory.trigger == trigger) else {
        return;
    };
    match how {
        Settlement::Dismissed => memory.dismissed = memory.dismissed.saturating_add_signed(by),
        Settlement::Ignored => memory.ignored = memory.ignored.saturating_add_signed(by),
        Settlement::Accepted | Settlement::Expired | Settlement::Revoked | Settlement::Withheld => {
        }
    }
}

/// Counts for the trigger that somebody saw its invitation.
fn count_shown(state: &mut VisitorState, trigger: Key) {
    let mut memories = state.triggers.iter_mut();
    if let Some(memory) = memories.find(|memory| memory.trigger == trigger) {
        memory.shown = memory.shown.saturating_add(1);
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
    let state = &*step.state;
    let (Some(open), Some(session)) = (&state.invitations.open, &state.session) else {
        return;
    };
    let page = session.current_page();
    let silent = page
        .and_then(|page| page.page_type)
        .is_some_and(|key| step.rules.policy.never_on.contains(&key));
    if silent && !by_hand::stays(open, session) {
        settle(step, Settlement::Revoked);
    }
}

/// Takes the invitation back when what it promises cannot be had any more: the last agent has left, or the hours are
/// over. The visitor is not kept waiting for nobody.
pub(super) fn revoke_unkept(step: &mut Step<'_>) {
    let open = step.state.invitations.open.as_deref();
    let unkept = open.is_some_and(|open| {
        open.state != InvitationState::Withheld
            && !instead::keeps(step.site, open.department.as_deref(), open.channel)
    });
    if unkept {
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
        let trigger = open.trigger;
        step.state.invitations.shown += 1;
        count_shown(step.state, trigger);
        step.effects.push(Effect::Shown(id, page));
    }
}

fn answered(step: &mut Step<'_>, id: InvitationId, page: Option<PageId>, how: Settlement) {
    shown(step, id, page);
    let open = step.state.invitations.open.as_deref();
    let department = open.and_then(|open| open.department.clone());
    settle(step, how);
    let past = step.state.invitations.settled.last().copied();
    if let Some(past) = past.filter(|past| past.id == id) {
        instead::offer(step, &past, department);
    }
}

/// Whether an invitation that ended like this can still be answered.
pub(super) const fn has_lapsed(how: Settlement) -> bool {
    matches!(
        how,
        Settlement::Ignored | Settlement::Expired | Settlement::Revoked
    )
}

/// An answer to an invitation that had lapsed meanwhile still counts: a no is a no.
fn late(step: &mut Step<'_>, id: InvitationId, how: Settlement) {
    let history = &mut step.state.invitations;
    let Some(past) = history
        .settled
        .iter_mut()
        .find(|past| past.id == id && has_lapsed(past.how))
    else {
        return;
    };
    let before = std::mem::replace(&mut past.how, how);
    let unseen = !std::mem::replace(&mut past.shown, true);
    let past = *past;
    history.shown += u32::from(unseen);
    history.count(how, step.now);
    if unseen {
        count_shown(step.state, past.trigger);
    }
    count(step.state, past.trigger, before, -1);
    count(step.state, past.trigger, how, 1);
    step.effects.push(Effect::Settled(past));
    if how == Settlement::Dismissed {
        // Nor is the next one welcome.
        settle(step, Settlement::Revoked);
    }
    let trigger = step.rules.trigger(past.trigger);
    let department = trigger.and_then(|trigger| trigger.department.clone());
    instead::offer(step, &past, department);
}
