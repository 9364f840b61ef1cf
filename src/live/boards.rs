//! Which boards there are: one for each site that somebody looks at, kept in step until nobody does.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use rustc_hash::FxBuildHasher;
use tokio::sync::{OnceCell, watch};
use tokio::time::MissedTickBehavior;

use crate::clock::{self, Stopwatch};
use crate::domain::{Key, Millis, VisitorId};
use crate::secret;
use crate::site::Site;
use crate::store::{Order, Span, VisitorStore};

use super::board::{Board, Counted, Render};

/// How often a board takes in what has changed: its watchers are told at most so often.
const TICK: Duration = Duration::from_millis(250);
/// The store is told this often that all of a site is looked at.
const ATTEND_EVERY: Duration = Duration::from_secs(60);
/// What was decided is read this often.
const READ_EVERY: Duration = Duration::from_secs(5);
/// A board that nobody looks at is kept this long.
const KEEP: Duration = Duration::from_secs(120);

/// The boards of all sites that somebody looks at.
pub struct Boards {
    boards: DashMap<Key, Arc<Kept>, FxBuildHasher>,
    draining: watch::Receiver<bool>,
}

/// A board, and who needs it.
struct Kept {
    board: Arc<Board>,
    /// Set once everybody was read.
    filled: OnceCell<()>,
    users: AtomicUsize,
}

/// A board that is kept in step as long as this is there.
pub struct Lease {
    kept: Arc<Kept>,
}

impl Lease {
    /// The board.
    pub fn board(&self) -> &Arc<Board> {
        &self.kept.board
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.kept.users.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Boards {
    /// No boards yet; once `draining` is true they are kept in step no longer.
    pub fn new(draining: watch::Receiver<bool>) -> Arc<Self> {
        Arc::new(Self {
            boards: DashMap::default(),
            draining,
        })
    }

    /// Takes note that a visitor has changed and the change is durable. Costs next to nothing where nobody looks.
    pub fn note(&self, site: Key, visitor: VisitorId) {
        if let Some(kept) = self.boards.get(&site) {
            kept.board.note(visitor);
        }
    }

    /// The board of a site, if there is one and everybody is on it.
    pub fn known(&self, site: Key) -> Option<Lease> {
        let kept = self.boards.get(&site)?;
        kept.filled.initialized().then(|| lease(&kept))
    }

    /// The board of a site; whoever asks first waits until everybody is on it.
    pub async fn of(
        self: &Arc<Self>,
        site: &Arc<Site>,
        store: &Arc<dyn VisitorStore>,
        render: Render,
    ) -> Lease {
        let lease = match self.boards.entry(site.key) {
            Entry::Occupied(kept) => lease(kept.get()),
            Entry::Vacant(place) => {
                let board = Board::new(
                    Arc::clone(site),
                    Box::new(Arc::clone(store)),
                    render,
                    token(),
                );
                let kept = Kept {
                    board: Arc::new(board),
                    filled: OnceCell::new(),
                    users: AtomicUsize::new(0),
                };
                lease(&place.insert(Arc::new(kept)))
            }
        };
        let begin = || self.begin(&lease.kept, site.key, store);
        lease.kept.filled.get_or_init(begin).await;
        lease
    }

    /// Reads everybody, and keeps the board in step from then on. Changes are noted meanwhile.
    async fn begin(self: &Arc<Self>, kept: &Arc<Kept>, site: Key, store: &Arc<dyn VisitorStore>) {
        attend(&**store, site).await;
        let board = Arc::clone(&kept.board);
        let theirs = Arc::clone(store);
        let filled = tokio::task::spawn_blocking(move || {
            board.fill(clock::now());
            read_decisions(&*theirs, site, &board);
        });
        if let Err(why) = filled.await {
            tracing::error!(%why, "the list of who is here could not be made");
        }
        let (all, kept, store) = (Arc::clone(self), Arc::clone(kept), Arc::clone(store));
        tokio::spawn(async move { all.keep(site, &kept, &store).await });
    }

    async fn keep(&self, site: Key, kept: &Kept, store: &Arc<dyn VisitorStore>) {
        let mut draining = self.draining.clone();
        let mut beat = tokio::time::interval(TICK);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let [mut used, mut attended, mut read] = [(); 3].map(|()| Stopwatch::start());
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                _ = draining.wait_for(|draining| *draining) => break,
            }
            let board = Arc::clone(&kept.board);
            let theirs = (read.elapsed() >= READ_EVERY).then(|| {
                read = Stopwatch::start();
                Arc::clone(store)
            });
            let ticked = tokio::task::spawn_blocking(move || {
                board.tick(clock::now());
                if let Some(store) = theirs {
                    read_decisions(&*store, site, &board);
                }
            });
            if let Err(why) = ticked.await {
                tracing::error!(%why, "the list of who is here is behind");
            }
            if kept.users.load(Ordering::Acquire) > 0 {
                used = Stopwatch::start();
            } else if used.elapsed() >= KEEP && self.forget(site) {
                break;
            }
            if attended.elapsed() >= ATTEND_EVERY {
                attended = Stopwatch::start();
                attend(&**store, site).await;
            }
        }
    }

    /// Forgets a board unless somebody looks at it; whether it is forgotten.
    fn forget(&self, site: Key) -> bool {
        let unused = |_: &Key, kept: &Arc<Kept>| kept.users.load(Ordering::Acquire) == 0;
        self.boards.remove_if(&site, unused).is_some()
    }
}

/// Counts one user more; only while the entry is held, so that nobody forgets the board meanwhile.
fn lease(kept: &Arc<Kept>) -> Lease {
    kept.users.fetch_add(1, Ordering::AcqRel);
    Lease {
        kept: Arc::clone(kept),
    }
}

/// Counts what was decided in the last hour, as far as it was not.
fn read_decisions(store: &dyn VisitorStore, site: Key, board: &Board) {
    let now = clock::now();
    let from = board.unread(now);
    let until = now + Millis(1);
    let mut counted = Vec::new();
    let read = store.decisions(
        site,
        Span { from, until },
        Order::OldestFirst,
        &mut |_, decision| {
            counted.extend(Counted::of(&decision));
            ControlFlow::Continue(())
        },
    );
    match read {
        Ok(()) => board.count(from, &counted, now),
        Err(why) => tracing::debug!(%why, "the figures of the last hour are behind"),
    }
}

async fn attend(store: &dyn VisitorStore, site: Key) {
    if let Err(why) = store.attend(site).await {
        tracing::debug!(%why, "some of those who are here are not known yet");
    }
}

/// A number that no other board has, of this node or another.
fn token() -> u64 {
    let random = secret::random().map(u64::from_be_bytes);
    random.unwrap_or_else(|_| clock::now().0)
}
