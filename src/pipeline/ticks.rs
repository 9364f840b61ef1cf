//! Looks at visitors because time has passed, or because something outside of their visit has changed.

use crate::domain::{Cause, Key, Millis, Presence, Session, Timestamp, VisitorState};
use crate::engine::{self, Effects, Input};
use crate::live::{Due, Look};
use crate::store::{Change, StoreError, Whose};

use super::{Pipeline, record};

/// How many wake-ups are taken in one go.
const TICKS_AT_ONCE: usize = 256;
/// A wake-up that the store did not take is tried again after this long.
const RETRY: Millis = Millis::from_secs(1);

impl Pipeline {
    /// Looks at every visitor whose wake-up has come; returns when the next one is.
    pub async fn ring(&self, now: Timestamp) -> Option<Timestamp> {
        loop {
            if self.store.health().is_err() {
                // Nobody's wake-up is taken that could not be followed.
                return Some(now + RETRY);
            }
            let due = self.timers.due(now, TICKS_AT_ONCE);
            if due.is_empty() {
                return self.timers.next();
            }
            let ticks = due.into_iter().map(|due| self.tick(due, now));
            futures_util::future::join_all(ticks).await;
        }
    }

    /// Looks at visitors whom a node that has died was to look at, as many as there are.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    pub async fn ring_for_others(&self, now: Timestamp) -> Result<(), StoreError> {
        loop {
            let overdue = self.store.overdue(now, TICKS_AT_ONCE).await?;
            if overdue.is_empty() {
                return Ok(());
            }
            let ticks = overdue.into_iter().map(|(site, visitor)| {
                let due = Due {
                    site,
                    visitor,
                    look: Look::Asked,
                };
                self.tick(due, now)
            });
            futures_util::future::join_all(ticks).await;
        }
    }

    /// Looks at a visitor because time has passed.
    async fn tick(&self, due: Due, now: Timestamp) {
        let (visitor, planned) = (due.visitor, due.look == Look::Planned);
        let Some(site) = self.sites.get(due.site) else {
            return;
        };
        if planned && self.store.moved(visitor) {
            // Who has taken the visitor over has planned anew.
            return;
        }
        let rules = site.rules_for(visitor);
        let site_now = self.desk.now(site.key, now);
        let (mut effects, mut plan) = (Effects::default(), None);
        let mut change = |state: &mut VisitorState| {
            effects = Effects::default();
            if state.sessions == 0 {
                // Nobody has heard of them, or not any more.
                return Change::default();
            }
            let changed = plan.as_ref().is_some_and(|then| then != state);
            if planned && changed {
                // Run again, on what another node has made of it meanwhile: it is that node's to wake now.
                return Change::default();
            }
            if planned {
                plan = Some(state.clone());
            }
            (_, effects) = engine::step(&rules, &site_now, state, Input::Tick, now);
            let record = record(site, visitor, rules.hash, &site_now, Cause::Tick, now);
            Change::of(record, &rules, state, &effects)
        };
        match self.commit(site, visitor, now, &rules, &mut change).await {
            Ok(()) => self.run(site.key, visitor, effects),
            Err(why) => {
                tracing::debug!(%why, "a wake-up is put off");
                self.timers.put_off(due, now + RETRY);
            }
        }
    }

    /// Wakes every visitor who looks at a page of this site, within the next second: it can answer since now. Takes
    /// about a microsecond for each live visitor, so call it where that may block.
    pub fn wake_attentive(&self, site: Key, now: Timestamp) {
        let mut spread = 0;
        self.store.for_each_live(Whose::Own, &mut |state| {
            let attentive = |session: &Session| session.presence(now) == Presence::Active;
            if state.site == site && state.session.as_deref().is_some_and(attentive) {
                spread = (spread + 7) % 1_000;
                self.timers
                    .set_at_latest(site, state.id, now + Millis(spread));
            }
        });
    }

    /// Sets the wake-ups of everybody who was read back from disk. Takes about two microseconds for each live
    /// visitor, so call it where that may block.
    pub fn set_timers(&self, now: Timestamp) {
        self.store.for_each_live(Whose::Own, &mut |state| {
            let Some(site) = self.sites.get(state.site) else {
                return;
            };
            let site_now = self.desk.now(site.key, now);
            if let Some(at) = engine::next_wake(&site.rules_for(state.id), &site_now, state, now) {
                self.timers.set_at_latest(site.key, state.id, at);
            }
        });
    }
}
