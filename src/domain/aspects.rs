//! The sides of a visitor that conditions read, as sets: a condition is looked at again only when something that it
//! reads may have changed.

use serde::{Deserialize, Serialize};

use super::ids::RuleSetHash;

/// A set of sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Aspects(u8);

impl Aspects {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// How deep pages were scrolled: changed by reports on pages.
    pub const SCROLL: Self = Self(1);
    /// Custom events, goals and signals of the visit: changed by such events.
    pub const HAPPENED: Self = Self(2);
    /// Pages, the person, the chat, how the visitor came: changed by all other events, and by looking at another page.
    pub const STANDING: Self = Self(4);
    /// What may be another at every look: everything with time in it, the scores, which fade, and what the site knows.
    pub const MOVING: Self = Self(8);
    /// Every side.
    pub const ALL: Self = Self(15);

    /// The sides of both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a side in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A session in which, when its triggers were last judged, no condition held but such as read what is
/// [moving](Aspects::MOVING).
///
/// As long as nothing else has changed, all others need not be looked at: they do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtRest {
    /// The rules that were judged.
    pub rules: RuleSetHash,
    /// What may have changed since.
    pub changed: Aspects,
}
