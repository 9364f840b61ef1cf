//! The contract that every store keeps, whatever it is made of, told as stories that know nothing of how it is kept.
//!
//! Each back end brings a way to open it again and runs the same stories: the embedded one in `tests/it/store.rs`, Redis
//! and Redis Cluster in `tests/redis/store.rs`.

pub(crate) mod decisions;
pub(crate) mod documents;
pub(crate) mod forgetting;
pub(crate) mod logs;
pub(crate) mod outbox;
pub(crate) mod promises;
pub(crate) mod words;

use std::sync::Arc;

use ahlan::domain::{Millis, Timestamp};
use ahlan::store::VisitorStore;

/// Every promise, for a back end to run all of them: calls `$run` with the promises that every store keeps, and those of
/// stores that are told what time it is.
macro_rules! every_promise {
    ($run:ident) => {
        $run! {
            always {
                promises:
                    nobody_comes_of_nothing,
                    records_come_newest_first,
                    a_scan_shows_a_period_in_order,
                    twenty_at_once_lose_nothing,
                    an_end_in_order_keeps_everything,
                    a_crash_keeps_everything,
                    who_is_let_go_comes_back_as_the_same,
                    a_request_that_took_long_is_not_lost,
                    a_clock_that_goes_back_loses_nothing,
                    closing_under_load_loses_nothing;
                decisions:
                    decisions_are_kept_with_their_records;
                documents:
                    a_document_is_changed_by_one_at_a_time,
                    documents_are_kept_apart,
                    sources_of_rules_are_read_as_they_were_kept;
                outbox:
                    a_parcel_is_kept_with_its_change,
                    without_a_record_there_is_no_parcel,
                    a_parcel_that_is_put_off_is_due_later,
                    a_parcel_belongs_to_one_at_a_time,
                    parcels_are_posted_without_a_visitor,
                    a_receiver_who_takes_nothing_fills_only_its_own_room;
                logs:
                    a_log_is_read_as_it_was_written,
                    entries_of_one_moment_keep_their_order,
                    a_long_log_loses_its_oldest_entries;
            }
            when_told_the_time {
                forgetting:
                    what_is_old_is_forgotten_but_never_the_living,
                    decisions_are_forgotten_like_records,
                    logs_and_parcels_are_forgotten_in_the_end;
            }
        }
    };
}
pub(crate) use every_promise;

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
