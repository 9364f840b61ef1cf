//! Invitations by hour of the week beside the agents who could have taken them.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::Timestamp;
use crate::rules::WEEKDAYS;

use super::report::{Hour, Invitations};
use super::tally::Tally;

const HOURS_OF_DAY: usize = 24;

/// All hours of the period that lie at the same hour of the same day of the week, in the site's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourOfWeek {
    /// `mon` to `sun`.
    pub weekday: String,
    /// 0 to 23.
    pub hour: u8,
    /// How many such hours of the period had a record.
    pub hours: u64,
    /// Invitations in all of them together.
    #[serde(flatten)]
    pub made: Invitations,
    /// The fewest free slots seen.
    pub free_least: u16,
    /// The mean of free slots, over the records of these hours.
    pub free_mean: Tenths,
}

/// A number with one decimal place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub u64);

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0 as f64 / 10.0)
    }
}

impl<'de> Deserialize<'de> for Tenths {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        f64::deserialize(from).map(|number| Self((number * 10.0).round() as u64))
    }
}

/// A moment by the clocks of a zone.
pub(super) fn local(moment: u64, zone: &TimeZone) -> Zoned {
    let moment = i64::try_from(moment).ok();
    let moment = moment.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.unwrap_or_default().to_zoned(zone.clone())
}

/// Every hour of the week, Monday first.
pub(super) fn hours(hours: &[Hour], tally: &Tally, zone: &TimeZone) -> Vec<HourOfWeek> {
    let places = WEEKDAYS
        .iter()
        .flat_map(|day| (0..HOURS_OF_DAY).map(move |hour| (day, hour)));
    let empty = |(day, hour): (&&str, usize)| HourOfWeek {
        weekday: (*day).to_owned(),
        hour: hour as u8,
        hours: 0,
        made: Invitations::default(),
        free_least: u16::MAX,
        free_mean: Tenths::default(),
    };
    let mut week: Vec<HourOfWeek> = places.map(empty).collect();
    let mut free = vec![(0, 0); week.len()];
    for hour in hours {
        let local = local(hour.start, zone);
        let day = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        let at = day * HOURS_OF_DAY + usize::from(local.hour().unsigned_abs());
        week[at].made.add(hour.made);
        if let Some(slots) = tally.slots.get(&Timestamp(hour.start)) {
            week[at].hours += 1;
            week[at].free_least = week[at].free_least.min(slots.least);
            free[at].0 += slots.sum;
            free[at].1 += slots.records;
        }
    }
    for (hour, (sum, records)) in week.iter_mut().zip(free) {
        match (sum * 10 + records / 2).checked_div(records) {
            Some(mean) => hour.free_mean = Tenths(mean),
            None => hour.free_least = 0,
        }
    }
    week
}
