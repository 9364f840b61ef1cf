//! From the records that are kept to the text, and back.

use std::io::{BufRead, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::{Key, Record, RuleSetHash, Seq, Timestamp};
use crate::publishing::{compile_packed, pack, unpack};
use crate::rules::{RuleSet, SourceFile};
use crate::store::{JournalFile, StoreError};

use super::{JournalError, Kept, Line, Pseudonyms, Reader, Writer};

/// Which records are written, and how.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Only this site's; `None`: all.
    pub site: Option<Key>,
    /// From here on.
    pub since: Option<Timestamp>,
    /// Up to here.
    pub until: Option<Timestamp>,
    /// The key to the pseudonyms, if there are to be any; drawn for this text alone.
    pub pseudonyms: Option<[u8; 32]>,
}

/// Writes the records, and before them the rules that they were made under. Returns how many records there were.
///
/// # Errors
///
/// When the journal cannot be read or the text not be written.
pub fn export(journal: &dyn Kept, part: &Part, out: impl Write) -> Result<u64, JournalError> {
    let files_of = |hash| files_of(journal, hash);
    let mut writer = Writer::begin(out, part.pseudonyms.is_some(), &files_of)?;
    let mut pseudonyms = part.pseudonyms.map(Pseudonyms::new);
    let mut known: Option<(RuleSetHash, Arc<RuleSet>)> = None;
    let since = part.since.unwrap_or_default();
    // Pseudonyms follow everybody from the beginning, to know what answers were to.
    let from = pseudonyms.as_ref().map_or(since, |_| Timestamp(0));
    let until = part.until.unwrap_or(Timestamp(u64::MAX));
    let (mut written, mut outcome) = (0, Ok(()));
    let mut take = |seq: Seq, record: Record| -> Result<(), JournalError> {
        if part.site.is_some_and(|site| site != record.site) {
            return Ok(());
        }
        let record = match &mut pseudonyms {
            Some(pseudonyms) => {
                let rules = rules_of(journal, &mut known, record.rules)?;
                pseudonyms.record(&record, &rules)
            }
            None => record,
        };
        if seq >= Seq::at(since) {
            written += 1;
            writer.record(record)?;
        }
        Ok(())
    };
    journal.scan(from, until, &mut |seq, bytes| {
        let taken = bytes.decode().map_err(JournalError::from);
        outcome = taken.and_then(|record| take(seq, record));
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    outcome?;
    writer.finish()?;
    Ok(written)
}

fn files_of(
    journal: &dyn Kept,
    hash: RuleSetHash,
) -> Result<Option<Vec<(String, String)>>, StoreError> {
    let packed = journal.rule_sources(hash)?;
    let files = packed.as_deref().and_then(unpack);
    Ok(files.map(|files| {
        let file = |file: SourceFile| (file.name, file.text);
        files.into_iter().map(file).collect()
    }))
}

/// The rules of a record; those of the record before are at hand.
fn rules_of(
    journal: &dyn Kept,
    known: &mut Option<(RuleSetHash, Arc<RuleSet>)>,
    hash: RuleSetHash,
) -> Result<Arc<RuleSet>, StoreError> {
    if let Some((last, rules)) = known
        && *last == hash
    {
        return Ok(Arc::clone(rules));
    }
    let packed = journal.rule_sources(hash)?;
    let rules = packed.as_deref().and_then(compile_packed);
    let rules = rules.unwrap_or_default();
    *known = Some((hash, Arc::clone(&rules)));
    Ok(rules)
}

/// The packed form of a rules line.
pub(crate) fn packed(files: Vec<(String, String)>) -> Vec<u8> {
    let file = |(name, text)| SourceFile::new(name, text);
    let files: Vec<_> = files.into_iter().map(file).collect();
    pack(&files)
}

/// Writes a text's records after those that are there, and returns how many there were. States are made from them when
/// the directory is used next.
///
/// # Errors
///
/// When the text cannot be read, is not what it should be, or does not lie after the records that are there. What
/// stands before a faulty line is kept.
pub fn import(from: impl BufRead, journal: &JournalFile) -> Result<u64, JournalError> {
    let last = journal.last()?;
    let mut first = true;
    let records = Reader::new(from).filter_map(|line| match line {
        Ok(Line::Journal { .. }) => None,
        Ok(Line::Rules { hash, files }) => {
            let kept = journal.keep_rules(hash, &packed(files));
            kept.err().map(|why| Err(why.into()))
        }
        Ok(Line::Record(record)) => {
            let overlaps = first && Seq::at(record.now) <= last;
            first = false;
            Some(if overlaps {
                Err(overlap(record.now, last))
            } else {
                Ok(*record)
            })
        }
        Err(why) => Some(Err(why)),
    });
    journal.append(records)
}

fn overlap(begins: Timestamp, last: Seq) -> JournalError {
    let ends = last.moment();
    JournalError::Overlap(format!(
        "the directory's journal ends at {} and this one begins at {}; import into an empty directory, or what is later",
        ends.0, begins.0
    ))
}
