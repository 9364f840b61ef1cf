//! What the engine may promise: as many chats as the agents can take, whoever else decides at this moment.
//!
//! A chat is promised before the invitation that promises it is made. Where that cannot be, the engine runs again with
//! what is left, so that a record always says what the engine saw.

use crate::chat::Desk;
use crate::domain::{
    Invitation, InvitationState, Key, Millis, ReplyChannel, SiteNow, Timestamp, VisitorState,
};
use crate::engine::Effects;
use crate::store::{Claim, StoreError};

use super::agents::offered;

/// How often other nodes are asked for one change. After that it is made without a promise.
const MAX_ASKED: u8 = 3;
/// A promise is void so long after the last moment at which its invitation could be answered.
const MARGIN: Millis = Millis::from_secs(10);

/// What one change may promise.
pub(super) struct Capacity<'a> {
    desk: &'a Desk,
    site: Key,
    now: Timestamp,
    /// What the engine is told.
    pub(super) site_now: SiteNow,
    /// The promise that was made for this change.
    held: Option<Claim>,
    /// Whether the last run needed it.
    used: bool,
    /// The promise that the last run would have needed.
    wanted: Option<Claim>,
    asked: u8,
}

impl<'a> Capacity<'a> {
    pub(super) fn new(desk: &'a Desk, site: Key, now: Timestamp) -> Self {
        Self {
            desk,
            site,
            now,
            site_now: desk.now(site, now),
            held: None,
            used: false,
            wanted: None,
            asked: 0,
        }
    }

    /// To be said before each run of the change, which may come to nothing.
    pub(super) fn begin(&mut self) {
        (self.wanted, self.used) = (None, false);
    }

    /// Runs the engine. `None` when it would invite and other nodes have to be asked first: nothing is to be kept then,
    /// and [`Self::stands`] says what to do.
    ///
    /// A state that nodes share is a copy that the store throws away when nothing is kept; only one that is changed in
    /// place is put back as it was.
    pub(super) fn decide<T>(
        &mut self,
        state: &mut VisitorState,
        mut engine: impl FnMut(&SiteNow, &mut VisitorState) -> (T, Effects),
    ) -> Option<(T, Effects)> {
        loop {
            let in_place = !self.desk.is_shared();
            let before = (in_place && self.may_promise()).then(|| state.clone());
            let (out, effects) = engine(&self.site_now, state);
            let Some(claim) = claim(&effects).filter(|_| self.may_promise()) else {
                return Some((out, effects));
            };
            let held = |held: &Claim| held.invitation == claim.invitation;
            if self.held.as_ref().is_some_and(held) || self.promise(&claim) {
                self.used = true;
                return Some((out, effects));
            }
            let Some(before) = before else {
                self.wanted = Some(claim);
                return None;
            };
            *state = before;
            self.look_again();
        }
    }

    /// Whether what the last run has left behind is settled. If not, the change is to be made again.
    ///
    /// # Errors
    ///
    /// When other nodes' promises are not known. Nothing was changed then.
    pub(super) async fn stands(&mut self) -> Result<bool, StoreError> {
        if !self.used
            && let Some(held) = self.held.take()
        {
            self.desk.give_back(self.site, held.invitation);
        }
        let Some(claim) = self.wanted.take() else {
            return Ok(true);
        };
        if self.asked < MAX_ASKED && self.desk.ask(self.site, claim.clone(), self.now).await? {
            self.held = Some(claim);
            self.asked += 1;
        } else {
            self.look_again();
        }
        Ok(false)
    }

    /// Whether an invitation could promise a chat now.
    fn may_promise(&self) -> bool {
        self.site_now.can_answer()
    }

    /// Makes a promise on a desk that no other node shares.
    fn promise(&mut self, claim: &Claim) -> bool {
        if self.desk.is_shared() {
            return false;
        }
        if let Some(held) = self.held.take() {
            self.desk.give_back(self.site, held.invitation);
        }
        let made = self.desk.promise(self.site, claim.clone(), self.now);
        self.held = made.then(|| claim.clone());
        made
    }

    /// Takes in what is left after somebody else was faster.
    fn look_again(&mut self) {
        self.asked += 1;
        self.site_now = self.desk.now(self.site, self.now);
        if self.asked >= MAX_ASKED {
            self.site_now.free_slots = 0;
            self.site_now.expected_reply = None;
            self.site_now.departments = None;
        }
    }
}

/// The chat that these effects promise, if they do.
fn claim(effects: &Effects) -> Option<Claim> {
    let made = offered(effects)?;
    claim_of(&made)
}

/// The chat that an open invitation promises: a form is answered by whoever has time later.
pub(super) fn claim_of(invitation: &Invitation) -> Option<Claim> {
    let once_more = match invitation.state {
        // Once it is shown, the visitor gets the whole time again.
        InvitationState::Offered => invitation.expires_at.since(invitation.offered_at),
        InvitationState::Shown(_) => Millis::ZERO,
        InvitationState::Withheld => return None,
    };
    (invitation.channel != ReplyChannel::Email).then(|| Claim {
        invitation: invitation.id,
        department: invitation.department.clone(),
        until: invitation.expires_at + once_more + MARGIN,
    })
}
