//! A draft as the store keeps it: the files as they are, and as they were at its last revisions.

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::rules::SourceFile;

/// So many revisions of a draft are remembered at most, for those who have not seen the latest.
const MAX_STATES: usize = 24;
/// The most bytes of texts that are remembered of earlier revisions.
const MAX_BYTES: usize = 1 << 20;

/// What stands in the list of drafts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Head {
    /// Its id, random.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// The version that it was made from.
    pub parent: u32,
    /// Grows by one with each save; 1 at first.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom, in their own words.
    pub created_by: String,
    /// When it was saved last.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
    /// How many mistakes its rules have.
    pub errors: usize,
}

/// A draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    pub(super) head: Head,
    /// Every text that some revision has.
    texts: Vec<String>,
    /// The revisions that are remembered, oldest first; the last is the draft.
    states: Vec<State>,
}

/// The files of a revision: their names, and which texts they have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    revision: u64,
    files: Vec<(String, usize)>,
}

impl Draft {
    pub(super) fn new(head: Head, files: &[SourceFile]) -> Self {
        let mut draft = Self {
            head,
            ..Self::default()
        };
        draft.push(files);
        draft
    }

    /// The files of a revision, if it is remembered.
    pub(super) fn at(&self, revision: u64) -> Option<Vec<SourceFile>> {
        let state = self
            .states
            .iter()
            .find(|state| state.revision == revision)?;
        let files = state.files.iter().map(|(name, text)| {
            let text = self.texts.get(*text)?;
            Some(SourceFile::new(name, text))
        });
        files.collect()
    }

    /// The files as they are.
    pub(super) fn files(&self) -> Vec<SourceFile> {
        self.at(self.head.revision).unwrap_or_default()
    }

    /// Makes these files the next revision.
    pub(super) fn save(&mut self, files: &[SourceFile], who: &str, now: Timestamp) {
        self.head.revision += 1;
        self.head.updated_at = now;
        who.clone_into(&mut self.head.updated_by);
        self.push(files);
    }

    fn push(&mut self, files: &[SourceFile]) {
        let files = files.iter().map(|file| {
            let known = self.texts.iter().position(|text| *text == file.text);
            let text = known.unwrap_or_else(|| {
                self.texts.push(file.text.clone());
                self.texts.len() - 1
            });
            (file.name.clone(), text)
        });
        let files = files.collect();
        let revision = self.head.revision;
        self.states.push(State { revision, files });
        while self.states.len() > MAX_STATES
            || (self.states.len() > 1 && self.earlier() > MAX_BYTES)
        {
            self.states.remove(0);
            self.tidy();
        }
    }

    /// How many bytes are remembered of what the draft does not have any more.
    fn earlier(&self) -> usize {
        let now = self.states.last();
        let texts = self.texts.iter().enumerate();
        let old = texts
            .filter(|(at, _)| now.is_none_or(|now| now.files.iter().all(|(_, text)| text != at)));
        old.map(|(_, text)| text.len()).sum()
    }

    /// Forgets texts that no revision has.
    fn tidy(&mut self) {
        let used = |at: usize| {
            let mut files = self.states.iter().flat_map(|state| &state.files);
            files.any(|(_, text)| *text == at)
        };
        let places: Vec<_> = (0..self.texts.len()).map(used).collect();
        let mut next = 0;
        let moved: Vec<_> = places
            .iter()
            .map(|used| {
                let at = next;
                next += usize::from(*used);
                at
            })
            .collect();
        let mut used = places.into_iter();
        self.texts.retain(|_| used.next().unwrap_or(false));
        for (_, text) in self.states.iter_mut().flat_map(|state| &mut state.files) {
            *text = moved.get(*text).copied().unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[&str]) -> Vec<SourceFile> {
        let file = |(at, text): (usize, &&str)| SourceFile::new(format!("{at}.toml"), *text);
        texts.iter().enumerate().map(file).collect()
    }

    fn draft(texts: &[&str]) -> Draft {
        let head = Head {
            revision: 1,
            ..Head::default()
        };
        Draft::new(head, &files(texts))
    }

    #[test]
    fn a_draft_remembers_its_last_revisions() {
        let mut draft = draft(&["same", "0"]);
        for number in 1..40_u32 {
            let text = number.to_string();
            draft.save(&files(&["same", &text]), "noor", Timestamp(9));
        }
        assert_eq!((draft.head.revision, &*draft.head.updated_by), (40, "noor"));
        assert_eq!(draft.files(), files(&["same", "39"]));
        assert_eq!(draft.at(30), Some(files(&["same", "29"])));
        assert_eq!(draft.at(40 - 24), None);
        assert_eq!(draft.at(41 - 24), Some(files(&["same", "16"])));
        assert_eq!(draft.texts.len(), 25, "{:?}", draft.texts);
    }

    #[test]
    fn what_is_remembered_is_bounded_in_bytes() {
        let large = "x".repeat(MAX_BYTES / 3);
        let mut draft = draft(&[&large]);
        for number in 1..10_u32 {
            let text = format!("{large}{number}");
            draft.save(&files(&[&text]), "noor", Timestamp(9));
        }
        assert!(draft.states.len() < 5, "{}", draft.states.len());
        assert!(draft.at(10).is_some());
        let bytes = serde_json::to_vec(&draft).unwrap().len();
        assert!(bytes < 2 * MAX_BYTES, "{bytes}");
    }
}
