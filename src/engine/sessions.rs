//! The session state machine: begins with the first sign of life, follows pages over several tabs, ends by silence.

use std::sync::Arc;

use crate::domain::{
    Arrival, Event, EventKind, Key, MAX_PAGE_TYPES, MAX_PAGES, Millis, PageId, PageViewEvent,
    PageVisit, SESSION_GAP, Session, SessionId, SessionTotals, Settlement, Timestamp,
};
use crate::rules::On;

use super::effects::Effect;
use super::facts::path_of;
use super::step::Step;
use super::{invitations, scoring};

/// A tracker may count a little more active time than the server saw pass.
const ACTIVE_SLACK: Millis = Millis::from_secs(2);

/// Whether an event of this kind is a visitor's sign of life that can begin a session.
pub(super) fn can_begin(kind: &EventKind) -> bool {
    match kind {
        EventKind::PageView(_)
        | EventKind::Custom { .. }
        | EventKind::Goal { .. }
        | EventKind::Identify { .. } => true,
        EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Invitation { .. }
        | EventKind::Chat(_)
        | EventKind::Consent { .. } => false,
    }
}

/// Whether the session has been silent for so long before `moment` that it is over.
pub(super) fn is_over(last_at: Timestamp, moment: Timestamp) -> bool {
    moment.since(last_at) >= SESSION_GAP
}

/// Ends the session if it has been silent for too long before `moment`.
pub(super) fn end_if_silent(step: &mut Step<'_>, moment: Timestamp) {
    if step
        .state
        .session
        .as_ref()
        .is_some_and(|session| is_over(session.last_at, moment))
    {
        end(step);
    }
}

/// Ends the session, and with it whatever only lives as long.
pub(super) fn end(step: &mut Step<'_>) {
    let Some(session) = step.state.session.take() else {
        return;
    };
    invitations::settle(step, Settlement::Expired);
    step.state.rule_counts.retain_mut(|count| {
        count.session = 0;
        step.rules
            .score_rule(count.rule)
            .is_some_and(|rule| rule.max_per_visitor.is_some())
    });
    step.state.triggers.retain_mut(|memory| {
        memory.latched = false;
        step.rules.trigger(memory.trigger).is_some()
    });
    step.effects.push(Effect::SessionEnded(session.id));
}

/// Begins a session if `event` is a sign of life and there is none; moves the session's clock on.
pub(super) fn enter(step: &mut Step<'_>, event: &Event, arrival: Option<&Arrival>) {
    if step.state.session.is_none() && can_begin(&event.kind) {
        begin(step, event, arrival);
        scoring::fire(step, On::SessionStart, Some(event), None);
    }
    if let Some(session) = &mut step.state.session {
        session.last_at = session.last_at.max(event.at);
    }
}

fn begin(step: &mut Step<'_>, event: &Event, arrival: Option<&Arrival>) {
    let id = SessionId::derive(step.state.id, event.at.0);
    let mut session = Session {
        id,
        started_at: event.at,
        last_at: event.at,
        arrival: Box::new(arrival.cloned().unwrap_or_default()),
        entry_url: None,
        entry_type: None,
        tz: None,
        screen: None,
        pages: Vec::new(),
        current: 0,
        totals: SessionTotals::default(),
    };
    if let EventKind::PageView(view) = &event.kind {
        session.entry_url = Some(Arc::clone(&view.url));
        session.entry_type = page_type(step, view);
        session.tz.clone_from(&view.tz);
        session.screen = view.screen;
    }
    step.state.sessions += 1;
    step.state.session = Some(Box::new(session));
    step.effects.push(Effect::SessionStarted(id));
}

fn page_type(step: &Step<'_>, view: &PageViewEvent) -> Option<Key> {
    step.rules
        .page_type(view.page_type.as_deref(), path_of(&view.url))
        .map(|known| known.key)
}

/// Opens a page in the session, or counts it only when it belongs to a visit that is long over.
pub(super) fn page_view(step: &mut Step<'_>, event: &Event, view: &PageViewEvent) {
    step.state.page_views += 1;
    let page_type = page_type(step, view);
    let Some(session) = &mut step.state.session else {
        return;
    };
    if is_over(event.at, session.started_at) {
        return;
    }
    session.totals.page_views += 1;
    count_page_type(&mut session.totals, page_type);
    let visit = open(event, view, page_type);
    let at = insert(session, visit);
    scoring::fire_on_page(step, On::PageView, event, at);
    invitations::revoke_where_silent(step);
}

fn open(event: &Event, view: &PageViewEvent, page_type: Option<Key>) -> PageVisit {
    PageVisit {
        page: event.page.unwrap_or(PageId(event.id.0)),
        opened_at: event.at,
        heard_at: event.at,
        url: Arc::clone(&view.url),
        title: view.title.clone(),
        lang: view.lang.clone(),
        page_type,
        active_ms: 0,
        dwelt_ms: 0,
        scroll: 0,
        attended: view.attended,
        closed: false,
    }
}

/// Puts a page in its place by time of opening and returns that place.
fn insert(session: &mut Session, visit: PageVisit) -> usize {
    if visit.attended {
        unattend_others(session, visit.page, visit.opened_at);
    }
    let at = session
        .pages
        .partition_point(|page| page.opened_at <= visit.opened_at);
    let newest = at == session.pages.len();
    let attended = visit.attended;
    session.pages.insert(at, visit);
    if session.current >= at && session.pages.len() > 1 {
        session.current += 1;
    }
    if newest && (attended || session.pages.len() == 1) {
        session.current = at;
    }
    at - fold_oldest(session, at)
}

/// Folds the oldest page into the totals when there are too many; returns by how much places moved.
fn fold_oldest(session: &mut Session, keep: usize) -> usize {
    if session.pages.len() <= MAX_PAGES {
        return 0;
    }
    let oldest = (0..session.pages.len())
        .find(|at| *at != keep && *at != session.current)
        .unwrap_or(0);
    let gone = session.pages.remove(oldest);
    session.totals.folded_active_ms += u64::from(gone.active_ms);
    if session.current > oldest {
        session.current -= 1;
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

/// Only one page can have the visitor's attention: the time of the others stops where this one took it.
fn unattend_others(session: &mut Session, page: PageId, at: Timestamp) {
    for other in session
        .pages
        .iter_mut()
        .filter(|other| other.page != page && other.attended)
    {
        if at >= other.heard_at {
            other.active_ms = u32::try_from(other.active(at).0).unwrap_or(u32::MAX);
            other.heard_at = at;
            other.attended = false;
        }
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
    let now = step.now;
    let Some((session, page)) = step.state.session.as_deref_mut().zip(event.page) else {
        return;
    };
    let Some((at, visit)) = session.page_mut(page) else {
        return;
    };
    let in_order = event.at >= visit.heard_at && !visit.closed;
    grow(visit, active, scroll, now);
    if in_order {
        visit.heard_at = event.at;
        visit.attended = attended;
    }
    if in_order && attended {
        session.current = at;
        unattend_others(session, page, event.at);
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
    let now = step.now;
    let Some((session, page)) = step.state.session.as_deref_mut().zip(event.page) else {
        return;
    };
    let Some((_, visit)) = session.page_mut(page) else {
        return;
    };
    let predicted = visit.active(event.at);
    grow(visit, active.unwrap_or(predicted), scroll.unwrap_or(0), now);
    visit.heard_at = visit.heard_at.max(event.at);
    visit.attended = false;
    visit.closed = true;
}

/// Counts a custom event or goal.
pub(super) fn count_event(step: &mut Step<'_>, goal: bool) {
    if let Some(session) = &mut step.state.session {
        session.totals.custom_events += u32::from(!goal);
        session.totals.goals += u32::from(goal);
    }
}
