//! Logs that parts of the service keep of their own: entries are added at the end and never changed.

use std::ops::ControlFlow;

use crate::domain::{Key, Seq, Timestamp};

use super::{Answer, Order, Span, StoreError};

/// Looks at one entry of a log, with its place, and says whether to go on.
pub type LookAtNote<'a> = dyn FnMut(Seq, &[u8]) -> ControlFlow<()> + 'a;

/// Append-only logs, each under a key of its own.
pub trait Logs: Send + Sync {
    /// Adds an entry and answers with its place once that is durable: at the moment `at`, or after the entry before it.
    /// Entries are kept as long as records are, and the latest `most` of them at least as long as they are younger; what
    /// is beyond may be forgotten.
    ///
    /// # Errors
    ///
    /// After an error nobody knows whether it was added.
    fn note<'a>(&'a self, log: Key, at: Timestamp, bytes: &'a [u8], most: usize)
    -> Answer<'a, Seq>;

    /// Shows a log's entries in a span of time until `look` has seen enough. May block.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when an entry cannot be read.
    fn notes(
        &self,
        log: Key,
        span: Span,
        order: Order,
        look: &mut LookAtNote<'_>,
    ) -> Result<(), StoreError>;
}
