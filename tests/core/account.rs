//! The oracle's bookkeeping: visits, pages and points worked out from scratch from everything that was accepted.

use ahlan::domain::*;
use ahlan::rules::On;

use crate::make::*;
use crate::visit::Visit;

/// What an honest bookkeeper knows of the visit that goes on.
pub(crate) struct Visited {
    pub(crate) started_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) page_views: u32,
    pub(crate) given: Vec<(Key, u16)>,
    /// Page, opened at, reported active time.
    pub(crate) pages: Vec<(PageId, Timestamp, Millis)>,
}

/// Everything worked out from scratch.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) visit: Option<Visited>,
    pub(crate) visits: u32,
    pub(crate) page_views: u32,
    pub(crate) last_seen: Timestamp,
    pub(crate) given_ever: Vec<(Key, u16)>,
    /// When, and how many thousandths of a point.
    pub(crate) entries: Vec<(Timestamp, f64)>,
}

impl Account {
    pub(crate) fn pass(&mut self, moment: Timestamp) {
        self.visit = self
            .visit
            .take()
            .filter(|visit| moment.since(visit.last_at) < SESSION_GAP);
    }

    pub(crate) fn take(
        &mut self,
        event: &Event,
        now: Timestamp,
        heard_before: Option<Timestamp>,
        sim: &Visit,
    ) {
        let at = event.at.min(now);
        self.pass(at);
        let life = matches!(
            event.kind,
            EventKind::PageView(_)
                | EventKind::Custom { .. }
                | EventKind::Goal { .. }
                | EventKind::Identify { .. }
        );
        let straggles =
            heard_before.is_some_and(|heard| at < heard) && now.since(at) >= SESSION_GAP;
        let begins = self.visit.is_none() && life && !straggles;
        if begins {
            self.visits += 1;
            self.visit = Some(Visited {
                started_at: at,
                last_at: at,
                page_views: 0,
                given: Vec::new(),
                pages: Vec::new(),
            });
        }
        if let Some(visit) = &mut self.visit {
            visit.last_at = visit.last_at.max(at);
        }
        match &event.kind {
            EventKind::PageView(view) => self.view(event, view, at, now, sim),
            EventKind::Engage { active, .. }
            | EventKind::Leave {
                active: Some(active),
                ..
            } => self.grow(event, *active, now),
            EventKind::Custom { .. } => self.give(On::Custom, None, now, sim),
            EventKind::Goal { .. } => self.give(On::Goal, None, now, sim),
            EventKind::Identify { .. } => self.give(On::Identify, None, now, sim),
            _ => {}
        }
        if begins {
            self.give(On::SessionStart, None, now, sim);
        }
    }

    fn view(
        &mut self,
        event: &Event,
        view: &PageViewEvent,
        at: Timestamp,
        now: Timestamp,
        sim: &Visit,
    ) {
        self.page_views += 1;
        let Some(visit) = &mut self.visit else { return };
        if visit.started_at.since(at) < SESSION_GAP {
            visit.page_views += 1;
            visit
                .pages
                .push((event.page.expect("every page is named"), at, Millis::ZERO));
            let help = view.url.contains("/help");
            self.give(On::PageView, help.then_some(Key::of("help")), now, sim);
        }
    }

    fn grow(&mut self, event: &Event, active: Millis, now: Timestamp) {
        let pages = self.visit.iter_mut().flat_map(|visit| &mut visit.pages);
        let mut latest_first = pages.rev();
        if let Some((_, opened_at, known)) = latest_first.find(|page| Some(page.0) == event.page) {
            *known = (*known).max(active.min(now.since(*opened_at) + secs(2)));
        }
    }

    /// Gives the points of every rule of this kind that has no condition but its page type and its caps.
    fn give(&mut self, on: On, page_type: Option<Key>, now: Timestamp, sim: &Visit) {
        let mut rules: Vec<_> = sim
            .rules
            .score_rules
            .iter()
            .filter(|rule| rule.on == on)
            .collect();
        rules.sort_by_key(|rule| rule.key);
        for rule in rules {
            let fits = rule.page_types.is_empty()
                || page_type.is_some_and(|key| rule.page_types.contains(&key));
            let in_visit = self.visit.as_mut().map(|visit| &mut visit.given);
            let in_visit = in_visit.map_or(0, |given| tally(given, rule.key));
            let ever = tally(&mut self.given_ever, rule.key);
            let spent = rule.max_per_session.is_some_and(|max| in_visit >= max)
                || rule.max_per_visitor.is_some_and(|max| ever >= max);
            if rule.score != BUY || !fits || spent {
                continue;
            }
            bump(&mut self.given_ever, rule.key);
            if let Some(visit) = &mut self.visit {
                bump(&mut visit.given, rule.key);
            }
            let before = self.worth(sim, now).round();
            let after = (before + rule.award.most().0 as f64).clamp(0.0, 100_000.0);
            self.entries.push((now, after - before));
        }
    }

    pub(crate) fn worth(&self, sim: &Visit, now: Timestamp) -> f64 {
        let half_life = sim.rules.score(BUY).and_then(|score| score.half_life);
        let factor = |then: &Timestamp| {
            half_life.map_or(1.0, |span| {
                0.5_f64.powf(now.since(*then).0 as f64 / span.0 as f64)
            })
        };
        self.entries
            .iter()
            .map(|(then, points)| points * factor(then))
            .sum()
    }
}

fn tally(given: &mut [(Key, u16)], rule: Key) -> u16 {
    given
        .iter()
        .find(|(key, _)| *key == rule)
        .map_or(0, |(_, times)| *times)
}

fn bump(given: &mut Vec<(Key, u16)>, rule: Key) {
    match given.iter_mut().find(|(key, _)| *key == rule) {
        Some((_, times)) => *times += 1,
        None => given.push((rule, 1)),
    }
}
