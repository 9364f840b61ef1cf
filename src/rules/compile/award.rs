//! How many points a score rule gives: `points`, or `points_from` with its scale and bounds.

use crate::domain::Points;

use super::super::code::Code;
use super::super::limits::MAX_POINTS;
use super::super::operator::FieldType;
use super::super::parts::Award;
use super::super::tree::{Entry, Table};
use super::Context;
use super::condition::Scope;
use super::field;

/// Keys that mean something only beside `points_from`.
const BY_VALUE: [&str; 3] = ["scale", "max_points", "min_points"];
const MAX_SCALE: f64 = 1e6;

/// Reads what a rule gives.
pub(super) fn read(cx: &mut Context, table: &Table, scope: Scope) -> Option<Award> {
    match (table.entry("points"), table.entry("points_from")) {
        (Some(points), Some(_)) => {
            let message = "`points_from` says how many points there are";
            cx.sink
                .report(Code::MisplacedKey, points.key_at, message)
                .help("leave out one of the two; `max_points` caps the value");
            None
        }
        (None, None) => {
            let message = "a score rule needs `points` or `points_from`";
            cx.sink
                .report(Code::MissingKey, table.at, message)
                .help("add `points = 10`");
            None
        }
        (Some(points), None) => fixed(cx, table, points),
        (None, Some(from)) => by_value(cx, table, from, scope),
    }
}

fn fixed(cx: &mut Context, table: &Table, points: &Entry) -> Option<Award> {
    let mut whole = Some(());
    for entry in BY_VALUE.iter().filter_map(|key| table.entry(key)) {
        let message = format!("`{}` goes with `points_from`", entry.key);
        cx.sink
            .report(Code::MisplacedKey, entry.key_at, message)
            .help("leave it out: `points` is exact");
        whole = None;
    }
    let node = &points.value;
    let points = cx.sink.whole(node, -MAX_POINTS..=MAX_POINTS)?;
    if points == 0 {
        let message = "a rule that gives no points does nothing";
        cx.sink.report(Code::OutOfRange, node.at, message);
    }
    whole.map(|()| Award::Fixed(Points::whole(points)))
}

fn by_value(cx: &mut Context, table: &Table, from: &Entry, scope: Scope) -> Option<Award> {
    let scale = table.get("scale").map_or(Some(1.0), |node| {
        let scale = cx.sink.number(node)?;
        if scale == 0.0 || scale.abs() > MAX_SCALE {
            let message = "a scale lies between -1,000,000 and 1,000,000 and is not 0";
            cx.sink.report(Code::OutOfRange, node.at, message);
            return None;
        }
        Some(scale)
    });
    let takes = scale.is_some_and(|scale| scale < 0.0);
    let (least, most) = if takes {
        (-MAX_POINTS, 0)
    } else {
        (0, MAX_POINTS)
    };
    let mut bound = |key: &str, default: i64| {
        table.get(key).map_or(Some(default), |node| {
            cx.sink.whole(node, -MAX_POINTS..=MAX_POINTS)
        })
    };
    let (least, most) = (bound("min_points", least), bound("max_points", most));
    let resolved = field::read(cx, &from.value, scope)?;
    match resolved.of {
        FieldType::Number | FieldType::Duration | FieldType::Any => {}
        FieldType::Text
        | FieldType::Word(_)
        | FieldType::List(_)
        | FieldType::Texts
        | FieldType::Date
        | FieldType::Flag => {
            let (name, noun) = (&resolved.name, resolved.of.noun());
            let message = format!("`{name}` ({noun}) is no number to make points of");
            cx.sink
                .report(Code::TypeMismatch, from.value.at, message)
                .help("name a number, such as `event.value` or `event.props.price`");
            return None;
        }
    }
    let (least, most) = (least?, most?);
    if least >= most {
        let message = "`min_points` is not below `max_points`";
        cx.sink.report(Code::OutOfRange, table.at, message);
        return None;
    }
    Some(Award::ByValue {
        field: resolved.field,
        scale: scale?,
        least: Points::whole(least),
        most: Points::whole(most),
    })
}
