//! Who a visitor is, whether they may be followed, and where they stand with the chat.
//!
//! Each is the latest word by the time of the event: an older word that arrives late changes nothing.

use std::sync::Arc;

use crate::domain::{
    ChatReport, ChatState, ChatStep, ChatTurn, Identity, InvitationState, MAX_TAGS,
    MAX_TRAIT_BYTES, MAX_TRAITS, Millis, PropValue, Settlement, VisitorState,
};

use crate::rules::lower;

use super::effects::Effect;
use super::step::Step;
use super::{invitations, sessions};

type Traits = Vec<(Arc<str>, PropValue)>;

/// Takes the site's word on who this is. Another person's traits go with that person, and so do those that were only
/// claimed when the same person is proved: what anybody could have said is never part of what was proved.
pub(super) fn identify(step: &mut Step<'_>, user_id: &Arc<str>, traits: &Traits, verified: bool) {
    let at = step.at;
    let known = step.state.identity.as_deref();
    if known.is_some_and(|known| known.at > at) {
        return;
    }
    let same = known.filter(|known| known.user_id == *user_id);
    // Who was proved to be somebody stays proved while the page goes on saying so, which adds nothing by itself.
    let stays = same.is_some_and(|known| known.verified && !verified);
    let becomes = same.is_some_and(|known| !known.verified && verified);
    if known.is_some() && same.is_none() || becomes {
        step.state.traits.clear();
    }
    let verified = verified || stays;
    if same.is_none_or(|known| known.verified != verified) {
        step.effects.push(Effect::Identified);
    }
    step.state.identity = Some(Box::new(Identity {
        user_id: Arc::clone(user_id),
        at,
        verified,
    }));
    if stays {
        return;
    }
    for (name, value) in traits {
        set(&mut step.state.traits, name, value);
    }
}

/// Sets a trait. Null forgets it; beyond the limits the ones not heard of for longest make room.
fn set(traits: &mut Traits, name: &Arc<str>, value: &PropValue) {
    traits.retain(|(old, _)| !old.eq_ignore_ascii_case(name));
    if *value != PropValue::Null {
        traits.push((Arc::clone(name), value.clone()));
    }
    let size = |traits: &Traits| -> usize {
        let sizes = traits.iter().map(|(name, value)| name.len() + value.size());
        sizes.sum()
    };
    while traits.len() > MAX_TRAITS || size(traits) > MAX_TRAIT_BYTES {
        traits.remove(0);
    }
}

/// Takes an agent's labels. Labels compare without regard to case; beyond the limit the oldest make room.
pub(super) fn tag(step: &mut Step<'_>, add: &[Arc<str>], remove: &[Arc<str>]) {
    let tags = &mut step.state.tags;
    for gone in remove.iter().chain(add) {
        let gone = lower(gone);
        tags.retain(|tag| lower(tag) != gone);
    }
    for tag in add {
        if !tags.iter().any(|known| lower(known) == lower(tag)) {
            tags.push(Arc::clone(tag));
        }
    }
    let surplus = tags.len().saturating_sub(MAX_TAGS);
    tags.drain(..surplus);
}

/// Takes the chat layer's word on one conversation, as far as it says where the visitor stands.
pub(super) fn report(step: &mut Step<'_>, report: &ChatReport) {
    let waited = step.state.chat == ChatState::Queued;
    if let Some(state) = report.step.state() {
        chat(step, state);
    }
    match report.step {
        ChatStep::FirstReply => turn(step, ChatTurn::Answered, report.first_response),
        // Who was known to wait has been told of already.
        ChatStep::Missed if !waited => turn(step, ChatTurn::Missed, None),
        ChatStep::Missed
        | ChatStep::Requested
        | ChatStep::Queued
        | ChatStep::Started
        | ChatStep::Ended
        | ChatStep::Rated => {}
    }
}

fn turn(step: &mut Step<'_>, turn: ChatTurn, after: Option<Millis>) {
    step.effects.push(Effect::Chat(turn, after));
}

/// Takes the chat layer's word. Whoever talks or waits is not invited. A browser that has just opened another page may
/// know of a message only, and not that somebody has answered: that puts nobody back into the queue.
pub(super) fn chat(step: &mut Step<'_>, chat: ChatState) {
    let talking = step.state.chat == ChatState::Chatting;
    let stale = step.state.chat == chat || (talking && chat == ChatState::Queued);
    if step.at < step.state.chat_at || stale {
        return;
    }
    let waited = step.state.chat == ChatState::Queued;
    match chat {
        ChatState::Queued => turn(step, ChatTurn::Requested, None),
        ChatState::Chatting => {
            // Who is taken at once has asked all the same.
            if !waited {
                turn(step, ChatTurn::Requested, None);
            }
            turn(step, ChatTurn::Taken, None);
        }
        ChatState::Ended if waited => turn(step, ChatTurn::Missed, None),
        ChatState::Ended | ChatState::None => {}
    }
    step.state.chat = chat;
    step.state.chat_at = step.at;
    step.state.chats = step
        .state
        .chats
        .saturating_add(u16::from(chat == ChatState::Chatting));
    if matches!(chat, ChatState::Queued | ChatState::Chatting) {
        // A chat that begins while an invitation is in view is the yes to it, whether the browser or the chat server is
        // heard first.
        let open = step.state.invitations.open.as_deref();
        let in_view = open.is_some_and(|open| matches!(open.state, InvitationState::Shown(_)));
        let how = if in_view {
            Settlement::Accepted
        } else {
            Settlement::Revoked
        };
        invitations::settle(step, how);
    }
}

/// Takes the visitor's word on tracking. A refusal forgets everything but the refusal itself, and which events were
/// seen: an event that is sent again must not come back to life.
pub(super) fn consent(step: &mut Step<'_>, granted: bool) {
    if step.at < step.state.consent_at {
        return;
    }
    if !granted {
        invitations::settle(step, Settlement::Revoked);
        sessions::end(step);
        let fresh = VisitorState::new(step.state.site, step.state.id, step.now);
        let recent = std::mem::take(&mut step.state.recent);
        *step.state = VisitorState { recent, ..fresh };
        step.scores.take();
    }
    step.state.opted_out = !granted;
    step.state.consent_at = step.at;
}
