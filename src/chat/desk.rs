//! Who can answer now, on every site: the node's own memory, and what it tells and hears of other nodes.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use thiserror::Error;

use crate::domain::{InvitationId, Key, Millis, Settled, SiteNow, Timestamp};
use crate::store::{Claim, SharedDesk, SharedWord, StoreError};

use super::agents::{Agents, Since};
use super::contest::Contests;
use super::count::DeskNow;
use super::figures::Figures;
use super::settings::Settings;
use super::word::{Availability, DeskError, MAX_AGENTS};

/// Why an agent's word was not taken.
#[derive(Debug, Error)]
pub enum SayError {
    /// The word is out of its bounds.
    #[error(transparent)]
    Word(#[from] DeskError),
    /// Other nodes cannot be told of it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A site, or a department of it, that can answer and could not at the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Which site.
    pub site: Key,
    /// At most so many visitors need to hear of it; `None`: everybody may be greeted by now.
    pub at_most: Option<usize>,
}

/// Every site's agents, and the chats promised in their name.
#[derive(Default)]
pub struct Desk {
    sites: RwLock<HashMap<Key, Agents>>,
    pub(super) shared: Option<Arc<dyn SharedDesk>>,
    /// Who goes first where places are scarce.
    pub(super) contests: Contests,
}

impl Desk {
    /// A desk that other nodes share.
    pub fn shared(shared: Arc<dyn SharedDesk>) -> Self {
        Self {
            sites: RwLock::default(),
            shared: Some(shared),
            contests: Contests::default(),
        }
    }

    /// Says how long a first reply of this site usually takes.
    pub fn expect_reply(&self, site: Key, expected: Option<Millis>) {
        self.with(site, |agents| {
            agents.expected_reply = expected;
            agents.recount();
        });
    }

    /// Takes an agent's word, here alone; returns whether the site, or a department, can answer since now and could not
    /// before.
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
        word.check(agent)?;
        self.with(site, |agents| agents.take(agent, word, now))
    }

    /// Takes an agent's word for all nodes; returns whether the site, or a department, can answer since now and could
    /// not before.
    ///
    /// # Errors
    ///
    /// When the word is out of its bounds, or other nodes cannot be told of it.
    pub async fn say(
        &self,
        site: Key,
        agent: &str,
        word: Availability,
        now: Timestamp,
    ) -> Result<bool, SayError> {
        word.check(agent)?;
        if let Some(shared) = &self.shared {
            let said = SharedWord {
                agent: agent.to_owned(),
                until: now + word.lease,
                bytes: postcard::to_stdvec(&word).expect("an agent's word can be written down"),
            };
            if !shared.say(site, said, MAX_AGENTS, now).await? {
                return Err(DeskError::TooManyAgents.into());
            }
        }
        Ok(self.set(site, agent, word, now)?)
    }

    /// What the site knows at `now`: the chats that agents can take, less those that invitations have promised.
    pub fn now(&self, site: Key, now: Timestamp) -> SiteNow {
        self.with_scarce(site, self.counted(site, now), now)
    }

    fn counted(&self, site: Key, now: Timestamp) -> SiteNow {
        let sites = self.sites.read();
        let Some(agents) = sites.get(&site) else {
            return SiteNow::default();
        };
        if let Some(known) = agents.known(now) {
            return known;
        }
        drop(sites);
        self.with(site, |agents| agents.now(now))
    }

    /// Whether other nodes promise chats of the same agents, so that a promise has to be asked for.
    pub const fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Makes a promise if there is something left to promise. For a desk that no other node shares.
    pub fn promise(&self, site: Key, claim: Claim, now: Timestamp) -> bool {
        self.with(site, |agents| agents.promise(claim, now))
    }

    /// Makes a promise unless all nodes together have promised everything there is. When they have, this desk knows by
    /// then what they know.
    ///
    /// # Errors
    ///
    /// When the other nodes' promises are not known; none is made then, or one that is void at its end.
    pub async fn ask(&self, site: Key, claim: Claim, now: Timestamp) -> Result<bool, StoreError> {
        let Some(shared) = &self.shared else {
            return Ok(self.promise(site, claim, now));
        };
        let department = claim.department.as_deref();
        let limits = self.with(site, |agents| agents.limits(department, now));
        if shared.claim(site, claim.clone(), limits, now).await? {
            self.with(site, |agents| agents.note(claim));
            return Ok(true);
        }
        self.refresh(site).await?;
        Ok(false)
    }

    /// Notes the promise of an invitation that was open when the service started. Other nodes have not forgotten it.
    pub fn restore(&self, site: Key, claim: Claim, now: Timestamp) {
        if self.is_shared() {
            return;
        }
        self.with(site, |agents| agents.restore(claim, now));
    }

    /// Puts a site's chat settings into force, unless newer ones are; returns whether they are news.
    pub fn set_up(&self, site: Key, settings: Settings) -> bool {
        self.with(site, |agents| {
            let is_news = settings.revision > agents.settings.revision;
            if is_news {
                agents.set_up(settings);
            }
            is_news
        })
    }

    /// A site's chat settings in force.
    pub fn settings(&self, site: Key) -> Arc<Settings> {
        self.with(site, |agents| Arc::clone(&agents.settings))
    }

    /// How the site stands, and each of its departments.
    pub fn look(&self, site: Key, now: Timestamp) -> (DeskNow, Vec<DeskNow>) {
        self.with(site, |agents| agents.look(now))
    }

    /// The agents whose words hold, by their ids.
    pub fn roster(&self, site: Key, now: Timestamp) -> Vec<(String, Availability, Timestamp)> {
        self.with(site, |agents| agents.roster(now))
    }

    /// The latest conversations, and the revision of the document that they were read from.
    pub(super) fn figures(&self, site: Key) -> (u64, Figures) {
        self.with(site, |agents| {
            (agents.figures_revision, (*agents.figures).clone())
        })
    }

    /// Takes over figures that are newer than those known.
    pub(super) fn take_figures(&self, site: Key, revision: u64, figures: Figures) {
        self.with(site, |agents| {
            if revision > agents.figures_revision {
                agents.figures = Arc::new(figures);
                agents.figures_revision = revision;
                agents.recount();
            }
        });
    }

    /// Sites where promises cannot be kept any more that could be when this was last asked.
    pub fn broken(&self, now: Timestamp) -> Vec<Key> {
        let mut sites = self.sites.write();
        let broken = sites.iter_mut();
        broken
            .filter_map(|(site, agents)| agents.broken(now).then_some(*site))
            .collect()
    }

    /// Takes back a promise whose invitation was not made after all.
    pub fn give_back(&self, site: Key, invitation: InvitationId) {
        self.with(site, |agents| agents.give_back(invitation));
        self.release(site, invitation, None);
    }

    /// Lets a promise end with its invitation.
    pub fn settle(&self, site: Key, past: &Settled) {
        self.contests.measure(site, past);
        let until = self.with(site, |agents| agents.settle(past));
        self.release(site, past.id, until);
    }

    /// Tells the other nodes; what they do not hear of ends by itself.
    fn release(&self, site: Key, invitation: InvitationId, until: Option<Timestamp>) {
        let Some(shared) = self.shared.clone() else {
            return;
        };
        tokio::spawn(async move {
            if let Err(why) = shared.release(site, invitation, until).await {
                tracing::debug!(%why, "a promised chat is given back at its end");
            }
        });
    }

    /// Takes over what all nodes know of a site.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked; what is known stays, and lapses.
    pub async fn refresh(&self, site: Key) -> Result<(), StoreError> {
        let Some(shared) = &self.shared else {
            return Ok(());
        };
        let known = self.with(site, |agents| agents.words_taken);
        let state = shared.read(site).await?;
        let words = state.words.into_iter().filter_map(|said| {
            // A word that a newer node has written differently is no word.
            let word: Availability = postcard::from_bytes(&said.bytes).ok()?;
            Some((said.agent, word, said.until))
        });
        self.with(site, |agents| agents.replace(words, state.claims, known));
        Ok(())
    }

    /// Sites that can answer, or a department of which can, and could not when this was last asked.
    pub fn opened(&self, now: Timestamp) -> Vec<Opened> {
        let mut sites = self.sites.write();
        let opened = sites.iter_mut().filter_map(|(site, agents)| {
            let at_most = match agents.opened(now)? {
                Since::Word => None,
                // The first who is ready takes the place; a few more are asked because not everybody is.
                Since::Promise => Some(8 * usize::from(agents.now(now).free_slots).clamp(1, 8)),
            };
            Some(Opened {
                site: *site,
                at_most,
            })
        });
        opened.collect()
    }

    pub(super) fn with<T>(&self, site: Key, act: impl FnOnce(&mut Agents) -> T) -> T {
        let mut sites = self.sites.write();
        let fresh = || Agents::new(self.is_shared());
        act(sites.entry(site).or_insert_with(fresh))
    }
}
