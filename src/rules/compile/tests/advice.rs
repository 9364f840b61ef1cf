//! What is said beside a mistake: the way out, and every place that has to do with it.

use super::super::compile;
use super::codes::{RULE, TRIGGER, rule, trigger};
use super::{beside_base, said, with_condition};
use crate::rules::{Code, SourceFile};

#[test]
fn a_mistake_comes_with_a_way_out() {
    for (source, help) in [
        (rule("pionts = 3"), "did you mean `points`?"),
        (rule("page_type = \"prcing\""), "did you mean `pricing`?"),
        (
            format!("{RULE}on = \"custom_event\""),
            "use `page_view`, `dwell`, `session_start`, `event`, `identify` or `goal`",
        ),
        (
            with_condition("{ field = \"page_views\", at_least = 3 }"),
            "did you mean `session.page_views`?",
        ),
        (
            with_condition("{ field = \"session.country\", equals = \"SA\" }"),
            "did you mean `visitor.country`?",
        ),
        (
            with_condition("{ field = \"visitor.cuontry\", equals = \"SA\" }"),
            "did you mean `visitor.country`?",
        ),
        (
            with_condition("{ field = \"time.nam\", equals = \"x\" }"),
            "there are `time.weekday`, `time.hour`, `time.date`, `time.open`, `time.holiday`",
        ),
        (
            with_condition("{ field = \"visitor.country\", equals = \"UK\" }"),
            "did you mean `GB`?",
        ),
        (
            with_condition("{ segment = \"readers\" }"),
            "there is none yet: declare it under `[[segment]]`",
        ),
        (
            with_condition("{ field = \"visitor.returning\", equals = \"yes\" }"),
            "write `true`, without quotes",
        ),
        (
            with_condition("{ field = \"score.bye\", equals = 3 }"),
            "write `buy`",
        ),
        (
            with_condition("{ field = \"page.title\", not_equals = \"x\" }"),
            "write `not = { field = …, equals = … }`",
        ),
        (
            with_condition("{ field = \"page.scroll\", gte = 3 }"),
            "write `at_least`",
        ),
        (
            with_condition("{ field = \"page.active\", at_least = 30 }"),
            "add the unit and quotes, such as \"30s\"",
        ),
        (trigger("holdout = 10"), "add the sign and quotes: \"10%\""),
        (
            RULE.replace("\"x\"", "\"Pricing Help!\"") + "on = \"identify\"",
            "ids have 1 to 64 of a-z, 0-9, `-` and `_`; write \"pricing-help\"",
        ),
        (
            "[[page_type]]\nname = \"p\"\nmatch = \"/p?x=1\"".into(),
            "only the path is compared: write \"/p\" and ask for `page.query.<name>`",
        ),
    ] {
        let said = said(beside_base(&source));
        let first = said
            .iter()
            .find(|d| *d.place.file == *"rules.toml")
            .expect("a mistake");
        assert_eq!(first.help.as_deref(), Some(help), "{source}");
    }
}

#[test]
fn a_field_that_is_none_of_its_family_is_told_what_there_is() {
    let source = with_condition("{ field = \"visitor.nam\", equals = \"x\" }");
    let said = said(beside_base(&source));
    let help = said[0].help.as_deref().expect("help");
    assert!(help.contains("`visitor.country`"), "{help}");
    assert!(help.ends_with("is `visitor.trait.nam`"), "{help}");
    assert!(said[0].fixes.is_empty(), "no field is near enough");
}

#[test]
fn every_mistake_of_a_message_is_reported_and_mended_within_it() {
    let source = TRIGGER.replace(
        "Hello",
        "Hello {visitor.cuontry|you}, {visitor.trait.name} from {page.nothing|here}",
    );
    let files = [SourceFile::new("rules.toml", &source)];
    let said = compile(&files).unwrap_err();
    let codes: Vec<_> = said.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["bad-message", "unknown-field", "unknown-field"]);
    let fixes: Vec<_> = said.iter().flat_map(|d| &d.fixes).collect();
    let mended = &fixes[0].apply(&files)[0].text;
    assert!(
        mended.contains("Hello {visitor.country|you}, {visitor.trait.name}"),
        "{mended}"
    );
}

#[test]
fn a_table_that_is_there_twice_is_told_where_the_first_one_is() {
    let files = [SourceFile::new(
        "rules.toml",
        "[policy]\nmax_per_day = 1\n\n[policy]\nmax_per_session = 1\n",
    )];
    let said = compile(&files).unwrap_err();
    assert_eq!(said[0].code, Code::Syntax);
    let related: Vec<_> = said[0]
        .related
        .iter()
        .map(|r| (r.place.line, &*r.message))
        .collect();
    assert_eq!(related, [(1, "first here")]);
}

#[test]
fn each_person_in_a_text_is_pointed_at() {
    let source = with_condition(
        "{ field = \"visitor.trait.mail\", one_of = [\"sara@example.com omar@example.com\"] }",
    );
    let said = said(beside_base(&source));
    let hits = said.iter().filter(|d| d.code == Code::PersonalData);
    let texts: Vec<_> = hits.map(|d| &source[d.place.start..d.place.end]).collect();
    assert_eq!(texts, ["sara@example.com", "omar@example.com"]);
}

#[test]
fn a_trigger_that_is_renamed_is_one_mistake_however_many_tests_name_it() {
    let test = |name: &str| {
        format!(
            "[[test]]\nname = \"{name}\"\nvisit = [ {{ at = \"0s\", url = \"/\" }} ]\nexpect = {{ invitation = \"greeting\" }}\n"
        )
    };
    let trigger = TRIGGER.replace("\"t\"", "\"greetings\"");
    let files = [SourceFile::new(
        "rules.toml",
        format!("{trigger}{}{}{}", test("a"), test("b"), test("c")),
    )];
    let said = compile(&files).unwrap_err();
    let codes: Vec<_> = said.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::UnknownTrigger]);
    assert_eq!(
        said[0].message,
        "no trigger has the id `greeting`, which tests name 3 times"
    );
    let lines: Vec<_> = said[0]
        .related
        .iter()
        .map(|related| related.place.line)
        .collect();
    assert_eq!(lines, [12, 16]);
    assert!(
        compile(&said[0].fixes[0].apply(&files)).is_ok(),
        "one fix mends all three"
    );
}
