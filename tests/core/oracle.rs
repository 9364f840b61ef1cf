//! A second opinion: keeps everything it was ever told in plain lists and works out from scratch what must be so.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken};
use ahlan::rules::On;

use crate::courtesy::Courtesy;
use crate::make::*;
use crate::visit::Visit;

/// What was heard, in order.
enum Heard {
    Request(Timestamp, Vec<Event>),
    Ring(Timestamp),
}

#[derive(Default)]
pub(crate) struct Oracle {
    heard: Vec<Heard>,
    /// Every event ever accepted, oldest first.
    ids: Vec<EventId>,
    offered: Vec<InvitationId>,
    settled: Vec<InvitationId>,
    consent: Option<(Timestamp, bool)>,
    watch: Courtesy,
    /// Page views that surely, and that possibly, were read for 20 s.
    surely_read: Vec<(PageId, Timestamp)>,
    maybe_read: Vec<(PageId, Timestamp)>,
    /// Events that came again after their ids had been forgotten, and so were accepted again.
    forgotten: usize,
    effects_seen: usize,
    pub(crate) outcomes: [usize; 3],
}

/// What an honest bookkeeper knows of the visit that goes on.
struct Visited {
    started_at: Timestamp,
    last_at: Timestamp,
    page_views: u32,
    given: Vec<(Key, u16)>,
    /// Page, opened at, reported active time.
    pages: Vec<(PageId, Timestamp, Millis)>,
}

/// Everything worked out from scratch.
#[derive(Default)]
struct Account {
    visit: Option<Visited>,
    visits: u32,
    page_views: u32,
    last_seen: Timestamp,
    given_ever: Vec<(Key, u16)>,
    /// When, and how many thousandths of a point.
    entries: Vec<(Timestamp, f64)>,
}

impl Oracle {
    /// Expects this outcome of an event, and notes it if it will be accepted.
    fn expect(&mut self, event: &Event, now: Timestamp) -> Taken {
        let remembered = self.ids.len().saturating_sub(MAX_RECENT_IDS);
        if self.ids[remembered..].contains(&event.id) {
            return Taken::Duplicate;
        }
        let refused = matches!(self.consent, Some((_, false)));
        if let EventKind::Consent { granted } = event.kind {
            let at = event.at.min(now);
            if self.consent.is_none_or(|(then, _)| then <= at) {
                self.consent = Some((at, granted));
                if !granted {
                    self.forget();
                }
            }
        } else if refused {
            return Taken::Rejected(Reject::OptedOut);
        }
        if let EventKind::Invitation { invitation, .. } = event.kind {
            let kept = self.settled.len().saturating_sub(MAX_SETTLED);
            let open = !self.settled.contains(&invitation);
            let known = open || self.settled[kept..].contains(&invitation);
            if !known || !self.offered.contains(&invitation) {
                return Taken::Rejected(Reject::UnknownInvitation);
            }
        }
        self.forgotten += usize::from(self.ids.contains(&event.id));
        self.ids.push(event.id);
        Taken::Accepted
    }

    fn forget(&mut self) {
        self.heard.clear();
        self.offered.clear();
        self.settled.clear();
        self.surely_read.clear();
        self.maybe_read.clear();
    }

    /// Compares a request's outcomes with what they should be.
    pub(crate) fn request(
        &mut self,
        before: &VisitorState,
        visit: &Visit,
        events: &[Event],
        taken: &[Taken],
    ) {
        assert_eq!(events.len(), taken.len(), "every event has one outcome");
        let mut accepted = Vec::new();
        for (event, taken) in events.iter().zip(taken) {
            let forgotten = self.consent;
            assert_eq!(*taken, self.expect(event, visit.now), "{event:?}");
            self.outcomes[match taken {
                Taken::Accepted => 0,
                Taken::Duplicate => 1,
                Taken::Rejected(_) => 2,
            }] += 1;
            if *taken == Taken::Accepted {
                accepted.push(event.clone());
                self.watch.hear(event, visit);
            }
            if self.consent != forgotten && matches!(self.consent, Some((_, false))) {
                accepted.clear();
            }
        }
        if !accepted.is_empty() {
            self.heard.push(Heard::Request(visit.now, accepted));
        }
        // Nothing is concluded from a request that tells nothing new.
        if taken.contains(&Taken::Accepted) {
            self.check(before, visit);
        } else {
            assert_eq!(*before, visit.state);
        }
    }

    pub(crate) fn ring(&mut self, before: &VisitorState, visit: &Visit) {
        self.heard.push(Heard::Ring(visit.now));
        self.check(before, visit);
    }

    fn check(&mut self, before: &VisitorState, visit: &Visit) {
        self.watch.look(visit);
        self.follow(visit);
        let account = self.account(visit);
        self.compare(&account, visit);
        self.compare_reading(&account, before, visit);
    }

    fn follow(&mut self, visit: &Visit) {
        let refused = matches!(self.consent, Some((_, false)));
        for effect in visit.effects[self.effects_seen..]
            .iter()
            .filter(|_| !refused)
        {
            match effect {
                Effect::Offered(offer) => self.offered.push(offer.id),
                Effect::Settled(past) if !self.settled.contains(&past.id) => {
                    self.settled.push(past.id)
                }
                _ => {}
            }
        }
        self.effects_seen = visit.effects.len();
    }

    fn account(&self, visit: &Visit) -> Account {
        let mut account = Account::default();
        for heard in &self.heard {
            match heard {
                Heard::Ring(now) => account.pass(*now),
                Heard::Request(now, events) => {
                    let before = (account.visits > 0).then_some(account.last_seen);
                    for event in events {
                        account.take(event, *now, before, visit);
                        account.last_seen = account.last_seen.max(*now);
                    }
                }
            }
        }
        account
    }

    fn compare(&self, account: &Account, visit: &Visit) {
        let state = &visit.state;
        assert_eq!(
            (state.sessions, state.page_views),
            (account.visits, account.page_views)
        );
        assert_eq!(state.session.is_some(), account.visit.is_some());
        if let Some((session, visited)) = state.session.as_deref().zip(account.visit.as_ref()) {
            assert_eq!(session.started_at, visited.started_at);
            assert_eq!(session.last_at, visited.last_at);
            assert_eq!(session.totals.page_views, visited.page_views);
            // An event that comes again after its id was forgotten opens its page again; the later one is heard of.
            let latest = |page: &&PageVisit| {
                let same = session.pages.iter().rfind(|other| other.page == page.page);
                same.is_some_and(|same| std::ptr::eq(same, *page))
            };
            for page in session.pages.iter().filter(latest) {
                let known = visited
                    .pages
                    .iter()
                    .rfind(|known| (known.0, known.1) == (page.page, page.opened_at));
                let (.., active) = known.expect("a page that was viewed");
                assert_eq!(u64::from(page.active_ms), active.0);
            }
        }
        let score = visit.rules.score(BUY).expect("the rules have it");
        let value = score.value(&state.ledger, visit.now).0 as f64;
        let expected = account.worth(visit, visit.now);
        assert!((value - expected).abs() < 20.0, "{value} is not {expected}");
        let history = &state.invitations;
        assert_eq!(history.settled.len(), self.settled.len().min(MAX_SETTLED));
    }

    /// A page view is rewarded once if it was read for 20 s and never otherwise.
    fn compare_reading(&mut self, account: &Account, before: &VisitorState, visit: &Visit) {
        let note = |list: &mut Vec<(PageId, Timestamp)>, page: PageId, opened_at| {
            if !list.contains(&(page, opened_at)) {
                list.push((page, opened_at));
            }
        };
        let long = secs(20);
        for page in visit
            .state
            .session
            .iter()
            .flat_map(|session| &session.pages)
        {
            if page.active(visit.now) >= long {
                note(&mut self.surely_read, page.page, page.opened_at);
            }
        }
        for (page, opened_at, active) in account.visit.iter().flat_map(|visit| &visit.pages) {
            if *active >= long {
                note(&mut self.maybe_read, *page, *opened_at);
            }
        }
        if !visit.state.opted_out {
            for page in before.session.iter().flat_map(|session| &session.pages) {
                if page.active(visit.now) >= long {
                    note(&mut self.maybe_read, page.page, page.opened_at);
                }
            }
        }
        for (page, opened_at) in &self.surely_read {
            note(&mut self.maybe_read, *page, *opened_at);
        }
        let score = visit.rules.score(READ).expect("the rules have it");
        let read = score.value(&visit.state.ledger, visit.now).rounded();
        assert!(
            read >= self.surely_read.len() as i64,
            "{read} < {}",
            self.surely_read.len()
        );
        assert!(
            read <= (self.maybe_read.len() + self.forgotten) as i64,
            "{read} > {}",
            self.maybe_read.len()
        );
    }
}

impl Account {
    fn pass(&mut self, moment: Timestamp) {
        self.visit = self
            .visit
            .take()
            .filter(|visit| moment.since(visit.last_at) < SESSION_GAP);
    }

    fn take(
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
            EventKind::Engage { active, .. } => self.grow(event, *active, now),
            EventKind::Leave {
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
            let after = (before + rule.points.0 as f64).clamp(0.0, 100_000.0);
            self.entries.push((now, after - before));
        }
    }

    fn worth(&self, sim: &Visit, now: Timestamp) -> f64 {
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

/// The score that counts pages read.
pub(crate) const READ: Key = Key::of("read");

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
