//! Each operator against each type of field, accepted or refused; and what it compiles to.

use super::{beside_base, codes, one, with_condition};
use crate::domain::Key;
use crate::rules::catalogue::FIELDS;
use crate::rules::{Condition, Field, FieldType, Leaf, Operator, Test, Words};

/// A field of each type, with a value that fits it.
const SAMPLES: [(&str, FieldType, &str); 15] = [
    ("page.title", FieldType::Text, "\"Offer\""),
    (
        "page.type",
        FieldType::Word(Words::PageTypes),
        "\"pricing\"",
    ),
    ("stage.buy", FieldType::Word(Words::Stages), "\"hot\""),
    (
        "visitor.device",
        FieldType::Word(Words::Devices),
        "\"mobile\"",
    ),
    (
        "visitor.country",
        FieldType::Word(Words::Countries),
        "\"SA\"",
    ),
    (
        "session.page_types",
        FieldType::List(Words::PageTypes),
        "\"help\"",
    ),
    ("visitor.tags", FieldType::Texts, "\"vip\""),
    ("crossed_up.buy", FieldType::List(Words::Stages), "\"hot\""),
    ("time.weekday", FieldType::Word(Words::Weekdays), "\"sun\""),
    ("time.date", FieldType::Date, "\"2026-03-01\""),
    ("session.page_views", FieldType::Number, "3"),
    ("page.active", FieldType::Duration, "\"30s\""),
    ("visitor.returning", FieldType::Flag, "true"),
    ("visitor.trait.plan", FieldType::Any, "\"free\""),
    ("visitor.trait.seats", FieldType::Any, "5"),
];

fn argument(operator: Operator, value: &str) -> String {
    match operator {
        Operator::OneOf | Operator::AnyOf | Operator::AllOf | Operator::NoneOf => {
            format!("[{value}]")
        }
        Operator::Before | Operator::After | Operator::On => "\"2026-03-01\"".into(),
        Operator::Within | Operator::WithinNext => "\"30d\"".into(),
        Operator::Between => format!("[{value}, {value}]"),
        Operator::Exists => "true".into(),
        Operator::Equals
        | Operator::Contains
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Matches
        | Operator::MatchesRegex
        | Operator::AtLeast
        | Operator::AtMost
        | Operator::MoreThan
        | Operator::LessThan => value.into(),
    }
}

fn asks_for_text(operator: Operator) -> bool {
    use Operator::{Contains, EndsWith, Matches, MatchesRegex, StartsWith};
    [Contains, StartsWith, EndsWith, Matches, MatchesRegex].contains(&operator)
}

fn asks_for_number(operator: Operator) -> bool {
    use Operator::{AtLeast, AtMost, Between, LessThan, MoreThan};
    [AtLeast, AtMost, Between, LessThan, MoreThan].contains(&operator)
}

#[test]
fn each_operator_applies_to_its_types_and_to_no_other() {
    for (field, of, value) in SAMPLES {
        for operator in Operator::ALL {
            let argument = argument(operator, value);
            let source = with_condition(&format!(
                "{{ field = \"{field}\", {} = {argument} }}",
                operator.as_str()
            ));
            // A field of any type takes every operator; then the literal has to fit the operator.
            let is_text = value.starts_with('"');
            let unfit = of == FieldType::Any
                && (asks_for_text(operator) && !is_text || asks_for_number(operator) && is_text);
            let expected = match (of.operators().contains(&operator), unfit) {
                (false, _) => vec!["operator-mismatch"],
                (true, true) if operator == Operator::Between => vec!["type-mismatch"; 2],
                (true, true) => vec!["type-mismatch"],
                (true, false) => vec![],
            };
            assert_eq!(codes(&source), expected, "{source}");
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    let values = ["\"text\"", "7", "true", "1979-05-27", "{ a = 1 }", "[1]"];
    for (field, of, value) in SAMPLES {
        let operator = match of {
            FieldType::Duration => "at_least",
            FieldType::Date => "on",
            FieldType::Text
            | FieldType::Word(_)
            | FieldType::List(_)
            | FieldType::Texts
            | FieldType::Number
            | FieldType::Flag
            | FieldType::Any => "equals",
        };
        for other in values {
            let source =
                with_condition(&format!("{{ field = \"{field}\", {operator} = {other} }}"));
            let same_type = match of {
                FieldType::Text
                | FieldType::Word(_)
                | FieldType::List(_)
                | FieldType::Texts
                | FieldType::Duration => other == "\"text\"",
                FieldType::Date => ["\"text\"", "1979-05-27"].contains(&other),
                FieldType::Number => other == "7",
                FieldType::Flag => other == "true",
                FieldType::Any => ["\"text\"", "7", "true"].contains(&other),
            };
            if !same_type {
                assert_eq!(
                    codes(&source),
                    ["type-mismatch"],
                    "{source} (it takes {value})"
                );
            }
        }
    }
}

#[test]
fn every_example_of_the_catalogue_compiles() {
    let more =
        ["sales", "blog"].map(|t| format!("[[page_type]]\nname = \"{t}\"\nmatch = \"/{t}\"\n"));
    let more = format!(
        "{}[policy]\nnever_on = [\"sales\", \"blog\"]\n\
         [[matrix]]\nname = \"lead\"\nrows = {{ score = \"buy\", A = 50, B = 0 }}\n\
         columns = {{ score = \"buy\", 1 = 40, 2 = 0 }}\n\
         [hours]\nopen = {{ mon = \"09:00-17:00\" }}\nholidays = [\"2026-09-23\"]\n",
        more.concat()
    );
    for spec in FIELDS {
        let source = format!("{more}{}", with_condition(spec.example));
        assert!(codes(&source).is_empty(), "{}: {}", spec.name, spec.example);
    }
}

fn compiled(condition: &str) -> Condition {
    let compiled = beside_base(&with_condition(condition)).expect("the condition is well formed");
    let Condition::All(mut parts) = compiled.rule_set.score_rules[0].condition.clone() else {
        panic!("`all` compiles to all");
    };
    parts.remove(0)
}

fn leaf(field: Field, test: Test) -> Condition {
    Condition::Leaf(Leaf { field, test })
}

/// That conditions compile to what stands beside them.
fn compile_to<const N: usize>(cases: [(&str, Condition); N]) {
    for (condition, expected) in cases {
        assert_eq!(compiled(condition), expected, "{condition}");
    }
}

#[test]
fn texts_compile_to_lower_case() {
    use Field::{PageTitle, SessionPageTypes, VisitorCountry};
    let countries = Test::OneOf(vec!["sa".into(), "ae".into()]);
    let plan = Field::VisitorTrait("Plan".into());
    compile_to([
        (
            "{ field = \"page.title\", equals = \"Offer\" }",
            leaf(PageTitle, Test::Is("offer".into())),
        ),
        (
            "{ field = \"page.title\", contains = \"ÄB\" }",
            leaf(PageTitle, Test::Contains("äb".into())),
        ),
        (
            "{ field = \"page.title\", matches = \"A*\" }",
            leaf(PageTitle, Test::Matches("a*".into())),
        ),
        (
            "{ field = \"visitor.country\", one_of = [\"SA\", \"ae\"] }",
            leaf(VisitorCountry, countries),
        ),
        (
            "{ field = \"session.page_types\", contains = \"help\" }",
            leaf(SessionPageTypes, Test::Is("help".into())),
        ),
        (
            "{ field = \"visitor.returning\", equals = true }",
            leaf(Field::VisitorReturning, Test::Flag(true)),
        ),
        (
            "{ field = \"visitor.trait.Plan\", exists = false }",
            leaf(plan, Test::Exists(false)),
        ),
    ]);
}

#[test]
fn numbers_and_durations_compile_to_ranges() {
    use Field::{PageActive, PageScroll};
    let from = |least| Test::Between(least, f64::INFINITY);
    let to = |most| Test::Between(f64::NEG_INFINITY, most);
    let exactly = |number| leaf(PageScroll, Test::Between(number, number));
    let both = vec![
        leaf(PageScroll, from(1.0)),
        leaf(PageScroll, Test::LessThan(9.0)),
    ];
    let (buy, help) = (
        Field::Score(Key::of("buy")),
        Field::SessionViews(Key::of("help")),
    );
    compile_to([
        ("{ field = \"page.scroll\", equals = 50 }", exactly(50.0)),
        (
            "{ field = \"page.scroll\", at_least = 2.5 }",
            leaf(PageScroll, from(2.5)),
        ),
        (
            "{ field = \"page.active\", at_least = \"1m\" }",
            leaf(PageActive, from(60.0)),
        ),
        (
            "{ field = \"page.active\", at_most = \"1500ms\" }",
            leaf(PageActive, to(1.5)),
        ),
        (
            "{ field = \"page.active\", between = [\"5s\", \"10s\"] }",
            leaf(PageActive, Test::Between(5.0, 10.0)),
        ),
        (
            "{ field = \"score.buy\", more_than = 5 }",
            leaf(buy, Test::MoreThan(5.0)),
        ),
        (
            "{ field = \"session.views.help\", less_than = 2 }",
            leaf(help, Test::LessThan(2.0)),
        ),
        (
            "{ field = \"page.scroll\", one_of = [1, 2] }",
            Condition::Any(vec![exactly(1.0), exactly(2.0)]),
        ),
        (
            "{ field = \"page.scroll\", at_least = 1, less_than = 9 }",
            Condition::All(both),
        ),
    ]);
}

#[test]
fn conditions_may_be_written_as_tables_too() {
    let headed = "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"event\"\npoints = 1\n[[score_rule.all]]\nfield = \"page.scroll\"\nat_least = 5\n";
    let inline = with_condition("{ field = \"page.scroll\", at_least = 5 }");
    let condition = |text| {
        beside_base(text).expect("it compiles").rule_set.score_rules[0]
            .condition
            .clone()
    };
    assert_eq!(condition(headed), condition(&inline));
}

#[test]
fn the_groups_of_a_rule_hold_together() {
    let rule = "[[score]]\nname = \"buy\"\n[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"identify\"\npoints = 1\n";
    let condition = |groups: &str| {
        one(&format!("{rule}{groups}"))
            .expect("it compiles")
            .rule_set
            .score_rules[0]
            .condition
            .clone()
    };
    assert_eq!(condition(""), Condition::ALWAYS);
    let scroll = leaf(Field::PageScroll, Test::Between(5.0, f64::INFINITY));
    let not = Condition::Not(Box::new(scroll.clone()));
    let text = "{ field = \"page.scroll\", at_least = 5 }";
    assert_eq!(condition(&format!("not = {text}")), not);
    assert_eq!(
        condition(&format!("any = [ {text} ]\nnot = {text}")),
        Condition::All(vec![Condition::Any(vec![scroll]), not])
    );
}
