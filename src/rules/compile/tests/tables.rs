//! Segments, matrices, hours, dates, expressions and windows: what they compile to, and what is wrong with them.

use super::{beside_base, codes, said, with_condition};
use crate::rules::{Condition, Field, RuleSet, Test};

const SEGMENT: &str =
    "[[segment]]\nname = \"readers\"\nall = [ { field = \"page.scroll\", at_least = 50 } ]\n";
const MATRIX: &str = "[[matrix]]\nname = \"lead\"\nrows = { score = \"buy\", A = 60, B = 30 }\ncolumns = { score = \"buy\", 1 = 50, 2 = 0 }\n";

fn segment(name: &str, refers: &str) -> String {
    format!("[[segment]]\nname = \"{name}\"\nall = [ {refers} ]\n")
}

fn using(segment: &str) -> String {
    with_condition(&format!("{{ segment = \"{segment}\" }}"))
}

fn hours(lines: &str) -> String {
    format!("[hours]\n{lines}\n")
}

/// Sources, each with the one code that it earns.
pub(super) fn cases() -> Vec<(&'static str, String)> {
    [
        about_segments(),
        about_matrices(),
        about_time(),
        about_leaves(),
    ]
    .concat()
}

fn about_segments() -> Vec<(&'static str, String)> {
    let deep = (0..40).map(|at| {
        let inner = format!("{{ not = {{ segment = \"s{at}\" }} }}");
        segment(&format!("s{}", at + 1), &inner)
    });
    let deep: String = deep.collect();
    let wide = (0..14).map(|at| {
        let twice = format!("{{ segment = \"s{at}\" }}, {{ segment = \"s{at}\" }}");
        segment(&format!("s{}", at + 1), &twice)
    });
    let wide: String = wide.collect();
    let first = segment("s0", "{ field = \"page.scroll\", at_least = 1 }");
    let of_event = segment("big", "{ field = \"event.value\", at_least = 9 }");
    let on_page = "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\npoints = 5\non = \"page_view\"\nall = [ { segment = \"big\" } ]\n";
    vec![
        ("unknown-segment", using("reeders")),
        ("unused-segment", SEGMENT.into()),
        ("segment-cycle", segment("me", "{ segment = \"me\" }")),
        ("too-deep", format!("{first}{deep}{}", using("s40"))),
        ("too-many", format!("{first}{wide}{}", using("s14"))),
        ("misplaced-field", format!("{of_event}{on_page}")),
        (
            "unknown-key",
            format!(
                "{SEGMENT}{}",
                with_condition("{ segment = \"readers\", at_least = 1 }")
            ),
        ),
    ]
}

fn about_matrices() -> Vec<(&'static str, String)> {
    vec![
        (
            "unknown-matrix",
            with_condition("{ field = \"matrix.leed\", equals = \"A1\" }"),
        ),
        (
            "unknown-word",
            format!(
                "{MATRIX}{}",
                with_condition("{ field = \"matrix.lead\", equals = \"D1\" }")
            ),
        ),
        ("equal-stages", MATRIX.replace("B = 30", "B = 60")),
        ("bad-id", MATRIX.replace("B = 30", "\"B-\" = 30")),
        ("out-of-range", MATRIX.replace(", A = 60, B = 30", "")),
        ("missing-key", MATRIX.replace("score = \"buy\", A", "A")),
        ("duplicate-id", MATRIX.replace("B = 30", "a = 30")),
    ]
}

fn about_time() -> Vec<(&'static str, String)> {
    vec![
        ("unknown-time-zone", hours("time_zone = \"Asia/Riyad\"")),
        ("bad-hours", hours("open = { mon = \"9-17\" }")),
        ("bad-hours", hours("open = { mon = \"09:00-24:01\" }")),
        ("unknown-key", hours("open = { monday = \"09:00-17:00\" }")),
        ("unknown-word", hours("weekend = [\"friday\"]")),
        ("bad-date", hours("holidays = [\"2026-02-30\"]")),
        ("bad-date", hours("holidays = [09:30:00]")),
        (
            "duplicate-id",
            hours("holidays = [2026-09-23, \"2026-09-23\"]"),
        ),
        (
            "never-holds",
            with_condition("{ field = \"time.open\", equals = true }"),
        ),
        (
            "never-holds",
            with_condition("{ field = \"time.holiday\", equals = true }"),
        ),
        (
            "bad-date",
            with_condition("{ field = \"time.date\", before = \"1 March\" }"),
        ),
        (
            "out-of-range",
            with_condition("{ field = \"time.date\", between = [\"2026-03-02\", \"2026-03-01\"] }"),
        ),
    ]
}

fn about_leaves() -> Vec<(&'static str, String)> {
    vec![
        (
            "bad-regex",
            with_condition("{ field = \"page.path\", matches_regex = '(' }"),
        ),
        (
            "bad-regex",
            with_condition("{ field = \"page.path\", matches_regex = '(?:a{900}){900}' }"),
        ),
        (
            "operator-mismatch",
            with_condition("{ field = \"page.scroll\", at_least = 1, in_last = \"5m\" }"),
        ),
        (
            "operator-mismatch",
            with_condition(
                "{ field = \"visitor.device\", equals = \"mobile\", case_sensitive = true }",
            ),
        ),
        (
            "out-of-range",
            with_condition("{ field = \"session.events.x\", at_least = 1, in_last = \"25h\" }"),
        ),
        (
            "unknown-field",
            with_condition("{ field = \"session.utm.sauce\", exists = true }"),
        ),
        (
            "type-mismatch",
            with_condition("{ field = \"visitor.trait.since\", equals = 2026-03-01 }"),
        ),
    ]
}

fn help(source: &str) -> String {
    let said = said(beside_base(source)).into_iter();
    let mut helps = said.filter_map(|d| Some(format!("{} | {}", d.message, d.help?)));
    helps.next().unwrap_or_default()
}

#[test]
fn mistakes_come_with_what_was_meant() {
    for (source, words) in [
        (using("reeders"), "no segment is named `reeders`"),
        (
            format!("{SEGMENT}{}", using("reeders")),
            "did you mean `readers`?",
        ),
        (
            hours("time_zone = \"Riyadh\""),
            "did you mean `Asia/Riyadh`?",
        ),
        (
            hours("time_zone = \"Europe/Berlín\""),
            "did you mean `Europe/Berlin`?",
        ),
        (
            with_condition("{ field = \"page.path\", matches_regex = 'ab(c' }"),
            "unclosed group, at character 3",
        ),
        (
            with_condition("{ field = \"session.utm.creative\", exists = true }"),
            "`creative_format`",
        ),
        (
            with_condition("{ field = \"visitor.tags\", has_all = [\"a\"] }"),
            "write `all_of`",
        ),
        (
            with_condition("{ field = \"visitor.tags\", equals = \"a\", case_sensitiv = true }"),
            "did you mean `case_sensitive`?",
        ),
    ] {
        let said = said(beside_base(&source));
        let all: Vec<_> = said
            .iter()
            .map(|d| format!("{} | {}", d.message, d.help.as_deref().unwrap_or_default()))
            .collect();
        assert!(
            all.iter().any(|one| one.contains(words)),
            "{words}: {all:?}"
        );
    }
}

#[test]
fn a_circle_is_told_with_its_way() {
    let source = format!(
        "{}{}{}",
        segment("a", "{ segment = \"b\" }"),
        segment("b", "{ not = { any = [ { segment = \"c\" } ] } }"),
        segment("c", "{ segment = \"b\" }"),
    );
    assert_eq!(codes(&source), ["segment-cycle"]);
    assert!(
        help(&source).starts_with("a segment comes back to itself: `b` → `c` → `b`"),
        "{}",
        help(&source)
    );
}

fn compiled(source: &str) -> RuleSet {
    beside_base(source).expect("it compiles").rule_set
}

#[test]
fn a_segment_may_stand_before_or_after_those_it_names() {
    let outer = segment(
        "outer",
        "{ segment = \"readers\" }, { field = \"page.scroll\", less_than = 90 }",
    );
    for source in [format!("{outer}{SEGMENT}"), format!("{SEGMENT}{outer}")] {
        let rules = compiled(&format!("{source}{}", using("outer")));
        let Condition::All(parts) = &rules.score_rules[0].condition else {
            panic!("`all` compiles to all");
        };
        let Condition::Segment { name, condition } = &parts[0] else {
            panic!("a reference keeps its name: {parts:?}");
        };
        assert_eq!(&**name, "outer");
        let Condition::All(inner) = &**condition else {
            panic!("{condition:?}");
        };
        assert!(matches!(&inner[0], Condition::Segment { name, .. } if &**name == "readers"));
        assert_eq!(rules.segments.len(), 2);
    }
}

#[test]
fn windows_and_case_are_part_of_what_is_asked() {
    let first = |condition: &str| {
        let Condition::All(mut parts) = compiled(&with_condition(condition)).score_rules[0]
            .condition
            .clone()
        else {
            panic!("`all` compiles to all");
        };
        let Condition::Leaf(leaf) = parts.remove(0) else {
            panic!("{parts:?}");
        };
        leaf
    };
    let window = first("{ field = \"session.page_views\", at_least = 3, in_last = \"5m\" }");
    let inner = Box::new(Field::SessionPageViews);
    assert_eq!(
        window.field,
        Field::InLast(inner, crate::domain::Millis::from_mins(5))
    );
    let exact = first("{ field = \"page.title\", equals = \"Offer\", case_sensitive = true }");
    assert_eq!(
        exact.test,
        Test::CaseSensitive(Box::new(Test::Is("Offer".into())))
    );
}
