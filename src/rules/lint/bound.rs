//! Conditions that a rule's other keys, the policy and the engine amount to.

use std::borrow::Cow;

use super::super::condition::{Leaf, Test};
use super::super::field::Field;
use super::super::parts::ScoreRule;
use super::super::schedule::Schedule;
use super::super::sink::Spot;
use super::super::tree::{Node, Table};
use super::super::trigger::Trigger;
use super::Subject;
use super::given::Given;
use crate::domain::{ChatState, Key};
use crate::rules::calendar::WEEKDAYS;

/// A condition that stands beside those of a rule.
pub(super) struct Bound {
    leaf: Leaf,
    name: &'static str,
    single: bool,
    holds: bool,
    at: Spot,
    says: &'static str,
}

impl Bound {
    fn new(field: Field, name: &'static str, test: Test, at: Spot, says: &'static str) -> Self {
        let leaf = Leaf { field, test };
        let (single, holds) = (true, true);
        Self {
            leaf,
            name,
            single,
            holds,
            at,
            says,
        }
    }

    /// The same for the judge.
    pub(super) fn given(&self) -> Given<'_> {
        Given {
            leaf: Cow::Borrowed(&self.leaf),
            name: self.name,
            single: self.single,
            holds: self.holds,
            at: self.at,
            via: None,
            says: self.says,
        }
    }
}

/// What binds a score rule.
pub(super) fn of_score_rule(subject: &Subject<'_>, table: &Table, rule: &ScoreRule) -> Vec<Bound> {
    let mut bound = Vec::new();
    bound.extend(pages(subject, table, &rule.page_types));
    if let (Some(event), Some(node)) = (&rule.event, table.get("event")) {
        let (test, says) = (Test::Is(event.clone()), "the rule is on this");
        bound.push(Bound::new(
            Field::EventName,
            "event.name",
            test,
            node.at,
            says,
        ));
    }
    bound
}

/// What binds a trigger.
pub(super) fn of_trigger(subject: &Subject<'_>, table: &Table, trigger: &Trigger) -> Vec<Bound> {
    let mut bound = Vec::new();
    bound.extend(pages(subject, table, &trigger.page_types));
    bound.extend(silent_pages(subject));
    let at = table.get("id").map_or(table.at, |node| node.at);
    bound.extend(attention(at));
    if !trigger.offers_when_closed() {
        bound.extend(answers(subject, table, trigger, at));
    }
    if let (Some(schedule), Some(node)) = (&trigger.schedule, table.get("schedule")) {
        bound.extend(times(subject, schedule, node));
    }
    bound
}

fn pages(subject: &Subject<'_>, table: &Table, pages: &[Key]) -> Option<Bound> {
    let node = table.get("page_type")?;
    let test = Test::OneOf(names(subject, pages)?);
    let says = "the rule is bound to these pages";
    Some(Bound::new(
        Field::PageType,
        "page.type",
        test,
        node.at,
        says,
    ))
}

/// The pages on which the policy allows no invitation.
fn silent_pages(subject: &Subject<'_>) -> Option<Bound> {
    let node = subject
        .tables("policy")
        .find_map(|table| table.get("never_on"))?;
    let test = Test::OneOf(names(subject, &subject.rule_set.policy.never_on)?);
    let says = "the policy invites nobody on these pages";
    let bound = Bound::new(Field::PageType, "page.type", test, node.at, says);
    Some(Bound {
        holds: false,
        ..bound
    })
}

fn names(subject: &Subject<'_>, pages: &[Key]) -> Option<Vec<Box<str>>> {
    let names = pages
        .iter()
        .filter_map(|key| subject.rule_set.page_type_name(*key));
    let names: Vec<Box<str>> = names.map(|name| (&**name).into()).collect();
    (!names.is_empty()).then_some(names)
}

/// Nobody is invited who chats or does not look; the trigger itself is the place of that.
fn attention(at: Spot) -> [Bound; 2] {
    let free = [ChatState::None, ChatState::Ended].map(|state| state.as_str().into());
    [
        Bound::new(
            Field::ChatState,
            "chat.state",
            Test::OneOf(free.into()),
            at,
            "nobody is invited who chats, or waits for it",
        ),
        Bound::new(
            Field::SessionIdle,
            "session.idle",
            Test::Between(0.0, 0.0),
            at,
            "nobody is invited while nobody looks",
        ),
    ]
}

/// Who must be able to answer.
fn answers(subject: &Subject<'_>, table: &Table, trigger: &Trigger, at: Spot) -> Vec<Bound> {
    let some = Test::Between(1.0, f64::INFINITY);
    if let (Some(department), Some(node)) = (&trigger.department, table.get("department")) {
        let says = "the trigger waits for this department";
        let name: Box<str> = (&**department).into();
        let there = Bound::new(
            Field::Departments,
            "chat.departments",
            Test::Is(name.clone()),
            node.at,
            says,
        );
        let there = Bound {
            single: false,
            ..there
        };
        let field = Field::FreeSlotsIn(name);
        let free = Bound::new(field, "chat.free_slots_in", some, node.at, says);
        return vec![there, free];
    }
    if !subject.rule_set.policy.require_available_agent {
        return Vec::new();
    }
    let says = "nobody is invited while nobody can answer";
    vec![Bound::new(
        Field::FreeSlots,
        "chat.free_slots",
        some,
        at,
        says,
    )]
}

/// When a schedule lets the trigger run.
fn times(subject: &Subject<'_>, schedule: &Schedule, node: &Node) -> Vec<Bound> {
    let mut bound = Vec::new();
    let says = "the schedule says when";
    let mut add = |field, name, test| bound.push(Bound::new(field, name, test, node.at, says));
    // A night ends on the day after the one on which it began.
    let is_night = schedule.hours.iter().any(|(start, end)| start >= end);
    let runs = |at: usize| schedule.days[at] || is_night && schedule.days[(at + 6) % 7];
    let days: Vec<Box<str>> = (0..7)
        .filter(|at| runs(*at))
        .map(|at| WEEKDAYS[at].into())
        .collect();
    if days.len() < WEEKDAYS.len() {
        add(Field::TimeWeekday, "time.weekday", Test::OneOf(days));
    }
    if is_night {
        return bound;
    }
    let first = schedule.hours.iter().map(|(start, _)| start / 60).min();
    let last = schedule.hours.iter().map(|(_, end)| (end - 1) / 60).max();
    if let (Some(first), Some(last)) = (first, last) {
        let test = Test::Between(f64::from(first), f64::from(last));
        add(Field::TimeHour, "time.hour", test);
    }
    let covers = |date: jiff::civil::Date| subject.rule_set.calendar.covers(&date.to_string());
    let from = schedule.from.and_then(covers).map(|(from, _)| from);
    let until = schedule.until.and_then(covers).map(|(_, until)| until);
    if from.is_some() || until.is_some() {
        let test = Test::Dates(from.unwrap_or(i64::MIN), until.unwrap_or(i64::MAX));
        add(Field::TimeDate, "time.date", test);
    }
    bound
}
