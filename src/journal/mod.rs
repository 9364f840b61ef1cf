//! The journal as text: one JSON object a line, for taking recorded traffic elsewhere. `docs/journal.md` describes it.
//!
//! The lines are a form of their own, so that what the store keeps may change and files stay readable. Whatever a record
//! holds is either in its line or deliberately left out by [`Pseudonyms`]: the writers take the nouns apart field by
//! field, so that a new field cannot be forgotten.

mod arrival;
mod by_agent;
mod event;
mod export;
mod kept;
mod line;
mod pseudonym;
mod scores;
mod site;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{self, BufRead, Write};

use rustc_hash::FxBuildHasher;
use thiserror::Error;

use crate::domain::{Record, RuleSetHash};
use crate::store::StoreError;

pub(crate) use export::packed;
pub use export::{Part, export, import};
pub use kept::{Kept, StoreJournal};
pub use line::VERSION;
pub use pseudonym::Pseudonyms;

/// One line of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The first line.
    Journal {
        /// Whether visitors and texts stand under pseudonyms.
        pseudonymised: bool,
    },
    /// The files of a rule set, by name; stands before the first record that was made under it.
    Rules {
        /// The fingerprint that records refer to.
        hash: RuleSetHash,
        /// Names and texts.
        files: Vec<(String, String)>,
    },
    /// One call of the engine.
    Record(Box<Record>),
}

/// Why a journal could not be written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is not what it should be.
    #[error("line {line}: {why}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The records do not lie after those that are there.
    #[error("{0}")]
    Overlap(String),
}

/// Finds the files of a rule set: names and texts.
pub type FilesOf<'a> =
    dyn Fn(RuleSetHash) -> Result<Option<Vec<(String, String)>>, StoreError> + 'a;

/// Writes a journal line by line.
pub struct Writer<'a, W> {
    out: W,
    files_of: &'a FilesOf<'a>,
    told: HashSet<RuleSetHash, FxBuildHasher>,
}

impl<'a, W: Write> Writer<'a, W> {
    /// Writes the first line.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn begin(
        mut out: W,
        pseudonymised: bool,
        files_of: &'a FilesOf<'a>,
    ) -> Result<Self, JournalError> {
        line::write(&mut out, &Line::Journal { pseudonymised })?;
        Ok(Self {
            out,
            files_of,
            told: HashSet::default(),
        })
    }

    /// Writes a record, after the rules that it was made under if they were not written yet.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or the rules cannot be read. Rules that are not kept are left out.
    pub fn record(&mut self, record: Record) -> Result<(), JournalError> {
        let hash = record.rules;
        if self.told.insert(hash)
            && let Some(files) = (self.files_of)(hash)?
        {
            line::write(&mut self.out, &Line::Rules { hash, files })?;
        }
        line::write(&mut self.out, &Line::Record(Box::new(record)))?;
        Ok(())
    }

    /// Writes out what is still held back.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), JournalError> {
        Ok(self.out.flush()?)
    }
}

/// Reads a journal line by line; ends after the first error.
pub struct Reader<R> {
    from: R,
    text: String,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from the beginning.
    pub fn new(from: R) -> Self {
        Self {
            from,
            text: String::new(),
            number: 0,
            ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<Line>, JournalError> {
        self.text.clear();
        self.number += 1;
        let number = self.number;
        let wrong = |why: String| JournalError::Line { line: number, why };
        let read = self.from.read_line(&mut self.text);
        let read = read.map_err(|why| {
            if why.kind() == io::ErrorKind::InvalidData {
                wrong("it is not UTF-8".to_owned())
            } else {
                JournalError::Io(why)
            }
        })?;
        if read == 0 {
            return match number {
                1 => Err(wrong("the file is empty".to_owned())),
                _ => Ok(None),
            };
        }
        let line = line::parse(self.text.trim_end()).map_err(wrong)?;
        match (&line, number) {
            (Line::Journal { .. }, 1) | (Line::Rules { .. } | Line::Record(_), 2..) => {
                Ok(Some(line))
            }
            (Line::Journal { .. }, _) => Err(wrong(
                "a second journal begins; import files one by one".to_owned(),
            )),
            (Line::Rules { .. } | Line::Record(_), _) => Err(wrong(
                "a journal begins with {\"type\":\"journal\",…}".to_owned(),
            )),
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Line, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.read();
        self.ended = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}
