//! The site's clock on the wall: its time zone, opening hours and holidays. Pure: all of it follows from a moment.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::Timestamp;

/// The words for the days of the week, Monday first.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;
/// How many days ahead the next opening is looked for.
const HORIZON_DAYS: i64 = 8;

/// A span of opening, in minutes since the midnight of its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first minute.
    pub from: u16,
    /// The minute after the last; past 1,440 it lies in the next day.
    pub until: u16,
}

/// A day with a rule of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holiday {
    /// What people call it.
    pub name: Option<Arc<str>>,
    /// When the site is open all the same.
    pub open: Vec<Span>,
}

/// A site's time zone, opening hours and holidays.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// The zone of every date and hour in the rules.
    zone: TimeZone,
    /// The hours of each day of the week, Monday first; `None` when nobody said.
    week: Option<[Vec<Span>; 7]>,
    holidays: BTreeMap<Date, Holiday>,
}

impl Default for Calendar {
    /// UTC, without opening hours.
    fn default() -> Self {
        Self::new(TimeZone::UTC, None, BTreeMap::new())
    }
}

/// What the clock on the wall shows at one moment.
#[derive(Clone, Debug)]
pub struct LocalTime {
    /// Date and time of day in the site's zone.
    pub at: DateTime,
    /// Whether the site is open; `None` when it has no opening hours.
    pub open: Option<bool>,
    /// Whether today is a holiday.
    pub holiday: bool,
    next_opening: OnceCell<Option<Timestamp>>,
}

impl LocalTime {
    /// The day of the week: `mon` to `sun`.
    pub fn weekday(&self) -> &'static str {
        WEEKDAYS[weekday(self.at.date())]
    }

    /// The hour, 0 to 23.
    pub fn hour(&self) -> u8 {
        self.at.hour().unsigned_abs()
    }
}

/// The time zone of this IANA name, by the data in the binary.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The IANA names of all time zones.
pub(super) fn zone_names() -> Vec<String> {
    let names = TimeZoneDatabase::bundled();
    names.available().map(|name| name.to_string()).collect()
}

impl Calendar {
    /// A calendar; `week` is Monday first.
    pub fn new(
        zone: TimeZone,
        week: Option<[Vec<Span>; 7]>,
        holidays: BTreeMap<Date, Holiday>,
    ) -> Self {
        Self {
            zone,
            week,
            holidays,
        }
    }

    /// The zone of every date and hour in the rules.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether opening hours are known.
    pub const fn has_hours(&self) -> bool {
        self.week.is_some()
    }

    /// Whether any holiday is known.
    pub fn has_holidays(&self) -> bool {
        !self.holidays.is_empty()
    }

    /// The moment at which the site's clock shows this; the first of two when it is turned back.
    pub fn moment(&self, shown: DateTime) -> Option<Timestamp> {
        let at = self.zone.to_ambiguous_timestamp(shown).compatible().ok()?;
        u64::try_from(at.as_millisecond()).ok().map(Timestamp)
    }

    /// What the clock shows; `None` beyond the years that calendars know.
    pub fn local(&self, now: Timestamp) -> Option<LocalTime> {
        let at = self.zone.to_datetime(instant(now)?);
        Some(LocalTime {
            at,
            open: self.week.as_ref().map(|_| self.is_open(at)),
            holiday: self.holidays.contains_key(&at.date()),
            next_opening: OnceCell::new(),
        })
    }

    fn spans(&self, date: Date) -> &[Span] {
        if let Some(holiday) = self.holidays.get(&date) {
            return &holiday.open;
        }
        self.week.as_ref().map_or(&[], |week| &week[weekday(date)])
    }

    fn is_open(&self, at: DateTime) -> bool {
        let minute =
            u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
        let covers = |spans: &[Span], minute: u16| {
            spans
                .iter()
                .any(|span| (span.from..span.until).contains(&minute))
        };
        let before = at.date().yesterday();
        covers(self.spans(at.date()), minute)
            || before.is_ok_and(|day| covers(self.spans(day), minute + DAY_MINUTES))
    }

    /// When the hour shown changes next.
    pub fn next_hour(&self, local: &LocalTime, now: Timestamp) -> Option<Timestamp> {
        let hour = local.at.date().at(local.at.hour(), 0, 0, 0);
        self.after(hour.checked_add(1.hour()).ok()?, now)
    }

    /// When the date shown changes next.
    pub fn next_day(&self, local: &LocalTime, now: Timestamp) -> Option<Timestamp> {
        self.after(local.at.date().tomorrow().ok()?.at(0, 0, 0, 0), now)
    }

    /// When the site may open or close next, within the next week: never later than it does.
    pub fn next_opening(&self, local: &LocalTime, now: Timestamp) -> Option<Timestamp> {
        *local
            .next_opening
            .get_or_init(|| self.find_opening(local.at.date(), now))
    }

    fn find_opening(&self, today: Date, now: Timestamp) -> Option<Timestamp> {
        self.week.as_ref()?;
        let days = (-1..=HORIZON_DAYS).filter_map(|days| today.checked_add(days.days()).ok());
        let ends = days.flat_map(|day| {
            let spans = self.spans(day).iter();
            spans.flat_map(move |span| [span.from, span.until].map(|minute| (day, minute)))
        });
        let moments = ends.filter_map(|(day, minute)| {
            let at = day.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes());
            self.after(at.ok()?, now)
        });
        // Where the clock jumps, an opening may begin or end between its own times.
        let jump = self.zone.following(instant(now)?).next();
        let jump = jump.and_then(|jump| moment(jump.timestamp()));
        moments.chain(jump).min()
    }

    /// The moment of a time on the wall, if it lies ahead. Of a time that the clock shows twice, the first that does.
    fn after(&self, at: DateTime, now: Timestamp) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_timestamp(at);
        let first = moment(ambiguous.compatible().ok()?).filter(|at| *at > now);
        first.or_else(|| moment(ambiguous.later().ok()?).filter(|at| *at > now))
    }

    /// The milliseconds since the epoch that a date or a moment covers: from the first to before the last. A date is
    /// a whole day of the site's zone, and so is a time without an offset a time of it.
    pub fn covers(&self, text: &str) -> Option<(i64, i64)> {
        if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        if text.len() == "2026-03-01".len() {
            let date: Date = text.parse().ok()?;
            return Some((self.midnight(date)?, self.midnight(date.tomorrow().ok()?)?));
        }
        let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let at: DateTime = text.parse().ok()?;
            self.zone.to_ambiguous_timestamp(at).compatible().ok()
        })?;
        let at = moment.as_millisecond();
        Some((at, at.saturating_add(1)))
    }

    fn midnight(&self, date: Date) -> Option<i64> {
        let at = self.zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        Some(at.compatible().ok()?.as_millisecond())
    }
}

fn weekday(date: Date) -> usize {
    usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

fn moment(at: jiff::Timestamp) -> Option<Timestamp> {
    u64::try_from(at.as_millisecond()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        moment(text.parse().expect("a moment")).expect("after 1970")
    }

    fn span(from: u16, until: u16) -> Span {
        Span {
            from: from * 60,
            until: until * 60,
        }
    }

    /// Open nine to five on working days, and from Friday 22:00 to Saturday 02:00.
    fn calendar(zone: &str) -> Calendar {
        let nine_to_five = vec![span(9, 17)];
        let mut week = std::array::from_fn(|_| nine_to_five.clone());
        week[4].push(span(22, 26));
        week[5] = Vec::new();
        week[6] = Vec::new();
        let short = Holiday {
            name: Some("Short day".into()),
            open: vec![span(9, 12)],
        };
        let days = [("2026-09-23", Holiday::default()), ("2026-09-24", short)];
        let days = days.map(|(day, holiday)| (day.parse().expect("a date"), holiday));
        Calendar::new(
            super::zone(zone).expect("a zone"),
            Some(week),
            days.into_iter().collect(),
        )
    }

    #[test]
    fn the_clock_is_the_sites() {
        let riyadh = calendar("Asia/Riyadh");
        let local = riyadh.local(at("2026-03-01T22:30:00Z")).expect("a moment");
        assert_eq!((local.weekday(), local.hour()), ("mon", 1));
        let utc = Calendar::default();
        let local = utc.local(at("2026-03-01T22:30:00Z")).expect("a moment");
        assert_eq!((local.weekday(), local.hour()), ("sun", 22));
        assert_eq!(local.open, None, "nobody said when it opens");
        assert!(utc.local(Timestamp(u64::MAX)).is_none());
    }

    #[test]
    fn hours_run_past_midnight_and_holidays_have_their_own() {
        let calendar = calendar("Asia/Riyadh");
        for (moment, open, holiday) in [
            ("2026-09-22T06:00:00Z", true, false),
            ("2026-09-22T05:59:59Z", false, false),
            ("2026-09-22T14:00:00Z", false, false),
            ("2026-09-23T06:00:00Z", false, true),
            ("2026-09-24T06:00:00Z", true, true),
            ("2026-09-24T09:00:00Z", false, true),
            ("2026-09-25T20:00:00Z", true, false),
            ("2026-09-25T22:59:59Z", true, false),
            ("2026-09-25T23:00:00Z", false, false),
        ] {
            let local = calendar.local(at(moment)).expect("a moment");
            assert_eq!(
                (local.open, local.holiday),
                (Some(open), holiday),
                "{moment}"
            );
        }
    }

    /// Walks minute by minute: nothing that the clock shows changes before the moment that was foretold.
    fn walk(calendar: &Calendar, from: &str, hours: u64) -> usize {
        let mut now = at(from);
        let mut changes = 0;
        let shown = |now| {
            let local = calendar.local(now).expect("a moment");
            (local.hour(), local.weekday(), local.open)
        };
        for _ in 0..hours * 60 {
            let local = calendar.local(now).expect("a moment");
            let next = now + crate::domain::Millis::from_mins(1);
            let (before, after) = (shown(now), shown(next));
            let foretold = [
                (before.0 != after.0, calendar.next_hour(&local, now)),
                (before.1 != after.1, calendar.next_day(&local, now)),
                (before.2 != after.2, calendar.next_opening(&local, now)),
            ];
            for (changed, at) in foretold {
                let at = at.expect("something lies ahead");
                assert!(at > now);
                assert!(!changed || at <= next, "at {now:?}: {before:?} → {after:?}");
                changes += usize::from(changed);
            }
            now = next;
        }
        changes
    }

    #[test]
    fn every_change_is_foretold_around_the_changes_of_the_clock() {
        for (zone, from) in [
            ("Europe/Berlin", "2026-03-28T00:00:00Z"),
            ("Europe/Berlin", "2026-10-24T00:00:00Z"),
            ("America/New_York", "2026-03-07T00:00:00Z"),
            ("America/New_York", "2026-10-31T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"),
            ("Africa/Cairo", "2026-04-23T00:00:00Z"),
            ("Asia/Riyadh", "2026-09-22T00:00:00Z"),
        ] {
            let mut calendar = calendar(zone);
            if let Some(week) = &mut calendar.week {
                // Opening hours that begin and end where the clock jumps.
                week[5] = vec![
                    Span {
                        from: 90,
                        until: 150,
                    },
                    span(23, 25),
                ];
                week[6] = vec![Span {
                    from: 90,
                    until: 150,
                }];
            }
            assert!(walk(&calendar, from, 60) > 60, "{zone}");
        }
    }

    #[test]
    fn dates_cover_days_of_the_zone() {
        let berlin = calendar("Europe/Berlin");
        let hours = |text: &str| {
            let (from, until) = berlin.covers(text)?;
            Some((until - from) / 3_600_000)
        };
        assert_eq!(hours("2026-03-29"), Some(23));
        assert_eq!(hours("2026-10-25"), Some(25));
        assert_eq!(hours("1969-07-20"), Some(24), "before the epoch");
        let instant = |text: &str| berlin.covers(text).map(|(from, _)| from);
        let noon = instant("2026-03-01T12:00:00+01:00");
        assert!(noon.is_some());
        for same in [
            "2026-03-01T12:00",
            "2026-03-01T11:00:00Z",
            "2026-03-01 12:00:00",
        ] {
            assert_eq!(instant(same), noon, "{same}");
        }
        for text in [
            "",
            "x",
            "2026",
            "2026-13-01",
            "tomorrow",
            "2026-03-01T25:00",
            "١٢٣٤-٠٣-٠١",
        ] {
            assert_eq!(berlin.covers(text), None, "{text}");
        }
    }
}
