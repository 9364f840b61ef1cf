//! Who a visitor is, whether they may be followed, and where they stand with the chat.

use std::sync::Arc;

use crate::domain::{ChatState, Identity, Ledger, MAX_TRAITS, PropValue, Settlement};

use super::step::Step;
use super::{invitations, sessions};

/// Takes the site's word on who this is. A null trait forgets; beyond the limit the oldest makes room.
pub(super) fn identify(step: &mut Step<'_>, user_id: &Arc<str>, traits: &[(Arc<str>, PropValue)]) {
    step.state.identity = Some(Box::new(Identity {
        user_id: Arc::clone(user_id),
        at: step.now,
    }));
    for (name, value) in traits {
        let known = &mut step.state.traits;
        known.retain(|(old, _)| old != name);
        if *value != PropValue::Null {
            known.push((Arc::clone(name), value.clone()));
        }
        if known.len() > MAX_TRAITS {
            known.remove(0);
        }
    }
}

/// Takes the chat layer's word. Whoever talks or waits is not invited.
pub(super) fn chat(step: &mut Step<'_>, chat: ChatState) {
    let before = std::mem::replace(&mut step.state.chat, chat);
    step.state.chat_at = step.now;
    if chat == ChatState::Chatting && before != ChatState::Chatting {
        step.state.chats = step.state.chats.saturating_add(1);
    }
    if matches!(chat, ChatState::Queued | ChatState::Chatting) {
        invitations::settle(step, Settlement::Revoked);
    }
}

/// Takes the visitor's word on tracking. A refusal forgets everything but the refusal itself.
pub(super) fn consent(step: &mut Step<'_>, granted: bool) {
    step.state.opted_out = !granted;
    if !granted {
        invitations::settle(step, Settlement::Revoked);
        sessions::end(step);
        step.state.identity = None;
        step.state.traits.clear();
        step.state.ledger = Ledger::default();
        step.state.rule_counts.clear();
    }
}
