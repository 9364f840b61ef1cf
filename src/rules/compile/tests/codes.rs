//! Every code is reported where it should be, and nothing else is.

use std::collections::BTreeSet;

use super::super::compile;
use super::awkward;
use super::lints;
use super::{beside_base, codes, said, with_condition};
use crate::rules::{Code, SourceFile};

pub(super) const RULE: &str = "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\npoints = 5\n";
pub(super) const TRIGGER: &str = "[[trigger]]\nid = \"t\"\nall = [ { field = \"page.active\", at_least = \"5s\" } ]\ninvitation = { message = { en = \"Hello\" } }\n";

/// Lines that are added to a rule on page views.
pub(super) fn rule(lines: &str) -> String {
    format!("{RULE}on = \"page_view\"\n{lines}")
}

/// Lines that are added to a trigger.
pub(super) fn trigger(lines: &str) -> String {
    format!("{TRIGGER}{lines}")
}

/// A trigger whose invitation has these entries.
pub(super) fn invitation(entries: &str) -> String {
    format!("[[trigger]]\nid = \"t\"\n[trigger.invitation]\n{entries}")
}

/// Sources, each with the one code that it earns.
pub(super) fn cases() -> Vec<(&'static str, String)> {
    [
        about_shape(),
        about_values(),
        about_conditions(),
        about_names(),
        awkward::about_awards(),
        awkward::about_triggers(),
        awkward::about_messages(),
        about_sense(),
        lints::about_logic(),
        about_tests(),
        super::tables::cases(),
    ]
    .concat()
}

/// Visits.
fn about_tests() -> Vec<(&'static str, String)> {
    let test = |expect: &str, at: &str| {
        format!(
            "[[test]]\nname = \"x\"\nvisit = [ {{ at = \"1s\", url = \"/\" }}, {{ at = \"{at}\", url = \"/\" }} ]\nexpect = {{ {expect} }}\n"
        )
    };
    vec![
        ("unknown-trigger", test("invitation = \"nobody\"", "2s")),
        ("bad-journey", test("invitation = \"none\"", "0s")),
    ]
}

/// Files, tables and keys.
fn about_shape() -> Vec<(&'static str, String)> {
    vec![
        ("syntax", "id = ".into()),
        (
            "too-many",
            format!(
                "[[score]]\nname = \"s\"\nstages = {{ {} }}",
                (1..=9)
                    .map(|n| format!("s{n} = {n}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ),
        (
            "too-deep",
            rule(&format!(
                "not = {}{}{}",
                "{ not = ".repeat(17),
                "{ field = \"page.scroll\", at_least = 1 }",
                " }".repeat(17)
            )),
        ),
        ("unknown-key", "[[rule]]\nid = \"x\"".into()),
        ("unknown-key", rule("pionts = 3")),
        ("unknown-key", rule("any = [ { felid = \"page.type\" } ]")),
        ("missing-key", "[[score]]\nmax = 5".into()),
        ("missing-key", format!("{RULE}on = \"dwell\"")),
        ("missing-key", invitation("tone = \"help\"")),
        ("missing-key", invitation("message = {}")),
        ("misplaced-key", rule("after = \"5s\"")),
        ("misplaced-key", rule("event = \"signup\"")),
    ]
}

/// Values of keys.
fn about_values() -> Vec<(&'static str, String)> {
    vec![
        ("type-mismatch", rule("name = 5")),
        ("type-mismatch", rule("max_per_session = \"5\"")),
        (
            "type-mismatch",
            rule("all = { field = \"page.scroll\", at_least = 1 }"),
        ),
        ("type-mismatch", rule("not = [ ]")),
        ("type-mismatch", rule("page_type = 7")),
        ("type-mismatch", trigger("holdout = 10")),
        ("type-mismatch", trigger("cooldown = 10")),
        ("type-mismatch", invitation("message = \"Hello\"")),
        ("type-mismatch", "policy = 5".into()),
        ("type-mismatch", "[[policy]]\nmax_per_day = 1".into()),
        (
            "type-mismatch",
            "[policy]\nrequire_available_agent = \"true\"".into(),
        ),
        (
            "type-mismatch",
            with_condition("{ field = \"page.scroll\", between = [1] }"),
        ),
        ("out-of-range", rule("max_per_session = 0")),
        ("out-of-range", trigger("priority = 5000")),
        ("out-of-range", trigger("expires_after = \"1s\"")),
        (
            "out-of-range",
            with_condition("{ field = \"page.scroll\", at_least = inf }"),
        ),
        (
            "out-of-range",
            with_condition("{ field = \"page.scroll\", between = [5, 1] }"),
        ),
        ("bad-duration", trigger("cooldown = \"1 day\"")),
        ("bad-percent", trigger("holdout = \"ten\"")),
        (
            "bad-id",
            RULE.replace("\"x\"", "\"Pricing Help\"") + "on = \"identify\"",
        ),
        ("bad-text", rule("name = \" \"")),
        ("bad-text", rule("name = \"a\\nb\"")),
        (
            "bad-text",
            with_condition("{ field = \"page.title\", contains = \"\" }"),
        ),
        (
            "bad-pattern",
            "[[page_type]]\nname = \"p\"\nmatch = \"https://shop.example/p\"".into(),
        ),
        (
            "bad-language",
            invitation("message = { english = \"Hello\" }"),
        ),
        (
            "bad-language",
            invitation("message = { en = \"Hello\" }\ndefault_lang = \"ar\""),
        ),
        ("unknown-word", format!("{RULE}on = \"custom_event\"")),
        ("unknown-word", trigger("once_per = \"year\"")),
        (
            "unknown-word",
            with_condition("{ field = \"visitor.device\", equals = \"fridge\" }"),
        ),
        (
            "unknown-word",
            with_condition("{ field = \"visitor.country\", equals = \"Saudi Arabia\" }"),
        ),
    ]
}

/// Conditions.
fn about_conditions() -> Vec<(&'static str, String)> {
    vec![
        (
            "unknown-field",
            with_condition("{ field = \"page.kind\", equals = \"x\" }"),
        ),
        (
            "unknown-field",
            with_condition("{ field = \"visitor.trait.\", equals = \"x\" }"),
        ),
        (
            "misplaced-field",
            rule("all = [ { field = \"event.value\", at_least = 1 } ]"),
        ),
        (
            "misplaced-field",
            trigger("not = { field = \"event.props.x\", equals = 1 }"),
        ),
        (
            "unknown-operator",
            with_condition("{ field = \"page.title\", not_equals = \"x\" }"),
        ),
        (
            "operator-mismatch",
            with_condition("{ field = \"page.title\", at_least = 3 }"),
        ),
        (
            "missing-operator",
            with_condition("{ field = \"page.title\" }"),
        ),
        ("bad-condition", rule("not = {}")),
        ("bad-condition", rule("page_type = []")),
    ]
}

/// Names and what refers to them.
fn about_names() -> Vec<(&'static str, String)> {
    vec![
        (
            "unknown-page-type",
            rule("page_type = [\"pricing\", \"prcing\"]"),
        ),
        (
            "unknown-page-type",
            with_condition("{ field = \"session.views.prcing\", at_least = 1 }"),
        ),
        (
            "unknown-page-type",
            with_condition("{ field = \"session.page_types\", contains = \"prcing\" }"),
        ),
        (
            "unknown-page-type",
            "[policy]\nnever_on = \"prcing\"".into(),
        ),
        (
            "unknown-score",
            with_condition("{ field = \"score.by\", at_least = 1 }"),
        ),
        (
            "unknown-stage",
            with_condition("{ field = \"stage.buy\", equals = \"cold\" }"),
        ),
        ("duplicate-id", format!("{}{}", rule(""), rule(""))),
        ("duplicate-id", "[policy]\n".into()),
        (
            "key-clash",
            format!(
                "{}on = \"identify\"\n{}on = \"identify\"",
                RULE.replace("\"x\"", "\"costarring\""),
                RULE.replace("\"x\"", "\"liquid\"")
            ),
        ),
        (
            "equal-stages",
            "[[score]]\nname = \"s\"\nstages = { a = 5, b = 5 }".into(),
        ),
    ]
}

/// Legal, and most likely not what was meant.
fn about_sense() -> Vec<(&'static str, String)> {
    vec![
        ("selling-tone", "[[trigger]]\nid = \"t\"\npage_type = \"help\"\nall = [ { field = \"page.active\", at_least = \"5s\" } ]\ninvitation = { tone = \"sales\", message = { en = \"Hello\" } }".into()),
        ("unreachable-page-type", format!("[[page_type]]\nname = \"p\"\nmatch = [\"/pricing/pro\", \"/Help*\"]\n{}", rule("page_type = \"p\""))),
        ("missing-language", format!("{TRIGGER}[[trigger]]\nid = \"u\"\nall = [ {{ field = \"page.active\", at_least = \"5s\" }} ]\ninvitation = {{ message = {{ en = \"Hello\", ar = \"أهلا\" }} }}")),
        ("never-holds", with_condition("{ field = \"score.buy\", at_least = 101 }")),
        ("never-holds", with_condition("{ field = \"score.buy\", more_than = 100 }")),
        ("never-holds", rule("any = []")),
        ("never-holds", with_condition("{ field = \"page.title\", one_of = [] }")),
        ("silenced-trigger", format!("[policy]\nnever_on = \"help\"\n{}", trigger("page_type = \"help\""))),
        ("score-without-rules", "[[score]]\nname = \"fit\"".into()),
        ("unused-page-type", "[[page_type]]\nname = \"p\"\nmatch = []".into()),
    ]
}

#[test]
fn each_mistake_earns_its_code_and_no_other() {
    for (code, source) in cases() {
        // A second policy is a duplicate only beside a first.
        let source = match (code, source.as_str()) {
            ("duplicate-id", "[policy]\n") => {
                let files =
                    [("a", "[policy]"), ("b", "[policy]")].map(|(n, t)| SourceFile::new(n, t));
                assert_eq!(compile(&files).unwrap_err()[0].code, Code::DuplicateId);
                continue;
            }
            _ => source,
        };
        assert_eq!(
            codes(&source),
            [code],
            "{source}\n{:#?}",
            said(beside_base(&source))
        );
    }
}

#[test]
fn every_code_is_earned_by_some_case() {
    let mut earned: BTreeSet<_> = cases().into_iter().map(|(code, _)| code).collect();
    // These two are about whole files: see `limits` and `snapshots`.
    // The last is never alone: see above.
    earned.extend(["not-utf8", "too-large", "unreachable-trigger"]);
    let all: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(earned, all, "add a case for every new code");
}

#[test]
fn a_file_that_cannot_be_read_hides_no_other_file_and_blames_no_name() {
    let files = [
        SourceFile::new("pages.toml", "[[page_type]]\nname = "),
        SourceFile::new("rules.toml", rule("page_type = \"pricing\"\npionts = 1")),
    ];
    let said = compile(&files).unwrap_err();
    let codes: Vec<_> = said
        .iter()
        .map(|d| (&*d.place.file, d.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [("pages.toml", "syntax"), ("rules.toml", "unknown-key")]
    );
}

#[test]
fn an_ill_formed_name_is_one_mistake_however_often_it_is_used() {
    let source = format!(
        "[[page_type]]\nname = \"Big Sale\"\nmatch = \"/sale\"\n{}",
        rule("page_type = \"Big Sale\"")
    );
    assert_eq!(codes(&source), ["bad-id"]);
}

#[test]
fn places_count_lines_and_characters() {
    let said = said(beside_base(
        "# سعر\n\n[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"identify\"\npoints = 1\nname = \"أهلا\"\nnot = { field = \"visitor.city\", equal = \"الرياض\" }",
    ));
    let place = &said[0].place;
    assert_eq!(
        (&*place.file, place.line, place.column),
        ("rules.toml", 9, 33)
    );
    assert_eq!(place.end - place.start, "equal".len());
}
