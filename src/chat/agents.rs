//! One site's agents: their words, what was promised in their name, and what both come to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{InvitationId, Millis, Settled, Settlement, SiteNow, Timestamp};
use crate::store::{Claim, Limits};

use super::count::{Count, DeskNow, Sources, breaks, opens, same};
use super::figures::Figures;
use super::hours::Standing;
use super::settings::Settings;
use super::word::{AgentStatus, Availability, DeskError, MAX_AGENTS};

/// After a yes, the promise stands for so much longer: by then the agent's own word counts the chat.
const TAKEN_OVER_AFTER: Millis = Millis::from_secs(10);

/// After a start, agents have this long to speak again before promises that were open are taken back.
const SPOKEN_AGAIN_AFTER: Millis = Millis::from_mins(1);

/// Hours are worked out anew after this long, whatever they said.
const STANDS_AT_MOST: Millis = Millis::from_hours(24);

/// A site's agents. Each word and each promise is a lease: without a renewal it lapses, so that a console that died, or
/// a node, never leaves a promise behind.
#[derive(Default)]
pub(super) struct Agents {
    words: HashMap<String, Held>,
    claims: HashMap<InvitationId, Claim>,
    pub(super) expected_reply: Option<Millis>,
    /// What was counted last, and until when that is right.
    known: Option<(Count, Timestamp)>,
    /// What there was at the last look for what has opened since.
    seen: Count,
    /// What there was at the last look for promises that cannot be kept any more.
    kept: SiteNow,
    /// How often a word was taken here.
    pub(super) words_taken: u64,
    /// The chat settings in force.
    pub(super) settings: Arc<Settings>,
    /// How the departments of the settings stood when that was last worked out, and until when that is right: it takes
    /// longer than the rest.
    standings: (Vec<Option<Standing>>, Timestamp),
    /// The latest conversations.
    pub(super) figures: Arc<Figures>,
    /// The revision of the document that `figures` were read from.
    pub(super) figures_revision: u64,
    /// Whether other nodes know of agents that this one has not heard of yet.
    unheard: bool,
    /// Promises were open at the start: until then their agents may not have spoken again.
    trusts_until: Option<Timestamp>,
}

/// A word that holds until its lease ends.
struct Held {
    word: Availability,
    until: Timestamp,
    /// Which of the words taken here it is; zero for one that another node has taken.
    nth: u64,
}

/// Since when somebody can answer who could not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// Since an agent said so.
    Word,
    /// Since a promise ended.
    Promise,
}

impl Agents {
    /// Nobody yet. `unheard`: other nodes may know of somebody.
    pub(super) fn new(unheard: bool) -> Self {
        Self {
            unheard,
            ..Self::default()
        }
    }

    /// Takes a word; returns whether somebody can answer since now who could not before.
    pub(super) fn take(
        &mut self,
        agent: &str,
        word: Availability,
        now: Timestamp,
    ) -> Result<bool, DeskError> {
        let before = self.now(now);
        self.words.retain(|_, held| held.until > now);
        if self.words.len() >= MAX_AGENTS && !self.words.contains_key(agent) {
            return Err(DeskError::TooManyAgents);
        }
        let until = now + word.lease;
        self.words_taken += 1;
        let nth = self.words_taken;
        self.words
            .insert(agent.to_owned(), Held { word, until, nth });
        self.known = None;
        let opened = opens(&before, &self.now(now));
        if opened {
            // Who is told now need not be told at the next look.
            self.seen = self.count(now);
        }
        Ok(opened)
    }

    /// The words that hold, each with its end, by agent.
    pub(super) fn roster(&self, now: Timestamp) -> Vec<(String, Availability, Timestamp)> {
        let held = self.words.iter().filter(|(_, held)| held.until > now);
        let mut roster: Vec<_> = held
            .map(|(agent, held)| (agent.clone(), held.word.clone(), held.until))
            .collect();
        roster.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        roster
    }

    /// Puts what all nodes know in the place of what was known here. What was taken here after the first `known` words
    /// may be missing in it, and stays.
    pub(super) fn replace(
        &mut self,
        words: impl IntoIterator<Item = (String, Availability, Timestamp)>,
        claims: impl IntoIterator<Item = Claim>,
        known: u64,
    ) {
        self.words.retain(|_, held| held.nth > known);
        for (agent, word, until) in words.into_iter().take(MAX_AGENTS) {
            let nth = 0;
            let heard = Held { word, until, nth };
            self.words.entry(agent).or_insert(heard);
        }
        self.claims = claims
            .into_iter()
            .map(|claim| (claim.invitation, claim))
            .collect();
        self.unheard = false;
        self.known = None;
    }

    /// Notes a promise that was open when the service started: it stands until its agents have had time to speak again.
    pub(super) fn restore(&mut self, claim: Claim, now: Timestamp) {
        self.note(claim);
        self.trusts_until = Some(now + SPOKEN_AGAIN_AFTER);
    }

    /// Notes a promise that was made, whatever there is left.
    pub(super) fn note(&mut self, claim: Claim) {
        self.claims.insert(claim.invitation, claim);
        self.known = None;
    }

    /// Makes a promise if there is something left to promise.
    pub(super) fn promise(&mut self, claim: Claim, now: Timestamp) -> bool {
        let site = self.now(now);
        let room = match claim.department.as_deref() {
            Some(department) => site.free_slots_in(department) > 0,
            None => site.free_slots > 0,
        };
        let stands = self.claims.contains_key(&claim.invitation);
        if room && !stands {
            self.note(claim);
        }
        room || stands
    }

    /// Takes a promise back.
    pub(super) fn give_back(&mut self, invitation: InvitationId) {
        if self.claims.remove(&invitation).is_some() {
            self.known = None;
        }
    }

    /// Lets a promise end with its invitation; returns until when it still stands, if it does.
    pub(super) fn settle(&mut self, past: &Settled) -> Option<Timestamp> {
        let until = match past.how {
            // Who said yes, or began a chat instead, has a chat soon: till then it is promised.
            Settlement::Accepted | Settlement::Revoked => past.settled_at + TAKEN_OVER_AFTER,
            Settlement::Dismissed
            | Settlement::Ignored
            | Settlement::Expired
            | Settlement::Withheld => {
                self.give_back(past.id);
                return None;
            }
        };
        if let Some(claim) = self.claims.get_mut(&past.id) {
            claim.until = claim.until.min(until);
            self.known = None;
        }
        Some(until)
    }

    /// What the site knows at `now`, if it need not be counted anew.
    pub(super) fn known(&self, now: Timestamp) -> Option<SiteNow> {
        let (count, until) = self.known.as_ref()?;
        (now < *until).then(|| count.now.clone())
    }

    /// What the site knows at `now`.
    pub(super) fn now(&mut self, now: Timestamp) -> SiteNow {
        self.refresh(now).now.clone()
    }

    /// What agents can take by their own words, for a promise that this department is to keep.
    pub(super) fn limits(&mut self, department: Option<&str>, now: Timestamp) -> Limits {
        let count = self.refresh(now);
        let wanted = |(name, _): &&(Arc<str>, u16)| {
            department.is_some_and(|department| same(name, department))
        };
        Limits {
            total: count.said,
            department: count.said_in.iter().find(wanted).map_or(0, |(_, n)| *n),
        }
    }

    /// Whether somebody can answer who could not at the last look, and since when.
    pub(super) fn opened(&mut self, now: Timestamp) -> Option<Since> {
        let count = self.refresh(now).clone();
        let before = std::mem::replace(&mut self.seen, count);
        let after = &self.seen;
        let said = |(name, _): &(Arc<str>, u16)| !before.said_in.iter().any(|(n, _)| n == name);
        if before.said == 0 && after.said > 0 || after.said_in.iter().any(said) {
            Some(Since::Word)
        } else {
            opens(&before.now, &after.now).then_some(Since::Promise)
        }
    }

    /// Whether promises cannot be kept any more that could be at the last look.
    pub(super) fn broken(&mut self, now: Timestamp) -> bool {
        let after = self.refresh(now).now.clone();
        let before = std::mem::replace(&mut self.kept, after);
        breaks(&before, &self.kept)
    }

    /// Counts once for all who will ask until something lapses.
    fn refresh(&mut self, now: Timestamp) -> &Count {
        if self.known.as_ref().is_none_or(|(_, until)| now >= *until) {
            self.claims.retain(|_, claim| claim.until > now);
            self.stand(now);
            let words = self.words.values().map(|held| held.until);
            let claims = self.claims.values().map(|claim| claim.until);
            let count = self.count(now);
            let others = count.changes_at.into_iter().chain(self.trusts_until);
            let lapses = words.chain(claims).chain(others);
            let lapses = lapses.filter(|until| *until > now).min();
            self.known = Some((count, lapses.unwrap_or(Timestamp(u64::MAX))));
        }
        &self.known.as_ref().expect("it was counted just now").0
    }

    fn count(&self, now: Timestamp) -> Count {
        self.sources(now).count()
    }

    /// Works out how departments stand by their hours, if that may have changed.
    fn stand(&mut self, now: Timestamp) {
        let (known, until) = &self.standings;
        if now < *until && known.len() == self.settings.departments.len() {
            return;
        }
        let departments = self.settings.departments.iter();
        let standings = departments.map(|set| set.hours.as_ref().map(|hours| hours.at(now)));
        let standings: Vec<Option<Standing>> = standings.collect();
        let changes = standings.iter().flatten();
        let next = changes.filter_map(|standing| standing.changes_at).min();
        let until = next.map_or(now + STANDS_AT_MOST, |next| next.min(now + STANDS_AT_MOST));
        self.standings = (standings, until);
    }

    /// Puts other settings into force.
    pub(super) fn set_up(&mut self, settings: Settings) {
        self.settings = Arc::new(settings);
        self.standings = (Vec::new(), Timestamp(0));
        self.known = None;
    }

    /// How the site stands, and each of its departments.
    pub(super) fn look(&mut self, now: Timestamp) -> (DeskNow, Vec<DeskNow>) {
        self.stand(now);
        self.sources(now).look()
    }

    fn sources(&self, now: Timestamp) -> Sources<'_> {
        let held = self.words.values().filter(|held| held.until > now);
        let online = held
            .map(|held| &held.word)
            .filter(|word| word.status == AgentStatus::Online);
        let claims = self.claims.values().filter(|claim| claim.until > now);
        Sources {
            online: online.collect(),
            claims: claims.collect(),
            settings: &self.settings,
            standings: &self.standings.0,
            figures: &self.figures,
            configured: self.expected_reply,
            unheard: self.unheard || self.trusts_until.is_some_and(|until| now < until),
            now,
        }
    }

    /// Forgets what was counted, because something else has changed.
    pub(super) fn recount(&mut self) {
        self.known = None;
    }
}
