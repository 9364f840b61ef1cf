//! A visitor's state as conditions read it.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::unnecessary_wraps,
    reason = "each group of fields answers its own and says None to the rest; every answer has one shape"
)]

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::domain::{
    Arrival, Event, EventKind, EventName, Key, Millis, PageId, PageVisit, Points, PropValue,
    Session, SiteNow, Timestamp, VisitorState,
};
use crate::rules::{Facts, Field, LocalTime, RuleSet, Score, Value};

use super::lately;

/// Everything a condition may look at, at one moment.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) site: &'a SiteNow,
    pub(super) state: &'a VisitorState,
    pub(super) now: Timestamp,
    /// The scores as they stand, worked out once for all conditions that ask.
    pub(super) scores: &'a OnceCell<Vec<Points>>,
    /// The site's wall clock, read once for all conditions that ask.
    pub(super) local: &'a OnceCell<Option<LocalTime>>,
    /// The event a score rule is on.
    pub(super) event: Option<&'a Event>,
    /// The page that `page.*` means.
    pub(super) page: Focus,
}

/// Which page a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The one the visitor looks at or looked at last.
    Current,
    /// The one in this place.
    At(usize),
    /// One that is not kept, or belongs to another visit: nothing is known of it.
    Unknown,
}

impl Focus {
    /// The page that an event happened on; the current one if the event names none.
    pub(super) fn of(session: Option<&Session>, page: Option<PageId>) -> Self {
        let Some(wanted) = page else {
            return Self::Current;
        };
        session
            .and_then(|session| session.pages.iter().rposition(|visit| visit.page == wanted))
            .map_or(Self::Unknown, Self::At)
    }

    /// That page.
    pub(super) fn page(self, session: &Session) -> Option<&PageVisit> {
        match self {
            Self::Current => session.current_page(),
            Self::At(at) => session.pages.get(at),
            Self::Unknown => None,
        }
    }
}

pub(super) fn text(value: &str) -> Option<Value<'_>> {
    Some(Value::Text(Cow::Borrowed(value)))
}

fn optional<T: AsRef<str>>(value: Option<&T>) -> Option<Value<'_>> {
    value.and_then(|value| text(value.as_ref()))
}

pub(super) fn number(value: impl Into<f64>) -> Option<Value<'static>> {
    Some(Value::Number(value.into()))
}

fn seconds(span: Millis) -> Option<Value<'static>> {
    Some(Value::Number(span.as_secs_f64()))
}

pub(super) fn flag(value: bool) -> Option<Value<'static>> {
    Some(Value::Bool(value))
}

fn prop(value: &PropValue) -> Option<Value<'_>> {
    match value {
        PropValue::Null => None,
        PropValue::Bool(flag) => Some(Value::Bool(*flag)),
        PropValue::Number(number) => Some(Value::Number(*number)),
        PropValue::Text(value) => text(value),
        PropValue::List(items) => Some(Value::List(
            items.iter().map(|item| Cow::Borrowed(&**item)).collect(),
        )),
    }
}

/// The path of an absolute URL: from the first slash after the host to the query or fragment.
pub fn path_of(url: &str) -> &str {
    let bytes = url.as_bytes();
    let scheme = bytes.windows(3).position(|part| part == b"://");
    let host = scheme.map_or(0, |at| at + 3);
    let Some(length) = bytes[host..].iter().position(|byte| *byte == b'/') else {
        return "/";
    };
    let path = &url[host + length..];
    let end = path.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    &path[..end.unwrap_or(path.len())]
}

/// The value of a query parameter as it stands in the URL.
fn query_of<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

impl<'a> View<'a> {
    pub(super) fn session(&self) -> Option<&'a Session> {
        self.state.session.as_deref()
    }

    pub(super) fn page(&self) -> Option<&'a PageVisit> {
        self.page.page(self.session()?)
    }

    fn arrival(&self) -> Option<&'a Arrival> {
        self.session().map(|session| &*session.arrival)
    }

    fn type_name(&self, key: Option<Key>) -> Option<Value<'a>> {
        optional(key.and_then(|key| self.rules.page_type_name(key)))
    }

    /// A score and its value now.
    pub(super) fn score(&self, key: Key) -> Option<(&'a Score, Points)> {
        let (rules, ledger) = (self.rules, &self.state.ledger);
        let at = rules.scores.iter().position(|score| score.key == key)?;
        let values = self.scores.get_or_init(|| {
            let values = rules
                .scores
                .iter()
                .map(|score| score.value(ledger, self.now));
            values.collect()
        });
        Some((&rules.scores[at], values[at]))
    }

    fn stage(&self, key: Key) -> Option<Value<'a>> {
        let (score, value) = self.score(key)?;
        score.stage(value).and_then(|stage| text(&stage.name))
    }

    fn page_types(&self) -> Option<Value<'a>> {
        let seen = &self.session()?.totals.page_types;
        let names = seen
            .iter()
            .filter_map(|(key, _)| self.rules.page_type_name(*key));
        Some(Value::List(
            names.map(|name| Cow::Borrowed(&**name)).collect(),
        ))
    }

    fn matrix(&self, key: Key) -> Option<Value<'a>> {
        let matrix = self.rules.matrix(key)?;
        let value = |score| self.score(score).map(|(_, value)| value);
        let (row, column) = (value(matrix.rows.score)?, value(matrix.columns.score)?);
        matrix.cell(row, column).and_then(text)
    }

    fn previous_page_type(&self, session: &'a Session) -> Option<Value<'a>> {
        let current = match self.page {
            Focus::Current => session.current,
            Focus::At(at) => at,
            Focus::Unknown => return None,
        };
        let before = session.pages.get(current.checked_sub(1)?)?;
        self.type_name(before.page_type)
    }

    fn departments(&self) -> Value<'a> {
        let names = self.site.departments();
        Value::List(names.map(|known| Cow::Borrowed(&*known.name)).collect())
    }

    fn event_name(&self) -> Option<Value<'a>> {
        match &self.event?.kind {
            EventKind::Custom { name, .. } | EventKind::Goal { name, .. } => text(name),
            _ => None,
        }
    }

    fn event_value(&self) -> Option<Value<'a>> {
        match &self.event?.kind {
            EventKind::Goal { value, .. } => value.and_then(number),
            _ => self.event_prop("value"),
        }
    }

    fn event_prop(&self, wanted: &str) -> Option<Value<'a>> {
        match &self.event?.kind {
            EventKind::Custom { props, .. } => find(props, wanted),
            _ => None,
        }
    }

    fn page_field(&self, field: &Field) -> Option<Value<'a>> {
        let page = self.page()?;
        match field {
            Field::PageType => self.type_name(page.page_type),
            Field::PageUrl => text(&page.url),
            Field::PagePath => text(path_of(&page.url)),
            Field::PageTitle => optional(page.title.as_ref()),
            Field::PageLang => optional(page.lang.as_ref()),
            Field::PageActive => seconds(page.active(self.now)),
            Field::PageScroll => number(page.scroll),
            Field::PageQuery(name) => query_of(&page.url, name).and_then(text),
            Field::PageExitIntent => flag(page.exit_intent),
            Field::PageViewsOfType => page
                .page_type
                .and_then(|key| number(self.session()?.views_of(key))),
            _ => None,
        }
    }

    fn session_field(&self, field: &Field) -> Option<Value<'a>> {
        let session = self.session()?;
        let source = &session.arrival.source;
        match field {
            Field::SessionPageViews => number(session.totals.page_views),
            Field::SessionActive => seconds(session.active(self.now)),
            Field::SessionDuration => seconds(self.now.since(session.started_at)),
            Field::SessionIdle => seconds(session.idle(self.now)),
            Field::SessionExitIntent => flag(session.exit_intent),
            Field::SessionEntryUrl => optional(session.entry_url.as_ref()),
            Field::SessionPreviousPageType => self.previous_page_type(session),
            Field::SessionEntryPath => session.entry_url.as_deref().map(path_of).and_then(text),
            Field::SessionEntryType => self.type_name(session.entry_type),
            Field::SessionPageTypes => self.page_types(),
            Field::SessionViews(key) => number(session.views_of(*key)),
            Field::SessionEvents => {
                let totals = &session.totals;
                number(totals.custom_events.saturating_add(totals.goals))
            }
            Field::SessionGoals => number(session.totals.goals),
            Field::SessionEventsOf(wanted) => number(session.events_of(EventName {
                key: wanted.key,
                goal: false,
            })),
            Field::SessionGoalsOf(wanted) => number(session.events_of(EventName {
                key: wanted.key,
                goal: true,
            })),
            Field::CrossedUp(_) | Field::CrossedDown(_) => {
                lately::crossings(self.rules, session, field, None, self.now)
            }
            Field::InLast(field, window) => {
                lately::value(self.rules, session, field, *window, self.now)
            }
            Field::SessionReferrerHost => optional(source.referrer_host.as_ref()),
            Field::SessionSource => text(&source.source),
            Field::SessionMedium => text(&source.medium),
            Field::SessionCampaign => optional(source.campaign.as_ref()),
            Field::SessionTerm => optional(source.term.as_ref()),
            Field::SessionContent => optional(source.content.as_ref()),
            Field::SessionUtm(utm) => optional(source.tag(*utm)),
            Field::SessionChannel => text(source.channel.as_str()),
            Field::VisitorTimeZone => optional(session.tz.as_ref()),
            Field::VisitorScreenWidth => session.screen.and_then(|(width, _)| number(width)),
            Field::VisitorScreenHeight => session.screen.and_then(|(_, height)| number(height)),
            _ => None,
        }
    }

    fn arrival_field(&self, field: &Field) -> Option<Value<'a>> {
        let arrival = self.arrival()?;
        match field {
            Field::VisitorCountry => arrival
                .country
                .as_ref()
                .and_then(|code| text(code.as_str())),
            Field::VisitorRegion => optional(arrival.region.as_ref()),
            Field::VisitorCity => optional(arrival.city.as_ref()),
            Field::VisitorDevice => text(arrival.device.as_str()),
            Field::VisitorBrowser => optional(arrival.browser.as_ref()),
            Field::VisitorOs => optional(arrival.os.as_ref()),
            Field::VisitorBot => flag(arrival.bot),
            _ => None,
        }
    }
}

fn find<'a>(list: &'a [(std::sync::Arc<str>, PropValue)], wanted: &str) -> Option<Value<'a>> {
    list.iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .and_then(|(_, value)| prop(value))
}

impl Facts for View<'_> {
    fn value(&self, field: &Field) -> Option<Value<'_>> {
        let state = self.state;
        match field {
            Field::VisitorSessions => number(state.sessions),
            Field::VisitorReturning => flag(state.sessions > 1),
            Field::VisitorDaysSinceFirstVisit => self.days_field(Some(state.first_seen)),
            Field::VisitorDaysSinceLastVisit => self.days_field(state.last_visit),
            Field::VisitorVerified => {
                flag(state.identity.as_deref().is_some_and(|who| who.verified))
            }
            Field::VisitorTags => Some(Value::List(
                state.tags.iter().map(|tag| Cow::Borrowed(&**tag)).collect(),
            )),
            Field::VisitorPageViews => number(state.page_views),
            Field::VisitorIdentified => flag(state.identity.is_some()),
            Field::VisitorChats => number(state.chats),
            Field::VisitorInvitationsShown => number(state.invitations.shown),
            Field::VisitorInvitationsAccepted => number(state.invitations.accepted),
            Field::VisitorInvitationsDismissed => number(state.invitations.dismissed),
            Field::VisitorTrait(name) => find(&state.traits, name),
            Field::Score(key) => self
                .score(*key)
                .and_then(|(_, value)| number(value.as_f64())),
            Field::Stage(key) => self.stage(*key),
            Field::Matrix(key) => self.matrix(*key),
            Field::EventName => self.event_name(),
            Field::EventValue => self.event_value(),
            Field::EventProp(name) => self.event_prop(name),
            Field::ChatState => text(state.chat.as_str()),
            Field::AgentsOnline => number(self.site.agents_online),
            Field::FreeSlots => number(self.site.free_slots),
            Field::FreeSlotsIn(name) => number(self.site.free_slots_in(name)),
            Field::Departments => Some(self.departments()),
            Field::ChatOpen => self.site.is_open(None).and_then(flag),
            Field::ChatOpenIn(name) => self.site.is_open(Some(name)).and_then(flag),
            Field::ChatOpensIn => {
                let opens_at = self.site.opens_at(None);
                opens_at.and_then(|at| seconds(at.since(self.now)))
            }
            Field::ChatSpeaks => {
                let lang = self.page().and_then(|page| page.lang.as_deref());
                lang.and_then(|lang| flag(self.site.speaks(None, lang)))
            }
            Field::ExpectedReply => self.site.expected_reply.and_then(seconds),
            Field::TimeWeekday
            | Field::TimeHour
            | Field::TimeDate
            | Field::TimeOpen
            | Field::TimeHoliday => self.time_field(field),
            Field::PageType
            | Field::PageUrl
            | Field::PagePath
            | Field::PageTitle
            | Field::PageLang
            | Field::PageActive
            | Field::PageScroll
            | Field::PageQuery(_)
            | Field::PageExitIntent
            | Field::PageViewsOfType => self.page_field(field),
            Field::VisitorCountry
            | Field::VisitorRegion
            | Field::VisitorCity
            | Field::VisitorDevice
            | Field::VisitorBrowser
            | Field::VisitorOs
            | Field::VisitorBot => self.arrival_field(field),
            of_session => self.session_field(of_session),
        }
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn moment(&self, text: &str) -> Option<i64> {
        let covers = self.rules.calendar.covers(text);
        covers.map(|(from, _)| from)
    }

    fn changes(&self, field: &Field) -> Option<Timestamp> {
        self.steps_at(field)
    }

    fn reaches(&self, field: &Field, bound: f64) -> Option<Timestamp> {
        self.grows_to(field, bound)
    }
}
