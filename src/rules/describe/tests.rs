//! What is said of a condition is what was written.

use super::*;
use crate::rules::{SourceFile, compile};

fn rule_set(condition: &str) -> RuleSet {
    let text = format!(
        "[[page_type]]\nname = \"pricing\"\nmatch = [\"/pricing\"]\n\
         [[page_type]]\nname = \"sales\"\nmatch = [\"/sales\"]\n\
         [[page_type]]\nname = \"blog\"\nmatch = [\"/blog\"]\n\
         [[page_type]]\nname = \"help\"\nmatch = [\"/help\"]\n\
         [[score]]\nname = \"buy\"\nmax = 100\nstages = {{ warm = 25, hot = 60 }}\n\
         [[score]]\nname = \"fit\"\nmax = 100\n\
         [[matrix]]\nname = \"lead\"\n\
         rows = {{ score = \"fit\", A = 60, B = 30 }}\ncolumns = {{ score = \"buy\", 1 = 60, 2 = 25 }}\n\
         [hours]\ntime_zone = \"Asia/Riyadh\"\nopen = {{ mon = [\"09:00-17:00\"] }}\nholidays = [\"2026-09-23\"]\n\
         [[score_rule]]\nid = \"a\"\nname = \"A\"\nscore = \"buy\"\non = \"event\"\npoints = 1\nall = [ {condition} ]\n"
    );
    compile(&[SourceFile::new("rules.toml", text)])
        .unwrap_or_else(|mistakes| panic!("{condition}: {mistakes:?}"))
        .rule_set
}

fn leaves(condition: &crate::rules::Condition, found: &mut Vec<Leaf>) {
    use crate::rules::Condition;
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                leaves(part, found);
            }
        }
        Condition::Not(part) => leaves(part, found),
        Condition::Leaf(leaf) => found.push(leaf.clone()),
        Condition::Segment { condition, .. } => leaves(condition, found),
    }
}

/// The leaf as it would be written in a file.
fn written(rules: &RuleSet) -> Vec<String> {
    let mut found = Vec::new();
    leaves(&rules.score_rules[0].condition, &mut found);
    let write = |leaf: &Leaf| {
        let asked = leaf.asks(rules);
        let wanted = match &asked.wanted {
            Plain::List(_) => format!("[{}]", asked.wanted),
            one => one.to_string(),
        };
        let name = rules.field_name(&leaf.field);
        let window = asked.in_last.map(|span| format!(", in_last = \"{span}\""));
        let case = if asked.case_sensitive {
            ", case_sensitive = true"
        } else {
            ""
        };
        let window = window.unwrap_or_default();
        format!(
            "{{ field = \"{name}\", {} = {wanted}{window}{case} }}",
            asked.operator
        )
    };
    found.iter().map(write).collect()
}

#[test]
fn every_example_of_the_catalogue_says_itself() {
    for spec in FIELDS {
        let example = spec
            .example
            .replace("blog", "pricing")
            .replace("\"sales\"", "\"pricing\"");
        let example = example.replace("\"warm\", ", "");
        let rules = rule_set(&example);
        let again: Vec<_> = written(&rules);
        // What is said compiles to the very same condition.
        let back = rule_set(&again.join(", "));
        let strip = |rules: &RuleSet| {
            let mut found = Vec::new();
            leaves(&rules.score_rules[0].condition, &mut found);
            found
        };
        assert_eq!(strip(&back), strip(&rules), "{}: {again:?}", spec.name);
    }
}

#[test]
fn a_leaf_is_said_as_it_is_written() {
    for leaf in [
        "{ field = \"page.active\", at_least = \"30s\" }",
        "{ field = \"session.active\", between = [\"1m\", \"90s\"] }",
        "{ field = \"session.page_views\", more_than = 3 }",
        "{ field = \"page.scroll\", less_than = 12.5 }",
        "{ field = \"score.buy\", at_most = 40 }",
        "{ field = \"visitor.country\", one_of = [\"SA\", \"ae\"] }",
        "{ field = \"page.path\", matches = \"/a*\" }",
        "{ field = \"visitor.identified\", equals = true }",
        "{ field = \"visitor.city\", exists = false }",
        "{ field = \"visitor.city\", equals = \"Riyadh\" }",
        "{ field = \"session.views.pricing\", equals = 2 }",
        "{ field = \"session.events.Add_to_cart\", at_least = 3, in_last = \"5m\" }",
        "{ field = \"page.title\", contains = \"Sale\", case_sensitive = true }",
        "{ field = \"page.title\", matches_regex = \"^sale\" }",
        "{ field = \"time.date\", before = \"2026-11-20\" }",
        "{ field = \"time.date\", after = \"2026-11-20\" }",
        "{ field = \"time.date\", on = \"2026-11-20\" }",
        "{ field = \"time.date\", between = [\"2026-11-20\", \"2026-11-30\"] }",
        "{ field = \"visitor.trait.renewal\", within_next = \"14d\" }",
        "{ field = \"visitor.trait.renewal\", after = \"2026-11-20T10:00:00Z\" }",
        "{ field = \"matrix.lead\", equals = \"A1\" }",
        "{ field = \"chat.free_slots_in.sales\", at_least = 1 }",
    ] {
        assert_eq!(written(&rule_set(leaf)), [leaf]);
    }
}

#[test]
fn bounds_are_those_that_are_missed() {
    let bound = |to, up, strict| Some(Bound { to, up, strict });
    let at_least = Test::Between(3.0, f64::INFINITY);
    assert_eq!(at_least.bound_for(2.0, true), bound(3.0, true, false));
    assert_eq!(at_least.bound_for(3.0, true), None);
    assert_eq!(at_least.bound_for(4.0, false), bound(3.0, false, true));
    let between = Test::Between(1.0, 2.0);
    assert_eq!(between.bound_for(5.0, true), bound(2.0, false, false));
    assert_eq!(between.bound_for(1.5, false), bound(2.0, true, true));
    assert_eq!(
        Test::MoreThan(2.0).bound_for(2.0, true),
        bound(2.0, true, true)
    );
    assert_eq!(Test::Is("a".into()).bound_for(1.0, true), None);
}
