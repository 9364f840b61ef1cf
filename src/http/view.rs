//! A visitor as agents see them on the wire. Text from visitors is passed on as text; showing it safely is the
//! console's duty.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use crate::domain::{
    Arrival, BY_HAND, CountryCode, InvitationState, Key, PageVisit, Record, Timestamp,
    VisitorState, decayed,
};
use crate::engine::ScoreNow;
use crate::live::{self, Row};
use crate::rules::RuleSet;

use super::dossier::{BanView, EarlierVisitView, NoteView};
use super::timeline::{TimelineEntry, json, timeline};

/// How many of the latest pages a row shows.
const MAX_TRAIL: usize = 5;

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

/// One visitor in the list.
#[derive(Serialize, ToSchema)]
pub struct VisitorRow {
    /// The public id.
    pub id: String,
    /// The site's own id for the person.
    pub user_id: Option<String>,
    /// Whether the site's server has proved it by a signed token.
    pub verified: bool,
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
    /// The path of that page.
    pub path: Option<String>,
    /// For how long that page has been open, in whole seconds.
    pub on_page_s: u64,
    /// The paths of the latest pages of this session, at most five, oldest first.
    pub trail: Vec<String>,
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

/// Points that a rule gave.
#[derive(Serialize, ToSchema)]
pub struct LedgerEntry {
    /// The score.
    pub score: String,
    /// The rule's id; empty for what was folded together.
    pub rule: String,
    /// The rule's name for people.
    pub rule_name: String,
    /// The rule set it was made under.
    pub rule_set: String,
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// Points then.
    pub points: f64,
    /// What they are worth now.
    pub now: f64,
}

/// An invitation of this visitor.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    /// Its identity.
    pub id: String,
    /// The trigger.
    pub trigger: String,
    /// `trigger`, or `agent` when it was made by hand.
    pub made_by: &'static str,
    /// The trigger's variant, if it has variants.
    pub variant: Option<String>,
    /// `offered`, `shown`, `held`, or how it ended.
    pub state: String,
    /// When it was decided, in milliseconds since the epoch.
    pub offered_at: u64,
    /// When it ended.
    pub settled_at: Option<u64>,
}

/// Everything known about one visitor.
#[derive(Serialize, ToSchema)]
pub struct VisitorDetail {
    /// As in the list.
    #[serde(flatten)]
    pub row: VisitorRow,
    /// When the first event happened, in milliseconds since the epoch.
    pub first_seen: u64,
    /// Facts that the site told.
    #[schema(value_type = Object)]
    pub traits: serde_json::Map<String, Value>,
    /// Agents' notes, oldest first.
    pub notes: Vec<NoteView>,
    /// Whether agents have banned the visitor from being invited.
    pub banned: Option<BanView>,
    /// Visits before the current one, the latest first; ten at most.
    pub earlier_visits: Vec<EarlierVisitView>,
    /// The latest pages of this session, oldest first.
    pub pages: Vec<PageView>,
    /// What each rule gave, oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// Invitations, oldest first.
    pub invitations: Vec<InvitationView>,
    /// What happened, newest first, as far as the journal reaches.
    pub timeline: Vec<TimelineEntry>,
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
    let trail = &pages[pages.len().saturating_sub(MAX_TRAIL)..];
    let path = |visit: &PageVisit| live::path(&visit.url).to_owned();
    VisitorRow {
        id: state.id.to_string(),
        user_id: state
            .identity
            .as_deref()
            .map(|identity| identity.user_id.to_string()),
        verified: state.identity.as_ref().is_some_and(|known| known.verified),
        presence: found.presence.as_str().to_owned(),
        chat: state.chat.as_str().to_owned(),
        invitation: found.invitation_word().to_owned(),
        scores: found.scores.iter().map(score).collect(),
        page: current.map(|visit| page(rules, visit, now)),
        path: current.map(path),
        on_page_s: current.map_or(0, |visit| now.since(visit.opened_at).0 / 1_000),
        trail: trail.iter().map(path).collect(),
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

fn page(rules: &RuleSet, visit: &PageVisit, now: Timestamp) -> PageView {
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

/// Everything about one visitor.
pub fn detail(rules: &RuleSet, found: &Row, records: &[Record], now: Timestamp) -> VisitorDetail {
    let state = &found.state;
    let pages = state
        .session
        .as_deref()
        .map_or(&[][..], |session| &session.pages);
    VisitorDetail {
        row: row(rules, found, now),
        first_seen: state.first_seen.0,
        traits: state
            .traits
            .iter()
            .map(|(name, value)| (name.to_string(), json(value)))
            .collect(),
        notes: state
            .dossier
            .iter()
            .flat_map(|it| NoteView::all(it))
            .collect(),
        banned: state.dossier.as_deref().and_then(BanView::of),
        earlier_visits: (state.dossier.iter())
            .flat_map(|it| EarlierVisitView::all(it))
            .collect(),
        pages: pages.iter().map(|visit| page(rules, visit, now)).collect(),
        ledger: ledger(rules, state, now),
        invitations: invitations(rules, state),
        timeline: records.iter().flat_map(timeline).collect(),
    }
}

/// What each rule gave, and what is left of it.
pub(super) fn ledger(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Vec<LedgerEntry> {
    let half_life = |key| rules.score(key).and_then(|score| score.half_life);
    let name = |key| rules.score(key).map(|score| score.name.to_string());
    let folded = state
        .ledger
        .totals
        .iter()
        .filter(|total| total.carried.0 != 0)
        .filter_map(|total| {
            Some(LedgerEntry {
                score: name(total.score)?,
                rule: String::new(),
                rule_name: "Earlier points, folded together".to_owned(),
                rule_set: String::new(),
                at: total.carried_at.0,
                points: total.carried.as_f64(),
                now: decayed(total.carried, total.carried_at, now, half_life(total.score))
                    / 1_000.0,
            })
        });
    let single = state.ledger.contributions.iter().filter_map(|entry| {
        let rule = rules.score_rule(entry.rule);
        Some(LedgerEntry {
            score: name(entry.score)?,
            rule: rule.map_or_else(|| "removed".to_owned(), |rule| rule.id.to_string()),
            rule_name: rule.map_or_else(
                || "A rule that is no more".to_owned(),
                |rule| rule.name.to_string(),
            ),
            rule_set: entry.rules.to_string(),
            at: entry.at.0,
            points: entry.applied.as_f64(),
            now: rules.score(entry.score)?.fading().worth(entry, now) / 1_000.0,
        })
    });
    folded.chain(single).collect()
}

fn invitations(rules: &RuleSet, state: &VisitorState) -> Vec<InvitationView> {
    let name = |key| {
        let unknown = if key == Key::of(BY_HAND) {
            BY_HAND
        } else {
            "removed"
        };
        let known = rules.trigger(key);
        known.map_or_else(|| unknown.to_owned(), |trigger| trigger.id.to_string())
    };
    let variant = |trigger, key| {
        let mut variants = rules.trigger(trigger).into_iter().flat_map(|t| &t.variants);
        let known = variants.find(|variant| Key::of(&variant.id) == key);
        known.map_or_else(|| "removed".to_owned(), |variant| variant.id.to_string())
    };
    let settled = state.invitations.settled.iter().map(|past| InvitationView {
        id: past.id.to_string(),
        trigger: name(past.trigger),
        made_by: past.made_by.as_str(),
        variant: past.variant.map(|key| variant(past.trigger, key)),
        state: past.how.as_str().to_owned(),
        offered_at: past.offered_at.0,
        settled_at: Some(past.settled_at.0),
    });
    let open = state.invitations.open.iter().map(|open| InvitationView {
        id: open.id.to_string(),
        trigger: open.trigger_name.to_string(),
        made_by: open.made_by().as_str(),
        variant: open.variant.as_deref().map(str::to_owned),
        state: match open.state {
            InvitationState::Offered => "offered",
            InvitationState::Shown(_) => "shown",
            InvitationState::Withheld => "held",
        }
        .to_owned(),
        offered_at: open.offered_at.0,
        settled_at: None,
    });
    settled.chain(open).collect()
}
