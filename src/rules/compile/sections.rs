//! Parses every file and sorts its tables by kind, so that declarations are read before what refers to them.

use super::super::code::Code;
use super::super::limits::{
    MAX_FILE_BYTES, MAX_FILES, MAX_GROUPS, MAX_MATRICES, MAX_PAGE_TYPES, MAX_SCORE_RULES,
    MAX_SCORES, MAX_SEGMENTS, MAX_TESTS, MAX_TRIGGERS,
};
use super::super::schema;
use super::super::sink::{Sink, Spot};
use super::super::source::SourceFile;
use super::super::tree::{self, Entry, Form, Kind, Table};
use super::Context;

/// The tables of all files by kind, in order.
#[derive(Debug, Default)]
pub(super) struct Sections<'t> {
    pub(super) page_types: Vec<&'t Table>,
    pub(super) scores: Vec<&'t Table>,
    pub(super) groups: Vec<&'t Table>,
    pub(super) score_rules: Vec<&'t Table>,
    pub(super) triggers: Vec<&'t Table>,
    pub(super) policies: Vec<&'t Table>,
    pub(super) measures: Vec<&'t Table>,
    pub(super) tests: Vec<&'t Table>,
    pub(super) segments: Vec<&'t Table>,
    pub(super) matrices: Vec<&'t Table>,
    pub(super) hours: Vec<&'t Table>,
}

/// The root tables of the files that can be read; the others are reported.
pub(super) fn parse(cx: &mut Context, files: &[SourceFile]) -> Vec<Table> {
    cx.names.complete = true;
    let mut roots = Vec::new();
    for (at, file) in files.iter().enumerate() {
        match read(&mut cx.sink, files, at, file) {
            Some(root) => roots.push(root),
            // What a broken file declares is not known, so a name that is not found may well be declared there.
            None => cx.names.complete = false,
        }
    }
    roots
}

fn read(sink: &mut Sink, files: &[SourceFile], at: usize, file: &SourceFile) -> Option<Table> {
    let begin = Spot {
        file: at,
        start: 0,
        end: 0,
    };
    if at >= MAX_FILES {
        let message = format!("a rule set has at most {MAX_FILES} files");
        if at == MAX_FILES {
            sink.report(Code::TooMany, begin, message);
        }
        return None;
    }
    if files[..at].iter().any(|other| other.name == file.name) {
        let message = format!("two files are named `{}`", file.name);
        sink.report(Code::DuplicateId, begin, message);
        return None;
    }
    if file.text.len() > MAX_FILE_BYTES {
        let message = format!("a file has at most {} MiB", MAX_FILE_BYTES >> 20);
        sink.report(Code::TooLarge, begin, message);
        return None;
    }
    if let Some(broken) = file.broken_at {
        let spot = Spot {
            file: at,
            start: broken,
            end: broken + 1,
        };
        let note = sink.report(Code::NotUtf8, spot, "from here on, this is not UTF-8 text");
        note.help("save the file as UTF-8");
        return None;
    }
    tree::parse(at, &file.text)
        .map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let spot = Spot {
                file: at,
                start: span.start,
                end: span.end,
            };
            let message = error.message().trim();
            let note = sink.report(Code::Syntax, spot, message);
            if let Some(first) = first_of(&file.text, spot).filter(|_| message == "duplicate key") {
                note.related(first, "first here")
                    .help("a file has each of these once: put both together, or take one out");
            }
        })
        .ok()
}

/// Where the key that stands at `spot` is written for the first time, as a table's header or before an `=`.
fn first_of(text: &str, spot: Spot) -> Option<Spot> {
    let key = text.get(spot.start..spot.end)?;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let inner = bare.trim_start_matches('[');
        let is_header = inner.len() < bare.len();
        let after = inner.strip_prefix(key).map(str::trim_start);
        let ends = if is_header { ']' } else { '=' };
        if after.is_some_and(|after| after.starts_with(ends)) {
            let start = start + (line.len() - inner.len());
            let end = start + key.len();
            return (start < spot.start).then_some(Spot { start, end, ..spot });
        }
        start += line.len();
    }
    None
}

impl<'t> Sections<'t> {
    /// Sorts the tables of all roots and reports what is none of them.
    pub(super) fn sort(sink: &mut Sink, roots: &'t [Table]) -> Self {
        let mut all = Self::default();
        for root in roots {
            sink.check_keys(root, &schema::ROOT);
            for entry in &root.entries {
                if let Some((list, most)) = all.section(&entry.key) {
                    collect(sink, entry, list, most);
                }
            }
        }
        all
    }

    fn section(&mut self, key: &str) -> Option<(&mut Vec<&'t Table>, usize)> {
        match key {
            "page_type" => Some((&mut self.page_types, MAX_PAGE_TYPES)),
            "score" => Some((&mut self.scores, MAX_SCORES)),
            "group" => Some((&mut self.groups, MAX_GROUPS)),
            "score_rule" => Some((&mut self.score_rules, MAX_SCORE_RULES)),
            "trigger" => Some((&mut self.triggers, MAX_TRIGGERS)),
            "policy" => Some((&mut self.policies, usize::MAX)),
            "measure" => Some((&mut self.measures, usize::MAX)),
            "test" => Some((&mut self.tests, MAX_TESTS)),
            "segment" => Some((&mut self.segments, MAX_SEGMENTS)),
            "matrix" => Some((&mut self.matrices, MAX_MATRICES)),
            "hours" => Some((&mut self.hours, usize::MAX)),
            _ => None,
        }
    }
}

/// Adds an entry's tables to their section; the first that is one too many is reported.
fn collect<'t>(sink: &mut Sink, entry: &'t Entry, list: &mut Vec<&'t Table>, most: usize) {
    let single = matches!(entry.key.as_str(), "policy" | "measure" | "hours");
    let header = if single {
        format!("[{}]", entry.key)
    } else {
        format!("[[{}]]", entry.key)
    };
    let nodes = if let (Kind::List(nodes), false) = (&entry.value.kind, single) {
        nodes.as_slice()
    } else {
        if let (Kind::Table(_), false) = (&entry.value.kind, single) {
            let mistake = sink.mismatch(&entry.value, "a list of tables");
            mistake.help(format!("write `{header}`"));
            let edits = vec![
                (entry.value.at.before(), "[".to_owned()),
                (entry.value.at.after(), "]".to_owned()),
            ];
            if matches!(&entry.value.kind, Kind::Table(table) if table.form != Form::Keys) {
                mistake.fix(format!("write `{header}`"), edits);
            }
        }
        std::slice::from_ref(&entry.value)
    };
    for node in nodes {
        let Kind::Table(table) = &node.kind else {
            let mistake = sink.mismatch(node, "a table");
            mistake.help(format!("begin it with `{header}`"));
            continue;
        };
        if list.len() == most {
            let message = format!("a rule set has at most {most} of `{header}`");
            sink.report(Code::TooMany, table.at, message);
        }
        if list.len() <= most {
            list.push(table);
        }
    }
}
