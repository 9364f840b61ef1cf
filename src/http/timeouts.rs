//! How long a peer may take, so that none holds a place for ever.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::domain::Millis;
use crate::rules::duration;

const SHORTEST: Millis = Millis(100);
const LONGEST: Millis = Millis::from_mins(10);

/// How long a peer may take.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For the head of a request, and between two requests on one connection.
    #[serde(deserialize_with = "span")]
    pub head: Duration,
    /// For a request's body.
    #[serde(deserialize_with = "span")]
    pub body: Duration,
    /// For taking what was sent to it.
    #[serde(deserialize_with = "span")]
    pub send: Duration,
    /// For requests under way when the service stops.
    #[serde(deserialize_with = "span")]
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            send: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let span = duration(&text).map_err(serde::de::Error::custom)?;
    if (SHORTEST..=LONGEST).contains(&span) {
        Ok(Duration::from_millis(span.0))
    } else {
        let hint = format!("{text:?} is no time-out; write {SHORTEST} to {LONGEST}");
        Err(serde::de::Error::custom(hint))
    }
}
