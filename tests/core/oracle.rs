//! A second opinion: keeps everything it was ever told in plain lists and works out from scratch what must be so.

use ahlan::domain::*;
use ahlan::engine::{Effect, Taken};

use crate::account::Account;
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
                    self.settled.push(past.id);
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

/// The score that counts pages read.
pub(crate) const READ: Key = Key::of("read");
