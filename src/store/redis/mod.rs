//! The back end on Redis or Redis Cluster, for any number of nodes.
//!
//! Redis holds everything; a node holds copies. A change runs on the node's copy of the visitor's state and is written
//! by one script, with its record, if the copy was current. If it was not, the script answers with the current state and
//! the change is run again on that. A visitor who stays on one node costs one round trip for each change, one who moves
//! costs two.

mod ask;
mod breaker;
mod cache;
mod commit;
mod control;
mod decisions;
mod desk;
mod ear;
mod feed;
mod figures;
mod health;
mod installation;
mod journal;
mod keys;
mod link;
mod logs;
mod look;
mod mirror;
mod outbox;
mod reply;
mod restore;
mod scripts;
mod streams;
mod trouble;
mod url;
mod value;
mod wakes;

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::domain::{Key, Millis, Record, RuleSetHash, Seq, Timestamp, VisitorId, VisitorState};
use crate::secret;

use self::cache::Cache;
use self::commit::ChangeFigures;
use self::installation::Installation;
use self::keys::Keys;
use self::link::Link;
use self::mirror::Mirror;
use self::restore::Seen;
use super::{
    Answer, Change, Conflict, Control, LookAtDecision, Order, RecordBytes, Span, StoreError,
    VisitorStore, Whose,
};

pub use self::feed::{FeedFigures, News, OnNews};
pub use self::look::Look;
pub use self::url::{AddressError, RedisAddress};

/// A node that does not hear the others after this long goes on all the same, and hears them later.
const HEARS_WITHIN: Duration = Duration::from_secs(2);

/// How the store on Redis is set up.
#[derive(Clone)]
pub struct RedisOptions {
    /// Where Redis is.
    pub address: RedisAddress,
    /// Into how many buckets a site's visitors are divided: a power of two up to 1,024. What the first node of an
    /// installation has said holds for all.
    pub buckets: u16,
    /// How long the journal and visitors who do not come back are kept.
    pub retention: Millis,
    /// The sites whose visitors are here.
    pub sites: Vec<Key>,
    /// Documents besides the sites' own whose changes this node wants to hear of.
    pub documents: Vec<Key>,
    /// How many replicas must have confirmed a change before it is acknowledged.
    pub replicas: u8,
    /// How long a command may take, and a connection.
    pub timeout: Duration,
    /// How many changes may be under way before new ones are refused.
    pub max_waiting: usize,
    /// How many visitors this node remembers.
    pub max_cached: usize,
    /// Who is told what other nodes have decided.
    pub on_news: OnNews,
}

/// The back end on Redis.
pub struct Redis {
    shared: Arc<Shared>,
    /// What runs as long as the store does.
    tasks: Vec<JoinHandle<()>>,
}

/// What the store and its tasks share.
struct Shared {
    options: RedisOptions,
    /// This node among all, drawn at random.
    node: [u8; 8],
    link: Link,
    keys: Keys,
    cache: Cache,
    mirror: Mirror,
    feed: FeedFigures,
    changes: ChangeFigures,
    /// What is put back if Redis loses it.
    seen: Seen,
    /// Whether this node has the same secret as the others.
    installation: Installation,
    /// Whether this node hears the others.
    hears: watch::Sender<bool>,
    /// Which bucket is asked first for wake-ups that are overdue.
    turn: AtomicUsize,
    waiting: AtomicUsize,
    parcels_dropped: AtomicU64,
    /// Somebody may be waiting for the last change to end.
    ended: Notify,
    closing: AtomicBool,
    runtime: Handle,
}

impl Redis {
    /// Connects, and agrees with the other nodes on what must be the same for all. Call it within a runtime of several
    /// threads.
    ///
    /// # Errors
    ///
    /// When Redis does not answer, or holds something that this version cannot read.
    pub async fn open(mut options: RedisOptions) -> Result<Self, StoreError> {
        let no_randomness = |why: std::io::Error| StoreError::Unavailable(why.to_string());
        let link = Link::new(options.address.clone(), options.timeout, options.replicas);
        options.buckets = control::agree(&link, options.buckets).await?;
        let shared = Arc::new(Shared {
            node: secret::random().map_err(no_randomness)?,
            link,
            keys: Keys::new(options.buckets),
            cache: Cache::new(options.max_cached),
            mirror: Mirror::default(),
            feed: FeedFigures::default(),
            changes: ChangeFigures::default(),
            seen: Seen::default(),
            installation: Installation::default(),
            hears: watch::Sender::new(false),
            turn: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            parcels_dropped: AtomicU64::new(0),
            ended: Notify::new(),
            closing: AtomicBool::new(false),
            runtime: Handle::current(),
            options,
        });
        let [watched, fetcher, holder] = [(); 3].map(|()| Arc::clone(&shared));
        let tasks = vec![
            tokio::spawn(async move { watched.link.health.watch(&watched.link).await }),
            tokio::spawn(feed::listen_for_ever(Arc::clone(&shared))),
            tokio::spawn(async move { fetcher.fetch_for_ever().await }),
            tokio::spawn(async move { holder.hold_secret_for_ever().await }),
        ];
        let mut hears = shared.hears.subscribe();
        let _ = tokio::time::timeout(HEARS_WITHIN, hears.wait_for(|hears| *hears)).await;
        Ok(Self { shared, tasks })
    }
}

impl Shared {
    /// Whether changes are taken.
    fn open(&self) -> Result<(), StoreError> {
        if self.closing.load(Ordering::Acquire) {
            Err(StoreError::Closing)
        } else {
            self.installation.check()
        }
    }

    fn admit(&self) -> Result<Waiting<'_>, StoreError> {
        let waiting = self.waiting.fetch_add(1, Ordering::AcqRel);
        let ticket = Waiting(self);
        self.open()?;
        if waiting >= self.options.max_waiting {
            Err(StoreError::Overloaded { waiting })
        } else {
            Ok(ticket)
        }
    }

    /// Waits for an answer where the caller may block.
    fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        match Handle::try_current() {
            Ok(runtime) => tokio::task::block_in_place(|| runtime.block_on(answer)),
            Err(_) => self.runtime.block_on(answer),
        }
    }

    /// Waits until no change is under way.
    async fn settled(&self) {
        loop {
            let ended = self.ended.notified();
            if self.waiting.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

/// A store that is dropped does nothing any more.
impl Drop for Redis {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A place among the changes that are under way.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.0.waiting.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

impl VisitorStore for Redis {
    fn update<'a>(
        &'a self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
        change: &'a mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let _place = self.shared.admit()?;
            self.shared.change(site, visitor, now, change).await
        })
    }

    fn get(&self, site: Key, visitor: VisitorId) -> Answer<'_, Option<VisitorState>> {
        Box::pin(self.shared.read(site, visitor))
    }

    fn attend(&self, site: Key) -> Answer<'_, ()> {
        Box::pin(self.shared.attend(site))
    }

    fn for_each_live(&self, whose: Whose, look: &mut dyn FnMut(&VisitorState)) {
        self.shared.show_live(whose, look);
    }

    fn live(&self, visitor: VisitorId) -> Option<VisitorState> {
        self.shared.live(visitor)
    }

    fn moved(&self, visitor: VisitorId) -> bool {
        self.shared.cache.moved(visitor)
    }

    fn overdue(&self, now: Timestamp, limit: usize) -> Answer<'_, Vec<(Key, VisitorId)>> {
        Box::pin(self.shared.take_over(now, limit))
    }

    fn records(
        &self,
        site: Key,
        visitor: VisitorId,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let shared = &self.shared;
        shared.wait(shared.records(site, visitor, limit))
    }

    fn decisions(
        &self,
        site: Key,
        span: Span,
        order: Order,
        look: &mut LookAtDecision<'_>,
    ) -> Result<(), StoreError> {
        let shared = &self.shared;
        shared.show_decisions(site, span, order, look)
    }

    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.shared.show_records(from, to, look)
    }

    fn keep_rules<'a>(&'a self, hash: RuleSetHash, sources: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(self.shared.keep_rules(hash, sources))
    }

    fn rule_sources(&self, hash: RuleSetHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.shared.wait(self.shared.rule_sources(hash))
    }

    fn control(&self, document: Key) -> Result<Option<Control>, StoreError> {
        self.shared.wait(self.shared.document(document))
    }

    fn set_control<'a>(
        &'a self,
        document: Key,
        expected: u64,
        bytes: &'a [u8],
    ) -> Answer<'a, Result<u64, Conflict>> {
        Box::pin(self.shared.change_document(document, expected, bytes))
    }

    fn health(&self) -> Result<(), StoreError> {
        self.shared.open()?;
        self.shared.link.health.check()
    }

    fn degraded(&self) -> Option<String> {
        let trouble = self.shared.link.health.describe()?;
        Some(format!(
            "{trouble}; asked at {}",
            self.shared.options.address
        ))
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.shared.closing.store(true, Ordering::Release);
            self.shared.settled().await;
            self.tasks.iter().for_each(JoinHandle::abort);
            self.shared.leave().await
        })
    }
}
