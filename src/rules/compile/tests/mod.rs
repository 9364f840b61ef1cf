//! The compiler through its front door: sources in, rule set or diagnostics out.

mod accepted;
mod advice;
mod awkward;
mod codes;
mod fixes;
mod fuzz;
mod journeys;
mod limits;
mod lints;
mod operators;
mod properties;
mod shop;
mod snapshots;
mod tables;

use super::{Compiled, compile};
use crate::rules::{Diagnostic, SourceFile};

/// What every test rule may refer to.
const BASE: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"

[[page_type]]
name = "help"
match = "/help*"

[[score]]
name = "buy"
max = 100
stages = { warm = 25, hot = 60 }
"#;

/// Compiles one file.
fn one(text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile(&[SourceFile::new("rules.toml", text)])
}

/// Compiles a file beside the base.
fn beside_base(text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    compile(&[
        SourceFile::new("base.toml", BASE),
        SourceFile::new("rules.toml", text),
    ])
}

/// Everything that was said, errors or not.
fn said(outcome: Result<Compiled, Vec<Diagnostic>>) -> Vec<Diagnostic> {
    outcome.map_or_else(|diagnostics| diagnostics, |compiled| compiled.notes)
}

/// The codes of everything that was said about `rules.toml` beside the base.
fn codes(text: &str) -> Vec<&'static str> {
    let said = said(beside_base(text)).into_iter();
    said.filter(|diagnostic| *diagnostic.place.file == *"rules.toml")
        .map(|diagnostic| diagnostic.code.as_str())
        .collect()
}

/// A score rule on a custom event with this condition, so that every field may be read.
fn with_condition(condition: &str) -> String {
    format!(
        "[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"event\"\npoints = 1\nall = [ {condition} ]\n"
    )
}
