//! What opens a door by being known: sessions, tokens and one-time links. Only its hash is kept.

use std::fmt;
use std::io;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::secret;

/// The hash of a code, under which it is kept. A code has 256 random bits, so a fast hash is enough: there is nothing
/// to guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The hash of a code's text.
    pub fn of(text: &str) -> Self {
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("not the hash of a code")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A code, as it is handed out once.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Draws one; `mark` is put before it, so that people and scanners know what it is.
    ///
    /// # Errors
    ///
    /// When the operating system has no random numbers to give.
    pub fn draw(mark: &str) -> io::Result<Self> {
        let bytes = secret::random::<32>()?;
        Ok(Self(format!("{mark}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Its text, for whom it is meant.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The hash under which it is kept.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_kept_as_its_hash_and_shown_to_nobody() {
        let code = Code::draw("ahlan_").unwrap();
        assert!(code.text().starts_with("ahlan_"));
        assert_ne!(code, Code::draw("ahlan_").unwrap());
        assert_eq!(code.digest(), Digest::of(code.text()));
        assert_eq!(format!("{code:?}"), "Code(secret)");
        let kept = serde_json::to_string(&code.digest()).unwrap();
        assert!(!kept.contains(code.text()));
        assert_eq!(
            serde_json::from_str::<Digest>(&kept).unwrap(),
            code.digest()
        );
        assert!(serde_json::from_str::<Digest>("\"abc\"").is_err());
    }
}
