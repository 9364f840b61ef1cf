//! Records of a site, kept in memory between backtests: whoever edits rules asks for the same days again and again, and
//! reading a journal anew costs a store over a network more than all the rest.
//!
//! There is one tape, of the site that was asked for last. It holds the journal from its beginning as far as there is
//! room, is read on from there, and is thrown away when nobody has asked for a while.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

use crate::domain::{Key, Millis, RuleSetHash, Seq, Timestamp};
use crate::rules::RuleSet;
use crate::store::{RecordBytes, StoreError};

use super::Source;

/// Memory for records, in bytes: those of about a million events.
const MAX_BYTES: usize = 192 << 20;
/// Records lie in blocks of at least so many bytes.
const BLOCK_BYTES: usize = 1 << 20;
/// A record may get its place a little late where several nodes write; what is younger is read anew each time.
const SETTLED: Millis = Millis::from_mins(1);
/// A tape that nobody has asked for lately is thrown away,
const IDLE: Millis = Millis::from_mins(2);
/// and any tape after this time, since the journal's beginning may have been forgotten meanwhile.
const LONGEST: Millis = Millis::from_mins(10);
/// So many versions of the rules are kept compiled.
const MAX_VERSIONS: usize = 64;

/// The tape, if there is one.
pub struct Tapes {
    held: Mutex<Option<Held>>,
    max_bytes: usize,
}

impl Default for Tapes {
    fn default() -> Self {
        Self::with_room(MAX_BYTES)
    }
}

struct Held {
    site: Key,
    made: Timestamp,
    used: Timestamp,
    tape: Tape,
    versions: HashMap<RuleSetHash, Arc<RuleSet>, FxBuildHasher>,
}

impl Held {
    fn is_good(&self, now: Timestamp) -> bool {
        now.since(self.made) < LONGEST && now.since(self.used) < IDLE
    }
}

#[derive(Clone, Default)]
struct Tape {
    blocks: Vec<Arc<Block>>,
    bytes: usize,
    /// The place of the latest record that was looked at, of whatever site; nothing up to there is missing.
    upto: Option<Seq>,
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// The place of each record, and where it ends.
    ends: Vec<(Seq, usize)>,
}

impl Tapes {
    /// With so many bytes for records.
    pub fn with_room(max_bytes: usize) -> Self {
        Self {
            held: Mutex::default(),
            max_bytes,
        }
    }

    /// A source whose records of one site are kept here. `now` says which of them are too young for that.
    pub fn over<'a>(&'a self, source: &'a dyn Source, site: Key, now: Timestamp) -> Taped<'a> {
        Taped {
            tapes: self,
            source,
            site,
            now,
        }
    }

    /// Throws the tape away when nobody has asked for it lately.
    pub fn forget_idle(&self, now: Timestamp) {
        let mut held = self.held.lock();
        if held.as_ref().is_some_and(|held| !held.is_good(now)) {
            *held = None;
        }
    }

    /// Bytes of records that are kept.
    pub fn bytes(&self) -> usize {
        let held = self.held.lock();
        held.as_ref().map_or(0, |held| held.tape.bytes)
    }

    /// What is held of a site; a new tape takes the place of another site's.
    fn with<T>(&self, site: Key, now: Timestamp, use_it: impl FnOnce(&mut Held) -> T) -> T {
        let mut held = self.held.lock();
        let good = held
            .take()
            .filter(|held| held.site == site && held.is_good(now));
        let good = held.insert(good.unwrap_or_else(|| Held {
            site,
            made: now,
            used: now,
            tape: Tape::default(),
            versions: HashMap::default(),
        }));
        good.used = now;
        use_it(good)
    }
}

/// A source, and what is kept of it.
pub struct Taped<'a> {
    tapes: &'a Tapes,
    source: &'a dyn Source,
    site: Key,
    now: Timestamp,
}

impl Source for Taped<'_> {
    /// Shows the records of this site; of others, none that lie on the tape.
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if from > Timestamp(0) {
            return self.source.scan(from, to, look);
        }
        let tape = self
            .tapes
            .with(self.site, self.now, |held| held.tape.clone());
        if tape.play(Seq::at(to), look).is_break() {
            return Ok(());
        }
        let (upto, mut longer) = (tape.upto, Longer::of(tape, self));
        let begin = upto.map_or(Timestamp(0), Seq::moment);
        let read = self.source.scan(begin, to, &mut |place, bytes| {
            if upto.is_some_and(|upto| place <= upto) {
                return ControlFlow::Continue(());
            }
            longer.put(place, bytes);
            look(place, bytes)
        });
        let tape = longer.finish();
        self.tapes.with(self.site, self.now, |held| {
            // Of two that read at the same time, the one that came further is kept.
            if tape.upto > held.tape.upto {
                held.tape = tape;
            }
        });
        read
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        let known = |held: &mut Held| held.versions.get(&hash).cloned();
        if let Some(rules) = self.tapes.with(self.site, self.now, known) {
            return Ok(Some(rules));
        }
        let found = self.source.rules(hash)?;
        if let Some(rules) = &found {
            self.tapes.with(self.site, self.now, |held| {
                if held.versions.len() < MAX_VERSIONS {
                    held.versions.insert(hash, Arc::clone(rules));
                }
            });
        }
        Ok(found)
    }
}

impl Tape {
    fn play(
        &self,
        end: Seq,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for block in &self.blocks {
            let mut start = 0;
            for (place, stop) in &block.ends {
                if *place >= end {
                    return ControlFlow::Continue(());
                }
                look(*place, RecordBytes(&block.bytes[start..*stop]))?;
                start = *stop;
            }
        }
        ControlFlow::Continue(())
    }
}

/// A tape that is being written on.
struct Longer {
    tape: Tape,
    block: Block,
    site: Key,
    /// From here on, records are too young to be kept.
    until: Seq,
    max_bytes: usize,
    full: bool,
}

impl Longer {
    fn of(tape: Tape, taped: &Taped<'_>) -> Self {
        Self {
            full: tape.bytes >= taped.tapes.max_bytes,
            tape,
            block: Block::default(),
            site: taped.site,
            until: Seq::at(taped.now - SETTLED),
            max_bytes: taped.tapes.max_bytes,
        }
    }

    fn put(&mut self, place: Seq, record: RecordBytes<'_>) {
        if self.full || place >= self.until {
            self.full = true;
            return;
        }
        match record.site() {
            Ok(site) if site == self.site => {
                self.block.bytes.extend_from_slice(record.0);
                self.block.ends.push((place, self.block.bytes.len()));
                self.tape.bytes += record.0.len();
                self.full = self.tape.bytes >= self.max_bytes;
            }
            Ok(_) => {}
            // Whoever looks at it will say so.
            Err(_) => {
                self.full = true;
                return;
            }
        }
        self.tape.upto = Some(place);
        if self.block.bytes.len() >= BLOCK_BYTES {
            self.close();
        }
    }

    fn close(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        if !block.ends.is_empty() {
            block.bytes.shrink_to_fit();
            self.tape.blocks.push(Arc::new(block));
        }
    }

    fn finish(mut self) -> Tape {
        self.close();
        self.tape
    }
}
