//! Reading a collect request: the envelope as a whole, then each event by itself, so that one bad event is refused
//! by its index and the rest of its batch is taken.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Event, Millis, Reject, Timestamp, VisitorKey};
use crate::enrich::Interner;
use crate::pipeline::Landing;

use super::event::{self, Refused, Wishes};
use super::problem::{Kind, Problem};

/// The largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1_024;
/// The most events in a batch.
pub const MAX_EVENTS: usize = 50;
/// The largest event, in bytes.
pub const MAX_EVENT: usize = 8 * 1_024;
/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 8;
/// Events that happened longer ago are refused.
pub const MAX_AGE: Millis = Millis::from_hours(24);

/// An event sits this deep in its envelope.
const EVENT_DEPTH: usize = 2;

/// What a tracker posts.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// The site's public key.
    #[serde(borrow)]
    pub site: Cow<'a, str>,
    /// The browser's secret.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The sender's clock when it sent, in milliseconds since the epoch.
    pub sent: Option<f64>,
    /// Whether the browser says that a program drives it.
    #[serde(default)]
    pub webdriver: bool,
    /// The last invitation that the browser remembers, as it came.
    #[serde(borrow)]
    pub known: Option<&'a RawValue>,
    /// The events as they came.
    #[serde(borrow, default)]
    pub events: Vec<&'a RawValue>,
}

/// A batch after reading: the good events, and the refused ones by index.
#[derive(Debug, Default)]
pub struct Read {
    /// The good events with their index in the request.
    pub events: Vec<Event>,
    /// The index in the request of each good event.
    pub indices: Vec<usize>,
    /// The refused events.
    pub refused: Vec<(usize, Refused)>,
    /// The first page, for enrichment.
    pub landing: Option<Landing>,
}

/// Reads a body as an envelope.
///
/// # Errors
///
/// What is wrong with the body, and where.
pub fn parse(body: &[u8]) -> Result<Envelope<'_>, Problem> {
    let envelope: Envelope<'_> = parse_body(body)?;
    if envelope.events.is_empty() || envelope.events.len() > MAX_EVENTS {
        let detail = format!(
            "`events` has {}; send them in batches",
            envelope.events.len()
        );
        return Err(Problem::new(Kind::BadBatchSize, detail));
    }
    Ok(envelope)
}

/// Reads any small JSON body of a known shape.
///
/// # Errors
///
/// What is wrong with the body, and where.
pub fn parse_body<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|why| {
        Problem::new(
            Kind::InvalidUtf8,
            format!("byte {} does not belong to UTF-8", why.valid_up_to()),
        )
    })?;
    object(text)
        .and_then(serde_json::from_str)
        .map_err(|why| unreadable(text, &why))
}

/// A text that begins as an object does. The fields of a struct may also come as a list; nobody is promised that.
pub(super) fn object(text: &str) -> serde_json::Result<&str> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    if text.trim_start_matches(space).starts_with('{') {
        Ok(text)
    } else {
        Err(serde::de::Error::custom("this is not a JSON object"))
    }
}

fn unreadable(text: &str, why: &serde_json::Error) -> Problem {
    if depth(text) > MAX_DEPTH {
        return Problem::new(
            Kind::TooDeep,
            format!("arrays and objects nest at most {MAX_DEPTH} levels"),
        );
    }
    Problem::new(Kind::Malformed, why.to_string())
}

/// The visitor key in an envelope.
///
/// # Errors
///
/// [`Kind::BadKey`] when it is not 128 bits in base64url.
pub fn visitor_key(text: &str) -> Result<VisitorKey, Problem> {
    text.parse()
        .map_err(|why: crate::domain::IdError| Problem::new(Kind::BadKey, format!("`key`: {why}")))
}

impl Envelope<'_> {
    /// Reads every event.
    pub fn read(&self, wishes: Wishes<'_>, interner: &Interner, now: Timestamp) -> Read {
        let mut read = Read::default();
        let clock = Clock::new(self.sent, now);
        for (index, raw) in self.events.iter().enumerate() {
            match read_one(raw.get(), &clock, wishes, interner) {
                Ok((event, landing)) => {
                    read.landing = read.landing.or(landing);
                    read.events.push(event);
                    read.indices.push(index);
                }
                Err(refused) => read.refused.push((index, refused)),
            }
        }
        read
    }
}

fn read_one(
    raw: &str,
    clock: &Clock,
    wishes: Wishes<'_>,
    interner: &Interner,
) -> Result<(Event, Option<Landing>), Refused> {
    if raw.len() > MAX_EVENT {
        return Err(Refused::new(
            Reject::EventTooLarge,
            format!("{} bytes; at most {MAX_EVENT}", raw.len()),
        ));
    }
    if EVENT_DEPTH + depth(raw) > MAX_DEPTH {
        return Err(Refused::new(
            Reject::TooDeep,
            format!("the body nests at most {MAX_DEPTH} levels"),
        ));
    }
    event::read(raw, clock, wishes, interner)
}

/// The deepest nesting of arrays and objects in a JSON text.
fn depth(text: &str) -> usize {
    let opening = |byte: &u8| matches!(byte, b'{' | b'[');
    // A text with few brackets cannot be deep: most are told apart here without looking at strings.
    let brackets = text.bytes().filter(|byte| opening(byte)).count();
    if brackets + EVENT_DEPTH <= MAX_DEPTH {
        return brackets;
    }
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Corrects the times of a sender whose clock is off.
#[derive(Debug)]
pub struct Clock {
    /// What to add to the sender's times, in milliseconds.
    offset: f64,
    now: Timestamp,
}

impl Clock {
    /// The service's time.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn new(sent: Option<f64>, now: Timestamp) -> Self {
        let offset = sent
            .filter(|sent| sent.is_finite())
            .map_or(0.0, |sent| now.0 as f64 - sent);
        Self { offset, now }
    }

    /// The time of an event by the server's clock: never later than now, at most [`MAX_AGE`] ago.
    ///
    /// # Errors
    ///
    /// [`Reject::TooOld`] when it happened longer ago.
    pub fn correct(&self, at: Option<f64>) -> Result<Timestamp, Refused> {
        let Some(at) = at else { return Ok(self.now) };
        if !at.is_finite() {
            return Err(Refused::new(
                Reject::BadNumber,
                "`at` is milliseconds since 1970",
            ));
        }
        let corrected = at + self.offset;
        if corrected >= self.now.0 as f64 {
            return Ok(self.now);
        }
        let age = self.now.0 as f64 - corrected;
        if age > MAX_AGE.0 as f64 {
            return Err(Refused::new(
                Reject::TooOld,
                format!("{:.0} hours ago; at most 24", age / 3_600_000.0),
            ));
        }
        Ok(Timestamp(corrected as u64))
    }

    /// The time of something that may be long past, by the server's clock; `None` when it lies in the future.
    pub(super) fn past(&self, at: f64) -> Option<Timestamp> {
        let corrected = at + self.offset;
        let past = (0.0..=self.now.0 as f64).contains(&corrected);
        past.then_some(Timestamp(corrected as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_in_strings() {
        assert_eq!(depth(r#"{"a":"[[[[[[[[[[[[","b":["\"[",{}]}"#), 3);
        assert_eq!(depth(&"[".repeat(40)), 40);
        assert_eq!(depth("{}"), 1);
    }

    #[test]
    fn times_are_corrected_by_the_senders_clock() {
        let now = Timestamp(1_000_000_000);
        let hour_ahead = Clock::new(Some(1_003_600_000.0), now);
        assert_eq!(
            hour_ahead.correct(Some(1_003_590_000.0)).unwrap(),
            Timestamp(999_990_000)
        );
        assert_eq!(hour_ahead.correct(None).unwrap(), now);
        let right = Clock::new(Some(1_000_000_000.0), now);
        assert_eq!(
            right.correct(Some(1_000_000_500.0)).unwrap(),
            now,
            "the future is now"
        );
        assert_eq!(right.correct(Some(f64::MAX)).unwrap(), now);
        assert_eq!(right.correct(Some(0.0)).unwrap_err().reason, Reject::TooOld);
        assert_eq!(
            right.correct(Some(f64::NAN)).unwrap_err().reason,
            Reject::BadNumber
        );
    }
}
