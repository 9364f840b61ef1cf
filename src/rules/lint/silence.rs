//! Triggers that never speak, whatever their conditions: the policy has no room for them, nobody is in their sample,
//! or their schedule has no day.

use super::super::code::Code;
use super::super::schedule::Schedule;
use super::super::sink::Sink;
use super::super::tree::Kind;
use super::Subject;
use crate::domain::{Key, Share};

/// The budgets of the policy.
const CAPS: [&str; 3] = ["max_per_session", "max_per_day", "max_per_visitor"];

/// Looks at the policy, the samples and the schedules.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>) {
    caps(sink, subject);
    for table in subject.tables("trigger") {
        let id = super::text(table, "id").unwrap_or_default();
        let Some(trigger) = subject.rule_set.trigger(Key::of(id)) else {
            continue;
        };
        if let (Share(0), Some(node)) = (trigger.sample, table.get("sample")) {
            let message = format!("`{id}` never invites: its sample is nobody");
            let note = sink.report(Code::SilencedTrigger, node.at, message);
            note.help("to rest a trigger, take it out: its history stays");
            if let Some(edits) = table.without("sample") {
                note.offer("let it speak to everybody", edits);
            }
        }
        let schedule = trigger.schedule.as_deref();
        if let (true, Some(node)) = (schedule.is_some_and(is_empty), table.get("schedule")) {
            let message =
                format!("`{id}` never invites: none of its days lies between the two dates");
            sink.report(Code::SilencedTrigger, node.at, message)
                .help("add a day, or move a date");
        }
    }
}

/// Warns of a policy that leaves no room for any invitation.
fn caps(sink: &mut Sink, subject: &Subject<'_>) {
    if subject.rule_set.triggers.is_empty() {
        return;
    }
    for (table, key) in subject
        .tables("policy")
        .flat_map(|table| CAPS.iter().map(move |key| (table, *key)))
    {
        let Some(node) = table.get(key) else { continue };
        if !matches!(node.kind, Kind::Whole(0)) {
            continue;
        }
        let message = format!("no trigger ever invites: `{key}` leaves room for none");
        let note = sink.report(Code::SilencedTrigger, node.at, message);
        note.help("write 1 or more; to stop inviting, take the triggers out");
        if let Some(edits) = table.without(key) {
            note.offer(format!("take `{key}` out"), edits);
        }
    }
}

/// Whether a schedule with two dates has no day between them.
fn is_empty(schedule: &Schedule) -> bool {
    let (Some(from), Some(until)) = (schedule.from, schedule.until) else {
        return false;
    };
    // A week has every day, whichever they are.
    let days = from.series(jiff::Span::new().days(1)).take(7);
    !days
        .take_while(|day| *day <= until)
        .any(|day| schedule.runs_on(day))
}
