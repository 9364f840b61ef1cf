//! Identities. All are small and fixed in size, so that a visitor's state stays small.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Why a text is not an id.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// The text has the wrong length for the id.
    #[error("expected {expected} characters of base64url, found {found}")]
    Length {
        /// How many characters the id has.
        expected: usize,
        /// How many characters the text has.
        found: usize,
    },
    /// The text has a character that base64url does not have, or stray bits at its end.
    #[error("not base64url: use A-Z, a-z, 0-9, '-' and '_' without padding")]
    Alphabet,
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let expected = (N * 4).div_ceil(3);
    if text.len() != expected {
        return Err(IdError::Length {
            expected,
            found: text.chars().count(),
        });
    }
    let mut bytes = [0; N];
    URL_SAFE_NO_PAD
        .decode_slice(text, &mut bytes)
        .map_err(|_| IdError::Alphabet)?;
    Ok(bytes)
}

macro_rules! base64_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if from.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; $bytes]>::deserialize(from).map(Self)
                }
            }
        }
    };
}

base64_id!(
    /// The secret a browser keeps: 128 random bits, 22 characters of base64url on the wire. Never stored, never logged.
    VisitorKey,
    16
);
base64_id!(
    /// The public id of a visitor, derived from site and visitor key by a keyed hash: knowing it lets nobody act as the visitor.
    VisitorId,
    16
);
base64_id!(
    /// One visit, derived from the visitor and the moment it began.
    SessionId,
    8
);
base64_id!(
    /// One invitation, derived from the visitor, the trigger and the moment of the offer. Whoever knows the visitor can
    /// tell the trigger from it.
    InvitationId,
    8
);

base64_id!(
    /// Somebody who signs in. Random.
    UserId,
    8
);

impl fmt::Debug for VisitorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorKey(secret)")
    }
}

macro_rules! debug_as_display {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )*};
}
debug_as_display!(VisitorId, SessionId, InvitationId, UserId, RuleSetHash);

/// The first eight bytes of a BLAKE3 hash over the parts, each preceded by its length.
fn digest(parts: &[&[u8]]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    first
}

impl VisitorId {
    /// Derives the public id from the site and the browser's secret under the installation's `secret`.
    pub fn derive(secret: &[u8; 32], site: Key, key: VisitorKey) -> Self {
        let mut input = [0; 20];
        input[..4].copy_from_slice(&site.0.to_le_bytes());
        input[4..].copy_from_slice(&key.0);
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::keyed_hash(secret, &input).as_bytes()[..16]);
        Self(id)
    }
}

impl SessionId {
    /// The session of `visitor` that began at `started_ms` (milliseconds since the epoch).
    pub fn derive(visitor: VisitorId, started_ms: u64) -> Self {
        Self(digest(&[b"session", &visitor.0, &started_ms.to_le_bytes()]))
    }
}

impl InvitationId {
    /// The `nth` invitation of `visitor`, made by `trigger` at `offered_ms`.
    pub fn derive(visitor: VisitorId, trigger: Key, offered_ms: u64, nth: u32) -> Self {
        let (trigger, offered, nth) = (
            trigger.0.to_le_bytes(),
            offered_ms.to_le_bytes(),
            nth.to_le_bytes(),
        );
        let parts: [&[u8]; 5] = [b"invitation", &visitor.0, &trigger, &offered, &nth];
        let [a, b, c, d, ..] = digest(&parts);
        Self([a, b, c, d, 0, 0, 0, 0]).sealed(visitor, trigger)
    }

    /// The invitation of `visitor` that an agent made by the word `event`, in the words of `trigger`.
    pub fn by_hand(visitor: VisitorId, trigger: Key, event: EventId) -> Self {
        let number = Self::number_by_hand(visitor, event);
        let [a, b, c, d] = number;
        Self([a, b, c, d, 0, 0, 0, 0]).sealed(visitor, trigger.0.to_le_bytes())
    }

    /// Whether this is the invitation of `visitor` that an agent made by the word `event`, whatever its words.
    pub fn is_by_hand(self, visitor: VisitorId, event: EventId) -> bool {
        self.0[..4] == Self::number_by_hand(visitor, event)
    }

    fn number_by_hand(visitor: VisitorId, event: EventId) -> [u8; 4] {
        let [a, b, c, d, ..] = digest(&[b"by hand", &visitor.0, &event.0.to_le_bytes()]);
        [a, b, c, d]
    }

    /// The trigger that made this invitation of `visitor`. An id that was made up names one that nobody knows, or any.
    pub fn trigger(self, visitor: VisitorId) -> Key {
        let Self([.., a, b, c, d]) = self.sealed(visitor, [0; 4]);
        Key(u32::from_le_bytes([a, b, c, d]))
    }

    /// The same invitation under a pseudonym: another `number` and visitor, the same trigger.
    #[must_use]
    pub fn under(self, number: [u8; 4], from: VisitorId, to: VisitorId) -> Self {
        let [a, b, c, d] = number;
        let trigger = self.trigger(from).0.to_le_bytes();
        Self([a, b, c, d, 0, 0, 0, 0]).sealed(to, trigger)
    }

    /// Lays the trigger and the visitor, which is a random number, over the last four bytes.
    fn sealed(mut self, visitor: VisitorId, trigger: [u8; 4]) -> Self {
        let both = visitor.0.iter().zip(trigger);
        for (byte, (one, other)) in self.0[4..].iter_mut().zip(both) {
            *byte ^= one ^ other;
        }
        self
    }
}

/// A name that a marketer chose (a site, page type, score, rule or trigger), as a 32-bit FNV-1a hash.
///
/// State refers to names by key, so it survives a new rule set; the compiler refuses two names with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub u32);

impl Key {
    /// The key of `name`.
    pub const fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let (mut hash, mut i) = (0x811c_9dc5_u32, 0);
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
            i += 1;
        }
        Self(hash)
    }
}

/// The fingerprint of a compiled rule set: 64 bits of the BLAKE3 hash of its sources.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleSetHash(pub u64);

impl fmt::Display for RuleSetHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// 64 bits of a text that a sender chose; enough to tell one visitor's events and pages apart.
fn fingerprint(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    let (first, _) = hash
        .as_bytes()
        .split_first_chunk::<8>()
        .expect("a hash has 32 bytes");
    u64::from_le_bytes(*first)
}

/// An event's identity within its visitor, as the fingerprint of the id that the sender chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

impl EventId {
    /// The fingerprint of the sender's id.
    pub fn of(text: &str) -> Self {
        Self(fingerprint(text))
    }
}

/// One look at one page, as the fingerprint of the id that the tracker chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageId(pub u64);

impl PageId {
    /// The fingerprint of the tracker's page id.
    pub fn of(text: &str) -> Self {
        Self(fingerprint(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_names_its_trigger_to_whoever_knows_the_visitor() {
        let (visitor, other) = (VisitorId([3; 16]), VisitorId([250; 16]));
        let trigger = Key::of("hello");
        let id = InvitationId::derive(visitor, trigger, 1_763_760_000_000, 4);
        assert_eq!(id.trigger(visitor), trigger);
        assert_ne!(id.trigger(other), trigger);
        assert_ne!(
            id,
            InvitationId::derive(visitor, trigger, 1_763_760_000_000, 5)
        );
        let hidden = id.under([1, 2, 3, 4], visitor, other);
        assert_eq!(hidden.trigger(other), trigger);
        assert_eq!(hidden.0[..4], [1, 2, 3, 4]);
        let by_hand = InvitationId::by_hand(visitor, trigger, EventId(9));
        assert_eq!(by_hand.trigger(visitor), trigger);
        assert!(by_hand.is_by_hand(visitor, EventId(9)));
        assert!(!by_hand.is_by_hand(other, EventId(9)) && !id.is_by_hand(visitor, EventId(9)));
    }

    #[test]
    fn a_visitor_id_hides_the_key_and_separates_sites() {
        let key = VisitorKey([7; 16]);
        let a = VisitorId::derive(&[1; 32], Key::of("shop"), key);
        assert_ne!(a, VisitorId::derive(&[1; 32], Key::of("club"), key));
        assert_ne!(a, VisitorId::derive(&[2; 32], Key::of("shop"), key));
        assert_ne!(a.0, key.0);
    }

    #[test]
    fn ids_survive_their_text() {
        let id = VisitorId([9; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            "short".parse::<VisitorId>(),
            Err(IdError::Length {
                expected: 22,
                found: 5
            })
        );
        assert_eq!(
            "!!!!!!!!!!!!!!!!!!!!!!".parse::<VisitorId>(),
            Err(IdError::Alphabet)
        );
    }
}
