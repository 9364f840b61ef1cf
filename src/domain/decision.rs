//! The decision log's entry: what the engine decided about one visitor, and what became of it.
//!
//! Transitions only, never every event. An entry speaks in names, not in keys, so that it can be read long after the
//! rules that made it are gone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agent::Hand;
use super::arrival::{CountryCode, Device};
use super::chat::ChatTurn;
use super::ids::{InvitationId, Key, PageId, RuleSetHash, SessionId, VisitorId};
use super::invitation::Settlement;
use super::record::Seq;
use super::time::{Millis, Timestamp};
use super::units::Points;

/// One decision, or one thing that became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// About whom.
    pub visitor: VisitorId,
    /// In which session; `None` when none was going on.
    pub session: Option<SessionId>,
    /// Under which rule set.
    pub rules: RuleSetHash,
    /// What was decided, or what happened.
    pub what: Outcome,
}

/// What was decided, or what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// A trigger invited, or an agent did by hand.
    Offered(Box<Eligible>),
    /// A trigger would have invited, and the visitor is in its holdout.
    Withheld(Box<Eligible>),
    /// A trigger was ready and was held back; noted once for each page and reason.
    Suppressed {
        /// The trigger's id.
        trigger: Arc<str>,
        /// The stable word of the reason, such as `session_cap`.
        why: Arc<str>,
        /// How many chats the site's agents could still take at that moment.
        free_slots: u16,
    },
    /// An invitation became visible.
    Shown {
        /// Which one.
        invitation: InvitationId,
        /// The trigger's id.
        trigger: Arc<str>,
        /// So long after it was offered.
        after: Millis,
    },
    /// An invitation ended.
    Settled {
        /// Which one.
        invitation: InvitationId,
        /// The trigger's id.
        trigger: Arc<str>,
        /// How.
        how: Settlement,
        /// Whether it was ever visible.
        shown: bool,
        /// So long after it was offered.
        after: Millis,
    },
    /// A score crossed into another stage.
    Stage {
        /// The score's name.
        score: Arc<str>,
        /// The stage it left; `None` is below the first.
        from: Option<Arc<str>>,
        /// The stage it entered.
        to: Option<Arc<str>>,
    },
    /// The visitor reached a goal.
    Goal {
        /// The site's name for it.
        name: Arc<str>,
        /// What it is worth, in the site's currency.
        value: Option<f64>,
    },
    /// A conversation took a turn.
    Chat {
        /// Which one.
        turn: ChatTurn,
        /// With [`ChatTurn::Answered`]: how long the visitor waited for the first reply, if the chat layer said so.
        after: Option<Millis>,
    },
}

/// A visitor for whom a trigger was ready with nothing against it, or whom an agent has invited by hand, at that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Eligible {
    /// The invitation that was made.
    pub invitation: InvitationId,
    /// The trigger's id; [`BY_HAND`](super::BY_HAND) for an agent's own words.
    pub trigger: Arc<str>,
    /// The agent who made it by hand; `None`: the trigger did.
    pub by: Option<Hand>,
    /// The variant that the visitor was drawn for, if the trigger has variants.
    pub variant: Option<Arc<str>>,
    /// The type of the page, by its name.
    pub page_type: Option<Arc<str>>,
    /// The scores as they stood, by name, without those that were zero.
    pub scores: Vec<(Arc<str>, Points)>,
    /// What the report on effects divides visitors by.
    pub audience: Audience,
    /// How many chats the site's agents could still take at that moment.
    pub free_slots: u16,
}

/// What sort of visitor it is, as it stood before anything was said to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The language that the invitation speaks, or would have spoken: a BCP 47 tag.
    pub lang: Option<Arc<str>>,
    /// The country they came from.
    pub country: Option<CountryCode>,
    /// The kind of machine they hold.
    pub device: Device,
    /// Whether they had been here before this visit.
    pub returning: bool,
}

/// A kind of decision, for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionKind {
    /// A trigger invited.
    Offered,
    /// An invitation was withheld from the holdout.
    Withheld,
    /// A ready trigger was held back.
    Suppressed,
    /// An invitation became visible.
    Shown,
    /// An invitation ended.
    Settled,
    /// A score changed its stage.
    Stage,
    /// A goal was reached.
    Goal,
    /// A conversation took a turn.
    Chat,
}

impl DecisionKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Offered,
        Self::Withheld,
        Self::Suppressed,
        Self::Shown,
        Self::Settled,
        Self::Stage,
        Self::Goal,
        Self::Chat,
    ];

    /// The word used in filters and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Withheld => "withheld",
            Self::Suppressed => "suppressed",
            Self::Shown => "shown",
            Self::Settled => "settled",
            Self::Stage => "stage",
            Self::Goal => "goal",
            Self::Chat => "chat",
        }
    }
}

impl Decision {
    /// What kind of decision it is.
    pub const fn kind(&self) -> DecisionKind {
        match &self.what {
            Outcome::Offered(_) => DecisionKind::Offered,
            Outcome::Withheld(_) => DecisionKind::Withheld,
            Outcome::Suppressed { .. } => DecisionKind::Suppressed,
            Outcome::Shown { .. } => DecisionKind::Shown,
            Outcome::Settled { .. } => DecisionKind::Settled,
            Outcome::Stage { .. } => DecisionKind::Stage,
            Outcome::Goal { .. } => DecisionKind::Goal,
            Outcome::Chat { .. } => DecisionKind::Chat,
        }
    }

    /// The id of the trigger it is about, if it is about one.
    pub fn trigger(&self) -> Option<&Arc<str>> {
        match &self.what {
            Outcome::Offered(made) | Outcome::Withheld(made) => Some(&made.trigger),
            Outcome::Suppressed { trigger, .. }
            | Outcome::Shown { trigger, .. }
            | Outcome::Settled { trigger, .. } => Some(trigger),
            Outcome::Stage { .. } | Outcome::Goal { .. } | Outcome::Chat { .. } => None,
        }
    }

    /// The invitation it is about, if it is about one.
    pub fn invitation(&self) -> Option<InvitationId> {
        match &self.what {
            Outcome::Offered(made) | Outcome::Withheld(made) => Some(made.invitation),
            Outcome::Shown { invitation, .. } | Outcome::Settled { invitation, .. } => {
                Some(*invitation)
            }
            Outcome::Suppressed { .. }
            | Outcome::Stage { .. }
            | Outcome::Goal { .. }
            | Outcome::Chat { .. } => None,
        }
    }
}

/// A decision's place in the log: that of the record it came from, and which of that record's decisions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionPlace {
    /// The record's place.
    pub seq: Seq,
    /// The decision's place among those of the record.
    pub nth: u16,
}

/// The last suppression that was noted, so that one that lasts is noted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hushed {
    /// The key of the reason's word.
    pub why: Key,
    /// The page it was noted on.
    pub page: PageId,
}
