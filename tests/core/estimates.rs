//! What an editor is shown of a backtest: an estimate first, the hours of the week, and who takes whose place.

use std::ops::ControlFlow;

use ahlan::backtest::{BacktestError, Job, ONE_IN, estimate, run};
use ahlan::domain::*;
use ahlan::engine::backtest::{Report, Tenths};
use ahlan::rules::{Field, Trigger};

use crate::backtests::{Journal, job, tested, visit};
use crate::make::*;

fn waiting(seconds: f64, first: i32) -> Rules {
    rules()
        .give(rule("view", 30))
        .invite(Trigger {
            condition: at_least(Field::PageActive, seconds),
            priority: first,
            ..trigger("help")
        })
        .invite(Trigger {
            condition: at_least(Field::PageActive, seconds),
            ..trigger("stay")
        })
}

/// One visitor who reads for a minute, one who leaves soon.
fn two() -> Journal {
    let mut long = visit(1, waiting(40.0, 1));
    long.open("a", "/pricing");
    long.read("a", secs(60));
    let mut short = visit(2, waiting(40.0, 1));
    short.open("a", "/");
    short.read("a", secs(15));
    short.tell("a", leave(secs(15)));
    Journal::of(&[long, short])
}

fn candidate(seconds: f64, first: i32) -> Job {
    let mut rules = waiting(seconds, first);
    rules.version = 2;
    job(rules)
}

fn estimated(journal: &Journal, job: &Job) -> Report {
    estimate(journal, job, &mut |_| ControlFlow::Continue(())).expect("nothing goes wrong")
}

/// The same two visitors, so many times over.
fn crowd(pairs: u64) -> Journal {
    let journal = two();
    let copies = journal.records.iter().flat_map(|record| {
        (0..pairs).map(move |nth| {
            let mut id = record.visitor.0;
            id[8..].copy_from_slice(&(nth + 1).wrapping_mul(0xd6e8_feb8_6659_fd93).to_le_bytes());
            Record {
                visitor: VisitorId(id),
                ..record.clone()
            }
        })
    });
    Journal {
        records: copies.collect(),
        ..journal
    }
}

#[test]
fn an_estimate_is_made_from_one_of_so_many_visitors_and_counts_all() {
    let (journal, job) = (crowd(600), candidate(10.0, 1));
    let (whole, guess) = (tested(&journal, &job), estimated(&journal, &job));
    assert_eq!(whole.visitors, 1_200);
    assert!((800..1_600).contains(&guess.visitors), "{}", guess.visitors);
    // Half of them are gained, as far as one can tell from some sixty.
    let gained = guess.gained.visitors as f64 / guess.visitors as f64;
    assert!((0.25..0.75).contains(&gained), "{gained}");
    let counts = [
        guess.visitors,
        guess.events,
        guess.records,
        guess.invited.after,
        guess.invitations.offered.before,
        guess.triggers[0].made.offered.after,
        guess.days[0].made.offered.after,
        guess.hours_of_week[4 * 24 + 21].made.offered.after,
        guess.conflicts[0].times.after,
        guess.scores[0].bands.after.unwrap().sessions,
        guess.stages[0].entered.after,
    ];
    assert!(
        counts.iter().all(|count| *count > 0 && count % ONE_IN == 0),
        "{counts:?}"
    );
    // What the site knew is known whoever was looked at.
    assert_eq!(guess.hours[0].free_most, whole.hours[0].free_most);
    assert_eq!(
        guess.warnings,
        ["an estimate: one of 20 visitors was looked at"]
    );
    assert_eq!(guess, estimated(&journal, &job), "always the same ones");
}

#[test]
fn offers_stand_at_their_hour_of_the_week() {
    let mut journal = two();
    let middle = journal.records.len() / 2;
    for (at, record) in journal.records.iter_mut().enumerate() {
        record.site_now.free_slots = if at < middle { 1 } else { 2 };
    }
    let mut job = candidate(10.0, 1);
    let report = tested(&journal, &job);
    assert_eq!(report.hours_of_week.len(), 168);
    // The visits begin on a Friday at 21:20 in UTC, which is Saturday in Riyadh.
    let friday = &report.hours_of_week[4 * 24 + 21];
    assert_eq!(
        (&*friday.weekday, friday.hour, friday.hours),
        ("fri", 21, 1)
    );
    assert_eq!(
        (friday.made.offered.before, friday.made.offered.after),
        (1, 2)
    );
    assert_eq!(friday.free_least, 1);
    assert!(
        (Tenths(14)..=Tenths(16)).contains(&friday.free_mean),
        "{friday:?}"
    );
    let all: u64 = report
        .hours_of_week
        .iter()
        .map(|hour| hour.made.offered.after)
        .sum();
    assert_eq!(all, report.invitations.offered.after);
    job.zone = jiff::tz::TimeZone::get("Asia/Riyadh").unwrap();
    let there = &tested(&journal, &job).hours_of_week[5 * 24];
    assert_eq!(
        (&*there.weekday, there.hour, there.made.offered.after),
        ("sat", 0, 2)
    );
    let text = serde_json::to_value(friday).unwrap();
    assert!(
        text["free_mean"]
            .as_f64()
            .is_some_and(|mean| (1.4..=1.6).contains(&mean))
    );
    let back: Report = serde_json::from_value(serde_json::to_value(&report).unwrap()).unwrap();
    assert_eq!(back, report);
}

#[test]
fn a_trigger_that_takes_anothers_place_is_told_of() {
    let report = tested(&two(), &candidate(10.0, -1));
    let [row] = &report.replaced[..] else {
        panic!("{:?}", report.replaced);
    };
    assert_eq!(
        (&*row.before, &*row.after, row.visitors),
        ("help", "stay", 1)
    );
    // Whoever is gained had no trigger before.
    assert_eq!(report.gained.visitors, 1);
    assert_eq!(tested(&two(), &candidate(10.0, 1)).replaced, []);
}

#[test]
fn whoever_asks_may_break_off_while_the_last_visitors_are_worked_out() {
    let (journal, job) = (crowd(3_000), candidate(10.0, 1));
    let mut asked = 0;
    let outcome = run(&journal, &job, &mut |progress| {
        // All has been read by then.
        if progress.is_some() {
            return ControlFlow::Continue(());
        }
        asked += 1;
        ControlFlow::Break(())
    });
    assert_eq!((outcome, asked), (Err(BacktestError::Cancelled), 1));
}
