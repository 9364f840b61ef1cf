//! `all`, `any`, `not` and what they are made of.

use super::super::code::Code;
use super::super::condition::Condition;
use super::super::limits::MAX_DEPTH;
use super::super::parts::On;
use super::super::sink::Sink;
use super::super::suggest;
use super::super::tree::{Kind, Node, Table};
use super::Context;
use super::leaf;

const GROUPS: [&str; 3] = ["all", "any", "not"];

/// What a condition at this place may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The event that set the rule off, and everything else.
    Event,
    /// Everything but an event.
    State,
}

impl Scope {
    /// The scope of a score rule. A rule whose kind is not known gets the benefit of the doubt.
    pub(super) const fn of(on: Option<On>) -> Self {
        match on {
            Some(On::Custom | On::Goal) | None => Self::Event,
            Some(On::PageView | On::Dwell | On::SessionStart | On::Identify) => Self::State,
        }
    }
}

/// The condition that a rule's `all`, `any` and `not` make together.
pub(super) fn of_rule(cx: &mut Context, table: &Table, scope: Scope) -> Option<Condition> {
    groups(cx, table, scope, 1)
}

/// All groups of a table must hold.
fn groups(cx: &mut Context, table: &Table, scope: Scope, depth: usize) -> Option<Condition> {
    let entries = table.entries.iter().filter(|e| is_group(&e.key));
    let parts = entries.map(|entry| match entry.key.as_str() {
        "all" => list(cx, &entry.value, scope, depth).map(Condition::All),
        "any" => {
            let parts = list(cx, &entry.value, scope, depth)?;
            if parts.is_empty() {
                let note = cx.sink.report(
                    Code::NeverHolds,
                    entry.value.at,
                    "an empty `any` never holds",
                );
                note.help("list at least one condition, or leave it out");
            }
            Some(Condition::Any(parts))
        }
        _ => one(cx, &entry.value, scope, depth).map(|part| Condition::Not(Box::new(part))),
    });
    let parts: Vec<_> = parts.collect();
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    Some(if parts.len() == 1 {
        parts.remove(0)
    } else {
        Condition::All(parts)
    })
}

fn is_group(key: &str) -> bool {
    GROUPS.contains(&key)
}

fn list(cx: &mut Context, node: &Node, scope: Scope, depth: usize) -> Option<Vec<Condition>> {
    let nodes = cx.sink.list(node)?;
    let parts: Vec<_> = nodes
        .iter()
        .map(|node| one(cx, node, scope, depth))
        .collect();
    parts.into_iter().collect()
}

/// One condition: a group, or a field with operators.
pub(super) fn one(cx: &mut Context, node: &Node, scope: Scope, depth: usize) -> Option<Condition> {
    let Kind::Table(table) = &node.kind else {
        cx.sink.mismatch(node, "a condition").help(match node.kind {
            Kind::List(_) => "write `{ all = [ … ] }` or `{ any = [ … ] }`",
            Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date
            | Kind::Table(_) => "write `{ field = \"session.page_views\", at_least = 3 }`",
        });
        return None;
    };
    if depth > MAX_DEPTH {
        let message = format!("conditions nest at most {MAX_DEPTH} deep");
        cx.sink.report(Code::TooDeep, table.at, message);
        return None;
    }
    if table.get("field").is_some() {
        return leaf::read(cx, table, scope);
    }
    check_group(&mut cx.sink, table)?;
    groups(cx, table, scope, depth + 1)
}

/// A condition without a field has groups and nothing else.
fn check_group(sink: &mut Sink, table: &Table) -> Option<()> {
    let mut whole = Some(());
    for entry in table.entries.iter().filter(|entry| !is_group(&entry.key)) {
        let known = GROUPS.into_iter().chain(["field"]);
        let message = format!("a condition without `field` has no key `{}`", entry.key);
        sink.report(Code::UnknownKey, entry.key_at, message)
            .maybe_help(suggest::help(&entry.key, known));
        whole = None;
    }
    if table.entries.is_empty() {
        sink.report(Code::BadCondition, table.at, "this condition is empty")
            .help("write `{ field = \"session.page_views\", at_least = 3 }`");
        whole = None;
    }
    whole
}
