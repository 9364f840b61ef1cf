//! Open streams: what is decided here reaches the visitor's browser at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dashmap::DashMap;
use tokio::sync::mpsc;

use crate::domain::{Invitation, InvitationId, PageId, VisitorId};
use crate::store::Notice;

/// How many messages may wait for one slow browser before its stream is cut; it asks again by itself.
const MAX_WAITING: usize = 8;
/// How many streams one visitor may have open: more tabs than anybody looks at.
const MAX_PER_VISITOR: usize = 8;

/// What a stream carries.
#[derive(Clone, Debug)]
pub enum Push {
    /// Show this.
    Invitation(Arc<Invitation>),
    /// Take this off the screen.
    Revoke(InvitationId),
}

struct Listener {
    id: u64,
    page: PageId,
    send: mpsc::Sender<Push>,
}

type Streams = DashMap<VisitorId, Vec<Listener>, rustc_hash::FxBuildHasher>;

/// Every open stream, by visitor.
pub struct Hub {
    streams: Streams,
    open: AtomicUsize,
    next_id: AtomicU64,
    max_open: usize,
}

/// One open stream; closes when it is dropped.
pub struct Subscription {
    hub: Arc<Hub>,
    visitor: VisitorId,
    id: u64,
    /// What arrives.
    pub messages: mpsc::Receiver<Push>,
}

impl Hub {
    /// A hub for at most `max_open` streams.
    pub fn new(max_open: usize) -> Arc<Self> {
        Arc::new(Self {
            streams: Streams::default(),
            open: 0.into(),
            next_id: 0.into(),
            max_open,
        })
    }

    /// Opens a stream for a page of a visitor; `None` when there are too many, so that the browser asks instead.
    pub fn subscribe(self: &Arc<Self>, visitor: VisitorId, page: PageId) -> Option<Subscription> {
        // Looked at before the entry is made: whoever is turned away must leave nothing behind.
        if self.open.load(Ordering::Relaxed) >= self.max_open {
            return None;
        }
        let mut listeners = self.streams.entry(visitor).or_default();
        if listeners.len() >= MAX_PER_VISITOR {
            return None;
        }
        let (send, messages) = mpsc::channel(MAX_WAITING);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        listeners.push(Listener { id, page, send });
        self.open.fetch_add(1, Ordering::Relaxed);
        Some(Subscription {
            hub: Arc::clone(self),
            visitor,
            id,
            messages,
        })
    }

    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Tells a visitor's open streams what has become of an invitation.
    pub fn tell(&self, visitor: VisitorId, notice: &Notice) {
        match notice {
            Notice::Offered(invitation) => self.offer(visitor, invitation),
            Notice::Shown(id, page) => self.revoke_elsewhere(visitor, *id, *page),
            Notice::Revoked(id) => self.revoke(visitor, *id),
        }
    }

    /// Hands an invitation to the page it was made on, or to every page of the visitor if that one has no stream.
    fn offer(&self, visitor: VisitorId, invitation: &Arc<Invitation>) {
        let Some(listeners) = self.streams.get(&visitor) else {
            return;
        };
        let here = |listener: &&Listener| listener.page == invitation.page;
        let exact = listeners.iter().any(|listener| here(&listener));
        for listener in listeners.iter().filter(|listener| !exact || here(listener)) {
            send(listener, Push::Invitation(Arc::clone(invitation)));
        }
    }

    /// Takes an invitation that one page has shown off the visitor's other pages. Who does not say which page it was
    /// has no other pages as far as anybody knows.
    fn revoke_elsewhere(&self, visitor: VisitorId, id: InvitationId, shown_on: Option<PageId>) {
        let (Some(listeners), Some(page)) = (self.streams.get(&visitor), shown_on) else {
            return;
        };
        listeners
            .iter()
            .filter(|listener| listener.page != page)
            .for_each(|listener| send(listener, Push::Revoke(id)));
    }

    /// Takes an invitation off every page of the visitor.
    fn revoke(&self, visitor: VisitorId, id: InvitationId) {
        let Some(listeners) = self.streams.get(&visitor) else {
            return;
        };
        listeners
            .iter()
            .for_each(|listener| send(listener, Push::Revoke(id)));
    }
}

/// A full or closed stream loses the message: the browser gets it with its next answer.
fn send(listener: &Listener, message: Push) {
    let _ = listener.send.try_send(message);
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(mut listeners) = self.hub.streams.get_mut(&self.visitor) {
            listeners.retain(|listener| listener.id != self.id);
        }
        self.hub
            .streams
            .remove_if(&self.visitor, |_, listeners| listeners.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_turned_away_leaves_nothing_behind() {
        let hub = Hub::new(1);
        let open = hub.subscribe(VisitorId([1; 16]), PageId(1));
        assert!(open.is_some());
        assert!(hub.subscribe(VisitorId([2; 16]), PageId(1)).is_none());
        assert_eq!(hub.streams.len(), 1);
        drop(open);
        assert_eq!((hub.streams.len(), hub.open()), (0, 0));
    }
}
