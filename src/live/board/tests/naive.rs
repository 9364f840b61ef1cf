//! The list made anew from all states, without lines: what every window must show.

use crate::domain::{
    Channel, ChatState, CountryCode, Device, Points, Presence, Timestamp, VisitorState,
};
use crate::engine;
use crate::live::list::row;
use crate::live::{Angle, Column, Filter, GroupBy, INVITATION_WORDS, SortBy, Window, path};
use crate::rules::RuleSet;

use super::render;

/// What a watcher should see.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) total: usize,
    pub(super) rows: Vec<String>,
    pub(super) groups: Vec<(Option<String>, usize)>,
}

pub(super) fn seen(
    states: &[VisitorState],
    rules: &RuleSet,
    angle: &Angle,
    window: Window,
    now: Timestamp,
) -> Seen {
    let states = states.iter().filter(|it| it.session.is_some());
    let mut found: Vec<&VisitorState> = states
        .filter(|state| passes(&angle.filter, rules, state, now))
        .collect();
    found.sort_by_cached_key(|state| (value(&angle.sort, rules, state, now), state.id.0));
    if window.descending {
        found.reverse();
    }
    let mut groups = Vec::new();
    if angle.group.is_some() {
        found.sort_by_cached_key(|state| group(angle, rules, state, now));
        for state in &found {
            let (_, name) = group(angle, rules, state, now);
            match groups.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                Some(_) | None => groups.push((name, 1)),
            }
        }
    }
    let rows = found.iter().skip(window.from).take(window.rows);
    Seen {
        total: found.len(),
        rows: rows
            .map(|state| render(rules, &row(rules, (*state).clone(), now), now))
            .map(|row| row.get().to_owned())
            .collect(),
        groups,
    }
}

fn passes(filter: &Filter, rules: &RuleSet, state: &VisitorState, now: Timestamp) -> bool {
    let session = state.session.as_deref().unwrap();
    let (page, arrival) = (session.current_page(), &session.arrival);
    let found = row(rules, state.clone(), now);
    let same = |wanted: Option<&str>, actual: &str| wanted.is_none_or(|wanted| wanted == actual);
    let texts = [
        Some(state.id.to_string()),
        page.map(|page| page.url.to_string()),
        page.and_then(|page| page.title.as_deref())
            .map(str::to_owned),
        arrival.country.map(|it| it.to_string()),
        arrival.city.as_deref().map(str::to_owned),
        Some(arrival.source.source.to_string()),
    ];
    let tags = state.tags.iter().map(|tag| tag.to_lowercase());
    let tags: Vec<String> = tags.collect();
    let mut texts = texts.into_iter().flatten().chain(tags.clone());
    let part = filter.text.as_deref().unwrap_or_default().to_lowercase();
    filter.banned == state.is_banned()
        && filter.presence.is_none_or(|it| found.presence == it)
        && filter
            .page_type
            .is_none_or(|it| page.and_then(|page| page.page_type) == Some(it))
        && filter.country.is_none_or(|it| arrival.country == Some(it))
        && same(
            filter.channel.map(Channel::as_str),
            arrival.source.channel.as_str(),
        )
        && same(filter.device.map(Device::as_str), arrival.device.as_str())
        && same(filter.chat.map(ChatState::as_str), state.chat.as_str())
        && same(filter.invitation, found.invitation_word())
        && filter.returning.is_none_or(|it| (state.sessions > 1) == it)
        && filter.stage.as_deref().is_none_or(|wanted| {
            let mut scores = found.scores.iter();
            scores.any(|score| score.stage.as_deref() == Some(wanted))
        })
        && filter.banned == state.is_banned()
        && filter.tags.iter().all(|tag| tags.contains(tag))
        && texts.any(|text| text.to_lowercase().contains(&part))
}

fn value(by: &SortBy, rules: &RuleSet, state: &VisitorState, now: Timestamp) -> (i64, String) {
    let session = state.session.as_deref().unwrap();
    let (page, arrival) = (session.current_page(), &session.arrival);
    let column = match by {
        SortBy::Score(name) => {
            let mut scores = engine::score_now(rules, state, now);
            let score = scores.find(|score| *score.name == **name);
            let points = score.map_or(Points::ZERO, |score| score.value);
            return (points.rounded(), String::new());
        }
        SortBy::Column(column) => *column,
    };
    let word = |words: &[&str], word: &str| {
        let place = words.iter().position(|known| *known == word);
        (place.unwrap().cast_signed() as i64, String::new())
    };
    let text = |text: Option<&str>| (0, text.unwrap_or_default().to_lowercase());
    let number = |number: u64| (number.cast_signed(), String::new());
    match column {
        Column::LastSeen => number(state.last_seen.0),
        Column::Started => number(session.started_at.0),
        Column::PageViews => number(session.totals.page_views.into()),
        Column::Visits => number(state.sessions.into()),
        Column::Active => number(session.active(now).0 / 1_000),
        Column::OnPage => number(u64::MAX / 4 - page.unwrap().opened_at.0),
        Column::User => text(None),
        Column::Page => text(page.map(|page| path(&page.url))),
        Column::PageType => {
            let types = ["help", "home", "pricing"];
            let name = page.and_then(|page| rules.page_type_name(page.page_type?));
            let place = name.and_then(|name| types.iter().position(|it| **it == **name));
            (place.unwrap_or(9).cast_signed() as i64, String::new())
        }
        Column::Country => text(arrival.country.as_ref().map(CountryCode::as_str)),
        Column::City => text(arrival.city.as_deref()),
        Column::Source => text(Some(&arrival.source.source)),
        Column::Channel => word(
            &Channel::ALL.map(Channel::as_str),
            arrival.source.channel.as_str(),
        ),
        Column::Device => word(&Device::ALL.map(Device::as_str), arrival.device.as_str()),
        Column::Presence => word(
            &Presence::ALL.map(Presence::as_str),
            session.presence(now).as_str(),
        ),
        Column::Chat => word(&ChatState::ALL.map(ChatState::as_str), state.chat.as_str()),
        Column::Invitation => word(
            &INVITATION_WORDS,
            row(rules, state.clone(), now).invitation_word(),
        ),
    }
}

/// What a group is called, after the text that says where it stands.
fn group(
    angle: &Angle,
    rules: &RuleSet,
    state: &VisitorState,
    now: Timestamp,
) -> (String, Option<String>) {
    let session = state.session.as_deref().unwrap();
    let arrival = &session.arrival;
    let last = "\u{10ffff}".to_owned();
    match angle.group.unwrap() {
        GroupBy::PageType => {
            let key = session.current_page().and_then(|page| page.page_type);
            let name = key
                .and_then(|key| rules.page_type_name(key))
                .map(ToString::to_string);
            (name.clone().unwrap_or(last), name)
        }
        GroupBy::Country => {
            let name = arrival.country.map(|it| it.to_string());
            (name.clone().unwrap_or(last), name)
        }
        GroupBy::Channel => {
            let place = Channel::ALL
                .iter()
                .position(|it| *it == arrival.source.channel);
            let name = arrival.source.channel.as_str().to_owned();
            (format!("{:02}", place.unwrap()), Some(name))
        }
        GroupBy::Device => {
            let place = Device::ALL.iter().position(|it| *it == arrival.device);
            (
                place.unwrap().to_string(),
                Some(arrival.device.as_str().to_owned()),
            )
        }
        GroupBy::Presence => {
            let presence = session.presence(now);
            let place = Presence::ALL.iter().position(|it| *it == presence);
            (
                place.unwrap().to_string(),
                Some(presence.as_str().to_owned()),
            )
        }
        GroupBy::Stage => {
            let wanted = match &angle.sort {
                SortBy::Score(name) => name.as_str(),
                SortBy::Column(_) => "buy",
            };
            let mut scores = engine::score_now(rules, state, now);
            let score = scores.find(|score| *score.name == *wanted).unwrap();
            match score.stage.as_deref() {
                Some("warm") => ("2".to_owned(), Some("warm".to_owned())),
                Some(name) => ("1".to_owned(), Some(name.to_owned())),
                None => (last, None),
            }
        }
    }
}
