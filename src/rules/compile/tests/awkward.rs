//! Mistakes in what rules give, in when triggers run and in what they say, each with the one code that it earns.

use super::codes::{invitation, rule, trigger};

/// A rule on page views with these lines instead of its points.
fn by_value(lines: &str) -> String {
    rule(lines).replace("\npoints = 5\n", "\n")
}

/// Points, values, caps and groups.
pub(super) fn about_awards() -> Vec<(&'static str, String)> {
    let scroll = |lines: &str| by_value(&format!("points_from = \"page.scroll\"\n{lines}"));
    vec![
        ("missing-key", "[[group]]\nname = \"g\"".into()),
        ("missing-key", by_value("")),
        ("misplaced-key", rule("scale = 2")),
        ("misplaced-key", rule("points_from = \"page.scroll\"")),
        ("misplaced-key", rule("once = true\nmax_per_visitor = 2")),
        ("type-mismatch", by_value("points_from = \"page.title\"")),
        ("misplaced-field", by_value("points_from = \"event.value\"")),
        ("out-of-range", scroll("scale = 0")),
        ("out-of-range", scroll("min_points = 5\nmax_points = 5")),
        ("unknown-group", rule("group = \"reading\"")),
    ]
}

/// Delays, schedules and variants.
pub(super) fn about_triggers() -> Vec<(&'static str, String)> {
    let schedule = |text: &str| trigger(&format!("schedule = {text}"));
    vec![
        ("out-of-range", trigger("delay = \"2h\"")),
        ("out-of-range", trigger("variant = [ { id = \"a\" } ]")),
        (
            "duplicate-id",
            trigger("variant = [ { id = \"a\" }, { id = \"a\" } ]"),
        ),
        ("bad-schedule", schedule("{}")),
        ("bad-schedule", schedule("{ days = [] }")),
        ("bad-schedule", schedule("{ from = \"20.11.2026\" }")),
        (
            "bad-schedule",
            schedule("{ from = 2026-11-20, until = 2026-11-19 }"),
        ),
        ("bad-schedule", schedule("{ hours = \"9-17\" }")),
        ("bad-schedule", schedule("{ hours = \"09:00-25:00\" }")),
        ("unknown-word", schedule("{ days = \"monday\" }")),
    ]
}

/// Places in messages, and words for when nobody can answer.
pub(super) fn about_messages() -> Vec<(&'static str, String)> {
    let hello = |text: &str| invitation(&format!("message.en = \"Hello {text}\""));
    vec![
        ("bad-message", hello("{")),
        ("bad-message", hello("}")),
        ("bad-message", hello("{visitor.trait.name}")),
        ("unknown-field", hello("{visitor.nam|you}")),
        ("type-mismatch", hello("{session.active|long}")),
        ("misplaced-field", hello("{event.value|nothing}")),
        (
            "misplaced-key",
            invitation("message.en = \"Hello\"\nmessage_closed.en = \"Write to us\""),
        ),
    ]
}
