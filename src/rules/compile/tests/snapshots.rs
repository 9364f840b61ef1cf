//! What people and tools read. The snapshots are to be reviewed as prose.

use super::super::compile;
use super::{BASE, said};
use crate::rules::{Counts, Look, SourceFile, render, summary};

const TEN_MISTAKES: &str = include_str!("../../../../tests/fixtures/rules/ten-mistakes/rules.toml");

fn report(files: &[SourceFile]) -> String {
    let said = said(compile(files));
    let text = render(&said, files, "my-rules", Look::Plain);
    format!("{text}{}", summary(Counts::of(&said)))
}

#[test]
fn ten_mistakes_are_all_reported_at_their_place_in_one_run() {
    let files = [SourceFile::new("rules.toml", TEN_MISTAKES)];
    let said = compile(&files).unwrap_err();
    assert_eq!(said.len(), 10);
    insta::assert_snapshot!(report(&files));
}

#[test]
fn tools_read_the_same_as_json() {
    let files = [SourceFile::new("rules.toml", TEN_MISTAKES)];
    let said = compile(&files).unwrap_err();
    let two: Vec<_> = said
        .into_iter()
        .filter(|d| ["unknown-key", "duplicate-id"].contains(&d.code.as_str()))
        .collect();
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&two).expect("diagnostics are plain data")
    );
}

#[test]
fn warnings_and_hints_leave_a_rule_set_usable() {
    let doubtful = r#"
[[page_type]]
name = "plans"
match = ["/pricing/plans"]

[[score_rule]]
id = "careers"
score = "buy"
on = "page_view"
points = -10

[[trigger]]
id = "sell-on-help"
page_type = "help"
all = [ { field = "score.buy", at_least = 120 } ]
[trigger.invitation]
tone = "sales"
message = { en = "Buy now!" }

[[trigger]]
id = "sell-on-plans"
page_type = "pricing"
[trigger.invitation]
tone = "sales"
message = { en = "Questions?", ar = "هل لديك سؤال؟" }
"#;
    let files = [
        SourceFile::new("base.toml", BASE),
        SourceFile::new("rules.toml", doubtful),
    ];
    assert!(compile(&files).is_ok());
    insta::assert_snapshot!(report(&files));
}

#[test]
fn files_that_cannot_be_read_are_reported_beside_the_others() {
    let files = [
        SourceFile::new("a.toml", "[[score]\nname = \"buy\""),
        SourceFile::from_bytes("b.toml", b"# caf\xe9\n[[score]]\n".to_vec()),
        SourceFile::new("c.toml", "[[score]]\nname = \"buy\"\nmax = \"many\"\n"),
        SourceFile::new("d.toml", "[[score]]\nname = \"buy\"\n"),
    ];
    insta::assert_snapshot!(report(&files));
}
