//! Who goes first while fewer places are free than visitors wait for.

use serde::{Deserialize, Serialize};

use super::ids::Key;

/// How many of a thousand invitations are taken to be accepted while nothing is known.
pub const USUAL_ACCEPTANCE: u16 = 100;

/// What an offer must be worth to be made, while fewer places are free than visitors wait for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scarce {
    /// The least worth that is offered a place; see [`worth_of`].
    pub bar: u32,
    /// How many of a thousand invitations of a trigger are accepted, where that was measured.
    pub acceptance: Vec<(Key, u16)>,
}

impl Scarce {
    /// No offer is worth so much: those who wait are still being counted.
    pub const COUNTING: u32 = u32::MAX;

    /// How many of a thousand invitations of this trigger are accepted.
    pub fn acceptance_of(&self, trigger: Key) -> u16 {
        let known = self.acceptance.iter().find(|(key, _)| *key == trigger);
        known.map_or(USUAL_ACCEPTANCE, |(_, share)| *share)
    }
}

/// What an offer is worth to somebody whose fullest score is at `fullest` thousandths of its maximum, when so many of a
/// thousand accept: 0 to 1,000,000.
pub fn worth_of(fullest: i64, acceptance: u16) -> u32 {
    let fullest = u32::try_from(fullest.clamp(0, 1_000)).unwrap_or_default();
    fullest * u32::from(acceptance.min(1_000))
}
