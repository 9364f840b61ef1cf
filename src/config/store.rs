//! Where states and the journal are kept.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::store::{AddressError, RedisAddress};

/// Unless told otherwise, each site's visitors are divided into so many buckets.
const DEFAULT_BUCKETS: u16 = 64;
const MAX_BUCKETS: u16 = 1_024;

/// Where states and the journal are kept: in the directory `data` unless told otherwise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// In a Redis that many nodes share.
    #[serde(deserialize_with = "optional_table")]
    pub redis: Option<RedisConfig>,
}

/// A Redis that many nodes share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// Where it is: one address, or those of some nodes of a cluster.
    pub urls: Vec<StoreUrl>,
    /// Whether the addresses are those of a cluster's nodes; unless told, their scheme says it.
    #[serde(default)]
    pub cluster: Option<bool>,
    /// Into how many buckets each site's visitors are divided: a power of two up to 1,024. What the installation began
    /// with goes before it.
    #[serde(default = "default_buckets")]
    pub buckets: u16,
    /// How many replicas must have confirmed a change before it is acknowledged.
    #[serde(default)]
    pub replicas: u8,
}

/// An address that may hold a password, which is never shown.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct StoreUrl(String);

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match RedisAddress::parse(&self.0) {
            Ok(address) => fmt::Display::fmt(&address, f),
            Err(_) => f.write_str("(not an address)"),
        }
    }
}

/// Any text, so that no complaint about it shows it.
impl FromStr for StoreUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl AsRef<str> for StoreUrl {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn default_buckets() -> u16 {
    DEFAULT_BUCKETS
}

impl StoreConfig {
    /// What a command line says: one address.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn at(url: &StoreUrl) -> Result<Self, AddressError> {
        RedisAddress::parse(&url.0)?;
        Ok(Self {
            redis: Some(RedisConfig {
                urls: vec![url.clone()],
                cluster: None,
                buckets: DEFAULT_BUCKETS,
                replicas: 0,
            }),
        })
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let Some(redis) = &self.redis else {
            return Ok(());
        };
        redis
            .address()
            .map_err(|why| format!("`store.redis`: {why}"))?;
        if redis.buckets.is_power_of_two() && redis.buckets <= MAX_BUCKETS {
            Ok(())
        } else {
            Err(format!(
                "`store.redis.buckets` is a power of two up to {MAX_BUCKETS}, not {}; it is chosen once, when the \
                 installation begins",
                redis.buckets
            ))
        }
    }
}

impl RedisConfig {
    /// Where the Redis is.
    ///
    /// # Errors
    ///
    /// What is wrong with the addresses.
    pub fn address(&self) -> Result<RedisAddress, AddressError> {
        let address = RedisAddress::parse_all(&self.urls, self.cluster == Some(true))?;
        match self.cluster {
            Some(cluster) if cluster != address.is_cluster() => {
                Err(AddressError::Contradiction(cluster, address.to_string()))
            }
            Some(_) | None => Ok(address),
        }
    }
}

/// Where an address belongs.
const PLACE_OF_ADDRESS: &str =
    "an address stands in a list: store = { redis = { urls = [\"redis://host:port\"] } }";

/// Reads a table. Who writes an address in its place is told where that belongs.
pub(super) fn table<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_any(Table(PhantomData))
}

fn optional_table<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    table(from).map(Some)
}

struct Table<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<T, E> {
        Err(E::custom(PLACE_OF_ADDRESS))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A parser's complaint, which shows lines of the file, without the logins of addresses in it.
pub(super) fn hushed(message: &str) -> String {
    let mut parts = message.split("://");
    let mut hushed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        hushed.push_str("://");
        let end = part.find(['"', '\'', '\n']).unwrap_or(part.len());
        match part[..end].rfind('@') {
            Some(at) => {
                hushed.push('…');
                hushed.push_str(&part[at..]);
            }
            None => hushed.push_str(part),
        }
    }
    hushed
}
