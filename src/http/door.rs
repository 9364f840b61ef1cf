//! What comes through the public door of each site, and what is refused there and why: for whoever sets a site up.
//!
//! Counted by each node since it started. Only the first event of all is kept for good.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Key, Millis, Reject, Timestamp};
use crate::site::{Origins, Site, Sites};
use crate::store::{StoreError, VisitorStore};

use super::problem::Kind;
use super::text::{cut, visible};

/// The last event is noted at most this often.
const NOTE_EVERY: Millis = Millis::from_secs(1);
/// How many characters of a refusal's particulars are kept.
const MAX_DETAIL: usize = 200;

/// An event that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Arrived {
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// The browser's name.
    pub browser: Option<String>,
    /// The system's name.
    pub os: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The city's English name.
    pub city: Option<String>,
    /// The page's path.
    pub page: Option<String>,
}

/// Why something did not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Origin,
    UnknownSite,
    Consent,
    Clock,
    Bot,
    Malformed,
}

impl Trouble {
    pub(super) const ALL: [Self; 6] = [
        Self::Origin,
        Self::UnknownSite,
        Self::Consent,
        Self::Clock,
        Self::Bot,
        Self::Malformed,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::UnknownSite => "unknown_site",
            Self::Consent => "consent",
            Self::Clock => "clock",
            Self::Bot => "bot",
            Self::Malformed => "malformed",
        }
    }

    /// What to do about it.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Origin => {
                "Add the page's origin to `origins` of the site in the settings, or take the script off that page."
            }
            Self::UnknownSite => {
                "Write the site's public key into `data-site` of the script, letter by letter."
            }
            Self::Consent => {
                "These people refused tracking, by the page or by their browser (`Sec-GPC: 1`). Nothing is to be done."
            }
            Self::Clock => {
                "Events were older than 24 hours when they came. Let the tracker send `sent`, and look at the clock of \
                 who sends them."
            }
            Self::Bot => {
                "Crawlers and driven browsers are not visitors. For tests, set `allow_automation` for the site."
            }
            Self::Malformed => {
                "Look at what is sent; the API's description says what is understood. The newest `t.js` sends no such \
                 thing."
            }
        }
    }

    /// What a refused event comes down to, if it tells of the set-up.
    const fn of_event(reason: Reject) -> Option<Self> {
        match reason {
            Reject::TooOld => Some(Self::Clock),
            Reject::OptedOut => Some(Self::Consent),
            Reject::Bot => Some(Self::Bot),
            // An invitation that is not known any more is no mistake of the set-up.
            Reject::UnknownInvitation => None,
            Reject::Malformed
            | Reject::UnknownType
            | Reject::EventTooLarge
            | Reject::TooDeep
            | Reject::StringTooLong
            | Reject::UrlTooLong
            | Reject::BadUrl
            | Reject::TooManyProps
            | Reject::BadId
            | Reject::BadNumber
            | Reject::BadName
            | Reject::BadToken => Some(Self::Malformed),
        }
    }
}

/// How often something did not come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) count: u64,
    pub(super) last_at: Timestamp,
    pub(super) detail: String,
}

/// What is known of one site's door.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) first: Option<Arrived>,
    pub(super) last: Option<Arrived>,
    refused: [Refused; Trouble::ALL.len()],
    /// Whether somebody is finding out which event was the first.
    asked: bool,
}

impl Seen {
    /// What was refused at least once.
    pub(super) fn refused(&self) -> impl Iterator<Item = (Trouble, &Refused)> {
        let all = Trouble::ALL.into_iter().zip(&self.refused);
        all.filter(|(_, refused)| refused.count > 0)
    }
}

/// The public doors of all sites.
pub struct Door {
    sites: HashMap<Key, Mutex<Seen>, FxBuildHasher>,
    pub(super) since: Timestamp,
}

impl Door {
    /// Doors through which nothing has come yet.
    pub fn new(sites: &Sites, now: Timestamp) -> Self {
        let sites = sites.iter().map(|site| (site.key, Mutex::default()));
        Self {
            sites: sites.collect(),
            since: now,
        }
    }

    /// What is known of a site's door.
    pub(super) fn seen(&self, site: Key) -> Seen {
        let seen = self.sites.get(&site);
        seen.map(|seen| seen.lock().clone()).unwrap_or_default()
    }

    /// Notes that something was refused.
    pub(super) fn refuse(&self, site: Key, trouble: Trouble, detail: &str, now: Timestamp) {
        let Some(seen) = self.sites.get(&site) else {
            return;
        };
        let refused = &mut seen.lock().refused[trouble as usize];
        refused.count += 1;
        refused.last_at = now;
        refused.detail.clear();
        refused.detail.push_str(cut(&visible(detail), MAX_DETAIL));
    }

    /// Notes that an event was refused.
    pub(super) fn refuse_event(&self, site: Key, reason: Reject, detail: &str, now: Timestamp) {
        if let Some(trouble) = Trouble::of_event(reason) {
            let detail = format!("{}: {detail}", reason.as_str());
            self.refuse(site, trouble, detail.trim_end_matches(": "), now);
        }
    }

    /// Notes that a request was refused before its site was known: for the sites that its origin belongs to.
    pub(super) fn refuse_stray(
        &self,
        sites: &Sites,
        origin: Option<&str>,
        trouble: Trouble,
        detail: &str,
        now: Timestamp,
    ) {
        let is_its = |site: &&Arc<Site>| match &site.origins {
            Origins::Any => true,
            Origins::Only(_) => origin.is_some() && site.origins.allow(origin),
        };
        for site in sites.iter().filter(is_its) {
            self.refuse(site.key, trouble, detail, now);
        }
    }

    /// Notes that a request could not be read, if that is why it was refused.
    pub(super) fn refuse_unread(
        &self,
        sites: &Sites,
        origin: Option<&str>,
        (kind, detail): (Kind, &str),
        now: Timestamp,
    ) {
        let unread = [
            Kind::Malformed,
            Kind::InvalidUtf8,
            Kind::TooDeep,
            Kind::TooLarge,
            Kind::BadBatchSize,
            Kind::BadKey,
        ];
        if unread.contains(&kind) {
            let detail = format!("{}: {detail}", kind.word());
            self.refuse_stray(sites, origin, Trouble::Malformed, &detail, now);
        }
    }

    /// Notes that an event has arrived, about once a second. Returns it when it may be the first of all.
    pub(super) fn arrive(
        &self,
        site: Key,
        now: Timestamp,
        arrived: impl FnOnce() -> Arrived,
    ) -> Option<Arrived> {
        let mut seen = self.sites.get(&site)?.lock();
        let last = seen.last.as_ref().map(|last| Timestamp(last.at));
        if last.is_some_and(|last| now.since(last) < NOTE_EVERY) {
            return None;
        }
        let arrived = arrived();
        seen.last = Some(arrived.clone());
        let is_news = seen.first.is_none() && !seen.asked;
        seen.asked |= is_news;
        is_news.then_some(arrived)
    }

    /// Finds out whether an event was the first of all, and keeps it if it was.
    pub(super) async fn settle_first(
        &self,
        store: &Arc<dyn VisitorStore>,
        site: &Site,
        arrived: Arrived,
    ) {
        let found = first_of_all(store, site, Some(arrived)).await;
        let Some(seen) = self.sites.get(&site.key) else {
            return;
        };
        let mut seen = seen.lock();
        seen.asked = false;
        match found {
            Ok(first) => seen.first = first,
            Err(why) => tracing::debug!(%why, "which event was the first is found out later"),
        }
    }

    /// The first event of a site.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    pub(super) async fn first(
        &self,
        store: &Arc<dyn VisitorStore>,
        site: &Site,
    ) -> Result<Option<Arrived>, StoreError> {
        match self.seen(site.key).first {
            Some(first) => Ok(Some(first)),
            None => first_of_all(store, site, None).await,
        }
    }
}

/// The first event of a site as it is kept, or `arrived` if none is: it is kept from then on.
async fn first_of_all(
    store: &Arc<dyn VisitorStore>,
    site: &Site,
    arrived: Option<Arrived>,
) -> Result<Option<Arrived>, StoreError> {
    let key = Key::of(&format!("install:{}", site.name));
    let known = || {
        let store = Arc::clone(store);
        tokio::task::spawn_blocking(move || store.control(key))
    };
    let read = |control: crate::store::Control| serde_json::from_slice(&control.bytes).ok();
    if let Some(control) = known().await.unwrap_or(Err(StoreError::Closing))? {
        return Ok(read(control));
    }
    let Some(arrived) = arrived else {
        return Ok(None);
    };
    let bytes = serde_json::to_vec(&arrived).expect("an event's particulars serialize into memory");
    if store.set_control(key, 0, &bytes).await?.is_ok() {
        return Ok(Some(arrived));
    }
    let control = known().await.unwrap_or(Err(StoreError::Closing))?;
    Ok(control.and_then(read))
}
