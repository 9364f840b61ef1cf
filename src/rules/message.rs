//! What an invitation says: plain text with places for what is known about the visitor.

use std::fmt::Write as _;
use std::sync::Arc;

use super::condition::{Facts, Value};
use super::field::Field;

/// A value in a message has at most so many characters.
pub const MAX_VALUE_CHARS: usize = 64;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The text as the marketer wrote it.
    pub source: Arc<str>,
    /// What it is made of; empty when the source is the whole message as it stands.
    parts: Vec<Part>,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it stands.
    Text(Box<str>),
    /// A value.
    Value {
        /// Where it stands.
        field: Field,
        /// What to say when it is not known; empty for a field that always is.
        fallback: Box<str>,
    },
}

impl From<&str> for Message {
    /// A message without places.
    fn from(text: &str) -> Self {
        Self::new(text, Vec::new())
    }
}

impl Message {
    /// A message of these parts; none when the source stands for itself.
    pub fn new(source: &str, parts: Vec<Part>) -> Self {
        Self {
            source: source.into(),
            parts,
        }
    }

    /// The fields that it reads.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value { field, .. } => Some(field),
            Part::Text(_) => None,
        })
    }

    /// The message for this visitor, as plain text.
    pub fn render(&self, facts: &impl Facts) -> Arc<str> {
        if self.parts.is_empty() {
            return Arc::clone(&self.source);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Value { field, fallback } => {
                    let value = facts.value(field).and_then(|value| plain(&value));
                    text.push_str(value.as_deref().unwrap_or(fallback));
                }
            }
        }
        text.into()
    }
}

/// A value as plain text; `None` when there is nothing to show.
fn plain(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => {
            let text = tidy(text);
            (!text.is_empty()).then_some(text)
        }
        Value::Number(number) => number_text(*number),
        Value::Bool(_) | Value::List(_) | Value::Date(_) => None,
    }
}

/// A number with at most two decimals, and none that say nothing.
fn number_text(number: f64) -> Option<String> {
    if !number.is_finite() || number.abs() >= 1e15 {
        return None;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    Some(if text == "-0" { "0" } else { text }.to_owned())
}

/// Text from outside as it may stand in a message: one line, no control characters, nothing that turns the direction
/// of what follows, and not long.
fn tidy(text: &str) -> String {
    let spaced = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept: String = spaced.filter(|c| !is_unseen(*c)).collect();
    let kept = kept.trim();
    if kept.chars().count() <= MAX_VALUE_CHARS {
        return kept.to_owned();
    }
    let cut: String = kept.chars().take(MAX_VALUE_CHARS - 1).collect();
    format!("{}…", cut.trim_end())
}

/// Control characters and marks of direction. Joiners stay: Arabic and Persian words need them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_one_short_harmless_line() {
        for (text, expected) in [
            ("  Sara ", "Sara"),
            ("Sara\nAli", "Sara Ali"),
            ("\u{202e}evil\u{2069}\u{0}", "evil"),
            ("نجلاء", "نجلاء"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("<b>{name}</b>", "<b>{name}</b>"),
        ] {
            assert_eq!(tidy(text), expected);
        }
        let long = tidy(&"x".repeat(1_000));
        assert_eq!(long.chars().count(), MAX_VALUE_CHARS);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn numbers_have_no_needless_decimals() {
        for (number, expected) in [
            (3.0, "3"),
            (2.5, "2.5"),
            (49.999, "50"),
            (-0.001, "0"),
            (100.0, "100"),
            (-12.25, "-12.25"),
        ] {
            assert_eq!(number_text(number).as_deref(), Some(expected));
        }
        assert_eq!(number_text(f64::NAN), None);
        assert_eq!(number_text(1e300), None);
    }
}
