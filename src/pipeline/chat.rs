//! What the chat layer tells of conversations.

use crate::domain::{
    Batch, ChatReport, Event, EventId, EventKind, InvitationState, Key, ReplyChannel, Timestamp,
    VisitorId, VisitorState,
};
use crate::engine::{self, Effects, Taken};
use crate::site::Site;
use crate::store::{StoreError, Whose};

use super::Pipeline;
use super::capacity::Capacity;

impl Pipeline {
    /// Takes what the chat layer reports on a visitor's conversation; answers with its outcome once it is durable, or
    /// with `None` when the site has no such visitor or the visitor refused tracking.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take the change.
    pub async fn report_chat(
        &self,
        site: &Site,
        visitor: VisitorId,
        id: EventId,
        at: Timestamp,
        report: &ChatReport,
        now: Timestamp,
    ) -> Result<Option<Taken>, StoreError> {
        let known = self.store.get(site.key, visitor).await?;
        if known.is_none_or(|state| state.opted_out) {
            return Ok(None);
        }
        let rules = site.rules_for(visitor);
        let batch = Batch {
            arrival: None,
            events: vec![Event {
                id,
                at,
                page: None,
                kind: EventKind::ChatReport(Box::new(report.clone())),
            }],
        };
        let (mut outcome, mut effects) = (None, Effects::default());
        let mut change = |state: &mut VisitorState, capacity: &mut Capacity<'_>| {
            let (taken, done) = capacity.decide(state, |site_now, state| {
                engine::apply(&rules, site_now, state, &batch, now)
            })?;
            let site_now = &capacity.site_now;
            let change = self.journal(site, state, &rules, site_now, &batch, &taken, &done, now);
            (outcome, effects) = (taken.first().copied(), done);
            Some(change)
        };
        self.promise(site, visitor, now, &rules, &mut change)
            .await?;
        if outcome == Some(Taken::Accepted) {
            self.run(site.key, visitor, effects, now);
        }
        Ok(outcome)
    }

    /// Wakes everybody on this site who has an open invitation to a chat or a call: it may not be kept any more. Takes
    /// about a microsecond for each live visitor, so call it where that may block.
    pub fn wake_promised(&self, site: Key, now: Timestamp) {
        self.store.for_each_live(Whose::Own, &mut |state| {
            let open = state.invitations.open.as_deref();
            let promised = open.is_some_and(|open| {
                open.state != InvitationState::Withheld && open.channel != ReplyChannel::Email
            });
            if state.site == site && promised {
                self.timers.set_at_latest(site, state.id, now);
            }
        });
    }
}
