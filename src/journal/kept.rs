//! Where records are kept: a directory that no service holds, or the store of a running service.

use std::ops::ControlFlow;

use crate::domain::{RuleSetHash, Seq, Timestamp};
use crate::store::{JournalFile, RecordBytes, StoreError, VisitorStore};

/// Records in their order, and the rules that they were made under.
pub trait Kept: Sync {
    /// Shows the records of a period in order, until `look` breaks off.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The packed files of a rule set, if they are kept.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError>;
}

impl Kept for JournalFile {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.scan(from, to, look)
    }

    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.rule_sources(hash)
    }
}

/// The journal of a running service.
pub struct StoreJournal<'a>(pub &'a dyn VisitorStore);

impl Kept for StoreJournal<'_> {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.scan(from, to, look)
    }

    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.rule_sources(hash)
    }
}
