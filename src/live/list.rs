//! The agents' list: rows of who is here now, filtered, sorted and cut into pages.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use crate::domain::{
    ChatState, CountryCode, InvitationState, Key, PageVisit, Points, Presence, Session, Timestamp,
    VisitorId, VisitorState,
};
use crate::engine;
use crate::rules::RuleSet;
use crate::store::{VisitorStore, Whose};

/// One visitor as an agent sees them in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The whole state; what is shown of it is the wire's business.
    pub state: VisitorState,
    /// Every score by name, with its stage.
    pub scores: Vec<engine::ScoreNow>,
    /// Whether somebody is there.
    pub presence: Presence,
}

/// What narrows the list. Empty fields let everybody through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whether somebody is there.
    pub presence: Option<Presence>,
    /// The current page's type.
    pub page_type: Option<Key>,
    /// The country, two letters.
    pub country: Option<String>,
    /// The source's channel.
    pub channel: Option<String>,
    /// Some score is in the stage of this name.
    pub stage: Option<String>,
    /// The kind of machine.
    pub device: Option<String>,
    /// Where the visitor stands with the chat.
    pub chat: Option<ChatState>,
    /// Whether the visitor has been here before.
    pub returning: Option<bool>,
    /// Some text in id, user id, URL, title, country or city, without regard to case.
    pub text: Option<String>,
}

/// What orders the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// A score, by name.
    Score(String),
    /// When the visitor was last heard of.
    LastSeen,
    /// When the session began.
    Started,
    /// Pages viewed in the session.
    PageViews,
}

/// What orders the list, and which end comes first. Ties go by visitor id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What orders it.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A question about the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whose visitors.
    pub site: Key,
    /// Which of them.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// At most so many.
    pub limit: usize,
    /// After the place that an earlier answer named.
    pub cursor: Option<String>,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// How many visitors pass the filter in all.
    pub total: usize,
    /// Where the next part begins; `None` when this is the last.
    pub next: Option<String>,
}

/// Why a question has no answer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ListError {
    /// The cursor was not made by this list.
    #[error("the cursor is not one that an answer of this list gave; ask again without it")]
    Cursor,
}

/// A row's place in the order: the sort value, then the id, so that places are unique and stable.
type Place = (i64, VisitorId);

/// Answers a question about who is here now.
///
/// # Errors
///
/// [`ListError::Cursor`] when the cursor is not one of ours.
pub fn list(
    store: &dyn VisitorStore,
    rules: &RuleSet,
    query: &Query,
    now: Timestamp,
) -> Result<Page, ListError> {
    let after = query.cursor.as_deref().map(decode_cursor).transpose()?;
    let mut places: Vec<Place> = Vec::new();
    store.for_each_live(Whose::Everybody, &mut |state| {
        if state.site == query.site && passes(&query.filter, rules, state, now) {
            places.push((sort_value(&query.sort.by, rules, state, now), state.id));
        }
    });
    let total = places.len();
    let order = |a: &Place, b: &Place| {
        if query.sort.descending {
            b.0.cmp(&a.0)
        } else {
            a.0.cmp(&b.0)
        }
    };
    let order = |a: &Place, b: &Place| order(a, b).then_with(|| a.1.cmp(&b.1));
    places.sort_unstable_by(order);
    let start = after.map_or(0, |after| {
        places.partition_point(|place| order(place, &after) != Ordering::Greater)
    });
    let shown: Vec<Place> = places[start..].iter().copied().take(query.limit).collect();
    let next = shown
        .last()
        .filter(|_| start + shown.len() < total)
        .map(encode_cursor);
    let states = shown.iter().filter_map(|(_, id)| store.live(*id));
    let rows = states.map(|state| row(rules, state, now)).collect();
    Ok(Page { rows, total, next })
}

/// A visitor as a row.
pub fn row(rules: &RuleSet, state: VisitorState, now: Timestamp) -> Row {
    let scores = engine::score_now(rules, &state, now).collect();
    Row {
        scores,
        presence: presence(&state, now),
        state,
    }
}

fn presence(state: &VisitorState, now: Timestamp) -> Presence {
    state
        .session
        .as_deref()
        .map_or(Presence::Left, |session| session.presence(now))
}

fn encode_cursor(place: &Place) -> String {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&place.0.to_be_bytes());
    bytes[8..].copy_from_slice(&place.1.0);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode_cursor(text: &str) -> Result<Place, ListError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| ListError::Cursor)?;
    let (value, id) = bytes.split_first_chunk::<8>().ok_or(ListError::Cursor)?;
    let id = <[u8; 16]>::try_from(id).map_err(|_| ListError::Cursor)?;
    Ok((i64::from_be_bytes(*value), VisitorId(id)))
}

fn sort_value(by: &SortBy, rules: &RuleSet, state: &VisitorState, now: Timestamp) -> i64 {
    let session = state.session.as_deref();
    match by {
        SortBy::Score(name) => {
            let score = rules.scores.iter().find(|score| *score.name == **name);
            score
                .map_or(Points::ZERO, |score| score.value(&state.ledger, now))
                .0
        }
        SortBy::LastSeen => state.last_seen.0.cast_signed(),
        SortBy::Started => session.map_or(0, |session| session.started_at.0.cast_signed()),
        SortBy::PageViews => session.map_or(0, |session| i64::from(session.totals.page_views)),
    }
}

fn passes(filter: &Filter, rules: &RuleSet, state: &VisitorState, now: Timestamp) -> bool {
    // Who has no session any more is in memory for a moment only, and not here.
    let Some(session) = state.session.as_deref() else {
        return false;
    };
    let page = session.current_page();
    let arrival = &session.arrival;
    let same = |wanted: &Option<String>, actual: Option<&str>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| actual.is_some_and(|actual| actual.eq_ignore_ascii_case(wanted)))
    };
    filter
        .presence
        .is_none_or(|wanted| session.presence(now) == wanted)
        && filter
            .page_type
            .is_none_or(|wanted| page.and_then(|page| page.page_type) == Some(wanted))
        && same(
            &filter.country,
            arrival.country.as_ref().map(CountryCode::as_str),
        )
        && same(&filter.channel, Some(arrival.source.channel.as_str()))
        && same(&filter.device, Some(arrival.device.as_str()))
        && filter.chat.is_none_or(|wanted| state.chat == wanted)
        && filter
            .returning
            .is_none_or(|wanted| (state.sessions > 1) == wanted)
        && filter
            .stage
            .as_deref()
            .is_none_or(|wanted| in_stage(rules, state, now, wanted))
        && filter
            .text
            .as_deref()
            .is_none_or(|wanted| mentions(state, session, page, &wanted.to_lowercase()))
}

fn in_stage(rules: &RuleSet, state: &VisitorState, now: Timestamp, wanted: &str) -> bool {
    engine::score_now(rules, state, now).any(|score| score.stage.as_deref() == Some(wanted))
}

fn mentions(
    state: &VisitorState,
    session: &Session,
    page: Option<&PageVisit>,
    wanted: &str,
) -> bool {
    let id = state.id.to_string();
    let texts = [
        Some(&*id),
        state.identity.as_deref().map(|identity| &*identity.user_id),
        page.map(|page| &*page.url),
        page.and_then(|page| page.title.as_deref()),
        session.arrival.country.as_ref().map(CountryCode::as_str),
        session.arrival.city.as_deref(),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(wanted))
}

impl Row {
    /// The word for the invitation axis: none, held, offered, shown, or how the last one of this session ended.
    pub fn invitation_word(&self) -> &'static str {
        let history = &self.state.invitations;
        let session = self.state.session.as_deref().map(|session| session.id);
        match history.open.as_deref().map(|open| open.state) {
            Some(InvitationState::Offered) => "offered",
            Some(InvitationState::Shown(_)) => "shown",
            Some(InvitationState::Withheld) => "held",
            None => {
                let last = history
                    .settled
                    .last()
                    .filter(|past| Some(past.session) == session);
                last.map_or("none", |past| past.how.as_str())
            }
        }
    }
}
