//! A site's receivers: where they are, what they want to hear of, and the secrets that sign what they are sent. All of a
//! site's are one small document, changed as a whole and by comparison.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use crate::domain::{Key, Millis, Timestamp};
use crate::store::StoreError;

use super::address::is_public;
use super::signature;
use super::topic::Topic;

/// How many receivers a site may have.
pub const MOST_ENDPOINTS: usize = 20;
/// How many characters a receiver's address may have.
pub const MOST_URL_CHARS: usize = 1_000;
/// So long a secret still signs after another has taken its place.
pub const OLD_SECRET_SIGNS_FOR: Millis = Millis::from_hours(24);
/// How many secrets sign at once.
const MOST_SECRETS: usize = 2;

/// Why receivers were not changed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// The address cannot be called.
    #[error("{0}")]
    Url(String),
    /// There is no more room.
    #[error("a site has at most {MOST_ENDPOINTS} webhooks; remove one first")]
    TooMany,
    /// Nobody has this id.
    #[error("no webhook has this id")]
    Unknown,
    /// Others were faster, again and again.
    #[error("others change the webhooks at this moment; try again")]
    Contended,
    /// The document is not what it should be.
    #[error("the webhooks cannot be read: {0}")]
    Unreadable(String),
    /// There is no chance to be had.
    #[error("no secret can be drawn: {0}")]
    NoSecret(String),
    /// The store did not take or show something.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a receiver wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Topics {
    /// Everything.
    All(Star),
    /// These.
    Some(Vec<Topic>),
}

/// `*`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Star {
    /// `*`
    #[serde(rename = "*")]
    Star,
}

impl Topics {
    /// Everything.
    pub const ALL: Self = Self::All(Star::Star);

    /// Whether this is wanted.
    pub fn want(&self, topic: Topic) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(topics) => topics.contains(&topic),
        }
    }
}

/// What signs a receiver's messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its bytes, in base64.
    key: String,
    /// When it was drawn.
    pub created_at: Timestamp,
    /// When it signs no more; `None` for the one that is in use.
    pub expires_at: Option<Timestamp>,
}

impl Secret {
    /// A secret of these bytes.
    pub fn new(key: [u8; signature::SECRET_BYTES], now: Timestamp) -> Self {
        Self {
            key: STANDARD.encode(key),
            created_at: now,
            expires_at: None,
        }
    }

    /// As it is shown, once.
    pub fn shown(&self) -> String {
        signature::shown(&self.bytes())
    }

    /// Its last characters, by which people tell secrets apart.
    pub fn hint(&self) -> String {
        let shown = self.shown();
        format!("…{}", &shown[shown.len().saturating_sub(5)..])
    }

    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.key).unwrap_or_default()
    }
}

/// One receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its identity.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// What it wants to hear of.
    pub events: Topics,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why not, unless somebody chose so.
    pub disabled_because: Option<String>,
    /// What signs; the one in use first.
    pub secrets: Vec<Secret>,
    /// When it was set up.
    pub created_at: Timestamp,
}

impl Endpoint {
    /// A receiver that is told of these from now on.
    pub fn new(id: [u8; 9], url: String, events: Topics, secret: Secret, now: Timestamp) -> Self {
        Self {
            id: format!("wh_{}", URL_SAFE_NO_PAD.encode(id)),
            url,
            events,
            enabled: true,
            disabled_because: None,
            secrets: vec![secret],
            created_at: now,
        }
    }

    /// The key under which the store keeps parcels for it.
    pub fn key(&self) -> Key {
        Key::of(&self.id)
    }

    /// Whether it is told of this now.
    pub fn hears(&self, topic: Topic) -> bool {
        self.enabled && self.events.want(topic)
    }

    /// Puts another secret in use; the one before it signs for a while beside it.
    pub fn rotate(&mut self, secret: Secret, now: Timestamp) {
        if let Some(old) = self.secrets.first_mut() {
            old.expires_at = Some(now + OLD_SECRET_SIGNS_FOR);
        }
        self.secrets.insert(0, secret);
        self.secrets.truncate(MOST_SECRETS);
    }

    /// The keys that sign now.
    pub fn keys(&self, now: Timestamp) -> Vec<Vec<u8>> {
        let signs = |secret: &&Secret| secret.expires_at.is_none_or(|end| end > now);
        let signing = self.secrets.iter().filter(signs);
        signing.map(Secret::bytes).collect()
    }
}

/// The address that a text is, if the service may call it. With `allow_private` any host will do, and no TLS.
///
/// # Errors
///
/// What to write instead.
pub fn parse_url(text: &str, allow_private: bool) -> Result<Url, EndpointError> {
    let refuse = |why: &str| Err(EndpointError::Url(format!("`url` {why}")));
    if text.chars().count() > MOST_URL_CHARS {
        return refuse("is too long");
    }
    let Ok(url) = Url::parse(text) else {
        return refuse("is no address; write one such as https://crm.example.com/hooks/ahlan");
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        _ => return refuse("begins with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("has no name and no password; what is sent is signed");
    }
    if url.fragment().is_some() {
        return refuse("has no fragment");
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return refuse("has no host"),
    };
    if literal.is_some_and(|address| !allow_private && !is_public(address)) {
        return refuse("is not on the public internet; `webhooks.allow_private` lets it be");
    }
    Ok(url)
}

/// All receivers of a site, as the store keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// They, in the order in which they were set up.
    pub endpoints: Vec<Endpoint>,
}

impl Endpoints {
    /// The one with this id.
    pub fn get(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }

    /// The one with this id, to be changed.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Unknown`].
    pub fn get_mut(&mut self, id: &str) -> Result<&mut Endpoint, EndpointError> {
        let mut all = self.endpoints.iter_mut();
        let found = all.find(|endpoint| endpoint.id == id);
        found.ok_or(EndpointError::Unknown)
    }

    /// The one that parcels with this key are for.
    pub fn by_key(&self, key: Key) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.key() == key)
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// [`EndpointError::TooMany`].
    pub fn add(&mut self, endpoint: Endpoint) -> Result<(), EndpointError> {
        if self.endpoints.len() >= MOST_ENDPOINTS {
            return Err(EndpointError::TooMany);
        }
        self.endpoints.push(endpoint);
        Ok(())
    }
}

/// The document with a site's receivers.
pub fn document(site: &str) -> Key {
    Key::of(&format!("webhooks:{site}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_760_000_000);

    fn endpoint() -> Endpoint {
        let secret = Secret::new([1; 32], START);
        let topics = Topics::Some(vec![Topic::SessionEnded]);
        Endpoint::new(
            [2; 9],
            "https://crm.example/".to_owned(),
            topics,
            secret,
            START,
        )
    }

    #[test]
    fn two_secrets_sign_while_one_is_changed() {
        let mut endpoint = endpoint();
        assert_eq!(endpoint.keys(START), [vec![1; 32]]);
        endpoint.rotate(Secret::new([3; 32], START), START);
        assert_eq!(endpoint.keys(START), [vec![3; 32], vec![1; 32]]);
        let later = START + OLD_SECRET_SIGNS_FOR;
        assert_eq!(endpoint.keys(later), [vec![3; 32]]);
        endpoint.rotate(Secret::new([4; 32], START), START);
        endpoint.rotate(Secret::new([5; 32], START), START);
        assert_eq!(endpoint.keys(START), [vec![5; 32], vec![4; 32]]);
        assert_eq!(endpoint.secrets[0].hint().chars().count(), 6);
    }

    #[test]
    fn a_receiver_is_kept_as_it_is_written() {
        let mut all = Endpoints::default();
        all.add(endpoint()).unwrap();
        let mut everything = endpoint();
        everything.events = Topics::ALL;
        all.add(everything).unwrap();
        let text = serde_json::to_string(&all).unwrap();
        assert!(text.contains(r#""events":"*""#) && text.contains(r#"["session.ended"]"#));
        assert_eq!(serde_json::from_str::<Endpoints>(&text).unwrap(), all);
        assert!(!all.endpoints[0].hears(Topic::ChatRequested));
        assert!(all.endpoints[1].hears(Topic::ChatRequested));
        let many = (0..99).map(|_| all.add(endpoint()));
        assert_eq!(many.last(), Some(Err(EndpointError::TooMany)));
    }

    #[test]
    fn only_public_addresses_with_tls_are_taken() {
        let refused = |text: &str| parse_url(text, false).is_err();
        assert!(!refused("https://crm.example/hooks?token=1"));
        assert!(!refused("https://93.184.216.34:8443/"));
        for text in [
            "crm.example",
            "http://crm.example/",
            "ftp://crm.example/",
            "https://user@crm.example/",
            "https://:password@crm.example/",
            "https://crm.example/#part",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data/",
        ] {
            assert!(refused(text), "{text}");
        }
        assert!(parse_url("http://127.0.0.1:9000/", true).is_ok());
        let long = format!("https://crm.example/{}", "x".repeat(MOST_URL_CHARS));
        assert!(refused(&long));
    }
}
