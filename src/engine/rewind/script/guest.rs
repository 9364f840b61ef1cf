//! Who comes, as a test tells it: what the rules ask for, and nobody's name.

use std::sync::Arc;

use crate::domain::{
    Arrival, Channel, Device, Millis, PageViewEvent, PropValue, SiteNow, Source, Timestamp,
    VisitorState,
};
use crate::rules::{Field, RuleSet, toml_key, toml_text};

use super::super::Rewound;
use super::reads::Reads;
use super::span;

/// So much of a text is told.
const MAX_TEXT: usize = 120;

/// How the site's clock is told.
const SECONDS: usize = "2026-11-24T10:00:00".len();

/// Keys and values of a table, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// A table on one line.
pub(super) fn inline(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// The beginning of a text, as TOML writes it.
pub(super) fn short(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    toml_text(&shown.take(MAX_TEXT).collect::<String>())
}

/// A property or trait; nothing for one that has no value.
pub(super) fn prop(value: &PropValue) -> Option<String> {
    Some(match value {
        PropValue::Null => return None,
        PropValue::Bool(flag) => flag.to_string(),
        PropValue::Number(number) => number.to_string(),
        PropValue::Text(text) => short(text),
        PropValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| short(item)).collect();
            format!("[{}]", items.join(", "))
        }
    })
}

/// Names and values of which somebody wants to know.
pub(super) fn props(
    props: &[(Arc<str>, PropValue)],
    wanted: impl Fn(&str) -> bool,
) -> Option<String> {
    let read = props.iter().filter(|(name, _)| wanted(name));
    let pairs: Pairs = read
        .filter_map(|(name, value)| Some((toml_key(name), prop(value)?)))
        .collect();
    (!pairs.is_empty()).then(|| inline(&pairs))
}

/// The visitor before the visit. `page` is the first that they open.
pub(super) fn visitor(
    state: &VisitorState,
    arrival: &Arrival,
    page: Option<&PageViewEvent>,
    began: Timestamp,
    reads: &Reads,
    told: &Rewound,
) -> Pairs {
    let mut pairs = Pairs::new();
    let mut add = |key: &str, value: Option<String>| {
        pairs.extend(value.map(|value| (key.to_owned(), value)));
    };
    let asked = |field: Field, text: &Option<Arc<str>>| {
        let text = text.as_deref().filter(|_| reads.any(&[field]));
        text.map(short)
    };
    if state.sessions > 0 {
        let sessions = state.sessions.saturating_add(1).min(u32::from(u16::MAX));
        add("sessions", Some(sessions.to_string()));
        let open = state.session.as_deref().map(|session| session.last_at);
        let last = open.or(state.last_visit);
        add(
            "last_visit",
            last.map(|at| toml_text(&coarse(began.since(at)))),
        );
    }
    let country = arrival.country.map(|country| toml_text(country.as_str()));
    add("country", country);
    add("region", asked(Field::VisitorRegion, &arrival.region));
    add("city", asked(Field::VisitorCity, &arrival.city));
    let device = (arrival.device != Device::Desktop).then(|| toml_text(arrival.device.as_str()));
    add("device", device);
    add("browser", asked(Field::VisitorBrowser, &arrival.browser));
    add("os", asked(Field::VisitorOs, &arrival.os));
    let lang = page.and_then(|page| page.lang.as_deref());
    add("language", lang.map(short));
    let size = page.and_then(|page| page.screen);
    let size = size.filter(|_| reads.any(&[Field::VisitorScreenWidth, Field::VisitorScreenHeight]));
    add(
        "screen",
        size.map(|(width, height)| toml_text(&format!("{width}x{height}"))),
    );
    add(
        "time_zone",
        page.and_then(|page| asked(Field::VisitorTimeZone, &page.tz)),
    );
    source(&arrival.source, reads, &mut add);
    if let Some(identity) = &state.identity {
        let key = if identity.verified {
            "verified"
        } else {
            "identified"
        };
        add(key, Some("true".to_owned()));
    }
    add("traits", props(&state.traits, |name| reads.has_trait(name)));
    let tags: Vec<String> = state.tags.iter().map(|tag| short(tag)).collect();
    let tags = (!tags.is_empty() && reads.any(&[Field::VisitorTags])).then_some(tags);
    add("tags", tags.map(|tags| format!("[{}]", tags.join(", "))));
    let withheld = told.invitations.iter().any(|made| made.withheld);
    add("holdout", withheld.then(|| "true".to_owned()));
    let variant = told
        .invitations
        .iter()
        .find_map(|made| made.variant.as_deref());
    add("variant", variant.map(toml_text));
    pairs
}

/// Where they come from.
fn source(source: &Source, reads: &Reads, add: &mut dyn FnMut(&str, Option<String>)) {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(short);
    let read = |field: Field, value: &Option<Arc<str>>| {
        let value = value.as_deref().filter(|_| reads.any(&[field]));
        value.map(short)
    };
    if source.channel != Channel::Direct {
        add("channel", Some(toml_text(source.channel.as_str())));
        let said = |text: &Arc<str>| (!text.is_empty()).then(|| short(text));
        add("source", said(&source.source));
        add("medium", said(&source.medium));
        add("referrer", text(&source.referrer_host));
    }
    add("campaign", text(&source.campaign));
    add("term", read(Field::SessionTerm, &source.term));
    add("content", read(Field::SessionContent, &source.content));
    let tags = source.tags.iter();
    let tags = tags.filter(|(utm, _)| reads.any(&[Field::SessionUtm(*utm)]));
    let tags: Pairs = tags
        .map(|(utm, value)| (utm.as_str().to_owned(), short(value)))
        .collect();
    add("utm", (!tags.is_empty()).then(|| inline(&tags)));
}

/// Who can answer.
pub(super) fn agents(site: &SiteNow, reads: &Reads) -> String {
    let names = site.departments().map(|known| short(&known.name));
    let names: Vec<String> = names.filter(|_| reads.departments).collect();
    if site.free_slots == site.agents_online && site.expected_reply.is_none() && names.is_empty() {
        return site.agents_online.to_string();
    }
    let mut pairs = vec![
        ("online".to_owned(), site.agents_online.to_string()),
        ("free".to_owned(), site.free_slots.to_string()),
    ];
    let reply = site.expected_reply.filter(|_| site.free_slots > 0);
    let reply = reply.map(|reply| Millis(reply.0.div_ceil(1_000) * 1_000));
    pairs.extend(reply.map(|reply| ("reply".to_owned(), toml_text(&span(reply)))));
    if !names.is_empty() {
        pairs.push(("departments".to_owned(), format!("[{}]", names.join(", "))));
    }
    inline(&pairs)
}

/// Whether anybody can answer, and which departments can.
pub(super) fn answering(site: &SiteNow) -> (bool, Vec<&str>) {
    let names = site.departments().map(|known| &*known.name);
    (site.can_answer(), names.collect())
}

/// A span in the past: to the hour for half a day or more, to the minute for hours, else to the second.
fn coarse(past: Millis) -> String {
    let unit = match past {
        long if long >= Millis::from_hours(10) => Millis::from_hours(1),
        long if long >= Millis::from_hours(2) => Millis::from_mins(1),
        _ => Millis::from_secs(1),
    };
    span(Millis(past.0 / unit.0 * unit.0))
}

/// The day and the hour by the site's clock.
pub(super) fn clock(rules: &RuleSet, began: Timestamp) -> Option<(String, String)> {
    let shown = rules.calendar.local(began)?.at.to_string();
    let seconds = shown.get(..SECONDS)?;
    Some(("clock".to_owned(), toml_text(seconds)))
}
