//! Settings: defaults → file → environment and flags. Typed, checked, and unknown keys are refused.

mod identity;
mod store;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::domain::Millis;
use crate::http::{Rates, Timeouts};
use crate::rules::{closest, duration};

pub use self::store::{RedisConfig, StoreConfig, StoreUrl};

/// Records are kept for longer than a visit lasts.
const SHORTEST_RETENTION: Millis = Millis::from_hours(1);

/// Where the service listens unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8420";

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What, where and what to do.
        message: String,
    },
}

/// Everything an operator can set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port.
    pub listen: SocketAddr,
    /// The directory that holds everything durable, unless `store` says otherwise.
    pub data: PathBuf,
    /// Where states and the journal are kept.
    #[serde(deserialize_with = "store::table")]
    pub store: StoreConfig,
    /// Where browsers reach the service, such as `https://ahlan.example.com`: links to the console begin with it.
    #[serde(deserialize_with = "origin")]
    pub public_url: Option<String>,
    /// A file with the installation's secret, instead of the one that is kept with everything else.
    pub secret_file: Option<PathBuf>,
    /// How long the journal and visitors who do not come back are kept.
    #[serde(deserialize_with = "span")]
    pub retention: Millis,
    /// MaxMind DB files: country or city, nested or flat, IPv4 or IPv6.
    pub geo: Vec<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Requests a second before 429.
    pub rates: Rates,
    /// How long a peer may take.
    pub timeouts: Timeouts,
    /// Connections at once.
    pub max_connections: usize,
    /// Streams to browsers at once.
    pub max_streams: usize,
    /// Changes that may wait for the disk before 503.
    pub max_waiting: usize,
    /// Memory for blocks read from disk, in MiB.
    pub cache_mib: u64,
    /// How others outside are told.
    pub webhooks: WebhooksConfig,
    /// How log lines look.
    pub log: LogFormat,
    /// The sites.
    pub site: Vec<SiteConfig>,
}

/// How others outside are told.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhooksConfig {
    /// Whether receivers may be on this machine or in its network, and without TLS.
    pub allow_private: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Which rules act after a start that is not a site's first.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum RulesSource {
    /// The live version, as it was published last.
    #[default]
    Store,
    /// Those in the directory: a start publishes them when they differ.
    Directory,
}

/// One site.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the settings"
)]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// The public key that stands in its pages.
    pub key: String,
    /// Web origins of its pages, such as `https://shop.example`; `*` for any.
    pub origins: Vec<String>,
    /// The directory with its rules: version 1 of them, at the first start.
    pub rules: PathBuf,
    /// What acts at later starts.
    #[serde(default)]
    pub rules_from: RulesSource,
    /// Tokens that open the agents' side.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// Secrets under which the site's server signs who a visitor is.
    #[serde(default)]
    pub identity_secrets: Vec<String>,
    /// Ed25519 public keys under which the site's server signs who a visitor is.
    #[serde(default, deserialize_with = "identity::keys")]
    pub identity_keys: Vec<[u8; 32]>,
    /// Whether every token must name the site as its audience.
    #[serde(default = "yes")]
    pub identity_audience: bool,
    /// Query parameters that page addresses keep.
    #[serde(default)]
    pub keep_query: Vec<String>,
    /// How long a first reply usually takes.
    #[serde(default, deserialize_with = "optional_span")]
    pub expected_reply: Option<Millis>,
    /// Whether automated browsers count as people.
    #[serde(default)]
    pub allow_automation: bool,
    /// Whether `Sec-GPC` refuses tracking.
    #[serde(default = "yes")]
    pub honour_gpc: bool,
    /// Whether invitations carry scores, stages and the reason through the visitor's browser.
    #[serde(default)]
    pub browser_context: bool,
}

fn yes() -> bool {
    true
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.parse().expect("it is an address"),
            data: PathBuf::from("data"),
            store: StoreConfig::default(),
            public_url: None,
            secret_file: None,
            retention: Millis::from_days(30),
            geo: Vec::new(),
            trusted_proxies: Vec::new(),
            rates: Rates::default(),
            timeouts: Timeouts::default(),
            max_connections: 20_000,
            max_streams: 10_000,
            max_waiting: 8_192,
            cache_mib: 32,
            webhooks: WebhooksConfig::default(),
            log: LogFormat::default(),
            site: Vec::new(),
        }
    }
}

fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Millis, D::Error> {
    let text = String::deserialize(from)?;
    duration(&text).map_err(serde::de::Error::custom)
}

/// A web origin: scheme, host and port, and nothing behind.
fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    let text = text.trim_end_matches('/');
    let url = url::Url::parse(text).ok();
    let url = url.filter(|url| ["http", "https"].contains(&url.scheme()));
    let origin = url.map(|url| url.origin().ascii_serialization());
    let hint = format!("{text:?} is no web origin such as https://ahlan.example.com");
    let fits = origin.filter(|origin| origin == text);
    fits.map(Some).ok_or_else(|| serde::de::Error::custom(hint))
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let parse = |text: String| {
        let network = text.parse().or_else(|_| text.parse().map(IpAddr::into));
        let hint = format!("{text:?} is neither an address nor a network such as 10.0.0.0/8");
        network.map_err(|_| serde::de::Error::custom(hint))
    };
    Vec::<String>::deserialize(from)?
        .into_iter()
        .map(parse)
        .collect()
}

fn optional_span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Millis>, D::Error> {
    span(from).map(Some)
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, where, and what to write instead.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let invalid = |message| ConfigError::Invalid {
            path: path.to_owned(),
            message,
        };
        let config: Self = toml_edit::de::from_str(&text)
            .map_err(|why| invalid(explain(&store::hushed(&why.to_string()))))?;
        config.check().map_err(invalid)?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if !(1..=Semaphore::MAX_PERMITS).contains(&self.max_connections) || self.max_waiting == 0 {
            return Err(
                "`max_connections` and `max_waiting` are at least 1, or nobody is served"
                    .to_owned(),
            );
        }
        if self.retention < SHORTEST_RETENTION {
            return Err(format!(
                "`retention` is at least {SHORTEST_RETENTION}, or visits are forgotten while they last"
            ));
        }
        self.store.check()?;
        if self.site.is_empty() {
            return Err(
                "no [[site]] is set up; each needs `key`, `origins` and `rules`".to_owned(),
            );
        }
        for (at, site) in self.site.iter().enumerate() {
            site.check()?;
            if self.site[..at].iter().any(|other| other.key == site.key) {
                return Err(format!(
                    "two sites have the key {:?}; each needs its own",
                    site.key
                ));
            }
        }
        Ok(())
    }
}

impl SiteConfig {
    fn check(&self) -> Result<(), String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.key.is_empty() || self.key.len() > 64 || !self.key.chars().all(fits) {
            return Err(format!(
                "site {:?}: a key has 1 to 64 of a-z, A-Z, 0-9, - and _",
                self.key
            ));
        }
        if self.origins.is_empty() {
            return Err(format!(
                "site {:?}: `origins` is empty, so no page may speak for it; list them",
                self.key
            ));
        }
        for origin in self.origins.iter().filter(|origin| *origin != "*") {
            let parsed = url::Url::parse(origin)
                .ok()
                .filter(|url| url.origin().ascii_serialization() == *origin);
            if parsed.is_none() {
                let hint = "an origin is scheme, host and port without a path, such as https://shop.example";
                return Err(format!(
                    "site {:?}: {origin:?} is not an origin; {hint}",
                    self.key
                ));
            }
        }
        if let Some(short) = self.tokens.iter().find(|token| token.len() < 16) {
            return Err(format!(
                "site {:?}: a token of {} characters can be guessed; use 16 or more",
                self.key,
                short.len()
            ));
        }
        if let Some(short) = self
            .identity_secrets
            .iter()
            .find(|secret| secret.len() < 32)
        {
            return Err(format!(
                "site {:?}: an identity secret of {} characters can be guessed; use 32 or more: openssl rand -hex 32",
                self.key,
                short.len()
            ));
        }
        Ok(())
    }
}

/// Adds a suggestion to the parser's word on an unknown key: "unknown field `x`, expected one of `a`, `b`".
fn explain(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let unknown = message.contains("unknown field") || message.contains("unknown variant");
    let Some((wrong, known)) = quoted.split_first().filter(|_| unknown) else {
        return message.to_owned();
    };
    match closest(wrong, known.iter().copied()) {
        Some(meant) => format!("{}\ndid you mean `{meant}`?", message.trim_end()),
        None => message.to_owned(),
    }
}
