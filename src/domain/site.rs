//! What a site knows at this moment that no single visitor's state holds.

use serde::{Deserialize, Serialize};

use super::time::Millis;

/// The site's situation, handed to every step and recorded beside it, so that a replay knows what was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteNow {
    /// Agents who are online.
    pub agents_online: u16,
    /// Chats that those agents can still take.
    pub free_slots: u16,
    /// How long a first reply usually takes; `None` when nobody knows.
    pub expected_reply: Option<Millis>,
}

impl SiteNow {
    /// Chats that the online agents of this department can still take; zero for one that nobody states.
    pub fn free_slots_in(&self, _department: &str) -> u16 {
        0
    }

    /// Whether an agent can answer soon.
    pub const fn can_answer(&self) -> bool {
        self.free_slots > 0
    }
}
