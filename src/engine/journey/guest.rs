//! Who walks: a visitor as the test describes them, and rules whose draws fall as it says.

use crate::domain::{Identity, Key, Millis, Share, Timestamp, VisitorId, VisitorState};
use crate::rules::journey::{Guest, Journey};
use crate::rules::{RuleSet, Variant};

/// The site's name for a visitor of whom only traits are known.
const NAMELESS: &str = "somebody";

/// The rules with every draw settled: without an id of its own, a test's visitor is outside every holdout or inside
/// every one, and sees the variant that the test names.
pub(super) fn arranged(rules: &RuleSet, guest: &Guest) -> RuleSet {
    let mut rules = rules.clone();
    if guest.id.is_some() {
        return rules;
    }
    for trigger in &mut rules.triggers {
        let withheld = guest.holdout && trigger.holdout > Share(0);
        trigger.holdout = if withheld { Share::ALL } else { Share(0) };
        trigger.sample = Share::ALL;
        let named = |variant: &Variant| Some(&variant.id) == guest.variant.as_ref();
        if trigger.variants.iter().any(named) {
            trigger.variants.retain(named);
        }
    }
    rules
}

/// The visitor before the visit.
pub(super) fn arrives(journey: &Journey) -> VisitorState {
    let guest = &journey.guest;
    let earlier = guest.sessions.saturating_sub(1);
    let ago = Millis(guest.last_visit.0.saturating_mul(u64::from(earlier)));
    let mut state = VisitorState::new(Key::of("test"), id(guest), journey.clock - ago);
    state.last_seen = if earlier > 0 {
        journey.clock - guest.last_visit
    } else {
        journey.clock
    };
    state.sessions = earlier;
    state.page_views = earlier;
    state.traits.clone_from(&guest.traits);
    state.tags.clone_from(&guest.tags);
    if guest.user_id.is_some() || !guest.traits.is_empty() {
        state.identity = Some(Box::new(Identity {
            user_id: guest.user_id.clone().unwrap_or_else(|| NAMELESS.into()),
            at: Timestamp(0),
            verified: guest.verified,
        }));
    }
    state
}

fn id(guest: &Guest) -> VisitorId {
    let text = guest.id.as_deref().unwrap_or("a visitor of a test");
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    VisitorId(id)
}
