//! A candidate that goes along with what happened is run only once, and nobody can tell from the report.

use std::sync::Arc;

use ahlan::domain::*;
use ahlan::engine::backtest::Contrast;
use ahlan::rules::{Award, Field, PageType, Trigger};
use proptest::prelude::*;

use crate::backtests::{Journal, job, tested, visit};
use crate::make::*;
use crate::story::{Act, busy_rules, story};

/// One change, such as people make: of points, thresholds, caps, words; of a rule that goes or comes.
fn edited(mut rules: Rules, version: u64, kind: u8, which: u8) -> Rules {
    rules.version = version;
    let score_rule = usize::from(which) % rules.score_rules.len();
    let trigger_at = usize::from(which) % rules.triggers.len();
    let score = &mut rules.score_rules[score_rule];
    let asked = &mut rules.triggers[trigger_at];
    match kind {
        0 => {}
        1 => score.award = Award::Fixed(Points::whole(i64::from(which) + 6)),
        2 => asked.condition = at_least(Field::PageActive, f64::from(which) + 2.0),
        3 => score.max_per_visitor = Some(2),
        4 => asked.delay = Some(secs(u64::from(which) + 1)),
        5 => asked.schedule = None,
        6 => drop(rules.score_rules.remove(score_rule)),
        7 => drop(rules.triggers.remove(trigger_at)),
        8 => {
            rules = rules.give(dwell("new", 11, secs(u64::from(which) + 8)));
        }
        _ => {
            rules = rules.invite(Trigger {
                priority: 30,
                page_types: vec![Key::of("help")],
                condition: at_least(Field::Score(BUY), f64::from(which)),
                ..trigger("new")
            });
        }
    }
    rules
}

/// The same rules, with a page type that no page has: what cannot be compared rule by rule runs apart from the start.
fn apart(mut rules: Rules) -> Rules {
    rules.page_types.push(PageType {
        key: Key::of("nowhere"),
        name: "nowhere".into(),
        patterns: vec!["/nowhere".into()],
    });
    rules
}

fn assert_nobody_can_tell(journal: &Journal, candidate: &Rules, since: Timestamp) {
    let report = |candidate: Rules| {
        let mut job = job(candidate);
        let last = journal.records.last().map_or(START, |record| record.now);
        (job.since, job.until) = (since, last + mins(60));
        serde_json::to_string_pretty(&tested(journal, &job)).unwrap()
    };
    assert_eq!(report(candidate.clone()), report(apart(candidate.clone())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_course_for_two_versions_is_what_two_courses_are(
        acts in story(80),
        (kind, which) in (0..10_u8, 0..12_u8),
        since in 0..120_u64,
    ) {
        let mut visit = visit(7, busy_rules());
        visit.play(&acts);
        visit.wait(mins(40));
        let journal = Journal::of(&[visit]);
        let candidate = edited(busy_rules(), 2, kind, which);
        assert_nobody_can_tell(&journal, &candidate, START + secs(since));
    }

    /// The rules in force are changed as well, in the middle of the visit, and once more.
    #[test]
    fn versions_may_come_and_go_meanwhile(
        parts in prop::array::uniform3(story(25)),
        edits in prop::array::uniform3((0..10_u8, 0..12_u8)),
    ) {
        let mut visit = visit(7, busy_rules());
        let mut versions = Vec::new();
        for ((part, (kind, which)), version) in parts.iter().zip(edits).zip([1, 3, 2]) {
            visit.rules = edited(busy_rules(), version, kind, which).build();
            versions.push(Arc::new(visit.rules.clone()));
            visit.play(part);
        }
        let mut journal = Journal::of(&[visit]);
        journal.versions = versions;
        let (kind, which) = edits[2];
        assert_nobody_can_tell(&journal, &edited(busy_rules(), 2, kind, which), START);
    }
}

#[test]
fn only_single_rules_are_set_against_each_other() {
    let live = busy_rules().build();
    for kind in 0..10 {
        let other = edited(busy_rules(), 2, kind, 3).build();
        assert!(Contrast::between(&live, &other).is_some(), "{kind}");
    }
    let strict = busy_rules().policy(|policy| policy.max_per_day = 1);
    let mut fading = busy_rules();
    fading.scores[0].half_life = Some(mins(1));
    for other in [strict, fading, apart(busy_rules())] {
        assert!(Contrast::between(&live, &other.build()).is_none());
    }
}

/// Acts that nobody's rules mind, so that a difference can only come from the end.
#[test]
fn a_course_parts_in_the_middle_of_a_record() {
    let mut visit = visit(7, busy_rules());
    for act in [
        Act::Open {
            tab: 0,
            url: 1,
            attended: true,
        },
        Act::Wait(120),
        Act::Engage {
            tab: 0,
            active: 120,
            attended: true,
        },
    ] {
        visit.play(&[act]);
    }
    let journal = Journal::of(&[visit]);
    for seconds in 0..14 {
        let candidate = edited(busy_rules(), 2, 2, seconds);
        assert_nobody_can_tell(&journal, &candidate, START);
    }
}
