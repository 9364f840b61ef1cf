//! Personal data in a rule: whoever can read the rules could read it too, and it would stay in every version.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only some kinds of value can name a person"
)]

use std::ops::Range;

use super::super::code::Code;
use super::super::sink::{Sink, Spot};
use super::super::tree::{Kind, Node, Table};
use super::Subject;

/// Tables of the file in which texts are compared with visitors' data or said to them.
const TABLES: [&str; 4] = ["page_type", "score_rule", "trigger", "segment"];
/// As many digits in a row name a person more often than a thing.
const LONG_NUMBER: usize = 9;

/// Looks at every text of the rules.
pub(super) fn run(sink: &mut Sink, subject: &Subject<'_>) {
    for table in TABLES.iter().flat_map(|key| subject.tables(key)) {
        look(sink, table, true);
    }
}

/// `numbers`: whether a long number is likely to be about a person here.
fn look(sink: &mut Sink, table: &Table, numbers: bool) {
    // Advertisements and addresses have long numbers of their own.
    let field = super::text(table, "field");
    let things = ["page.path", "page.url", "session."];
    let numbers = numbers && !field.is_some_and(|f| things.iter().any(|t| f.starts_with(t)));
    for entry in &table.entries {
        if !matches!(entry.key.as_str(), "id" | "name" | "field" | "match") {
            look_at(sink, &entry.value, numbers);
        }
    }
}

fn look_at(sink: &mut Sink, node: &Node, numbers: bool) {
    match &node.kind {
        Kind::Text(text) => {
            // Quotes are a byte each; a text with escapes is longer where it is written.
            let is_plain = node.at.end - node.at.start == text.len() + 2;
            for (range, what) in kinds(text, numbers) {
                let start = node.at.start + 1;
                let within = Spot {
                    start: start + range.start,
                    end: start + range.end,
                    ..node.at
                };
                report(sink, if is_plain { within } else { node.at }, what);
            }
        }
        Kind::Whole(number)
            if numbers && number.unsigned_abs() >= 10_u64.pow(LONG_NUMBER as u32 - 1) =>
        {
            report(sink, node.at, NUMBER);
        }
        Kind::List(nodes) => nodes.iter().for_each(|node| look_at(sink, node, numbers)),
        Kind::Table(table) => look(sink, table, numbers),
        _ => {}
    }
}

fn report(sink: &mut Sink, at: Spot, what: &str) {
    let message = format!("this looks like {what}");
    sink.report(Code::PersonalData, at, message)
        .help("keep people out of rules: let the site tell a trait, such as `visitor.trait.plan`, and ask for that");
}

/// What stands between words.
const BETWEEN: [char; 8] = [' ', '<', '>', '(', ')', ',', ';', '"'];
const EMAIL: &str = "an e-mail address";
const PHONE: &str = "a phone number";
const NUMBER: &str = "a number that may name a person";

/// What personal data a text has in it and where, in bytes, each occurrence by itself.
fn kinds(text: &str, numbers: bool) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    // What is found is blotted out, so that the digits of a phone number are no other number.
    let mut rest = text.to_owned();
    let mut find = |rest: &mut String, range: Range<usize>, what| {
        rest.replace_range(range.clone(), &" ".repeat(range.len()));
        found.push((range, what));
    };
    let mut start = 0;
    for word in text.split_inclusive(BETWEEN) {
        let bare = word.trim_end_matches(BETWEEN);
        if is_email(bare) {
            find(&mut rest, start..start + bare.len(), EMAIL);
        }
        start += word.len();
    }
    let pluses: Vec<usize> = rest.match_indices('+').map(|(at, _)| at).collect();
    for at in pluses {
        let length = phone(&rest[at + 1..]);
        if length > 0 {
            find(&mut rest, at..at + 1 + length, PHONE);
        }
    }
    let mut runs = Vec::new();
    let mut start = 0;
    for run in rest.split_inclusive(|c: char| !c.is_numeric()) {
        let digits = run.trim_end_matches(|c: char| !c.is_numeric());
        if digits.chars().count() >= LONG_NUMBER {
            runs.push(start..start + digits.len());
        }
        start += run.len();
    }
    for run in runs.into_iter().filter(|_| numbers) {
        find(&mut rest, run, NUMBER);
    }
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// `name@host.tld`.
fn is_email(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    word.split_once('@').is_some_and(|(name, host)| {
        let host_parts = host.split('.').collect::<Vec<_>>();
        !name.is_empty()
            && host_parts.len() >= 2
            && host_parts.iter().all(|part| !part.is_empty())
            && host
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
    })
}

/// How many bytes of what follows a plus sign are a phone number: 8 to 15 digits, which spaces and the like may part.
fn phone(rest: &str) -> usize {
    let is_part = |c: char| c.is_numeric() || " -.()/".contains(c);
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let digits = rest[..end].chars().filter(|c| c.is_numeric()).count();
    if (8..=15).contains(&digits) { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_things() {
        for (text, found) in [
            ("sara@example.com", &[EMAIL][..]),
            ("Write to Sara <sara@shop.example.com>.", &[EMAIL]),
            ("sara@example.com, omar@example.com", &[EMAIL, EMAIL]),
            ("sara@example.com or +966 50 123 4567", &[EMAIL, PHONE]),
            ("@example.com", &[]),
            ("a@b", &[]),
            ("Call +966 50 123 4567 now", &[PHONE]),
            ("+20-100-123-4567", &[PHONE]),
            ("+966501234567+966501234568", &[PHONE, PHONE]),
            ("3 + 4 = 7", &[]),
            ("1098765432", &[NUMBER]),
            ("1098765432 or 1098765433", &[NUMBER, NUMBER]),
            ("١٠٩٨٧٦٥٤٣٢", &[NUMBER]),
            ("2026-09-23", &[]),
            ("/product/12345678", &[]),
        ] {
            let kinds = kinds(text, true).into_iter().map(|(_, what)| what);
            assert_eq!(kinds.collect::<Vec<_>>(), found, "{text}");
        }
        assert!(kinds("1098765432", false).is_empty());
        assert_eq!(kinds("or sara@example.com", true), [(3..19, EMAIL)]);
    }
}
