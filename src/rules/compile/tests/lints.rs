//! What is legal and most likely not what was meant, and what only looks so.

use super::codes::{TRIGGER, rule, trigger};
use super::{codes, with_condition};

/// What the lints find.
pub(super) fn about_logic() -> Vec<(&'static str, String)> {
    [about_contradictions(), about_reach()].concat()
}

fn about_contradictions() -> Vec<(&'static str, String)> {
    vec![
        (
            "contradiction",
            with_condition("{ field = \"page.scroll\", at_least = 5, at_most = 3 }"),
        ),
        (
            "contradiction",
            with_condition(
                "{ field = \"visitor.city\", equals = \"Riyadh\" }, { field = \"visitor.city\", equals = \"Cairo\" }",
            ),
        ),
        (
            "contradiction",
            with_condition(
                "{ field = \"visitor.city\", starts_with = \"r\" }, { field = \"visitor.city\", equals = \"Cairo\" }",
            ),
        ),
        (
            "contradiction",
            with_condition(
                "{ field = \"session.page_types\", contains = \"help\" }, { not = { field = \"session.page_types\", one_of = [\"help\", \"pricing\"] } }",
            ),
        ),
        (
            "contradiction",
            with_condition(
                "{ field = \"page.title\", exists = false }, { field = \"page.title\", contains = \"x\" }",
            ),
        ),
        (
            "contradiction",
            rule("page_type = \"help\"\nall = [ { field = \"page.type\", equals = \"pricing\" } ]"),
        ),
        (
            "contradiction",
            with_condition(
                "{ any = [ { field = \"page.scroll\", at_least = 5 }, { field = \"page.title\", contains = \"x\" } ] }, { not = { any = [ { field = \"page.scroll\", at_least = 5 }, { field = \"page.title\", contains = \"x\" } ] } }",
            ),
        ),
    ]
}

fn about_reach() -> Vec<(&'static str, String)> {
    let score = "[[score]]\nname = \"s\"\n";
    let signal = |id: &str, lines: &str| {
        format!("[[score_rule]]\nid = \"{id}\"\nscore = \"buy\"\non = \"page_view\"\n{lines}\n")
    };
    let at_least =
        |n: u8| format!("points = 5\nall = [ {{ field = \"page.scroll\", at_least = {n} }} ]");
    vec![
        (
            "always-holds",
            with_condition("{ field = \"page.active\", at_least = \"0s\" }"),
        ),
        (
            "never-holds",
            with_condition("{ field = \"page.scroll\", more_than = 100 }"),
        ),
        (
            "never-holds",
            with_condition("{ not = { field = \"session.page_views\", at_least = 0 } }"),
        ),
        (
            "unreachable-score",
            format!(
                "{score}stages = {{ hot = 20 }}\n[[score_rule]]\nid = \"x\"\nscore = \"s\"\non = \"identify\"\npoints = 10\nmax_per_visitor = 1\n"
            ),
        ),
        (
            "unreachable-score",
            format!(
                "{score}[[score_rule]]\nid = \"x\"\nscore = \"s\"\non = \"identify\"\npoints = 10\nmax_per_visitor = 1\nall = [ {{ field = \"score.s\", at_least = 20 }} ]\n"
            ),
        ),
        (
            "double-counting",
            format!("{}{}", signal("x", "points = 5"), signal("y", "points = 8")),
        ),
        (
            "overlapping-rules",
            format!("{}{}", signal("x", &at_least(5)), signal("y", &at_least(9))),
        ),
        (
            "personal-data",
            with_condition("{ field = \"visitor.trait.email\", equals = \"sara@example.com\" }"),
        ),
        (
            "personal-data",
            with_condition("{ field = \"visitor.trait.phone\", equals = \"0501234567\" }"),
        ),
        (
            "pops-at-once",
            "[[trigger]]\nid = \"t\"\ninvitation = { message = { en = \"Hello\" } }".into(),
        ),
        (
            "selling-tone",
            trigger("page_type = \"help\"").replace("Hello", "Buy now!"),
        ),
    ]
}

/// What follows from a cause that is reported beside it.
#[test]
fn a_trigger_that_never_invites_is_pointed_out_beside_the_cause() {
    let contradiction = TRIGGER.replace("at_least = \"5s\"", "at_least = \"5s\", at_most = \"3s\"");
    assert_eq!(
        codes(&contradiction),
        ["unreachable-trigger", "contradiction"]
    );
    // One way out of two is enough.
    let either = format!(
        "{}not = {{ field = \"page.scroll\", at_least = 90 }}",
        TRIGGER.replace(
            "all = [ ",
            "any = [ { field = \"page.scroll\", at_least = 101 }, "
        )
    );
    assert_eq!(codes(&either), ["never-holds"]);
}

#[test]
fn what_may_well_be_meant_raises_no_alarm() {
    for condition in [
        "{ field = \"page.scroll\", at_least = 5 }, { field = \"page.scroll\", at_most = 5 }",
        "{ field = \"session.page_types\", contains = \"help\" }, { field = \"session.page_types\", contains = \"pricing\" }",
        "{ field = \"visitor.city\", one_of = [\"Cairo\", \"Riyadh\"] }, { field = \"visitor.city\", starts_with = \"r\" }",
        "{ field = \"visitor.trait.plan\", equals = \"a\" }, { field = \"visitor.trait.plan\", equals = \"b\" }",
        "{ field = \"event.value\", at_least = 0 }",
        "{ not = { all = [ { field = \"page.scroll\", at_least = 5 }, { field = \"page.title\", contains = \"x\" } ] } }, { field = \"page.scroll\", at_least = 5 }",
        "{ field = \"session.campaign\", equals = \"12345678901\" }",
        "{ field = \"page.path\", matches = \"/p/1234567890\" }",
        "{ field = \"score.buy\", at_least = 100 }",
    ] {
        assert_eq!(codes(&with_condition(condition)), [""; 0], "{condition}");
    }
}
