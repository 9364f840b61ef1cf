//! Who has a draft open, as a lease that each renews while they look.

use serde::{Deserialize, Serialize};

use crate::domain::{Millis, Timestamp};

/// Who has not said for so long that they are there is not.
pub const LEASE: Millis = Millis::from_secs(15);
/// The most people who are told of at once.
const MOST: usize = 20;

/// Somebody who has a draft open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Who it is: a user's id, or the name of a token.
    pub who: String,
    /// The name they go by.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// When they said so last.
    pub at: Timestamp,
    /// The file that they look at.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
}

/// Everybody who has a draft open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Company {
    /// The draft; what another draft in the same place had is forgotten.
    draft: String,
    present: Vec<Present>,
}

impl Company {
    /// Notes somebody; returns the others.
    pub(super) fn enter(&mut self, draft: &str, who: &Present) -> Vec<Present> {
        if self.draft != draft {
            draft.clone_into(&mut self.draft);
            self.present.clear();
        }
        let now = who.at;
        self.present.retain(|one| one.at + LEASE > now);
        let since = self.present.iter().find(|one| one.who == who.who);
        let since = since.map_or(now, |known| known.since);
        self.present.retain(|one| one.who != who.who);
        let others = self.present.clone();
        if self.present.len() < MOST {
            let since = since.min(now);
            self.present.push(Present {
                since,
                ..who.clone()
            });
        }
        others
    }

    /// Everybody but this one.
    pub(super) fn others(&self, draft: &str, who: &str, now: Timestamp) -> Vec<Present> {
        let here = self.present.iter().filter(|_| self.draft == draft);
        here.filter(|one| one.who != who && one.at + LEASE > now)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(who: &str, at: u64) -> Present {
        Present {
            who: who.to_owned(),
            at: Timestamp(at),
            ..Present::default()
        }
    }

    #[test]
    fn who_says_nothing_for_a_while_has_gone() {
        let mut company = Company::default();
        assert_eq!(company.enter("d", &at("noor", 1_000)), []);
        let others = company.enter("d", &at("omar", 5_000));
        assert_eq!(others[0].who, "noor");
        company.enter("d", &at("omar", 15_000));
        let others = company.others("d", "noor", Timestamp(20_000));
        assert_eq!((others.len(), others[0].since), (1, Timestamp(5_000)));
        assert_eq!(company.others("d", "omar", Timestamp(20_000)), []);
        assert_eq!(company.others("e", "noor", Timestamp(20_000)), []);
        assert_eq!(company.enter("e", &at("noor", 20_000)), []);
    }
}
