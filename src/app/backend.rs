//! The concrete back ends, which nobody else names.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::chat::Desk;
use crate::clock::Stopwatch;
use crate::config::{Config, RedisConfig};
use crate::domain::Key;
use crate::metrics::Readings;
use crate::publishing;
use crate::secret;
use crate::store::{
    Embedded, EmbeddedOptions, Look, OnNews, Redis, RedisAddress, RedisOptions, StoreError,
    VisitorStore,
};

use super::StartError;
use super::nodes;

/// A start waits so long for a Redis that does not answer yet.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it asks meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long a command to Redis may take, and a connection.
const TIMEOUT: Duration = Duration::from_millis(200);
/// How many visitors a node remembers; who is not among them costs another round trip.
const MAX_CACHED: usize = 200_000;

/// Where everything is kept.
#[derive(Clone)]
pub(super) enum Backend {
    /// In a directory of this process.
    Embedded(Arc<Embedded>),
    /// In a Redis that many nodes share.
    Redis(Arc<Redis>),
}

impl Backend {
    /// Opens what the settings name. Where there are other nodes, `on_news` is told what they say.
    pub(super) async fn open(config: &Config, on_news: OnNews) -> Result<Self, StartError> {
        match &config.store.redis {
            None => Ok(Self::Embedded(Arc::new(embedded(config).await?))),
            Some(redis) => Ok(Self::Redis(Arc::new(shared(config, redis, on_news).await?))),
        }
    }

    pub(super) fn store(&self) -> Arc<dyn VisitorStore> {
        match self {
            Self::Embedded(store) => Arc::clone(store) as Arc<dyn VisitorStore>,
            Self::Redis(store) => Arc::clone(store) as Arc<dyn VisitorStore>,
        }
    }

    /// Who can answer: known to this node alone, or to all that share the store.
    pub(super) fn desk(&self) -> Desk {
        match self {
            Self::Embedded(_) => Desk::default(),
            Self::Redis(store) => Desk::shared(Arc::clone(store) as _),
        }
    }

    /// The installation's secret: from the file named, or kept with everything else.
    pub(super) async fn secret(&self, config: &Config) -> Result<[u8; 32], StartError> {
        if let Some(file) = &config.secret_file {
            return secret::read(file).map_err(StartError::Secret);
        }
        match self {
            Self::Embedded(_) => secret::load_or_make(&config.data).map_err(StartError::Secret),
            Self::Redis(store) => {
                let fresh = secret::random().map_err(StartError::Secret)?;
                Ok(store.secret(fresh).await?)
            }
        }
    }

    /// What the metrics show of the store.
    pub(super) fn readings(&self) -> Readings {
        match self {
            Self::Embedded(store) => {
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
            Self::Redis(store) => Readings {
                visitors: store.in_memory(),
                waiting: store.waiting(),
                redis: store.readings(),
                ..Readings::default()
            },
        }
    }
}

async fn embedded(config: &Config) -> Result<Embedded, StoreError> {
    let options = EmbeddedOptions {
        dir: config.data.clone(),
        retention: config.retention,
        max_waiting: config.max_waiting,
        cache_bytes: config.cache_mib << 20,
        load_rules: Arc::new(publishing::compile_packed),
    };
    let opened = tokio::task::spawn_blocking(|| Embedded::open(options)).await;
    opened.unwrap_or_else(|why| Err(unopened(&config.data, &why)))
}

/// Connects to Redis. A node may be started together with it, so it is waited for.
async fn shared(
    config: &Config,
    redis: &RedisConfig,
    on_news: OnNews,
) -> Result<Redis, StartError> {
    let address = redis.address()?;
    let options = RedisOptions {
        address: address.clone(),
        buckets: redis.buckets,
        retention: config.retention,
        sites: config.site.iter().map(|site| Key::of(&site.key)).collect(),
        documents: nodes::documents(config),
        replicas: redis.replicas,
        timeout: TIMEOUT,
        max_waiting: config.max_waiting,
        max_cached: MAX_CACHED,
        on_news,
    };
    let waiting = Stopwatch::start();
    loop {
        let why = match opened(&address, &options).await? {
            Ok(store) => return Ok(store),
            Err(why) => why,
        };
        if waiting.elapsed() >= PATIENCE {
            return Err(StartError::Unreachable {
                address,
                seconds: PATIENCE.as_secs(),
                why,
            });
        }
        let left = PATIENCE.saturating_sub(waiting.elapsed());
        tracing::warn!(store = %address, why, "it cannot be used yet; tries for another {} s", left.as_secs());
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Connects once; the inner error is one that may pass.
async fn opened(
    address: &RedisAddress,
    options: &RedisOptions,
) -> Result<Result<Redis, String>, StartError> {
    let wishes = match Look::at(address, options.timeout).await {
        Look::Usable(wishes) => wishes,
        Look::Unknown(why) => return Ok(Err(why)),
        Look::Unusable(why) => {
            let address = address.clone();
            return Err(StartError::Unusable { address, why });
        }
    };
    let store = match Redis::open(options.clone()).await {
        Ok(store) => store,
        Err(StoreError::Unavailable(why)) => return Ok(Err(why)),
        Err(why) => return Err(why.into()),
    };
    tracing::info!(store = %address, buckets = store.buckets(), "this node shares a store");
    for wish in wishes {
        tracing::warn!(store = %address, "{wish}");
    }
    Ok(Ok(store))
}

fn unopened(dir: &Path, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: format!("the data directory {}", dir.display()),
        why: why.to_string(),
    }
}
