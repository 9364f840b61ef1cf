//! The chat layer's word on one conversation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::ChatState;
use super::time::Millis;

/// How many characters the id of a chat, an agent or a department has at most.
pub const MAX_CHAT_NAME: usize = 64;

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChatStep {
    /// The visitor asked for a chat.
    Requested,
    /// The visitor waits in line.
    Queued,
    /// An agent has taken it.
    Started,
    /// An agent has said something for the first time.
    FirstReply,
    /// It is over.
    Ended,
    /// Nobody took it.
    Missed,
    /// The visitor has said how it was.
    Rated,
}

impl ChatStep {
    /// Every value.
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Queued,
        Self::Started,
        Self::FirstReply,
        Self::Ended,
        Self::Missed,
        Self::Rated,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Queued => "queued",
            Self::Started => "started",
            Self::FirstReply => "first_reply",
            Self::Ended => "ended",
            Self::Missed => "missed",
            Self::Rated => "rated",
        }
    }

    /// Where the visitor stands with the chat afterwards; `None` when it changes nothing.
    pub const fn state(self) -> Option<ChatState> {
        match self {
            Self::Requested | Self::Queued => Some(ChatState::Queued),
            Self::Started | Self::FirstReply => Some(ChatState::Chatting),
            Self::Ended | Self::Missed => Some(ChatState::Ended),
            Self::Rated => None,
        }
    }
}

/// What a conversation has come to, as far as it says whether a visitor's question was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChatTurn {
    /// The visitor asked for a chat.
    Requested,
    /// An agent has taken it.
    Taken,
    /// An agent has said something for the first time.
    Answered,
    /// It ended before anybody took it.
    Missed,
}

impl ChatTurn {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Taken => "taken",
            Self::Answered => "answered",
            Self::Missed => "missed",
        }
    }
}

/// What the chat layer's server reports about one conversation. Ids and names have 1 to [`MAX_CHAT_NAME`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatReport {
    /// The conversation, by the chat layer's own id.
    pub chat: Arc<str>,
    /// How far it has come.
    pub step: ChatStep,
    /// The agent, by the chat layer's own id.
    pub agent: Option<Arc<str>>,
    /// The department that answers or was asked.
    pub department: Option<Arc<str>>,
    /// How long the visitor waited for the first reply.
    pub first_response: Option<Millis>,
    /// What the visitor thought of it, 1 to 5.
    pub rating: Option<u8>,
}
