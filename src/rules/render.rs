//! Diagnostics as text for a terminal: the line, a mark under it, and what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::code::Severity;
use super::diagnostic::{Counts, Diagnostic, Place};
use super::source::SourceFile;

/// How text for people looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Characters only.
    Plain,
    /// With ANSI colours.
    Colour,
}

/// Every diagnostic with the line it is about. `directory` stands before the names of files; it may be empty.
pub fn render(
    diagnostics: &[Diagnostic],
    files: &[SourceFile],
    directory: &str,
    look: Look,
) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain(),
        Look::Colour => Renderer::styled(),
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let group = group(diagnostic, files, directory);
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, files: &'a [SourceFile], directory: &str) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let mut main = snippet(&diagnostic.place, files, directory);
    main = main.annotation(AnnotationKind::Primary.span(range(&diagnostic.place)));
    let mut others = Vec::new();
    for related in &diagnostic.related {
        let mark = AnnotationKind::Context
            .span(range(&related.place))
            .label(related.message.as_str());
        if related.place.file == diagnostic.place.file {
            main = main.annotation(mark);
        } else {
            others.push(snippet(&related.place, files, directory).annotation(mark));
        }
    }
    let help = diagnostic.help.as_deref();
    Group::with_title(title)
        .element(main)
        .elements(others)
        .elements(help.map(|help| Level::HELP.message(help)))
}

fn snippet<'a>(
    place: &Place,
    files: &'a [SourceFile],
    directory: &str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let file = files.iter().find(|file| *file.name == *place.file);
    let text = file.map_or("", |file| file.text.as_str());
    Snippet::source(text).path(path(directory, &place.file))
}

/// A file's path as people know it.
pub(super) fn path(directory: &str, file: &str) -> String {
    match directory.trim_end_matches('/') {
        "" => file.to_owned(),
        directory => format!("{directory}/{file}"),
    }
}

fn range(place: &Place) -> std::ops::Range<usize> {
    place.start..place.end
}

/// The counts as people say them: "3 errors, 1 warning".
pub fn summary(counts: Counts) -> String {
    let parts = [
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.hints, "hint"),
    ];
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<_> = said
        .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if said.is_empty() {
        "clean".to_owned()
    } else {
        said.join(", ")
    }
}
