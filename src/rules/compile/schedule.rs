//! `schedule = { … }`: dates, weekdays and hours by the site's clocks.

use jiff::civil::Date;

use super::super::code::Code;
use super::super::schedule::{DAY_MINUTES, Schedule};
use super::super::schema;
use super::super::sink::Sink;
use super::super::tree::{Kind, Node};

/// The weekdays, Monday first.
const DAYS: [(&str, usize); 7] = [
    ("mon", 0),
    ("tue", 1),
    ("wed", 2),
    ("thu", 3),
    ("fri", 4),
    ("sat", 5),
    ("sun", 6),
];

/// Reads a schedule.
pub(super) fn read(sink: &mut Sink, node: &Node) -> Option<Box<Schedule>> {
    let table = sink.table(node, &schema::SCHEDULE)?;
    if table.entries.is_empty() {
        sink.report(Code::BadSchedule, node.at, "this schedule says nothing")
            .help("write `schedule = { days = [\"mon\", \"tue\"], hours = \"09:00-17:00\" }`");
        return None;
    }
    let from = sink.optional(table, "from", date);
    let until = sink.optional(table, "until", date);
    let days = table
        .get("days")
        .map_or(Some([true; 7]), |node| days(sink, node));
    let hours = table
        .get("hours")
        .map_or(Some(Vec::new()), |node| hours(sink, node));
    let (from, until) = (from?, until?);
    if from.zip(until).is_some_and(|(from, until)| from > until) {
        sink.report(Code::BadSchedule, node.at, "this ends before it begins")
            .help("put the earlier date into `from`");
        return None;
    }
    Some(Box::new(Schedule {
        from,
        until,
        days: days?,
        hours: hours?,
    }))
}

/// A date, with or without quotes.
fn date(sink: &mut Sink, node: &Node) -> Option<Date> {
    let text = match &node.kind {
        Kind::Text(text) | Kind::Date(text) => text,
        Kind::Whole(_) | Kind::Fraction(_) | Kind::Flag(_) | Kind::List(_) | Kind::Table(_) => {
            sink.mismatch(node, "a date such as 2026-11-20");
            return None;
        }
    };
    let plain = text.len() == "2026-11-20".len();
    let date = text.parse::<Date>().ok().filter(|_| plain);
    if date.is_none() {
        let message = format!("`{}` is not a date", text.escape_debug());
        sink.report(Code::BadSchedule, node.at, message)
            .help("write year, month and day: 2026-11-20");
    }
    date
}

fn days(sink: &mut Sink, node: &Node) -> Option<[bool; 7]> {
    let nodes = sink.one_or_more(node)?;
    if nodes.is_empty() {
        sink.report(
            Code::BadSchedule,
            node.at,
            "there is no day on which it runs",
        )
        .help("name a day, or leave out `days` for every day");
        return None;
    }
    let named: Vec<_> = nodes.iter().map(|node| sink.word(node, &DAYS)).collect();
    let mut days = [false; 7];
    for day in named {
        days[day?] = true;
    }
    Some(days)
}

fn hours(sink: &mut Sink, node: &Node) -> Option<Vec<(u16, u16)>> {
    let nodes = sink.one_or_more(node)?;
    if nodes.is_empty() {
        sink.report(
            Code::BadSchedule,
            node.at,
            "there is no hour at which it runs",
        )
        .help("write `hours = \"09:00-17:00\"`, or leave it out for the whole day");
        return None;
    }
    let spans: Vec<_> = nodes.iter().map(|node| hour_span(sink, node)).collect();
    spans.into_iter().collect()
}

/// A span such as `09:00-17:00`; one such as `22:00-02:00` runs past midnight.
fn hour_span(sink: &mut Sink, node: &Node) -> Option<(u16, u16)> {
    let text = sink.text(node)?;
    let span = text
        .split_once('-')
        .and_then(|(start, end)| Some((minute(start.trim())?, minute(end.trim())?)));
    let span = span.filter(|(start, end)| start != end && *start < DAY_MINUTES);
    if span.is_none() {
        let message = format!("`{}` is not a span of hours", text.escape_debug());
        sink.report(Code::BadSchedule, node.at, message)
            .help("write \"09:00-17:00\"; the whole day is \"00:00-24:00\"");
    }
    span
}

/// The minute of the day that `09:30` names, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY_MINUTES).then_some(of_day)
}
