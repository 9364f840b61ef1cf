//! `all`, `any`, `not` and what they are made of.

use super::super::code::Code;
use super::super::condition::Condition;
use super::super::field::Field;
use super::super::limits::{MAX_DEPTH, MAX_LEAVES, MAX_WHOLE_DEPTH};
use super::super::parts::On;
use super::super::sink::Sink;
use super::super::suggest;
use super::super::tree::{Kind, Node, Table};
use super::Context;
use super::leaf;
use super::names::Size;

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
    let condition = groups(cx, table, scope, 1)?;
    checked_size(cx, table, &condition)?;
    Some(condition)
}

/// A segment's condition, and what it means for those who refer to it.
pub(super) struct OfSegment {
    pub(super) condition: Condition,
    pub(super) needs_event: bool,
    pub(super) size: Size,
}

/// The condition of a segment. Whether it may ask for an event is up to those who refer to it.
pub(super) fn of_segment(cx: &mut Context, table: &Table) -> Option<OfSegment> {
    let condition = groups(cx, table, Scope::Event, 1)?;
    Some(OfSegment {
        size: checked_size(cx, table, &condition)?,
        needs_event: needs_event(cx, &condition),
        condition,
    })
}

/// The size of a condition with the segments it names; reported when it is too large.
fn checked_size(cx: &mut Context, table: &Table, condition: &Condition) -> Option<Size> {
    let size = size(cx, condition);
    if size.depth > MAX_WHOLE_DEPTH {
        let message = format!(
            "with its segments, this condition nests {} deep; at most {MAX_WHOLE_DEPTH}",
            size.depth
        );
        cx.sink.report(Code::TooDeep, table.at, message);
        return None;
    }
    if size.leaves > MAX_LEAVES {
        let message = format!(
            "with its segments, this condition asks for {} fields; at most {MAX_LEAVES}",
            size.leaves
        );
        cx.sink.report(Code::TooMany, table.at, message);
        return None;
    }
    Some(size)
}

fn size(cx: &Context, condition: &Condition) -> Size {
    let of_parts = |parts: &[Condition]| {
        let sizes = parts.iter().map(|part| size(cx, part));
        sizes.fold(Size::default(), |all, part| Size {
            depth: all.depth.max(part.depth),
            leaves: all.leaves.saturating_add(part.leaves),
        })
    };
    let inner = match condition {
        Condition::All(parts) | Condition::Any(parts) => of_parts(parts),
        Condition::Not(part) => size(cx, part),
        Condition::Leaf(_) => Size {
            depth: 0,
            leaves: 1,
        },
        Condition::Segment { name, .. } => {
            let mut known = cx.names.segments.iter();
            known
                .find(|known| *known.name == **name)
                .map_or(Size::default(), |known| known.size)
        }
    };
    Size {
        depth: inner.depth + 1,
        ..inner
    }
}

fn needs_event(cx: &Context, condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().any(|part| needs_event(cx, part))
        }
        Condition::Not(part) => needs_event(cx, part),
        Condition::Leaf(leaf) => matches!(
            leaf.field,
            Field::EventName | Field::EventValue | Field::EventProp(_)
        ),
        Condition::Segment { name, .. } => {
            let mut known = cx.names.segments.iter();
            known.any(|known| *known.name == **name && known.needs_event)
        }
    }
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
                if let Some(edits) = table.without("any") {
                    note.offer("take it out", edits);
                }
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

/// Whether a key holds conditions.
pub(super) fn is_group(key: &str) -> bool {
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
        let mistake = cx.sink.mismatch(node, "a condition");
        if matches!(node.kind, Kind::List(_)) {
            let edits = vec![
                (node.at.before(), "{ all = ".to_owned()),
                (node.at.after(), " }".to_owned()),
            ];
            mistake.offer("ask for all of them", edits);
        }
        mistake.help(match node.kind {
            Kind::List(_) => "write `{ all = [ … ] }` or `{ any = [ … ] }`",
            Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date(_)
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
    if table.get("segment").is_some() {
        return segment(cx, table, scope);
    }
    check_group(&mut cx.sink, table)?;
    groups(cx, table, scope, depth + 1)
}

/// `{ segment = "name" }`: what that segment stands for.
fn segment(cx: &mut Context, table: &Table, scope: Scope) -> Option<Condition> {
    for entry in table.entries.iter().filter(|entry| entry.key != "segment") {
        let message = format!("beside `segment` there is no key `{}`", entry.key);
        cx.sink
            .report(Code::UnknownKey, entry.key_at, message)
            .help("write it as a condition of its own: `{ all = [ { segment = … }, { … } ] }`");
    }
    let node = table.get("segment")?;
    let name = cx.sink.text(node)?;
    let known = cx.names.segment(&mut cx.sink, name, node.at)?;
    let (needs_event, condition) = (known.needs_event, known.condition.clone()?);
    if needs_event && scope == Scope::State {
        let message = format!(
            "the segment `{name}` has no value here: it asks for what nothing but an event or a goal has"
        );
        cx.sink
            .report(Code::MisplacedField, node.at, message)
            .help("use it in a score rule with `on = \"event\"` or `on = \"goal\"`");
        return None;
    }
    Some(Condition::Segment {
        name: name.into(),
        condition,
    })
}

/// A condition without a field has groups and nothing else.
fn check_group(sink: &mut Sink, table: &Table) -> Option<()> {
    let mut whole = Some(());
    for entry in table.entries.iter().filter(|entry| !is_group(&entry.key)) {
        let known = GROUPS.into_iter().chain(["field", "segment"]);
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
