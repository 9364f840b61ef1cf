//! What operators are shown of the store.

use std::sync::atomic::Ordering;

use crate::metrics::RedisReadings;

use super::{FeedFigures, Redis};

impl Redis {
    /// Whether this node hears what the others decide.
    pub fn hears(&self) -> bool {
        *self.shared.hears.borrow()
    }

    /// How well this node hears the others.
    pub fn feed_figures(&self) -> &FeedFigures {
        &self.shared.feed
    }

    /// Into how many buckets each site's visitors are divided.
    pub fn buckets(&self) -> u16 {
        self.shared.options.buckets
    }

    /// How many visitors this node holds: those it remembers, and those of sites that somebody looks at.
    pub fn in_memory(&self) -> usize {
        self.shared.cache.len().max(self.shared.mirror.len())
    }

    /// How Redis does.
    pub fn readings(&self) -> RedisReadings {
        let health = &self.shared.link.health;
        RedisReadings {
            out_of_order: health.open(),
            errors: health
                .errors()
                .map(|(trouble, count)| (trouble.as_str(), count))
                .collect(),
            deaf: !self.hears(),
            feed: self.shared.feed.read(),
            changes: self.shared.changes.read(),
        }
    }

    /// How many changes are under way.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }
}
