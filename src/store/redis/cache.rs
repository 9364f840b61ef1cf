//! What this node remembers of the visitors whom it changed last: their states as they lie in Redis.
//!
//! Nothing here is the truth. A copy saves the round trip that reads a state before it is changed, and the version in it
//! shows Redis whether it was current.

use std::sync::Arc;

use parking_lot::Mutex;
use quick_cache::sync::Cache as Bounded;

use crate::domain::{Key, VisitorId, VisitorState};

use super::value::Value;

/// A visitor on this node.
pub(super) struct Slot {
    /// One change at a time: changes of one node do not conflict with each other.
    pub(super) turn: tokio::sync::Mutex<()>,
    held: Mutex<Option<Held>>,
}

struct Held {
    value: Value,
    site: Key,
    in_session: bool,
    by: By,
}

/// Who made a state what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// This node.
    Us,
    /// Another node.
    Others,
}

impl Held {
    fn new(value: Value, state: &VisitorState, by: By) -> Self {
        Self {
            value,
            site: state.site,
            in_session: state.session.is_some(),
            by,
        }
    }
}

impl Slot {
    fn new() -> Self {
        Self {
            turn: tokio::sync::Mutex::new(()),
            held: Mutex::new(None),
        }
    }

    /// The copy, if there is one.
    pub(super) fn value(&self) -> Option<Value> {
        self.held.lock().as_ref().map(|held| held.value.clone())
    }

    /// Remembers a state that was just written, or found in the place of the copy. Only for who has the turn.
    pub(super) fn hold(&self, value: Value, state: &VisitorState, by: By) {
        *self.held.lock() = Some(Held::new(value, state, by));
    }

    /// Remembers a state that was read, if it is newer than the copy: then another node has made it.
    pub(super) fn hold_newer(&self, value: Value, state: &VisitorState) {
        let mut held = self.held.lock();
        if held
            .as_ref()
            .is_none_or(|held| held.value.version() < value.version())
        {
            *held = Some(Held::new(value, state, By::Others));
        }
    }

    /// Forgets the copy: nobody has heard of the visitor any more.
    pub(super) fn clear(&self) {
        *self.held.lock() = None;
    }

    fn live(&self) -> Option<Live> {
        let held = self.held.lock();
        let live = held.as_ref().filter(|held| held.in_session);
        live.map(|held| Live {
            value: held.value.clone(),
            site: held.site,
            by: held.by,
        })
    }
}

/// What is remembered of a visitor with a session.
pub(super) struct Live {
    pub(super) value: Value,
    pub(super) site: Key,
    pub(super) by: By,
}

/// The visitors of this node.
pub(super) struct Cache {
    slots: Bounded<VisitorId, Arc<Slot>>,
}

impl Cache {
    /// Holds at most so many visitors, those longest unheard of leaving first.
    pub(super) fn new(most: usize) -> Self {
        Self {
            slots: Bounded::new(most),
        }
    }

    /// The visitor's slot, empty if the visitor is new here.
    pub(super) fn slot(&self, visitor: VisitorId) -> Arc<Slot> {
        let made = self
            .slots
            .get_or_insert_with(&visitor, || Ok::<_, ()>(Arc::new(Slot::new())));
        made.unwrap_or_else(|()| Arc::new(Slot::new()))
    }

    /// The visitor's slot, if the visitor is known here.
    pub(super) fn known(&self, visitor: VisitorId) -> Option<Arc<Slot>> {
        self.slots.peek(&visitor)
    }

    /// What is remembered of a visitor with a session, if this node remembers one.
    pub(super) fn live(&self, visitor: VisitorId) -> Option<Live> {
        self.slots.peek(&visitor)?.live()
    }

    /// Whether another node has changed a visitor since this one did, as far as is known here.
    pub(super) fn moved(&self, visitor: VisitorId) -> bool {
        let slot = self.slots.peek(&visitor);
        slot.is_some_and(|slot| {
            let held = slot.held.lock();
            held.as_ref().is_some_and(|held| held.by == By::Others)
        })
    }

    /// Shows every visitor with a session whom this node remembers.
    pub(super) fn for_each_live(&self, mut look: impl FnMut(VisitorId, Live)) {
        for (visitor, slot) in self.slots.iter() {
            if let Some(live) = slot.live() {
                look(visitor, live);
            }
        }
    }

    /// How many visitors this node remembers.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}
