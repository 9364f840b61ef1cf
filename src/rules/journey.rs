//! `[[test]]`: a visit told as a story, and what it should lead to. The engine walks it; see `engine::run_tests`.

use std::sync::Arc;

use crate::domain::{
    Arrival, EventKind, InvitationOutcome, Key, Millis, PageViewEvent, PropValue, ReplyChannel,
    Settlement, SiteNow, Source, Timestamp, Tone,
};

use super::condition::Condition;
use super::diagnostic::Place;

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// What it shows, in the marketer's words.
    pub name: Arc<str>,
    /// Where it is written.
    pub place: Place,
    /// When the visit begins.
    pub clock: Timestamp,
    /// What the site knows when the visit begins.
    pub site: SiteNow,
    /// Who comes.
    pub guest: Guest,
    /// What happens, in order of time, and what is expected meanwhile.
    pub entries: Vec<Entry>,
}

/// Who comes, and what is known of them before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guest {
    /// Sessions, this first one included; never zero.
    pub sessions: u32,
    /// How long ago the session before this one was.
    pub last_visit: Millis,
    /// How they come, whenever they do.
    pub arrival: Arrival,
    /// The language of the pages they open, as a BCP 47 tag in lower case.
    pub language: Option<Arc<str>>,
    /// Width and height of their screen in CSS pixels.
    pub screen: Option<(u16, u16)>,
    /// Their time zone, as an IANA name.
    pub time_zone: Option<Arc<str>>,
    /// The site's id for them, when it knows who they are.
    pub user_id: Option<Arc<str>>,
    /// Whether a signed token proved who they are.
    pub verified: bool,
    /// What the site told about them.
    pub traits: Vec<(Arc<str>, PropValue)>,
    /// Labels that agents gave them.
    pub tags: Vec<Arc<str>>,
    /// With an id, draws fall as chance has it for that visitor; without, as the rest of this table says.
    pub id: Option<Arc<str>>,
    /// Whether they are in the holdout of every trigger that has one.
    pub holdout: bool,
    /// The variant they see of every trigger that has it.
    pub variant: Option<Arc<str>>,
}

/// One moment of the visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it is written.
    pub place: Place,
    /// Time since the visit began.
    pub at: Millis,
    /// What happens; nothing when it is only a moment to look.
    pub what: Option<Happening>,
    /// What should hold right after.
    pub expect: Vec<Expectation>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A page is opened; the one before is left.
    Opens(Box<Opening>),
    /// The tracker's running totals for the page.
    Reads {
        /// Active time on the page so far, if it is stated.
        active: Option<Millis>,
        /// The deepest scroll so far in percent, if it is stated.
        scroll: Option<u8>,
        /// Whether the page is attended from here on, if it is stated.
        attended: Option<bool>,
    },
    /// The page or the chat layer reports something.
    Reports(EventKind),
    /// The open invitation is shown or answered.
    Answers(InvitationOutcome),
    /// Agents come or go.
    Agents(SiteNow),
    /// The page is closed.
    Leaves,
}

/// A page that is opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// What the tracker reports of it; its address is kept as a site would.
    pub view: PageViewEvent,
    /// Where a visit that begins with it comes from, if its address says so.
    pub source: Option<Source>,
}

/// One thing that should hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Where it is written.
    pub place: Place,
    /// What should hold.
    pub what: Expected,
}

/// What should hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// A score's points.
    Score {
        /// Which score.
        score: Key,
        /// How many.
        points: Bounds,
    },
    /// A score's stage; `None`: below the first.
    Stage {
        /// Which score.
        score: Key,
        /// Which stage.
        stage: Option<Arc<str>>,
    },
    /// The trigger of the open invitation; `None`: none is open.
    Invitation(Option<Arc<str>>),
    /// The triggers of all invitations so far, in order.
    Invitations(Vec<Arc<str>>),
    /// Whether the open invitation is withheld.
    Withheld(bool),
    /// The variant of the latest invitation.
    Variant(Arc<str>),
    /// The words of the latest invitation.
    Message(Arc<str>),
    /// The language of those words.
    Lang(Arc<str>),
    /// The tone of the latest invitation.
    Tone(Tone),
    /// The channel of the latest invitation.
    Channel(ReplyChannel),
    /// How the latest invitation ended.
    Ended(Settlement),
    /// This is among what speaks against inviting now; the word of a [`Suppression`](crate::domain::Suppression).
    Because(Arc<str>),
    /// The type of the current page; `None`: it has none.
    PageType(Option<Arc<str>>),
    /// A condition of the rule language, and how it is written.
    Holds(Condition, Arc<str>),
}

/// What a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// This number of whole points, as people see them.
    Exactly(i64),
    /// No less than the first and no more than the second; either may be infinite.
    Between(f64, f64),
}
