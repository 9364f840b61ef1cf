//! What other rules would have done with recorded traffic.

use std::ops::ControlFlow;
use std::sync::Arc;

use ahlan::backtest::{BacktestError, Job, Source, run};
use ahlan::domain::*;
use ahlan::engine::backtest::{Report, Versus};
use ahlan::rules::{Field, RuleSet, Trigger, Variant};
use ahlan::store::{RecordBytes, StoreError};

use crate::make::*;
use crate::story::busy_rules;
use crate::visit::Visit;

/// A journal in memory, and the versions that its records were made under.
#[derive(Default)]
pub(crate) struct Journal {
    pub(crate) records: Vec<Record>,
    pub(crate) versions: Vec<Arc<RuleSet>>,
}

impl Journal {
    /// The visits of several visitors, in the order of a journal.
    pub(crate) fn of(visits: &[Visit]) -> Self {
        let all = visits.iter().flat_map(Visit::records);
        let mut records: Vec<Record> = all.cloned().collect();
        records.sort_by_key(|record| record.now);
        let versions = visits.iter().map(|visit| Arc::new(visit.rules.clone()));
        Self {
            records,
            versions: versions.collect(),
        }
    }
}

impl Source for Journal {
    fn scan(
        &self,
        from: Timestamp,
        to: Timestamp,
        look: &mut dyn FnMut(Seq, RecordBytes<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for record in &self.records {
            let within = from <= record.now && record.now < to;
            let bytes = RecordBytes::of(record);
            if within && look(Seq::at(record.now), RecordBytes(&bytes)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rules(&self, hash: RuleSetHash) -> Result<Option<Arc<RuleSet>>, StoreError> {
        let found = self.versions.iter().find(|rules| rules.hash == hash);
        Ok(found.cloned())
    }
}

pub(crate) fn job(candidate: Rules) -> Job {
    Job {
        site: "shop".into(),
        candidate: Arc::new(candidate.build()),
        against: None,
        since: START,
        until: START + mins(120),
        zone: jiff::tz::TimeZone::UTC,
        threads: 1,
    }
}

pub(crate) fn tested(journal: &Journal, job: &Job) -> Report {
    run(journal, job, &mut |_| ControlFlow::Continue(())).expect("nothing goes wrong")
}

fn other(mut rules: Rules) -> Rules {
    rules.version = 2;
    rules
}

pub(crate) fn visit(nth: u8, rules: Rules) -> Visit {
    let mut visit = Visit::new(rules);
    visit.state = VisitorState::new(SITE, visitor(nth), START);
    visit.record();
    visit
}

fn waiting(seconds: f64) -> Rules {
    rules()
        .give(rule("view", 30))
        .invite(Trigger {
            condition: at_least(Field::PageActive, seconds),
            ..trigger("help")
        })
        .invite(Trigger {
            priority: -1,
            condition: at_least(Field::PageActive, seconds),
            ..trigger("stay")
        })
        .invite(Trigger {
            condition: at_least(Field::PageActive, 10_000.0),
            ..trigger("never")
        })
}

/// One visitor reads for a short time, one for longer, one goes on to pay.
fn shoppers(seconds: f64) -> Journal {
    let mut short = visit(1, waiting(seconds));
    short.open("a", "/");
    short.read("a", secs(15));
    short.tell("a", leave(secs(15)));
    let mut long = visit(2, waiting(seconds));
    long.open("a", "/pricing");
    long.read("a", secs(60));
    long.wait(mins(40));
    let mut pays = visit(3, waiting(seconds));
    pays.open("a", "/checkout");
    pays.read("a", secs(60));
    Journal::of(&[short, long, pays])
}

fn versus(before: u64, after: u64) -> Versus {
    Versus { before, after }
}

#[test]
fn a_quicker_trigger_gains_those_who_left_early() {
    let report = tested(&shoppers(40.0), &job(other(waiting(10.0))));
    assert_eq!(report.visitors, 3);
    assert_eq!(report.invited, versus(1, 2));
    assert_eq!(report.invitations.offered, versus(1, 2));
    assert_eq!((report.gained.visitors, report.lost.visitors), (1, 0));
    let gained = &report.gained.examples[0];
    assert_eq!(gained.visitor, visitor(1).to_string());
    assert_eq!(
        (gained.at, &*gained.trigger),
        ((START + secs(10)).0, "help")
    );
    assert_eq!(gained.scores["buy"], 30);
    assert_eq!(report.on_silent_page, versus(0, 0));
    assert_eq!(report.unfired.triggers, ["never", "stay"]);
    assert_eq!(report.unfired.score_rules, Vec::<String>::new());
}

#[test]
fn a_slower_trigger_loses_them() {
    let report = tested(&shoppers(10.0), &job(other(waiting(40.0))));
    assert_eq!(report.invited, versus(2, 1));
    assert_eq!((report.gained.visitors, report.lost.visitors), (0, 1));
    assert_eq!(report.lost.examples[0].visitor, visitor(1).to_string());
}

#[test]
fn a_trigger_that_stands_back_is_told_of() {
    let report = tested(&shoppers(40.0), &job(other(waiting(10.0))));
    let conflict = &report.conflicts[0];
    assert_eq!((&*conflict.trigger, &*conflict.silenced), ("help", "stay"));
    assert_eq!(conflict.times, versus(1, 2));
}

#[test]
fn whoever_would_be_disturbed_is_counted() {
    let bold = waiting(10.0).policy(|policy| policy.never_on.clear());
    let report = tested(&shoppers(40.0), &job(other(bold)));
    assert_eq!(report.on_silent_page, versus(0, 1));
    assert_eq!(report.while_chatting, versus(0, 0));
}

#[test]
fn offers_are_told_by_variant() {
    let mut varied = other(waiting(10.0));
    let invitation = varied.triggers[0].invitation.clone();
    varied.triggers[0].variants = ["plain", "warm"]
        .map(|id| Variant {
            id: id.into(),
            weight: 1,
            invitation: invitation.clone(),
        })
        .into();
    varied.triggers[0].holdout = Share(3_000);
    let visits = (1..=60).map(|nth| {
        let mut visit = visit(nth, waiting(40.0));
        visit.open("a", "/pricing");
        visit.read("a", secs(60));
        visit
    });
    let journal = Journal::of(&visits.collect::<Vec<_>>());
    let report = tested(&journal, &job(varied));
    let [help] = &report.triggers[..] else {
        panic!("{:#?}", report.triggers);
    };
    let [plain, warm] = &help.variants[..] else {
        panic!("{help:#?}");
    };
    assert_eq!((&*plain.variant, &*warm.variant), ("plain", "warm"));
    for one in [plain, warm] {
        assert_eq!((one.made.offered.before, one.made.withheld.before), (0, 0));
        assert!(
            one.made.offered.after > 5 && one.made.withheld.after > 0,
            "{one:?}"
        );
    }
    let (offered, withheld) = (help.made.offered, help.made.withheld);
    assert_eq!(offered.before, 60);
    assert_eq!(
        plain.made.offered.after + warm.made.offered.after,
        offered.after
    );
    assert_eq!(
        plain.made.withheld.after + warm.made.withheld.after,
        withheld.after
    );
    assert_eq!(offered.after + withheld.after, 60);
    // Rules without variants tell of none.
    let again = tested(&journal, &job(other(waiting(10.0))));
    assert!(again.triggers[0].variants.is_empty());
}

#[test]
fn scores_and_stages_are_seen_at_the_end_of_sessions() {
    let mut richer = waiting(10.0);
    richer.score_rules[0].award = ahlan::rules::Award::Fixed(Points::whole(70));
    let report = tested(&shoppers(40.0), &job(other(richer)));
    let bands = &report.scores[0].bands;
    let (before, after) = (bands.before.unwrap(), bands.after.unwrap());
    // Before, one session was seen to end. The candidate's own wake-ups see all three.
    assert_eq!((before.sessions, before.p50, before.tenths[3]), (1, 30, 1));
    assert_eq!((after.sessions, after.p50, after.tenths[7]), (3, 70, 3));
    let hot = report.stages.iter().find(|row| row.stage == "hot").unwrap();
    assert_eq!(hot.entered, versus(0, 3));
    let warm = report.stages.iter().find(|row| row.stage == "warm");
    assert_eq!(warm.unwrap().entered, versus(3, 0));
}

#[test]
fn offers_stand_beside_what_agents_could_take() {
    let mut journal = shoppers(40.0);
    for record in &mut journal.records {
        record.site_now.free_slots = 1;
    }
    let report = tested(&journal, &job(other(waiting(10.0))));
    let hour = report.hours[0];
    assert_eq!(hour.made.offered, versus(1, 2));
    assert_eq!((hour.free_least, hour.free_most), (1, 1));
    assert_eq!(report.capacity.hours_over, versus(0, 1));
    assert_eq!(report.capacity.peak.after.unwrap().offered, 2);
    assert_eq!(report.days[0].made.offered, versus(1, 2));
    assert_eq!(report.days[0].day, "2025-11-21");
}

#[test]
fn the_period_begins_where_it_is_told_to() {
    let mut job = job(other(waiting(10.0)));
    job.since = START + secs(30);
    let report = tested(&shoppers(40.0), &job);
    // Who read for a minute is invited as soon as the candidate rules; who had left by then is not.
    assert_eq!(report.invited, versus(1, 1));
    assert_eq!(report.gained.visitors, 0);
    assert_eq!(report.warnings, Vec::<String>::new());
    job.since = START - mins(5);
    let report = tested(&shoppers(40.0), &job);
    assert_eq!(
        report.warnings,
        ["the journal begins 5m after the beginning of the period"]
    );
}

#[test]
fn two_versions_are_compared_with_each_other() {
    let mut job = job(other(waiting(20.0)));
    let mut against = waiting(10.0);
    against.version = 3;
    job.against = Some(Arc::new(against.build()));
    let report = tested(&shoppers(40.0), &job);
    assert_eq!(report.invited, versus(2, 1));
    assert_eq!(report.against, Some(RuleSetHash(3).to_string()));
}

#[test]
fn unknown_rules_are_warned_of() {
    let mut journal = shoppers(10.0);
    journal.versions.clear();
    let report = tested(&journal, &job(other(waiting(10.0))));
    assert!(report.warnings[0].contains("0000000000000001 are not kept"));
    assert_eq!(report.invited, versus(0, 2));
}

#[test]
fn whoever_asks_may_break_off() {
    let mut records = Vec::new();
    let journal = shoppers(10.0);
    while records.len() < 40_000 {
        records.extend(journal.records.iter().cloned());
    }
    let journal = Journal { records, ..journal };
    let mut told = 0;
    let outcome = run(&journal, &job(other(waiting(10.0))), &mut |progress| {
        told += 1;
        assert_eq!(progress.map(|it| it.records), Some(16_384));
        ControlFlow::Break(())
    });
    assert_eq!((outcome, told), (Err(BacktestError::Cancelled), 1));
}

/// A busy shop: many visitors, each on a walk of their own.
fn busy_shop() -> Journal {
    let visits = (0..60_u8).map(|nth| {
        let mut visit = visit(nth, busy_rules());
        let mut dice = crate::dice::Dice(u64::from(nth) + 1);
        for page in 0..12 {
            let page = format!("p{page}");
            let url = *dice.pick(&["/", "/pricing", "/help", "/checkout"]);
            visit.open(&page, url);
            visit.read(&page, secs(1 + dice.below(50)));
            if dice.percent(30) && visit.offer().is_some() {
                visit.answer(InvitationOutcome::Dismissed);
            }
            if dice.percent(10) {
                visit.wait(mins(31));
            }
        }
        visit.wait(mins(60));
        visit
    });
    Journal::of(&visits.collect::<Vec<_>>())
}

#[test]
fn the_same_journal_and_version_give_the_same_bytes_on_any_number_of_threads() {
    let journal = busy_shop();
    let mut candidate = other(busy_rules());
    candidate.triggers[0].condition = at_least(Field::PageActive, 4.0);
    let mut job = job(candidate);
    job.until = START + mins(600);
    let one = serde_json::to_string(&tested(&journal, &job)).unwrap();
    for threads in [2, 3, 8] {
        job.threads = threads;
        let more = serde_json::to_string(&tested(&journal, &job)).unwrap();
        assert_eq!(one, more, "{threads} threads");
    }
    let report: Report = serde_json::from_str(&one).unwrap();
    assert!(report.invited.before > 10 && report.invited.after > 10);
    let row = report.triggers.iter().find(|row| row.trigger == "reader");
    let offered = row.expect("it invites").made.offered;
    assert!(offered.after > offered.before, "{offered:?}");
}

#[test]
fn the_rules_in_force_change_nothing() {
    let journal = busy_shop();
    for version in [1, 2] {
        let mut same = busy_rules();
        same.version = version;
        let mut job = job(same);
        job.until = START + mins(600);
        let report = tested(&journal, &job);
        assert_eq!((report.gained.visitors, report.lost.visitors), (0, 0));
        for row in &report.triggers {
            assert_eq!(row.made.offered.before, row.made.offered.after, "{row:?}");
            assert_eq!(row.made.withheld.before, row.made.withheld.after, "{row:?}");
        }
        for hour in &report.hours {
            assert_eq!(
                hour.made.offered.before, hour.made.offered.after,
                "{hour:?}"
            );
        }
    }
}
