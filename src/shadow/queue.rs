//! From those who answer visitors to the shadow: bounded, and never waited for.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::domain::{Record, VisitorId, VisitorState};
use crate::rules::RuleSet;

use super::Comparison;

/// How much may wait for the shadow; more is dropped.
const MAX_WAITING: usize = 8_192;

/// Something for the shadow to do.
pub(super) enum Message {
    /// Take this up.
    Record(Box<Taken>),
    /// Tell what was seen.
    Ask(oneshot::Sender<Comparison>),
}

/// A record as it was made.
pub(super) struct Taken {
    /// Its place among all records of the site, so that one visitor's are taken up in order.
    pub(super) order: u64,
    /// The visitor before it, if the shadow does not know the visitor yet.
    pub(super) before: Option<VisitorState>,
    pub(super) record: Record,
    /// The rules it was made under.
    pub(super) rules: Arc<RuleSet>,
}

/// A change that the shadow will hear of once it is on disk. One that is never told changes nothing.
pub struct Heard {
    queue: Arc<Queue>,
    visitor: VisitorId,
    order: u64,
    before: Option<VisitorState>,
}

/// A visitor whose first change never came to anything is still unknown.
impl Drop for Heard {
    fn drop(&mut self) {
        if self.before.is_some() {
            self.queue.forget(self.visitor);
        }
    }
}

impl Heard {
    /// Hands the record of the change over.
    pub fn tell(mut self, record: Record, rules: Arc<RuleSet>) {
        let message = Message::Record(Box::new(Taken {
            order: self.order,
            before: self.before.take(),
            record,
            rules,
        }));
        if self.queue.send.try_send(message).is_err() {
            self.queue.dropped.fetch_add(1, Ordering::Relaxed);
            // What follows cannot be understood without this: the visitor is shown anew.
            self.queue.forget(self.visitor);
        }
    }
}

/// The way to one shadow.
pub(super) struct Queue {
    send: SyncSender<Message>,
    /// For the shadow itself, until it starts.
    receive: Mutex<Option<Receiver<Message>>>,
    /// Visitors whose state the shadow was shown.
    known: Mutex<HashSet<VisitorId, rustc_hash::FxBuildHasher>>,
    next: AtomicU64,
    dropped: AtomicU64,
}

impl Queue {
    pub(super) fn new() -> Arc<Self> {
        let (send, receive) = sync_channel(MAX_WAITING);
        Arc::new(Self {
            send,
            receive: Mutex::new(Some(receive)),
            known: Mutex::default(),
            next: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        })
    }

    /// The end at which the shadow listens; only once.
    pub(super) fn listen(&self) -> Option<Receiver<Message>> {
        self.receive.lock().take()
    }

    /// Draws the place of a change. Called under the visitor's lock.
    pub(super) fn notice(queue: &Arc<Self>, state: &VisitorState) -> Heard {
        let new = queue.known.lock().insert(state.id);
        Heard {
            queue: Arc::clone(queue),
            visitor: state.id,
            order: queue.next.fetch_add(1, Ordering::Relaxed),
            before: new.then(|| state.clone()),
        }
    }

    /// Lets a visitor be shown anew at the next change.
    pub(super) fn forget(&self, visitor: VisitorId) {
        self.known.lock().remove(&visitor);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Asks the shadow what it has seen.
    pub(super) async fn ask(self: Arc<Self>) -> Option<Comparison> {
        let (tell, told) = oneshot::channel();
        // Questions wait their turn, so that the answer has everything that was handed over before.
        let asked = tokio::task::spawn_blocking(move || self.send.send(Message::Ask(tell)));
        asked.await.ok()?.ok()?;
        told.await.ok()
    }
}
