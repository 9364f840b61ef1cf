//! `[[test]]` as it is read, and every mistake in one.

use super::{beside_base, codes, said};
use crate::domain::{CountryCode, Device, EventKind, Millis, PropValue, Timestamp};
use crate::rules::Code;
use crate::rules::journey::{Bounds, Expected, Happening, Journey};

const TRIGGER: &str = "
[[trigger]]
id = \"pricing-help\"
page_type = \"pricing\"
[trigger.invitation]
message = { en = \"May I?\" }
";

fn with_trigger(test: &str) -> String {
    format!("{TRIGGER}\n[[test]]\nname = \"x\"\n{test}\n")
}

fn read(test: &str) -> Journey {
    let compiled = beside_base(&with_trigger(test)).unwrap_or_else(|said| panic!("{said:#?}"));
    compiled.journeys.into_iter().next().expect("one test")
}

#[test]
fn a_test_is_read_with_everything_it_tells() {
    let journey = read(
        r#"
clock = "2026-11-22T10:00"
keep_query = "plan"
agents = { online = 2, free = 1, reply = "30s", departments = "Sales" }
visitor = { sessions = 3, last_visit = "2d", country = "sa", device = "mobile", language = "AR", source = "Google", user_id = "u-1", traits = { plan = "pro", seats = 5, admin = true, tags = ["a", "b"] } }
visit = [
  { at = "0s", url = "/pricing?plan=pro&token=1", title = "Plans" },
  { at = "50s", active = "40s", scroll = 60 },
  { at = "55s", event = "add_to_cart", props = { value = 49 } },
  { at = "56s", goal = "purchase", value = 49.5 },
]
expect = { score.buy = 30, stage.buy = "warm", invitation = "pricing-help" }"#,
    );
    assert_eq!(
        journey.clock,
        Timestamp(1_795_341_600_000),
        "a Sunday at ten"
    );
    assert_eq!(
        (journey.site.agents_online, journey.site.free_slots),
        (2, 1)
    );
    assert_eq!(journey.site.expected_reply, Some(Millis::from_secs(30)));
    assert_eq!(journey.site.free_slots_in("sales"), 1);
    let guest = &journey.guest;
    assert_eq!(
        (guest.sessions, guest.last_visit),
        (3, Millis::from_days(2))
    );
    assert_eq!(guest.arrival.country, CountryCode::new("SA"));
    assert_eq!(guest.arrival.device, Device::Mobile);
    assert_eq!(&*guest.arrival.source.source, "google");
    assert_eq!(guest.traits[1], ("seats".into(), PropValue::Number(5.0)));
    let [opens, reads, cart, goal, last] = journey.entries.as_slice() else {
        panic!("four moments and the end: {:#?}", journey.entries);
    };
    let Some(Happening::Opens(opening)) = &opens.what else {
        panic!("{opens:?}");
    };
    let view = &opening.view;
    assert_eq!(opening.source, None, "the address names no campaign");
    assert_eq!(&*view.url, "https://site.example/pricing?plan=pro");
    assert_eq!(view.lang.as_deref(), Some("ar"), "the visitor's language");
    let forty = Some(Millis::from_secs(40));
    assert!(
        matches!(reads.what, Some(Happening::Reads { active, scroll: Some(60), .. }) if active == forty)
    );
    assert!(matches!(
        &cart.what,
        Some(Happening::Reports(EventKind::Custom { props, .. })) if props.len() == 1
    ));
    assert!(matches!(
        &goal.what,
        Some(Happening::Reports(EventKind::Goal { value: Some(value), .. })) if (*value - 49.5).abs() < 1e-9
    ));
    assert_eq!(last.at, Millis::from_secs(56), "the end is the last moment");
    assert!(matches!(
        last.expect[0].what,
        Expected::Score {
            points: Bounds::Exactly(30),
            ..
        }
    ));
    assert_eq!(last.expect[0].place.line, 21);
    assert_eq!(last.expect.len(), 3);
}

#[test]
fn silence_is_the_default() {
    let journey =
        read("visit = [ { at = \"0s\", url = \"/\", expect = { invitation = \"none\" } } ]");
    assert_eq!(journey.guest.sessions, 1);
    assert_eq!(journey.site.free_slots, 1);
    assert_eq!(
        journey.clock,
        Timestamp(1_795_514_400_000),
        "a Tuesday at ten"
    );
    assert_eq!(journey.entries.len(), 1);
}

/// Each of these lines earns its code and no other.
fn earn(cases: &[(&str, &str)]) {
    for (test, code) in cases {
        assert_eq!(codes(&with_trigger(test)), [*code], "{test}");
    }
}

#[test]
fn a_visit_that_nobody_could_walk_is_refused() {
    let visit =
        |moments: &str| format!("visit = [ {moments} ]\nexpect = {{ invitation = \"none\" }}");
    let cases = [
        ("", "bad-journey"),
        (
            r#"{ at = "9s", url = "/" }, { at = "8s", url = "/" }"#,
            "bad-journey",
        ),
        (
            r#"{ at = "0s", url = "/" }, { at = "5s", active = "6s" }"#,
            "bad-journey",
        ),
        (
            r#"{ at = "0s", url = "/" }, { at = "9s", active = "6s" }, { at = "10s", active = "5s" }"#,
            "bad-journey",
        ),
        (r#"{ at = "0s", leave = true }"#, "bad-journey"),
        (r#"{ at = "0s", url = "/" }, { at = "1s" }"#, "bad-journey"),
        (r#"{ at = "0s", url = "/", goal = "x" }"#, "misplaced-key"),
        (
            r#"{ at = "0s", url = "/", props = { a = 1 } }"#,
            "misplaced-key",
        ),
        (r#"{ at = "0s", url = "/", scroll = 5 }"#, "misplaced-key"),
        (r#"{ at = "0s", url = "pricing" }"#, "bad-text"),
        (r#"{ at = "400d", url = "/" }"#, "out-of-range"),
        (r#"{ at = "0s", chat = "begun" }"#, "unknown-word"),
    ];
    for (moments, code) in cases {
        earn(&[(&visit(moments), code)]);
    }
}

#[test]
fn an_expectation_that_nothing_could_meet_is_refused() {
    let expects = |expect: &str| format!("visit = [ {{ at = \"0s\", url = \"/\" }} ]\n{expect}");
    let cases = [
        ("", "missing-key"),
        ("expect = {}", "bad-journey"),
        (
            r#"expect = { invitation = "pricing-halp" }"#,
            "unknown-trigger",
        ),
        ("expect = { score.bye = 1 }", "unknown-score"),
        (r#"expect = { stage.buy = "warmish" }"#, "unknown-stage"),
        (r#"expect = { page_type = "pircing" }"#, "unknown-page-type"),
        (r#"expect = { because = "after_dismisal" }"#, "unknown-word"),
        (
            r#"expect = { holds = { field = "page.typ", equals = "x" } }"#,
            "unknown-field",
        ),
        ("expect = { score = 30 }", "type-mismatch"),
    ];
    for (expect, code) in cases {
        earn(&[(&expects(expect), code)]);
    }
}

#[test]
fn a_visitor_who_cannot_be_is_refused() {
    let visit = "visit = [ { at = \"0s\", url = \"/\" } ]\nexpect = { invitation = \"none\" }";
    let cases = [
        ("clock = 5", "type-mismatch"),
        ("clock = \"tomorrow\"", "bad-text"),
        ("visitor = { country = \"Germany\" }", "unknown-word"),
        (
            "visitor = { returning = true, sessions = 1 }",
            "out-of-range",
        ),
        ("visitor = { variant = \"b\" }", "unknown-trigger"),
    ];
    for (line, code) in cases {
        earn(&[(&format!("{line}\n{visit}"), code)]);
    }
}

#[test]
fn a_misspelt_trigger_is_answered_with_the_right_one() {
    let text = with_trigger(
        "visit = [ { at = \"0s\", url = \"/\" } ]\nexpect = { invitation = \"pricing-halp\" }",
    );
    let said = said(beside_base(&text));
    let mistake = said.iter().find(|one| one.code == Code::UnknownTrigger);
    let help = mistake.and_then(|one| one.help.as_deref());
    assert_eq!(help, Some("did you mean `pricing-help`?"));
}
