//! The contract that every store keeps, whatever it is made of, told as stories that know nothing of how it is kept.
//!
//! Each back end brings a way to open it again and runs the same stories: the embedded one in `tests/it/store.rs`, Redis
//! and Redis Cluster in `tests/redis/store.rs`.

pub(crate) mod decisions;
pub(crate) mod documents;
pub(crate) mod forgetting;
pub(crate) mod promises;
pub(crate) mod words;

use std::sync::Arc;

use ahlan::domain::{Millis, Timestamp};
use ahlan::store::VisitorStore;

/// A back end under test, whose data outlives a store.
pub(crate) trait Bench {
    type Store: VisitorStore;
    /// Opens the data as it is.
    fn open(&self) -> Arc<Self::Store>;
    /// Ends a store without a chance to save anything.
    fn crash(&self, store: Arc<Self::Store>);
    /// Saves and lets go of whatever is due at `now`.
    fn keep_house(&self, store: &Arc<Self::Store>, now: Timestamp);
    /// Forgets whatever is older than the retention at `now`.
    fn forget(&self, store: &Arc<Self::Store>, now: Timestamp);
    /// How long records are kept.
    const RETENTION: Millis;
}

/// Opens the data, and keeps the rules as the service does at its start.
pub(crate) async fn open<B: Bench>(bench: &B) -> Arc<B::Store> {
    let store = bench.open();
    let rules = words::rules().hash;
    store.keep_rules(rules, b"rules").await.unwrap();
    store
}
