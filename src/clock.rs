//! The only reader of the wall clock. Everybody else is handed the time.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that owns the clock"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;
use crate::rules::duration;

/// Milliseconds since the Unix epoch by the system's clock; zero if that clock stands before 1970.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The moment that `text` names, seen from `now`: a span before it (`7d`), a day or a moment of RFC 3339 (`2026-11-22`,
/// `2026-11-22T10:00:00Z`; a day begins at midnight UTC), or milliseconds since the epoch.
///
/// # Errors
///
/// What to write instead.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let day = || text.parse::<jiff::civil::Date>().ok();
    let midnight = || Some(day()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(midnight);
    if let Some(moment) = moment {
        let ms = u64::try_from(moment.as_millisecond());
        return Ok(Timestamp(ms.unwrap_or_default()));
    }
    if let Ok(ms) = text.parse() {
        return Ok(Timestamp(ms));
    }
    let span = duration(text).map_err(|_| {
        format!("{text:?} is no moment; write a span such as 7d, a day such as 2026-11-22, a moment such as 2026-11-22T10:00:00Z, or milliseconds")
    })?;
    Ok(now - span)
}

/// A watch that measures how long something takes; unlike [`now`] it never jumps.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts a watch.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spans_days_and_milliseconds() {
        let now = Timestamp(1_763_760_000_000);
        let at = |text| moment(text, now).map(|at| at.0);
        assert_eq!(at("7d"), Ok(now.0 - 7 * 86_400_000));
        assert_eq!(at("2025-11-21"), Ok(1_763_683_200_000));
        assert_eq!(at("2025-11-21T21:20:00Z"), Ok(now.0));
        assert_eq!(at("1763760000000"), Ok(now.0));
        assert!(at("yesterday").unwrap_err().contains("7d"));
    }
}
