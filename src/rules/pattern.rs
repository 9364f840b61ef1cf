//! Regular expressions that take linear time and bounded memory.

use regex::{Regex, RegexBuilder};

/// The bytes that a compiled expression may take.
const MAX_PROGRAM_BYTES: usize = 256 << 10;
/// How deep groups may nest.
const MAX_NESTING: u32 = 32;

/// A compiled regular expression. Two are the same when they were written the same.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    case_sensitive: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() && self.case_sensitive == other.case_sensitive
    }
}

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub fn new(text: &str, case_sensitive: bool) -> Result<Self, String> {
        let mut builder = RegexBuilder::new(text);
        builder
            .case_insensitive(!case_sensitive)
            .size_limit(MAX_PROGRAM_BYTES)
            .dfa_size_limit(MAX_PROGRAM_BYTES)
            .nest_limit(MAX_NESTING);
        let regex = builder.build().map_err(|error| explain(&error))?;
        Ok(Self {
            regex,
            case_sensitive,
        })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// Whether capitals make a difference.
    pub const fn is_case_sensitive(&self) -> bool {
        self.case_sensitive
    }

    /// Whether some part of the text fits.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The library draws the expression and a caret over several lines: what counts is the last one, and where the caret is.
fn explain(error: &regex::Error) -> String {
    let text = error.to_string();
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return "it is too large once it is compiled: repeat less".into();
    }
    let why = text.lines().last().unwrap_or_default();
    let why = why.strip_prefix("error: ").unwrap_or(why);
    // Both lines of the drawing are indented by the same four spaces.
    let caret = text.lines().find(|line| {
        let line = line.trim();
        !line.is_empty() && line.chars().all(|c| c == '^')
    });
    match caret.and_then(|line| line.find('^')) {
        Some(at) => format!("{why}, at character {}", at.saturating_sub(3)),
        None => why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_in_one_line_with_its_place() {
        let why = |text: &str| Pattern::new(text, false).unwrap_err();
        assert_eq!(why("ab(c"), "unclosed group, at character 3");
        assert_eq!(why("a{2"), "unclosed counted repetition, at character 2");
        assert!(why("(?:x{500}){500}").starts_with("it is too large"));
        assert!(why(&format!("{}x{}", "(".repeat(40), ")".repeat(40))).contains("nest"));
    }

    #[test]
    fn case_counts_only_where_it_is_asked_for() {
        for (case_sensitive, fits) in [(false, true), (true, false)] {
            let pattern = Pattern::new("^pro", case_sensitive).expect("it compiles");
            assert_eq!(pattern.is_match("Professional"), fits);
        }
    }
}
