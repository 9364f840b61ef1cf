//! An invitation of a rewind, and what became of it.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Invitation, InvitationState, Millis, Settlement, Timestamp};

use super::{Visit, offset};

/// An invitation in a rewind, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MadeThen {
    /// Its identity.
    pub id: String,
    /// The trigger, or `(by hand)`.
    pub trigger: Arc<str>,
    /// `trigger`, `agent` or `instead`.
    pub made_by: &'static str,
    /// The variant.
    pub variant: Option<Arc<str>>,
    /// When it was decided, in milliseconds since the epoch.
    pub at: Timestamp,
    /// The same since the visit began.
    pub offset_ms: Millis,
    /// Whether it was withheld: the visitor is in the holdout, and nobody sees it.
    pub withheld: bool,
    /// What it says.
    pub message: Arc<str>,
    /// The language of that.
    pub lang: Arc<str>,
    /// `sales`, `welcome` or `help`.
    pub tone: &'static str,
    /// `chat`, `phone` or `email`.
    pub channel: &'static str,
    /// When it was seen.
    pub shown_at: Option<Timestamp>,
    /// When it ended, within the visit.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ended: Option<&'static str>,
}

impl MadeThen {
    /// An invitation that was just made.
    pub(super) fn of(made: &Invitation, visit: &Visit) -> Self {
        Self {
            id: made.id.to_string(),
            trigger: Arc::clone(&made.trigger_name),
            made_by: made.made_by().as_str(),
            variant: made.variant.clone(),
            at: made.offered_at,
            offset_ms: offset(visit, made.offered_at),
            withheld: made.state == InvitationState::Withheld,
            message: Arc::clone(&made.message),
            lang: Arc::clone(&made.lang),
            tone: made.tone.as_str(),
            channel: made.channel.as_str(),
            shown_at: None,
            ended_at: None,
            ended: None,
        }
    }

    /// Whether the visitor never said anything to it, as to one that nobody really had.
    pub(super) fn is_unanswered(&self) -> bool {
        let lapsed = [Settlement::Expired, Settlement::Ignored].map(Settlement::as_str);
        let ended = self.ended.is_none_or(|ended| lapsed.contains(&ended));
        !self.withheld && self.shown_at.is_none() && ended
    }
}
