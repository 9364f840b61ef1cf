//! Where recorded traffic comes from: a directory that no service holds, the store of a running service, or a file.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{Record, RuleSetHash, Seq, Timestamp};
use crate::journal::{JournalError, Line, Reader};
use crate::publishing::compile_packed;
use crate::rules::{self, RuleSet, SourceFile};
use crate::store::{JournalFile, RecordBytes, StoreError, VisitorStore};

use super::{Source, Versions};

impl Source for JournalFile {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.scan(from, to, look)
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        let packed = self.rule_sources(hash)?;
        Ok(packed.as_deref().and_then(compile_packed))
    }
}

/// The journal of a running service.
pub struct StoreJournal<'a>(pub &'a dyn VisitorStore);

impl Source for StoreJournal<'_> {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.scan(from, to, look)
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        let packed = self.0.rule_sources(hash)?;
        Ok(packed.as_deref().and_then(compile_packed))
    }
}

/// A journal as text, read into memory.
#[derive(Default)]
pub struct TextJournal {
    bytes: Vec<u8>,
    /// The place of each record, and where it ends.
    records: Vec<(Seq, usize)>,
    versions: Versions,
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
                    let file = |(name, text)| SourceFile::new(name, text);
                    let files: Vec<_> = files.into_iter().map(file).collect();
                    if let Ok(compiled) = rules::compile(&files) {
                        journal.versions.insert(hash, Arc::new(compiled.rule_set));
                    }
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

impl Source for TextJournal {
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

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        Ok(self.versions.get(&hash).cloned())
    }
}
