//! Texts from strangers, made fit to be shown.

use std::borrow::Cow;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unseen_goes() {
        assert_eq!(visible("Kettles"), "Kettles");
        assert_eq!(visible("a\u{7}b\u{202e}c"), "a b c");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("مرحبا", 2), "مر");
        assert_eq!(cut("short", 64), "short");
    }
}
