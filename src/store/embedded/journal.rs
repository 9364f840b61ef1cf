//! The journal of a directory that no service uses: read from one end to the other, or written on.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use crate::domain::{Record, RuleSetHash, Seq, Timestamp};
use crate::store::{RecordBytes, StoreError};

use super::disk::{self, Disk};
use super::recovery;

/// So many records are made durable at once.
const GROUP: usize = 4_096;
/// Memory for blocks read from disk, in bytes: everything is read once.
const CACHE_BYTES: u64 = 8 << 20;

/// The journal in a data directory, held for as long as this is there so that no service opens it.
pub struct JournalFile {
    disk: Disk,
    #[expect(dead_code, reason = "it works by being there")]
    owner: File,
}

impl JournalFile {
    /// Opens the journal in `dir`.
    ///
    /// # Errors
    ///
    /// When there is none, when a service uses the directory, or when it cannot be read.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        if !dir.join("db").exists() {
            let why = "there is no database in it".to_owned();
            return Err(recovery::unusable(dir, why));
        }
        Self::open_or_make(dir)
    }

    /// Opens the journal in `dir`, made when it is missing.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made, when a service uses it, or when it cannot be read.
    pub fn open_or_make(dir: &Path) -> Result<Self, StoreError> {
        let owner = recovery::own(dir)?;
        let disk = Disk::open(&dir.join("db"), CACHE_BYTES);
        let disk = disk.map_err(|why| recovery::unusable(dir, why.to_string()))?;
        Ok(Self { disk, owner })
    }

    /// Shows the records of a period in order, until `look` breaks off.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the journal cannot be read.
    pub fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.disk.scan(from, to, look)
    }

    /// The place of the latest record; zero when there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the journal cannot be read.
    pub fn last(&self) -> Result<Seq, StoreError> {
        let floor = self.disk.floor()?;
        Ok(self.disk.last_seq()?.max(Seq(floor.0.saturating_sub(1))))
    }

    /// The sources of a rule set that records were made under, if they are kept.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when they cannot be read.
    pub fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.disk.rules(hash)
    }

    /// Keeps the sources of a rule set.
    ///
    /// # Errors
    ///
    /// When the disk does not take them.
    pub fn keep_rules(&self, hash: RuleSetHash, sources: &[u8]) -> Result<(), StoreError> {
        let mut batch = self.disk.batch();
        self.disk.put_rules(&mut batch, hash, sources);
        batch.commit().map_err(refused)
    }

    /// Writes records on at the end, in this order. States are made from them when the store is opened next.
    ///
    /// # Errors
    ///
    /// When the disk does not take them, or when `records` tells an error; what was written before stays.
    pub fn append<E: From<StoreError>>(
        &self,
        records: impl IntoIterator<Item = Result<Record, E>>,
    ) -> Result<u64, E> {
        let mut last = self.last()?;
        let (mut batch, mut written) = (self.disk.batch(), 0);
        for record in records {
            let record = record?;
            last = Seq::next(last, record.now);
            let bytes = RecordBytes::of(&record);
            self.disk.put_record(&mut batch, last, bytes);
            written += 1;
            if written % GROUP as u64 == 0 {
                let full = std::mem::replace(&mut batch, self.disk.batch());
                full.commit().map_err(refused)?;
            }
        }
        batch.commit().map_err(refused)?;
        Ok(written)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is used as a function")]
fn refused(why: fjall::Error) -> StoreError {
    StoreError::ReadOnly(format!("a write failed ({why})"))
}

impl Disk {
    /// Shows the records of a period in order, until `look` breaks off.
    pub(super) fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (from, to) = (Seq::at(from).0, Seq::at(to).0);
        if from >= to {
            return Ok(());
        }
        for entry in self.journal.range(from.to_be_bytes()..to.to_be_bytes()) {
            let (key, value) = entry
                .into_inner()
                .map_err(|why| disk::unreadable("the journal", &why))?;
            if look(disk::seq_of(&key)?, RecordBytes(&value)).is_break() {
                break;
            }
        }
        Ok(())
    }
}
