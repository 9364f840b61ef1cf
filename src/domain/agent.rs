//! What agents do about one visitor by hand (notes, a ban, an invitation), and what is kept on a visitor beyond a visit.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::invitation::Tone;
use super::time::Timestamp;

/// How many notes a visitor keeps; the oldest make room.
pub const MAX_NOTES: usize = 20;
/// How many characters a note may have.
pub const MAX_NOTE_CHARS: usize = 1_000;
/// How many characters a reason may have.
pub const MAX_REASON_CHARS: usize = 280;
/// How many earlier visits are kept; the oldest make room.
pub const MAX_EARLIER_VISITS: usize = 10;
/// How many characters of an earlier visit's landing path are kept.
pub const MAX_LANDING_CHARS: usize = 64;

/// What an agent does about a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByAgent {
    /// Who does it: a person's name, or that of the token.
    pub who: Arc<str>,
    /// What it is.
    pub deed: Deed,
}

/// Something that an agent does about a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Writes a note, of at most [`MAX_NOTE_CHARS`].
    Note(Arc<str>),
    /// Sees to it that the visitor is never invited, for this reason.
    Ban(Arc<str>),
    /// Lifts the ban.
    LiftBan,
    /// Invites.
    Invite(Wish),
}

impl Deed {
    /// The word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Note(_) => "note",
            Self::Ban(_) => "ban",
            Self::LiftBan => "lift_ban",
            Self::Invite(_) => "invite",
        }
    }
}

/// How an agent wants to invite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What it shall say, as plain text; `None`: what a trigger says.
    pub message: Option<Arc<str>>,
    /// The language, a BCP 47 tag in lower case; `None`: the page's.
    pub lang: Option<Arc<str>>,
    /// The voice; `None`: the trigger's.
    pub tone: Option<Tone>,
    /// The id of the trigger whose words it says; `None`: of the one that fits best, or of none if there is a message.
    pub trigger: Option<Arc<str>>,
    /// The department that is to answer, in lower case; `None`: the trigger's.
    pub department: Option<Arc<str>>,
    /// Why it is made although the policy speaks against it; `None`: then it is not.
    pub in_spite: Option<Arc<str>>,
}

/// Who made an invitation by hand, and in spite of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// The agent.
    pub who: Arc<str>,
    /// Why it was made in spite of what spoke against it.
    pub reason: Option<Arc<str>>,
    /// What spoke against it, by the stable words.
    pub in_spite_of: Vec<Arc<str>>,
}

/// What is kept on a visitor beyond a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dossier {
    /// Agents' notes, oldest first; at most [`MAX_NOTES`].
    pub notes: Vec<Note>,
    /// Whether nobody may invite the visitor.
    pub ban: Option<Ban>,
    /// Visits before the current one, oldest first; at most [`MAX_EARLIER_VISITS`].
    pub visits: Vec<EarlierVisit>,
}

/// An agent's note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub by: Arc<str>,
    /// What it says, as plain text.
    pub text: Arc<str>,
}

/// A ban: the visitor is never invited, and agents see the visitor only if they ask for it. Events count as ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub by: Arc<str>,
    /// Why.
    pub reason: Arc<str>,
}

/// A visit that is over, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierVisit {
    /// When its first event happened.
    pub started_at: Timestamp,
    /// When its latest event happened.
    pub ended_at: Timestamp,
    /// Pages viewed.
    pub page_views: u32,
    /// Who sent the visitor, such as `google`.
    pub source: Arc<str>,
    /// The path of the first page, cut to [`MAX_LANDING_CHARS`]; empty when the visit began without a page.
    pub landing_path: Arc<str>,
}

/// Adds an entry; the oldest makes room for one too many.
fn push_bounded<T>(list: &mut Vec<T>, entry: T, most: usize) {
    if list.len() >= most {
        list.drain(..=list.len() - most);
    }
    list.push(entry);
}

impl Dossier {
    /// Adds a note.
    pub fn note(&mut self, note: Note) {
        push_bounded(&mut self.notes, note, MAX_NOTES);
    }

    /// Adds a visit.
    pub fn visited(&mut self, visit: EarlierVisit) {
        push_bounded(&mut self.visits, visit, MAX_EARLIER_VISITS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_notes_make_room() {
        let mut dossier = Dossier::default();
        for at in 0..MAX_NOTES as u64 + 3 {
            let (by, text) = (Arc::from("sara"), Arc::from("hello"));
            let at = Timestamp(at);
            dossier.note(Note { at, by, text });
        }
        assert_eq!(dossier.notes.len(), MAX_NOTES);
        assert_eq!(dossier.notes[0].at, Timestamp(3));
    }

    #[test]
    fn whoever_has_no_dossier_pays_a_pointer() {
        assert_eq!(size_of::<Option<Box<Dossier>>>(), 8);
    }
}
