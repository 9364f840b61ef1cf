//! Floor 3: the visitor-state contract and its back ends.
//!
//! The unit of consistency is one visitor's state. A back end runs a change on it, makes record and state durable
//! together, and only then says so. It may run the change again, so a change must be a pure function of the state.

mod desk;
mod embedded;
mod logs;
mod outbox;
mod record_bytes;
mod redis;

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{
    Decision, DecisionPlace, Invitation, InvitationId, Key, PageId, Record, RuleSetHash, Seq,
    Timestamp, VisitorId, VisitorState,
};
use crate::engine::{self, Effect, Effects};
use crate::rules::RuleSet;

pub use desk::{Claim, Limits, SharedDesk, SharedState, SharedWord};
pub use embedded::{Embedded, EmbeddedOptions, Figures, JournalFile, LoadRules};
pub use logs::{Logs, LookAtNote};
pub use outbox::{MOST_PARCELS, Outbox, Parcel, ParcelId};
pub use record_bytes::{RecordBytes, RecordHead};
pub use redis::{AddressError, FeedFigures, Look, News, OnNews, Redis, RedisAddress, RedisOptions};

/// The layout of saved states, in every back end; a state of another layout is refused, not misread.
const STATE_LAYOUT: u8 = 2;

/// Why the store did not take a change or answer a question.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The disk refuses writes; the store takes no change until it does not.
    #[error("the store is read-only because {0}; it tries again by itself")]
    ReadOnly(String),
    /// More changes wait for the disk than the store allows.
    #[error("{waiting} changes wait for the disk, which is the limit; try again")]
    Overloaded {
        /// How many wait.
        waiting: usize,
    },
    /// The store is shutting down.
    #[error("the store is closing")]
    Closing,
    /// What keeps the states does not answer, or cannot do what it is asked for now.
    #[error("the store is degraded: {0}; it tries again by itself")]
    Unavailable(String),
    /// Other nodes of the installation derive visitor ids from another secret.
    #[error("this node's secret is not the installation's: restart it")]
    Estranged,
    /// What was read is not what was written.
    #[error("{what} cannot be read: {why}")]
    Corrupt {
        /// What was read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What a change wants kept.
#[derive(Debug, Default)]
pub struct Change {
    /// The call of the engine to write to the journal; `None` when nothing changed.
    pub record: Option<Record>,
    /// Whether somebody will act on the new state, so that it must be saved together with its record.
    pub commitment: bool,
    /// What was decided in that call, for the decision log. Kept only together with a record.
    pub decisions: Vec<Decision>,
    /// When somebody must look at the visitor again, for a store whose wake-ups outlive the node that set them.
    pub wake_at: Option<Timestamp>,
    /// What open streams must hear, for a store that other nodes listen to.
    pub notices: Vec<Notice>,
    /// What somebody outside is to be told of it. Kept only together with a record.
    pub parcels: Vec<Parcel>,
}

impl Change {
    /// What is kept of a call of the engine: its record, and whatever follows from its effects. `state` is the one
    /// that the call has left behind.
    pub fn of(record: Record, rules: &RuleSet, state: &VisitorState, effects: &Effects) -> Self {
        Self {
            commitment: state.opted_out || effects.list.iter().any(Effect::is_commitment),
            decisions: engine::decisions(rules, &record.site_now, state, effects, record.now),
            wake_at: effects.wake_at,
            notices: effects.list.iter().filter_map(Notice::of).collect(),
            parcels: Vec::new(),
            record: Some(record),
        }
    }
}

/// What the open streams of a visitor are told, whichever node they lead to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Notice {
    /// Show this.
    Offered(Arc<Invitation>),
    /// A page has shown it, on this page if it said so; other tabs need not.
    Shown(InvitationId, Option<PageId>),
    /// Take it off the screen.
    Revoked(InvitationId),
}

impl Notice {
    /// What a consequence means for open streams, if anything.
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Offered(invitation) => Some(Self::Offered(Arc::clone(invitation))),
            Effect::Shown(id, page) => Some(Self::Shown(*id, *page)),
            Effect::Revoked(id) => Some(Self::Revoked(*id)),
            Effect::Settled(_)
            | Effect::Learned(_)
            | Effect::SessionStarted(_)
            | Effect::SessionEnded(_)
            | Effect::StageChanged { .. }
            | Effect::Suppressed { .. }
            | Effect::Identified
            | Effect::Chat(..)
            | Effect::Goal { .. }
            | Effect::Withheld(_) => None,
        }
    }
}

/// Whose states are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's that this node knows of.
    Everybody,
    /// Those that this node changed last, and so looks after.
    Own,
}

/// A small document, as it was last made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// How often it was changed: 1 after the first change. One that was never written is at 0.
    pub revision: u64,
    /// What it says; the store does not look into it.
    pub bytes: Vec<u8>,
}

/// Somebody else has changed the document first. Read it again, then decide again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;

/// A part of a log: from the first moment up to, but not including, the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment that is part of it.
    pub from: Timestamp,
    /// The first moment that is not.
    pub until: Timestamp,
}

/// In which order a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As it happened.
    OldestFirst,
    /// The latest first.
    NewestFirst,
}

/// Looks at one decision and says whether to go on.
pub type LookAtDecision<'a> = dyn FnMut(DecisionPlace, Decision) -> ControlFlow<()> + 'a;

/// An answer that comes once the disk or the network has spoken.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The contract that every back end keeps, checked by one suite (`tests/contract`).
///
/// What a caller must not rely on, because back ends differ in it:
///
/// - *How often a change runs.* Once under a lock on disk; on Redis again after each time that another node was faster,
///   and first on a fresh state when this node has no copy.
/// - *The order of records of different visitors* at the same moment: as they were made on disk, any on Redis. One
///   visitor's records are in order everywhere, and so are the places of one site's records.
/// - *When what is old is gone.* On disk the house is kept by the clock that it is told; Redis goes by its own, and cuts
///   streams in blocks. Of one visitor, Redis finds the latest 50,000 records at most.
/// - *What a fault leaves.* A store over a network answers any question with [`StoreError::Unavailable`] at times, and a
///   change that it did not acknowledge may have been made all the same.
pub trait VisitorStore: Outbox + Logs + Send + Sync + 'static {
    /// Runs `change` on the visitor's state, a fresh one if nobody has heard of the visitor, and answers once the
    /// outcome is durable. A change without a record still waits for all earlier changes of that visitor.
    ///
    /// # Errors
    ///
    /// After an error nothing was acknowledged, though it may have been made; the same change may be tried again with
    /// the same event ids.
    fn update<'a>(
        &'a self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
        change: &'a mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Answer<'a, ()>;

    /// A copy of the visitor's state, if anybody has heard of the visitor on this site.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the saved state cannot be read.
    fn get(&self, site: Key, visitor: VisitorId) -> Answer<'_, Option<VisitorState>>;

    /// Sees to it that [`Self::for_each_live`] shows every visitor of a site who is here now, whichever node takes
    /// their events, and goes on to for some minutes. Nothing to do for a store that has one node alone.
    ///
    /// # Errors
    ///
    /// When not everybody could be read; what is known is shown all the same.
    fn attend(&self, site: Key) -> Answer<'_, ()>;

    /// Shows every visitor in memory, in no order: all with a session, and some whose session ended lately.
    fn for_each_live(&self, whose: Whose, look: &mut dyn FnMut(&VisitorState));

    /// A copy of the state of a visitor whom [`Self::for_each_live`] shows.
    fn live(&self, visitor: VisitorId) -> Option<VisitorState>;

    /// Whether another node has changed the visitor since this one did, as far as this node knows. It is that node's then
    /// to wake the visitor.
    fn moved(&self, visitor: VisitorId) -> bool;

    /// Visitors whose wake-up is overdue because the node that was to follow it has died, at most `limit`. Who asks has
    /// taken them over: nobody else is given them for some seconds.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    fn overdue(&self, now: Timestamp, limit: usize) -> Answer<'_, Vec<(Key, VisitorId)>>;

    /// The latest `limit` records of a visitor, newest first, as far as the journal's retention reaches. May block.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when a record cannot be read.
    fn records(
        &self,
        site: Key,
        visitor: VisitorId,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Shows a site's decisions in a span of time, as far as the retention reaches, until `look` has seen enough. May
    /// block.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when a decision cannot be read.
    fn decisions(
        &self,
        site: Key,
        span: Span,
        order: Order,
        look: &mut LookAtDecision<'_>,
    ) -> Result<(), StoreError>;

    /// Shows the records of all visitors whose place in the journal lies in `from..to`, in order, until `look` breaks off:
    /// those that were durable when the scan began. May take long and blocks; call it from a thread that may.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the journal cannot be read.
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Keeps the sources of a rule set, so that records made under it can be replayed.
    fn keep_rules<'a>(&'a self, hash: RuleSetHash, sources: &'a [u8]) -> Answer<'a, ()>;

    /// The sources of a rule set, as they were given to [`Self::keep_rules`]. May block.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when they cannot be read.
    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// A document, as it was last made durable; `None` when nobody has written it. A site's own says which rules act and
    /// has the site's key; parts of the service keep others under names that no site can have, such as `webhooks:shop`.
    /// May block.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be read.
    fn control(&self, document: Key) -> Result<Option<Control>, StoreError>;

    /// Changes a document if it still is at revision `expected` (0 when there is none), and answers once that is durable,
    /// with the new revision. After a [`Conflict`], [`Self::control`] shows the change that was faster. Nodes that share
    /// the store hear of it ([`News::Document`]).
    ///
    /// # Errors
    ///
    /// After an error nobody knows whether the change was made: read the document again.
    fn set_control<'a>(
        &'a self,
        document: Key,
        expected: u64,
        bytes: &'a [u8],
    ) -> Answer<'a, Result<u64, Conflict>>;

    /// Whether changes are taken.
    ///
    /// # Errors
    ///
    /// Why they are not.
    fn health(&self) -> Result<(), StoreError>;

    /// Which part of the store is out of order, and why, for operators; `None` when all is well. Changes of other parts
    /// may be taken all the same.
    fn degraded(&self) -> Option<String> {
        None
    }

    /// Takes no more changes, saves every state and returns when all of it is durable.
    fn close(&self) -> Answer<'_, ()>;
}
