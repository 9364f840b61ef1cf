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

#[cfg(test)]
mod tests {
    use super::super::step::{Input, Step, step};
    use crate::domain::{
        Event, EventId, EventKind, Key, Millis, PageId, PageViewEvent, PropValue, SiteNow,
        Timestamp, VisitorId, VisitorState,
    };
    use crate::rules::{Condition, RuleSet, SourceFile, compile};

    /// Two minutes before midnight in Riyadh, on a Friday.
    const START: Timestamp = Timestamp(1_763_758_680_000);

    const CONDITIONS: &[&str] = &[
        "field = 'page.active', between = ['5s', '10s']",
        "field = 'session.active', more_than = '7s'",
        "field = 'session.duration', less_than = '90s'",
        "field = 'session.idle', at_least = '12s'",
        "field = 'session.idle', at_most = '20s'",
        "field = 'session.idle', more_than = '0s'",
        "field = 'visitor.days_since_first_visit', at_least = 3",
        "field = 'visitor.days_since_first_visit', equals = 2",
        "field = 'visitor.days_since_last_visit', more_than = 2",
        "field = 'visitor.days_since_last_visit', less_than = 3",
        "field = 'time.hour', between = [22, 23]",
        "field = 'time.weekday', equals = 'sat'",
        "field = 'time.holiday', equals = true",
        "field = 'time.open', equals = true",
        "field = 'time.date', before = '2025-11-22'",
        "field = 'time.date', after = '2025-11-21T23:59'",
        "field = 'session.events.cart', at_least = 2, in_last = '45s'",
        "field = 'session.page_views', equals = 0, in_last = '1m'",
        "field = 'session.goals', exists = true, equals = 0, in_last = '20s'",
        "field = 'visitor.trait.due', within = '1m'",
        "field = 'visitor.trait.due', within_next = '30s'",
        "not = { any = [ { field = 'time.hour', equals = 0 }, { segment = 'late' } ] }",
    ];

    fn rules(condition: &str) -> RuleSet {
        let text = format!(
            "[hours]\ntime_zone = \"Asia/Riyadh\"\nopen = {{ fri = \"22:00-23:59\", sat = \"00:01-00:02\" }}\n\
             holidays = [{{ date = 2025-11-22, open = \"00:01-00:02\" }}]\n\
             [[segment]]\nname = \"late\"\nall = [ {{ field = \"session.duration\", at_least = \"3m\" }} ]\n\
             [[trigger]]\nid = \"t\"\ninvitation = {{ message = {{ en = \"Hello\" }} }}\nall = [ {{ {condition} }} ]\n"
        );
        let compiled = compile(&[SourceFile::new("rules.toml", text)]);
        compiled.expect("the rules compile").rule_set
    }

    fn visitor(rules: &RuleSet) -> VisitorState {
        let mut state = VisitorState::new(Key(1), VisitorId([7; 16]), START);
        let page = PageViewEvent {
            url: "https://shop.example/".into(),
            title: None,
            page_type: None,
            lang: None,
            tz: None,
            screen: None,
            attended: true,
        };
        let custom = |name: &str| EventKind::Custom {
            name: name.into(),
            props: Vec::new(),
        };
        let kinds = [
            EventKind::PageView(Box::new(page)),
            custom("cart"),
            custom("cart"),
            EventKind::Goal {
                name: "signup".into(),
                value: None,
            },
        ];
        for (id, kind) in (0..).zip(kinds) {
            let event = Event {
                id: EventId(id),
                at: START,
                page: Some(PageId(1)),
                kind,
            };
            let input = Input::Event(&event, None);
            step(rules, &SiteNow::default(), &mut state, input, START);
        }
        let ago = Millis::from_days(3);
        state.first_seen = START + Millis(30_001) - ago;
        state.last_visit = Some(START + Millis(41_500) - ago);
        let due = PropValue::Text("2025-11-21T23:59:10".into());
        state.traits.push(("due".into(), due));
        state
    }

    /// Walks in small steps: an outcome never changes before the moment that was foretold, and each changes at all.
    #[test]
    fn what_time_alone_changes_is_foretold() {
        let site = SiteNow::default();
        for condition in CONDITIONS {
            let rules = rules(condition);
            let mut state = visitor(&rules);
            let asked: &Condition = &rules.triggers[0].condition;
            assert!(asked.grows_with_time(), "{condition}");
            let mut changes = 0;
            for turn in 0..1_600 {
                let now = START + Millis(turn * 250);
                let next = now + Millis(250);
                let before = Step::new(&rules, &site, &mut state, now);
                let foretold = asked.next_change(&before.view());
                let before = asked.eval(&before.view());
                let after = asked.eval(&Step::new(&rules, &site, &mut state, next).view());
                assert!(foretold.is_none_or(|at| at > now), "{condition} at {now:?}");
                if before != after {
                    changes += 1;
                    let in_time = foretold.is_some_and(|at| at <= next);
                    assert!(in_time, "{condition} at {now:?}: {before:?}, {after:?}");
                }
            }
            assert!(changes > 0, "{condition} changes");
        }
    }
}
