//! Recorded visits written down as tests of the rules.

use ahlan::domain::*;
use ahlan::engine::rewind::Plan;
use ahlan::engine::rewind::script::{Script, Wish, script};
use ahlan::engine::run_tests;
use ahlan::rules::{Compiled, SourceFile, compile};
use proptest::prelude::*;

use crate::make::*;
use crate::rewinds::{find, recorded};
use crate::story::story;
use crate::visit::Visit;

const RULES: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"
[[page_type]]
name = "help"
match = "/help*"
[[score]]
name = "buy"
half_life = "3d"
stages = { warm = 25 }
[[score_rule]]
id = "view"
score = "buy"
on = "page_view"
points = 10
[[score_rule]]
id = "read"
score = "buy"
on = "dwell"
after = "20s"
page_type = "pricing"
points = 15
[[score_rule]]
id = "cart"
score = "buy"
on = "event"
event = "cart"
points = 20
all = [ { field = "visitor.trait.plan", equals = "pro" } ]
[[trigger]]
id = "reader"
page_type = "pricing"
all = [ { field = "page.active", at_least = "30s" } ]
holdout = "50%"
expires_after = "2m"
[trigger.invitation]
message = { en = "Hello", ar = "أهلاً" }
[policy]
max_per_session = 3
max_per_day = 5
after_dismissal = "2m"
"#;

fn files() -> [SourceFile; 1] {
    [SourceFile::new("rules.toml", RULES)]
}

fn compiled(text: &str) -> Compiled {
    compile(&[SourceFile::new("rules.toml", text)])
        .unwrap_or_else(|said| panic!("{said:#?}\n{text}"))
}

/// A visitor under the rules, and their journal.
fn visit() -> Visit {
    let mut visit = Visit::under(compiled(RULES).rule_set);
    visit.record();
    visit
}

/// The test that the latest visit becomes.
fn saved(visit: &Visit, name: Option<&str>) -> Script {
    let rules = &visit.rules;
    let all = recorded(visit, &[rules]);
    let wish = Wish {
        plan: Plan {
            records: visit.records(),
            visit: all.last().expect("there is a visit"),
            under: None,
            first_seen: visit.state.first_seen,
            now: visit.now,
        },
        rules,
        files: &files(),
        name,
    };
    script(&wish, &mut |hash| find(&[rules], hash)).expect("the rules have no mistakes")
}

/// Whether the rules pass it beside them.
fn passes(script: &Script) -> bool {
    let report = run_tests(&compiled(&format!("{RULES}\n{}", script.toml)));
    report.passed == 1
}

#[test]
fn a_visit_becomes_a_test_that_reads_like_one() {
    let mut visit = visit();
    visit.open("a", "/");
    visit.wait(secs(8));
    visit.open("b", "/pricing");
    visit.read("b", secs(45));
    if visit.offer().is_some() {
        visit.answer(InvitationOutcome::Dismissed);
    }
    visit.wait(secs(10));
    visit.tell("b", leave(secs(55)));
    let script = saved(&visit, Some("a reader says no"));
    assert!(script.passes && passes(&script), "{}", script.toml);
    assert_eq!(script.differs, Vec::<String>::new(), "{}", script.toml);
    assert_eq!(script.left_out, Vec::<&str>::new());
    insta::assert_snapshot!(script.toml);
}

#[test]
fn what_is_personal_stays_behind_unless_the_rules_ask_for_it() {
    let mut visit = visit();
    visit.tell(
        "",
        identify("u-17", &[("email", "sara@example.com"), ("plan", "pro")]),
    );
    visit.open("a", "/pricing?token=secret");
    visit.tell("a", custom("cart"));
    let script = saved(&visit, None);
    assert!(script.passes && script.differs.is_empty(), "{script:?}");
    for personal in ["u-17", "email", "example.com", "secret"] {
        assert!(!script.toml.contains(personal), "{}", script.toml);
    }
    assert!(script.toml.contains("plan = \"pro\""), "{}", script.toml);
    assert!(script.toml.contains("score.buy = 30"), "{}", script.toml);
}

#[test]
fn attention_that_comes_and_goes_is_told() {
    let mut visit = visit();
    visit.open("a", "/pricing");
    visit.wait(secs(10));
    visit.tell("a", engage(secs(10), false));
    visit.wait(mins(3));
    visit.tell("a", engage(secs(10), true));
    visit.wait(secs(15));
    visit.tell("a", engage(secs(25), true));
    visit.wait(secs(10));
    visit.tell("a", leave(secs(35)));
    let script = saved(&visit, None);
    assert!(script.passes && script.differs.is_empty(), "{script:?}");
    assert!(script.toml.contains("attended = false"), "{}", script.toml);
    assert!(
        script.toml.contains("at = \"210s\", expect"),
        "{}",
        script.toml
    );
}

#[test]
fn a_page_of_which_nothing_more_is_heard_is_left() {
    let mut visit = visit();
    visit.open("a", "/help");
    visit.wait(mins(10));
    visit.open("b", "/pricing");
    visit.wait(secs(5));
    visit.tell("b", leave(secs(5)));
    let script = saved(&visit, None);
    assert!(script.passes && script.differs.is_empty(), "{script:?}");
    assert!(
        script.toml.contains("{ at = \"32s\", attended = false }"),
        "{}",
        script.toml
    );
}

#[test]
fn what_a_test_cannot_tell_is_said() {
    let mut visit = visit();
    visit.open("a", "/");
    visit.wait(mins(40));
    visit.open("b", "/pricing");
    visit.tell("b", custom("nothing"));
    let script = saved(&visit, None);
    assert!(script.passes, "{script:?}");
    assert_eq!(script.left_out, ["earlier_points"]);
    assert_eq!(script.differs, ["score.buy was 20, and is 10 in the test"]);
    assert!(
        script.toml.contains("sessions = 2, last_visit = \"40m\""),
        "{}",
        script.toml
    );
}

#[test]
fn stated_time_is_counted_from_what_has_passed() {
    let test = r#"[[test]]
name = "an event in between makes the time that is stated no longer"
visit = [ { at = "0s", url = "/pricing" }, { at = "10s", event = "look" }, { at = "60s", active = "29s" } ]
expect = { invitations = [] }
"#;
    let report = run_tests(&compiled(&format!("{RULES}\n{test}")));
    assert_eq!(report.passed, 1, "{report:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened, the test that is made of it passes.
    #[test]
    fn every_visit_becomes_a_test_that_passes(acts in story(40)) {
        let mut visit = visit();
        visit.open("tab 0", "/");
        visit.play(&acts);
        let script = saved(&visit, None);
        prop_assert!(script.passes, "{}", script.toml);
        prop_assert!(passes(&script));
    }
}
