//! Who can answer now. Each agent's word is a lease: without a renewal it lapses, so that a console that died
//! never leaves a promise behind.

use std::collections::HashMap;

use parking_lot::RwLock;
use thiserror::Error;

use crate::domain::{Key, Millis, SiteNow, Timestamp};

/// How many agents a site may have.
const MAX_AGENTS: usize = 1_000;
/// How many chats an agent may take at once.
const MAX_CHATS: u16 = 100;
/// An agent's id is at most this long, in characters.
const MAX_ID: usize = 64;
/// A lease lasts at most this long.
const MAX_LEASE: Millis = Millis::from_hours(1);

/// Whether an agent takes chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentStatus {
    /// Takes chats.
    Online,
    /// Is there and takes none.
    Away,
    /// Is not there.
    Offline,
}

/// What an agent's console says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Whether the agent takes chats.
    pub status: AgentStatus,
    /// Chats going on.
    pub chats: u16,
    /// Chats the agent can have at once.
    pub max_chats: u16,
    /// How long this word holds.
    pub lease: Millis,
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
    /// There are too many agents.
    #[error("a site has at most {MAX_AGENTS} agents")]
    TooManyAgents,
}

#[derive(Default)]
struct Agents {
    by_id: HashMap<String, (Availability, Timestamp)>,
    expected_reply: Option<Millis>,
}

/// Every site's agents.
#[derive(Default)]
pub struct Desk {
    sites: RwLock<HashMap<Key, Agents>>,
}

impl Desk {
    /// Says how long a first reply of this site usually takes.
    pub fn expect_reply(&self, site: Key, expected: Option<Millis>) {
        self.sites.write().entry(site).or_default().expected_reply = expected;
    }

    /// Takes an agent's word; returns whether the site can answer since now and could not before.
    ///
    /// # Errors
    ///
    /// When the word is out of its bounds.
    pub fn set(
        &self,
        site: Key,
        agent: &str,
        word: Availability,
        now: Timestamp,
    ) -> Result<bool, DeskError> {
        check(agent, word)?;
        let before = self.now(site, now).can_answer();
        let mut sites = self.sites.write();
        let agents = &mut sites.entry(site).or_default().by_id;
        agents.retain(|_, (_, until)| *until > now);
        if agents.len() >= MAX_AGENTS && !agents.contains_key(agent) {
            return Err(DeskError::TooManyAgents);
        }
        agents.insert(agent.to_owned(), (word, now + word.lease));
        drop(sites);
        Ok(!before && self.now(site, now).can_answer())
    }

    /// What the site knows at `now`.
    pub fn now(&self, site: Key, now: Timestamp) -> SiteNow {
        let sites = self.sites.read();
        let Some(agents) = sites.get(&site) else {
            return SiteNow::default();
        };
        let online = || {
            let held = agents
                .by_id
                .values()
                .filter(|(_, until)| *until > now)
                .map(|(word, _)| word);
            held.filter(|word| word.status == AgentStatus::Online)
        };
        let free = online()
            .map(|word| word.max_chats.saturating_sub(word.chats))
            .fold(0, u16::saturating_add);
        SiteNow {
            agents_online: u16::try_from(online().count()).unwrap_or(u16::MAX),
            free_slots: free,
            expected_reply: agents.expected_reply.filter(|_| free > 0),
        }
    }
}

fn check(agent: &str, word: Availability) -> Result<(), DeskError> {
    if agent.is_empty() || agent.chars().count() > MAX_ID {
        Err(DeskError::BadId)
    } else if word.max_chats > MAX_CHATS {
        Err(DeskError::TooManyChats)
    } else if word.lease == Millis::ZERO || word.lease > MAX_LEASE {
        Err(DeskError::BadLease)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Key = Key(1);

    fn online(chats: u16, max_chats: u16) -> Availability {
        Availability {
            status: AgentStatus::Online,
            chats,
            max_chats,
            lease: Millis::from_secs(60),
        }
    }

    #[test]
    fn capacity_is_what_online_agents_have_free() {
        let desk = Desk::default();
        desk.expect_reply(SITE, Some(Millis::from_mins(2)));
        assert_eq!(desk.now(SITE, Timestamp(0)), SiteNow::default());
        assert_eq!(desk.set(SITE, "ali", online(1, 3), Timestamp(0)), Ok(true));
        assert_eq!(
            desk.set(SITE, "mona", online(3, 3), Timestamp(0)),
            Ok(false)
        );
        let away = Availability {
            status: AgentStatus::Away,
            ..online(0, 5)
        };
        assert_eq!(desk.set(SITE, "omar", away, Timestamp(0)), Ok(false));
        let now = desk.now(SITE, Timestamp(0));
        assert_eq!((now.agents_online, now.free_slots), (2, 2));
        assert_eq!(now.expected_reply, Some(Millis::from_mins(2)));
    }

    #[test]
    fn a_word_lapses_with_its_lease() {
        let desk = Desk::default();
        desk.set(SITE, "ali", online(0, 3), Timestamp(0)).unwrap();
        assert!(desk.now(SITE, Timestamp(59_999)).can_answer());
        assert!(!desk.now(SITE, Timestamp(60_000)).can_answer());
        assert_eq!(
            desk.set(SITE, "ali", online(0, 3), Timestamp(60_000)),
            Ok(true)
        );
    }

    #[test]
    fn words_out_of_bounds_are_refused() {
        let desk = Desk::default();
        assert_eq!(
            desk.set(SITE, "", online(0, 1), Timestamp(0)),
            Err(DeskError::BadId)
        );
        assert_eq!(
            desk.set(SITE, "ali", online(0, 101), Timestamp(0)),
            Err(DeskError::TooManyChats)
        );
        let endless = Availability {
            lease: Millis::from_days(1),
            ..online(0, 1)
        };
        assert_eq!(
            desk.set(SITE, "ali", endless, Timestamp(0)),
            Err(DeskError::BadLease)
        );
    }
}
