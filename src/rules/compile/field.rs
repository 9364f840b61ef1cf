//! Turns the name of a field into the field.

use crate::domain::{Key, Utm};

use super::super::catalogue::{self, Bind, FIELDS, FieldSpec};
use super::super::code::Code;
use super::super::field::{Field, Named};
use super::super::limits::MAX_ID_CHARS;
use super::super::operator::FieldType;
use super::super::suggest::{self, Advice};
use super::super::tree::Node;
use super::Context;
use super::condition::Scope;

/// A field as a condition uses it.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) field: Field,
    pub(super) of: FieldType,
    /// What the rule calls it.
    pub(super) name: String,
    /// For a stage or a cell of a matrix: the words there are, in lower case.
    pub(super) words: Vec<String>,
    /// Whether it may be narrowed to what happened lately.
    pub(super) takes_window: bool,
}

/// The field that a text names.
pub(super) fn read(cx: &mut Context, node: &Node, scope: Scope) -> Option<Resolved> {
    let name = cx.sink.text(node)?;
    let Some((spec, rest)) = catalogue::find(name) else {
        let message = format!("there is no field `{}`", name.escape_debug());
        let advice = guess(cx, name)
            .map(|guess| Advice::did_you_mean(&guess))
            .or_else(|| siblings(name))
            .unwrap_or_else(|| Advice::say("fields begin with `page.`, `session.`, `visitor.`, `score.`, `stage.`, `matrix.`, `event.`, `chat.` or `time.`"));
        cx.sink
            .report(Code::UnknownField, node.at, message)
            .maybe_help(Some(advice));
        return None;
    };
    if spec.needs_event() && scope == Scope::State {
        let message = format!("`{name}` has no value here: nothing but an event or a goal has it");
        cx.sink
            .report(Code::MisplacedField, node.at, message)
            .help("use it in a score rule with `on = \"event\"` or `on = \"goal\"`");
        return None;
    }
    let before = cx.sink.said();
    let field = bind(cx, node, name, spec, rest);
    if cx.sink.said() > before {
        cx.sink.guess_ends(spec.prefix().unwrap_or_default());
    }
    field
}

fn bind(
    cx: &mut Context,
    node: &Node,
    name: &str,
    spec: &'static FieldSpec,
    rest: &str,
) -> Option<Resolved> {
    let mut words = Vec::new();
    let named = |name: Box<str>| Named {
        key: Key::of(&name.to_lowercase()),
        name,
    };
    let field = match &spec.bind {
        Bind::To(field) => field.clone(),
        Bind::Query => Field::PageQuery(free(cx, node, spec, rest)?),
        Bind::Trait => Field::VisitorTrait(free(cx, node, spec, rest)?),
        Bind::Prop => Field::EventProp(free(cx, node, spec, rest)?),
        Bind::Department => Field::FreeSlotsIn(free(cx, node, spec, rest)?),
        Bind::OpenIn => Field::ChatOpenIn(free(cx, node, spec, rest)?),
        Bind::Events => Field::SessionEventsOf(named(free(cx, node, spec, rest)?)),
        Bind::Goals => Field::SessionGoalsOf(named(free(cx, node, spec, rest)?)),
        Bind::Utm => utm(cx, node, name, rest)?,
        Bind::Views => Field::SessionViews(cx.names.page_type(&mut cx.sink, rest, node.at)?),
        Bind::Score => {
            cx.names.score(&mut cx.sink, rest, node.at)?;
            Field::Score(Key::of(rest))
        }
        Bind::Stage => {
            words = stages(cx, node, rest)?;
            Field::Stage(Key::of(rest))
        }
        Bind::CrossedUp => {
            words = stages(cx, node, rest)?;
            Field::CrossedUp(Key::of(rest))
        }
        Bind::CrossedDown => {
            words = stages(cx, node, rest)?;
            Field::CrossedDown(Key::of(rest))
        }
        Bind::Matrix => {
            let matrix = cx.names.matrix(&mut cx.sink, rest, node.at)?;
            words = matrix.cells.clone()?;
            Field::Matrix(Key::of(rest))
        }
    };
    warn_unknown_hours(cx, node, &field);
    Some(Resolved {
        field,
        of: spec.of,
        name: name.to_owned(),
        words,
        takes_window: spec.takes_window(),
    })
}

/// The stages of a score.
fn stages(cx: &mut Context, node: &Node, name: &str) -> Option<Vec<String>> {
    let score = cx.names.score(&mut cx.sink, name, node.at)?;
    if score.stages.is_empty() {
        let message = format!("the score `{name}` has no stages");
        cx.sink.report(Code::UnknownStage, node.at, message);
        return None;
    }
    Some(score.stages.clone())
}

/// A campaign tag; the common ones have fields of their own.
fn utm(cx: &mut Context, node: &Node, name: &str, tag: &str) -> Option<Field> {
    let common = [
        ("source", Field::SessionSource),
        ("medium", Field::SessionMedium),
        ("campaign", Field::SessionCampaign),
        ("term", Field::SessionTerm),
        ("content", Field::SessionContent),
    ];
    let rare = Utm::ALL.map(|utm| (utm.as_str(), Field::SessionUtm(utm)));
    let mut all = common.iter().chain(&rare);
    let found = all.find(|(known, _)| *known == tag);
    if found.is_none() {
        let known = common.iter().chain(&rare).map(|(known, _)| *known);
        let message = format!("there is no campaign tag `{}`", name.escape_debug());
        cx.sink
            .report(Code::UnknownField, node.at, message)
            .maybe_help(suggest::help(tag, known));
    }
    found.map(|(_, field)| field.clone())
}

/// Warns of hours and holidays that nobody has stated.
fn warn_unknown_hours(cx: &mut Context, node: &Node, field: &Field) {
    let calendar = &cx.calendar;
    let missing = if *field == Field::TimeOpen && !calendar.has_hours() {
        "`time.open` is not known without `open` in `[hours]`"
    } else if *field == Field::TimeHoliday && !calendar.has_holidays() {
        "no day is a holiday without `holidays` in `[hours]`"
    } else {
        return;
    };
    if cx.names.complete {
        cx.sink.report(Code::NeverHolds, node.at, missing);
    }
}

/// A name that the site chose: a trait, a property or a query parameter.
fn free(cx: &mut Context, node: &Node, spec: &FieldSpec, rest: &str) -> Option<Box<str>> {
    if !rest.is_empty() && rest.chars().count() <= MAX_ID_CHARS && !rest.contains(char::is_control)
    {
        return Some(rest.into());
    }
    let message = format!(
        "`{}` needs a name of 1 to {MAX_ID_CHARS} characters",
        spec.name
    );
    cx.sink.report(Code::UnknownField, node.at, message);
    None
}

/// The field that was most likely meant: the same in its last part, or close in spelling.
fn guess(cx: &Context, name: &str) -> Option<String> {
    let mut known: Vec<String> = Vec::new();
    for spec in FIELDS {
        let Some(prefix) = spec.prefix() else {
            known.push(spec.name.to_owned());
            continue;
        };
        let declared: Vec<&str> = match spec.bind {
            Bind::Score | Bind::Stage | Bind::CrossedUp | Bind::CrossedDown => {
                let scores = cx.names.scores.iter();
                scores.map(|score| score.name.as_str()).collect()
            }
            Bind::Views => {
                let types = cx.names.page_types.iter();
                types.map(|(name, _)| name.as_str()).collect()
            }
            Bind::Matrix => {
                let matrices = cx.names.matrices.iter();
                matrices.map(|matrix| matrix.name.as_str()).collect()
            }
            Bind::Utm => Utm::ALL.map(Utm::as_str).to_vec(),
            Bind::To(_)
            | Bind::Query
            | Bind::Trait
            | Bind::Prop
            | Bind::Events
            | Bind::Goals
            | Bind::Department
            | Bind::OpenIn => Vec::new(),
        };
        known.extend(declared.iter().map(|name| format!("{prefix}{name}")));
    }
    let last = |field: &str| field.rsplit('.').next().map(str::to_owned);
    let same = || {
        known
            .iter()
            .find(|field| last(field) == last(name))
            .cloned()
    };
    let close = || {
        let of_family = family(name).and_then(|(family, rest)| {
            let rests = known.iter().filter_map(|field| field.strip_prefix(family));
            let rest = suggest::closest(rest, rests)?;
            Some(format!("{family}{rest}"))
        });
        // Within a family of fields, its name says nothing about how near the rest is.
        if family(name).is_some() {
            return of_family;
        }
        suggest::closest(name, known.iter().map(String::as_str)).map(str::to_owned)
    };
    same().or_else(close)
}

/// What a field's name begins with, such as `visitor.`, if there are fields that do, and what follows.
fn family(name: &str) -> Option<(&str, &str)> {
    let (family, rest) = name.split_at(name.find('.')? + 1);
    let known = FIELDS.iter().any(|spec| spec.name.starts_with(family));
    known.then_some((family, rest))
}

/// The fields that begin as this name does.
fn siblings(name: &str) -> Option<Advice> {
    let (family, rest) = family(name)?;
    let names = FIELDS.iter().map(|spec| spec.name);
    let names: Vec<_> = names
        .filter(|known| known.starts_with(family))
        .map(|known| format!("`{known}`"))
        .collect();
    let told = if family == "visitor." && !rest.is_empty() {
        format!("; what the site tells about a visitor is `visitor.trait.{rest}`")
    } else {
        String::new()
    };
    Some(Advice::say(format!("there are {}{told}", names.join(", "))))
}
