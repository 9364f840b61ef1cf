//! What a rule set is made from: an ordered list of named texts.

use crate::domain::RuleSetHash;

/// One file of a rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name within the rule set, such as `pages.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where its bytes ceased to be UTF-8, when they did; `text` has replacement characters from there on.
    pub(super) broken_at: Option<usize>,
}

impl SourceFile {
    /// A file whose text is known.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            broken_at: None,
        }
    }

    /// A file as it was read. Bytes that are not UTF-8 are a mistake that the compiler reports at its place.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => Self {
                name: name.into(),
                broken_at: Some(error.utf8_error().valid_up_to()),
                text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            },
        }
    }
}

/// The fingerprint of a rule set: 64 bits of BLAKE3 over each file's name and text, each preceded by its length.
pub fn hash(files: &[SourceFile]) -> RuleSetHash {
    let mut hasher = blake3::Hasher::new();
    for part in files.iter().flat_map(|file| [&file.name, &file.text]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    RuleSetHash(u64::from_le_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_tells_names_texts_and_borders_apart() {
        let set = |files: &[(&str, &str)]| {
            let files: Vec<_> = files.iter().map(|(n, t)| SourceFile::new(*n, *t)).collect();
            hash(&files)
        };
        let one = set(&[("a", "bc")]);
        assert_eq!(one, set(&[("a", "bc")]));
        assert_ne!(one, set(&[("ab", "c")]), "the border moved");
        assert_ne!(one, set(&[("a", "bd")]), "the text changed");
        assert_ne!(one, set(&[("b", "bc")]), "the name changed");
        assert_ne!(
            set(&[("a", "1"), ("b", "2")]),
            set(&[("b", "2"), ("a", "1")])
        );
    }

    #[test]
    fn broken_bytes_keep_the_place_where_they_break() {
        let file = SourceFile::from_bytes("x.toml", b"a = \"\xff\"".to_vec());
        assert_eq!(file.broken_at, Some(5));
        assert!(file.text.starts_with("a = \""));
    }
}
