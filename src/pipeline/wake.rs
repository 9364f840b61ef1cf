//! Who is to be looked at again because the site's situation has changed, or the service has started.

use crate::chat::Opened;
use crate::domain::{Key, Millis, Presence, Session, Timestamp, VisitorState};
use crate::engine;
use crate::store::Whose;

use super::Pipeline;
use super::capacity::claim_of;
use super::places::was_turned_away;

impl Pipeline {
    /// Wakes every visitor who looks at a page of this site, within the next second: it can answer since now. Takes
    /// about a microsecond for each live visitor, so call it where that may block.
    pub fn wake_attentive(&self, site: Key, now: Timestamp) {
        let mut spread = 0;
        self.store.for_each_live(Whose::Own, &mut |state| {
            if state.site == site && is_attentive(state, now) {
                spread = (spread + 7) % 1_000;
                self.timers
                    .set_at_latest(site, state.id, now + Millis(spread));
            }
        });
    }

    /// Wakes those who may hear that a site can answer: everybody who looks at a page when an agent came, some when a
    /// single place is free again, and of these first who was held back because nobody could answer. Takes about a
    /// microsecond for each live visitor, so call it where that may block.
    pub fn wake_for(&self, opened: Opened, now: Timestamp) {
        let Some(at_most) = opened.at_most else {
            return self.wake_attentive(opened.site, now);
        };
        let (mut held_back, mut others) = (Vec::new(), Vec::new());
        self.store.for_each_live(Whose::Own, &mut |state| {
            let uninvited = state.site == opened.site && state.invitations.open.is_none();
            if !uninvited || !is_attentive(state, now) {
                return;
            }
            let list = if was_turned_away(state) {
                &mut held_back
            } else {
                &mut others
            };
            if list.len() < at_most {
                list.push(state.id);
            }
        });
        // Who waits is counted first where places are scarce.
        if self.desk.is_contested(opened.site, now) {
            held_back.clear();
        }
        for visitor in held_back.into_iter().chain(others).take(at_most) {
            self.timers.set_at_latest(opened.site, visitor, now);
        }
    }

    /// Sets the wake-ups of everybody who was read back from disk, and takes the chats that their open invitations
    /// promise for promised. Takes about two microseconds for each live visitor, so call it where that may block.
    pub fn set_timers(&self, now: Timestamp) {
        self.store.for_each_live(Whose::Own, &mut |state| {
            let Some(site) = self.sites.get(state.site) else {
                return;
            };
            let rules = site.rules_for(state.id);
            let open = state.invitations.open.as_deref();
            if let Some(claim) = open.and_then(|open| claim_of(open)) {
                self.desk.restore(site.key, claim, now);
            }
            if was_turned_away(state) {
                self.desk.turned_away(site.key, now);
            }
            let site_now = self.desk.now(site.key, now);
            if let Some(at) = engine::next_wake(&rules, &site_now, state, now) {
                self.timers.set_at_latest(site.key, state.id, at);
            }
        });
    }
}

pub(super) fn is_attentive(state: &VisitorState, now: Timestamp) -> bool {
    let active = |session: &Session| session.presence(now) == Presence::Active;
    state.session.as_deref().is_some_and(active)
}
