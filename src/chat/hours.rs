//! When a department is open. Pure: all of it follows from the settings and a moment.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::{Millis, Timestamp};
use crate::rules::{Calendar, Holiday, Span};

/// How far ahead an opening is looked for.
const HORIZON: Millis = Millis::from_days(366);
/// The calendar foretells what changes within this time.
const FORETOLD: Millis = Millis::from_days(7);

/// A week's hours, and the days that have none, by the clocks of a time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours(Calendar);

/// How things stand at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is open.
    pub open: bool,
    /// When that changes next; `None` when it does not within a year.
    pub changes_at: Option<Timestamp>,
}

impl Hours {
    /// Hours by weekday, Monday first, in a zone. Closed on `holidays`.
    pub fn new(
        zone: TimeZone,
        week: [Vec<Span>; 7],
        holidays: impl IntoIterator<Item = Date>,
    ) -> Self {
        let closed = holidays.into_iter().map(|day| (day, Holiday::default()));
        let holidays: BTreeMap<Date, Holiday> = closed.collect();
        Self(Calendar::new(zone, Some(week), holidays))
    }

    /// The zone of this IANA name.
    pub fn zone(name: &str) -> Option<TimeZone> {
        TimeZoneDatabase::bundled().get(name).ok()
    }

    /// Whether it is open at `now`. Never beyond the years that calendars know.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let local = self.0.local(now);
        local.and_then(|local| local.open).unwrap_or(false)
    }

    /// How things stand at `now`.
    pub fn at(&self, now: Timestamp) -> Standing {
        let open = self.is_open(now);
        Standing {
            open,
            changes_at: self.next_change(now, open),
        }
    }

    /// The first moment after `now` at which it is not as it is `now`.
    fn next_change(&self, now: Timestamp, open: bool) -> Option<Timestamp> {
        let mut at = now;
        while at.since(now) < HORIZON {
            let next = self.0.next_opening(&self.0.local(at)?, at);
            // Beyond a week the calendar says nothing: it is asked again from there.
            let within = next.filter(|next| next.since(at) <= FORETOLD);
            at = within.unwrap_or(at + FORETOLD);
            if within.is_some() && self.is_open(at) != open {
                return Some(at);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    use super::*;

    const MINUTE: u64 = 60_000;

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().unwrap();
        Timestamp(u64::try_from(moment.as_millisecond()).unwrap())
    }

    fn span(from: u16, until: u16) -> Span {
        Span { from, until }
    }

    fn every_day(spans: &[Span]) -> [Vec<Span>; 7] {
        std::array::from_fn(|_| spans.to_vec())
    }

    fn hours(zone: &str, week: [Vec<Span>; 7], holidays: &[&str]) -> Hours {
        let holidays = holidays.iter().map(|day| day.parse().unwrap());
        Hours::new(Hours::zone(zone).unwrap(), week, holidays)
    }

    #[test]
    fn a_holiday_is_closed_and_the_night_before_it_is_not() {
        let week = every_day(&[span(9 * 60, 17 * 60), span(22 * 60, 26 * 60)]);
        let hours = hours("Asia/Riyadh", week, &["2026-09-23"]);
        for (moment, open, changes) in [
            ("2026-09-22T05:00:00Z", false, "2026-09-22T06:00:00Z"),
            ("2026-09-22T06:00:00Z", true, "2026-09-22T14:00:00Z"),
            ("2026-09-22T22:30:00Z", true, "2026-09-22T23:00:00Z"),
            ("2026-09-23T07:00:00Z", false, "2026-09-24T06:00:00Z"),
        ] {
            let standing = hours.at(at(moment));
            let expected = (open, Some(at(changes)));
            assert_eq!((standing.open, standing.changes_at), expected, "{moment}");
        }
    }

    #[test]
    fn weeks_of_holidays_are_seen_through() {
        let days: Vec<String> = (1..=30).map(|day| format!("2026-04-{day:02}")).collect();
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        let week = every_day(&[span(9 * 60, 17 * 60)]);
        let berlin = hours("Europe/Berlin", week, &days);
        let standing = berlin.at(at("2026-03-31T15:00:00Z"));
        assert_eq!(standing.changes_at, Some(at("2026-05-01T07:00:00Z")));
    }

    #[test]
    fn who_never_closes_or_never_opens_has_no_next_change() {
        let always = hours("Africa/Cairo", every_day(&[span(0, 1_440)]), &[]);
        let never = hours("Africa/Cairo", every_day(&[]), &[]);
        let now = at("2026-04-20T12:00:00Z");
        let standing = |open| Standing {
            open,
            changes_at: None,
        };
        assert_eq!(always.at(now), standing(true));
        assert_eq!(never.at(now), standing(false));
    }

    /// What the settings say, read off the wall clock: told without any of the above.
    fn says(zone: &TimeZone, week: &[Vec<Span>; 7], closed: &[Date], now: Timestamp) -> bool {
        let moment = i64::try_from(now.0).unwrap();
        let moment = jiff::Timestamp::from_millisecond(moment).unwrap();
        let wall: DateTime = zone.to_datetime(moment);
        let minute = wall.hour() as u16 * 60 + wall.minute() as u16;
        let of = |date: Date| {
            let weekday = date.weekday().to_monday_zero_offset() as usize;
            let open = !closed.contains(&date);
            week[weekday].iter().filter(move |_| open)
        };
        let today = of(wall.date()).any(|span| (span.from..span.until).contains(&minute));
        let yesterday = of(wall.date().yesterday().unwrap());
        today
            || yesterday
                .into_iter()
                .any(|span| (span.from..span.until).contains(&(minute + 1_440)))
    }

    /// Zones and the days around which their clocks are set, by half an hour in one of them, at midnight in another.
    const SHIFTS: [(&str, &str); 8] = [
        ("Europe/Berlin", "2026-03-28T20:00:00Z"),
        ("Europe/Berlin", "2026-10-24T20:00:00Z"),
        ("America/New_York", "2026-03-07T20:00:00Z"),
        ("America/New_York", "2026-10-31T20:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T06:00:00Z"),
        ("Africa/Cairo", "2026-04-23T14:00:00Z"),
        ("Africa/Cairo", "2026-10-29T14:00:00Z"),
        ("Asia/Riyadh", "2026-04-23T14:00:00Z"),
    ];

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0_u16..1_440, 1_u16..1_440).prop_map(|(from, long)| span(from, from + long));
        proptest::collection::vec(span, 0..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Minute by minute over two days around a change of the clock: open is what the wall says, and nothing changes
        /// before the moment that was foretold, nor later.
        #[test]
        fn every_change_is_foretold_to_the_minute(
            week in proptest::collection::vec(spans(), 7),
            shift in 0..SHIFTS.len(),
            holiday in proptest::bool::ANY,
        ) {
            let week: [Vec<Span>; 7] = week.try_into().unwrap();
            let (name, from) = SHIFTS[shift];
            let zone = Hours::zone(name).unwrap();
            let closed: Vec<Date> = holiday
                .then(|| from[..10].parse::<Date>().unwrap().tomorrow().unwrap())
                .into_iter()
                .collect();
            let hours = Hours::new(zone.clone(), week.clone(), closed.clone());
            let mut now = at(from);
            let mut standing = hours.at(now);
            for _ in 0..36 * 60 {
                prop_assert_eq!(standing.open, says(&zone, &week, &closed, now));
                let next = Timestamp(now.0 + MINUTE);
                let is_open = says(&zone, &week, &closed, next);
                if is_open == standing.open {
                    let foretold = standing.changes_at;
                    prop_assert!(foretold.is_none_or(|at| at > next), "{now:?} {foretold:?}");
                } else {
                    prop_assert_eq!(standing.changes_at, Some(next));
                    standing = hours.at(next);
                }
                now = next;
            }
        }
    }
}
