//! Collects diagnostics while a rule set is compiled, and turns byte offsets into places and edits at the end.

use super::code::{Code, Severity};
use super::diagnostic::{Diagnostic, Related};
use super::fix::{self, Edit, Fix};
use super::form::At;
use super::limits::MAX_DIAGNOSTICS;
use super::locate::{Page, path, place, pointer};
use super::source::SourceFile;
use super::suggest::Advice;
use super::tree::Table;

/// A place as the compiler carries it about: file number and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Index of the file.
    pub(super) file: usize,
    /// First byte.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
}

impl Spot {
    /// The empty place before this one.
    pub(super) const fn before(self) -> Self {
        Self {
            end: self.start,
            ..self
        }
    }

    /// The empty place after this one.
    pub(super) const fn after(self) -> Self {
        Self {
            start: self.end,
            ..self
        }
    }
}

/// Edits before they are placed: what stands where is replaced by what.
pub(super) type Edits = Vec<(Spot, String)>;

/// A diagnostic that has not been placed yet.
#[derive(Debug)]
pub(super) struct Note {
    at: Spot,
    code: Code,
    message: String,
    help: Option<String>,
    related: Vec<(Spot, String)>,
    /// A word to put in place of what stands at `at`, and whether it may be put there unasked.
    guess: Option<(String, bool)>,
    fixes: Vec<(String, bool, Edits)>,
}

impl Note {
    /// Adds what to do about it.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if there is something to say, and the fix that follows from it.
    pub(super) fn maybe_help(&mut self, advice: Option<Advice>) -> &mut Self {
        if let Some(Advice { help, guess, close }) = advice {
            self.help = Some(help);
            self.guess = guess.map(|guess| (guess, close));
        }
        self
    }

    /// Keeps the guess from becoming a fix, where the word cannot be replaced by itself.
    pub(super) fn no_guess(&mut self) -> &mut Self {
        self.guess = None;
        self
    }

    /// Points at another place too.
    pub(super) fn related(&mut self, at: Spot, message: impl Into<String>) -> &mut Self {
        self.related.push((at, message.into()));
        self
    }

    /// Adds edits that say what was meant in the way it must be said. A tool may make them without asking.
    pub(super) fn fix(&mut self, title: impl Into<String>, edits: Edits) -> &mut Self {
        self.fixes.push((title.into(), true, edits));
        self
    }

    /// Adds edits that settle the matter in one of several ways: somebody should look before they are made.
    pub(super) fn offer(&mut self, title: impl Into<String>, edits: Edits) -> &mut Self {
        self.fixes.push((title.into(), false, edits));
        self
    }

    /// Adds the edit that puts `text` in place of what stands here.
    pub(super) fn fix_here(&mut self, text: impl Into<String>) -> &mut Self {
        let (at, text) = (self.at, text.into());
        self.fix(format!("write `{text}`"), vec![(at, text)])
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
        let note = Note {
            at,
            code,
            message: message.into(),
            help: None,
            related: Vec::new(),
            guess: None,
            fixes: Vec::new(),
        };
        self.notes.push(note);
        self.notes.last_mut().expect("one was just pushed")
    }

    /// How much was said so far.
    pub(super) fn said(&self) -> usize {
        self.notes.len() + self.dropped
    }

    /// Puts `prefix` before the guess of what was said last: the guess is for the end of a longer word.
    pub(super) fn guess_ends(&mut self, prefix: &str) {
        self.guess_with(|guess| format!("{prefix}{guess}"));
    }

    /// Puts what `whole` makes of the guess of what was said last in its place: the guess is for a part of it.
    pub(super) fn guess_with(&mut self, whole: impl FnOnce(&str) -> String) {
        if let Some((guess, _)) = self.notes.last_mut().and_then(|note| note.guess.as_mut()) {
            *guess = whole(guess);
        }
    }

    /// Whether the rule set cannot be used.
    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Everything, by file and place. `roots` are the documents of the files that could be read.
    pub(super) fn finish(mut self, files: &[SourceFile], roots: &[Table]) -> Vec<Diagnostic> {
        let dropped = self.dropped;
        if let Some(last) = self.notes.last_mut().filter(|_| dropped > 0) {
            last.help = Some(format!("{dropped} more mistakes are not shown"));
        }
        self.notes.sort_by_key(|note| (note.at, note.code));
        if self.notes.is_empty() {
            return Vec::new();
        }
        let pages: Vec<Page<'_>> = files.iter().map(Page::of).collect();
        let notes = self.notes.into_iter();
        notes.map(|note| note.placed(&pages, roots)).collect()
    }
}

impl Note {
    fn placed(mut self, pages: &[Page<'_>], roots: &[Table]) -> Diagnostic {
        if let Some((guess, close)) = self.guess.take() {
            let text = self.code.written(&guess);
            let fix = (
                format!("replace it with `{guess}`"),
                close,
                vec![(self.at, text)],
            );
            self.fixes.insert(0, fix);
        }
        let root = roots.iter().find(|root| root.at.file == self.at.file);
        let related = self.related.into_iter().map(|(at, message)| Related {
            place: place(pages, at),
            message,
        });
        let fixes = self.fixes.into_iter().map(|(title, safe, edits)| Fix {
            title,
            safe,
            edits: edits
                .into_iter()
                .filter_map(|edit| placed_edit(pages, edit))
                .collect(),
        });
        let path = root.map(|root| path(root, self.at)).unwrap_or_default();
        let place = place(pages, self.at);
        Diagnostic {
            severity: self.code.severity(),
            code: self.code,
            pointer: pointer(&path),
            at: At::of(&place.file, path),
            place,
            message: self.message,
            help: self.help,
            related: related.collect(),
            fixes: fixes.collect(),
        }
    }
}

fn placed_edit(pages: &[Page<'_>], (at, text): (Spot, String)) -> Option<Edit> {
    let file = pages.get(at.file)?.name.clone();
    let (start, end) = (at.start, at.end);
    Some(Edit {
        file,
        start,
        end,
        text,
    })
}

impl Code {
    /// How a word is written at the place of such a mistake: keys are bare, values are in quotes.
    fn written(self, word: &str) -> String {
        if matches!(self, Self::UnknownKey | Self::UnknownOperator) {
            fix::key(word)
        } else {
            fix::quoted(word)
        }
    }
}
