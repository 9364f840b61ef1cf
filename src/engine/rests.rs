//! What a trigger itself has against inviting a visitor now.

use crate::domain::{Key, Session, Share, Suppression, Timestamp, TriggerMemory, VisitorId};
use crate::rules::{OncePer, Trigger, Truth};

use super::facts::View;
use super::hash::bucket;
use super::{channel, courtesy};

/// Something that a trigger has against inviting this visitor now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// What it is.
    pub why: Suppression,
    /// When time alone ends it; `None` when time does not, or when nobody can tell.
    pub ends_at: Option<Timestamp>,
}

/// One reason, asked of a trigger.
type Ask = fn(&Trigger, &View<'_>, Option<&TriggerMemory>) -> Option<Rest>;

/// In the order in which they are told.
const ASKED: [Ask; 10] = [
    once_per,
    cooldown,
    max_shows,
    after_dismissals,
    after_ignores,
    not_rearmed,
    nobody_answers,
    off_schedule,
    delay,
    outside_sample,
];

/// Everything that the trigger has against inviting now, beside its conditions and its pages.
pub(super) fn rests<'a>(
    trigger: &'a Trigger,
    view: &'a View<'_>,
) -> impl Iterator<Item = Rest> + 'a {
    let memories = &view.state.triggers;
    let memory = memories.iter().find(|memory| memory.trigger == trigger.key);
    ASKED
        .iter()
        .filter_map(move |ask| ask(trigger, view, memory))
}

const fn for_good(why: Suppression) -> Rest {
    Rest { why, ends_at: None }
}

fn once_per(trigger: &Trigger, view: &View<'_>, memory: Option<&TriggerMemory>) -> Option<Rest> {
    let session = view.session();
    let since = match trigger.once_per? {
        OncePer::Visitor => Timestamp(0),
        OncePer::Session => session?.started_at,
        OncePer::Page => session.and_then(Session::current_page)?.opened_at,
    };
    (memory?.fired_at >= since).then_some(for_good(Suppression::OncePer))
}

fn cooldown(trigger: &Trigger, view: &View<'_>, memory: Option<&TriggerMemory>) -> Option<Rest> {
    let (cooldown, fired_at) = (trigger.cooldown?, memory?.fired_at);
    (view.now.since(fired_at) < cooldown).then(|| Rest {
        why: Suppression::Cooldown,
        ends_at: Some(fired_at + cooldown),
    })
}

fn max_shows(trigger: &Trigger, _: &View<'_>, memory: Option<&TriggerMemory>) -> Option<Rest> {
    let spent = memory?.shown >= trigger.max_shows?;
    spent.then_some(for_good(Suppression::MaxShows))
}

fn after_dismissals(
    trigger: &Trigger,
    _: &View<'_>,
    memory: Option<&TriggerMemory>,
) -> Option<Rest> {
    let enough = memory?.dismissed >= trigger.stop_after_dismissals?;
    enough.then_some(for_good(Suppression::StoppedAfterDismissals))
}

fn after_ignores(trigger: &Trigger, _: &View<'_>, memory: Option<&TriggerMemory>) -> Option<Rest> {
    let enough = memory?.ignored >= trigger.stop_after_ignores?;
    enough.then_some(for_good(Suppression::StoppedAfterIgnores))
}

fn not_rearmed(_: &Trigger, _: &View<'_>, memory: Option<&TriggerMemory>) -> Option<Rest> {
    memory?.latched.then_some(for_good(Suppression::NotRearmed))
}

/// A department of its own must be there, or somebody; else there must be another channel. A form needs nobody.
fn nobody_answers(trigger: &Trigger, view: &View<'_>, _: Option<&TriggerMemory>) -> Option<Rest> {
    let department = trigger.department.as_deref();
    if trigger.offers_when_closed()
        || channel::is_soon(view, department)
        || channel::offered(trigger, &trigger.invitation, view).is_some()
    {
        return None;
    }
    let why = match department {
        Some(_) => Suppression::DepartmentClosed,
        // The policy has said so for all of them.
        None if courtesy::nobody_answers(view.rules, view.site) => return None,
        None => Suppression::NoAgent,
    };
    Some(for_good(why))
}

fn off_schedule(trigger: &Trigger, view: &View<'_>, _: Option<&TriggerMemory>) -> Option<Rest> {
    let schedule = trigger.schedule.as_deref()?;
    let zone = view.rules.calendar.zone();
    (!schedule.holds(zone, view.now)).then(|| Rest {
        why: Suppression::OffSchedule,
        ends_at: schedule.next_change(zone, view.now),
    })
}

fn delay(trigger: &Trigger, view: &View<'_>, _: Option<&TriggerMemory>) -> Option<Rest> {
    let delay = trigger.delay?;
    let mut waiting = view.state.waiting.iter();
    let since = waiting.find(|waiting| waiting.trigger == trigger.key);
    let ends_at = since.map(|waiting| waiting.since + delay);
    (ends_at.is_none_or(|at| at > view.now)).then_some(Rest {
        why: Suppression::Delay,
        ends_at,
    })
}

fn outside_sample(trigger: &Trigger, view: &View<'_>, _: Option<&TriggerMemory>) -> Option<Rest> {
    let sample = trigger.sample;
    let inside = sample >= Share::ALL || Draw::Sample.of(trigger, view.state.id) < sample.0;
    (!inside).then_some(for_good(Suppression::OutsideSample))
}

/// What a visitor is drawn for. Each has a seed of its own, so that draws do not hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// Being in the share of the audience that a trigger speaks to.
    Sample,
    /// Being in the share that is not invited.
    Holdout,
    /// Which variant it is.
    Variant,
}

impl Draw {
    /// The visitor's bucket for this trigger, 0 to 9,999: always the same, whatever the version of the rules.
    pub fn of(self, trigger: &Trigger, visitor: VisitorId) -> u16 {
        let purpose = match self {
            Self::Sample => "sample",
            Self::Holdout => "holdout",
            Self::Variant => "variant",
        };
        bucket(&format!("{purpose}:{}", trigger.id), &visitor.to_string())
    }
}

/// Whether the trigger is about a page of this type.
pub(super) fn fits(trigger: &Trigger, page_type: Option<Key>) -> bool {
    trigger.page_types.is_empty() || page_type.is_some_and(|key| trigger.page_types.contains(&key))
}

/// Whether its conditions hold at this time of day, wherever the visitor is.
pub(super) fn holds(trigger: &Trigger, view: &View<'_>) -> bool {
    let schedule = trigger.schedule.as_deref();
    schedule.is_none_or(|schedule| schedule.holds(view.rules.calendar.zone(), view.now))
        && trigger.condition.eval(view) == Truth::Yes
}

/// When time alone could next change whether they hold.
pub(super) fn next_change(trigger: &Trigger, view: &View<'_>) -> Option<Timestamp> {
    let schedule = trigger.schedule.as_deref();
    let boundary =
        schedule.and_then(|schedule| schedule.next_change(view.rules.calendar.zone(), view.now));
    let change = trigger.condition.next_change(view);
    boundary.into_iter().chain(change).min()
}
