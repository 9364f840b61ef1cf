//! A visitor in the list, as it goes on the wire. Text from visitors is passed on as text; showing it safely is the
//! console's duty.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use crate::domain::{Arrival, CountryCode, Key, PageVisit, Timestamp};
use crate::engine::ScoreNow;
use crate::live::{self, Row};
use crate::rules::RuleSet;

/// How many of the latest pages a row shows.
const MAX_PATH: usize = 5;

/// A score at this moment.
#[derive(Serialize, ToSchema)]
pub struct ScoreView {
    /// The score's name.
    pub name: String,
    /// Points, rounded.
    pub value: i64,
    /// The most it can be.
    pub max: i64,
    /// The stage it lies in.
    pub stage: Option<String>,
}

/// A page the visitor looked at.
#[derive(Serialize, ToSchema)]
pub struct PageView {
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
    /// Its type under the rules of that moment.
    pub page_type: Option<String>,
    /// When it was opened, in milliseconds since the epoch.
    pub opened_at: u64,
    /// Active time on it, in milliseconds.
    pub active_ms: u64,
    /// The deepest scroll, in percent.
    pub scroll: u8,
    /// Whether it is looked at now.
    pub attended: bool,
    /// Whether it was closed.
    pub closed: bool,
}

/// How the visitor came.
#[derive(Serialize, ToSchema)]
pub struct ArrivalView {
    /// The kind of way, such as `organic_search`.
    pub channel: String,
    /// Who sent the visitor.
    pub source: String,
    /// By what means.
    pub medium: String,
    /// The campaign.
    pub campaign: Option<String>,
    /// The referring host.
    pub referrer_host: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The region's English name.
    pub region: Option<String>,
    /// The city's English name.
    pub city: Option<String>,
    /// The truncated network.
    pub network: Option<String>,
    /// The kind of machine.
    pub device: String,
    /// The browser's name.
    pub browser: Option<String>,
    /// The system's name.
    pub os: Option<String>,
}

/// A step of the way through the site.
#[derive(Serialize, ToSchema)]
pub struct PathStep {
    /// The page's type under the rules of that moment.
    pub page_type: Option<String>,
    /// Its path, with the query that was kept.
    pub path: String,
}

/// One visitor in the list.
#[derive(Serialize, ToSchema)]
pub struct VisitorRow {
    /// The public id.
    pub id: String,
    /// The site's own id for the person.
    pub user_id: Option<String>,
    /// Whether the site's server has proved it by a signed token.
    pub verified: bool,
    /// What the person is called: the trait `name`, if the site told it.
    pub name: Option<String>,
    /// Whom the person works for: the trait `company`, if the site told it.
    pub company: Option<String>,
    /// `active`, `idle` or `left`.
    pub presence: String,
    /// `none`, `queued`, `chatting` or `ended`.
    pub chat: String,
    /// `none`, `held`, `offered`, `shown`, or how the last one of this session ended.
    pub invitation: String,
    /// Scores, in the order of the rules.
    pub scores: Vec<ScoreView>,
    /// The page looked at now or last.
    pub page: Option<PageView>,
    /// For how long that page has been open, in whole seconds.
    pub on_page_s: u64,
    /// The latest pages of this session, at most five, oldest first.
    pub path: Vec<PathStep>,
    /// Pages viewed in this session.
    pub page_views: u32,
    /// Active time in this session, in milliseconds.
    pub active_ms: u64,
    /// When the session began, in milliseconds since the epoch.
    pub started_at: Option<u64>,
    /// When the visitor was last heard of, in milliseconds since the epoch.
    pub last_seen: u64,
    /// Sessions so far.
    pub sessions: u32,
    /// Labels that agents gave, in the order they were given.
    pub tags: Vec<String>,
    /// How the visitor came.
    pub arrival: Option<ArrivalView>,
}

fn owned<T: AsRef<str> + ?Sized>(text: Option<&T>) -> Option<String> {
    text.map(|text| text.as_ref().to_owned())
}

fn type_name(rules: &RuleSet, key: Option<Key>) -> Option<String> {
    key.and_then(|key| rules.page_type_name(key))
        .map(ToString::to_string)
}

/// A row of the list.
pub fn row(rules: &RuleSet, found: &Row, now: Timestamp) -> VisitorRow {
    let state = &found.state;
    let session = state.session.as_deref();
    let current = session.and_then(|session| session.current_page());
    let pages = session.map_or(&[][..], |session| &session.pages);
    let latest = &pages[pages.len().saturating_sub(MAX_PATH)..];
    let step = |visit: &PageVisit| PathStep {
        page_type: type_name(rules, visit.page_type),
        path: live::path(&visit.url).to_owned(),
    };
    VisitorRow {
        id: state.id.to_string(),
        user_id: state
            .identity
            .as_deref()
            .map(|identity| identity.user_id.to_string()),
        verified: state.identity.as_ref().is_some_and(|known| known.verified),
        name: owned(live::text_trait(state, live::NAME)),
        company: owned(live::text_trait(state, live::COMPANY)),
        presence: found.presence.as_str().to_owned(),
        chat: state.chat.as_str().to_owned(),
        invitation: found.invitation_word().to_owned(),
        scores: found.scores.iter().map(score).collect(),
        page: current.map(|visit| page(rules, visit, now)),
        on_page_s: current.map_or(0, |visit| now.since(visit.opened_at).0 / 1_000),
        path: latest.iter().map(step).collect(),
        page_views: session.map_or(0, |session| session.totals.page_views),
        active_ms: session.map_or(0, |session| session.active(now).0),
        started_at: session.map(|session| session.started_at.0),
        last_seen: state.last_seen.0,
        sessions: state.sessions,
        tags: state.tags.iter().map(ToString::to_string).collect(),
        arrival: session.map(|session| arrival(&session.arrival)),
    }
}

/// A row of the list, as it goes on the wire.
pub fn render(rules: &RuleSet, found: &Row, now: Timestamp) -> Arc<RawValue> {
    let row = to_raw_value(&row(rules, found, now));
    row.expect("a row serializes into memory").into()
}

fn score(score: &ScoreNow) -> ScoreView {
    ScoreView {
        name: score.name.to_string(),
        value: score.value.rounded(),
        max: score.max.rounded(),
        stage: score.stage.as_ref().map(ToString::to_string),
    }
}

pub(super) fn page(rules: &RuleSet, visit: &PageVisit, now: Timestamp) -> PageView {
    PageView {
        url: visit.url.to_string(),
        title: owned(visit.title.as_deref()),
        page_type: type_name(rules, visit.page_type),
        opened_at: visit.opened_at.0,
        active_ms: visit.active(now).0,
        scroll: visit.scroll,
        attended: visit.is_attended(now),
        closed: visit.closed,
    }
}

fn arrival(arrival: &Arrival) -> ArrivalView {
    let source = &arrival.source;
    ArrivalView {
        channel: source.channel.as_str().to_owned(),
        source: source.source.to_string(),
        medium: source.medium.to_string(),
        campaign: owned(source.campaign.as_deref()),
        referrer_host: owned(source.referrer_host.as_deref()),
        country: arrival
            .country
            .as_ref()
            .map(CountryCode::as_str)
            .map(str::to_owned),
        region: owned(arrival.region.as_deref()),
        city: owned(arrival.city.as_deref()),
        network: owned(arrival.network.as_deref()),
        device: arrival.device.as_str().to_owned(),
        browser: owned(arrival.browser.as_deref()),
        os: owned(arrival.os.as_deref()),
    }
}
