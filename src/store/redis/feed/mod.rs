//! What one node decides, all nodes hear.
//!
//! Every commit tells its bucket's channels: what open streams must hear to all nodes, and who has changed to those that
//! look at the whole site. A message names the one before it, so a gap shows; it is filled from the journal. A history
//! with another epoch is read anew. Messages that were lost without a trace show by the bucket's head, which is compared
//! every few seconds.

mod catch_up;
mod chain;
mod listen;
mod message;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{Key, VisitorId};
use crate::store::Notice;

pub(super) use listen::listen_for_ever;

/// What this node hears from others.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A visitor's open streams must hear this.
    Notice(Key, VisitorId, Notice),
    /// A visitor of a site that somebody looks at is known here as another node has left them.
    Visitor(Key, VisitorId),
    /// A document has changed: a site's own, or one that another part of the service keeps.
    Document(Key),
    /// What is known of a site's agents, or of what was promised in their name, has changed.
    Desk(Key),
}

/// Whom to tell. Called from a task of the runtime, so it must not block.
pub type OnNews = Arc<dyn Fn(News) + Send + Sync>;

/// How well this node hears.
#[derive(Debug, Default)]
pub struct FeedFigures {
    /// How often it was connected.
    pub connected: AtomicU64,
    /// Gaps that were filled from the journal.
    pub replays: AtomicU64,
    /// Buckets that were read as a whole.
    pub snapshots: AtomicU64,
    /// Subscriptions found dead although their connection was not.
    pub silent: AtomicU64,
}

impl FeedFigures {
    /// All of them by their kind, for the metrics.
    pub(super) fn read(&self) -> Vec<(&'static str, u64)> {
        let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        vec![
            ("connected", read(&self.connected)),
            ("replay", read(&self.replays)),
            ("snapshot", read(&self.snapshots)),
            ("silent", read(&self.silent)),
        ]
    }
}
