//! The tasks that run beside requests until the service drains.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::{self, Stopwatch};
use crate::domain::{Millis, Timestamp};
use crate::http::{App, rulesets};
use crate::publishing;
use crate::store::Embedded;

use super::backend::Backend;
use super::nodes::{self, Bells};
use super::people;

/// How often housekeeping looks round.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often old records are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(600);
/// How often the desk is looked at for places that are free again.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked for webhooks that are due.
const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether a scheduled release is due.
const LOOK_AT_SCHEDULE_EVERY: Duration = Duration::from_millis(500);
/// What many say at once is heard in one go.
const BREATH: Duration = Duration::from_millis(50);
/// How often other nodes are asked what they know of the agents, in case nobody told.
const HEAR_EVERY: Duration = Duration::from_secs(3);

/// Starts them all. `data` is the directory that holds everything, if one does.
pub(super) fn start(
    app: &Arc<App>,
    backend: &Backend,
    bells: &Bells,
    draining: &watch::Receiver<bool>,
    data: Option<PathBuf>,
) -> Vec<JoinHandle<()>> {
    let (bell, doorman, house) = (Arc::clone(app), Arc::clone(app), Arc::clone(app));
    let (rung, told) = (bells.clone(), bells.clone());
    let mut keepers = vec![
        keeper(draining, async move { ring_for_ever(&bell).await }),
        keeper(
            draining,
            async move { look_for_ever(&doorman, &rung).await },
        ),
        keeper(draining, async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                house.limits.forget_idle();
                house.backtests.forget_idle(clock::now());
            }
        }),
    ];
    let (courier, publisher) = (Arc::clone(app), Arc::clone(app));
    keepers.push(keeper(draining, async move {
        publish_for_ever(&publisher).await;
    }));
    keepers.push(keeper(draining, async move {
        deliver_for_ever(&courier).await;
    }));
    if let Backend::Embedded(store) = backend {
        let (house, sweeper, forgetter) = (Arc::clone(app), Arc::clone(store), Arc::clone(store));
        keepers.push(keeper(draining, async move {
            sweep_for_ever(&house, &sweeper).await;
        }));
        keepers.push(keeper(draining, async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                let store = Arc::clone(&forgetter);
                let _ = tokio::task::spawn_blocking(move || forget(&store, clock::now())).await;
            }
        }));
    }
    let (porter, rung) = (Arc::clone(app), bells.clone());
    keepers.push(keeper(draining, async move {
        people::keep_for_ever(&porter, &rung, data.as_deref()).await;
    }));
    if let Backend::Redis(_) = backend {
        let (follower, reader, heir) = (Arc::clone(app), Arc::clone(app), Arc::clone(app));
        let heard = bells.clone();
        keepers.push(keeper(draining, async move {
            nodes::follow_rules_for_ever(&follower, &told).await;
        }));
        keepers.push(keeper(draining, async move {
            nodes::follow_documents_for_ever(&reader, &heard).await;
        }));
        keepers.push(keeper(draining, async move {
            nodes::take_over_for_ever(&heir).await;
        }));
    }
    keepers
}

fn keeper(
    draining: &watch::Receiver<bool>,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(until(draining.clone(), task))
}

/// Hears what other nodes say of agents and promises, and wakes who waits for somebody that can answer.
async fn look_for_ever(app: &Arc<App>, bells: &Bells) {
    let desk = &app.pipeline.desk;
    let mut heard_all = None;
    loop {
        let mut told = bells.desk.take();
        if heard_all.is_none_or(|watch: Stopwatch| watch.elapsed() >= HEAR_EVERY) {
            heard_all = Some(Stopwatch::start());
            told.extend(app.pipeline.sites.iter().map(|site| site.key));
        }
        let heard = told.into_iter().map(|site| desk.refresh(site));
        for heard in futures_util::future::join_all(heard).await {
            if let Err(why) = heard {
                tracing::debug!(%why, "what other nodes say of the agents is not known");
            }
        }
        let now = clock::now();
        for site in desk.broken(now) {
            let woken = Arc::clone(app);
            let wake = move || woken.pipeline.wake_promised(site, now);
            let _ = tokio::task::spawn_blocking(wake).await;
        }
        give_out(app, now).await;
        for opened in desk.opened(now) {
            let woken = Arc::clone(app);
            let wake = move || woken.pipeline.wake_for(opened, now);
            let _ = tokio::task::spawn_blocking(wake).await;
        }
        tokio::time::sleep(BREATH).await;
        bells.desk.wait(LOOK_EVERY).await;
    }
}

/// Gives out the places of sites where they are scarce.
async fn give_out(app: &Arc<App>, now: Timestamp) {
    for round in app.pipeline.desk.contests(now) {
        let (counter, asked) = (Arc::clone(app), round.clone());
        let bids = tokio::task::spawn_blocking(move || counter.pipeline.bids(&asked, now));
        let bids = bids.await.unwrap_or_default();
        if let Err(why) = app.pipeline.give_out(&round, bids, now).await {
            tracing::debug!(%why, "what other nodes' visitors are worth is not known");
        }
    }
}

async fn until(mut draining: watch::Receiver<bool>, task: impl Future<Output = ()>) {
    tokio::select! {
        () = task => {}
        _ = draining.wait_for(|draining| *draining) => {}
    }
}

async fn ring_for_ever(app: &App) {
    let timers = &app.pipeline.timers;
    loop {
        let now = clock::now();
        let next = app.pipeline.ring(now).await;
        let wait = next.map_or(Millis::from_hours(1), |next| next.since(clock::now()));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(wait.0)) => {}
            () = timers.earlier() => {}
        }
    }
}

/// Delivers to others outside what failed before, and what a node had in hand that has died.
async fn deliver_for_ever(app: &App) {
    loop {
        tokio::time::sleep(DELIVER_EVERY).await;
        if let Err(why) = app.pipeline.webhooks.take_over(clock::now()).await {
            tracing::debug!(%why, "webhooks are delivered later");
        }
    }
}

/// Publishes what is scheduled, and ends what is to end. A change that has begun goes on to its end even if the service
/// drains.
async fn publish_for_ever(app: &Arc<App>) {
    loop {
        tokio::time::sleep(LOOK_AT_SCHEDULE_EVERY).await;
        let now = clock::now();
        for site in app.pipeline.sites.iter() {
            let (app, site) = (Arc::clone(app), Arc::clone(site));
            let kept = async move { rulesets::schedule::keep(&app, &site, now).await };
            let _ = tokio::spawn(kept).await;
        }
    }
}

async fn sweep_for_ever(app: &Arc<App>, store: &Arc<Embedded>) {
    let mut read_backs = 0;
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let sweeper = Arc::clone(store);
        let _ = tokio::task::spawn_blocking(move || sweeper.sweep(clock::now())).await;
        let now_read_backs = store.figures().read_backs.load(Ordering::Relaxed);
        if now_read_backs != read_backs {
            // What was refused may be on disk all the same, with wake-ups that nobody was told of.
            read_backs = now_read_backs;
            refresh(app).await;
            let woken = Arc::clone(app);
            tokio::task::spawn_blocking(move || woken.pipeline.set_timers(clock::now()));
        }
    }
}

/// Puts into force what the disk says is: a change whose answer the fault has swallowed may have been made.
async fn refresh(app: &App) {
    for site in app.pipeline.sites.iter() {
        match publishing::refresh(&*app.pipeline.store, site).await {
            Ok(versions) => app.pipeline.note_versions(site, &versions).await,
            Err(why) => tracing::error!(site = &*site.name, %why, "the rules stay as they are"),
        }
    }
}

fn forget(store: &Embedded, now: Timestamp) {
    loop {
        match store.forget(now) {
            Ok(0) => return,
            Ok(gone) => tracing::info!(gone, "forgot what is older than the retention"),
            Err(why) => return tracing::warn!(%why, "could not forget old records"),
        }
    }
}
