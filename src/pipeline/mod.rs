//! Floor 4: the journey of a request: enrich → update (step) → commit → run effects.

mod agents;
mod capacity;
mod chat;
mod known;
mod outlook;
mod places;
mod rescore;
mod ticks;
mod wake;

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use crate::chat::Desk;
use crate::domain::{
    Arrival, Batch, Cause, Event, Invitation, Key, Record, RuleSetHash, SESSION_GAP, Session,
    SessionId, Settlement, SiteNow, Suppression, Timestamp, Versions, VisitorId, VisitorState,
};
use crate::engine::{self, Effect, Effects, Taken};
use crate::enrich::{ArrivalInput, Enricher};
use crate::live::{Boards, Hub, Timers};
use crate::metrics::Metrics;
use crate::rules::RuleSet;
use crate::shadow::Shadows;
use crate::site::{Site, Sites};
use crate::store::{Change, Notice, StoreError, VisitorStore};
use crate::webhooks::Webhooks;

use self::capacity::Capacity;

pub use agents::Invited;
pub use outlook::{Outlooks, Prospect, Prospects, Side};
pub use rescore::{LeftOut, Rescoring};

/// The landing page of a session that began without a page view: it says nothing about a source.
static NOWHERE: LazyLock<url::Url> =
    LazyLock::new(|| url::Url::parse("about:blank").expect("it is a URL"));

/// Everything a visitor's event passes through.
pub struct Pipeline {
    /// Visitors' states.
    pub store: Arc<dyn VisitorStore>,
    /// Tenants.
    pub sites: Sites,
    /// Who can answer.
    pub desk: Desk,
    /// Place, device and source.
    pub enricher: Enricher,
    /// Open streams.
    pub hub: Arc<Hub>,
    /// Lists of who is here, where somebody watches.
    pub boards: Arc<Boards>,
    /// Wake-ups.
    pub timers: Timers,
    /// Versions of the rules that decide without acting.
    pub shadows: Shadows,
    /// Who is told outside.
    pub webhooks: Arc<Webhooks>,
    /// Counters.
    pub metrics: Metrics,
}

/// Where a request came from, as far as enrichment needs it.
#[derive(Debug)]
pub struct Client<'a> {
    /// The client's address.
    pub address: IpAddr,
    /// The `User-Agent` header.
    pub user_agent: &'a str,
    /// Whether the browser says that a program drives it.
    pub webdriver: bool,
}

/// The first page of a request, as it came: read for the campaign, then dropped.
#[derive(Debug)]
pub struct Landing {
    /// The page's address with its whole query.
    pub url: url::Url,
    /// The page that led here.
    pub referrer: Option<String>,
}

/// What became of a request's events.
#[derive(Debug, Default)]
pub struct Collected {
    /// The outcome of each event, in order.
    pub taken: Vec<Taken>,
    /// The session that is going on.
    pub session: Option<SessionId>,
    /// The invitation that the browser may show now.
    pub invitation: Option<Invitation>,
}

impl Pipeline {
    /// Takes one visitor's events; answers once they are durable and their consequences are under way.
    ///
    /// # Errors
    ///
    /// When the store does not take them; nothing is acknowledged then.
    pub async fn collect(
        &self,
        site: &Site,
        visitor: VisitorId,
        client: &Client<'_>,
        landing: Option<&Landing>,
        events: Vec<Event>,
        now: Timestamp,
    ) -> Result<Collected, StoreError> {
        let rules = site.rules_for(visitor);
        let mut batch = Batch {
            arrival: None,
            events,
        };
        let (mut out, mut effects) = (Collected::default(), Effects::default());
        let mut change = |state: &mut VisitorState, capacity: &mut Capacity<'_>| {
            batch.arrival = engine::begins_session(state, &batch.events)
                .then(|| Box::new(self.arrival(site, client, landing)));
            let (taken, done) = capacity.decide(state, |site_now, state| {
                engine::apply(&rules, site_now, state, &batch, now)
            })?;
            let site_now = &capacity.site_now;
            let change = self.journal(site, state, &rules, site_now, &batch, &taken, &done, now);
            // A visit that was over before its events arrived is going on no more.
            let going_on = |session: &&Session| now.since(session.last_at) < SESSION_GAP;
            let session = state.session.as_deref().filter(going_on);
            out.session = session.map(|session| session.id);
            out.invitation = engine::open_for_browser(state, now).cloned();
            (out.taken, effects) = (taken, done);
            Some(change)
        };
        self.promise(site, visitor, now, &rules, &mut change)
            .await?;
        if out.taken.contains(&Taken::Accepted) {
            self.run(site.key, visitor, effects, now);
        }
        Ok(out)
    }

    /// Changes a visitor in a way that may promise a chat: `change` answers `None` while the promise is still to be made.
    async fn promise(
        &self,
        site: &Site,
        visitor: VisitorId,
        now: Timestamp,
        rules: &Arc<RuleSet>,
        change: &mut (dyn FnMut(&mut VisitorState, &mut Capacity<'_>) -> Option<Change> + Send),
    ) -> Result<(), StoreError> {
        let mut capacity = Capacity::new(&self.desk, site.key, now);
        loop {
            let mut run = |state: &mut VisitorState| {
                capacity.begin();
                change(state, &mut capacity).unwrap_or_default()
            };
            self.commit(site, visitor, now, rules, &mut run).await?;
            if capacity.stands().await? {
                return Ok(());
            }
        }
    }

    /// Changes a visitor. Once it is on disk the shadow that watches the site, if one does, hears of it, and so do whoever
    /// watches the list and whoever is to be told outside.
    async fn commit(
        &self,
        site: &Site,
        visitor: VisitorId,
        now: Timestamp,
        rules: &Arc<RuleSet>,
        change: &mut (dyn FnMut(&mut VisitorState) -> Change + Send),
    ) -> Result<(), StoreError> {
        let (mut told, mut changes, mut parcels) = (None, false, Vec::new());
        let mut watched = |state: &mut VisitorState| {
            let heard = self.shadows.notice(site.key, state);
            let change = change(state);
            changes = change.record.is_some();
            parcels.clone_from(&change.parcels);
            told = heard.and_then(|heard| Some((heard, change.record.clone()?)));
            change
        };
        self.store
            .update(site.key, visitor, now, &mut watched)
            .await?;
        if changes {
            self.boards.note(site.key, visitor);
        }
        if let Some((heard, record)) = told {
            heard.tell(record, Arc::clone(rules));
        }
        self.webhooks.send(parcels);
        Ok(())
    }

    /// The invitation that the browser may show now, once it is durable. Asking changes nothing.
    ///
    /// # Errors
    ///
    /// When the visitor's state cannot be read.
    pub async fn invitation(
        &self,
        site: Key,
        visitor: VisitorId,
        now: Timestamp,
    ) -> Result<Option<Invitation>, StoreError> {
        self.store.health()?;
        let open = |state: &VisitorState| engine::open_for_browser(state, now).cloned();
        let Some(state) = self.store.get(site, visitor).await? else {
            return Ok(None);
        };
        let mut found = open(&state);
        if found.is_some() {
            // Nobody is shown what a crash could still take back: changing nothing waits for what was changed before.
            let mut look = |state: &mut VisitorState| {
                found = open(state);
                Change::default()
            };
            let looked = self.store.update(state.site, visitor, now, &mut look);
            looked.await?;
        }
        Ok(found)
    }

    /// Takes note of a site's versions once they are in force: the counters show them, and the shadow that they tell
    /// of watches.
    pub async fn note_versions(&self, site: &Site, versions: &Versions) {
        self.metrics.note_versions(&site.name, versions);
        if let Err(why) = self.shadows.follow(&*self.store, site, versions).await {
            tracing::error!(site = &*site.name, %why, "the shadow does not watch");
        }
    }

    fn arrival(&self, site: &Site, client: &Client<'_>, landing: Option<&Landing>) -> Arrival {
        self.enricher.arrival(&ArrivalInput {
            ip: client.address,
            user_agent: client.user_agent,
            referrer: landing.and_then(|landing| landing.referrer.as_deref()),
            landing_url: landing.map_or(&*NOWHERE, |landing| &landing.url),
            own_hosts: &site.own_hosts,
            webdriver: client.webdriver,
        })
    }

    /// Runs the consequences of a committed change.
    fn run(&self, site: Key, visitor: VisitorId, effects: Effects, now: Timestamp) {
        self.timers.set(site, visitor, effects.wake_at);
        for effect in effects.list {
            self.metrics.count_effect(&effect);
            if let Effect::Settled(past) = &effect
                && past.how != Settlement::Withheld
            {
                self.desk.settle(site, past);
            }
            if let Effect::Suppressed { why, .. } = &effect
                && matches!(why, Suppression::NoAgent | Suppression::Scarce)
            {
                self.desk.turned_away(site, now);
            }
            if let Some(notice) = Notice::of(&effect) {
                self.hub.tell(visitor, &notice);
            }
        }
    }

    /// What the journal keeps of a request: the events that were accepted, under the rules and the knowledge of then.
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the parts of one record"
    )]
    fn journal(
        &self,
        site: &Site,
        state: &VisitorState,
        rules: &RuleSet,
        site_now: &SiteNow,
        batch: &Batch,
        taken: &[Taken],
        effects: &Effects,
        now: Timestamp,
    ) -> Change {
        let accepted = batch
            .events
            .iter()
            .zip(taken)
            .filter(|(_, taken)| **taken == Taken::Accepted);
        let events: Vec<Event> = accepted.map(|(event, _)| event.clone()).collect();
        if events.is_empty() {
            return Change::default();
        }
        let cause = Cause::Events(Batch {
            arrival: batch.arrival.clone(),
            events,
        });
        let record = record(site, state.id, rules.hash, site_now, cause, now);
        self.keep(site, record, rules, state, effects)
    }

    /// What is kept of a call of the engine, and whoever is told outside.
    fn keep(
        &self,
        site: &Site,
        record: Record,
        rules: &RuleSet,
        state: &VisitorState,
        effects: &Effects,
    ) -> Change {
        let parcels = self
            .webhooks
            .parcels(site.key, rules, state, effects, record.now);
        Change {
            parcels,
            ..Change::of(record, rules, state, effects)
        }
    }
}

fn record(
    site: &Site,
    visitor: VisitorId,
    rules: RuleSetHash,
    site_now: &SiteNow,
    cause: Cause,
    now: Timestamp,
) -> Record {
    Record {
        visitor,
        site: site.key,
        now,
        rules,
        site_now: site_now.clone(),
        cause,
    }
}
