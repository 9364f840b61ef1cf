//! What agents do about one visitor: labels, notes, bans, and invitations by hand.

use std::sync::Arc;

use crate::domain::{
    Batch, ByAgent, Deed, Event, EventId, EventKind, Invitation, InvitationId, Timestamp,
    VisitorId, VisitorState, Wish,
};
use crate::engine::{self, Effect, Effects, Objection, Prospect, Taken};
use crate::site::Site;
use crate::store::{Change, StoreError};

use super::Pipeline;
use super::capacity::Capacity;

/// What became of an invitation by hand.
#[derive(Clone, Debug, PartialEq)]
pub enum Invited {
    /// It was made.
    Made(Arc<Invitation>),
    /// It was made before, by the same word: its id, and the invitation itself while it is open.
    Before(InvitationId, Option<Arc<Invitation>>),
    /// This speaks against it.
    Refused(Vec<Objection>),
    /// There is nothing to say: no message, and no trigger that has one.
    Wordless,
}

impl Pipeline {
    /// Puts labels on a visitor and takes labels off; answers with those there are once they are durable, or with
    /// `None` when the site has no such visitor or the visitor refused tracking.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take the change.
    pub async fn tag(
        &self,
        site: &Site,
        visitor: VisitorId,
        add: Vec<Arc<str>>,
        remove: Vec<Arc<str>>,
        now: Timestamp,
    ) -> Result<Option<Vec<Arc<str>>>, StoreError> {
        let event = Event {
            id: EventId::of(&format!("tags:{}:{add:?}:{remove:?}", now.0)),
            at: now,
            page: None,
            kind: EventKind::Tag { add, remove },
        };
        let state = self.word(site, visitor, event, now).await?;
        Ok(state.map(|state| state.tags))
    }

    /// Takes an agent's deed, once by its id; answers with the state as it is by then, once that is durable, or with
    /// `None` when the site has no such visitor or the visitor refused tracking.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take the change.
    pub async fn by_agent(
        &self,
        site: &Site,
        visitor: VisitorId,
        id: EventId,
        by: ByAgent,
        now: Timestamp,
    ) -> Result<Option<VisitorState>, StoreError> {
        self.word(site, visitor, event(id, by, now), now).await
    }

    /// What an invitation by hand would be if it were made now; `None` when the site has no such visitor.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn prospect(
        &self,
        site: &Site,
        visitor: VisitorId,
        (id, who, wish): (EventId, &Arc<str>, &Wish),
        now: Timestamp,
    ) -> Result<Option<Prospect>, StoreError> {
        let rules = site.rules_for(visitor);
        let site_now = self.desk.now(site.key, now);
        let state = self.store.get(site.key, visitor).await?;
        Ok(state.map(|state| engine::prospect(&rules, &site_now, &state, (id, who, wish), now)))
    }

    /// Invites by hand, once by its id, unless something speaks against it; answers once that is durable and on its way
    /// to the browser, or with `None` when the site has no such visitor.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or does not take the change, or other nodes' promises are not known.
    pub async fn invite(
        &self,
        site: &Site,
        visitor: VisitorId,
        (id, who, wish): (EventId, &Arc<str>, &Wish),
        now: Timestamp,
    ) -> Result<Option<Invited>, StoreError> {
        if self.store.get(site.key, visitor).await?.is_none() {
            return Ok(None);
        }
        let rules = site.rules_for(visitor);
        let by = ByAgent {
            who: Arc::clone(who),
            deed: Deed::Invite(wish.clone()),
        };
        let batch = Batch {
            arrival: None,
            events: vec![event(id, by, now)],
        };
        let (mut out, mut effects) = (Invited::Wordless, Effects::default());
        let mut change = |state: &mut VisitorState, capacity: &mut Capacity<'_>| {
            effects = Effects::default();
            if let Some((made, is_open)) = engine::made_by_hand(state, id) {
                let open = state.invitations.open.as_deref().filter(|_| is_open);
                out = Invited::Before(made, open.cloned().map(Arc::new));
                return Some(Change::default());
            }
            let (taken, done) = capacity.decide(state, |site_now, state| {
                let word = (id, who, wish);
                let found = engine::prospect(&rules, site_now, state, word, now);
                if found.is_made(wish.in_spite.is_some()) {
                    return engine::apply(&rules, site_now, state, &batch, now);
                }
                let has_words = found.invitation.is_some() || !found.against.is_empty();
                out = if has_words {
                    Invited::Refused(found.against)
                } else {
                    Invited::Wordless
                };
                (Vec::new(), Effects::default())
            })?;
            let Some(made) = offered(&done) else {
                return Some(Change::default());
            };
            out = Invited::Made(made);
            let site_now = &capacity.site_now;
            let change = self.journal(site, state, &rules, site_now, &batch, &taken, &done, now);
            effects = done;
            Some(change)
        };
        self.promise(site, visitor, now, &rules, &mut change)
            .await?;
        if matches!(out, Invited::Made(_)) {
            self.run(site.key, visitor, effects, now);
        }
        Ok(Some(out))
    }

    /// Takes an agent's word on a visitor who is known and may be followed.
    async fn word(
        &self,
        site: &Site,
        visitor: VisitorId,
        event: Event,
        now: Timestamp,
    ) -> Result<Option<VisitorState>, StoreError> {
        let known = self.store.get(site.key, visitor).await?;
        if known.is_none_or(|state| state.opted_out) {
            return Ok(None);
        }
        let rules = site.rules_for(visitor);
        let batch = Batch {
            arrival: None,
            events: vec![event],
        };
        let (mut after, mut effects) = (None, Effects::default());
        let mut taken_now = false;
        let mut change = |state: &mut VisitorState, capacity: &mut Capacity<'_>| {
            let (taken, done) = capacity.decide(state, |site_now, state| {
                engine::apply(&rules, site_now, state, &batch, now)
            })?;
            let site_now = &capacity.site_now;
            let change = self.journal(site, state, &rules, site_now, &batch, &taken, &done, now);
            after = Some(state.clone());
            taken_now = taken.contains(&Taken::Accepted);
            effects = done;
            Some(change)
        };
        self.promise(site, visitor, now, &rules, &mut change)
            .await?;
        if taken_now {
            self.run(site.key, visitor, effects, now);
        }
        Ok(after)
    }
}

fn event(id: EventId, by: ByAgent, now: Timestamp) -> Event {
    Event {
        id,
        at: now,
        page: None,
        kind: EventKind::ByAgent(Box::new(by)),
    }
}

/// The invitation that was offered.
pub(super) fn offered(effects: &Effects) -> Option<Arc<Invitation>> {
    let mut offers = effects.list.iter().rev().filter_map(|effect| match effect {
        Effect::Offered(invitation) => Some(Arc::clone(invitation)),
        Effect::Withheld(_)
        | Effect::Shown(..)
        | Effect::Revoked(_)
        | Effect::Settled(_)
        | Effect::Learned(_)
        | Effect::SessionStarted(_)
        | Effect::SessionEnded(_)
        | Effect::StageChanged { .. }
        | Effect::Suppressed { .. }
        | Effect::Identified
        | Effect::Chat(..)
        | Effect::Goal { .. } => None,
    });
    offers.next()
}
