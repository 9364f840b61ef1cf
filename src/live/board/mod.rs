//! A site's visitors kept in order for as long as somebody looks: every change is worked into every view once, and
//! whoever looks is told what has changed in their window.

mod blocks;
mod content;
mod figures;
mod hour;
mod view;
mod watching;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use rustc_hash::FxBuildHasher;
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::domain::{Key, Millis, Timestamp, VisitorId, VisitorState};
use crate::rules::RuleSet;
use crate::site::Site;
use crate::store::{VisitorStore, Whose};

use super::line::{Line, look_again_at};
use super::list::{Listing, Row};

use self::content::{Content, Seen};
use self::hour::Hour;
use self::watching::Trail;

pub use self::content::Hot;
pub use self::figures::{Figures, Share};
pub use self::hour::{Counted, Invited};
pub use self::view::{Angle, Count};
pub use self::watching::{EventId, MAX_ROWS, Update, Watching, Window};

/// How many changed visitors are taken in one go; the others are taken at the next.
const MAX_CHANGED: usize = 20_000;
/// How many lines are made again in one go because time has passed.
const MAX_DUE: usize = 2_500;
/// How many watchers one site may have.
pub const MAX_WATCHERS: usize = 200;
/// Watchers are told at least this often that time has passed.
const BEAT: Millis = Millis::from_secs(1);

/// Where states come from.
pub trait Source: Send + Sync {
    /// Shows everybody on a site who is here now.
    fn each(&self, site: Key, look: &mut dyn FnMut(&VisitorState));
    /// One visitor's state, if they are in memory.
    fn one(&self, visitor: VisitorId) -> Option<VisitorState>;
}

impl Source for Arc<dyn VisitorStore> {
    fn each(&self, site: Key, look: &mut dyn FnMut(&VisitorState)) {
        self.for_each_live(Whose::Everybody, &mut |state| {
            if state.site == site {
                look(state);
            }
        });
    }

    fn one(&self, visitor: VisitorId) -> Option<VisitorState> {
        self.live(visitor)
    }
}

/// Makes a row of the list out of a visitor, as it goes on the wire.
pub type Render = fn(&RuleSet, &Row, Timestamp) -> Arc<RawValue>;

/// Rows that were made since the last change, by slot and version.
type Rendered = HashMap<(u32, u32), Arc<RawValue>, FxBuildHasher>;

/// A site's visitors in order.
pub struct Board {
    site: Arc<Site>,
    source: Box<dyn Source>,
    render: Render,
    /// Tells this board from all others, of other nodes too.
    token: u64,
    /// Who has changed since the last look.
    changed: Mutex<HashSet<VisitorId, FxBuildHasher>>,
    content: RwLock<Content>,
    /// One look at a time; when watchers were told last.
    looking: Mutex<Timestamp>,
    ticks: watch::Sender<u64>,
    rendered: Mutex<Rendered>,
    hour: Mutex<Hour>,
    trails: Mutex<HashMap<u64, Trail, FxBuildHasher>>,
    next_watcher: AtomicU64,
    watchers: AtomicUsize,
}

impl Board {
    /// An empty board. `token` is its own among all boards of all nodes.
    pub fn new(site: Arc<Site>, source: Box<dyn Source>, render: Render, token: u64) -> Self {
        let rules = site.live_rules();
        Self {
            site,
            source,
            render,
            token,
            changed: Mutex::default(),
            content: RwLock::new(Content::new(rules)),
            looking: Mutex::default(),
            ticks: watch::Sender::new(0),
            rendered: Mutex::default(),
            hour: Mutex::default(),
            trails: Mutex::default(),
            next_watcher: AtomicU64::new(1),
            watchers: AtomicUsize::new(0),
        }
    }

    /// Takes note that a visitor has changed.
    pub fn note(&self, visitor: VisitorId) {
        self.changed.lock().insert(visitor);
    }

    /// Reads everybody. Takes some microseconds for each visitor, so call it where that may block.
    pub fn fill(&self, now: Timestamp) {
        let _looking = self.looking.lock();
        self.read_all(&self.site.live_rules(), now);
        let content = self.content.read();
        self.hour.lock().begin(content.lines(), now);
    }

    fn read_all(&self, rules: &Arc<RuleSet>, now: Timestamp) {
        let mut all = Vec::new();
        self.source.each(self.site.key, &mut |state| {
            all.extend(seen(rules, state, now));
        });
        // Nobody waits while it is put in order.
        let mut next = self.content.read().successor(rules);
        next.fill(all, now);
        self.content.write().give_way(next);
        self.rendered.lock().clear();
    }

    /// Works in what has changed and what time has brought, and tells the watchers. Takes some milliseconds where much
    /// happens, so call it where that may block.
    pub fn tick(&self, now: Timestamp) {
        let mut told_at = self.looking.lock();
        let before = self.content.read().offset;
        self.work_in(now);
        let offset = self.content.read().offset;
        let here = self.content.read().tally.here();
        self.hour.lock().note(here, now);
        if offset != before || now.since(*told_at) >= BEAT {
            *told_at = now;
            self.rendered.lock().clear();
            self.ticks.send_replace(offset);
        }
        self.forget_trails(now);
    }

    /// Works in what has changed, for somebody who wants to read what was written before.
    pub fn catch_up(&self, now: Timestamp) {
        let _looking = self.looking.lock();
        self.work_in(now);
    }

    fn work_in(&self, now: Timestamp) {
        let rules = self.site.live_rules();
        if rules.hash != self.content.read().rules.hash {
            // Names, stages and scores may mean something else by now.
            return self.read_all(&rules, now);
        }
        let heard = self.take_changed();
        let due = self.content.read().due(now, MAX_DUE);
        let due = due.into_iter().filter(|visitor| !heard.contains(visitor));
        let look = |visitor: VisitorId| {
            let state = self.source.one(visitor);
            let state = state.filter(|state| state.site == self.site.key);
            state.and_then(|state| seen(&rules, &state, now))
        };
        let due: Vec<_> = due.map(|visitor| (visitor, look(visitor), false)).collect();
        let heard = heard.iter().map(|visitor| (*visitor, look(*visitor), true));
        let looked: Vec<_> = due.into_iter().chain(heard).collect();
        if looked.is_empty() {
            return;
        }
        let mut content = self.content.write();
        let mut any = false;
        for (visitor, seen, heard) in looked {
            any |= content.set(visitor, seen, heard);
        }
        content.offset += u64::from(any);
        content.forget_views(now, false);
    }

    fn take_changed(&self) -> HashSet<VisitorId, FxBuildHasher> {
        let mut changed = self.changed.lock();
        if changed.len() <= MAX_CHANGED {
            return std::mem::take(&mut *changed);
        }
        let some: HashSet<_, FxBuildHasher> = changed.iter().take(MAX_CHANGED).copied().collect();
        changed.retain(|visitor| !some.contains(visitor));
        some
    }

    /// Shows a question every line, as of the last look.
    pub fn list(&self, listing: &mut Listing) {
        for line in self.content.read().lines() {
            listing.look(line);
        }
    }

    /// Whose visitors are on it.
    pub fn site(&self) -> Key {
        self.site.key
    }

    /// The rules that the lines were made under.
    pub fn rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.content.read().rules)
    }

    /// The site in figures, as of the last look.
    pub fn figures(&self) -> Figures {
        let content = self.content.read();
        let hour = self.hour.lock();
        Figures {
            per_minute: hour.visitors(),
            invited: hour.invited(),
            ..content.tally.figures(&content.rules)
        }
    }

    /// From which moment on the decisions of the last hour are to be read for [`Self::count`].
    pub fn unread(&self, now: Timestamp) -> Timestamp {
        self.hour.lock().unread(now)
    }

    /// Counts the decisions since `from`, in the place of those of that time that were counted before.
    pub fn count(&self, from: Timestamp, decisions: &[Counted], now: Timestamp) {
        self.hour.lock().count(from, decisions, now);
    }

    /// How many visitors are on it.
    pub fn len(&self) -> usize {
        self.content.read().len()
    }

    /// Whether nobody is on it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that lines and views take, about.
    pub fn bytes(&self) -> usize {
        self.content.read().bytes()
    }

    /// How many look at it.
    pub fn watchers(&self) -> usize {
        self.watchers.load(Ordering::Relaxed)
    }
}

/// What the list knows of a visitor, and when to look again.
fn seen(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Option<Seen> {
    let line = Line::of(rules, state, now)?;
    Some((line, look_again_at(state, now)))
}

#[cfg(test)]
mod tests;
