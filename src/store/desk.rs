//! What nodes that share a store tell one another of a site's agents, and of the chats that invitations have promised.
//!
//! A store with one node alone has none of this: the node's own memory is all there is to know.

use std::sync::Arc;

use crate::domain::{InvitationId, Key, Timestamp};

use super::Answer;

/// An agent's word, as it is told to other nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedWord {
    /// The agent's id in the chat layer.
    pub agent: String,
    /// When the word lapses.
    pub until: Timestamp,
    /// What it says; the store does not look into it.
    pub bytes: Vec<u8>,
}

/// A chat that an open invitation has promised in the agents' name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The invitation.
    pub invitation: InvitationId,
    /// The department whose agents are to answer, in lower case; `None`: whoever is free.
    pub department: Option<Arc<str>>,
    /// When the promise is void even if nobody takes it back.
    pub until: Timestamp,
}

/// How many chats agents can take by their own words, promises not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// All agents together.
    pub total: u16,
    /// Those of the claim's department; without meaning for a claim that has none.
    pub department: u16,
}

/// What is known of a site's desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedState {
    /// The agents' words, in no order. Some may have lapsed.
    pub words: Vec<SharedWord>,
    /// The promises, in no order. Some may be void.
    pub claims: Vec<Claim>,
}

/// The desk that many nodes share. Every promise is made here or nowhere, so that all nodes together never promise
/// more than the agents can take.
pub trait SharedDesk: Send + Sync + 'static {
    /// Everything that is known of a site.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    fn read(&self, site: Key) -> Answer<'_, SharedState>;

    /// Keeps an agent's word until it lapses; answers whether there was room for the agent among the `most` that there
    /// may be.
    ///
    /// # Errors
    ///
    /// After an error nobody knows whether the word was kept: say it again.
    fn say(&self, site: Key, word: SharedWord, most: usize, now: Timestamp) -> Answer<'_, bool>;

    /// Makes a promise unless as many as `limits` allows stand already; answers whether it was made. A promise that
    /// stands is made again without counting twice.
    ///
    /// # Errors
    ///
    /// After an error nobody knows whether it was made: it is void at its end.
    fn claim(&self, site: Key, claim: Claim, limits: Limits, now: Timestamp) -> Answer<'_, bool>;

    /// Tells other nodes what this node's best offers would be worth where places are scarce, the best first, and answers
    /// with what those of the others are, in no order, as far as they have said lately.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    fn bid(&self, site: Key, worths: Vec<u32>, now: Timestamp) -> Answer<'_, Vec<u32>>;

    /// Takes a promise back, or lets it stand until the moment given and no longer.
    ///
    /// # Errors
    ///
    /// After an error it may stand until its end.
    fn release(
        &self,
        site: Key,
        invitation: InvitationId,
        until: Option<Timestamp>,
    ) -> Answer<'_, ()>;
}
