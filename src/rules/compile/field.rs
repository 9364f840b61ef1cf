//! Turns the name of a field into the field.

use crate::domain::Key;

use super::super::catalogue::{self, Bind, FIELDS, FieldSpec};
use super::super::code::Code;
use super::super::field::Field;
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
    /// For a stage: the stages of its score.
    pub(super) stages: Vec<String>,
}

/// The field that a text names.
pub(super) fn read(cx: &mut Context, node: &Node, scope: Scope) -> Option<Resolved> {
    let name = cx.sink.text(node)?;
    let Some((spec, rest)) = catalogue::find(name) else {
        let message = format!("there is no field `{}`", name.escape_debug());
        let advice = guess(cx, name).map_or_else(
            || Advice::say("fields begin with `page.`, `session.`, `visitor.`, `score.`, `stage.`, `event.` or `chat.`"),
            |guess| Advice::did_you_mean(&guess),
        );
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
    let mut stages = Vec::new();
    let field = match &spec.bind {
        Bind::To(field) => field.clone(),
        Bind::Query => Field::PageQuery(free(cx, node, spec, rest)?),
        Bind::Trait => Field::VisitorTrait(free(cx, node, spec, rest)?),
        Bind::Prop => Field::EventProp(free(cx, node, spec, rest)?),
        Bind::Views => Field::SessionViews(cx.names.page_type(&mut cx.sink, rest, node.at)?),
        Bind::Score => {
            cx.names.score(&mut cx.sink, rest, node.at)?;
            Field::Score(Key::of(rest))
        }
        Bind::Stage => {
            let score = cx.names.score(&mut cx.sink, rest, node.at)?;
            if score.stages.is_empty() {
                let message = format!("the score `{rest}` has no stages");
                cx.sink.report(Code::UnknownStage, node.at, message);
                return None;
            }
            stages.clone_from(&score.stages);
            Field::Stage(Key::of(rest))
        }
    };
    let (of, name) = (spec.of, name.to_owned());
    Some(Resolved {
        field,
        of,
        name,
        stages,
    })
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
        let scores = cx.names.scores.iter().map(|score| &score.name);
        let types = cx.names.page_types.iter().map(|(name, _)| name);
        match spec.bind {
            Bind::Score | Bind::Stage => known.extend(scores.map(|n| format!("{prefix}{n}"))),
            Bind::Views => known.extend(types.map(|n| format!("{prefix}{n}"))),
            Bind::To(_) | Bind::Query | Bind::Trait | Bind::Prop => {}
        }
    }
    let last = |field: &str| field.rsplit('.').next().map(str::to_owned);
    let same = || {
        known
            .iter()
            .find(|field| last(field) == last(name))
            .cloned()
    };
    same().or_else(|| suggest::closest(name, known.iter().map(String::as_str)).map(str::to_owned))
}
