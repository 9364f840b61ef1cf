//! The composition root: the only place that names concrete back ends, and the tasks that keep the house.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::chat::Desk;
use crate::clock;
use crate::config::{Config, RulesSource, SiteConfig};
use crate::domain::{Key, Millis, Timestamp};
use crate::enrich::{Agents, Enricher, Geo, GeoError, Interner};
use crate::http::{self, App, Limits, Tickets};
use crate::live::{Hub, Timers};
use crate::metrics::{Metrics, Readings};
use crate::pipeline::Pipeline;
use crate::publishing::{self, Directory, PublishError};
use crate::rules::SourceFile;
use crate::rules_dir::{self, LoadError};
use crate::secret;
use crate::shadow::Shadows;
use crate::site::{Origins, Site, Sites};
use crate::store::{Embedded, EmbeddedOptions, StoreError, VisitorStore};

/// How many user agents are remembered.
const AGENTS: usize = 10_000;
/// Memory for texts that many visitors share, in bytes.
const SHARED_TEXT: u64 = 32 << 20;
/// How often housekeeping looks round.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often old records are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// Why the service did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A site has no rules that can be put into force.
    #[error("site {site:?}: {source}")]
    Rules {
        /// Which site.
        site: String,
        /// Why not.
        source: PublishError,
    },
    /// A geo database cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret cannot be read or made.
    #[error("the installation's secret: {0}")]
    Secret(std::io::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// Rules of a site: from a directory, or files that are there already.
#[derive(Clone, Debug)]
pub enum RulesFrom {
    /// A directory.
    Dir(PathBuf),
    /// Files, and what people call where they come from.
    Files(String, Vec<SourceFile>),
}

/// A running service.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<usize>,
    keepers: Vec<JoinHandle<()>>,
    store: Arc<Embedded>,
}

/// Starts the service. `extra` is served beside its own routes.
///
/// # Errors
///
/// What is missing or wrong; nothing runs then.
pub async fn start(
    config: Config,
    rules: Vec<RulesFrom>,
    extra: Router,
) -> Result<Running, StartError> {
    let secret = secret::load_or_make(&config.data).map_err(StartError::Secret)?;
    let geo = Geo::open(&config.geo)?;
    let sites = config.site.iter().map(make_site).collect();
    let store = Arc::new(open_store(&config).await?);
    let (stop, draining) = watch::channel(false);
    let app = Arc::new(make_app(
        &config,
        sites,
        Enricher::new(geo, Agents::new(AGENTS)),
        &store,
        secret,
        &draining,
    ));
    begin(&config, &app, rules).await?;
    let now = clock::now();
    for site in &config.site {
        app.pipeline
            .desk
            .expect_reply(Key::of(&site.key), site.expected_reply);
    }
    let woken = Arc::clone(&app);
    tokio::task::spawn_blocking(move || woken.pipeline.set_timers(now));
    let listen = |source| StartError::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let keepers = keepers(&app, &store, &draining);
    let router = http::router(app, extra);
    let server = tokio::spawn(http::serve(
        listener,
        router,
        config.max_connections,
        config.timeouts,
        draining,
    ));
    Ok(Running {
        address,
        stop,
        server,
        keepers,
        store,
    })
}

impl Running {
    /// Takes no new requests, finishes those under way, saves everything and returns.
    ///
    /// # Errors
    ///
    /// When not everything could be saved; what was acknowledged is in the journal all the same.
    pub async fn stop(self) -> Result<(), StoreError> {
        let _ = self.stop.send(true);
        match self.server.await {
            Ok(0) => {}
            Ok(cut) => tracing::warn!(cut, "connections did not finish in time and were cut"),
            Err(why) => tracing::error!(%why, "the server ended with a fault"),
        }
        for keeper in self.keepers {
            let _ = keeper.await;
        }
        self.store.close().await
    }
}

/// What lies in a site's directory, for the start to look at.
fn directory(config: &SiteConfig, from: RulesFrom) -> Directory {
    let publish = config.rules_from == RulesSource::Directory;
    match from {
        RulesFrom::Dir(dir) => Directory {
            name: dir.display().to_string(),
            files: rules_dir::load_dir(&dir).map_err(|why| with_cause(&why)),
            publish,
        },
        RulesFrom::Files(name, files) => Directory {
            name,
            files: Ok(files),
            publish,
        },
    }
}

/// An error with its cause.
fn with_cause(why: &LoadError) -> String {
    let cause = std::error::Error::source(why);
    cause.map_or_else(|| why.to_string(), |cause| format!("{why}: {cause}"))
}

/// Puts every site's rules into force.
async fn begin(config: &Config, app: &App, rules: Vec<RulesFrom>) -> Result<(), StartError> {
    for (site_config, from) in config.site.iter().zip(rules) {
        let Some(site) = app.pipeline.sites.named(&site_config.key) else {
            continue;
        };
        let directory = directory(site_config, from);
        let begun = publishing::begin(&*app.pipeline.store, site, &directory).await;
        let versions = begun.map_err(|source| StartError::Rules {
            site: site_config.key.clone(),
            source,
        })?;
        app.pipeline.note_versions(site, &versions).await;
    }
    Ok(())
}

/// A site; its rules are put into force before anybody is listened to.
fn make_site(config: &SiteConfig) -> Site {
    let origins = if config.origins.iter().any(|origin| origin == "*") {
        tracing::warn!(
            site = config.key,
            "any origin may speak for this site; list its origins before it goes live"
        );
        Origins::Any
    } else {
        Origins::Only(config.origins.clone())
    };
    let host = |origin: &String| Some(url::Url::parse(origin).ok()?.host_str()?.to_owned());
    Site {
        key: Key::of(&config.key),
        name: config.key.as_str().into(),
        own_hosts: config.origins.iter().filter_map(host).collect(),
        origins,
        keep_query: config.keep_query.clone(),
        allow_automation: config.allow_automation,
        honour_gpc: config.honour_gpc,
        identity_secrets: config.identity_secrets.clone(),
        in_force: ArcSwap::default(),
        token_hashes: config
            .tokens
            .iter()
            .map(|token| Site::hash_token(token))
            .collect(),
    }
}

async fn open_store(config: &Config) -> Result<Embedded, StoreError> {
    let options = EmbeddedOptions {
        dir: config.data.clone(),
        retention: config.retention,
        max_waiting: config.max_waiting,
        cache_bytes: config.cache_mib << 20,
        load_rules: Arc::new(publishing::compile_packed),
    };
    let opened = tokio::task::spawn_blocking(|| Embedded::open(options)).await;
    opened.unwrap_or_else(|why| {
        Err(StoreError::Corrupt {
            what: format!("the data directory {}", config.data.display()),
            why: why.to_string(),
        })
    })
}

fn make_app(
    config: &Config,
    sites: Vec<Site>,
    enricher: Enricher,
    store: &Arc<Embedded>,
    secret: [u8; 32],
    draining: &watch::Receiver<bool>,
) -> App {
    let reader = Arc::clone(store);
    App {
        pipeline: Pipeline {
            store: Arc::clone(store) as Arc<dyn VisitorStore>,
            sites: Sites::new(sites),
            desk: Desk::default(),
            enricher,
            hub: Hub::new(config.max_streams),
            timers: Timers::default(),
            shadows: Shadows::default(),
            metrics: Metrics::default(),
        },
        limits: Limits::new(config.rates),
        timeouts: config.timeouts,
        trusted_proxies: config.trusted_proxies.clone(),
        tickets: Tickets::new(&secret),
        secret,
        interner: Interner::new(SHARED_TEXT),
        backtests: http::Backtests::default(),
        effect_turn: http::EffectTurn::default(),
        draining: draining.clone(),
        reader: Box::new(move || readings(&reader)),
    }
}

fn readings(store: &Embedded) -> Readings {
    let figures = store.figures();
    Readings {
        visitors: store.in_memory(),
        waiting: figures.waiting.load(Ordering::Relaxed),
        commits: figures.groups.load(Ordering::Relaxed),
        writes: figures.writes.load(Ordering::Relaxed),
        saves: figures.saves.load(Ordering::Relaxed),
        disk_bytes: store.bytes_on_disk(),
        ..Readings::default()
    }
}

/// The tasks that run beside requests until the service drains.
fn keepers(
    app: &Arc<App>,
    store: &Arc<Embedded>,
    draining: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let (bell, sweeper, forgetter) = (Arc::clone(app), Arc::clone(store), Arc::clone(store));
    let house = Arc::clone(app);
    vec![
        tokio::spawn(until(draining.clone(), async move {
            ring_for_ever(&bell).await;
        })),
        tokio::spawn(until(draining.clone(), async move {
            sweep_for_ever(&house, &sweeper).await;
        })),
        tokio::spawn(until(draining.clone(), async move {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                let store = Arc::clone(&forgetter);
                let _ = tokio::task::spawn_blocking(move || forget(&store, clock::now())).await;
            }
        })),
    ]
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

async fn sweep_for_ever(app: &Arc<App>, store: &Arc<Embedded>) {
    let mut read_backs = 0;
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        app.limits.forget_idle();
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
