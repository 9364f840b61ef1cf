//! The composition root: puts everything together, starts it and stops it. Only [`backend`] names concrete back ends.

mod backend;
mod keepers;
mod nodes;
mod people;
mod sites;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::access::{People, PeopleError};
use crate::clock;
use crate::config::Config;
use crate::domain::Key;
use crate::enrich::{Agents, Enricher, Geo, GeoError, Interner};
use crate::http::{self, App, Limits, Tickets};
use crate::live::{Boards, Hub, Timers};
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::publishing::PublishError;
use crate::rules::SourceFile;
use crate::shadow::Shadows;
use crate::site::{Site, Sites};
use crate::store::{AddressError, RedisAddress, StoreError};
use crate::webhooks::{EndpointError, Webhooks};

use self::backend::Backend;
use self::nodes::Bells;

pub use self::people::{DEMO_PEOPLE, RescueError, Rescued, rescue};

/// How many user agents are remembered.
const AGENTS: usize = 10_000;
/// Memory for texts that many visitors share, in bytes.
const SHARED_TEXT: u64 = 32 << 20;

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
    /// Who is to be told outside cannot be read.
    #[error(transparent)]
    Webhooks(#[from] EndpointError),
    /// Who may come in is not known.
    #[error("people: {0}")]
    People(#[from] PeopleError),
    /// The secret cannot be read or made.
    #[error("the installation's secret: {0}")]
    Secret(std::io::Error),
    /// The settings name no store that can be used.
    #[error("`store.redis`: {0}")]
    Address(#[from] AddressError),
    /// What is at the address cannot be used, however long one waits.
    #[error("{address} cannot be used: {why}")]
    Unusable {
        /// Where it is.
        address: RedisAddress,
        /// Why not, and what to write instead.
        why: String,
    },
    /// Redis cannot be used yet.
    #[error("{address} could not be used for {seconds} s: {why}")]
    Unreachable {
        /// Where it should be.
        address: RedisAddress,
        /// How long it was waited for.
        seconds: u64,
        /// What was wrong last.
        why: String,
    },
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
    backend: Backend,
    app: Arc<App>,
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
    let geo = Geo::open(&config.geo)?;
    let sites = config.site.iter().map(sites::make_site).collect();
    let hub = Hub::new(config.max_streams);
    let bells = Bells::default();
    let (stop, draining) = watch::channel(false);
    let boards = Boards::new(draining.clone());
    let backend = Backend::open(&config, bells.on_news(&hub, &boards)).await?;
    let secret = backend.secret(&config).await?;
    let enricher = Enricher::new(geo, Agents::new(AGENTS));
    let pipeline = make_pipeline(&config, sites, enricher, &backend, (hub, boards));
    let people = people::open(&backend).await?;
    let app = make_app(&config, pipeline, people, &backend, (secret, &draining));
    let app = Arc::new(app);
    sites::begin(&config, &app, rules).await?;
    app.pipeline.webhooks.refresh()?;
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
    let data = config.store.redis.is_none().then(|| config.data.clone());
    let keepers = keepers::start(&app, &backend, &bells, &draining, data);
    let router = http::router(Arc::clone(&app), extra);
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
        backend,
        app,
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
        self.app.pipeline.webhooks.rest().await;
        self.backend.store().close().await
    }
}

fn make_pipeline(
    config: &Config,
    sites: Vec<Site>,
    enricher: Enricher,
    backend: &Backend,
    (hub, boards): (Arc<Hub>, Arc<Boards>),
) -> Pipeline {
    let names: Vec<_> = sites.iter().map(|site| Arc::clone(&site.name)).collect();
    let webhooks = Webhooks::new(backend.store(), names, config.webhooks.allow_private);
    Pipeline {
        store: backend.store(),
        sites: Sites::new(sites),
        desk: backend.desk(),
        enricher,
        hub,
        boards,
        timers: Timers::default(),
        shadows: Shadows::default(),
        webhooks,
        metrics: Metrics::default(),
    }
}

fn make_app(
    config: &Config,
    pipeline: Pipeline,
    people: People,
    backend: &Backend,
    (secret, draining): ([u8; 32], &watch::Receiver<bool>),
) -> App {
    let reader = backend.clone();
    let door = http::Door::new(&pipeline.sites, clock::now());
    App {
        door: Arc::new(door),
        pipeline,
        limits: Limits::new(config.rates),
        timeouts: config.timeouts,
        trusted_proxies: config.trusted_proxies.clone(),
        people: Arc::new(people),
        public_url: config.public_url.clone(),
        tickets: Tickets::new(&secret),
        secret,
        interner: Interner::new(SHARED_TEXT),
        backtests: Arc::default(),
        catalogues: http::Catalogues::default(),
        effect_turn: http::EffectTurn::default(),
        now_turn: http::NowTurn::default(),
        draining: draining.clone(),
        reader: Box::new(move || reader.readings()),
    }
}
