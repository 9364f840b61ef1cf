//! What is legal and most likely not what was meant, and what only looks so.

use super::codes::{TRIGGER, rule, trigger};
use super::{codes, with_condition};

/// What the lints find.
pub(super) fn about_logic() -> Vec<(&'static str, String)> {
    [about_contradictions(), about_what_follows(), about_reach()].concat()
}

/// What holds by itself wherever something else does.
fn about_what_follows() -> Vec<(&'static str, String)> {
    let pairs = [
        "{ field = \"visitor.sessions\", at_least = 2 }, { field = \"visitor.returning\", equals = false }",
        "{ field = \"visitor.returning\", equals = true }, { field = \"visitor.sessions\", equals = 1 }",
        "{ field = \"stage.buy\", equals = \"hot\" }, { field = \"score.buy\", less_than = 20 }",
        "{ field = \"score.buy\", at_least = 60 }, { field = \"stage.buy\", equals = \"warm\" }",
        "{ field = \"visitor.identified\", equals = false }, { field = \"visitor.verified\", equals = true }",
        "{ field = \"page.exit_intent\", equals = true }, { field = \"session.exit_intent\", equals = false }",
        "{ field = \"page.active\", at_least = \"60s\" }, { field = \"session.active\", less_than = \"30s\" }",
        "{ field = \"time.date\", before = \"2026-01-01\" }, { field = \"time.date\", after = \"2026-01-01\" }",
    ];
    let alone = [
        "{ field = \"page.path\", starts_with = \"shop\" }",
        "{ field = \"session.entry_path\", one_of = [\"a\", \"b/c\"] }",
        "{ field = \"page.path\", matches = \"shop/*\" }",
        "{ field = \"page.url\", starts_with = \"/shop\" }",
    ];
    let pairs = pairs.map(|pair| ("contradiction", with_condition(pair)));
    let alone = alone.map(|one| ("never-holds", with_condition(one)));
    let countries = ["ZZ", "UK", "Saudi Arabia"].map(|country| {
        let condition = format!("{{ field = \"visitor.country\", equals = \"{country}\" }}");
        ("unknown-word", with_condition(&condition))
    });
    [&pairs[..], &alone, &countries].concat()
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

/// A trigger with these conditions and keys.
fn asks(conditions: &str, keys: &str) -> String {
    let more = format!("{conditions}, {{ field = \"page.active\"");
    format!(
        "{}{keys}",
        TRIGGER.replace("{ field = \"page.active\"", &more)
    )
}

#[test]
fn what_can_never_be_so_when_a_trigger_invites_is_pointed_out() {
    for (conditions, keys) in [
        ("{ field = \"chat.state\", equals = \"chatting\" }", ""),
        ("{ field = \"session.idle\", at_least = \"20s\" }", ""),
        ("{ field = \"chat.free_slots\", equals = 0 }", ""),
        (
            "{ field = \"page.type\", equals = \"help\" }",
            "page_type = [\"pricing\"]",
        ),
        (
            "{ not = { field = \"chat.departments\", contains = \"Sales\" } }",
            "department = \"sales\"",
        ),
        (
            "{ field = \"chat.departments\", none_of = [\"sales\", \"support\"] }",
            "department = \"sales\"",
        ),
        (
            "{ field = \"time.weekday\", one_of = [\"sat\", \"sun\"] }",
            "schedule = { days = [\"mon\", \"fri\"] }",
        ),
        (
            "{ field = \"time.hour\", at_least = 17 }",
            "schedule = { hours = [\"09:00-12:30\", \"14:00-17:00\"] }",
        ),
        (
            "{ field = \"time.date\", after = \"2026-12-01\" }",
            "schedule = { until = 2026-12-01 }",
        ),
    ] {
        let source = asks(conditions, keys);
        assert_eq!(
            codes(&source),
            ["unreachable-trigger", "contradiction"],
            "{source}"
        );
    }
}

#[test]
fn what_may_be_so_when_a_trigger_invites_raises_no_alarm() {
    let closed = "[trigger.invitation]\nmessage = { en = \"Hello\" }\nwhen_closed = \"email\"\n";
    let form = asks("{ field = \"chat.free_slots\", equals = 0 }", "");
    let form = form.replace("invitation = { message = { en = \"Hello\" } }\n", closed);
    let sources = [
        form,
        asks("{ field = \"chat.state\", equals = \"ended\" }", ""),
        asks("{ field = \"session.idle\", at_most = \"5s\" }", ""),
        asks(
            "{ field = \"chat.departments\", contains = \"support\" }",
            "department = \"sales\"",
        ),
        // The night of Friday ends on Saturday.
        asks(
            "{ field = \"time.weekday\", equals = \"sat\" }, { field = \"time.hour\", less_than = 2 }",
            "schedule = { days = \"fri\", hours = \"22:00-02:00\" }",
        ),
        asks(
            "{ field = \"time.hour\", between = [12, 13] }",
            "schedule = { hours = [\"09:00-12:30\", \"14:00-17:00\"] }",
        ),
        asks(
            "{ field = \"time.date\", on = \"2026-12-01\" }",
            "schedule = { from = 2026-12-01, until = 2026-12-01 }",
        ),
        asks("{ field = \"page.path\", matches = \"*shop\" }", ""),
        asks(
            "{ field = \"stage.buy\", equals = \"warm\" }, { field = \"score.buy\", at_least = 59.9 }",
            "",
        ),
    ];
    for source in sources {
        assert_eq!(codes(&source), [""; 0], "{source}");
    }
}

#[test]
fn a_trigger_that_the_policy_or_its_own_keys_silence_is_pointed_out() {
    for cap in ["max_per_session", "max_per_day", "max_per_visitor"] {
        let policy = format!("[policy]\n{cap} = 0\n");
        assert_eq!(codes(&policy), [""; 0], "there is no trigger");
        let source = format!("{policy}{TRIGGER}");
        assert_eq!(codes(&source), ["silenced-trigger"], "{source}");
    }
    for keys in [
        "sample = \"0%\"",
        // A Friday and a Saturday.
        "schedule = { from = 2026-11-20, until = 2026-11-21, days = [\"mon\", \"sun\"] }",
    ] {
        assert_eq!(codes(&trigger(keys)), ["silenced-trigger"], "{keys}");
    }
    let week = "schedule = { from = 2026-11-20, until = 2026-11-22, days = [\"mon\", \"sun\"] }";
    assert_eq!(codes(&trigger(week)), [""; 0]);
    let checkout = "[policy]\nnever_on = \"help\"\n".to_owned()
        + &asks("{ field = \"page.type\", equals = \"help\" }", "");
    assert_eq!(codes(&checkout), ["unreachable-trigger", "contradiction"]);
}

/// A segment is looked into where it is named, and its own faults are told once, where it is declared.
#[test]
fn lints_look_inside_segments() {
    let segment = |conditions: &str| format!("[[segment]]\nname = \"s\"\n{conditions}\n");
    let within = |segment: &str, others: &str| {
        let used = asks(&format!("{{ segment = \"s\" }}{others}"), "");
        codes(&format!("{segment}{used}"))
    };
    let new = segment("all = [ { field = \"visitor.returning\", equals = false } ]");
    assert_eq!(
        within(&new, ", { field = \"visitor.sessions\", at_least = 2 }"),
        ["unreachable-trigger", "contradiction"]
    );
    assert_eq!(within(&new, ""), [""; 0]);
    let never = segment("all = [ { field = \"page.scroll\", at_least = 50, at_most = 20 } ]");
    assert_eq!(within(&never, ""), ["contradiction", "unreachable-trigger"]);
    // A choice that is for other rules is no fault of this one, as long as one is left.
    let either = segment(
        "any = [ { field = \"page.type\", equals = \"help\" }, { field = \"page.type\", equals = \"pricing\" } ]",
    );
    let on = |page: &str| {
        let used = asks("{ segment = \"s\" }", &format!("page_type = \"{page}\"\n"));
        let other = "[[page_type]]\nname = \"other\"\nmatch = \"/other\"\n";
        codes(&format!("{other}{either}{used}"))
    };
    assert_eq!(on("help"), ["unused-page-type"]);
    assert_eq!(on("other"), ["unreachable-trigger", "contradiction"]);
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
