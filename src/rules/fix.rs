//! Ways out of a mistake as edits of the source, for one click in an editor and for `ahlan rules check --fix`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::compile;
use super::diagnostic::{Counts, Diagnostic, Place};
use super::source::SourceFile;

/// How often mending starts over: a mended mistake may bring to light another behind it.
const MAX_ROUNDS: usize = 8;

/// One replacement in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The file's name.
    pub file: Arc<str>,
    /// The first byte that goes, from 0.
    pub start: usize,
    /// The byte after the last that goes; equal to `start` where something is only put in.
    pub end: usize,
    /// What is put there.
    pub text: String,
}

/// Edits that belong together and mend one mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does, for a button.
    pub title: String,
    /// Whether it says what was meant, so that it may be applied unasked; otherwise it is one way among several.
    pub safe: bool,
    /// What changes.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// The files with this fix applied. Edits that lie outside a file's text are left out.
    pub fn apply(&self, files: &[SourceFile]) -> Vec<SourceFile> {
        let mut edits = self.edits.clone();
        edit_files(files, &mut edits)
    }
}

/// The files with the edits made, from each file's end to its beginning so that offsets stay true.
fn edit_files(files: &[SourceFile], edits: &mut [Edit]) -> Vec<SourceFile> {
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.start, edit.end)));
    let mut files = files.to_vec();
    for edit in edits {
        let file = files.iter_mut().find(|file| *file.name == *edit.file);
        if let Some(file) = file.filter(|file| file.text.get(edit.start..edit.end).is_some()) {
            file.text.replace_range(edit.start..edit.end, &edit.text);
        }
    }
    files
}

/// A rule set with its plain mistakes mended.
#[derive(Debug)]
pub struct Mended {
    /// The files as they are now.
    pub files: Vec<SourceFile>,
    /// What was done, where the mistake was at that time.
    pub done: Vec<(Place, String)>,
}

/// Applies every safe fix, again and again until there is none or mending no longer helps.
pub fn mend(files: &[SourceFile]) -> Mended {
    let mut mended = Mended {
        files: files.to_vec(),
        done: Vec::new(),
    };
    for _ in 0..MAX_ROUNDS {
        let before = said(&mended.files);
        let (mut edits, done) = safe_edits(&before);
        if edits.is_empty() {
            break;
        }
        let files = edit_files(&mended.files, &mut edits);
        if weight(&said(&files)) >= weight(&before) {
            break;
        }
        mended.files = files;
        mended.done.extend(done);
    }
    mended
}

fn said(files: &[SourceFile]) -> Vec<Diagnostic> {
    compile(files).map_or_else(|mistakes| mistakes, |compiled| compiled.notes)
}

/// How bad it is: mistakes in the syntax hide all others of their file, so they weigh most.
fn weight(said: &[Diagnostic]) -> (usize, usize) {
    let syntax = said.iter().filter(|d| d.code == super::code::Code::Syntax);
    (syntax.count(), Counts::of(said).errors)
}

/// The edits of the first safe fix of each mistake, without those that would meet an earlier one.
fn safe_edits(said: &[Diagnostic]) -> (Vec<Edit>, Vec<(Place, String)>) {
    let mut taken: BTreeMap<Arc<str>, Vec<(usize, usize)>> = BTreeMap::new();
    let (mut edits, mut done) = (Vec::new(), Vec::new());
    for diagnostic in said {
        let Some(fix) = diagnostic.fixes.iter().find(|fix| fix.safe) else {
            continue;
        };
        let meets = fix.edits.iter().any(|edit| {
            let others = taken.get(&edit.file).into_iter().flatten();
            let mut others = others.filter(|(start, end)| edit.start <= *end && *start <= edit.end);
            others.next().is_some()
        });
        if meets {
            continue;
        }
        for edit in &fix.edits {
            let spans = taken.entry(edit.file.clone()).or_default();
            spans.push((edit.start, edit.end));
        }
        edits.extend(fix.edits.iter().cloned());
        done.push((diagnostic.place.clone(), fix.title.clone()));
    }
    (edits, done)
}

/// A text as TOML writes it.
pub(crate) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// A key as TOML writes it: bare where it can be.
pub(crate) fn key(text: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !text.is_empty() && text.bytes().all(bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}
