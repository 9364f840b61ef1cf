//! Whether a backtest of the live version tells what really happened: the same visitors, triggers and moments, offered
//! or withheld.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::backtest::{self, Job, Source};
use ahlan::demo;
use ahlan::domain::*;
use ahlan::engine::backtest::Report;
use ahlan::engine::{Effect, Rerun, SiteHistory};
use ahlan::rules::RuleSet;
use ahlan::store::{RecordBytes, StoreError, VisitorStore};

use crate::house::{House, SITE};

/// The house's journal; its rules were always the same.
struct Past<'a>(&'a House);

impl Source for Past<'_> {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.store.scan(from, to, look)
    }

    fn rules(&self, _: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        Ok(Some(Arc::clone(&self.0.rules)))
    }
}

fn report(house: &House, now: Timestamp, threads: usize) -> Report {
    let job = Job {
        site: demo::SITE.to_owned(),
        candidate: Arc::clone(&house.rules),
        against: None,
        since: Timestamp(0),
        until: now + Millis(1),
        zone: jiff::tz::TimeZone::UTC,
        threads,
    };
    backtest::run(&Past(house), &job, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// One decision: the trigger, the moment, and whether it was withheld.
type Decision = (Key, Timestamp, bool);

/// The decisions that a visitor's state tells of.
fn decided(state: &VisitorState) -> Vec<Decision> {
    let history = &state.invitations;
    let settled = history.settled.iter().map(|past| {
        let withheld = past.how == Settlement::Withheld;
        (past.trigger, past.offered_at, withheld)
    });
    let open = history.open.iter().map(|open| {
        let withheld = open.state == InvitationState::Withheld;
        (open.trigger, open.offered_at, withheld)
    });
    settled.chain(open).collect()
}

/// The decisions that a rerun of the visitor's records makes, since the visitor last refused tracking.
fn rerun(house: &House, site: &SiteHistory, records: &[Record], now: Timestamp) -> Vec<Decision> {
    let mut records = records.iter().rev().peekable();
    let first = records.peek().expect("there are records");
    let fresh = VisitorState::new(first.site, first.visitor, first.now);
    let mut course = Rerun::new(&house.rules, site, fresh, first.now);
    let mut decisions = Vec::new();
    let mut look = |look: &ahlan::engine::Look<'_>| {
        for effect in look.effects {
            let open = look.state.invitations.open.as_deref();
            let trigger = open.map(|open| open.trigger);
            match effect {
                Effect::Offered(offer) => decisions.push((offer.trigger, look.now, false)),
                Effect::Withheld(_) => decisions.extend(trigger.map(|key| (key, look.now, true))),
                Effect::SessionStarted(_)
                | Effect::SessionEnded(_)
                | Effect::StageChanged { .. }
                | Effect::Shown(..)
                | Effect::Revoked(_)
                | Effect::Settled(_)
                | Effect::Learned(_)
                | Effect::Suppressed { .. }
                | Effect::Identified
                | Effect::Chat(..)
                | Effect::Goal { .. } => {}
            }
        }
        if look.state.opted_out {
            decisions.clear();
        }
    };
    for record in records {
        course.feed(record, &mut look);
    }
    course.finish(now, &mut look);
    decisions
}

pub(crate) fn backtest_tells_what_happened(
    house: &House,
    people: &[VisitorId],
    invitations: usize,
    now: Timestamp,
) {
    let one = report(house, now, 1);
    let made = one.invitations;
    assert_eq!(made.offered.before, made.offered.after);
    assert_eq!(made.withheld.before, made.withheld.after);
    let all = made.offered.after + made.withheld.after;
    assert_eq!(all, invitations as u64, "as many as were watched");
    assert_eq!((one.gained.visitors, one.lost.visitors), (0, 0));
    assert_eq!(one, report(house, now, 3), "whatever the number of threads");
    let mut site = SiteHistory::default();
    let scanned = house
        .store
        .scan(Timestamp(0), now + Millis(1), &mut |_, bytes| {
            let head = bytes.head().unwrap();
            site.note(head.now, &head.site_now);
            ControlFlow::Continue(())
        });
    scanned.unwrap();
    let mut triggers: BTreeMap<String, u64> = BTreeMap::new();
    for person in people {
        let Some(state) = house.state(*person) else {
            continue;
        };
        let records = house.store.records(SITE, *person, usize::MAX).unwrap();
        let decisions = rerun(house, &site, &records, now);
        assert_eq!(decisions, decided(&state), "{person}");
        for (trigger, _, withheld) in decisions {
            let id = &house.rules.trigger(trigger).expect("it is known").id;
            *triggers.entry(id.to_string()).or_default() += u64::from(!withheld);
        }
    }
    // Whoever refused tracking is in the report and in no state.
    for (trigger, offered) in triggers {
        let row = one.triggers.iter().find(|row| row.trigger == trigger);
        let told = row.expect("it is in the report").made.offered;
        assert!(
            told.after >= offered,
            "{trigger}: {told:?} beside {offered}"
        );
    }
}
