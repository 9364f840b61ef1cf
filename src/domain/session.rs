//! One visit: its pages, how long each was attended, and what it adds up to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arrival::Arrival;
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
    /// Since when the visitor types in a form of the site, if so.
    pub typing_since: Option<Timestamp>,
    /// Sums and counts.
    pub totals: SessionTotals,
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

    /// Until when the visitor is taken to fill in a form; `None` when not in one.
    pub fn typing_until(&self) -> Option<Timestamp> {
        self.typing_since.map(|since| since + TYPING_PAUSE)
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

    /// How many pages of this type were viewed.
    pub fn views_of(&self, page_type: Key) -> u16 {
        self.totals
            .page_types
            .iter()
            .find(|(key, _)| *key == page_type)
            .map_or(0, |(_, views)| *views)
    }
}
