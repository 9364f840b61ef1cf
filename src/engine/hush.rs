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
    if news(step, why).is_none() {
        return;
    }
    let found = best_held_back(step);
    found.keep(step);
    if let Some(trigger) = found.trigger {
        note_of(step, trigger.key, why);
    }
}

/// Notes that this trigger is ready although `why` speaks against it, once for each page and reason.
pub(super) fn note_of(step: &mut Step<'_>, trigger: Key, why: Suppression) {
    if let Some(note) = news(step, why) {
        step.state.hushed = Some(note);
        step.effects.push(Effect::Suppressed { trigger, why });
    }
}

/// What there is to note of this reason on this page; `None` when it is noted already.
fn news(step: &Step<'_>, why: Suppression) -> Option<Hushed> {
    let session = step.state.session.as_deref();
    let page = session.and_then(Session::current_page)?;
    let note = Hushed {
        why: Key::of(why.as_str()),
        page: page.page,
    };
    (step.state.hushed != Some(note)).then_some(note)
}
