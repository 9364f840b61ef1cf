//! Somebody who looks at a part of the list: what has changed in their window since they were last told.
//!
//! Nothing is sent to a watcher: a watcher asks, when it is ready for more, and is told the difference between what it
//! has seen and what is. So a slow one costs no memory and misses nothing but what has passed meanwhile.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::clock;
use crate::domain::{Millis, Timestamp, VisitorId};
use crate::live::list::row;
use crate::rules::RuleSet;

use super::content::Hot;
use super::view::{Angle, Count, View};
use super::{Board, MAX_WATCHERS};

/// The most rows of a window.
pub const MAX_ROWS: usize = 200;
/// How many of the latest things a watcher was told are remembered: a minute's worth.
const MAX_STEPS: usize = 240;
/// What a watcher was told is remembered this long after it went.
const KEEP_TRAIL: Millis = Millis::from_secs(60);
/// How many visitors who became hot are named at once.
const MAX_HOT: usize = 8;

/// Which part of a view is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whether the greatest comes first.
    pub descending: bool,
    /// The place of the first row, from 0.
    pub from: usize,
    /// How many rows, at most [`MAX_ROWS`].
    pub rows: usize,
}

/// What was told to whom, so that it can be gone on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId {
    board: u64,
    watcher: u64,
    step: u64,
}

/// What a watcher is told.
#[derive(Clone, Debug)]
pub struct Update {
    /// Where to go on from.
    pub id: EventId,
    /// Counts the changes of the board.
    pub offset: u64,
    /// Whether `rows` are all rows of the window, rather than those that the watcher does not have.
    pub whole: bool,
    /// How many visitors pass the filter.
    pub total: usize,
    /// The place of the first row, from 0.
    pub from: usize,
    /// Who is in the window, in order.
    pub order: Vec<VisitorId>,
    /// The rows that are new or changed, in the order of the window.
    pub rows: Vec<Arc<RawValue>>,
    /// The groups of the view and how many visitors each has.
    pub counts: Vec<Count>,
    /// Who became hot since, with their rows.
    pub hot: Vec<(Hot, Arc<RawValue>)>,
    /// Whether the watcher has all of this already.
    pub is_old: bool,
}

/// What a watcher has seen: which rows, and how they were.
#[derive(Clone, Debug, Default)]
struct Step {
    number: u64,
    epoch: u32,
    offset: u64,
    total: usize,
    from: usize,
    rows: Vec<(u32, u32)>,
}

/// What a watcher was told lately.
pub(super) struct Trail {
    angle: Angle,
    steps: Arc<Mutex<VecDeque<Step>>>,
    left_at: Option<Timestamp>,
}

/// Somebody who looks at a part of the list.
pub struct Watching {
    board: Arc<Board>,
    number: u64,
    seat: usize,
    window: Window,
    ticks: watch::Receiver<u64>,
    steps: Arc<Mutex<VecDeque<Step>>>,
    /// What the watcher has seen; `None` before anything.
    last: Option<Step>,
    counts: Vec<Count>,
    begun: bool,
}

/// A visitor's row, and which one of all that it was.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) visitor: VisitorId,
    pub(super) slot: u32,
    pub(super) version: u32,
}

/// What was found in a window.
struct Found {
    epoch: u32,
    offset: u64,
    total: usize,
    places: Vec<Place>,
    counts: Vec<Count>,
    hot: Vec<(Hot, Place)>,
    rules: Arc<RuleSet>,
}

impl Board {
    /// Looks at a part of the list from now on, going on from what `after` names if that is remembered; `None` when too
    /// many look.
    pub fn watch(
        self: &Arc<Self>,
        angle: &Angle,
        window: Window,
        after: Option<EventId>,
        now: Timestamp,
    ) -> Option<Watching> {
        if self.watchers.fetch_add(1, Ordering::AcqRel) >= MAX_WATCHERS {
            self.watchers.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        let Some(seat) = self.content.write().sit(angle, now) else {
            self.watchers.fetch_sub(1, Ordering::AcqRel);
            return None;
        };
        let last = after.and_then(|after| self.remembered(angle, after));
        let number = self.next_watcher.fetch_add(1, Ordering::Relaxed);
        let steps = Arc::new(Mutex::default());
        let trail = Trail {
            angle: angle.clone(),
            steps: Arc::clone(&steps),
            left_at: None,
        };
        self.trails.lock().insert(number, trail);
        Some(Watching {
            board: Arc::clone(self),
            number,
            seat,
            window,
            ticks: self.ticks.subscribe(),
            steps,
            last,
            counts: Vec::new(),
            begun: false,
        })
    }

    /// What a watcher who looked the same way had seen.
    fn remembered(&self, angle: &Angle, after: EventId) -> Option<Step> {
        if after.board != self.token {
            return None;
        }
        let trails = self.trails.lock();
        let trail = trails.get(&after.watcher)?;
        let steps = trail.steps.lock();
        let step = steps.iter().find(|step| step.number == after.step)?;
        (trail.angle == *angle).then(|| step.clone())
    }

    /// Forgets what was told to those who went some time ago.
    pub(super) fn forget_trails(&self, now: Timestamp) {
        let kept = |left_at: Timestamp| now.since(left_at) <= KEEP_TRAIL;
        let mut trails = self.trails.lock();
        trails.retain(|_, trail| trail.left_at.is_none_or(kept));
    }

    /// A row as it goes on the wire, made once however many look at it; `None` for who has gone meanwhile.
    fn row(&self, place: &Place, rules: &RuleSet, now: Timestamp) -> Option<Arc<RawValue>> {
        let key = (place.slot, place.version);
        let known = self.rendered.lock().get(&key).cloned();
        known.or_else(|| {
            let state = self.source.one(place.visitor)?;
            state.session.as_ref()?;
            let made = (self.render)(rules, &row(rules, state, now), now);
            self.rendered.lock().insert(key, Arc::clone(&made));
            Some(made)
        })
    }
}

impl Watching {
    /// What there is to be told, once there is something or about a second has passed; `None` when the board is no more.
    pub async fn next(&mut self) -> Option<Update> {
        if self.begun {
            self.ticks.changed().await.ok()?;
        }
        self.begun = true;
        self.ticks.mark_unchanged();
        Some(self.look(clock::now()))
    }

    /// What has changed since the last look.
    pub fn look(&mut self, now: Timestamp) -> Update {
        let found = self.find();
        let last = self.last.take();
        let number = last.as_ref().map_or(0, |last| last.number);
        let last = last.filter(|last| last.epoch == found.epoch);
        let whole = last.is_none();
        let last = last.unwrap_or_default();
        let had: HashSet<(u32, u32), FxBuildHasher> = last.rows.iter().copied().collect();
        let (mut order, mut shown, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for place in &found.places {
            let key = (place.slot, place.version);
            if !had.contains(&key) {
                let Some(made) = self.board.row(place, &found.rules, now) else {
                    continue;
                };
                rows.push(made);
            }
            order.push(place.visitor);
            shown.push(key);
        }
        let hot = found.hot.into_iter().filter_map(|(hot, place)| {
            let row = self.board.row(&place, &found.rules, now)?;
            Some((hot, row))
        });
        let hot: Vec<_> = hot.collect();
        let from = self.window.from;
        // Who goes on from what another connection was told is given a number of this one.
        let is_first = self.steps.lock().is_empty();
        let is_old = !(whole || is_first)
            && rows.is_empty()
            && hot.is_empty()
            && (shown == last.rows && found.total == last.total && from == last.from)
            && found.counts == self.counts;
        let step = Step {
            number: number + u64::from(!is_old),
            epoch: found.epoch,
            offset: found.offset,
            total: found.total,
            from,
            rows: shown,
        };
        if !is_old {
            self.remember(&step);
        }
        self.counts.clone_from(&found.counts);
        let update = Update {
            id: self.id(step.number),
            offset: step.offset,
            whole,
            total: step.total,
            from,
            order,
            rows,
            counts: found.counts,
            hot,
            is_old,
        };
        self.last = Some(step);
        update
    }

    fn id(&self, step: u64) -> EventId {
        EventId {
            board: self.board.token,
            watcher: self.number,
            step,
        }
    }

    fn remember(&self, step: &Step) {
        let mut steps = self.steps.lock();
        if steps.len() >= MAX_STEPS {
            steps.pop_front();
        }
        steps.push_back(step.clone());
    }

    /// What the window shows by now.
    fn find(&self) -> Found {
        let content = self.board.content.read();
        let Window {
            descending,
            from,
            rows,
        } = self.window;
        let view = content.view(self.seat);
        let slots = view.map(|view| view.window(from, rows.min(MAX_ROWS), descending));
        let slots = slots.into_iter().flatten();
        let told = self.last.as_ref().map(|last| last.offset);
        let hot = told.map(|told| content.hot_since(told, self.seat));
        let mut hot = hot.unwrap_or_default();
        hot.drain(..hot.len().saturating_sub(MAX_HOT));
        Found {
            epoch: content.epoch,
            offset: content.offset,
            total: view.map_or(0, View::total),
            places: slots.filter_map(|slot| content.place(slot)).collect(),
            counts: view.map(View::counts).unwrap_or_default(),
            hot,
            rules: Arc::clone(&content.rules),
        }
    }

    /// The board that is looked at.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let now = clock::now();
        self.board.content.write().leave(self.seat, now);
        if let Some(trail) = self.board.trails.lock().get_mut(&self.number) {
            trail.left_at = Some(now);
        }
        self.board.watchers.fetch_sub(1, Ordering::AcqRel);
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:x}-{:x}", self.board, self.watcher, self.step)
    }
}

/// Nothing is said about why a text is no id: then everything is told anew.
impl FromStr for EventId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| ());
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            board: number(part()?)?,
            watcher: number(part()?)?,
            step: number(part()?)?,
        })
    }
}
