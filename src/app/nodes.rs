//! What the nodes that share a store have to do with each other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::chat::book;
use crate::clock::{self, Stopwatch};
use crate::config::Config;
use crate::domain::Key;
use crate::http::App;
use crate::live::{Boards, Hub};
use crate::publishing;
use crate::site::Site;
use crate::store::{News, OnNews};
use crate::webhooks;

use super::people;

/// The rules are compared with the store's this often, in case nobody told of a change.
const COMPARE_EVERY: Duration = Duration::from_secs(5);
/// Documents are compared with the store's this often, in case nobody told of a change.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);
/// Wake-ups of nodes that have died are looked for this often.
const TAKE_OVER_EVERY: Duration = Duration::from_secs(2);

/// What rings when another node has something to say.
#[derive(Clone, Default)]
pub(super) struct Bells {
    /// The rules of a site have changed.
    pub(super) rules: Arc<Notify>,
    /// What is known of a site's agents has changed.
    pub(super) desk: Arc<Told>,
    /// Documents that parts of the service keep have changed.
    pub(super) documents: Arc<Told>,
    /// Who may come in has changed.
    pub(super) people: Arc<Told>,
}

/// Sites, or documents, that there is something to be heard of.
#[derive(Default)]
pub(super) struct Told {
    keys: Mutex<BTreeSet<Key>>,
    bell: Notify,
}

impl Told {
    fn tell(&self, key: Key) {
        self.keys.lock().insert(key);
        self.bell.notify_one();
    }

    /// Waits until there is something to be heard, or for so long.
    pub(super) async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.bell.notified()).await;
    }

    /// Those that were told of since the last time.
    pub(super) fn take(&self) -> BTreeSet<Key> {
        std::mem::take(&mut *self.keys.lock())
    }
}

impl Bells {
    /// What is done at once with the news of other nodes.
    pub(super) fn on_news(&self, hub: &Arc<Hub>, boards: &Arc<Boards>) -> OnNews {
        let (bells, hub, boards) = (self.clone(), Arc::clone(hub), Arc::clone(boards));
        Arc::new(move |news| match news {
            News::Notice(_, visitor, notice) => hub.tell(visitor, &notice),
            News::Visitor(site, visitor) => boards.note(site, visitor),
            News::Document(document) => {
                bells.rules.notify_one();
                bells.documents.tell(document);
                bells.people.tell(document);
            }
            News::Desk(site) => bells.desk.tell(site),
        })
    }
}

/// The documents that parts of the service keep beside the sites' own.
pub(super) fn documents(config: &Config) -> Vec<Key> {
    let sites = config.site.iter();
    let of_webhooks = sites.clone().map(|site| webhooks::document(&site.key));
    let of_chat = sites.flat_map(|site| book::documents(&site.key));
    of_chat
        .chain(of_webhooks)
        .chain(people::DOCUMENTS)
        .collect()
}

/// Puts into force what other nodes have published.
pub(super) async fn follow_rules_for_ever(app: &Arc<App>, bells: &Bells) {
    loop {
        tokio::select! {
            () = bells.rules.notified() => {}
            () = tokio::time::sleep(COMPARE_EVERY) => {}
        }
        for site in app.pipeline.sites.iter() {
            follow_rules(app, site).await;
        }
    }
}

async fn follow_rules(app: &Arc<App>, site: &Site) {
    let store = &*app.pipeline.store;
    match publishing::follow(store, site).await {
        Ok(None) => {}
        Ok(Some(versions)) => {
            let (live, name) = (versions.live, &*site.name);
            tracing::info!(
                site = name,
                live,
                "another node's change of the rules is in force"
            );
            app.pipeline.note_versions(site, &versions).await;
            let (woken, key, now) = (Arc::clone(app), site.key, clock::now());
            tokio::task::spawn_blocking(move || woken.pipeline.wake_attentive(key, now));
        }
        Err(why) => tracing::debug!(site = &*site.name, %why, "the rules stay as they are"),
    }
}

/// Takes over what other nodes change of the documents that parts of the service keep: of webhooks, of chat settings, and
/// of what was heard of conversations.
pub(super) async fn follow_documents_for_ever(app: &Arc<App>, bells: &Bells) {
    let mut followed_all = Stopwatch::start();
    loop {
        bells.documents.wait(FOLLOW_EVERY).await;
        let told = bells.documents.take();
        let all = followed_all.elapsed() >= FOLLOW_EVERY;
        if all {
            followed_all = Stopwatch::start();
        }
        let sites = app.pipeline.sites.iter();
        let mut of_webhooks = sites.map(|site| webhooks::document(&site.name));
        if all || of_webhooks.any(|document| told.contains(&document)) {
            follow_webhooks(app).await;
        }
        for site in app.pipeline.sites.iter() {
            if all
                || book::documents(&site.name)
                    .iter()
                    .any(|it| told.contains(it))
            {
                follow_chat(app, site).await;
            }
        }
    }
}

async fn follow_webhooks(app: &Arc<App>) {
    // The store is asked where that may block.
    let follower = Arc::clone(app);
    let follow = move || follower.pipeline.webhooks.refresh();
    if let Ok(Err(why)) = tokio::task::spawn_blocking(follow).await {
        tracing::debug!(%why, "the webhooks stay as they are");
    }
}

async fn follow_chat(app: &Arc<App>, site: &Site) {
    let (store, desk) = (&app.pipeline.store, &app.pipeline.desk);
    match book::follow(store, desk, &site.name).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::info!(
                site = &*site.name,
                "another node's change of the chat settings is in force"
            );
            let (woken, key, now) = (Arc::clone(app), site.key, clock::now());
            tokio::task::spawn_blocking(move || woken.pipeline.wake_attentive(key, now));
        }
        Err(why) => tracing::debug!(site = &*site.name, %why, "the chat settings stay as they are"),
    }
}

/// Wakes the visitors of nodes that have died.
pub(super) async fn take_over_for_ever(app: &App) {
    loop {
        tokio::time::sleep(TAKE_OVER_EVERY).await;
        if let Err(why) = app.pipeline.ring_for_others(clock::now()).await {
            tracing::debug!(%why, "wake-ups of other nodes are looked for later");
        }
    }
}
