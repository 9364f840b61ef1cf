//! Floor 3: what others outside are told, by the Standard Webhooks specification.
//!
//! What is to be told is worked out with the change that it tells of, and written with it into the store's outbox: one
//! parcel for each receiver that wants to hear of it. The node that wrote it delivers it at once. What fails is put off
//! and tried again for a day; what a dead node had in hand is taken over by another. So every receiver hears of every
//! event at least once, always under the same id.

mod address;
mod breaker;
mod care;
mod client;
mod courier;
mod delivery;
mod endpoint;
mod example;
mod lane;
mod payload;
mod schedule;
mod signature;
mod topic;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use dashmap::DashMap;
use tokio::sync::{Notify, Semaphore};
use url::Url;

use crate::clock;
use crate::domain::{Key, Millis, Timestamp, VisitorState};
use crate::engine::Effects;
use crate::rules::RuleSet;
use crate::secret;
use crate::store::{Parcel, VisitorStore};

use self::client::Client;
use self::lane::Lane;
use self::payload::Scene;

pub use address::is_public;
pub use care::Health;
pub use client::{CallError, Fetched};
pub use delivery::{Delivery, Outcome, Try};
pub use endpoint::{
    Endpoint, EndpointError, Endpoints, MOST_ENDPOINTS, Secret, Topics, document, parse_url,
};
pub use example::example;
pub use payload::Message;
pub use topic::Topic;

/// So long a parcel belongs to the node that holds it.
const LEASE: Millis = Millis::from_secs(30);
/// How many deliveries of all receivers are under way at once.
const MOST_AT_ONCE: usize = 512;
/// How often a change of receivers is tried when others are faster.
const MAX_TRIES: usize = 16;

/// A site's receivers, as this node knows them.
struct Receivers {
    /// The site's public key.
    site: Arc<str>,
    endpoints: ArcSwap<Known>,
}

/// The receivers, and the revision of the document that says so.
#[derive(Default)]
struct Known {
    revision: u64,
    all: Endpoints,
}

/// What became of deliveries since the start.
#[derive(Default)]
struct Figures([AtomicU64; Outcome::ALL.len()]);

impl Figures {
    fn count(&self, outcome: Outcome) {
        self.0[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }
}

/// Everybody outside who is told something.
pub struct Webhooks {
    store: Arc<dyn VisitorStore>,
    sites: HashMap<Key, Receivers>,
    client: Client,
    lanes: DashMap<(Key, Key), Arc<Lane>>,
    places: Semaphore,
    figures: Figures,
    /// Nothing is begun any more.
    resting: AtomicBool,
    workers: AtomicUsize,
    /// A worker has gone home.
    home: Notify,
}

impl Webhooks {
    /// Nobody is told anything until [`Self::refresh`] has read who wants to be. With `allow_private`, receivers may be
    /// anywhere, without TLS.
    pub fn new(
        store: Arc<dyn VisitorStore>,
        sites: impl IntoIterator<Item = Arc<str>>,
        allow_private: bool,
    ) -> Arc<Self> {
        let receivers = |site: Arc<str>| {
            let endpoints = ArcSwap::default();
            (Key::of(&site), Receivers { site, endpoints })
        };
        Arc::new(Self {
            store,
            sites: sites.into_iter().map(receivers).collect(),
            client: Client::new(allow_private),
            lanes: DashMap::new(),
            places: Semaphore::new(MOST_AT_ONCE),
            figures: Figures::default(),
            resting: AtomicBool::new(false),
            workers: AtomicUsize::new(0),
            home: Notify::new(),
        })
    }

    /// The parcels that a change brings. Costs nothing where nobody listens.
    pub fn parcels(
        &self,
        site: Key,
        rules: &RuleSet,
        state: &VisitorState,
        effects: &Effects,
        now: Timestamp,
    ) -> Vec<Parcel> {
        let Some(receivers) = self.sites.get(&site) else {
            return Vec::new();
        };
        let known = receivers.endpoints.load();
        let endpoints = &known.all.endpoints;
        if endpoints.is_empty() {
            return Vec::new();
        }
        let scene = Scene {
            site: &receivers.site,
            rules,
            state,
            now,
            test: false,
        };
        let wanted = |topic| endpoints.iter().any(|endpoint| endpoint.hears(topic));
        let mut parcels = Vec::new();
        for message in payload::messages(scene, effects, wanted) {
            let delivery = Delivery::new(&message, now);
            let hears = |endpoint: &&Endpoint| endpoint.hears(message.topic);
            for endpoint in endpoints.iter().filter(hears) {
                parcels.push(delivery.parcel(endpoint, (site, state.id), 0, now + LEASE));
            }
        }
        parcels
    }

    fn receivers(&self, site: Key) -> Result<&Receivers, EndpointError> {
        self.sites.get(&site).ok_or(EndpointError::Unknown)
    }

    fn lane(&self, site: Key, receiver: Key) -> Arc<Lane> {
        Arc::clone(&self.lanes.entry((site, receiver)).or_default())
    }

    /// A site's receivers, as the store has them.
    fn read(&self, receivers: &Receivers) -> Result<Known, EndpointError> {
        let Some(control) = self.store.control(document(&receivers.site))? else {
            return Ok(Known::default());
        };
        let all = serde_json::from_slice(&control.bytes)
            .map_err(|why| EndpointError::Unreadable(why.to_string()))?;
        let revision = control.revision;
        Ok(Known { revision, all })
    }

    /// Takes note of receivers, unless newer ones are known.
    fn learn(receivers: &Receivers, known: Known) {
        let known = Arc::new(known);
        receivers.endpoints.rcu(|now| {
            let newer = known.revision > now.revision;
            Arc::clone(if newer { &known } else { now })
        });
    }

    /// Reads who wants to be told, on every site. May block.
    ///
    /// # Errors
    ///
    /// When the store cannot be read; whoever was known is told as before.
    pub fn refresh(&self) -> Result<(), EndpointError> {
        for receivers in self.sites.values() {
            Self::learn(receivers, self.read(receivers)?);
        }
        Ok(())
    }

    /// A site's receivers, as this node knows them.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Unknown`] when there is no such site.
    pub fn endpoints(&self, site: Key) -> Result<Vec<Endpoint>, EndpointError> {
        let receivers = self.receivers(site)?;
        Ok(receivers.endpoints.load().all.endpoints.clone())
    }

    /// Changes a site's receivers by `alter`, which may be called several times. Returns what it said.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn change<T>(
        &self,
        site: Key,
        mut alter: impl FnMut(&mut Endpoints) -> Result<T, EndpointError>,
    ) -> Result<T, EndpointError> {
        let receivers = self.receivers(site)?;
        for _ in 0..MAX_TRIES {
            let Known { revision, mut all } = self.read(receivers)?;
            let said = alter(&mut all)?;
            let bytes = serde_json::to_vec(&all).expect("receivers serialize into memory");
            let document = document(&receivers.site);
            let set = self.store.set_control(document, revision, &bytes).await?;
            if let Ok(revision) = set {
                Self::learn(receivers, Known { revision, all });
                return Ok(said);
            }
        }
        Err(EndpointError::Contended)
    }

    /// A receiver for this address and these topics; its secret is among its secrets.
    ///
    /// # Errors
    ///
    /// When the address cannot be called or there is no chance to be had.
    pub fn endpoint(&self, url: &str, events: Topics) -> Result<Endpoint, EndpointError> {
        let url = parse_url(url, self.client.allows_private())?;
        let now = clock::now();
        let id = secret::random().map_err(|why| EndpointError::NoSecret(why.to_string()))?;
        Ok(Endpoint::new(id, url.into(), events, secret()?, now))
    }

    /// Checks an address that a receiver is to have; returns it as it is kept.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Url`].
    pub fn url(&self, url: &str) -> Result<String, EndpointError> {
        parse_url(url, self.client.allows_private()).map(String::from)
    }

    /// Gets a page of a customer's website as it is, by the same rules as receivers are called.
    ///
    /// # Errors
    ///
    /// Why it did not come.
    pub async fn fetch(&self, url: &Url) -> Result<Fetched, CallError> {
        self.client.get(url).await
    }

    /// What became of deliveries since the start, by outcome.
    pub fn outcomes(&self) -> Vec<(&'static str, u64)> {
        let counts = Outcome::ALL.iter().zip(&self.figures.0);
        counts
            .map(|(outcome, count)| (outcome.as_str(), count.load(Ordering::Relaxed)))
            .collect()
    }

    /// How many deliveries wait in memory, and how many receivers are left alone because they failed.
    pub fn in_memory(&self) -> (usize, usize) {
        let now = clock::now();
        let (mut queued, mut resting) = (0, 0);
        for lane in &self.lanes {
            queued += lane.held();
            resting += usize::from(lane.judge(|breaker| breaker.word(now)) != "closed");
        }
        (queued, resting)
    }

    /// Begins nothing any more and waits until nothing is under way; what waits stays in the outbox.
    pub async fn rest(&self) {
        self.resting.store(true, Ordering::Release);
        loop {
            let home = self.home.notified();
            if self.workers.load(Ordering::Acquire) == 0 {
                return;
            }
            home.await;
        }
    }
}

/// A new secret.
///
/// # Errors
///
/// When there is no chance to be had.
pub fn secret() -> Result<Secret, EndpointError> {
    let key = secret::random().map_err(|why| EndpointError::NoSecret(why.to_string()))?;
    Ok(Secret::new(key, clock::now()))
}
