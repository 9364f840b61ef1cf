//! The form: every entry of every file as values that a form can show, and edits that a form makes.
//!
//! A file is never written from its values. An [`edit`] puts a few bytes in the place of others, so whatever it is not
//! about stays as somebody wrote it.

mod at;
mod cells;
mod data;
mod edit;
mod keys;
mod make;
mod set;
mod sheet;
mod tables;
#[cfg(test)]
mod tests;
mod wanted;

use serde::Serialize;

use super::schema::ROOT;
use super::source::SourceFile;
use super::tree::Node;

pub use at::{At, Step};
pub use data::Data;
pub use edit::FormEdit;
pub use make::{BadEdit, Edited, MAX_EDITS, edit};

use sheet::Sheet;

/// All entries of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormPart {
    /// The kind of table, such as `score_rule`.
    pub part: String,
    /// Whether a rule set has one of it, such as `policy`.
    pub single: bool,
    /// The entries, by file and place.
    pub entries: Vec<FormEntry>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormEntry {
    /// The file's name.
    pub file: String,
    /// Which of the file's entries of this kind, from 0.
    pub index: usize,
    /// Its id or name.
    pub id: Option<String>,
    /// The line that it begins with, from 1.
    pub line: usize,
    /// Its last line.
    pub end_line: usize,
    /// Its keys and values, in the order they are written.
    pub values: Data,
    /// The comment right above it, without its marks.
    pub comment: String,
}

/// The entries of these files by kind, in the order of the reference; what cannot be read has none.
pub fn form(files: &[SourceFile]) -> Vec<FormPart> {
    let part = |name: &str| FormPart {
        part: name.to_owned(),
        single: tables::SINGLE.contains(&name),
        entries: Vec::new(),
    };
    let mut parts: Vec<_> = ROOT.keys.iter().map(|key| part(key.name)).collect();
    for file in files {
        let Ok(sheet) = Sheet::read(&file.text) else {
            continue;
        };
        let lines = Lines::of(&file.text);
        for entry in &sheet.table().entries {
            let at = parts.iter().position(|part| part.part == entry.key);
            let at = at.unwrap_or_else(|| {
                parts.push(part(&entry.key));
                parts.len() - 1
            });
            let nodes = sheet.entries(&entry.key).iter().enumerate();
            let entries = nodes.map(|(index, node)| told(file, &sheet, &lines, index, node));
            parts[at].entries.extend(entries);
        }
    }
    parts
}

fn told(
    file: &SourceFile,
    sheet: &Sheet<'_>,
    lines: &Lines,
    index: usize,
    node: &Node,
) -> FormEntry {
    let values = Data::of(node);
    let extent = Sheet::extent(node);
    let (start, begin) = (
        sheet.comment_start(extent.start),
        sheet.line_start(extent.start),
    );
    let comment = sheet.text.get(start..begin).unwrap_or_default().lines();
    let comment = comment.map(|line| line.trim().trim_start_matches('#').trim());
    let id = ["id", "name"]
        .iter()
        .find_map(|key| values.get(key)?.text());
    FormEntry {
        file: file.name.clone(),
        index,
        id: id.map(str::to_owned),
        line: lines.number(extent.start),
        end_line: lines.number(extent.end.max(extent.start)),
        comment: comment.collect::<Vec<_>>().join("\n"),
        values,
    }
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(breaks.map(|(at, _)| at + 1).collect())
    }

    /// The line of a byte, from 1.
    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|begin| *begin <= at) + 1
    }
}
