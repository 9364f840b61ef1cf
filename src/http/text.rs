//! Texts from strangers, made fit to be shown.

use std::borrow::Cow;
use std::sync::Arc;

use super::problem::{Kind, Problem};

/// A title without control characters and without those that turn the direction of what follows.
pub(super) fn visible(title: &str) -> Cow<'_, str> {
    let unseen =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if title.contains(unseen) {
        title.replace(unseen, " ").into()
    } else {
        title.into()
    }
}

/// At most so many characters of a text.
pub(super) fn cut(text: &str, characters: usize) -> &str {
    text.char_indices()
        .nth(characters)
        .map_or(text, |(end, _)| &text[..end])
}

/// An agent's text of one line or more, as it is kept: trimmed, printable but for line breaks, and bounded.
///
/// # Errors
///
/// The problem with the field, when it is empty or too long.
pub(super) fn plain(text: &str, field: &str, most: usize) -> Result<Arc<str>, Problem> {
    let lines: Vec<Cow<'_, str>> = text.lines().map(visible).collect();
    let text = lines.join("\n");
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        let why = format!("`{field}` has 1 to {most} characters");
        return Err(Problem::new(Kind::BadParameter, why));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unseen_goes() {
        assert_eq!(visible("Kettles"), "Kettles");
        assert_eq!(visible("a\u{7}b\u{202e}c"), "a b c");
    }

    #[test]
    fn an_agents_text_keeps_its_lines_and_its_bounds() {
        let kept = plain(" one\r\ntwo\u{202e} \n", "text", 7);
        assert_eq!(kept.ok().as_deref(), Some("one\ntwo"));
        for bad in [" \n ", "12345678"] {
            assert!(plain(bad, "text", 7).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("مرحبا", 2), "مر");
        assert_eq!(cut("short", 64), "short");
    }
}
