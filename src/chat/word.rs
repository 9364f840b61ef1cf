//! What an agent's console says, and its bounds.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::Millis;

use super::settings::language;

/// How many agents a site may have.
pub(super) const MAX_AGENTS: usize = 1_000;
/// How many chats an agent may take at once.
const MAX_CHATS: u16 = 100;
/// An agent's id is at most this long, in characters.
const MAX_ID: usize = 64;
/// How many departments an agent may answer for.
const MAX_AGENT_DEPARTMENTS: usize = 16;
/// How many languages an agent may answer in.
const MAX_AGENT_LANGUAGES: usize = 16;
/// A lease lasts at most this long.
const MAX_LEASE: Millis = Millis::from_hours(1);

/// Whether an agent takes chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentStatus {
    /// Takes chats.
    Online,
    /// Is there and takes none.
    Away,
    /// Is not there.
    Offline,
}

/// What an agent's console says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Whether the agent takes chats.
    pub status: AgentStatus,
    /// Chats going on.
    pub chats: u16,
    /// Chats the agent can have at once.
    pub max_chats: u16,
    /// How long this word holds.
    pub lease: Millis,
    /// The departments the agent answers for.
    pub departments: Vec<String>,
    /// The languages the agent answers in, as tags in lower case; empty: nobody says, so any.
    pub languages: Vec<String>,
}

/// Why an agent's word was not taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeskError {
    /// The id is empty or too long.
    #[error("an agent's id has 1 to {MAX_ID} characters")]
    BadId,
    /// `max_chats` is too large.
    #[error("max_chats is at most {MAX_CHATS}")]
    TooManyChats,
    /// `ttl_s` is zero or too long.
    #[error("ttl_s is 1 to {} seconds", MAX_LEASE.0 / 1_000)]
    BadLease,
    /// A department's name is empty or too long, or there are too many.
    #[error(
        "an agent has at most {MAX_AGENT_DEPARTMENTS} departments, of 1 to {MAX_ID} characters"
    )]
    BadDepartment,
    /// A language is no tag, or there are too many.
    #[error("an agent has at most {MAX_AGENT_LANGUAGES} languages, as tags such as `ar` or `en`")]
    BadLanguage,
    /// There are too many agents.
    #[error("a site has at most {MAX_AGENTS} agents")]
    TooManyAgents,
}

impl Availability {
    pub(super) const fn free_slots(&self) -> u16 {
        self.max_chats.saturating_sub(self.chats)
    }

    /// Whether an agent may say this.
    pub(super) fn check(&self, agent: &str) -> Result<(), DeskError> {
        if agent.is_empty() || agent.chars().count() > MAX_ID {
            Err(DeskError::BadId)
        } else if self.max_chats > MAX_CHATS {
            Err(DeskError::TooManyChats)
        } else if self.lease == Millis::ZERO || self.lease > MAX_LEASE {
            Err(DeskError::BadLease)
        } else if self.departments.len() > MAX_AGENT_DEPARTMENTS
            || self.departments.iter().any(|name| !is_name(name))
        {
            Err(DeskError::BadDepartment)
        } else if self.languages.len() > MAX_AGENT_LANGUAGES
            || self.languages.iter().any(|tag| language(tag).is_none())
        {
            Err(DeskError::BadLanguage)
        } else {
            Ok(())
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_ID && !text.contains(char::is_control)
}
