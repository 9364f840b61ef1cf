//! Notes for the decision log: which ready trigger was held back, and why.

use crate::domain::{Hushed, Key, Session, Suppression};

use super::effects::Effect;
use super::step::Step;
use super::triggers::best_held_back;

/// Notes the best trigger that is ready although `why` speaks against inviting anybody, once for each page and reason.
///
/// Triggers are judged only until one was found, so a visitor who is left alone for long costs nothing more than one
/// who is not.
pub(super) fn note(step: &mut Step<'_>, why: Suppression) {
    // Nobody is there to be greeted, or somebody was just greeted: neither is news.
    if matches!(why, Suppression::NotAttended | Suppression::OpenInvitation) {
        return;
    }
    let session = step.state.session.as_deref();
    let Some(page) = session.and_then(Session::current_page) else {
        return;
    };
    let note = Hushed {
        why: Key::of(why.as_str()),
        page: page.page,
    };
    if step.state.hushed == Some(note) {
        return;
    }
    let found = best_held_back(step);
    found.keep(step);
    if let Some(trigger) = found.trigger {
        step.state.hushed = Some(note);
        let trigger = trigger.key;
        step.effects.push(Effect::Suppressed { trigger, why });
    }
}
