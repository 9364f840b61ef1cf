//! Logs on disk: entries of one keyspace, by log and place.

use std::ops::ControlFlow;

use fjall::Keyspace;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::domain::{Key, Seq, Timestamp};
use crate::store::{Answer, Logs, LookAtNote, Order, Span, StoreError};

use super::disk::{self, Disk, log_key};
use super::retention::Gone;
use super::writer::Write;
use super::{Embedded, answer};

/// So many entries more than it should have a log may have before the oldest are forgotten.
const SLACK: usize = 256;
const WHAT: &str = "a log";

/// Where a log ends.
#[derive(Clone, Copy, Default)]
pub(super) struct End {
    last: Seq,
    count: usize,
}

/// Where each log ends, as far as it is known.
pub(super) type Ends = FxHashMap<Key, End>;

type Queued = (Seq, oneshot::Receiver<Result<(), StoreError>>);

impl Embedded {
    /// Draws a place and queues the entry under one lock, so that no two entries have the same place.
    fn queue_note(
        &self,
        log: Key,
        at: Timestamp,
        bytes: &[u8],
        most: usize,
    ) -> Result<Queued, StoreError> {
        let mut ends = self.shared.log_ends.lock();
        // In this order: an epoch that a fault has ended meanwhile is refused here or by the writer.
        let epoch = self.shared.epoch();
        self.shared.writable()?;
        let disk = self.shared.readable()?;
        let mut end = match ends.get(&log) {
            Some(end) => *end,
            None => end_of(&disk, log)?,
        };
        end.last = Seq::next(end.last, at);
        end.count += 1;
        let note = Write::Note(log_key(log, end.last), bytes.to_vec());
        let written = self.submit(note, epoch)?;
        if end.count > most.saturating_add(SLACK) {
            let gone = oldest(&disk, log, end.count - most)?;
            end.count -= gone.len();
            drop(self.submit(Write::Forget(gone), epoch)?);
        }
        ends.insert(log, end);
        Ok((end.last, written))
    }

    /// Takes note that entries are forgotten.
    pub(super) fn note_gone(&self, gone: &[Gone]) {
        let mut ends = self.shared.log_ends.lock();
        for gone in gone {
            if let Gone::Note([a, b, c, d, ..]) = gone {
                let log = Key(u32::from_be_bytes([*a, *b, *c, *d]));
                if let Some(end) = ends.get_mut(&log) {
                    end.count = end.count.saturating_sub(1);
                }
            }
        }
    }
}

impl Logs for Embedded {
    fn note<'a>(
        &'a self,
        log: Key,
        at: Timestamp,
        bytes: &'a [u8],
        most: usize,
    ) -> Answer<'a, Seq> {
        Box::pin(async move {
            let (place, written) = self.queue_note(log, at, bytes, most)?;
            answer(written).await.map(|()| place)
        })
    }

    fn notes(
        &self,
        log: Key,
        span: Span,
        order: Order,
        look: &mut LookAtNote<'_>,
    ) -> Result<(), StoreError> {
        let disk = self.shared.readable()?;
        read(&disk.notes, WHAT, log, span, order, &mut |seq, bytes| {
            Ok(look(seq, bytes))
        })
    }
}

/// Looks at one entry of a keyspace.
type Look<'a> = dyn FnMut(Seq, &[u8]) -> Result<ControlFlow<()>, StoreError> + 'a;

/// Shows the entries of one log in a keyspace in a span of time until `look` has seen enough.
pub(super) fn read(
    keyspace: &Keyspace,
    what: &str,
    log: Key,
    span: Span,
    order: Order,
    look: &mut Look<'_>,
) -> Result<(), StoreError> {
    if span.from >= span.until {
        return Ok(());
    }
    let first = log_key(log, Seq::at(span.from));
    let end = log_key(log, Seq::at(span.until));
    let mut entries = keyspace.range(first..end);
    loop {
        let entry = match order {
            Order::OldestFirst => entries.next(),
            Order::NewestFirst => entries.next_back(),
        };
        let Some(entry) = entry else { return Ok(()) };
        let (key, value) = entry
            .into_inner()
            .map_err(|why| disk::unreadable(what, &why))?;
        let seq = disk::seq_of(key.get(4..).unwrap_or_default())?;
        if look(seq, &value)?.is_break() {
            return Ok(());
        }
    }
}

/// Entries of a keyspace before the horizon, log by log, `most` at once.
pub(super) fn expired(
    keyspace: &Keyspace,
    what: &str,
    horizon: Seq,
    most: usize,
) -> Result<Vec<[u8; 12]>, StoreError> {
    let mut gone = Vec::new();
    let mut log = first_log(keyspace, what, 0)?;
    while let Some(at) = log {
        let range = log_key(at, Seq::default())..log_key(at, horizon);
        for entry in keyspace.range(range).take(most - gone.len()) {
            let key = entry.key().map_err(|why| disk::unreadable(what, &why))?;
            gone.extend(key.first_chunk().copied());
        }
        if gone.len() >= most {
            break;
        }
        log = match at.0.checked_add(1) {
            Some(next) => first_log(keyspace, what, next)?,
            None => None,
        };
    }
    Ok(gone)
}

/// The first log from this key on that has entries.
fn first_log(keyspace: &Keyspace, what: &str, from: u32) -> Result<Option<Key>, StoreError> {
    let Some(entry) = keyspace.range(from.to_be_bytes()..).next() else {
        return Ok(None);
    };
    let key = entry.key().map_err(|why| disk::unreadable(what, &why))?;
    let log = key.first_chunk().map(|log| u32::from_be_bytes(*log));
    Ok(log.map(Key))
}

/// Entries of logs before the horizon, `most` at once.
pub(super) fn expired_notes(
    disk: &Disk,
    horizon: Seq,
    most: usize,
) -> Result<Vec<Gone>, StoreError> {
    let gone = expired(&disk.notes, WHAT, horizon, most)?;
    Ok(gone.into_iter().map(Gone::Note).collect())
}

fn end_of(disk: &Disk, log: Key) -> Result<End, StoreError> {
    let mut end = End::default();
    for entry in disk.notes.prefix(log.0.to_be_bytes()) {
        let key = entry.key().map_err(|why| disk::unreadable(WHAT, &why))?;
        end.last = disk::seq_of(key.get(4..).unwrap_or_default())?;
        end.count += 1;
    }
    Ok(end)
}

/// The oldest entries of a log, as far as they are on disk.
fn oldest(disk: &Disk, log: Key, count: usize) -> Result<Vec<Gone>, StoreError> {
    let mut gone = Vec::with_capacity(count);
    for entry in disk.notes.prefix(log.0.to_be_bytes()).take(count) {
        let key = entry.key().map_err(|why| disk::unreadable(WHAT, &why))?;
        gone.extend(key.first_chunk().map(|key| Gone::Note(*key)));
    }
    Ok(gone)
}
