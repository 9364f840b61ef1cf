//! Giving out places where they are scarce: who waits on this node, and waking the best.

use crate::chat::{Bid, Round};
use crate::domain::{Key, Suppression, Timestamp, VisitorState};
use crate::engine;
use crate::store::{StoreError, Whose};

use super::Pipeline;
use super::wake::is_attentive;

/// So many who wait are compared at most; beyond that chance decides who is.
const MAX_WAITING: usize = 4_096;

impl Pipeline {
    /// Who waits for a place of this site on this node, and what an offer to them would be worth. Takes about a
    /// microsecond for each live visitor and ten for each who waits, so call it where that may block.
    pub fn bids(&self, round: &Round, now: Timestamp) -> Vec<Bid> {
        let Some(site) = self.sites.get(round.site) else {
            return Vec::new();
        };
        let site_now = self.desk.now(site.key, now);
        let mut bids = Vec::new();
        self.store.for_each_live(Whose::Own, &mut |state| {
            let waits = state.site == site.key && bids.len() < MAX_WAITING && waits(state, now);
            if !waits {
                return;
            }
            let rules = site.rules_for(state.id);
            let worth = engine::bid(&rules, &site_now, &round.scarce, state, now);
            bids.extend(worth.map(|worth| (worth, state.id)));
        });
        bids
    }

    /// Wakes those of this node's `bids` who may have a place now.
    ///
    /// # Errors
    ///
    /// When other nodes cannot be asked.
    pub async fn give_out(
        &self,
        round: &Round,
        bids: Vec<Bid>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for visitor in self.desk.give_out(round, bids, now).await? {
            self.timers.set_at_latest(round.site, visitor, now);
        }
        Ok(())
    }
}

/// Whether somebody was turned away for want of a place, and is still there.
fn waits(state: &VisitorState, now: Timestamp) -> bool {
    was_turned_away(state) && state.invitations.open.is_none() && is_attentive(state, now)
}

/// Whether the last that was noted about a visitor is that there was no place.
pub(super) fn was_turned_away(state: &VisitorState) -> bool {
    const NO_AGENT: Key = Key::of(Suppression::NoAgent.as_str());
    const SCARCE: Key = Key::of(Suppression::Scarce.as_str());
    let why = state.hushed.map(|hushed| hushed.why);
    why.is_some_and(|why| why == NO_AGENT || why == SCARCE)
}
