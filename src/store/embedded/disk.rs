//! What lies on disk, and where: the keyspaces and their keys and values.
//!
//! | keyspace   | key                        | value                                             |
//! |------------|----------------------------|---------------------------------------------------|
//! | `journal`  | seq (8, big-endian)        | visitor id (16), record (postcard)                |
//! | `live`     | visitor id (16)            | layout (1), seq (8), state (postcard)             |
//! | `profiles` | visitor id (16)            | the same, for visitors without a session          |
//! | `timeline` | visitor id (16), seq (8)   | the seqs of some of the visitor's records         |
//! | `decisions`| site (4), seq (8)          | the decisions of that record (postcard)           |
//! | `rules`    | hash (8)                   | the sources of a rule set                         |
//! | `controls` | its key (4, big-endian)    | revision (8, big-endian), a document              |
//! | `outbox`   | parcel id (16)             | due (8), site (4), receiver (4), visitor (16), what it says |
//! | `notes`    | log (4), seq (8)           | an entry of a log                                 |
//! | `meta`     | name                       | `floor`: every earlier record is part of a state  |

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};

use crate::domain::{Decision, Key, Record, RuleSetHash, Seq, VisitorId, VisitorState};
use crate::store::{Control, RecordBytes, STATE_LAYOUT, StoreError};

/// Before the state itself: the layout and a seq.
const HEAD: usize = 9;
const FLOOR: &str = "floor";
/// What a keyspace holds in memory before it is written out in order. Small: it is memory that no visitor gets, and
/// what is not written out yet has to be read back at the next start.
const WRITE_BUFFER: u64 = 8 << 20;
/// How large the database's own log may grow before write buffers are written out.
const MAX_LOG: u64 = 64 << 20;

/// An open database. Cheap to clone; the files stay locked until the last clone is gone.
#[derive(Clone)]
pub(super) struct Disk {
    database: Database,
    pub(super) journal: Keyspace,
    pub(super) live: Keyspace,
    pub(super) profiles: Keyspace,
    pub(super) timeline: Keyspace,
    pub(super) decisions: Keyspace,
    rules: Keyspace,
    controls: Keyspace,
    pub(super) outbox: Keyspace,
    pub(super) notes: Keyspace,
    meta: Keyspace,
}

/// A visitor's state as it was saved, with the last record that is part of it.
pub(super) struct Saved {
    pub(super) seq: Seq,
    pub(super) state: VisitorState,
}

impl Disk {
    /// Opens the database in `dir`, made when it is missing. The caller owns the directory around it.
    pub(super) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, fjall::Error> {
        if !dir.try_exists()? {
            Self::make(dir, cache_bytes)?;
        }
        Self::open_made(dir, cache_bytes)
    }

    /// Makes a database beside its place and moves it there when it is whole: one that a crash left half made could
    /// neither be opened nor told from a damaged one.
    fn make(dir: &Path, cache_bytes: u64) -> Result<(), fjall::Error> {
        let beside = dir.with_extension("new");
        if beside.try_exists()? {
            std::fs::remove_dir_all(&beside)?;
        }
        drop(Self::open_made(&beside, cache_bytes)?);
        std::fs::rename(&beside, dir)?;
        let around = dir.parent().unwrap_or(dir);
        Ok(std::fs::File::open(around)?.sync_all()?)
    }

    fn open_made(dir: &Path, cache_bytes: u64) -> Result<Self, fjall::Error> {
        let database = Database::builder(dir)
            .cache_size(cache_bytes)
            .max_journaling_size(MAX_LOG)
            .open()?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(WRITE_BUFFER);
        let keyspace = |name| database.keyspace(name, options);
        Ok(Self {
            journal: keyspace("journal")?,
            live: keyspace("live")?,
            profiles: keyspace("profiles")?,
            timeline: keyspace("timeline")?,
            decisions: keyspace("decisions")?,
            rules: keyspace("rules")?,
            controls: keyspace("controls")?,
            outbox: keyspace("outbox")?,
            notes: keyspace("notes")?,
            meta: keyspace("meta")?,
            database,
        })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.database.disk_space().unwrap_or(0)
    }

    /// A batch that is on disk when its commit returns.
    pub(super) fn batch(&self) -> OwnedWriteBatch {
        self.database
            .batch()
            .durability(Some(PersistMode::SyncData))
    }

    pub(super) fn put_record(&self, batch: &mut OwnedWriteBatch, seq: Seq, value: Vec<u8>) {
        batch.insert(&self.journal, seq.0.to_be_bytes(), value);
    }

    /// Saves a state in its place: with a session among the live, without one among the profiles.
    pub(super) fn put_state(
        &self,
        batch: &mut OwnedWriteBatch,
        visitor: VisitorId,
        live: bool,
        value: Vec<u8>,
    ) {
        if live {
            batch.insert(&self.live, visitor.0, value);
        } else {
            batch.insert(&self.profiles, visitor.0, value);
            batch.remove(&self.live, visitor.0);
        }
    }

    pub(super) fn put_chapter(
        &self,
        batch: &mut OwnedWriteBatch,
        visitor: VisitorId,
        seqs: &[Seq],
    ) {
        if let Some(first) = seqs.first() {
            let value: Vec<u8> = seqs.iter().flat_map(|seq| seq.0.to_be_bytes()).collect();
            batch.insert(&self.timeline, chapter_key(visitor, *first), value);
        }
    }

    pub(super) fn put_floor(&self, batch: &mut OwnedWriteBatch, floor: Seq) {
        batch.insert(&self.meta, FLOOR, floor.0.to_be_bytes());
    }

    pub(super) fn put_rules(&self, batch: &mut OwnedWriteBatch, hash: RuleSetHash, sources: &[u8]) {
        batch.insert(&self.rules, hash.0.to_be_bytes(), sources);
    }

    pub(super) fn rules(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self
            .rules
            .get(hash.0.to_be_bytes())
            .map_err(|why| unreadable("a rule set", &why))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }

    pub(super) fn put_control(
        &self,
        batch: &mut OwnedWriteBatch,
        document: Key,
        control: &Control,
    ) {
        let mut value = control.revision.to_be_bytes().to_vec();
        value.extend_from_slice(&control.bytes);
        batch.insert(&self.controls, document.0.to_be_bytes(), value);
    }

    pub(super) fn control(&self, document: Key) -> Result<Option<Control>, StoreError> {
        const WHAT: &str = "a document";
        let found = self.controls.get(document.0.to_be_bytes());
        let Some(value) = found.map_err(|why| unreadable(WHAT, &why))? else {
            return Ok(None);
        };
        let (revision, bytes) = value
            .split_first_chunk()
            .ok_or_else(|| corrupt(WHAT, "it is cut short"))?;
        Ok(Some(Control {
            revision: u64::from_be_bytes(*revision),
            bytes: bytes.to_vec(),
        }))
    }

    /// Every record before this is part of a saved state.
    pub(super) fn floor(&self) -> Result<Seq, StoreError> {
        let found = self
            .meta
            .get(FLOOR)
            .map_err(|why| unreadable("the floor", &why))?;
        found.map_or(Ok(Seq::default()), |bytes| seq_of(&bytes))
    }

    pub(super) fn last_seq(&self) -> Result<Seq, StoreError> {
        let Some(last) = self.journal.last_key_value() else {
            return Ok(Seq::default());
        };
        seq_of(
            &last
                .key()
                .map_err(|why| unreadable("the journal's end", &why))?,
        )
    }

    pub(super) fn profile(&self, visitor: VisitorId) -> Result<Option<Saved>, StoreError> {
        let found = self
            .profiles
            .get(visitor.0)
            .map_err(|why| unreadable("a profile", &why))?;
        found.map(|bytes| decode_state(&bytes)).transpose()
    }

    /// The seqs of a visitor's records, newest first, as far as they were written.
    pub(super) fn seqs(&self, visitor: VisitorId, limit: usize) -> Result<Vec<Seq>, StoreError> {
        let mut seqs = Vec::new();
        for chapter in self.timeline.prefix(visitor.0).rev() {
            let value = chapter
                .value()
                .map_err(|why| unreadable("a timeline", &why))?;
            seqs.extend(
                value
                    .rchunks_exact(8)
                    .filter_map(|bytes| seq_of(bytes).ok()),
            );
            if seqs.len() >= limit {
                break;
            }
        }
        seqs.truncate(limit);
        Ok(seqs)
    }

    pub(super) fn record(&self, seq: Seq) -> Result<Option<Record>, StoreError> {
        let found = self
            .journal
            .get(seq.0.to_be_bytes())
            .map_err(|why| unreadable("a record", &why))?;
        found.map(|bytes| RecordBytes(&bytes).decode()).transpose()
    }
}

pub(super) fn chapter_key(visitor: VisitorId, first: Seq) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&visitor.0);
    key[16..].copy_from_slice(&first.0.to_be_bytes());
    key
}

pub(super) fn log_key(log: Key, seq: Seq) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&log.0.to_be_bytes());
    key[4..].copy_from_slice(&seq.0.to_be_bytes());
    key
}

/// The decisions of one record; nothing when there are none.
pub(super) fn encode_decisions(decisions: &[Decision]) -> Option<Vec<u8>> {
    let encode = || postcard::to_stdvec(decisions).expect("decisions serialize into memory");
    (!decisions.is_empty()).then(encode)
}

pub(super) fn decode_decisions(bytes: &[u8]) -> Result<Vec<Decision>, StoreError> {
    postcard::from_bytes(bytes).map_err(|why| corrupt("a decision", why.to_string()))
}

pub(super) fn encode_state(seq: Seq, state: &VisitorState) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024);
    bytes.push(STATE_LAYOUT);
    bytes.extend_from_slice(&seq.0.to_be_bytes());
    postcard::to_extend(state, bytes).expect("a state serializes into memory")
}

pub(super) fn decode_state(bytes: &[u8]) -> Result<Saved, StoreError> {
    let seq = saved_seq(bytes)?;
    let state = postcard::from_bytes(&bytes[HEAD..]);
    let state = state.map_err(|why| corrupt("a state", why.to_string()))?;
    Ok(Saved { seq, state })
}

/// The last record that is part of a saved state, without reading the rest.
pub(super) fn saved_seq(bytes: &[u8]) -> Result<Seq, StoreError> {
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        return Err(corrupt("a state", "it is cut short"));
    };
    if head[0] != STATE_LAYOUT {
        let why = format!(
            "its layout is {} and this version reads {STATE_LAYOUT}",
            head[0]
        );
        return Err(corrupt("a state", why));
    }
    seq_of(&head[1..])
}

/// The visitor whose id a key or a value begins with.
pub(super) fn visitor_of(bytes: &[u8]) -> Result<VisitorId, StoreError> {
    RecordBytes(bytes).visitor()
}

pub(super) fn seq_of(bytes: &[u8]) -> Result<Seq, StoreError> {
    let bytes =
        <[u8; 8]>::try_from(bytes).map_err(|_| corrupt("a seq", "it does not have 8 bytes"))?;
    Ok(Seq(u64::from_be_bytes(bytes)))
}

pub(super) fn unreadable(what: &str, why: &fjall::Error) -> StoreError {
    corrupt(what, why.to_string())
}

fn corrupt(what: &str, why: impl Into<String>) -> StoreError {
    StoreError::Corrupt {
        what: what.to_owned(),
        why: why.into(),
    }
}
