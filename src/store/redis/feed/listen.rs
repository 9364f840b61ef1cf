//! The task that listens: one connection of its own, subscribed to every bucket of the node's sites.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use redis::aio::SendError;
use redis::{PushInfo, PushKind};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::clock;
use crate::domain::Key;
use crate::store::StoreError;

use super::super::ear::Ear;
use super::super::keys::Bucket;
use super::super::{Shared, reply};
use super::catch_up::Kind;
use super::chain::{Chain, Heard, Remedy};
use super::{News, message};

/// How many messages may wait. What comes while so many wait is lost, which shows as a gap.
const MAX_WAITING: usize = 16_384;
/// How many messages are heard in one go.
const AT_ONCE: usize = 1_024;
/// How many channels catch up at the same time.
const CATCH_UP_AT_ONCE: usize = 32;
/// After a fault, the node connects again after this long.
const RECONNECT_AFTER: Duration = Duration::from_millis(250);
const BEAT: Duration = Duration::from_secs(1);
/// Every so many beats it is made sure that the connection lives and that nothing was lost without a trace.
const PROBE_BEATS: u64 = 5;
/// Every so many beats it is made sure that nobody is shown who left long ago.
const LOOK_ROUND_BEATS: u64 = 60;

struct Channel {
    kind: Kind,
    site: Key,
    bucket: Arc<Bucket>,
    chain: Chain,
    /// Whether a probe found that more was told than was heard, and nothing was heard since.
    silent: bool,
}

struct Listener {
    shared: Arc<Shared>,
    channels: HashMap<String, Channel>,
    /// Channels without a history.
    news: HashMap<String, Key>,
    followed: HashSet<Key>,
    /// Whether a channel is not in step.
    behind: bool,
    /// Whether catching up has failed since the last beat.
    failed: bool,
    beats: u64,
}

/// Listens for as long as it is let, and connects again after every fault.
pub(in crate::store::redis) async fn listen_for_ever(shared: Arc<Shared>) {
    let mut listener = Listener::new(shared);
    loop {
        if let Err(why) = listener.listen().await {
            tracing::debug!(%why, "this node does not hear the others; it tries again");
        }
        listener.doubt_all();
        listener.tell_completeness();
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

impl Listener {
    fn new(shared: Arc<Shared>) -> Self {
        let mut listener = Self {
            channels: HashMap::new(),
            news: HashMap::new(),
            followed: HashSet::new(),
            behind: true,
            failed: false,
            beats: 0,
            shared,
        };
        for site in listener.shared.options.sites.clone() {
            listener.add(site, Kind::Notices);
            let news = super::super::keys::news(site);
            listener.news.insert(news, site);
        }
        for document in listener.shared.options.documents.clone() {
            let news = super::super::keys::news(document);
            listener.news.insert(news, document);
        }
        listener
    }

    /// Adds the channels of a site's buckets and returns their names.
    fn add(&mut self, site: Key, kind: Kind) -> Vec<String> {
        let buckets = self.shared.keys.site(site);
        let names = buckets.iter().map(|bucket| name(bucket, kind).to_owned());
        for bucket in buckets.iter() {
            let channel = Channel {
                kind,
                site,
                bucket: Arc::clone(bucket),
                chain: Chain::New,
                silent: false,
            };
            self.channels.insert(name(bucket, kind).to_owned(), channel);
        }
        self.behind = true;
        names.collect()
    }

    /// Connects and listens until the connection ends.
    async fn listen(&mut self) -> Result<(), StoreError> {
        let (sender, mut pushes) = mpsc::channel(MAX_WAITING);
        let hear = move |push: PushInfo| {
            // What does not fit is lost and shows as a gap.
            let _ = sender.try_send(push);
            Ok::<_, SendError>(())
        };
        let mut ear = self.shared.link.ear(hear).await?;
        self.doubt_all();
        let names: Vec<_> = self.channels.keys().chain(self.news.keys()).collect();
        ear.subscribe(&names).await?;
        self.shared.feed.connected.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(&self.shared);
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                push = pushes.recv() => self.hear(&push.ok_or_else(deaf)?)?,
                () = shared.mirror.sites_changed.notified() => self.follow(&mut ear).await?,
                _ = beat.tick() => self.beat(&mut ear).await?,
            }
            for _ in 0..AT_ONCE {
                let Ok(push) = pushes.try_recv() else { break };
                self.hear(&push)?;
            }
            self.catch_up().await;
        }
    }

    fn hear(&mut self, push: &PushInfo) -> Result<(), StoreError> {
        // A cluster's connection subscribes again by itself, but nobody says when it has, nor whether to everything.
        if push.kind == PushKind::Disconnection {
            return Err(deaf());
        }
        let mut parts = push.data.iter().filter_map(|part| reply::bytes(part).ok());
        let channel = parts.next().and_then(|name| std::str::from_utf8(name).ok());
        let Some(channel) = channel else {
            return Ok(());
        };
        if push.kind == PushKind::SMessage {
            self.take(channel, parts.next().unwrap_or_default());
        } else if push.kind == PushKind::SSubscribe {
            self.doubt(channel);
        } else if push.kind == PushKind::SUnsubscribe && self.knows(channel) {
            // Redis has ended it: its slot lies elsewhere now.
            return Err(deaf());
        }
        Ok(())
    }

    /// Takes a message.
    fn take(&mut self, name: &str, bytes: &[u8]) {
        if let Some(site) = self.news.get(name) {
            match bytes {
                b"document" => (self.shared.options.on_news)(News::Document(*site)),
                b"desk" => (self.shared.options.on_news)(News::Desk(*site)),
                _ => tracing::warn!("another node tells news that this version does not know"),
            }
            return;
        }
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        channel.silent = false;
        let Some((head, rest)) = message::head(bytes) else {
            tracing::warn!(name, "a message of another node cannot be read");
            return self.doubt(name);
        };
        match channel.chain.hear(head.now, head.before) {
            Heard::Before => return,
            Heard::Early => {
                self.behind = true;
                return;
            }
            Heard::First if channel.kind == Kind::Feed => {
                self.shared.forget_bucket(channel.site, &channel.bucket);
            }
            Heard::Next | Heard::First => {}
        }
        match channel.kind {
            Kind::Notices if head.node == self.shared.node => {}
            Kind::Notices => {
                for notice in message::notices(rest).unwrap_or_default() {
                    (self.shared.options.on_news)(News::Notice(channel.site, head.visitor, notice));
                }
            }
            Kind::Feed => {
                let version = message::version(rest).unwrap_or(u64::MAX);
                let mirror = &self.shared.mirror;
                mirror.changed(channel.site, head.visitor, version);
            }
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.channels.contains_key(name) || self.news.contains_key(name)
    }

    fn doubt(&mut self, name: &str) {
        if let Some(channel) = self.channels.get_mut(name) {
            channel.chain.doubt();
            self.behind = true;
        }
    }

    fn doubt_all(&mut self) {
        for channel in self.channels.values_mut() {
            channel.chain.doubt();
        }
        self.behind = true;
    }

    /// Listens to the feeds of the sites that somebody looks at, and to no others.
    async fn follow(&mut self, ear: &mut Ear) -> Result<(), StoreError> {
        let wanted: HashSet<Key> = self
            .shared
            .mirror
            .followed(clock::now())
            .into_iter()
            .collect();
        let (mut new, mut old) = (Vec::new(), Vec::new());
        for site in wanted.difference(&self.followed.clone()) {
            new.extend(self.add(*site, Kind::Feed));
        }
        self.channels.retain(|name, channel| {
            let keep = channel.kind == Kind::Notices || wanted.contains(&channel.site);
            if !keep {
                old.push(name.clone());
            }
            keep
        });
        self.followed = wanted;
        if !new.is_empty() {
            ear.subscribe(&new).await?;
        }
        if !old.is_empty() {
            ear.unsubscribe(&old).await?;
        }
        Ok(())
    }

    /// Brings every channel in step again that is not.
    async fn catch_up(&mut self) {
        if !self.behind || self.failed {
            return;
        }
        let behind: Vec<_> = self
            .channels
            .iter()
            .filter(|(_, channel)| !channel.chain.in_step())
            .map(|(name, it)| {
                (
                    name.clone(),
                    it.kind,
                    it.site,
                    Arc::clone(&it.bucket),
                    it.chain,
                )
            })
            .collect();
        let shared = Arc::clone(&self.shared);
        let mut caught_up = stream::iter(behind)
            .map(|(name, kind, site, bucket, chain)| {
                let shared = &shared;
                async move { (name, shared.catch_up(kind, site, &bucket, chain).await) }
            })
            .buffer_unordered(CATCH_UP_AT_ONCE);
        while let Some((name, moment)) = caught_up.next().await {
            match moment {
                Ok(moment) => {
                    if let Some(channel) = self.channels.get_mut(&name) {
                        channel.chain = Chain::InStep(moment);
                    }
                }
                Err(why) => {
                    tracing::debug!(%why, "what was missed is read later");
                    self.failed = true;
                    break;
                }
            }
        }
        drop(caught_up);
        self.behind = self.failed;
        self.tell_completeness();
    }

    /// Tells whether this node hears all others, and of each site that somebody looks at whether everybody is known.
    fn tell_completeness(&self) {
        let mut notices = self
            .channels
            .values()
            .filter(|channel| channel.kind == Kind::Notices);
        let hears = notices.all(|channel| channel.chain.in_step());
        self.shared.hears.send_replace(hears);
        for site in &self.followed {
            let mut feeds = self
                .channels
                .values()
                .filter(|channel| channel.kind == Kind::Feed && channel.site == *site);
            let complete = feeds.all(|channel| channel.chain.in_step());
            self.shared.mirror.set_complete(*site, complete);
        }
    }

    async fn beat(&mut self, ear: &mut Ear) -> Result<(), StoreError> {
        self.beats += 1;
        self.failed = false;
        self.follow(ear).await?;
        if self.beats.is_multiple_of(PROBE_BEATS) {
            ear.probe().await?;
            self.probe().await?;
        }
        if self.beats.is_multiple_of(LOOK_ROUND_BEATS) {
            self.shared.mirror.doubt_overdue(clock::now());
        }
        Ok(())
    }

    /// Compares what was heard with what was told, and has the difference made up for. A channel that hears nothing
    /// although there was something to hear, twice, is dead.
    async fn probe(&mut self) -> Result<(), StoreError> {
        let buckets: HashMap<(Key, u16), Arc<Bucket>> = self
            .channels
            .values()
            .map(|it| ((it.site, it.bucket.number), Arc::clone(&it.bucket)))
            .collect();
        let shared = Arc::clone(&self.shared);
        let heads: Vec<_> = stream::iter(buckets)
            .map(|(key, bucket)| {
                let shared = &shared;
                async move { Some((key, shared.heads(&bucket).await.ok()?)) }
            })
            .buffer_unordered(CATCH_UP_AT_ONCE)
            .collect()
            .await;
        let heads: HashMap<_, _> = heads.into_iter().flatten().collect();
        let mut dead = 0;
        for channel in self.channels.values_mut() {
            let heads = heads.get(&(channel.site, channel.bucket.number));
            let (Some([noticed, last]), Chain::InStep(_)) = (heads, channel.chain) else {
                continue;
            };
            let head = match channel.kind {
                Kind::Notices => *noticed,
                Kind::Feed => *last,
            };
            match channel.chain.remedy(head) {
                Remedy::Nothing | Remedy::Begin => {}
                Remedy::Anew => {
                    channel.chain.doubt();
                    self.behind = true;
                }
                Remedy::Replay(_) if channel.silent => dead += 1,
                Remedy::Replay(_) => {
                    channel.silent = true;
                    channel.chain.doubt();
                    self.behind = true;
                }
            }
        }
        if dead > 0 {
            self.shared.feed.silent.fetch_add(dead, Ordering::Relaxed);
            return Err(deaf());
        }
        Ok(())
    }
}

fn name(bucket: &Bucket, kind: Kind) -> &str {
    match kind {
        Kind::Notices => &bucket.notices,
        Kind::Feed => &bucket.feed,
    }
}

fn deaf() -> StoreError {
    StoreError::Unavailable("the connection that listens has ended".to_owned())
}
