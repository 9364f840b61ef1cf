//! When a trigger runs: dates, weekdays and hours by the site's clocks.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

use super::zone;

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

/// When a trigger runs. What is not said does not limit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The weekdays, Monday first.
    pub days: [bool; 7],
    /// Spans of the day in minutes since midnight, from the first to before the second. One that does not end after it
    /// begins runs past midnight and belongs to the day on which it began. Empty: the whole day.
    pub hours: Vec<(u16, u16)>,
}

impl Schedule {
    /// Whether it runs at `now`.
    pub fn holds(&self, zone: &TimeZone, now: Timestamp) -> bool {
        !self.is_far(now) && self.holds_at(zone::local(zone, now))
    }

    /// Whether its days lie so far from `now` that no clock on earth shows one of them, nor will within two days. Most
    /// of the time this spares the question what the local clocks show, which takes long to answer.
    fn is_far(&self, now: Timestamp) -> bool {
        const FAR: i64 = 4;
        let today = i64::try_from(now.0 / zone::DAY_MILLIS).unwrap_or(i64::MAX);
        let (first, last) = (today.saturating_sub(FAR), today.saturating_add(FAR));
        self.from.is_some_and(|from| zone::number(from) > last)
            || self.until.is_some_and(|until| zone::number(until) < first)
    }

    fn holds_at(&self, local: DateTime) -> bool {
        let (today, minute) = (local.date(), minute_of(local));
        if self.hours.is_empty() {
            return self.runs_on(today);
        }
        let yesterday = || {
            let yesterday = today.yesterday().ok();
            yesterday.is_some_and(|date| self.runs_on(date))
        };
        self.hours.iter().any(|(start, end)| {
            if start < end {
                (*start..*end).contains(&minute) && self.runs_on(today)
            } else {
                minute >= *start && self.runs_on(today) || minute < *end && yesterday()
            }
        })
    }

    pub(super) fn runs_on(&self, date: Date) -> bool {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.days.get(weekday).copied().unwrap_or(true)
            && self.from.is_none_or(|from| date >= from)
            && self.until.is_none_or(|until| date <= until)
    }

    /// When it next begins or ends, if that is within the day of `now` or the next: nobody waits longer than that.
    pub fn next_change(&self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        if self.is_far(now) {
            return None;
        }
        let today = zone::local(zone, now).date();
        let days = [Some(today), today.tomorrow().ok()];
        let ends = self.hours.iter().flat_map(|(start, end)| [*start, *end]);
        let minutes: Vec<u16> = ends.chain([0, DAY_MINUTES]).collect();
        let moments = days.iter().flatten().flat_map(|date| {
            let minutes = minutes.iter();
            minutes.flat_map(|minute| zone::moments(zone, *date, *minute))
        });
        let holds = self.holds(zone, now);
        moments
            .chain(zone::next_shift(zone, now))
            .filter(|at| *at > now && self.holds(zone, *at) != holds)
            .min()
    }
}

fn minute_of(local: DateTime) -> u16 {
    u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        let moment: jiff::Timestamp = text.parse().unwrap();
        Timestamp(u64::try_from(moment.as_millisecond()).unwrap())
    }

    fn always() -> Schedule {
        Schedule {
            from: None,
            until: None,
            days: [true; 7],
            hours: Vec::new(),
        }
    }

    #[test]
    fn working_hours_are_those_of_the_site() {
        let sunday_to_thursday = [true, true, true, true, false, false, true];
        let office = Schedule {
            days: sunday_to_thursday,
            hours: vec![(9 * 60, 17 * 60)],
            ..always()
        };
        let riyadh = zone("Asia/Riyadh");
        for (moment, open) in [
            ("2026-11-22T05:59:59Z", false), // Sunday, a minute to nine
            ("2026-11-22T06:00:00Z", true),
            ("2026-11-22T13:59:59Z", true),
            ("2026-11-22T14:00:00Z", false),
            ("2026-11-20T09:00:00Z", false), // Friday
        ] {
            assert_eq!(office.holds(&riyadh, at(moment)), open, "{moment}");
        }
        let next = office.next_change(&riyadh, at("2026-11-22T05:00:00Z"));
        assert_eq!(next, Some(at("2026-11-22T06:00:00Z")));
        let next = office.next_change(&riyadh, at("2026-11-22T06:00:00Z"));
        assert_eq!(next, Some(at("2026-11-22T14:00:00Z")));
        let friday = office.next_change(&riyadh, at("2026-11-20T09:00:00Z"));
        assert_eq!(friday, None, "the weekend is longer than that");
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let friday_night = Schedule {
            days: [false, false, false, false, true, false, false],
            hours: vec![(22 * 60, 2 * 60)],
            ..always()
        };
        for (moment, open) in [
            ("2026-11-20T01:00:00Z", false), // Friday, before it began
            ("2026-11-20T21:59:00Z", false),
            ("2026-11-20T22:00:00Z", true),
            ("2026-11-21T01:59:00Z", true),
            ("2026-11-21T02:00:00Z", false),
            ("2026-11-21T23:00:00Z", false),
        ] {
            assert_eq!(
                friday_night.holds(&TimeZone::UTC, at(moment)),
                open,
                "{moment}"
            );
        }
        let next = friday_night.next_change(&TimeZone::UTC, at("2026-11-20T23:00:00Z"));
        assert_eq!(next, Some(at("2026-11-21T02:00:00Z")));
    }

    #[test]
    fn dates_are_whole_days_and_the_last_one_counts() {
        let sale = Schedule {
            from: Some(date(2026, 11, 20)),
            until: Some(date(2026, 12, 1)),
            ..always()
        };
        let riyadh = zone("Asia/Riyadh");
        for (moment, open) in [
            ("2026-11-19T20:59:59Z", false),
            ("2026-11-19T21:00:00Z", true),
            ("2026-12-01T20:59:59Z", true),
            ("2026-12-01T21:00:00Z", false),
        ] {
            assert_eq!(sale.holds(&riyadh, at(moment)), open, "{moment}");
        }
        let next = sale.next_change(&riyadh, at("2026-12-01T12:00:00Z"));
        assert_eq!(next, Some(at("2026-12-01T21:00:00Z")));
    }

    #[test]
    fn every_change_is_foretold_also_when_clocks_are_set() {
        let odd = Schedule {
            days: [true, true, true, true, true, false, true],
            hours: vec![(2 * 60 + 30, 3 * 60 + 15), (23 * 60, 60)],
            ..always()
        };
        for (name, from) in [
            ("Europe/Berlin", "2026-03-28T00:00:00Z"),
            ("Europe/Berlin", "2026-10-24T00:00:00Z"),
            ("America/New_York", "2026-03-07T00:00:00Z"),
            ("Asia/Riyadh", "2026-03-28T00:00:00Z"),
        ] {
            let zone = zone(name);
            let (mut now, end) = (at(from), at(from).0 + 3 * 86_400_000);
            let mut foretold = odd.next_change(&zone, now);
            while now.0 < end {
                let next = Timestamp(now.0 + 60_000);
                if odd.holds(&zone, next) != odd.holds(&zone, now) {
                    assert_eq!(foretold, Some(next), "{name} {next:?}");
                    foretold = odd.next_change(&zone, next);
                }
                now = next;
            }
        }
    }
}
