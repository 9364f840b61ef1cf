//! The site's local time. Pure: everything follows from a moment and a time zone with bundled data.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

const DAY_SECS: i64 = 86_400;
/// Milliseconds of a day.
pub(super) const DAY_MILLIS: u64 = 86_400_000;

/// A date in days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`).
pub(super) fn number(date: Date) -> i64 {
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + i64::from(date.day()) - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

/// The moment as the library counts it; what lies beyond its calendar is its last moment.
fn moment(now: Timestamp) -> jiff::Timestamp {
    let millis = i64::try_from(now.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}

fn timestamp(moment: jiff::Timestamp) -> Timestamp {
    Timestamp(u64::try_from(moment.as_millisecond()).unwrap_or(0))
}

/// Date and time of day at `now`.
pub(super) fn local(zone: &TimeZone, now: Timestamp) -> DateTime {
    zone.to_datetime(moment(now))
}

/// The day at `now`, in days since 1970-01-01 by the local calendar.
pub(super) fn day(zone: &TimeZone, now: Timestamp) -> u32 {
    let at = moment(now);
    let secs = at.as_second() + i64::from(zone.to_offset(at).seconds());
    u32::try_from(secs.div_euclid(DAY_SECS)).unwrap_or(0)
}

/// The moments at which local clocks show this minute of the day: two on the day they are set back. A minute that is
/// skipped when clocks are set forward comes as much later.
pub(super) fn moments(zone: &TimeZone, date: Date, minute: u16) -> impl Iterator<Item = Timestamp> {
    let (hour, minute) = (minute / 60, minute % 60);
    let time = i8::try_from(hour).ok().zip(i8::try_from(minute).ok());
    let local = match time {
        Some((hour @ 0..24, minute)) => Some(date.at(hour, minute, 0, 0)),
        _ => date.tomorrow().ok().map(|next| next.at(0, 0, 0, 0)),
    };
    let ambiguous = local.map(|local| zone.to_ambiguous_timestamp(local));
    let both = ambiguous.map(|ambiguous| [ambiguous.earlier(), ambiguous.later()]);
    both.into_iter()
        .flatten()
        .filter_map(Result::ok)
        .map(timestamp)
}

/// When local clocks are next set forward or back.
pub(super) fn next_shift(zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    zone.following(moment(now))
        .next()
        .map(|shift| timestamp(shift.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_local_midnight() {
        let riyadh = TimeZone::get("Asia/Riyadh").unwrap();
        let midnight = Timestamp(1_763_758_800_000); // 2025-11-21T21:00:00Z
        assert_eq!(day(&riyadh, midnight), 20_414);
        assert_eq!(day(&riyadh, Timestamp(midnight.0 - 1)), 20_413);
        assert_eq!(day(&TimeZone::UTC, midnight), 20_413);
    }

    #[test]
    fn every_date_has_its_number() {
        for (date, number) in [
            (jiff::civil::date(1969, 12, 31), -1),
            (jiff::civil::date(1970, 1, 1), 0),
            (jiff::civil::date(2000, 2, 29), 11_016),
            (jiff::civil::date(2000, 3, 1), 11_017),
            (jiff::civil::date(2025, 11, 22), 20_414),
        ] {
            assert_eq!(super::number(date), number, "{date}");
        }
    }

    #[test]
    fn the_ends_of_time_are_days_too() {
        for zone in [TimeZone::UTC, TimeZone::get("America/New_York").unwrap()] {
            assert_eq!(day(&zone, Timestamp(0)), 0);
            assert!(day(&zone, Timestamp(u64::MAX)) > 2_900_000);
            assert!(local(&zone, Timestamp(u64::MAX)).year() == 9999);
        }
    }
}
