//! The reference of the rule language: a tour written by hand, and tables that are made from the compiler's own data.

use std::fmt::Write as _;

use crate::domain::Suppression;

use super::catalogue::FIELDS;
use super::code::Code;
use super::compile::words;
use super::lessons;
use super::limits;
use super::operator::{FieldType, Modifier, Operator, Words};
use super::schema::{TABLES, TableSpec};

/// The tour, with a mark where each table goes.
const TOUR: &str = include_str!("reference.md");

/// Where the tour finds the other documents, which lie beside the page that is made from it.
const TO_DOCS: &str = "](../../docs/";

/// The whole reference as Markdown: what `docs/rules.md` holds.
pub fn reference() -> String {
    TOUR.replace(TO_DOCS, "](")
        .replace("{{tables}}", &tables())
        .replace("{{fields}}", &fields())
        .replace("{{types}}", &types())
        .replace("{{operators}}", &operators())
        .replace("{{modifiers}}", &modifiers())
        .replace("{{words}}", &all_words())
        .replace("{{limits}}", &limits())
        .replace("{{suppressions}}", &suppressions())
        .replace("{{codes}}", &codes())
        .replace("{{lessons}}", lessons::all())
}

/// A Markdown table. A bar within a cell would end the cell.
fn markdown<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut out = String::new();
    let mut line = |cells: [String; N]| {
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    line(head.map(str::to_owned));
    line([(); N].map(|()| "---".to_owned()));
    rows.into_iter().for_each(line);
    out.trim_end().to_owned()
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn tables() -> String {
    let tables = TABLES.iter().map(|spec| keys(spec));
    tables.collect::<Vec<_>>().join("\n\n")
}

fn keys(spec: &TableSpec) -> String {
    let rows = spec.keys.iter().map(|key| {
        let default = key.default.map_or("**required**", |default| default);
        [
            code(key.name),
            key.takes.into(),
            default.into(),
            key.says.into(),
        ]
    });
    let table = markdown(["key", "takes", "without it", "meaning"], rows);
    format!("### `{}`\n\n{table}", spec.header)
}

fn fields() -> String {
    let rows = FIELDS.iter().map(|spec| {
        [
            code(spec.name),
            spec.of.noun().into(),
            spec.says.into(),
            code(spec.example),
        ]
    });
    markdown(["field", "type", "meaning", "example"], rows)
}

fn types() -> String {
    let kinds = [
        (FieldType::Text, "text"),
        (
            FieldType::Word(Words::Devices),
            "word, page type, stage, country",
        ),
        (FieldType::List(Words::PageTypes), "list of words"),
        (FieldType::Texts, "list of texts"),
        (FieldType::Number, "number"),
        (FieldType::Duration, "duration"),
        (FieldType::Date, "date"),
        (FieldType::Flag, "true or false"),
        (FieldType::Any, "any"),
    ];
    let rows = kinds.map(|(kind, noun)| {
        let operators = kind.operators().iter().map(|o| code(o.as_str()));
        [noun.to_owned(), operators.collect::<Vec<_>>().join(", ")]
    });
    markdown(["type", "operators"], rows)
}

fn operators() -> String {
    let rows = Operator::ALL.map(|operator| [code(operator.as_str()), operator.says().into()]);
    markdown(["operator", "holds when the value …"], rows)
}

fn modifiers() -> String {
    let rows = Modifier::ALL.map(|modifier| {
        [
            code(modifier.as_str()),
            modifier.takes().into(),
            modifier.says().into(),
        ]
    });
    markdown(["key", "takes", "meaning"], rows)
}

fn all_words() -> String {
    let sets = [
        ("visitor.device", Words::Devices),
        ("session.channel", Words::Channels),
        ("chat.state", Words::ChatStates),
        ("time.weekday", Words::Weekdays),
    ];
    let rows = sets.map(|(field, set)| {
        let words: Vec<_> = words::fixed(set).into_iter().map(code).collect();
        [code(field), words.join(", ")]
    });
    markdown(["field", "words"], rows)
}

fn limits() -> String {
    let rows = limits::table().map(|(what, most)| [what.to_owned(), most]);
    markdown(["what", "at most"], rows)
}

fn suppressions() -> String {
    let rows = Suppression::ALL.iter();
    let rows = rows.map(|why| [code(why.as_str()), why.says().into()]);
    markdown(["word", "meaning"], rows)
}

fn codes() -> String {
    let rows = Code::ALL.iter().map(|known| {
        let severity = known.severity().as_str().to_owned();
        [code(known.as_str()), severity, known.says().into()]
    });
    markdown(["code", "weight", "meaning"], rows)
}

#[cfg(test)]
mod tests {
    use super::super::source::SourceFile;
    use super::*;

    #[test]
    fn the_reference_is_up_to_date() {
        let written = include_str!("../../docs/rules.md");
        assert!(
            written == reference(),
            "docs/rules.md is stale: it is made from src/rules/reference.md and from the fields, keys, operators, \
             limits and codes that the compiler uses. Make it anew with `cargo run -- rules docs > docs/rules.md` \
             and commit it."
        );
    }

    #[test]
    fn every_mark_of_the_tour_is_filled() {
        assert!(!reference().contains("{{"), "a mark is misspelt");
    }

    #[test]
    fn the_examples_of_the_tour_compile() {
        let blocks = TOUR.split("```toml\n").skip(1);
        let text: Vec<_> = blocks
            .filter_map(|block| block.split("```").next())
            .collect();
        let files = [SourceFile::new("tour.toml", text.join("\n"))];
        let outcome = super::super::compile(&files);
        assert!(text.len() >= 4, "the tour shows examples");
        assert!(
            outcome
                .as_ref()
                .is_ok_and(|compiled| compiled.notes.is_empty()),
            "{outcome:#?}"
        );
    }
}
