//! One visit: its pages, how long each was attended, and what it adds up to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
use super::aspects::{Aspects, AtRest};
use super::ids::{Key, PageId, SessionId};
use super::time::{Millis, Timestamp};

/// A session ends after this long without a sign of life.
pub const SESSION_GAP: Millis = Millis::from_mins(30);
/// How many pages of a session are kept one by one; older closed ones are folded into the totals.
pub const MAX_PAGES: usize = 24;
/// How many page types a session remembers having seen.
pub const MAX_PAGE_TYPES: usize = 16;
/// A page that was attended at its last report is taken to be attended for this long: two heartbeats.
pub const ATTENTION_HORIZON: Millis = Millis::from_secs(32);
/// An open page that has not been heard of for this long is taken to be gone: three slow heartbeats.
pub const SILENCE: Millis = Millis::from_secs(190);
/// Whoever is in a form and shows no sign for this long has stopped typing.
pub const TYPING_PAUSE: Millis = Millis::from_mins(2);
/// How many custom events and goals of a session are remembered one by one.
pub const MAX_EVENT_LOG: usize = 48;
/// How many different names of custom events and goals a session counts.
pub const MAX_EVENT_NAMES: usize = 32;
/// How many stage crossings a session remembers.
pub const MAX_CROSSINGS: usize = 32;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Presence {
    /// Some page is attended.
    Active,
    /// Pages are open and none is attended.
    Idle,
    /// No page is open.
    Left,
}

impl Presence {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Active, Self::Idle, Self::Left];

    /// The word used in filters and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Left => "left",
        }
    }
}

/// One look at one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVisit {
    /// Its identity.
    pub page: PageId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last heard of, by the time of the event.
    pub heard_at: Timestamp,
    /// The page's URL.
    pub url: Arc<str>,
    /// The page's title.
    pub title: Option<Arc<str>>,
    /// The page's language, in lower case.
    pub lang: Option<Arc<str>>,
    /// Its page type under the rules of that moment.
    pub page_type: Option<Key>,
    /// Active milliseconds at `heard_at`.
    pub active_ms: u32,
    /// Dwell rules have been looked at up to this many active milliseconds.
    pub dwelt_ms: u32,
    /// The deepest scroll, in percent.
    pub scroll: u8,
    /// Whether it is attended since `heard_at`. Over all pages of a session, one at most is.
    pub attended: bool,
    /// When another page took the attention, if that is all that is known: up to then this one is taken to have had it.
    pub overtaken_at: Option<Timestamp>,
    /// Whether it was closed.
    pub closed: bool,
    /// Whether the pointer left through its top.
    pub exit_intent: bool,
}

impl PageVisit {
    /// Active time at `now`, predicting that an attended page stays attended up to [`ATTENTION_HORIZON`].
    ///
    /// The prediction is never added to `active_ms`, so that a later report of the page itself corrects it.
    pub fn active(&self, now: Timestamp) -> Millis {
        let until = match self.overtaken_at {
            _ if self.attended => now,
            Some(overtaken_at) => overtaken_at.min(now),
            None => self.heard_at,
        };
        let predicted = until.since(self.heard_at).0.min(ATTENTION_HORIZON.0);
        Millis(u64::from(self.active_ms) + predicted)
    }

    /// Whether the page is taken to be attended at `now`.
    pub fn is_attended(&self, now: Timestamp) -> bool {
        self.attended && now.since(self.heard_at) <= ATTENTION_HORIZON
    }

    /// Whether the page is taken to be open at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.closed && now.since(self.heard_at) <= SILENCE
    }

    /// When active time will reach `target`, if nothing is reported in between; `None` when it will not.
    pub fn reaches(&self, target: Millis, now: Timestamp) -> Option<Timestamp> {
        let missing = target.saturating_sub(Millis(u64::from(self.active_ms)));
        let at = self.heard_at + missing;
        (self.attended && missing <= ATTENTION_HORIZON && at > now).then_some(at)
    }
}

/// What the folded pages of a session add up to, and what is counted as it happens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTotals {
    /// Pages viewed in all.
    pub page_views: u32,
    /// Active milliseconds of the pages that were folded away.
    pub folded_active_ms: u64,
    /// Views per page type, in the order they were first seen.
    pub page_types: Vec<(Key, u16)>,
    /// Custom events and goals.
    pub custom_events: u32,
    /// Goals reached.
    pub goals: u32,
    /// Custom events and goals by name, in the order they were first heard of; at most [`MAX_EVENT_NAMES`].
    pub named: Vec<(EventName, u16)>,
}

/// The name of a custom event or a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventName {
    /// The key of the name in lower case.
    pub key: Key,
    /// Whether it is a goal.
    pub goal: bool,
}

/// A score's way into or out of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// Which score.
    pub score: Key,
    /// The stage that was entered upwards, or left downwards.
    pub stage: Key,
    /// Whether the score rose.
    pub up: bool,
    /// When.
    pub at: Timestamp,
}

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// When its first event happened.
    pub started_at: Timestamp,
    /// When its latest event happened.
    pub last_at: Timestamp,
    /// How the visitor came; fixed here.
    pub arrival: Box<Arrival>,
    /// The URL of the first page.
    pub entry_url: Option<Arc<str>>,
    /// The page type of the first page.
    pub entry_type: Option<Key>,
    /// The visitor's time zone, as an IANA name.
    pub tz: Option<Arc<str>>,
    /// Width and height of the screen in CSS pixels.
    pub screen: Option<(u16, u16)>,
    /// The latest pages, in the order they were opened.
    pub pages: Vec<PageVisit>,
    /// Index into `pages` of the one that the visitor looked at last.
    pub current: usize,
    /// Sums and counts.
    pub totals: SessionTotals,
    /// When a page was last known to be attended; the start of the session if none ever was.
    pub attended_at: Timestamp,
    /// Since when the visitor fills in a form. Ends with the form, with the page, and after [`TYPING_PAUSE`].
    pub typing_since: Option<Timestamp>,
    /// Whether the pointer left through the top of some page.
    pub exit_intent: bool,
    /// The latest custom events and goals, oldest first; at most [`MAX_EVENT_LOG`].
    pub event_log: Vec<(EventName, Timestamp)>,
    /// The latest stage crossings, oldest first; at most [`MAX_CROSSINGS`].
    pub crossings: Vec<Crossing>,
    /// What the last look at the triggers found, if it spares the next one most of its work.
    pub at_rest: Option<AtRest>,
}

impl Session {
    /// The page the visitor looks at or looked at last.
    pub fn current_page(&self) -> Option<&PageVisit> {
        self.pages.get(self.current)
    }

    /// The page with this id, if it is still kept.
    pub fn page_mut(&mut self, page: PageId) -> Option<(usize, &mut PageVisit)> {
        self.pages
            .iter_mut()
            .enumerate()
            .rev()
            .find(|(_, visit)| visit.page == page)
    }

    /// Active time over all pages and tabs at `now`.
    pub fn active(&self, now: Timestamp) -> Millis {
        let open: u64 = self.pages.iter().map(|page| page.active(now).0).sum();
        Millis(self.totals.folded_active_ms + open)
    }

    /// Whether somebody is there at `now`.
    pub fn presence(&self, now: Timestamp) -> Presence {
        let open = || self.pages.iter().filter(|page| page.is_open(now));
        if open().any(|page| page.is_attended(now)) {
            Presence::Active
        } else if open().next().is_some() {
            Presence::Idle
        } else {
            Presence::Left
        }
    }

    /// How long nobody has attended any page; zero while somebody does.
    pub fn idle(&self, now: Timestamp) -> Millis {
        now.since(self.idle_from())
    }

    /// The moment from which on nobody attends any page, unless something is heard: it may lie ahead.
    pub fn idle_from(&self) -> Timestamp {
        let attended = self.pages.iter().find(|page| page.attended);
        let until = attended.map(|page| page.heard_at + ATTENTION_HORIZON);
        until.unwrap_or(self.attended_at).max(self.attended_at)
    }

    /// Until when the visitor is taken to fill in a form; `None` when not in one.
    pub fn typing_until(&self) -> Option<Timestamp> {
        let since = self.typing_since?;
        Some(since.max(self.attended_at) + TYPING_PAUSE)
    }

    /// Counts and remembers a custom event or a goal.
    pub fn note_event(&mut self, name: EventName, at: Timestamp) {
        let named = &mut self.totals.named;
        if let Some((_, count)) = named.iter_mut().find(|(known, _)| *known == name) {
            *count = count.saturating_add(1);
        } else if named.len() < MAX_EVENT_NAMES {
            named.push((name, 1));
        }
        push_bounded(&mut self.event_log, (name, at), MAX_EVENT_LOG);
    }

    /// How often a custom event or goal of this name happened.
    pub fn events_of(&self, name: EventName) -> u16 {
        let mut named = self.totals.named.iter();
        named
            .find(|(known, _)| *known == name)
            .map_or(0, |(_, count)| *count)
    }

    /// Notes that these sides may have changed since the triggers were last judged.
    pub fn note_change(&mut self, aspects: Aspects) {
        if let Some(rest) = &mut self.at_rest {
            rest.changed = rest.changed.with(aspects);
        }
    }

    /// Remembers a stage crossing.
    pub fn note_crossing(&mut self, crossing: Crossing) {
        push_bounded(&mut self.crossings, crossing, MAX_CROSSINGS);
    }

    /// How many pages of this type were viewed.
    pub fn views_of(&self, page_type: Key) -> u16 {
        self.totals
            .page_types
            .iter()
            .find(|(key, _)| *key == page_type)
            .map_or(0, |(_, views)| *views)
    }
}

/// Adds an entry; the oldest makes room for one too many.
fn push_bounded<T>(list: &mut Vec<T>, entry: T, most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(entry);
}
