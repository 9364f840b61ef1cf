//! What a compiled rule set is made of.

use std::sync::Arc;

use crate::domain::{Key, Ledger, Millis, Points, ReplyChannel, Share, Timestamp, Tone};

use super::condition::Condition;

/// A named kind of page, found by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct PageType {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `pricing`.
    pub name: Arc<str>,
    /// Patterns over the path in lower case, such as `/pricing*`.
    pub patterns: Vec<Box<str>>,
}

/// A named score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `buy`.
    pub name: Arc<str>,
    /// The score never exceeds this.
    pub max: Points,
    /// The time in which points lose half their worth; `None` keeps them.
    pub half_life: Option<Millis>,
    /// Bands, lowest first. Below the first there is no stage.
    pub stages: Vec<Stage>,
}

/// A named band of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `hot`.
    pub name: Arc<str>,
    /// The band begins at this many points.
    pub from: Points,
}

impl Score {
    /// What the score is worth at `now`: the sum of its contributions, within 0…max whatever the rules were before.
    pub fn value(&self, ledger: &Ledger, now: Timestamp) -> Points {
        let sum = ledger.sum(self.key, now, self.half_life);
        sum.min(self.max).max(Points::ZERO)
    }

    /// The stage that a value lies in.
    pub fn stage(&self, value: Points) -> Option<&Stage> {
        self.stages.iter().rev().find(|stage| value >= stage.from)
    }
}

/// A condition that has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The name, such as `regulars`.
    pub name: Arc<str>,
    /// What people read about it.
    pub says: Option<Arc<str>>,
    /// What it stands for.
    pub condition: Arc<Condition>,
}

/// What sets a score rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum On {
    /// A page is opened.
    PageView,
    /// A page has been active for [`ScoreRule::after`].
    Dwell,
    /// A session begins.
    SessionStart,
    /// A custom event is reported.
    Custom,
    /// The site says who the visitor is.
    Identify,
    /// A goal is reached.
    Goal,
}

impl On {
    /// Every kind, in the order of the index.
    pub const ALL: [Self; 6] = [
        Self::PageView,
        Self::Dwell,
        Self::SessionStart,
        Self::Custom,
        Self::Identify,
        Self::Goal,
    ];
}

/// A rule that gives points.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRule {
    /// The key of `id`.
    pub key: Key,
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// What people read.
    pub name: Arc<str>,
    /// The score that moves.
    pub score: Key,
    /// What sets it off.
    pub on: On,
    /// Only for the custom event or goal of this name, in lower case.
    pub event: Option<Box<str>>,
    /// Only on pages of these types; empty: on any page.
    pub page_types: Vec<Key>,
    /// For [`On::Dwell`]: active time on one page.
    pub after: Millis,
    /// What must hold at that moment.
    pub condition: Condition,
    /// Points, possibly negative, never zero.
    pub points: Points,
    /// At most so often in a session.
    pub max_per_session: Option<u16>,
    /// At most so often ever.
    pub max_per_visitor: Option<u16>,
}

/// Within what span a trigger invites at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OncePer {
    /// One look at one page.
    Page,
    /// A session.
    Session,
    /// Ever.
    Visitor,
}

/// A rule that may invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The key of `id`.
    pub key: Key,
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// What people read.
    pub name: Arc<str>,
    /// The greater goes first when several are ready.
    pub priority: i32,
    /// Only on pages of these types; empty: on any page.
    pub page_types: Vec<Key>,
    /// What must hold.
    pub condition: Condition,
    /// Within what span it invites at most once.
    pub once_per: Option<OncePer>,
    /// The least time between two of its invitations.
    pub cooldown: Option<Millis>,
    /// The share of visitors whose invitation is withheld, so that the effect can be measured.
    pub holdout: Share,
    /// How long an offer stands unless it is answered.
    pub expires_after: Millis,
    /// What it says.
    pub invitation: InvitationText,
}

/// What an invitation says, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct InvitationText {
    /// Its voice.
    pub tone: Tone,
    /// Through which channel a reply comes while somebody can answer.
    pub channel: ReplyChannel,
    /// Messages by language tag in lower case; the first is the default. Never empty.
    pub messages: Vec<(Arc<str>, Arc<str>)>,
}

impl InvitationText {
    /// The message for a page in `lang`: that very tag, else its language, else the default.
    pub fn for_lang(&self, lang: Option<&str>) -> (&Arc<str>, &Arc<str>) {
        let find = |wanted: &str| self.messages.iter().find(|(tag, _)| **tag == *wanted);
        let exact = lang.and_then(find);
        let base = lang.and_then(|lang| lang.split('-').next()).and_then(find);
        let (tag, message) = exact.or(base).unwrap_or(&self.messages[0]);
        (tag, message)
    }
}

/// One budget across all triggers of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Invitations in a session.
    pub max_per_session: u16,
    /// Invitations in any 24 hours.
    pub max_per_day: u16,
    /// Quiet time after a dismissal.
    pub after_dismissal: Millis,
    /// Quiet time after a chat ended.
    pub after_chat: Millis,
    /// Quiet time after a goal.
    pub after_goal: Millis,
    /// Page types on which nobody is invited.
    pub never_on: Vec<Key>,
    /// Invite only while an agent can answer.
    pub require_available_agent: bool,
}

impl Default for Policy {
    /// Courteous: once a session, twice a day, a week of quiet after a no, and only while somebody can answer.
    fn default() -> Self {
        Self {
            max_per_session: 1,
            max_per_day: 2,
            after_dismissal: Millis::from_days(7),
            after_chat: Millis::from_days(1),
            after_goal: Millis::from_hours(1),
            never_on: Vec::new(),
            require_available_agent: true,
        }
    }
}
