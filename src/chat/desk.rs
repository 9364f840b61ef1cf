//! Who can answer now. Each agent's word is a lease: without a renewal it lapses, so that a console that died
//! never leaves a promise behind.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;
use thiserror::Error;

use crate::domain::{Department, Key, MAX_DEPARTMENTS, Millis, SiteNow, Timestamp};

/// How many agents a site may have.
const MAX_AGENTS: usize = 1_000;
/// How many chats an agent may take at once.
const MAX_CHATS: u16 = 100;
/// An agent's id is at most this long, in characters.
const MAX_ID: usize = 64;
/// How many departments an agent may answer for.
const MAX_AGENT_DEPARTMENTS: usize = 16;
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// There are too many agents.
    #[error("a site has at most {MAX_AGENTS} agents")]
    TooManyAgents,
}

#[derive(Default)]
struct Agents {
    by_id: HashMap<String, (Availability, Timestamp)>,
    expected_reply: Option<Millis>,
    /// The departments as they were at the last word, and until when that is what they are.
    departments: Option<(Option<Arc<[Department]>>, Timestamp)>,
}

impl Agents {
    /// Those whose word holds and who take chats.
    fn online(&self, now: Timestamp) -> impl Iterator<Item = &Availability> {
        let held = self.by_id.values().filter(move |(_, until)| *until > now);
        held.map(|(word, _)| word)
            .filter(|word| word.status == AgentStatus::Online)
    }

    /// The departments that can answer, by name: the one list while no word is given or lapses.
    fn departments(&self, now: Timestamp) -> Option<Arc<[Department]>> {
        match &self.departments {
            Some((known, until)) if now < *until => known.clone(),
            Some(_) | None => self.count_departments(now),
        }
    }

    fn count_departments(&self, now: Timestamp) -> Option<Arc<[Department]>> {
        let mut free: BTreeMap<&str, u16> = BTreeMap::new();
        for word in self.online(now) {
            for name in &word.departments {
                let slots = free.entry(name).or_default();
                *slots = slots.saturating_add(word.free_slots());
            }
        }
        let open = free.into_iter().filter(|(_, slots)| *slots > 0);
        let departments = open.map(|(name, free_slots)| Department {
            name: name.into(),
            free_slots,
        });
        let departments: Arc<[Department]> = departments.take(MAX_DEPARTMENTS).collect();
        (!departments.is_empty()).then_some(departments)
    }

    /// Counts the departments once for all who will ask until a word lapses.
    fn remember_departments(&mut self, now: Timestamp) {
        let lapses = self.by_id.values().map(|(_, until)| *until);
        let until = lapses.filter(|until| *until > now).min();
        self.departments = until.map(|until| (self.count_departments(now), until));
    }
}

impl Availability {
    const fn free_slots(&self) -> u16 {
        self.max_chats.saturating_sub(self.chats)
    }
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

    /// Takes an agent's word; returns whether the site, or a department, can answer since now and could not before.
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
        check(agent, &word)?;
        let before = self.now(site, now);
        let mut sites = self.sites.write();
        let agents = sites.entry(site).or_default();
        agents.by_id.retain(|_, (_, until)| *until > now);
        if agents.by_id.len() >= MAX_AGENTS && !agents.by_id.contains_key(agent) {
            return Err(DeskError::TooManyAgents);
        }
        let until = now + word.lease;
        agents.by_id.insert(agent.to_owned(), (word, until));
        agents.remember_departments(now);
        drop(sites);
        let after = self.now(site, now);
        let opened = |known: &Department| before.free_slots_in(&known.name) == 0;
        Ok(!before.can_answer() && after.can_answer() || after.departments().iter().any(opened))
    }

    /// What the site knows at `now`.
    pub fn now(&self, site: Key, now: Timestamp) -> SiteNow {
        let sites = self.sites.read();
        let Some(agents) = sites.get(&site) else {
            return SiteNow::default();
        };
        let free = agents
            .online(now)
            .map(Availability::free_slots)
            .fold(0, u16::saturating_add);
        SiteNow {
            agents_online: u16::try_from(agents.online(now).count()).unwrap_or(u16::MAX),
            free_slots: free,
            expected_reply: agents.expected_reply.filter(|_| free > 0),
            departments: agents.departments(now),
        }
    }
}

fn check(agent: &str, word: &Availability) -> Result<(), DeskError> {
    if agent.is_empty() || agent.chars().count() > MAX_ID {
        Err(DeskError::BadId)
    } else if word.max_chats > MAX_CHATS {
        Err(DeskError::TooManyChats)
    } else if word.lease == Millis::ZERO || word.lease > MAX_LEASE {
        Err(DeskError::BadLease)
    } else if word.departments.len() > MAX_AGENT_DEPARTMENTS
        || word.departments.iter().any(|name| !is_name(name))
    {
        Err(DeskError::BadDepartment)
    } else {
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_ID && !text.contains(char::is_control)
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
            departments: Vec::new(),
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
    fn departments_are_what_their_agents_have_free() {
        let desk = Desk::default();
        let of = |word: Availability, departments: &[&str]| Availability {
            departments: departments.iter().map(|&name| name.into()).collect(),
            ..word
        };
        let both = of(online(0, 2), &["sales", "support"]);
        desk.set(SITE, "ali", online(0, 1), Timestamp(0)).unwrap();
        let opened = desk.set(SITE, "mona", both.clone(), Timestamp(0));
        assert_eq!(opened, Ok(true), "a department can answer since now");
        assert_eq!(desk.set(SITE, "mona", both, Timestamp(0)), Ok(false));
        let more = of(online(0, 3), &["support"]);
        desk.set(SITE, "omar", more, Timestamp(1)).unwrap();
        let now = desk.now(SITE, Timestamp(1));
        let free = |name| now.free_slots_in(name);
        assert_eq!((free("sales"), free("Support"), free("billing")), (2, 5, 0));
        let later = desk.now(SITE, Timestamp(60_000));
        let names: Vec<_> = later.departments().iter().map(|d| &*d.name).collect();
        assert_eq!(names, ["support"], "the first words have lapsed");
        let busy = of(online(3, 3), &["support"]);
        desk.set(SITE, "omar", busy, Timestamp(60_000)).unwrap();
        assert_eq!(desk.now(SITE, Timestamp(60_000)).departments, None);
        let nameless = of(online(0, 1), &[" "]);
        let refused = desk.set(SITE, "omar", nameless, Timestamp(0));
        assert_eq!(refused, Err(DeskError::BadDepartment));
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
