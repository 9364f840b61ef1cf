//! The visitors of whole sites, whichever node takes their events: for as long as somebody looks.
//!
//! States are held as the bytes that lie in Redis, a third of the size of a state. What others change is fetched in
//! bunches a few times a second; what this node changes is there at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use futures_util::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use redis::Value as Reply;
use tokio::sync::{Notify, watch};

use crate::clock;
use crate::domain::{Key, Millis, SESSION_GAP, Timestamp, VisitorId, VisitorState};
use crate::store::{StoreError, Whose};

use super::cache::By;
use super::feed::News;
use super::keys::Bucket;
use super::link::Lane;
use super::value::Value;
use super::{Shared, reply};

/// A site is followed for this long after somebody last looked at it.
const FOLLOW: Millis = Millis::from_mins(5);
/// Who looks first waits at most this long until everybody is known.
const PATIENCE: Duration = Duration::from_secs(5);
/// What others have changed is fetched this often.
const FETCH_EVERY: Duration = Duration::from_millis(250);
/// After a fault, it is fetched again after this long.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How many states are asked for in one request.
const STATES_AT_ONCE: usize = 128;
/// How many requests are under way at the same time.
const REQUESTS_AT_ONCE: usize = 16;
/// How many visitors of other nodes a node holds at most: about a gibibyte.
const MAX_VISITORS: usize = 1_000_000;
/// Whose session should have ended this long ago is looked up again.
const OVERDUE: Millis = Millis::from_mins(5);

type Map<K, V> = DashMap<K, V, rustc_hash::FxBuildHasher>;

/// Visitors with a session, of the sites that somebody looks at.
#[derive(Default)]
pub(super) struct Mirror {
    visitors: Map<VisitorId, Mirrored>,
    sites: Map<Key, Followed>,
    /// Who has changed elsewhere, to which version.
    changed: Mutex<HashMap<VisitorId, (Key, u64), rustc_hash::FxBuildHasher>>,
    /// Whether somebody was left out because there were too many.
    full: AtomicBool,
    /// Rings when `changed` is not empty any more.
    some_changed: Notify,
    /// Rings when a site is to be followed.
    pub(super) sites_changed: Notify,
}

struct Mirrored {
    site: Key,
    value: Value,
    last_seen: Timestamp,
}

struct Followed {
    until: Timestamp,
    /// Whether everybody is known.
    complete: watch::Sender<bool>,
}

impl Mirror {
    /// Follows a site from now on, or goes on to; whether everybody is known is told by the receiver.
    fn follow(&self, site: Key, now: Timestamp) -> watch::Receiver<bool> {
        let mut begun = false;
        let complete = {
            let mut followed = self.sites.entry(site).or_insert_with(|| {
                begun = true;
                Followed {
                    until: now,
                    complete: watch::Sender::new(false),
                }
            });
            followed.until = now + FOLLOW;
            followed.complete.subscribe()
        };
        if begun {
            self.sites_changed.notify_one();
        }
        complete
    }

    /// The sites that are followed, and those that were and are not any more: these are forgotten.
    pub(super) fn followed(&self, now: Timestamp) -> Vec<Key> {
        let before = self.sites.len();
        self.sites.retain(|_, followed| followed.until > now);
        if self.sites.len() < before {
            self.visitors
                .retain(|_, mirrored| self.sites.contains_key(&mirrored.site));
        }
        self.sites.iter().map(|followed| *followed.key()).collect()
    }

    /// Whether a site is followed.
    pub(super) fn follows(&self, site: Key) -> bool {
        self.sites.contains_key(&site)
    }

    /// Whether everybody on a site is known.
    pub(super) fn is_complete(&self, site: Key) -> bool {
        let followed = self.sites.get(&site);
        followed.is_some_and(|followed| *followed.complete.borrow())
    }

    /// Takes note of whether everybody on a site is known.
    pub(super) fn set_complete(&self, site: Key, complete: bool) {
        if let Some(followed) = self.sites.get(&site) {
            followed.complete.send_if_modified(|was| {
                let differs = *was != complete;
                *was = complete;
                differs
            });
        }
    }

    /// Takes note of a visitor's state, unless a newer one is known.
    pub(super) fn learn(&self, visitor: VisitorId, value: &Value, state: &VisitorState) {
        if !self.follows(state.site) {
            return;
        }
        let version = value.version();
        if state.session.is_none() {
            self.visitors
                .remove_if(&visitor, |_, known| known.value.version() <= version);
            return;
        }
        let known = self.visitors.get(&visitor).map(|it| it.value.version());
        if known.is_none() && self.visitors.len() >= MAX_VISITORS {
            if !self.full.swap(true, Ordering::Relaxed) {
                tracing::warn!("more than {MAX_VISITORS} visitors are here; lists show no more");
            }
            return;
        }
        let mut held = self.visitors.entry(visitor).or_insert_with(|| Mirrored {
            site: state.site,
            value: value.clone(),
            last_seen: state.last_seen,
        });
        if held.value.version() < version {
            (held.value, held.last_seen) = (value.clone(), state.last_seen);
        }
    }

    /// Takes note that a visitor has changed elsewhere.
    pub(super) fn changed(&self, site: Key, visitor: VisitorId, version: u64) {
        if self.version(visitor) >= version {
            return;
        }
        let mut changed = self.changed.lock();
        if changed.is_empty() {
            self.some_changed.notify_one();
        }
        changed.insert(visitor, (site, version));
    }

    /// Forgets a visitor of whom nobody has heard any more.
    fn forget(&self, visitor: VisitorId) {
        self.visitors.remove(&visitor);
    }

    /// Forgets a part of a site.
    fn forget_part(&self, site: Key, is_in: impl Fn(VisitorId) -> bool) {
        self.visitors
            .retain(|visitor, mirrored| mirrored.site != site || !is_in(*visitor));
    }

    /// Has those looked up whose session should have ended.
    pub(super) fn doubt_overdue(&self, now: Timestamp) {
        let gone = |mirrored: &Mirrored| now.since(mirrored.last_seen) > SESSION_GAP + OVERDUE;
        let overdue: Vec<_> = self
            .visitors
            .iter()
            .filter(|mirrored| gone(mirrored))
            .map(|it| (it.site, *it.key(), it.value.version()))
            .collect();
        for (site, visitor, version) in overdue {
            self.changed(site, visitor, version + 1);
        }
    }

    /// The version of a visitor's state here; 0 if the visitor is not known.
    fn version(&self, visitor: VisitorId) -> u64 {
        let known = self.visitors.get(&visitor);
        known.map_or(0, |known| known.value.version())
    }

    /// Whether a visitor is known here.
    pub(super) fn knows(&self, visitor: VisitorId) -> bool {
        self.visitors.contains_key(&visitor)
    }

    /// A visitor's state.
    pub(super) fn value(&self, visitor: VisitorId) -> Option<Value> {
        let known = self.visitors.get(&visitor)?;
        Some(known.value.clone())
    }

    /// Shows everybody.
    pub(super) fn for_each(&self, mut look: impl FnMut(VisitorId, &Value)) {
        for mirrored in &self.visitors {
            look(*mirrored.key(), &mirrored.value);
        }
    }

    /// How many visitors are known here.
    pub(super) fn len(&self) -> usize {
        self.visitors.len()
    }
}

impl Shared {
    /// Follows a site and returns once everybody on it is known.
    pub(super) async fn attend(&self, site: Key) -> Result<(), StoreError> {
        self.link.health.check()?;
        let mut complete = self.mirror.follow(site, clock::now());
        let wait = tokio::time::timeout(PATIENCE, complete.wait_for(|complete| *complete));
        let known = wait.await.is_ok_and(|waited| waited.is_ok());
        if known {
            return Ok(());
        }
        let why = "it is not known yet who is here on other nodes".to_owned();
        Err(StoreError::Unavailable(why))
    }

    /// Shows visitors with a session.
    pub(super) fn show_live(&self, whose: Whose, look: &mut dyn FnMut(&VisitorState)) {
        let mut show = |visitor: VisitorId, value: &Value| match value.state() {
            Ok(state) => look(&state),
            Err(why) => tracing::error!(%visitor, %why, "a visitor cannot be shown"),
        };
        let (cache, mirror) = (&self.cache, &self.mirror);
        match whose {
            Whose::Own => cache.for_each_live(|visitor, live| {
                if live.by == By::Us {
                    show(visitor, &live.value);
                }
            }),
            Whose::Everybody => {
                mirror.for_each(&mut show);
                cache.for_each_live(|visitor, live| {
                    if !mirror.is_complete(live.site) && !mirror.knows(visitor) {
                        show(visitor, &live.value);
                    }
                });
            }
        }
    }

    /// The state of a visitor with a session. Where everybody is known, who is not among them has gone, whatever this
    /// node remembers.
    pub(super) fn live(&self, visitor: VisitorId) -> Option<VisitorState> {
        let remembered = || {
            let live = self.cache.live(visitor)?;
            (!self.mirror.is_complete(live.site)).then_some(live.value)
        };
        let value = self.mirror.value(visitor).or_else(remembered)?;
        value.state().ok()
    }

    /// Forgets everybody in a bucket.
    pub(super) fn forget_bucket(&self, site: Key, bucket: &Bucket) {
        let is_in = |visitor| self.keys.bucket(site, visitor).number == bucket.number;
        self.mirror.forget_part(site, is_in);
    }

    /// Reads the states of everybody with a session in a bucket.
    pub(super) async fn read_bucket(&self, site: Key, bucket: &Bucket) -> Result<(), StoreError> {
        self.feed.snapshots.fetch_add(1, Ordering::Relaxed);
        let mut cmd = redis::cmd("ZRANGE");
        cmd.arg(&bucket.live).arg(0).arg(-1);
        let answer = self.link.command(Lane::Read, &cmd).await?;
        let visitors = reply::array(&answer)?;
        let visitors: Vec<VisitorId> = visitors.iter().filter_map(reply::visitor).collect();
        self.read_states(site, bucket, &visitors).await
    }

    async fn read_states(
        &self,
        site: Key,
        bucket: &Bucket,
        visitors: &[VisitorId],
    ) -> Result<(), StoreError> {
        for some in visitors.chunks(STATES_AT_ONCE) {
            let mut cmd = redis::cmd("MGET");
            for visitor in some {
                cmd.arg(bucket.visitor(*visitor));
            }
            let answer = self.link.command(Lane::Read, &cmd).await?;
            for (visitor, answer) in some.iter().zip(reply::array(&answer)?) {
                self.take(site, *visitor, answer)?;
            }
        }
        Ok(())
    }

    /// Takes note of a visitor's state as Redis has answered it.
    fn take(&self, site: Key, visitor: VisitorId, answer: &Reply) -> Result<(), StoreError> {
        let Some(bytes) = reply::maybe_bytes(answer)? else {
            self.mirror.forget(visitor);
            (self.options.on_news)(News::Visitor(site, visitor));
            return Ok(());
        };
        let read = Value::of(bytes).and_then(|value| Ok((value.state()?, value)));
        match read {
            Ok((state, value)) if state.site == site => {
                self.mirror.learn(visitor, &value, &state);
                (self.options.on_news)(News::Visitor(site, visitor));
            }
            Ok(_) => {}
            Err(why) => tracing::error!(%visitor, %why, "a visitor cannot be shown"),
        }
        Ok(())
    }

    /// Fetches those who have changed and are not known as they are now.
    async fn fetch(&self, changed: &[(VisitorId, Key, u64)]) -> Result<(), StoreError> {
        let mut buckets: HashMap<(Key, u16), (Arc<Bucket>, Vec<VisitorId>)> = HashMap::new();
        for (visitor, site, version) in changed {
            if self.mirror.version(*visitor) < *version && self.mirror.follows(*site) {
                let bucket = self.keys.bucket(*site, *visitor);
                let key = (*site, bucket.number);
                let (_, visitors) = buckets.entry(key).or_insert((bucket, Vec::new()));
                visitors.push(*visitor);
            }
        }
        stream::iter(buckets)
            .map(|((site, _), (bucket, visitors))| async move {
                self.read_states(site, &bucket, &visitors).await
            })
            .buffer_unordered(REQUESTS_AT_ONCE)
            .try_collect()
            .await
    }

    /// Fetches what others have changed, for ever.
    pub(super) async fn fetch_for_ever(&self) {
        loop {
            self.mirror.some_changed.notified().await;
            tokio::time::sleep(FETCH_EVERY).await;
            let changed = std::mem::take(&mut *self.mirror.changed.lock());
            let changed: Vec<_> = changed
                .into_iter()
                .map(|(visitor, (site, version))| (visitor, site, version))
                .collect();
            if let Err(why) = self.fetch(&changed).await {
                tracing::debug!(%why, "what others have changed is fetched later");
                for (visitor, site, version) in changed {
                    self.mirror.changed(site, visitor, version);
                }
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}
