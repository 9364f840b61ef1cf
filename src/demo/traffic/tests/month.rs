//! A simulated month of the demonstration's visitors, in which greeting has an effect that is known: does the report on
//! effects tell the truth?
//!
//! Every person lives the same month three times: in a world where all who are eligible are greeted, in one where none of
//! them is, and in one where a holdout divides them. The first two tell what greeting really does to these people; the
//! report of the third must hold that within its intervals. What a person thinks of a greeting, and the luck of the day,
//! are drawn from the seed and are the same in all worlds.

use std::sync::Arc;

use crate::demo::shop_rules;
use crate::domain::{Decision, Millis, Outcome, RuleSetHash, Share, Timestamp};
use crate::engine::uplift::{
    ALPHA, By, Effectiveness, Figures, Group, PartEffect, TriggerEffect, Verdict, uplift,
};
use crate::rules::{RuleSet, compile};

use super::super::dice::Dice;
use super::super::plan::Plan;
use super::super::script::Step;
use super::life::Life;

pub(super) const START: Timestamp = Timestamp(1_763_760_000_000);
pub(super) const MONTH: Millis = Millis::from_days(30);
pub(super) const PEOPLE: u64 = 6_000;
/// The share of the withheld where there is one, in ten-thousandths.
const DIVIDED: u16 = 4_000;
const TRIGGER: &str = "pricing-questions";

/// What a greeting does to people: chances of a purchase at the end of the last visit, in percent.
#[derive(Clone, Copy)]
pub(super) struct Nature {
    pub(super) usual: u64,
    /// Of those who have talked to somebody.
    pub(super) accepted: u64,
    /// Of those who were annoyed.
    pub(super) dismissed: u64,
}

const HELPFUL: Nature = Nature {
    usual: 5,
    accepted: 45,
    dismissed: 5,
};
const IDLE: Nature = Nature {
    usual: 30,
    accepted: 30,
    dismissed: 30,
};
const HARMFUL: Nature = Nature {
    usual: 35,
    accepted: 35,
    dismissed: 0,
};

/// The shop's rules with one trigger that speaks, and this share of its visitors withheld.
fn rules(holdout: u16) -> Arc<RuleSet> {
    let compiled = compile(&shop_rules());
    let mut rules = compiled.unwrap_or_else(|said| panic!("{said:#?}")).rule_set;
    rules.hash = RuleSetHash(u64::from(holdout));
    for trigger in &mut rules.triggers {
        if *trigger.id == *TRIGGER {
            trigger.holdout = Share(holdout);
        } else {
            trigger.sample = Share(0);
        }
    }
    Arc::new(rules)
}

/// The log of a world, oldest first: of those who open a page on which the trigger speaks at all.
fn world(seed: u64, nature: Nature, rules: &RuleSet) -> Vec<Decision> {
    let mut log = Vec::new();
    for number in 0..PEOPLE {
        let plan = Plan::draw(seed, number);
        let mut steps = plan.visits.iter().flat_map(|visit| &visit.steps);
        if steps.any(|step| matches!(step, Step::Open { path, .. } if path.starts_with("/pricing")))
        {
            let luck = Dice::new(seed ^ 0x10cc, number).within(1..=100);
            log.extend(Life::of(rules, &plan, seed).live(nature, luck));
        }
    }
    log.sort_by_key(|decision| decision.at);
    log
}

fn report(log: &[Decision], rules: &Arc<RuleSet>, until: Timestamp) -> TriggerEffect {
    let mut sums = Effectiveness::new(Arc::clone(rules)).divided(&By::ALL);
    for decision in log.iter().take_while(|decision| decision.at < until) {
        sums.take(decision, &mut |_| Some(Arc::clone(rules)));
    }
    let found = sums.report(until).into_iter();
    let mut found = found.filter(|trigger| *trigger.trigger == *TRIGGER);
    found.next().expect("the trigger is in force")
}

/// What a month looks like, and what greeting really does in it.
struct Told {
    log: Vec<Decision>,
    rules: Arc<RuleSet>,
    /// All greeted, none greeted.
    truth: [TriggerEffect; 2],
    report: TriggerEffect,
}

const END: Timestamp = Timestamp(START.0 + 2 * MONTH.0);

fn month(seed: u64, nature: Nature) -> Told {
    let worlds = [0, Share::ALL.0, DIVIDED].map(|holdout| {
        let rules = rules(holdout);
        (world(seed, nature, &rules), rules)
    });
    let [all, none, divided] = worlds;
    let truth = [all, none].map(|(log, rules)| report(&log, &rules, END));
    let (log, rules) = divided;
    Told {
        report: report(&log, &rules, END),
        truth,
        log,
        rules,
    }
}

/// Whether the intervals of two arms hold what is true of the rates with and without a greeting.
fn holds(arms: [&Figures; 2], [with, without]: [f64; 2], alpha: f64) {
    let [treated, control] = arms.map(|arm| (arm.visitors, arm.converted));
    let group = |share, (visitors, converted)| Group {
        share,
        visitors,
        converted,
    };
    let found = uplift(group(0.6, treated), group(0.4, control), alpha);
    let (difference, ratio) = (with - without, with / without);
    let within = found.difference.low <= difference && difference <= found.difference.high;
    assert!(within, "{difference} is not within {found:?}");
    if ratio.is_finite() {
        let within = found.ratio.low <= ratio && ratio <= found.ratio.high;
        assert!(within, "{ratio} is not within {found:?}");
    }
}

fn row<'a>(of: &'a TriggerEffect, by: &str, value: Option<&str>) -> &'a PartEffect {
    let mut rows = of.by[by].iter();
    let row = rows.find(|row| row.value.as_deref() == value);
    row.expect("the same people are there in every world")
}

/// The report of a month is true as a whole and in each part.
fn is_true(told: &Told) {
    let (report, [greeted, spared]) = (&told.report, &told.truth);
    let found = [report.visitors, greeted.visitors, spared.visitors];
    assert!(
        found[0] > 1_500 && found.iter().all(|one| *one == found[0]),
        "{found:?}"
    );
    assert!(!report.sample_ratio.unwrap().broken, "{report:?}");
    assert_eq!(report.pending, 0, "the month is over");
    let truth = [greeted.invited.rate, spared.withheld.rate];
    println!("{truth:?}: {}", report.says);
    holds([&report.invited, &report.withheld], truth, ALPHA);
    for (by, rows) in &report.by {
        for part in rows.iter().filter(|part| !part.others) {
            let value = part.value.as_deref();
            let truth = [
                row(greeted, by, value).invited.rate,
                row(spared, by, value).withheld.rate,
            ];
            let alpha = ALPHA / rows.len() as f64;
            holds([&part.invited, &part.withheld], truth, alpha);
        }
    }
    // The log tells all that happened: the funnel is that of the people who were invited.
    let funnel = &report.funnel;
    assert_eq!(funnel.eligible, funnel.offered + funnel.withheld);
    assert!(funnel.shown <= funnel.offered && funnel.accepted + funnel.dismissed <= funnel.shown);
    assert_eq!(funnel.chats, funnel.accepted, "every yes led to a chat");
}

#[test]
fn a_greeting_that_helps_is_found_to_help() {
    let told = month(1, HELPFUL);
    is_true(&told);
    assert!(
        matches!(told.report.verdict, Some(Verdict::Better(_))),
        "{:?}",
        told.report.verdict
    );
    // After the first day nobody can tell, and the report says so instead of a number.
    let early = report(&told.log, &told.rules, START + Millis::from_days(1));
    assert!(
        matches!(early.verdict, Some(Verdict::TooEarly { .. })),
        "{:?}",
        early.verdict
    );
    assert!(
        early.says.starts_with("not enough data yet"),
        "{}",
        early.says
    );
}

#[test]
fn a_greeting_that_does_nothing_is_not_found_to_help() {
    let told = month(2, IDLE);
    is_true(&told);
    let verdict = told.report.verdict;
    let quiet = matches!(verdict, Some(Verdict::TooEarly { .. } | Verdict::Alike(_)));
    assert!(quiet, "{verdict:?}");
}

#[test]
fn a_greeting_that_harms_is_found_to_harm() {
    let told = month(3, HARMFUL);
    is_true(&told);
    assert!(
        matches!(told.report.verdict, Some(Verdict::Worse(_))),
        "{:?}",
        told.report.verdict
    );
}

#[test]
fn a_log_that_loses_a_part_of_one_arm_gives_no_number() {
    let rules = rules(DIVIDED);
    let (mut log, mut nth) = (world(4, HELPFUL, &rules), 0_u32);
    log.retain(|decision| {
        nth += u32::from(matches!(decision.what, Outcome::Withheld(_)));
        !matches!(decision.what, Outcome::Withheld(_)) || nth % 4 > 0
    });
    let found = report(&log, &rules, END);
    assert_eq!(found.verdict, Some(Verdict::BrokenSplit), "{found:?}");
}
