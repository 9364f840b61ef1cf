//! What a compiled rule set is made of.

use std::sync::Arc;

use crate::domain::{Decay, Fading, Key, Ledger, Millis, Points, Timestamp};

use super::condition::Condition;
use super::field::Field;

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
    /// Rules whose points fade in a way of their own; the rule set fills it in.
    pub own_decay: Vec<(Key, Decay)>,
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
        let sum = ledger.sum(self.key, now, self.fading());
        sum.min(self.max).max(Points::ZERO)
    }

    /// How its contributions fade.
    pub fn fading(&self) -> Fading<'_> {
        Fading {
            half_life: self.half_life,
            own: &self.own_decay,
        }
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

/// How many points a rule gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Award {
    /// So many, possibly negative, never zero.
    Fixed(Points),
    /// As many as a value says.
    ByValue {
        /// Where the value stands; a value that is not a known number gives nothing.
        field: Field,
        /// Points for each one of the value.
        scale: f64,
        /// Never less than this.
        least: Points,
        /// Never more than this.
        most: Points,
    },
}

impl Award {
    /// The most that one award gives; zero or less for a rule that only takes.
    pub const fn most(&self) -> Points {
        match self {
            Self::Fixed(points) => *points,
            Self::ByValue { most, .. } => *most,
        }
    }
}

/// Score rules that share a budget of points. What they take away does not count.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `reading`.
    pub name: Arc<str>,
    /// At most so many points in a session.
    pub max_per_session: Option<Points>,
    /// At most so many points on one day by the site's calendar.
    pub max_per_day: Option<Points>,
    /// At most so many points ever.
    pub max_per_visitor: Option<Points>,
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
    /// How many points it gives.
    pub award: Award,
    /// The group whose budget it shares.
    pub group: Option<Key>,
    /// At most so often in a session.
    pub max_per_session: Option<u16>,
    /// At most so often on one day by the site's calendar.
    pub max_per_day: Option<u16>,
    /// At most so often ever.
    pub max_per_visitor: Option<u16>,
    /// The half-life of its points, where it is not the score's.
    pub half_life: Option<Millis>,
    /// From this age on its points are worth nothing.
    pub expires_after: Option<Millis>,
}

impl ScoreRule {
    /// Whether it is about a page of this type.
    pub fn is_about(&self, page_type: Option<Key>) -> bool {
        self.page_types.is_empty() || page_type.is_some_and(|key| self.page_types.contains(&key))
    }

    /// Whether it gives only so often.
    pub const fn is_capped(&self) -> bool {
        self.max_per_session.is_some()
            || self.max_per_day.is_some()
            || self.max_per_visitor.is_some()
    }

    /// How its points fade, if not as `score` does.
    pub(super) fn own_decay(&self, score: &Score) -> Option<Decay> {
        let own = self.half_life.is_some() || self.expires_after.is_some();
        (own && self.score == score.key).then(|| Decay {
            half_life: self.half_life.or(score.half_life),
            expires_after: self.expires_after,
        })
    }
}

/// One budget across all triggers of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Invitations in a session.
    pub max_per_session: u16,
    /// Invitations in any 24 hours.
    pub max_per_day: u16,
    /// Invitations ever; `None`: no limit.
    pub max_per_visitor: Option<u16>,
    /// Quiet time after a dismissal.
    pub after_dismissal: Millis,
    /// Quiet time after a chat ended.
    pub after_chat: Millis,
    /// Quiet time after a goal.
    pub after_goal: Millis,
    /// Page types on which nobody is invited.
    pub never_on: Vec<Key>,
    /// Whether nobody is invited while typing in a form.
    pub never_while_typing: bool,
    /// Invite only while an agent can answer.
    pub require_available_agent: bool,
    /// A chat is offered only while a first reply usually comes within this time; `None`: however long it takes.
    pub chat_within: Option<Millis>,
    /// While this holds, a call back is offered instead of a chat, unless the invitation says otherwise.
    pub phone_if: Option<Condition>,
}

impl Default for Policy {
    /// Courteous: once a session, twice a day, a week of quiet after a no, and only while somebody can answer.
    fn default() -> Self {
        Self {
            max_per_session: 1,
            max_per_day: 2,
            max_per_visitor: None,
            after_dismissal: Millis::from_days(7),
            after_chat: Millis::from_days(1),
            after_goal: Millis::from_hours(1),
            never_on: Vec::new(),
            never_while_typing: true,
            require_available_agent: true,
            chat_within: None,
            phone_if: None,
        }
    }
}

/// Which goals count for the effect of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Names of goals in lower case; empty: any goal.
    pub goals: Vec<Box<str>>,
    /// How long after a visitor became eligible.
    pub within: Millis,
}

impl Default for Measure {
    /// Any goal within a week.
    fn default() -> Self {
        Self {
            goals: Vec::new(),
            within: Millis::from_days(7),
        }
    }
}

impl Measure {
    /// Whether a goal of this name, in lower case, counts.
    pub fn counts(&self, goal: &str) -> bool {
        self.goals.is_empty() || self.goals.iter().any(|counted| **counted == *goal)
    }
}
