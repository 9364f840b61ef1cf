//! Looks at visitors because time has passed.

use crate::domain::{Cause, Millis, Timestamp, VisitorState};
use crate::engine::{self, Input};
use crate::live::{Due, Look};
use crate::store::{Change, StoreError};

use super::capacity::Capacity;
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
        let (mut done, mut plan) = (None, None);
        let mut change = |state: &mut VisitorState, capacity: &mut Capacity<'_>| {
            done = None;
            if state.sessions == 0 {
                // Nobody has heard of them, or not any more.
                return Some(Change::default());
            }
            if planned && self.desk.is_shared() {
                // Run again, on what another node has made of it meanwhile: it is that node's to wake now.
                if *plan.get_or_insert_with(|| state.clone()) != *state {
                    return Some(Change::default());
                }
            }
            let ((), effects) = capacity.decide(state, |site_now, state| {
                let (_, effects) = engine::step(&rules, site_now, state, Input::Tick, now);
                ((), effects)
            })?;
            let site_now = &capacity.site_now;
            let record = record(site, visitor, rules.hash, site_now, Cause::Tick, now);
            let change = self.keep(site, record, &rules, state, &effects);
            done = Some(effects);
            Some(change)
        };
        let promised = self.promise(site, visitor, now, &rules, &mut change);
        match promised.await {
            Ok(()) => {
                if let Some(effects) = done {
                    self.run(site.key, visitor, effects, now);
                }
            }
            Err(why) => {
                tracing::debug!(%why, "a wake-up is put off");
                self.timers.put_off(due, now + RETRY);
            }
        }
    }
}
