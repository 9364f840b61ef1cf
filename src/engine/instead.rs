//! What is offered in the place of a chat that cannot be had any more: the re-check at the click.
//!
//! Between the invitation and the yes, the last agent may have left. Whoever said yes then is answered at once, by an
//! invitation of its own to another channel: it reaches the browser as every invitation does, with the answer to the
//! click, over the stream, and whenever the browser asks.

use std::sync::Arc;

use crate::domain::{
    ChatState, Invitation, InvitationId, InvitationState, Millis, ReplyChannel, Settled,
    Settlement, SiteNow,
};
use crate::rules::{InvitationText, Trigger};

use super::step::Step;
use super::{channel, invitations, note};

/// A yes that is told later than this is nobody's who still waits.
const FRESH: Millis = Millis::from_mins(5);
/// How long it stands when the rules do not know the trigger any more.
const STANDS: Millis = Millis::from_mins(5);

/// Whether what was promised of this department, or of anybody, can still be had. A form needs nobody; a call back needs
/// the hours, where the settings offer it, and else somebody who is there, as a chat does.
pub(super) fn keeps(site: &SiteNow, department: Option<&str>, promised: ReplyChannel) -> bool {
    match promised {
        ReplyChannel::Email => true,
        ReplyChannel::Phone => site.calls_back(department) == Some(true) || site.keeps(department),
        ReplyChannel::Chat => site.keeps(department),
    }
}

/// Offers another channel to somebody who has just said yes to what cannot be had any more of this department, or of
/// anybody.
pub(super) fn offer(step: &mut Step<'_>, accepted: &Settled, department: Option<Arc<str>>) {
    let unkept = accepted.how == Settlement::Accepted
        && !keeps(step.site, department.as_deref(), accepted.channel);
    // Who waits or talks already has what they said yes to; who has another invitation has an answer.
    let served = matches!(step.state.chat, ChatState::Queued | ChatState::Chatting);
    let waits = step.now.since(step.at) < FRESH;
    if !unkept || served || !waits || step.state.invitations.open.is_some() {
        return;
    }
    if let Some(invitation) = compose(step, accepted, department) {
        invitations::offer(step, invitation);
    }
}

fn compose(
    step: &Step<'_>,
    accepted: &Settled,
    department: Option<Arc<str>>,
) -> Option<Invitation> {
    let session = step.state.session.as_deref()?;
    let page = session.current_page()?;
    let trigger = step.rules.trigger(accepted.trigger);
    let view = step.view();
    let lang = page.lang.as_deref().unwrap_or_default();
    let (lang, message): (Arc<str>, Arc<str>) = match trigger.and_then(closed_words) {
        Some(text) => {
            let (lang, message) = text.for_lang(Some(lang), true);
            (Arc::clone(lang), message.render(&view))
        }
        None => (note::language(lang).into(), note::sorry(lang).into()),
    };
    let (whose, site) = (department.as_deref(), step.site);
    // A yes is always answered: by mail, unless only calls are made.
    let only_calls =
        site.answers_mail(whose) == Some(false) && site.calls_back(whose) == Some(true);
    let other = if only_calls {
        ReplyChannel::Phone
    } else {
        ReplyChannel::Email
    };
    let terms = channel::terms(&view, other, whose, &lang);
    let made = step.state.invitations.made;
    Some(Invitation {
        id: InvitationId::derive(step.state.id, accepted.trigger, step.now.0, made),
        by: None,
        instead_of: Some(accepted.id),
        trigger: accepted.trigger,
        variant: None,
        trigger_name: trigger.map_or_else(|| "".into(), |trigger| Arc::clone(&trigger.id)),
        rules: step.rules.hash,
        session: session.id,
        page: page.page,
        offered_at: step.now,
        expires_at: step.now + trigger.map_or(STANDS, |trigger| trigger.expires_after),
        state: InvitationState::Offered,
        message,
        lang,
        tone: trigger.map_or_else(Default::default, |trigger| trigger.invitation.tone),
        channel: terms.channel,
        department,
        expected_reply: terms.expected_reply,
        opens_at: terms.opens_at,
        note: terms.note,
    })
}

/// The trigger's own words for the time when nobody answers, if it has any.
fn closed_words(trigger: &Trigger) -> Option<&InvitationText> {
    let closed = trigger.invitation.closed.as_ref();
    closed?.messages.as_ref().map(|_| &trigger.invitation)
}
