//! Who it is about and what they are after, in the words of a CRM: the same for every kind of event.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    Arrival, CountryCode, Key, PageVisit, PropValue, Session, SessionId, Timestamp, VisitorId,
    VisitorState,
};
use crate::engine;
use crate::rules::RuleSet;

use super::Scene;

/// The page type whose pages are products.
const PRODUCT: &str = "product";
/// Page types on which people look for help before they ask.
const HELP: [&str; 5] = ["help", "docs", "faq", "support", "contact"];
/// Page types on which people are about to buy.
const SALES: [&str; 6] = ["pricing", "sales", "product", "cart", "checkout", "demo"];
/// How many pages a list has.
const MOST_PAGES: usize = 10;
/// Traits that speak of a company, besides those whose name begins with it.
const OF_COMPANY: [&str; 5] = [
    "organization",
    "organisation",
    "industry",
    "employees",
    "plan",
];

#[derive(Serialize)]
pub(super) struct Lead<'a> {
    visitor: VisitorPart<'a>,
    session: Option<SessionPart<'a>>,
    source: Option<SourcePart<'a>>,
    location: Option<LocationPart<'a>>,
    company: BTreeMap<String, Value>,
    scores: Vec<ScorePart>,
    issue: Option<IssuePart<'a>>,
    interests: Interests<'a>,
    help: Vec<PagePart<'a>>,
    tags: Vec<String>,
}

#[derive(Serialize)]
struct VisitorPart<'a> {
    id: VisitorId,
    user_id: Option<&'a str>,
    verified: bool,
    first_seen: Timestamp,
    sessions: u32,
    page_views: u32,
    chats: u16,
    chat: &'static str,
    traits: BTreeMap<&'a str, Value>,
    tags: &'a [std::sync::Arc<str>],
}

#[derive(Serialize)]
struct SessionPart<'a> {
    id: SessionId,
    started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    active_s: u64,
    page_views: u32,
    goals: u32,
    landing: Option<&'a str>,
    page: Option<PagePart<'a>>,
    device: &'static str,
    browser: Option<&'a str>,
    os: Option<&'a str>,
}

#[derive(Serialize)]
struct SourcePart<'a> {
    channel: &'static str,
    source: &'a str,
    medium: &'a str,
    campaign: Option<&'a str>,
    term: Option<&'a str>,
    content: Option<&'a str>,
    referrer_host: Option<&'a str>,
}

#[derive(Serialize)]
struct LocationPart<'a> {
    country: Option<&'a str>,
    region: Option<&'a str>,
    city: Option<&'a str>,
}

#[derive(Serialize)]
struct ScorePart {
    name: String,
    value: i64,
    max: i64,
    stage: Option<String>,
}

/// What the visitor is about to need, as far as the pages tell.
#[derive(Serialize)]
struct IssuePart<'a> {
    kind: &'static str,
    #[serde(flatten)]
    page: PagePart<'a>,
}

#[derive(Serialize)]
struct Interests<'a> {
    page_types: Vec<TypePart<'a>>,
    products: Vec<PagePart<'a>>,
}

#[derive(Serialize)]
struct TypePart<'a> {
    name: &'a str,
    views: u16,
    active_s: u64,
}

#[derive(Clone, Serialize)]
struct PagePart<'a> {
    title: Option<&'a str>,
    url: &'a str,
    page_type: Option<&'a str>,
    active_s: u64,
}

/// A session's pages, and the names of their types.
#[derive(Clone, Copy)]
struct Pages<'a> {
    rules: &'a RuleSet,
    session: &'a Session,
    now: Timestamp,
}

impl<'a> Lead<'a> {
    /// `session` is the one that goes on or, if it has `ended`, that has just ended.
    pub(super) fn of(scene: Scene<'a>, session: Option<&'a Session>, ended: bool) -> Self {
        let (state, now) = (scene.state, scene.now);
        let rules = scene.rules;
        let pages = session.map(|session| Pages {
            rules,
            session,
            now,
        });
        let arrival = session.map(|session| &*session.arrival);
        let scores = scores(rules, state, now);
        let interests = Interests {
            page_types: pages.map(Pages::types).unwrap_or_default(),
            products: pages.map_or_else(Vec::new, |pages| pages.of(&[PRODUCT])),
        };
        let help = pages.map_or_else(Vec::new, |pages| pages.of(&HELP));
        Self {
            visitor: visitor(state),
            session: pages.map(|pages| pages.session(ended)),
            source: arrival.map(source),
            location: arrival.map(location),
            company: company(state),
            tags: tags(state, arrival, &scores, &interests, &help),
            scores,
            issue: pages.and_then(Pages::issue),
            interests,
            help,
        }
    }
}

fn visitor(state: &VisitorState) -> VisitorPart<'_> {
    let identity = state.identity.as_deref();
    let traits = state.traits.iter();
    VisitorPart {
        id: state.id,
        user_id: identity.map(|identity| &*identity.user_id),
        verified: identity.is_some_and(|identity| identity.verified),
        first_seen: state.first_seen,
        sessions: state.sessions,
        page_views: state.page_views,
        chats: state.chats,
        chat: state.chat.as_str(),
        traits: traits.map(|(name, value)| (&**name, json(value))).collect(),
        tags: &state.tags,
    }
}

fn json(value: &PropValue) -> Value {
    match value {
        PropValue::Null => Value::Null,
        PropValue::Bool(flag) => Value::Bool(*flag),
        PropValue::Number(number) => Value::from(*number),
        PropValue::Text(text) => Value::from(&**text),
        PropValue::List(items) => items.iter().map(|item| Value::from(&**item)).collect(),
    }
}

/// Traits of the company: `company` and `company_name` are its `name`, `company_size` is its `size`.
fn company(state: &VisitorState) -> BTreeMap<String, Value> {
    let named = |name: &str| {
        let name = name.to_lowercase();
        if let Some(rest) = name.strip_prefix("company") {
            let rest = rest.trim_matches(['_', '.', '-', ' ']);
            return Some(if rest.is_empty() { "name" } else { rest }.to_owned());
        }
        OF_COMPANY.contains(&&*name).then_some(name)
    };
    let traits = state.traits.iter();
    traits
        .filter_map(|(name, value)| Some((named(name)?, json(value))))
        .collect()
}

fn source(arrival: &Arrival) -> SourcePart<'_> {
    let source = &arrival.source;
    SourcePart {
        channel: source.channel.as_str(),
        source: &source.source,
        medium: &source.medium,
        campaign: source.campaign.as_deref(),
        term: source.term.as_deref(),
        content: source.content.as_deref(),
        referrer_host: source.referrer_host.as_deref(),
    }
}

fn location(arrival: &Arrival) -> LocationPart<'_> {
    LocationPart {
        country: arrival.country.as_ref().map(CountryCode::as_str),
        region: arrival.region.as_deref(),
        city: arrival.city.as_deref(),
    }
}

fn scores(rules: &RuleSet, state: &VisitorState, now: Timestamp) -> Vec<ScorePart> {
    engine::score_now(rules, state, now)
        .map(|score| ScorePart {
            name: score.name.to_string(),
            value: score.value.rounded(),
            max: score.max.rounded(),
            stage: score.stage.map(|stage| stage.to_string()),
        })
        .collect()
}

/// What agents said of the visitor, and what the visit says, as labels that a CRM can filter by.
fn tags(
    state: &VisitorState,
    arrival: Option<&Arrival>,
    scores: &[ScorePart],
    interests: &Interests<'_>,
    help: &[PagePart<'_>],
) -> Vec<String> {
    let mut tags: Vec<String> = state.tags.iter().map(ToString::to_string).collect();
    if let Some(arrival) = arrival {
        tags.push(format!("source:{}", arrival.source.channel.as_str()));
        tags.extend(arrival.country.map(|country| format!("country:{country}")));
    }
    for score in scores {
        let stage = score.stage.as_deref();
        tags.extend(stage.map(|stage| format!("stage:{}={stage}", score.name)));
    }
    let types = interests.page_types.iter();
    tags.extend(types.map(|page_type| format!("interest:{}", page_type.name)));
    if !help.is_empty() {
        tags.push("looked-for-help".to_owned());
    }
    if state.sessions > 1 {
        tags.push("returning".to_owned());
    }
    tags
}

impl<'a> Pages<'a> {
    fn name(self, page_type: Option<Key>) -> Option<&'a str> {
        let name = page_type.and_then(|key| self.rules.page_type_name(key));
        name.map(|name| &**name)
    }

    fn page(self, visit: &'a PageVisit) -> PagePart<'a> {
        PagePart {
            title: visit.title.as_deref(),
            url: &visit.url,
            page_type: self.name(visit.page_type),
            active_s: visit.active(self.now).0 / 1_000,
        }
    }

    fn session(self, ended: bool) -> SessionPart<'a> {
        let session = self.session;
        let current = session.current_page();
        SessionPart {
            id: session.id,
            started_at: session.started_at,
            ended_at: ended.then_some(session.last_at),
            active_s: session.active(self.now).0 / 1_000,
            page_views: session.totals.page_views,
            goals: session.totals.goals,
            landing: session.entry_url.as_deref(),
            page: current.map(|visit| self.page(visit)),
            device: session.arrival.device.as_str(),
            browser: session.arrival.browser.as_deref(),
            os: session.arrival.os.as_deref(),
        }
    }

    /// Views of each page type, and how long its latest pages were looked at, the longest first.
    fn types(self) -> Vec<TypePart<'a>> {
        let seen = self.session.totals.page_types.iter();
        let mut types: Vec<_> = seen
            .filter_map(|(key, views)| {
                let visits = self.session.pages.iter();
                let visits = visits.filter(|visit| visit.page_type == Some(*key));
                let active: u64 = visits.map(|visit| visit.active(self.now).0).sum();
                Some(TypePart {
                    name: self.name(Some(*key))?,
                    views: *views,
                    active_s: active / 1_000,
                })
            })
            .collect();
        types.sort_by_key(|one| std::cmp::Reverse((one.active_s, one.views)));
        types
    }

    /// The latest pages of these types, each once, the one that was looked at longest first.
    fn of(self, types: &[&str]) -> Vec<PagePart<'a>> {
        let mut found: Vec<PagePart<'a>> = Vec::new();
        for visit in self.session.pages.iter().rev() {
            let page = self.page(visit);
            if !page.page_type.is_some_and(|name| types.contains(&name)) {
                continue;
            }
            match found.iter_mut().find(|known| known.url == page.url) {
                Some(known) => known.active_s += page.active_s,
                None => found.push(page),
            }
        }
        found.sort_by_key(|page| std::cmp::Reverse(page.active_s));
        found.truncate(MOST_PAGES);
        found
    }

    /// The page that tells best what the visitor needs: the last one where help is looked for or something is bought,
    /// else the last one of all.
    fn issue(self) -> Option<IssuePart<'a>> {
        let kind = |page: &PagePart<'_>| {
            let name = page.page_type?;
            let is = |types: &[&str]| types.contains(&name);
            let help = is(&HELP).then_some("help");
            help.or(is(&SALES).then_some("sales"))
        };
        let latest = || {
            let visits = self.session.pages.iter().rev();
            visits.map(|visit| self.page(visit))
        };
        let telling = latest().find_map(|page| Some((kind(&page)?, page)));
        let current = || Some(("other", self.page(self.session.current_page()?)));
        let (kind, page) = telling.or_else(current)?;
        Some(IssuePart { kind, page })
    }
}
