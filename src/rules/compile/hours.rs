//! `[hours]`: the time zone of the rules, and when the site is open.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::calendar::{self, Calendar, DAY_MINUTES, Holiday, Span, WEEKDAYS};
use super::super::code::Code;
use super::super::limits::{MAX_HOLIDAYS, MAX_NAME_CHARS, MAX_SPANS};
use super::super::schema;
use super::super::sink::Sink;
use super::super::suggest;
use super::super::tree::{Entry, Kind, Node, Table};
use super::Context;

/// Names for several days at once.
const GROUPS: [&str; 3] = ["every_day", "weekdays", "weekend"];
const SATURDAY_AND_SUNDAY: [usize; 2] = [5, 6];

/// Reads the hours. There is at most one table in all files together.
pub(super) fn read(cx: &mut Context, tables: &[&Table]) -> Calendar {
    let [first, others @ ..] = tables else {
        return Calendar::default();
    };
    for other in others {
        cx.sink
            .report(Code::DuplicateId, other.at, "there is an `[hours]` already")
            .related(first.at, "first here");
    }
    let sink = &mut cx.sink;
    sink.check_keys(first, &schema::HOURS);
    let zone = first.get("time_zone").and_then(|node| zone(sink, node));
    let weekend = first.get("weekend").and_then(|node| weekend(sink, node));
    let weekend = weekend.unwrap_or_else(|| SATURDAY_AND_SUNDAY.to_vec());
    let week = first
        .get("open")
        .and_then(|node| week(sink, node, &weekend));
    let holidays = first.get("holidays").map(|node| holidays(sink, node));
    Calendar::new(
        zone.unwrap_or(TimeZone::UTC),
        week,
        holidays.unwrap_or_default(),
    )
}

fn zone(sink: &mut Sink, node: &Node) -> Option<TimeZone> {
    let name = sink.text(node)?;
    let zone = calendar::zone(name);
    if zone.is_none() {
        let names = calendar::zone_names();
        let city = |zone: &str| zone.rsplit('/').next().unwrap_or(zone).to_lowercase();
        let same_city = names.iter().find(|known| city(known) == city(name));
        let close = || suggest::closest(name, names.iter().map(String::as_str));
        let help = match same_city.map(String::as_str).or_else(close) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "write an IANA name, such as \"Asia/Riyadh\" or \"Europe/Berlin\"".into(),
        };
        let message = format!("there is no time zone `{}`", name.escape_debug());
        sink.report(Code::UnknownTimeZone, node.at, message)
            .help(help);
    }
    zone
}

fn weekend(sink: &mut Sink, node: &Node) -> Option<Vec<usize>> {
    let days = WEEKDAYS.map(|day| {
        let at = WEEKDAYS.iter().position(|known| *known == day);
        (day, at.unwrap_or_default())
    });
    let nodes = sink.one_or_more(node)?;
    let days: Vec<_> = nodes.iter().map(|node| sink.word(node, &days)).collect();
    days.into_iter().collect()
}

/// The hours of a week. What names one day wins over what names several, wherever it stands.
fn week(sink: &mut Sink, node: &Node, weekend: &[usize]) -> Option<[Vec<Span>; 7]> {
    let Kind::Table(table) = &node.kind else {
        sink.mismatch(node, "a table of days")
            .help("write `open = { weekdays = [\"09:00-17:00\"] }`");
        return None;
    };
    let mut week: [Vec<Span>; 7] = Default::default();
    let mut entries: Vec<(&Entry, Option<Vec<Span>>)> = Vec::new();
    for entry in &table.entries {
        let known = GROUPS.into_iter().chain(WEEKDAYS);
        if known.clone().all(|day| day != entry.key) {
            let message = format!("there is no day `{}`", entry.key.escape_debug());
            sink.report(Code::UnknownKey, entry.key_at, message)
                .maybe_help(suggest::help(&entry.key, known));
            continue;
        }
        entries.push((entry, spans(sink, &entry.value)));
    }
    for several in [true, false] {
        for (entry, spans) in &entries {
            let is_group = GROUPS.contains(&entry.key.as_str());
            let Some(spans) = spans.as_ref().filter(|_| is_group == several) else {
                continue;
            };
            for (at, day) in WEEKDAYS.into_iter().enumerate() {
                let meant = match entry.key.as_str() {
                    "every_day" => true,
                    "weekdays" => !weekend.contains(&at),
                    "weekend" => weekend.contains(&at),
                    named => named == day,
                };
                if meant {
                    week[at].clone_from(spans);
                }
            }
        }
    }
    Some(week)
}

fn spans(sink: &mut Sink, node: &Node) -> Option<Vec<Span>> {
    let nodes = sink.one_or_more(node)?;
    if let Some(node) = nodes.get(MAX_SPANS) {
        let message = format!("a day has at most {MAX_SPANS} spans of opening");
        sink.report(Code::TooMany, node.at, message);
        return None;
    }
    let spans: Vec<_> = nodes.iter().map(|node| span(sink, node)).collect();
    spans.into_iter().collect()
}

/// `09:00-17:00`; an end at or before the start lies in the next day.
fn span(sink: &mut Sink, node: &Node) -> Option<Span> {
    let text = sink.text(node)?;
    let ends = text.split_once('-').map(|(from, until)| {
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok())?;
            let (hour, minute) = (number(hour)?, number(minute)?);
            (minute < 60 && hour * 60 + minute <= DAY_MINUTES).then_some(hour * 60 + minute)
        };
        (minute(from), minute(until))
    });
    let Some((Some(from), Some(until))) = ends else {
        let message = format!("`{}` is not a span of opening hours", text.escape_debug());
        sink.report(Code::BadHours, node.at, message).help(
            "write hours and minutes of 24 hours, such as \"09:00-17:00\" or \"22:00-02:00\"",
        );
        return None;
    };
    let until = if until <= from {
        until + DAY_MINUTES
    } else {
        until
    };
    Some(Span { from, until })
}

fn holidays(sink: &mut Sink, node: &Node) -> BTreeMap<Date, Holiday> {
    let mut holidays = BTreeMap::new();
    let Some(nodes) = sink.list(node) else {
        return holidays;
    };
    if let Some(node) = nodes.get(MAX_HOLIDAYS) {
        let message = format!("there are at most {MAX_HOLIDAYS} holidays");
        sink.report(Code::TooMany, node.at, message);
    }
    for node in nodes.iter().take(MAX_HOLIDAYS) {
        let Some((day, holiday)) = holiday(sink, node) else {
            continue;
        };
        if holidays.insert(day, holiday).is_some() {
            sink.report(
                Code::DuplicateId,
                node.at,
                format!("{day} is there already"),
            );
        }
    }
    holidays
}

fn holiday(sink: &mut Sink, node: &Node) -> Option<(Date, Holiday)> {
    let Kind::Table(table) = &node.kind else {
        return Some((day(sink, node)?, Holiday::default()));
    };
    sink.check_keys(table, &schema::HOLIDAY);
    let name = sink.optional(table, "name", |sink, node| sink.prose(node, MAX_NAME_CHARS));
    let open = table
        .get("open")
        .map_or(Some(Vec::new()), |node| spans(sink, node));
    let day = day(sink, table.get("date")?);
    let holiday = Holiday {
        name: name?.map(Into::into),
        open: open?,
    };
    Some((day?, holiday))
}

/// A date without a time.
fn day(sink: &mut Sink, node: &Node) -> Option<Date> {
    let text = match &node.kind {
        Kind::Date(text) | Kind::Text(text) => text,
        Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_) | Kind::List(_) | Kind::Table(_) => {
            sink.mismatch(node, "a date");
            return None;
        }
    };
    let day = text
        .parse()
        .ok()
        .filter(|_| text.len() == "2026-03-01".len());
    if day.is_none() {
        let message = format!("`{}` is not a date", text.escape_debug());
        sink.report(Code::BadDate, node.at, message)
            .help("write year, month and day, such as \"2026-03-01\"");
    }
    day
}
