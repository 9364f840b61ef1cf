//! Facts that change by themselves: what the clock on the wall shows, and what grows while time passes.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each group of fields answers its own and says None to the rest"
)]

use crate::domain::{Millis, Timestamp};
use crate::rules::{Field, LocalTime, Value};

use super::facts::{View, flag, number, text};
use super::lately;

impl<'a> View<'a> {
    fn local(&self) -> Option<&'a LocalTime> {
        let read = || self.rules.calendar.local(self.now);
        self.local.get_or_init(read).as_ref()
    }

    /// What the clock on the wall shows.
    pub(super) fn time_field(&self, field: &Field) -> Option<Value<'a>> {
        let local = self.local()?;
        match field {
            Field::TimeWeekday => text(local.weekday()),
            Field::TimeHour => number(local.hour()),
            Field::TimeDate => i64::try_from(self.now.0).ok().map(Value::Date),
            Field::TimeOpen => local.open.and_then(flag),
            Field::TimeHoliday => flag(local.holiday),
            _ => None,
        }
    }

    /// Whole days since a moment.
    pub(super) fn days_field(&self, since: Option<Timestamp>) -> Option<Value<'a>> {
        let days = self.now.since(since?).0 / Millis::from_days(1).0;
        number(u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// When a field that steps with time may have another value.
    pub(super) fn steps_at(&self, field: &Field) -> Option<Timestamp> {
        let calendar = &self.rules.calendar;
        match field {
            Field::TimeHour => calendar.next_hour(self.local()?, self.now),
            Field::TimeOpen => calendar.next_opening(self.local()?, self.now),
            Field::TimeWeekday | Field::TimeDate | Field::TimeHoliday => {
                calendar.next_day(self.local()?, self.now)
            }
            Field::InLast(field, window) => {
                lately::next_change(self.session()?, field, *window, self.now)
            }
            _ => None,
        }
    }

    /// When a field that grows with time will reach a bound.
    pub(super) fn grows_to(&self, field: &Field, bound: f64) -> Option<Timestamp> {
        if !bound.is_finite() || bound < 0.0 || !field.grows_with_time() {
            return None;
        }
        let days = Millis::from_days((bound - 1e-9).ceil().max(0.0) as u64);
        let ahead = |at: Timestamp| Some(at).filter(|at| *at > self.now);
        match field {
            Field::VisitorDaysSinceFirstVisit => return ahead(self.state.first_seen + days),
            Field::VisitorDaysSinceLastVisit => return ahead(self.state.last_visit? + days),
            _ => {}
        }
        // The first whole millisecond that is not below; a float's dust above a whole one does not count.
        let target = Millis((bound * 1_000.0 - 1e-6).ceil() as u64);
        let session = self.session()?;
        match field {
            Field::PageActive => self.page()?.reaches(target, self.now),
            Field::SessionDuration => ahead(session.started_at + target),
            Field::SessionIdle => ahead(session.idle_from() + target),
            _ => {
                let page = self.page()?;
                let others = session
                    .active(self.now)
                    .saturating_sub(page.active(self.now));
                page.reaches(target.saturating_sub(others), self.now)
            }
        }
    }
}
