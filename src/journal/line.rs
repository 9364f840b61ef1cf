//! One line: written from the nouns, and read back into them.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::domain::{Batch, Cause, Key, Record, RuleSetHash, Timestamp, VisitorId};

use super::Line;
use super::arrival::ArrivalLine;
use super::event::EventLine;
use super::scores::ScoresLine;
use super::site::SiteLine;

/// The version of the form.
pub const VERSION: u32 = 1;

/// What every line has.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalLine {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    #[serde(default)]
    pseudonymised: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesLine {
    #[serde(rename = "type")]
    kind: String,
    hash: String,
    files: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordLine {
    #[serde(rename = "type")]
    kind: String,
    visitor: VisitorId,
    site: String,
    now: u64,
    rules: String,
    site_now: SiteLine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrival: Option<ArrivalLine>,
    /// Left out when a timer rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events: Option<Vec<EventLine>>,
    /// Instead of events, when history was scored anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scores: Option<ScoresLine>,
}

/// The hash of a name, in eight hexadecimal digits.
pub(super) fn short_key(text: &str, field: &str) -> Result<Key, String> {
    let key = u32::try_from(hex(text, field)?);
    key.map(Key)
        .map_err(|_| format!("`{field}` has more than 8 digits"))
}

/// Writes one line.
pub(super) fn write(out: &mut impl Write, line: &Line) -> io::Result<()> {
    match line {
        Line::Journal { pseudonymised } => {
            let line = JournalLine {
                kind: "journal".to_owned(),
                version: VERSION,
                pseudonymised: *pseudonymised,
            };
            serde_json::to_writer(&mut *out, &line)?;
        }
        Line::Rules { hash, files } => {
            let line = RulesLine {
                kind: "rules".to_owned(),
                hash: hash.to_string(),
                files: files.clone(),
            };
            serde_json::to_writer(&mut *out, &line)?;
        }
        Line::Record(record) => serde_json::to_writer(&mut *out, &told(record))?,
    }
    out.write_all(b"\n")
}

/// Reads one line; tells what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Line, String> {
    let wrong = |why: serde_json::Error| why.to_string();
    let Kind { kind } = serde_json::from_str(text).map_err(wrong)?;
    match &*kind {
        "journal" => {
            let line: JournalLine = serde_json::from_str(text).map_err(wrong)?;
            if line.version != VERSION {
                return Err(format!(
                    "its version is {} and this program reads {VERSION}",
                    line.version
                ));
            }
            let pseudonymised = line.pseudonymised;
            Ok(Line::Journal { pseudonymised })
        }
        "rules" => {
            let line: RulesLine = serde_json::from_str(text).map_err(wrong)?;
            Ok(Line::Rules {
                hash: RuleSetHash(hex(&line.hash, "hash")?),
                files: line.files,
            })
        }
        "record" => {
            let line: RecordLine = serde_json::from_str(text).map_err(wrong)?;
            Ok(Line::Record(Box::new(read(line)?)))
        }
        other => Err(format!(
            "its type is {other:?}; this program knows journal, rules and record"
        )),
    }
}

fn told(record: &Record) -> RecordLine {
    let Record {
        visitor,
        site,
        now,
        rules,
        site_now,
        cause,
    } = record;
    let (arrival, events) = match cause {
        Cause::Tick | Cause::Rescore(_) => (None, None),
        Cause::Events(Batch { arrival, events }) => (
            arrival.as_deref().map(ArrivalLine::of),
            Some(events.iter().map(EventLine::of).collect()),
        ),
    };
    RecordLine {
        kind: "record".to_owned(),
        visitor: *visitor,
        site: format!("{:08x}", site.0),
        now: now.0,
        rules: rules.to_string(),
        site_now: SiteLine::of(site_now),
        arrival,
        events,
        scores: match cause {
            Cause::Rescore(scores) => Some(ScoresLine::of(scores)),
            Cause::Tick | Cause::Events(_) => None,
        },
    }
}

fn read(line: RecordLine) -> Result<Record, String> {
    let events = line.events.map(|events| {
        let events = events.into_iter().map(EventLine::read);
        events.collect::<Result<Vec<_>, String>>()
    });
    let arrival = line.arrival.map(ArrivalLine::read).transpose()?;
    let scores = line.scores.map(ScoresLine::read).transpose()?;
    let cause = match (events.transpose()?, scores) {
        (Some(events), None) => Cause::Events(Batch {
            arrival: arrival.map(Box::new),
            events,
        }),
        (None, Some(scores)) => Cause::Rescore(Box::new(scores)),
        (None, None) => Cause::Tick,
        (Some(_), Some(_)) => return Err("a record has `events` or `scores`, not both".to_owned()),
    };
    Ok(Record {
        visitor: line.visitor,
        site: short_key(&line.site, "site")?,
        now: Timestamp(line.now),
        rules: RuleSetHash(hex(&line.rules, "rules")?),
        site_now: line.site_now.read()?,
        cause,
    })
}

/// A number in hexadecimal digits.
pub(super) fn hex(text: &str, field: &str) -> Result<u64, String> {
    let digits = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u64::from_str_radix(text, 16).ok().filter(|_| digits);
    number.ok_or_else(|| format!("`{field}` is {text:?}; write 1 to 16 hexadecimal digits"))
}

/// The value that a word stands for.
pub(super) fn one_of<T: Copy>(
    text: &str,
    field: &str,
    values: &[T],
    as_str: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = values.iter().find(|value| as_str(**value) == text);
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = values.iter().map(|value| as_str(*value)).collect();
        format!("`{field}` is {text:?}; write one of {}", words.join(", "))
    })
}
