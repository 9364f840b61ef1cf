//! Taking out who visitors are, and leaving in what rules can be tried on.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::domain::{
    Arrival, Batch, ByAgent, Cause, ChatReport, Deed, Event, EventId, EventKind, InvitationId,
    PageId, PageViewEvent, PropValue, Record, VisitorId, VisitorState, Wish,
};
use crate::engine::{self, Effect};
use crate::rules::RuleSet;

/// Gives pseudonyms, the same to the same within one file: nobody without the key can tell which is whose.
///
/// * Ids of visitors, events and pages, user ids, and texts of traits and properties become keyed hashes.
/// * Addresses of pages are cut to their path. Titles, cities, networks and search terms are left out.
/// * Numbers, truth values, names of events and properties, countries, devices and campaigns stay.
///
/// A visitor's holdouts are drawn by the visitor's id, so they are drawn anew.
pub struct Pseudonyms {
    key: [u8; 32],
    /// Everybody's course so far: ids of invitations are made from ids of visitors, and answers name them.
    states: HashMap<VisitorId, VisitorState, FxBuildHasher>,
    invitations: HashMap<InvitationId, InvitationId, FxBuildHasher>,
}

impl Pseudonyms {
    /// Pseudonyms under a key that is drawn for this file and then forgotten.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            states: HashMap::default(),
            invitations: HashMap::default(),
        }
    }

    /// The record under pseudonyms; `rules` are those that it was made under. Give it every record of the journal from
    /// its beginning, in order, so that answers to invitations find what they were to.
    pub fn record(&mut self, record: &Record, rules: &RuleSet) -> Record {
        let visitor = self.visitor(record.visitor);
        self.follow(record, rules, visitor);
        let cause = match &record.cause {
            Cause::Tick => Cause::Tick,
            Cause::Rescore(scores) => Cause::Rescore(scores.clone()),
            Cause::Events(batch) => Cause::Events(Batch {
                arrival: batch.arrival.as_deref().map(|it| Box::new(arrival(it))),
                events: (batch.events.iter())
                    .map(|it| self.event(it, record.visitor))
                    .collect(),
            }),
        };
        Record {
            visitor,
            cause,
            ..record.clone()
        }
    }

    /// Notes under which id an invitation that is made here will be made from the pseudonymised records.
    fn follow(&mut self, record: &Record, rules: &RuleSet, visitor: VisitorId) {
        let state = self
            .states
            .entry(record.visitor)
            .or_insert_with(|| VisitorState::new(record.site, record.visitor, record.now));
        for effect in engine::replay(rules, state, record) {
            if let Effect::Offered(offer) = effect {
                let own = if offer.by.is_some() {
                    let event = by_hand(record).map_or(0, |event| event.id.0);
                    let event = EventId(number(&self.key, b"event", event));
                    InvitationId::by_hand(visitor, offer.trigger, event)
                } else {
                    let nth = state.invitations.made.saturating_sub(1);
                    InvitationId::derive(visitor, offer.trigger, offer.offered_at.0, nth)
                };
                self.invitations.insert(offer.id, own);
            }
        }
    }

    fn event(&self, event: &Event, visitor: VisitorId) -> Event {
        Event {
            id: EventId(self.number(b"event", event.id.0)),
            at: event.at,
            page: event.page.map(|page| PageId(self.number(b"page", page.0))),
            kind: self.kind(&event.kind, visitor),
        }
    }

    fn kind(&self, kind: &EventKind, visitor: VisitorId) -> EventKind {
        match kind {
            EventKind::PageView(view) => EventKind::PageView(Box::new(PageViewEvent {
                url: path(&view.url).into(),
                title: None,
                ..(**view).clone()
            })),
            EventKind::Custom { name, props } => EventKind::Custom {
                name: Arc::clone(name),
                props: self.entries(props),
            },
            EventKind::Identify {
                user_id,
                traits,
                verified,
            } => EventKind::Identify {
                user_id: self.text(user_id),
                traits: self.entries(traits),
                verified: *verified,
            },
            EventKind::Invitation {
                invitation,
                outcome,
            } => EventKind::Invitation {
                invitation: self.invitation(*invitation, visitor),
                outcome: *outcome,
            },
            EventKind::Known {
                invitation,
                outcome,
            } => EventKind::Known {
                invitation: self.invitation(*invitation, visitor),
                outcome: *outcome,
            },
            EventKind::Tag { add, remove } => EventKind::Tag {
                add: add.iter().map(|tag| self.text(tag)).collect(),
                remove: remove.iter().map(|tag| self.text(tag)).collect(),
            },
            EventKind::ChatReport(report) => EventKind::ChatReport(Box::new(ChatReport {
                chat: self.text(&report.chat),
                agent: report.agent.as_deref().map(|agent| self.text(agent)),
                ..(**report).clone()
            })),
            EventKind::ByAgent(by) => EventKind::ByAgent(Box::new(self.by_agent(by))),
            EventKind::Engage { .. }
            | EventKind::Leave { .. }
            | EventKind::Goal { .. }
            | EventKind::Chat(_)
            | EventKind::Consent { .. } => kind.clone(),
        }
    }

    fn by_agent(&self, by: &ByAgent) -> ByAgent {
        let deed = match &by.deed {
            Deed::Note(text) => Deed::Note(self.text(text)),
            Deed::Ban(reason) => Deed::Ban(self.text(reason)),
            Deed::LiftBan => Deed::LiftBan,
            Deed::Invite(wish) => Deed::Invite(Wish {
                message: wish.message.as_deref().map(|text| self.text(text)),
                in_spite: wish.in_spite.as_deref().map(|text| self.text(text)),
                ..wish.clone()
            }),
        };
        let who = self.text(&by.who);
        ByAgent { who, deed }
    }

    /// The id of the visitor's same invitation; of one that was made before the journal begins, an id that nobody has
    /// and that names the same trigger.
    fn invitation(&self, id: InvitationId, visitor: VisitorId) -> InvitationId {
        let known = self.invitations.get(&id).copied();
        known.unwrap_or_else(|| {
            let number = self.number(b"invitation", u64::from_le_bytes(id.0)) as u32;
            id.under(number.to_le_bytes(), visitor, self.visitor(visitor))
        })
    }

    fn entries(&self, entries: &[(Arc<str>, PropValue)]) -> Vec<(Arc<str>, PropValue)> {
        let hidden = |(name, value): &(Arc<str>, PropValue)| {
            let value = match value {
                PropValue::Text(text) => PropValue::Text(self.text(text)),
                PropValue::List(items) => {
                    PropValue::List(items.iter().map(|item| self.text(item)).collect())
                }
                PropValue::Null | PropValue::Bool(_) | PropValue::Number(_) => value.clone(),
            };
            (Arc::clone(name), value)
        };
        entries.iter().map(hidden).collect()
    }

    fn visitor(&self, id: VisitorId) -> VisitorId {
        let mut own = [0; 16];
        own.copy_from_slice(&self.digest(b"visitor", &id.0)[..16]);
        VisitorId(own)
    }

    fn text(&self, text: &str) -> Arc<str> {
        let digest = self.digest(b"text", text.as_bytes());
        let number = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        format!("{number:016x}").into()
    }

    fn number(&self, purpose: &[u8], plain: u64) -> u64 {
        number(&self.key, purpose, plain)
    }

    fn digest(&self, purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
        digest(&self.key, purpose, bytes)
    }
}

fn number(key: &[u8; 32], purpose: &[u8], plain: u64) -> u64 {
    let digest = digest(key, purpose, &plain.to_le_bytes());
    u64::from_le_bytes(*digest.first_chunk().expect("a hash has 32 bytes"))
}

fn digest(key: &[u8; 32], purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&(purpose.len() as u64).to_le_bytes());
    hasher.update(purpose).update(bytes);
    *hasher.finalize().as_bytes()
}

/// The agent's word by which this record invites.
fn by_hand(record: &Record) -> Option<&Event> {
    let Cause::Events(batch) = &record.cause else {
        return None;
    };
    let invites = |event: &&Event| matches!(&event.kind, EventKind::ByAgent(by) if matches!(by.deed, Deed::Invite(_)));
    batch.events.iter().find(invites)
}

/// The path of an address, without host, query and fragment.
fn path(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(url, |at| &url[at + 3..]);
    let path = after_scheme.find('/').map_or("/", |at| &after_scheme[at..]);
    &path[..path.find(['?', '#']).unwrap_or(path.len())]
}

fn arrival(arrival: &Arrival) -> Arrival {
    let mut hidden = arrival.clone();
    hidden.city = None;
    hidden.network = None;
    hidden.source.term = None;
    hidden
}
