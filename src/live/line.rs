//! What the list knows of one visitor: enough to filter, to sort and to count, in a few hundred bytes.

use std::sync::Arc;

use crate::domain::{
    ATTENTION_HORIZON, Channel, ChatState, CountryCode, Device, InvitationState, Key, Millis,
    PageVisit, Presence, PropValue, SILENCE, Session, Timestamp, VisitorId, VisitorState,
};
use crate::rules::{RuleSet, Score};

/// How many bytes of one text the list looks at.
const MAX_TEXT: usize = 512;
/// What stands between two texts of a line; no text has it.
const BETWEEN: char = '\0';
/// A line is made anew after this long at the latest, for scores fade and active time grows by themselves.
pub(super) const LOOK_AGAIN: Millis = Millis::from_secs(30);

/// The trait that says what a person is called.
pub const NAME: &str = "name";
/// The trait that says whom a person works for.
pub const COMPANY: &str = "company";

/// Every word for where a visitor stands with invitations.
pub const INVITATION_WORDS: [&str; 10] = [
    "none",
    "held",
    "offered",
    "shown",
    "accepted",
    "dismissed",
    "ignored",
    "expired",
    "revoked",
    "withheld",
];

/// One visitor with a session, as the list knows them. What changes with time is as of the moment it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub id: VisitorId,
    /// When the visitor was last heard of.
    pub last_seen: Timestamp,
    /// When the session began.
    pub started_at: Timestamp,
    /// When the page looked at now or last was opened.
    pub page_opened_at: Timestamp,
    /// Active time in this session, in whole seconds.
    pub active_s: u32,
    /// Pages viewed in this session.
    pub page_views: u32,
    /// Sessions so far.
    pub sessions: u32,
    /// The current page's type.
    pub page_type: Option<Key>,
    /// The country.
    pub country: Option<CountryCode>,
    /// How the visitor came.
    pub channel: Channel,
    /// The kind of machine.
    pub device: Device,
    /// Whether somebody is there.
    pub presence: Presence,
    /// Where the visitor stands with the chat.
    pub chat: ChatState,
    /// Where the visitor stands with invitations: one of [`INVITATION_WORDS`].
    pub invitation: &'static str,
    /// Whether nobody may invite the visitor.
    pub banned: bool,
    /// Every score, in the order of the rules.
    pub scores: Box<[Standing]>,
    /// Labels that agents gave.
    pub tags: Box<[Arc<str>]>,
    /// The texts in lower case, in the order of [`Text`], then the tags.
    texts: Box<str>,
}

/// A score in the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whole points, as people see them.
    pub points: i32,
    /// How many stages it has reached; 0 is below the first.
    pub stage: u8,
}

/// The texts of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// The public id.
    Id,
    /// The site's own id for the person.
    User,
    /// The current page's address.
    Url,
    /// The current page's title.
    Title,
    /// The country's two letters.
    Country,
    /// The city's English name.
    City,
    /// Who sent the visitor.
    Source,
    /// What the person is called.
    Name,
    /// Whom the person works for.
    Company,
}

impl Line {
    /// What the list knows of a visitor at `now`; nothing of one without a session.
    pub fn of(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Option<Self> {
        let session = state.session.as_deref()?;
        let page = session.current_page();
        let arrival = &*session.arrival;
        Some(Self {
            id: state.id,
            last_seen: state.last_seen,
            started_at: session.started_at,
            page_opened_at: page.map_or(session.started_at, |page| page.opened_at),
            active_s: u32::try_from(session.active(now).0 / 1_000).unwrap_or(u32::MAX),
            page_views: session.totals.page_views,
            sessions: state.sessions,
            page_type: page.and_then(|page| page.page_type),
            country: arrival.country,
            channel: arrival.source.channel,
            device: arrival.device,
            presence: session.presence(now),
            chat: state.chat,
            invitation: invitation_word(state),
            banned: state.is_banned(),
            scores: standings(rules, state, now),
            tags: state.tags.as_slice().into(),
            texts: texts(state, session, page),
        })
    }

    /// One of the texts, in lower case; empty when there is none.
    pub fn text(&self, which: Text) -> &str {
        self.texts
            .split(BETWEEN)
            .nth(which as usize)
            .unwrap_or_default()
    }

    /// Whether some text has this part. `part` is in lower case.
    pub fn mentions(&self, part: &str) -> bool {
        self.texts.contains(part)
    }

    /// Bytes that it takes beside its own size.
    pub fn heap_bytes(&self) -> usize {
        self.texts.len() + size_of_val(&*self.scores) + size_of_val(&*self.tags)
    }
}

/// When a visitor's line is to be made again because time passes: when presence changes if nothing is heard, and at the
/// latest after half a minute.
pub(super) fn look_again_at(state: &VisitorState, now: Timestamp) -> Timestamp {
    let latest = now + LOOK_AGAIN;
    let Some(session) = state.session.as_deref() else {
        return latest;
    };
    let just_after = Millis(1);
    let turns = session.pages.iter().filter(|page| page.is_open(now));
    let turns = turns.map(|page| {
        let for_so_long = if page.is_attended(now) {
            ATTENTION_HORIZON
        } else {
            SILENCE
        };
        page.heard_at + for_so_long + just_after
    });
    turns.fold(latest, Timestamp::min)
}

/// Where a visitor stands with invitations: one of [`INVITATION_WORDS`]. That of a session before is none.
pub(super) fn invitation_word(state: &VisitorState) -> &'static str {
    let history = &state.invitations;
    let session = state.session.as_deref().map(|session| session.id);
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

fn standings(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Box<[Standing]> {
    let standing = |score: &Score| {
        let value = score.value(&state.ledger, now);
        let reached = score
            .stages
            .iter()
            .take_while(|stage| value >= stage.from)
            .count();
        Standing {
            points: i32::try_from(value.rounded()).unwrap_or(i32::MAX),
            stage: u8::try_from(reached).unwrap_or(u8::MAX),
        }
    };
    rules.scores.iter().map(standing).collect()
}

fn texts(state: &VisitorState, session: &Session, page: Option<&PageVisit>) -> Box<str> {
    let id = state.id.to_string();
    let arrival = &*session.arrival;
    let texts = [
        Some(&*id),
        state.identity.as_deref().map(|identity| &*identity.user_id),
        page.map(|page| &*page.url),
        page.and_then(|page| page.title.as_deref()),
        arrival.country.as_ref().map(CountryCode::as_str),
        arrival.city.as_deref(),
        Some(&*arrival.source.source),
        text_trait(state, NAME),
        text_trait(state, COMPANY),
    ];
    let tags = state.tags.iter().map(|tag| Some(&**tag));
    let mut all = String::with_capacity(192);
    for text in texts.into_iter().chain(tags) {
        if !all.is_empty() {
            all.push(BETWEEN);
        }
        push_lower(&mut all, text.unwrap_or_default());
    }
    all.into()
}

/// A trait that is a text.
pub fn text_trait<'a>(state: &'a VisitorState, name: &str) -> Option<&'a str> {
    let (_, value) = state.traits.iter().find(|(known, _)| **known == *name)?;
    match value {
        PropValue::Text(text) => Some(text),
        PropValue::Null | PropValue::Number(_) | PropValue::Bool(_) | PropValue::List(_) => None,
    }
}

/// Appends the beginning of a text in lower case.
fn push_lower(all: &mut String, text: &str) {
    let text = beginning(text, MAX_TEXT);
    if text.is_ascii() {
        let lower = text.bytes().map(|byte| byte.to_ascii_lowercase() as char);
        all.extend(lower.map(|c| if c == BETWEEN { ' ' } else { c }));
    } else {
        all.push_str(&text.to_lowercase().replace(BETWEEN, " "));
    }
}

/// At most so many bytes of a text, cut between characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=most.min(text.len())).rev().find(fits);
    &text[..end.unwrap_or_default()]
}
