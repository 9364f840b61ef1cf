//! Pages within a session: opened, attended in one tab at a time, closed, and folded away when there are many.

use std::sync::Arc;

use super::facts::path_of;
use super::scoring;
use super::sessions::is_over;
use super::step::Step;
use crate::domain::{
    ATTENTION_HORIZON, Event, Key, MAX_PAGE_TYPES, MAX_PAGES, Millis, PageId, PageViewEvent,
    PageVisit, Session, SessionTotals, Timestamp,
};

/// A tracker may count a little more active time than the server saw pass.
const ACTIVE_SLACK: Millis = Millis::from_secs(2);

/// Opens a page in the session, or counts it only when it belongs to a visit that is long over.
pub(super) fn view(step: &mut Step<'_>, event: &Event, view: &PageViewEvent) {
    step.state.page_views = step.state.page_views.saturating_add(1);
    let page_type = page_type(step, view);
    let Some(session) = &mut step.state.session else {
        return;
    };
    if is_over(step.at, session.started_at) {
        return;
    }
    session.totals.page_views = session.totals.page_views.saturating_add(1);
    if view.attended {
        session.typing_since = None;
    }
    count_page_type(&mut session.totals, page_type);
    let at = insert(session, open(event, step.at, view, page_type));
    if at == 0 && session.totals.page_views as usize == session.pages.len() {
        enter_by(session, view);
    }
    let at = at - fold_oldest(step, at);
    scoring::fire_on_page(step, event, at);
}

fn page_type(step: &Step<'_>, view: &PageViewEvent) -> Option<Key> {
    step.rules
        .page_type(view.page_type.as_deref(), path_of(&view.url))
        .map(|known| known.key)
}

/// The page opened first is the entry, even if it is not the one heard of first.
fn enter_by(session: &mut Session, view: &PageViewEvent) {
    session.entry_url = Some(Arc::clone(&view.url));
    session.entry_type = session.pages[0].page_type;
    session.tz.clone_from(&view.tz);
    session.screen = view.screen;
}

fn open(
    event: &Event,
    moment: Timestamp,
    view: &PageViewEvent,
    page_type: Option<Key>,
) -> PageVisit {
    PageVisit {
        page: event.page.unwrap_or(PageId(event.id.0)),
        opened_at: moment,
        heard_at: moment,
        url: Arc::clone(&view.url),
        title: view.title.clone(),
        lang: view.lang.clone(),
        page_type,
        active_ms: 0,
        dwelt_ms: 0,
        scroll: 0,
        attended: view.attended,
        overtaken_at: None,
        closed: false,
        exit_intent: false,
    }
}

/// Puts a page in its place by time of opening and returns that place.
fn insert(session: &mut Session, mut visit: PageVisit) -> usize {
    retire_namesake(session, &mut visit);
    let (opened_at, attended) = (visit.opened_at, visit.attended);
    let at = session
        .pages
        .partition_point(|page| page.opened_at <= opened_at);
    if at <= session.current && !session.pages.is_empty() {
        session.current += 1;
    }
    session.pages.insert(at, visit);
    if attended {
        attend(session, at, opened_at);
    }
    at
}

/// An id that is used again names the newer page; nothing more will be heard of the older one.
fn retire_namesake(session: &mut Session, visit: &mut PageVisit) {
    let Some((_, known)) = session.page_mut(visit.page) else {
        return;
    };
    let newer_at = known.opened_at.max(visit.opened_at);
    let older = if known.opened_at <= visit.opened_at {
        known
    } else {
        visit
    };
    older.closed = true;
    if older.attended {
        older.attended = false;
        older.overtaken_at = Some(newer_at);
    }
}

/// Gives a page the visitor's attention. There is only one: the time of the others stops where this one took it,
/// and a page that is known to have been attended later keeps it.
fn attend(session: &mut Session, at: usize, moment: Timestamp) {
    let holder = session
        .pages
        .iter()
        .enumerate()
        .find(|(other, page)| *other != at && page.attended)
        .map(|(other, page)| (other, page.heard_at, page.opened_at));
    if let Some((_, _, opened_at)) = holder.filter(|(_, heard_at, _)| *heard_at > moment) {
        let visit = &mut session.pages[at];
        visit.attended = false;
        visit.overtaken_at = Some(opened_at);
        return;
    }
    if let Some((other, ..)) = holder {
        session.pages[other].attended = false;
        session.pages[other].overtaken_at = Some(moment);
    }
    session.pages[at].attended = true;
    session.pages[at].overtaken_at = None;
    session.current = at;
    session.attended_at = session.attended_at.max(moment);
}

/// Folds a page into the totals when there are too many, the oldest closed one if there is one; returns by how much
/// the place `keep` moved.
fn fold_oldest(step: &mut Step<'_>, keep: usize) -> usize {
    let Some(session) = step.state.session.as_deref() else {
        return 0;
    };
    if session.pages.len() <= MAX_PAGES {
        return 0;
    }
    let dispensable = |at: &usize| *at != keep && *at != session.current;
    let mut closed = (0..session.pages.len()).filter(|at| session.pages[*at].closed);
    let oldest = closed
        .find(dispensable)
        .or_else(|| (0..session.pages.len()).find(dispensable))
        .expect("two of many pages are kept");
    scoring::dwell_on(step, oldest);
    let now = step.now;
    if let Some(session) = step.state.session.as_deref_mut() {
        let gone = session.pages.remove(oldest);
        session.totals.folded_active_ms += gone.active(now).0;
        session.current -= usize::from(session.current > oldest);
    }
    usize::from(oldest < keep)
}

fn count_page_type(totals: &mut SessionTotals, page_type: Option<Key>) {
    let Some(key) = page_type else { return };
    let seen = &mut totals.page_types;
    if let Some((_, views)) = seen.iter_mut().find(|(known, _)| *known == key) {
        *views = views.saturating_add(1);
    } else if seen.len() < MAX_PAGE_TYPES {
        seen.push((key, 1));
    }
}

/// Takes running totals for a page. Totals only grow, so a late or repeated report does no harm.
pub(super) fn engage(
    step: &mut Step<'_>,
    event: &Event,
    active: Millis,
    scroll: u8,
    attended: bool,
) {
    let (now, moment) = (step.now, step.at);
    let Some((session, page)) = step.state.session.as_deref_mut().zip(event.page) else {
        return;
    };
    let Some((at, visit)) = session.page_mut(page) else {
        return;
    };
    grow(visit, active, scroll, now);
    if moment < visit.heard_at || visit.closed {
        return;
    }
    let attended_until = attention_ends(visit, moment);
    visit.heard_at = moment;
    if !attended {
        visit.attended = false;
        visit.overtaken_at = None;
        session.attended_at = session.attended_at.max(attended_until);
    } else if visit.overtaken_at.is_none_or(|taken| taken <= moment) {
        attend(session, at, moment);
    }
}

fn grow(visit: &mut PageVisit, active: Millis, scroll: u8, now: Timestamp) {
    let possible = now.since(visit.opened_at) + ACTIVE_SLACK;
    let active = u32::try_from(active.min(possible).0).unwrap_or(u32::MAX);
    visit.active_ms = visit.active_ms.max(active);
    visit.scroll = visit.scroll.max(scroll.min(100));
}

/// Closes a page.
pub(super) fn leave(
    step: &mut Step<'_>,
    event: &Event,
    active: Option<Millis>,
    scroll: Option<u8>,
) {
    let (now, moment) = (step.now, step.at);
    let Some((session, page)) = step.state.session.as_deref_mut().zip(event.page) else {
        return;
    };
    let Some((_, visit)) = session.page_mut(page) else {
        return;
    };
    let predicted = visit.active(moment);
    let attended_until = attention_ends(visit, moment);
    grow(visit, active.unwrap_or(predicted), scroll.unwrap_or(0), now);
    visit.heard_at = visit.heard_at.max(moment);
    visit.attended = false;
    visit.overtaken_at = None;
    visit.closed = true;
    session.attended_at = session.attended_at.max(attended_until);
    if session.current_page().is_some_and(|page| page.closed) {
        session.typing_since = None;
    }
}

/// Up to when a page was attended, if it ceases at `moment` to be; the beginning of time if it was not.
fn attention_ends(visit: &PageVisit, moment: Timestamp) -> Timestamp {
    if visit.attended {
        moment.min(visit.heard_at + ATTENTION_HORIZON)
    } else {
        Timestamp(0)
    }
}
