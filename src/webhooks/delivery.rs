//! A message on its way to one receiver, as the outbox keeps it, and what became of each try, as the log does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::{Key, Timestamp, VisitorId};
use crate::store::{Parcel, ParcelId};

use super::endpoint::Endpoint;
use super::payload::Message;
use super::topic::Topic;

/// How many tries of each receiver the log keeps.
pub const MOST_LOGGED: usize = 1_000;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What it tells of.
    pub topic: Topic,
    /// The message's identity.
    pub message: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub tries: u8,
    /// What is sent.
    pub body: String,
}

impl Delivery {
    /// A message that was not tried yet.
    pub fn new(message: &Message, now: Timestamp) -> Self {
        Self {
            topic: message.topic,
            message: message.id.clone(),
            created_at: now,
            tries: 0,
            body: message.body.clone(),
        }
    }

    /// As a parcel for a receiver, about a visitor. The same message for the same receiver is the same parcel, unless it
    /// is sent again on somebody's word: `nth` tells them apart.
    pub fn parcel(
        &self,
        endpoint: &Endpoint,
        (site, visitor): (Key, VisitorId),
        nth: u64,
        due: Timestamp,
    ) -> Parcel {
        let hash = blake3::Hasher::new()
            .update(endpoint.id.as_bytes())
            .update(self.message.as_bytes())
            .update(&nth.to_be_bytes())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        Parcel {
            id: ParcelId(id),
            site,
            visitor,
            receiver: endpoint.key(),
            due,
            bytes: self.bytes(),
        }
    }

    /// What a parcel says.
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a delivery serializes into memory")
    }

    /// What a parcel says, if it is a delivery.
    pub fn of(parcel: &Parcel) -> Option<Self> {
        postcard::from_bytes(&parcel.bytes).ok()
    }
}

/// How a delivery goes by its name.
pub fn name(id: ParcelId) -> String {
    URL_SAFE_NO_PAD.encode(id.0)
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It did not, and is asked again.
    Failed,
    /// It did not, and is asked no more.
    GivenUp,
    /// It said that it is gone for good; it is told nothing any more.
    Gone,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Failed, Self::GivenUp, Self::Gone];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Gone => "gone",
        }
    }

    /// The outcome with this word.
    pub fn named(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|outcome| outcome.as_str() == word)
    }
}

/// One try, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Which delivery.
    pub delivery: String,
    /// The delivery itself, after this try.
    pub sent: Delivery,
    /// Whom it is about.
    pub visitor: VisitorId,
    /// When it was tried.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// What was wrong.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub answer: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// When it is tried again.
    pub next_at: Option<Timestamp>,
    /// The receiver wants to be left alone until then.
    pub not_before: Option<Timestamp>,
}

/// The log of what became of a receiver's deliveries.
pub fn log(site: &str, endpoint: &str) -> Key {
    Key::of(&format!("deliveries:{site}:{endpoint}"))
}
