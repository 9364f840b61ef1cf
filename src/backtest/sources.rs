//! Where recorded traffic comes from: wherever records are kept, or a text.

use std::collections::HashMap;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::domain::{Record, RuleSetHash, Seq, Timestamp};
use crate::journal::{JournalError, Kept, Line, Reader, packed};
use crate::publishing::compile_packed;
use crate::rules::RuleSet;
use crate::store::{RecordBytes, StoreError};

use super::Source;

impl<T: Kept> Source for T {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        Kept::scan(self, from, to, look)
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        let packed = self.rule_sources(hash)?;
        Ok(packed.as_deref().and_then(compile_packed))
    }
}

/// A journal as text, read into memory.
#[derive(Default)]
pub struct TextJournal {
    bytes: Vec<u8>,
    /// The place of each record, and where it ends.
    records: Vec<(Seq, usize)>,
    rules: HashMap<RuleSetHash, Vec<u8>, FxBuildHasher>,
}

impl TextJournal {
    /// Reads a journal to its end.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a line is not what it should be.
    pub fn read(from: impl BufRead) -> Result<Self, JournalError> {
        let mut journal = Self::default();
        for line in Reader::new(from) {
            match line? {
                Line::Journal { .. } => {}
                Line::Record(record) => journal.put(&record),
                Line::Rules { hash, files } => {
                    journal.rules.insert(hash, packed(files));
                }
            }
        }
        Ok(journal)
    }

    fn put(&mut self, record: &Record) {
        let last = self.records.last().map_or(Seq::default(), |(seq, _)| *seq);
        self.bytes.extend(RecordBytes::of(record));
        self.records
            .push((Seq::next(last, record.now), self.bytes.len()));
    }
}

impl Kept for TextJournal {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let period = Seq::at(from)..Seq::at(to);
        let mut start = 0;
        for (seq, end) in &self.records {
            let record = RecordBytes(&self.bytes[start..*end]);
            start = *end;
            if period.contains(seq) && look(*seq, record).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rules.get(&hash).cloned())
    }
}
