//! Collects diagnostics while a rule set is compiled, and turns byte offsets into lines and columns at the end.

use std::sync::Arc;

use super::code::{Code, Severity};
use super::diagnostic::{Diagnostic, Place, Related};
use super::limits::MAX_DIAGNOSTICS;
use super::source::SourceFile;

/// A place as the compiler carries it about: file number and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Index of the file.
    pub(super) file: usize,
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
}

/// A diagnostic that has not been placed yet.
#[derive(Debug)]
pub(super) struct Note {
    at: Spot,
    code: Code,
    message: String,
    help: Option<String>,
    related: Option<(Spot, String)>,
}

impl Note {
    /// Adds what to do about it.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if there is something to say.
    pub(super) fn maybe_help(&mut self, help: Option<String>) -> &mut Self {
        self.help = help;
        self
    }

    /// Points at another place too.
    pub(super) fn related(&mut self, at: Spot, message: impl Into<String>) -> &mut Self {
        self.related = Some((at, message.into()));
        self
    }
}

/// Everything there is to say so far.
#[derive(Debug, Default)]
pub(super) struct Sink {
    notes: Vec<Note>,
    errors: usize,
    dropped: usize,
}

impl Sink {
    /// Reports something; details are added to what is returned.
    pub(super) fn report(&mut self, code: Code, at: Spot, message: impl Into<String>) -> &mut Note {
        self.errors += usize::from(code.severity() == Severity::Error);
        if self.notes.len() > MAX_DIAGNOSTICS {
            self.notes.pop();
            self.dropped += 1;
        }
        let (message, help, related) = (message.into(), None, None);
        let note = Note {
            at,
            code,
            message,
            help,
            related,
        };
        self.notes.push(note);
        self.notes.last_mut().expect("one was just pushed")
    }

    /// Whether the rule set cannot be used.
    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Everything, by file and place.
    pub(super) fn finish(mut self, files: &[SourceFile]) -> Vec<Diagnostic> {
        let dropped = self.dropped;
        if let Some(last) = self.notes.last_mut().filter(|_| dropped > 0) {
            last.help = Some(format!("{dropped} more mistakes are not shown"));
        }
        self.notes.sort_by_key(|note| (note.at, note.code));
        let pages: Vec<Page<'_>> = files.iter().map(Page::of).collect();
        self.notes
            .into_iter()
            .map(|note| Diagnostic {
                severity: note.code.severity(),
                code: note.code,
                place: place(&pages, note.at),
                message: note.message,
                help: note.help,
                related: note.related.map(|(at, message)| Related {
                    place: place(&pages, at),
                    message,
                }),
            })
            .collect()
    }
}

/// Turns spots into places while a rule set is compiled, for what keeps its place.
pub(super) struct Places<'s> {
    pages: Vec<Page<'s>>,
}

impl<'s> Places<'s> {
    /// For spots in these files.
    pub(super) fn new(files: &'s [SourceFile]) -> Self {
        let pages = files.iter().map(Page::of).collect();
        Self { pages }
    }

    /// Where a spot is.
    pub(super) fn of(&self, at: Spot) -> Place {
        place(&self.pages, at)
    }

    /// What is written there, as far as its line goes.
    pub(super) fn text(&self, at: Spot) -> &'s str {
        let place = self.of(at);
        let text = self.pages.get(at.file).map_or("", |page| page.text);
        text.get(place.start..place.end).unwrap_or_default()
    }
}

/// A file with the starts of its lines.
struct Page<'s> {
    name: Arc<str>,
    text: &'s str,
    lines: Vec<usize>,
}

impl<'s> Page<'s> {
    fn of(file: &'s SourceFile) -> Self {
        let ends = file.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Self {
            name: file.name.as_str().into(),
            text: &file.text,
            lines: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }
}

/// Clips a spot to whole characters of one line and finds its line and column.
fn place(pages: &[Page<'_>], at: Spot) -> Place {
    let Some(page) = pages.get(at.file) else {
        let file = "".into();
        let (line, column, start, end) = (1, 1, 0, 0);
        return Place {
            file,
            line,
            column,
            start,
            end,
        };
    };
    let start = boundary(page.text, at.start);
    let line = page.lines.partition_point(|begin| *begin <= start);
    let rest = &page.text[start..];
    let line_end = start + rest.find(['\r', '\n']).unwrap_or(rest.len());
    let end = boundary(page.text, at.end).clamp(start, line_end);
    let column = page.text[page.lines[line - 1]..start].chars().count() + 1;
    let file = page.name.clone();
    Place {
        file,
        line,
        column,
        start,
        end,
    }
}

/// The last character boundary up to `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
