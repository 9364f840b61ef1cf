//! One visitor under one rule set, driven through the front door of the engine: requests in, effects out, and timers
//! that ring when the engine asked for it and at no other time.

use ahlan::domain::*;
use ahlan::engine::{
    Effect, Effects, Input, Taken, apply, begins_session, open_for_browser, set_scores, step,
};
use ahlan::rules::RuleSet;

use crate::make::*;

/// A visitor, the clock on the wall and everything that followed so far.
pub(crate) struct Visit {
    pub(crate) rules: RuleSet,
    pub(crate) site: SiteNow,
    pub(crate) state: VisitorState,
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<Effect>,
    pub(crate) wake_at: Option<Timestamp>,
    /// How the visitor comes, whenever a session begins.
    pub(crate) arrival: Arrival,
    /// How often a timer rang.
    pub(crate) ticks: usize,
    /// The journal, if it is kept: what the shell would write.
    journal: Option<Vec<Record>>,
    next_id: u64,
}

impl Visit {
    pub(crate) fn new(rules: Rules) -> Self {
        Self::under(rules.build())
    }

    /// A visitor under rules that were compiled.
    pub(crate) fn under(rules: RuleSet) -> Self {
        Self {
            rules,
            arrival: arrival("google"),
            site: open_site(),
            state: VisitorState::new(SITE, visitor(7), START),
            now: START,
            effects: Vec::new(),
            wake_at: None,
            ticks: 0,
            journal: None,
            next_id: 0,
        }
    }

    /// An event of this moment on a page.
    pub(crate) fn event(&mut self, page: &str, kind: EventKind) -> Event {
        self.next_id += 1;
        Event {
            id: EventId(self.next_id),
            at: self.now,
            page: (!page.is_empty()).then(|| PageId::of(page)),
            kind,
        }
    }

    /// Reports something that happens now. Page `""` is none.
    pub(crate) fn tell(&mut self, page: &str, kind: EventKind) -> Taken {
        let event = self.event(page, kind);
        self.request(vec![event])[0]
    }

    /// Reports something that happened so long ago.
    pub(crate) fn tell_late(&mut self, ago: Millis, page: &str, kind: EventKind) -> Taken {
        let mut event = self.event(page, kind);
        event.at = self.now - ago;
        self.request(vec![event])[0]
    }

    /// Opens a page in front of the visitor.
    pub(crate) fn open(&mut self, page: &str, url: &str) -> Taken {
        self.tell(page, EventKind::PageView(Box::new(page_view(url))))
    }

    /// One request.
    pub(crate) fn request(&mut self, events: Vec<Event>) -> Vec<Taken> {
        let begins = begins_session(&self.state, &events);
        let batch = Batch {
            arrival: begins.then(|| Box::new(self.arrival.clone())),
            events,
        };
        let (taken, effects) = apply(&self.rules, &self.site, &mut self.state, &batch, self.now);
        self.write(batch, &taken);
        self.follow(effects);
        taken
    }

    /// Keeps a journal from here on.
    pub(crate) fn record(&mut self) {
        self.journal = Some(Vec::new());
    }

    pub(crate) fn records(&self) -> &[Record] {
        self.journal.as_deref().expect("a journal is kept")
    }

    /// Writes the accepted events of a request, as the shell does.
    fn write(&mut self, batch: Batch, taken: &[Taken]) {
        let accepted = batch.events.into_iter().zip(taken);
        let events: Vec<_> = accepted
            .filter_map(|(event, taken)| (*taken == Taken::Accepted).then_some(event))
            .collect();
        if !events.is_empty() {
            let arrival = batch.arrival;
            self.note(Cause::Events(Batch { arrival, events }));
        }
    }

    fn note(&mut self, cause: Cause) {
        if let Some(journal) = &mut self.journal {
            journal.push(Record {
                visitor: self.state.id,
                site: self.state.site,
                now: self.now,
                rules: self.rules.hash,
                site_now: self.site.clone(),
                cause,
            });
        }
    }

    /// Rings now, asked or not.
    pub(crate) fn tick(&mut self) {
        let now = self.now;
        self.ticks += 1;
        self.note(Cause::Tick);
        let (_, effects) = step(&self.rules, &self.site, &mut self.state, Input::Tick, now);
        self.follow(effects);
    }

    /// Gives new scores now, as the shell does.
    pub(crate) fn rescore(&mut self, scores: &Scores) -> Vec<Effect> {
        let now = self.now;
        self.note(Cause::Rescore(Box::new(scores.clone())));
        let effects = set_scores(&self.rules, &self.site, &mut self.state, scores, now);
        let told = effects.list.clone();
        self.follow(effects);
        told
    }

    fn follow(&mut self, effects: Effects) {
        assert!(
            effects.wake_at.is_none_or(|at| at > self.now),
            "a wake-up lies in the future"
        );
        self.wake_at = effects.wake_at;
        self.effects.extend(effects.list);
        assert_sound(&self.rules, &self.state, self.now);
    }

    /// Lets time pass; only the timers that the engine asked for ring.
    pub(crate) fn wait(&mut self, span: Millis) {
        let until = self.now + span;
        while let Some(at) = self.wake_at.filter(|at| *at <= until) {
            self.now = at;
            self.tick();
        }
        self.now = until;
    }

    /// Lets time pass while the tracker says every 15 s that this page is attended.
    pub(crate) fn read(&mut self, page: &str, span: Millis) {
        let until = self.now + span;
        while self.now < until {
            let before = self.state.clone();
            let active = page_of(&before, page)
                .expect("the page is kept")
                .active(self.now);
            let nap = secs(15).min(until.since(self.now));
            self.wait(nap);
            self.tell(page, engage(active + nap, true));
        }
    }

    pub(crate) fn session(&self) -> &Session {
        self.state.session.as_deref().expect("a session goes on")
    }

    pub(crate) fn page(&self, page: &str) -> &PageVisit {
        page_of(&self.state, page).expect("the page is kept")
    }

    /// The score `buy` in whole points.
    pub(crate) fn buy(&self) -> i64 {
        let score = self.rules.score(BUY).expect("the rules have it");
        score.value(&self.state.ledger, self.now).rounded()
    }

    /// What the browser is offered.
    pub(crate) fn offer(&self) -> Option<&Invitation> {
        open_for_browser(&self.state, self.now)
    }

    /// The ids of the triggers that invited, in order; withheld ones are left out.
    pub(crate) fn invited(&self) -> Vec<&str> {
        let offers = self.effects.iter().filter_map(|effect| match effect {
            Effect::Offered(offer) => Some(&*offer.trigger_name),
            _ => None,
        });
        offers.collect()
    }

    /// How invitations ended, in order.
    pub(crate) fn ended(&self) -> Vec<Settlement> {
        let ends = self.effects.iter().filter_map(|effect| match effect {
            Effect::Settled(past) => Some(past.how),
            _ => None,
        });
        ends.collect()
    }

    /// The browser's word on the invitation that is open.
    pub(crate) fn answer_open(&mut self, outcome: InvitationOutcome) -> Taken {
        let open = self.state.invitations.open.as_ref();
        let invitation = open.expect("one is open").id;
        let kind = EventKind::Invitation {
            invitation,
            outcome,
        };
        self.tell("", kind)
    }

    /// The browser's word on the latest invitation that was offered.
    pub(crate) fn answer(&mut self, outcome: InvitationOutcome) -> Taken {
        let offers = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Offered(offer) => Some(offer.id),
            _ => None,
        });
        let invitation = offers.expect("something was offered");
        self.tell(
            "",
            EventKind::Invitation {
                invitation,
                outcome,
            },
        )
    }
}

fn page_of<'a>(state: &'a VisitorState, page: &str) -> Option<&'a PageVisit> {
    let session = state.session.as_deref()?;
    session
        .pages
        .iter()
        .rfind(|visit| visit.page == PageId::of(page))
}

/// What holds at every moment, whatever happened.
pub(crate) fn assert_sound(rules: &RuleSet, state: &VisitorState, now: Timestamp) {
    if let Some(session) = state.session.as_deref() {
        let attended: Vec<_> = (0..session.pages.len())
            .filter(|at| session.pages[*at].attended)
            .collect();
        assert!(attended.len() <= 1, "one page at a time is attended");
        assert!(attended.iter().all(|at| *at == session.current));
        assert!(session.pages.is_sorted_by_key(|page| page.opened_at));
        assert!(session.pages.len() <= MAX_PAGES);
        assert!(session.current < session.pages.len().max(1));
        assert!(session.last_at <= now && session.started_at <= session.last_at);
    }
    for score in &rules.scores {
        let value = score.value(&state.ledger, now);
        assert!(
            value >= Points::ZERO && value <= score.max.max(Points::ZERO),
            "{value:?}"
        );
    }
    let history = &state.invitations;
    assert!(history.settled.len() <= MAX_SETTLED);
    assert!(history.accepted + history.dismissed <= history.shown);
    assert!(history.shown <= history.made);
    assert!(!state.opted_out || state.session.is_none() && history.open.is_none());
}
