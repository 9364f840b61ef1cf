//! Personal data in a rule: whoever can read the rules could read it too, and it would stay in every version.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only some kinds of value can name a person"
)]

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
        Kind::Text(text) => report(sink, node.at, kind(text, numbers)),
        Kind::Whole(number)
            if numbers && number.unsigned_abs() >= 10_u64.pow(LONG_NUMBER as u32 - 1) =>
        {
            report(sink, node.at, Some("a number that may name a person"));
        }
        Kind::List(nodes) => nodes.iter().for_each(|node| look_at(sink, node, numbers)),
        Kind::Table(table) => look(sink, table, numbers),
        _ => {}
    }
}

fn report(sink: &mut Sink, at: Spot, what: Option<&str>) {
    if let Some(what) = what {
        let message = format!("this looks like {what}");
        sink.report(Code::PersonalData, at, message)
            .help("keep people out of rules: let the site tell a trait, such as `visitor.trait.plan`, and ask for that");
    }
}

/// What kind of personal data a text has in it, if any.
fn kind(text: &str, numbers: bool) -> Option<&'static str> {
    if text
        .split([' ', '<', '>', '(', ')', ',', ';', '"'])
        .any(is_email)
    {
        return Some("an e-mail address");
    }
    if is_phone(text) {
        return Some("a phone number");
    }
    let longest = text
        .split(|c: char| !c.is_numeric())
        .map(|run| run.chars().count())
        .max();
    let long = longest.is_some_and(|longest| longest >= LONG_NUMBER);
    (numbers && long).then_some("a number that may name a person")
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

/// A plus sign with 8 to 15 digits after it, which spaces and the like may part.
fn is_phone(text: &str) -> bool {
    text.split('+').skip(1).any(|rest| {
        let digits = rest
            .chars()
            .take_while(|c| c.is_numeric() || " -.()/".contains(*c));
        (8..=15).contains(&digits.filter(|c| c.is_numeric()).count())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_things() {
        let (mail, phone, number) = (
            Some("an e-mail address"),
            Some("a phone number"),
            Some("a number that may name a person"),
        );
        for (text, found) in [
            ("sara@example.com", mail),
            ("Write to Sara <sara@shop.example.com>.", mail),
            ("@example.com", None),
            ("a@b", None),
            ("Call +966 50 123 4567 now", phone),
            ("+20-100-123-4567", phone),
            ("3 + 4 = 7", None),
            ("1098765432", number),
            ("١٠٩٨٧٦٥٤٣٢", number),
            ("2026-09-23", None),
            ("/product/12345678", None),
        ] {
            assert_eq!(kind(text, true), found, "{text}");
        }
        assert_eq!(kind("1098765432", false), None);
    }
}
