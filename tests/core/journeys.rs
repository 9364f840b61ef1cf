//! Tests of rules, tested: what a `[[test]]` can tell, and what it says when things are not so.

use ahlan::engine::{TestReport, run_tests};
use ahlan::rules::{SourceFile, compile};

const RULES: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"

[[score]]
name = "buy"
half_life = "1d"
stages = { warm = 25 }

[[score_rule]]
id = "open"
score = "buy"
on = "page_view"
points = 10

[[score_rule]]
id = "sale"
score = "buy"
on = "goal"
event = "sale"
points = 40

[[trigger]]
id = "reader"
page_type = "pricing"
all = [ { field = "page.active", at_least = "30s" } ]
expires_after = "2m"
holdout = "50%"
[trigger.invitation]
message = { en = "Hello", ar = "أهلاً" }

[[page_type]]
name = "cart"
match = "/cart*"

[[trigger]]
id = "cart"
page_type = "cart"
[trigger.invitation]
message = { en = "May I help?", ar = "أهلاً" }
[[trigger.variant]]
id = "plain"
[[trigger.variant]]
id = "warm"
weight = 3
message = { en = "Good to see you!", ar = "أهلاً وسهلاً" }

[policy]
after_dismissal = "2d"
"#;

fn walked(tests: &str) -> TestReport {
    let files = [
        SourceFile::new("rules.toml", RULES),
        SourceFile::new("tests.toml", tests),
    ];
    let compiled = compile(&files).unwrap_or_else(|said| panic!("{said:#?}"));
    run_tests(&compiled)
}

/// One test with these lines passes.
fn holds(lines: &str) {
    let report = walked(&format!("[[test]]\nname = \"x\"\n{lines}\n"));
    assert_eq!(
        (report.passed, report.failed),
        (1, 0),
        "{lines}\n{report:#?}"
    );
}

/// One test with these lines fails: what was, and why.
fn fails(lines: &str) -> (String, String) {
    let report = walked(&format!("[[test]]\nname = \"x\"\n{lines}\n"));
    let (_, difference) = report.first_failure().unwrap_or_else(|| panic!("{lines}"));
    (difference.actual.clone(), difference.why.join("; "))
}

#[test]
fn a_page_is_read_to_the_millisecond() {
    holds(
        r#"visit = [ { at = "0s", url = "/pricing" }, { at = "29999ms", expect = { invitation = "none" } },
        { at = "30s", expect = { invitation = "reader" } } ]"#,
    );
}

#[test]
fn stated_active_time_is_all_there_was() {
    holds(
        r#"visit = [ { at = "0s", url = "/pricing" }, { at = "5m", active = "29s" },
        { at = "300999ms", expect = { invitation = "none", holds = { field = "page.active", less_than = "30s" } } },
        { at = "301s", expect = { invitation = "reader" } } ]"#,
    );
    holds(
        r#"visit = [ { at = "0s", url = "/pricing" }, { at = "10s", attended = false },
        { at = "10m", active = "10s" } ]
        expect = { invitations = [], because = "not_attended" }"#,
    );
}

#[test]
fn half_an_hour_of_nothing_ends_the_visit() {
    holds(
        r#"visit = [ { at = "0s", url = "/pricing" }, { at = "30m", url = "/" } ]
        expect = { holds = [ { field = "visitor.sessions", equals = 2 }, { field = "session.page_views", equals = 1 } ], invitations = [] }"#,
    );
    holds(
        r#"visit = [ { at = "0s", url = "/" }, { at = "29m", url = "/" } ]
        expect = { holds = { field = "visitor.sessions", equals = 1 } }"#,
    );
}

#[test]
fn points_fade_between_visits() {
    holds(
        r#"visit = [ { at = "0s", goal = "sale", expect = { score.buy = 40, stage.buy = "warm" } },
        { at = "1d", goal = "other", expect = { score.buy = 20, stage.buy = "none" } } ]"#,
    );
}

#[test]
fn who_comes_is_who_the_test_says() {
    holds(
        r#"visitor = { sessions = 3, country = "SA", city = "Riyadh", device = "tablet", source = "google", campaign = "spring", channel = "paid_search", user_id = "u-1", traits = { plan = "pro" } }
        visit = [ { at = "0s", url = "/" } ]
        expect = { holds = [ { field = "visitor.sessions", equals = 3 }, { field = "visitor.country", equals = "SA" },
          { field = "visitor.city", equals = "riyadh" }, { field = "visitor.device", equals = "tablet" },
          { field = "session.source", equals = "google" }, { field = "session.campaign", equals = "spring" },
          { field = "session.channel", equals = "paid_search" }, { field = "visitor.identified", equals = true },
          { field = "visitor.trait.plan", equals = "pro" } ] }"#,
    );
    holds(
        r#"visit = [ { at = "0s", url = "/" }, { at = "1s", identify = "u-2", traits = { plan = "free" } } ]
        expect = { holds = [ { field = "visitor.trait.plan", equals = "free" }, { field = "visitor.returning", equals = false } ] }"#,
    );
}

#[test]
fn a_guest_is_outside_every_holdout_unless_the_test_says_so() {
    let visit = "visit = [ { at = \"0s\", url = \"/pricing\" }, { at = \"30s\", expect = { invitation = \"reader\" } } ]";
    holds(visit);
    let (actual, why) = fails(&format!("visitor = {{ holdout = true }}\n{visit}"));
    assert_eq!(actual, "`reader`, withheld from this visitor");
    assert!(why.contains("holdout"), "{why}");
}

#[test]
fn an_id_lets_chance_decide_as_it_would() {
    let withheld = |id: u32| {
        let lines = format!(
            "[[test]]\nname = \"x\"\nvisitor = {{ id = \"{id}\" }}\nvisit = [ {{ at = \"0s\", url = \"/pricing\" }}, {{ at = \"30s\", expect = {{ invitation = \"reader\", withheld = true }} }} ]"
        );
        walked(&lines).passed == 1
    };
    let first: Vec<bool> = (0..40).map(withheld).collect();
    let among = first.iter().filter(|one| **one).count();
    assert!((10..=30).contains(&among), "about half: {among} of 40");
    assert_eq!(first, (0..40).map(withheld).collect::<Vec<_>>(), "sticky");
}

#[test]
fn a_guest_sees_the_variant_that_the_test_names() {
    for (variant, message) in [("plain", "May I help?"), ("warm", "Good to see you!")] {
        holds(&format!(
            r#"visitor = {{ variant = "{variant}" }}
            visit = [ {{ at = "0s", url = "/cart" }} ]
            expect = {{ invitation = "cart", variant = "{variant}", message = "{message}" }}"#
        ));
    }
    let (actual, _) = fails(
        r#"visitor = { variant = "plain" }
        visit = [ { at = "0s", url = "/cart", expect = { variant = "warm" } } ]"#,
    );
    assert_eq!(actual, "\"plain\"");
    // A trigger that says one thing has no variant.
    let (actual, _) = fails(
        r#"visitor = { variant = "warm" }
        visit = [ { at = "0s", url = "/pricing" }, { at = "30s", expect = { invitation = "reader", variant = "warm" } } ]"#,
    );
    assert_eq!(actual, "\"no variant\"");
}

#[test]
fn an_id_lets_chance_choose_the_variant() {
    let warm = |id: u32| {
        let lines = format!(
            "[[test]]\nname = \"x\"\nvisitor = {{ id = \"{id}\" }}\nvisit = [ {{ at = \"0s\", url = \"/cart\", expect = {{ variant = \"warm\" }} }} ]"
        );
        walked(&lines).passed == 1
    };
    let first: Vec<bool> = (0..40).map(warm).collect();
    let among = first.iter().filter(|one| **one).count();
    assert!(
        (22..=38).contains(&among),
        "about three in four: {among} of 40"
    );
    assert_eq!(first, (0..40).map(warm).collect::<Vec<_>>(), "sticky");
}

#[test]
fn a_variant_that_no_trigger_has_is_a_mistake() {
    for lines in [
        "visitor = { variant = \"warn\" }\nvisit = [ { at = \"0s\", url = \"/cart\" } ]\nexpect = { invitation = \"cart\" }",
        "visit = [ { at = \"0s\", url = \"/cart\" } ]\nexpect = { variant = \"warn\" }",
    ] {
        let files = [
            SourceFile::new("rules.toml", RULES),
            SourceFile::new("tests.toml", format!("[[test]]\nname = \"x\"\n{lines}\n")),
        ];
        let said = compile(&files).expect_err(lines);
        assert_eq!(said[0].message, "no trigger has a variant `warn`");
        let help = said[0].help.as_deref().unwrap_or_default();
        assert!(help.contains("`warm`"), "{help}");
    }
}

#[test]
fn an_answer_needs_a_question() {
    let (actual, why) = fails(
        r#"visit = [ { at = "0s", url = "/pricing" }, { at = "10s", invitation = "accepted", expect = { invitation = "none" } } ]"#,
    );
    assert_eq!(actual, "none is open");
    assert_eq!(why, "`reader` waits for 20 s more on this page");
}

#[test]
fn a_difference_says_what_stood_in_the_way() {
    let (actual, why) = fails(
        r#"agents = 0
        visit = [ { at = "0s", url = "/pricing" }, { at = "40s", expect = { invitation = "reader" } } ]"#,
    );
    assert_eq!(actual, "no invitation is open");
    assert!(why.contains("nobody can answer"), "{why}");
    let (actual, why) =
        fails("visit = [ { at = \"0s\", url = \"/\" } ]\nexpect = { invitation = \"reader\" }");
    assert_eq!(actual, "no invitation is open");
    assert!(why.contains("`pricing`"), "{why}");
}

#[test]
fn a_difference_in_points_says_who_gave_them() {
    let (actual, why) = fails(
        r#"visit = [ { at = "0s", url = "/" }, { at = "2s", goal = "sale" } ]
        expect = { score.buy = 30 }"#,
    );
    assert_eq!(actual, "50");
    assert_eq!(why, "`open` gave 10 at 0 s; `sale` gave 40 at 2 s");
}

#[test]
fn a_walk_ends_at_its_first_difference() {
    let report = walked(
        r#"[[test]]
name = "first"
visit = [ { at = "0s", url = "/", expect = { score.buy = 1 } }, { at = "1s", url = "/", expect = { score.buy = 2 } } ]

[[test]]
name = "second"
visit = [ { at = "0s", url = "/", expect = { score.buy = 10 } } ]
"#,
    );
    assert_eq!((report.passed, report.failed), (1, 1));
    let (test, difference) = report.first_failure().expect("the first fails");
    assert_eq!((&*test.name, difference.place.line), ("first", 3));
    assert_eq!(test.timeline.len(), 1);
    let again = serde_json::to_string(&report).unwrap();
    assert!(again.contains("\"at_ms\":0"), "{again}");
}

#[test]
fn nobody_can_make_a_walk_without_end() {
    let (actual, _) = fails(
        r#"visit = [ { at = "0s", url = "/" }, { at = "300d", scroll = 1 } ]
        expect = { score.buy = 10 }"#,
    );
    assert_eq!(actual, "the walk takes too many steps");
}

#[test]
fn addresses_are_read_and_kept_as_a_site_would() {
    holds(
        r#"visitor = { referrer = "www.google.com", screen = "390x844" }
        visit = [ { at = "0s", url = "/pricing?plan=pro" } ]
        expect = { page_type = "pricing", holds = [
            { field = "page.query.plan", exists = false },
            { field = "page.url", ends_with = "/pricing" },
            { field = "session.source", equals = "google" },
            { field = "session.medium", equals = "organic" },
            { field = "session.channel", equals = "organic_search" },
            { field = "visitor.screen_width", equals = 390 } ] }"#,
    );
    holds(
        r#"keep_query = ["plan"]
        visitor = { source = "google", medium = "organic", channel = "organic_search" }
        visit = [ { at = "0s", url = "/pricing?plan=pro&utm_source=newsletter&utm_term=locks&utm_id=7" },
            { at = "2h", url = "/" , expect = { holds = { field = "session.source", equals = "google" } } } ]"#,
    );
    holds(
        r#"keep_query = "plan"
        visit = [ { at = "0s", url = "/pricing?plan=pro&utm_source=newsletter&utm_term=locks&utm_id=7" } ]
        expect = { holds = [
            { field = "page.query.plan", equals = "pro" },
            { field = "session.channel", equals = "email" },
            { field = "session.source", equals = "newsletter" },
            { field = "session.term", equals = "locks" },
            { field = "session.utm.id", equals = "7" } ] }"#,
    );
    holds(
        r#"visitor = { term = "locks", content = "banner-a", utm = { id = "7" } }
        visit = [ { at = "0s", url = "/" } ]
        expect = { holds = [
            { field = "session.term", equals = "locks" },
            { field = "session.content", equals = "banner-a" },
            { field = "session.utm.id", equals = "7" } ] }"#,
    );
}

#[test]
fn what_does_not_hold_and_what_gave_nothing_is_told_with_its_values() {
    let (actual, why) = fails(
        r#"visitor = { city = "Cairo" }
        visit = [ { at = "0s", url = "/" } ]
        expect = { holds = { all = [ { field = "visitor.city", equals = "Riyadh" }, { field = "session.page_views", at_least = 3 } ] } }"#,
    );
    assert_eq!(actual, "it does not hold");
    assert_eq!(
        why,
        "no: visitor.city equals \"Riyadh\", is \"Cairo\"; no: session.page_views at_least 3, 1 of 3 page views"
    );
    let (actual, why) = fails(
        r#"visit = [ { at = "0s", url = "/" } ]
        expect = { score.buy = 50 }"#,
    );
    assert_eq!(actual, "10");
    assert!(
        why.starts_with("`open` gave 10 at 0 s; `sale` gave nothing: waits for "),
        "{why}"
    );
}
