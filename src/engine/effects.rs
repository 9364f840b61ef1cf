//! What follows from a step, as values. The shell runs effects only after the state is committed.

use std::sync::Arc;

use crate::domain::{
    ChatTurn, Invitation, InvitationId, Key, Millis, PageId, Reject, Session, SessionId, Settled,
    Suppression, Timestamp,
};

/// What became of one event. Each event has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It changed the state.
    Accepted,
    /// Its id was seen before; nothing changed.
    Duplicate,
    /// It was refused; nothing changed.
    Rejected(Reject),
}

/// One consequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A visit began.
    SessionStarted(SessionId),
    /// A visit ended; this is all of it.
    SessionEnded(Box<Session>),
    /// A score crossed into another stage.
    StageChanged {
        /// Which score.
        score: Key,
        /// The stage it left; `None` is below the first.
        from: Option<Key>,
        /// The stage it entered.
        to: Option<Key>,
    },
    /// Show this to the visitor.
    Offered(Arc<Invitation>),
    /// The visitor would have been invited and is in the holdout.
    Withheld(InvitationId),
    /// The browser showed it, on this page if it said so; other tabs need not.
    Shown(InvitationId, Option<PageId>),
    /// Take it off the screen.
    Revoked(InvitationId),
    /// It ended.
    Settled(Settled),
    /// The browser told of an invitation that the state had lost.
    Learned(InvitationId),
    /// A trigger was ready and was held back: noted once for each page and reason.
    Suppressed {
        /// Which trigger: the best of those that were ready.
        trigger: Key,
        /// What speaks against it.
        why: Suppression,
    },
    /// The site said who the visitor is: somebody else than before, or the same, proved by now.
    Identified,
    /// A conversation took a turn; with the wait for a first reply, if the chat layer said so.
    Chat(ChatTurn, Option<Millis>),
    /// The visitor reached a goal.
    Goal {
        /// The site's name for it.
        name: Arc<str>,
        /// What it is worth, in the site's currency.
        value: Option<f64>,
    },
}

impl Effect {
    /// Whether somebody outside acts on it, so that the state must be saved together with it.
    pub const fn is_commitment(&self) -> bool {
        match self {
            Self::Offered(_)
            | Self::Withheld(_)
            | Self::Shown(..)
            | Self::Revoked(_)
            | Self::Settled(_) => true,
            Self::SessionStarted(_)
            | Self::SessionEnded(_)
            | Self::StageChanged { .. }
            | Self::Suppressed { .. }
            | Self::Identified
            | Self::Chat(..)
            | Self::Goal { .. }
            | Self::Learned(_) => false,
        }
    }
}

/// Everything that follows from a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The consequences, in order.
    pub list: Vec<Effect>,
    /// Look at this visitor again at that moment, even if nothing is heard.
    pub wake_at: Option<Timestamp>,
}
