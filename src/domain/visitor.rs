//! Everything the service knows about one visitor: the unit of consistency.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agent::Dossier;
use super::decision::Hushed;
use super::event::{ChatState, PropValue};
use super::ids::{EventId, Key, VisitorId};
use super::invitation::History;
use super::ledger::Ledger;
use super::session::Session;
use super::time::Timestamp;
use super::units::Points;

/// How many event ids are remembered: more than a tracker's whole retry queue.
pub const MAX_RECENT_IDS: usize = 128;
/// How many traits a visitor keeps.
pub const MAX_TRAITS: usize = 32;
/// How many bytes of names and values those traits may have together.
pub const MAX_TRAIT_BYTES: usize = 8 * 1024;
/// How many tags a visitor keeps.
pub const MAX_TAGS: usize = 32;
/// How many characters a tag may have.
pub const MAX_TAG_CHARS: usize = 64;

/// The last [`MAX_RECENT_IDS`] event ids; an event whose id is among them is a duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentIds {
    ids: Vec<EventId>,
    next: u16,
}

impl RecentIds {
    /// Whether `id` is remembered.
    pub fn contains(&self, id: EventId) -> bool {
        self.ids.contains(&id)
    }

    /// Remembers `id`; `false` when it was remembered already.
    pub fn insert(&mut self, id: EventId) -> bool {
        if self.ids.contains(&id) {
            return false;
        }
        if self.ids.len() < MAX_RECENT_IDS {
            self.ids.push(id);
        } else {
            self.ids[usize::from(self.next)] = id;
            self.next = (self.next + 1) % MAX_RECENT_IDS as u16;
        }
        true
    }
}

/// Who a visitor is, as the site says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The site's own id for the person.
    pub user_id: Arc<str>,
    /// When it was last said, by the time of the event.
    pub at: Timestamp,
    /// Whether the site has proved it by a signed token.
    pub verified: bool,
}

/// How often one score rule has given points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Which rule.
    pub rule: Key,
    /// In the current session.
    pub session: u16,
    /// Ever.
    pub visitor: u16,
    /// On the day `day_of`; kept only for rules with a cap per day.
    pub day: u16,
    /// The day that `day` counts, in days since the epoch by the site's calendar.
    pub day_of: u32,
}

impl RuleCount {
    /// A rule that has given nothing yet.
    pub const fn new(rule: Key) -> Self {
        Self {
            rule,
            session: 0,
            visitor: 0,
            day: 0,
            day_of: 0,
        }
    }

    /// How often on this day.
    pub const fn on(&self, day: u32) -> u16 {
        if self.day_of == day { self.day } else { 0 }
    }
}

/// How many points one group of score rules has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPoints {
    /// Which group.
    pub group: Key,
    /// In the current session.
    pub session: Points,
    /// Ever.
    pub visitor: Points,
    /// On the day `day_of`.
    pub day: Points,
    /// The day that `day` counts, in days since the epoch by the site's calendar.
    pub day_of: u32,
}

impl GroupPoints {
    /// A group that has given nothing yet.
    pub const fn new(group: Key) -> Self {
        Self {
            group,
            session: Points::ZERO,
            visitor: Points::ZERO,
            day: Points::ZERO,
            day_of: 0,
        }
    }

    /// Points on this day.
    pub const fn on(&self, day: u32) -> Points {
        if self.day_of == day {
            self.day
        } else {
            Points::ZERO
        }
    }
}

/// What one trigger has done with this visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerMemory {
    /// Which trigger.
    pub trigger: Key,
    /// When it last made an invitation.
    pub fired_at: Timestamp,
    /// Whether its conditions have held ever since; it fires again only after they have not.
    pub latched: bool,
    /// How many of its invitations were shown, or withheld where they would have been.
    pub shown: u16,
    /// How many of them the visitor dismissed.
    pub dismissed: u16,
    /// How many of them the visitor saw and let pass.
    pub ignored: u16,
}

/// A trigger with a delay whose conditions hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which trigger.
    pub trigger: Key,
    /// Since when they have held without a break.
    pub since: Timestamp,
}

/// One visitor's whole state. Bounded: older pages, contributions and invitations are folded into totals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitorState {
    /// The public id.
    pub id: VisitorId,
    /// The site, by the key of its public key.
    pub site: Key,
    /// When the first event happened.
    pub first_seen: Timestamp,
    /// When the latest event arrived.
    pub last_seen: Timestamp,
    /// Sessions so far, the current one included.
    pub sessions: u32,
    /// Pages viewed so far.
    pub page_views: u32,
    /// Chats begun so far.
    pub chats: u16,
    /// Where the visitor stands with the chat.
    pub chat: ChatState,
    /// When `chat` last changed, by the time of the event.
    pub chat_at: Timestamp,
    /// When a goal was last reached.
    pub last_goal: Option<Timestamp>,
    /// Whether the visitor refused tracking.
    pub opted_out: bool,
    /// When the visitor last spoke on tracking, by the time of the event.
    pub consent_at: Timestamp,
    /// Who this is, when the site said so.
    pub identity: Option<Box<Identity>>,
    /// Facts the site told, by name.
    pub traits: Vec<(Arc<str>, PropValue)>,
    /// Labels that agents gave, in the order they were given; at most [`MAX_TAGS`].
    pub tags: Vec<Arc<str>>,
    /// When the visit before the current one ended, by its last sign of life.
    pub last_visit: Option<Timestamp>,
    /// The visit that is going on.
    pub session: Option<Box<Session>>,
    /// The scores.
    pub ledger: Ledger,
    /// The invitations.
    pub invitations: History,
    /// How often rules gave points.
    pub rule_counts: Vec<RuleCount>,
    /// How many points groups of rules gave.
    pub group_points: Vec<GroupPoints>,
    /// What triggers have done.
    pub triggers: Vec<TriggerMemory>,
    /// Triggers that wait out their delay.
    pub waiting: Vec<Waiting>,
    /// The last suppression that was noted in the decision log.
    pub hushed: Option<Hushed>,
    /// Agents' notes, a ban, earlier visits; `None` while there is nothing of it.
    pub dossier: Option<Box<Dossier>>,
    /// Event ids seen lately.
    pub recent: RecentIds,
}

impl VisitorState {
    /// A visitor nobody has heard of.
    pub fn new(site: Key, id: VisitorId, now: Timestamp) -> Self {
        Self {
            id,
            site,
            first_seen: now,
            last_seen: now,
            sessions: 0,
            page_views: 0,
            chats: 0,
            chat: ChatState::None,
            chat_at: Timestamp(0),
            last_goal: None,
            opted_out: false,
            consent_at: Timestamp(0),
            identity: None,
            traits: Vec::new(),
            tags: Vec::new(),
            last_visit: None,
            session: None,
            ledger: Ledger::default(),
            invitations: History::default(),
            rule_counts: Vec::new(),
            group_points: Vec::new(),
            triggers: Vec::new(),
            waiting: Vec::new(),
            hushed: None,
            dossier: None,
            recent: RecentIds::default(),
        }
    }

    /// Whether an agent has banned the visitor from being invited.
    pub fn is_banned(&self) -> bool {
        let dossier = self.dossier.as_deref();
        dossier.is_some_and(|dossier| dossier.ban.is_some())
    }

    /// What is kept beyond a visit, made when there is none.
    pub fn dossier_mut(&mut self) -> &mut Dossier {
        self.dossier.get_or_insert_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_ids_forget_the_oldest_first() {
        let mut recent = RecentIds::default();
        for id in 0..MAX_RECENT_IDS as u64 {
            assert!(recent.insert(EventId(id)));
        }
        assert!(!recent.insert(EventId(0)));
        assert!(recent.insert(EventId(1_000)));
        assert!(recent.insert(EventId(0)), "the oldest made room");
        assert!(!recent.insert(EventId(1_000)));
    }
}
