//! What a site knows at this moment that no single visitor's state holds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::scarce::Scarce;
use super::time::Millis;

/// How many departments are told apart.
pub const MAX_DEPARTMENTS: usize = 32;

/// A department that can answer now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Its name, as agents state it.
    pub name: Arc<str>,
    /// Chats that its online agents can still take; never zero.
    pub free_slots: u16,
}

/// The site's situation, handed to every step and recorded beside it, so that a replay knows what was known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteNow {
    /// Agents who are online.
    pub agents_online: u16,
    /// Chats that those agents can still take.
    pub free_slots: u16,
    /// How long a first reply usually takes; `None` when nobody knows.
    pub expected_reply: Option<Millis>,
    /// The departments that can answer, by name; `None` when no agent states one. At most [`MAX_DEPARTMENTS`].
    pub departments: Option<Arc<[Department]>>,
    /// Who goes first, while fewer places are free than visitors wait for.
    pub scarce: Option<Arc<Scarce>>,
}

impl SiteNow {
    /// Whether an agent can answer soon.
    pub const fn can_answer(&self) -> bool {
        self.free_slots > 0
    }

    /// The departments that can answer, by name.
    pub fn departments(&self) -> &[Department] {
        self.departments.as_deref().unwrap_or_default()
    }

    /// Chats that the online agents of this department can still take; zero for one that nobody states.
    pub fn free_slots_in(&self, department: &str) -> u16 {
        let same = |known: &Department| {
            let name = &*known.name;
            // Lower case takes a copy, which names in ASCII can do without.
            name.eq_ignore_ascii_case(department)
                || !name.is_ascii() && name.to_lowercase() == department.to_lowercase()
        };
        let found = self.departments().iter().find(|known| same(known));
        found.map_or(0, |known| known.free_slots)
    }
}
