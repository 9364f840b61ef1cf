//! `[policy]`: one budget across all triggers; what is not said is courteous.

use super::super::code::Code;
use super::super::parts::Policy;
use super::super::schema;
use super::super::tree::Table;
use super::Context;
use super::condition::{self, Scope};

/// Reads the policy. There is at most one in all files together.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Policy {
    let mut policy = Policy::default();
    if let [first, others @ ..] = tables {
        fill(cx, first, &mut policy);
        for other in others {
            cx.sink
                .report(Code::DuplicateId, other.at, "there is a `[policy]` already")
                .related(first.at, "first here");
        }
    }
    policy
}

/// Overwrites what the table states; what cannot be read has been reported and keeps its default.
fn fill(cx: &mut Context, table: &Table, policy: &mut Policy) {
    let sink = &mut cx.sink;
    sink.check_keys(table, &schema::POLICY);
    let counts = [
        ("max_per_session", &mut policy.max_per_session),
        ("max_per_day", &mut policy.max_per_day),
    ];
    for (key, count) in counts {
        if let Some(stated) = table.get(key).and_then(|node| sink.count(node, 0)) {
            *count = stated;
        }
    }
    if let Some(node) = table.get("max_per_visitor") {
        policy.max_per_visitor = sink.count(node, 0);
    }
    let spans = [
        ("after_dismissal", &mut policy.after_dismissal),
        ("after_chat", &mut policy.after_chat),
        ("after_goal", &mut policy.after_goal),
    ];
    for (key, span) in spans {
        if let Some(stated) = table.get(key).and_then(|node| sink.any_span(node)) {
            *span = stated;
        }
    }
    let flags = [
        ("never_while_typing", &mut policy.never_while_typing),
        (
            "require_available_agent",
            &mut policy.require_available_agent,
        ),
    ];
    for (key, flag) in flags {
        if let Some(stated) = table.get(key).and_then(|node| sink.flag(node)) {
            *flag = stated;
        }
    }
    if let Some(node) = table.get("never_on") {
        policy.never_on = cx.names.page_types(sink, node).unwrap_or_default();
    }
    if let Some(node) = table.get("chat_within") {
        policy.chat_within = sink.any_span(node);
    }
    if let Some(node) = table.get("phone_if") {
        policy.phone_if = condition::one(cx, node, Scope::State, 1);
    }
}
