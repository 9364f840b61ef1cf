//! Diagnostics as workflow commands, which GitHub Actions turns into notes beside the lines of a pull request.

use std::fmt::Write as _;

use super::code::Severity;
use super::diagnostic::Diagnostic;
use super::render::path;

/// One line for each diagnostic: `::error file=…,line=…,col=…,title=…::message`. `directory` stands before the names
/// of files; it may be empty.
pub fn annotations(diagnostics: &[Diagnostic], directory: &str) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "notice",
        };
        let place = &diagnostic.place;
        let file = property(&path(directory, &place.file));
        let title = property(diagnostic.code.as_str());
        let help = diagnostic.help.as_deref();
        let help = help.map_or(String::new(), |help| format!("\nhelp: {help}"));
        let message = data(&format!("{}{help}", diagnostic.message));
        let (line, column) = (place.line, place.column);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "::{command} file={file},line={line},col={column},title={title}::{message}"
        );
    }
    out
}

/// A message, on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property, in which colons and commas would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_written_otherwise() {
        assert_eq!(data("50% off\nor more"), "50%25 off%0Aor more");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
