//! Floor 3: a version of the rules that decides beside the live one and does nothing.
//!
//! Whoever answers a visitor hands over what it did, once it is on disk, and goes on; a thread of its own takes that
//! up under the other rules, with the same code as a backtest. What it cannot take up in time is dropped and counted.
//! Nothing of it is kept: after a restart the comparison begins anew.

mod queue;
mod recent;
mod run;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use serde::Serialize;

use crate::clock;
use crate::domain::{Key, Shadow, Timestamp, Versions, VisitorId, VisitorState};
use crate::engine::backtest::Report;
use crate::publishing::{self, PublishError};
use crate::site::Site;
use crate::store::VisitorStore;

pub use queue::Heard;
use queue::Queue;

/// What a shadow has seen so far.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Since when it has been watching, in milliseconds since the epoch: since it was set up, or since the service
    /// started.
    pub watching_since: u64,
    /// Requests and wake-ups that it was not told of because it could not keep up.
    pub dropped: u64,
    /// Visitors whom it follows at this moment.
    pub following: u64,
    /// What happened (`before`) and what the shadow would have done (`after`), as a backtest tells it.
    pub report: Report,
}

/// A shadow at work.
struct Running {
    shadow: Shadow,
    queue: Arc<Queue>,
}

/// The shadows of all sites, at most one each.
#[derive(Default)]
pub struct Shadows {
    /// Whether there is any: mostly there is none, and then nobody pays for it.
    any: AtomicBool,
    by_site: ArcSwap<HashMap<Key, Arc<Running>>>,
}

impl Shadows {
    /// Takes note that a visitor's state is about to change, under the visitor's lock; `None` when no shadow watches.
    pub fn notice(&self, site: Key, state: &VisitorState) -> Option<Heard> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let by_site = self.by_site.load();
        let running = by_site.get(&site)?;
        Some(Queue::notice(&running.queue, state))
    }

    /// Sees to it that the shadow which these versions tell of is at work, and no other.
    ///
    /// # Errors
    ///
    /// When its rules cannot be compiled; then none is at work.
    pub async fn follow(
        &self,
        store: &dyn VisitorStore,
        site: &Site,
        versions: &Versions,
    ) -> Result<(), PublishError> {
        let wanted = versions.shadow;
        let now = self
            .by_site
            .load()
            .get(&site.key)
            .map(|running| running.shadow);
        if now == wanted {
            return Ok(());
        }
        let version = wanted.and_then(|shadow| versions.get(shadow.version));
        let mut running = None;
        if let (Some(shadow), Some(version)) = (wanted, version) {
            let rules = publishing::rules(store, version.hash).await;
            let rules = rules.inspect_err(|_| self.put(site.key, None))?;
            let queue = Queue::new();
            run::start(&site.name, rules, &queue, clock::now());
            running = Some(Arc::new(Running { shadow, queue }));
        }
        self.put(site.key, running.as_ref());
        Ok(())
    }

    fn put(&self, site: Key, running: Option<&Arc<Running>>) {
        self.by_site.rcu(|old| {
            let mut new = HashMap::clone(old);
            match running {
                Some(running) => new.insert(site, Arc::clone(running)),
                None => new.remove(&site),
            };
            new
        });
        let any = !self.by_site.load().is_empty();
        self.any.store(any, Ordering::Relaxed);
    }

    /// What a site's shadow has seen so far; `None` when none is at work.
    pub async fn comparison(&self, site: Key) -> Option<Comparison> {
        let queue = Arc::clone(&self.by_site.load().get(&site)?.queue);
        queue.ask().await
    }

    /// How much was dropped since each shadow at work began, all sites together.
    pub fn dropped(&self) -> u64 {
        let by_site = self.by_site.load();
        by_site
            .values()
            .map(|running| running.queue.dropped())
            .sum()
    }
}

/// A visitor, a moment.
type Due = (Timestamp, VisitorId);
