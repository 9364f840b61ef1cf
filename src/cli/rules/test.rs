//! `ahlan rules test`: walks the tests of a rule set and shows the first difference of each that fails.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{MISTAKES, count};
use crate::domain::Millis;
use crate::engine::{self, Difference, JourneyOutcome, TestReport};
use crate::rules::{self, Counts, Diagnostic, Look, Place, SourceFile};
use crate::rules_dir::load_dir;

/// What `ahlan rules test` takes.
#[derive(Args, Debug)]
pub(super) struct TestArgs {
    /// A directory of *.toml files, or one file.
    path: PathBuf,
    /// Only tests with this in their name.
    #[arg(long)]
    filter: Option<String>,
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For tools: one JSON object, with what happened in each test.
    Json,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct JsonReport<'a> {
    usable: bool,
    #[serde(flatten)]
    report: &'a TestReport,
    diagnostics: &'a [Diagnostic],
}

/// Walks the tests, reports, and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &TestArgs) -> anyhow::Result<u8> {
    let files = load_dir(&args.path)?;
    let mut compiled = match rules::compile(&files) {
        Ok(compiled) => compiled,
        Err(mistakes) => {
            broken(out, args, &files, &mistakes)?;
            return Ok(MISTAKES);
        }
    };
    if let Some(filter) = &args.filter {
        let fits = |name: &str| name.to_lowercase().contains(&filter.to_lowercase());
        compiled.journeys.retain(|journey| fits(&journey.name));
    }
    let report = engine::run_tests(&compiled);
    match args.format {
        Format::Text => out.write_all(told(&report, &args.path, &files).as_bytes())?,
        Format::Json => write_json(out, true, &report, &compiled.notes)?,
    }
    Ok(if report.failed == 0 { 0 } else { MISTAKES })
}

/// What fails, for people, if a test of these files does. Files with mistakes have no tests.
pub(super) fn failing(path: &Path, files: &[SourceFile]) -> Option<String> {
    let report = engine::run_tests(&rules::compile(files).ok()?);
    let told = || marked(&report, |test| !test.passed) + &failures(&report, path, files);
    (report.failed > 0).then(told)
}

fn broken(
    out: &mut dyn Write,
    args: &TestArgs,
    files: &[SourceFile],
    mistakes: &[Diagnostic],
) -> anyhow::Result<()> {
    match args.format {
        Format::Text => {
            let look = if io::stdout().is_terminal() {
                Look::Colour
            } else {
                Look::Plain
            };
            let folder = folder(&args.path).to_string_lossy();
            out.write_all(rules::render(mistakes, files, &folder, look).as_bytes())?;
            let (path, summary) = (args.path.display(), rules::summary(Counts::of(mistakes)));
            writeln!(out, "{path}: {summary}; no test was run")?;
        }
        Format::Json => write_json(out, false, &TestReport::default(), mistakes)?,
    }
    Ok(())
}

fn write_json(
    out: &mut dyn Write,
    usable: bool,
    report: &TestReport,
    diagnostics: &[Diagnostic],
) -> anyhow::Result<()> {
    let report = JsonReport {
        usable,
        report,
        diagnostics,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)?;
    Ok(())
}

/// The directory that the names of the files are relative to.
fn folder(path: &Path) -> &Path {
    if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new(""))
    }
}

/// The whole report for people.
fn told(report: &TestReport, path: &Path, files: &[SourceFile]) -> String {
    marked(report, |_| true) + &failures(report, path, files)
}

/// The tests that are `wanted`, a line each.
fn marked(report: &TestReport, wanted: impl Fn(&JourneyOutcome) -> bool) -> String {
    let line = |test: &JourneyOutcome| {
        let mark = if test.passed { "ok  " } else { "FAIL" };
        format!("{mark}  {}\n", test.name)
    };
    let tests = report.tests.iter().filter(|test| wanted(test));
    tests.map(line).collect()
}

/// The first difference of each test that fails, and how many do. Writing to a string cannot fail.
fn failures(report: &TestReport, path: &Path, files: &[SourceFile]) -> String {
    let mut text = String::new();
    let failed = report
        .tests
        .iter()
        .filter_map(|test| Some((test, test.difference.as_ref()?)));
    for (test, difference) in failed {
        tell(&mut text, test, difference, folder(path), files);
    }
    let gap = if report.tests.is_empty() { "" } else { "\n" };
    let tests = count(report.tests.len(), "test");
    let _ = match report.failed {
        0 => writeln!(text, "{gap}{}: {tests}, all passed", path.display()),
        failed => writeln!(
            text,
            "{gap}{}: {tests}, {} passed, {failed} failed",
            path.display(),
            report.passed
        ),
    };
    text
}

/// One failed test: what was expected where, what was instead, why, and how it came about.
fn tell(
    text: &mut String,
    test: &JourneyOutcome,
    difference: &Difference,
    folder: &Path,
    files: &[SourceFile],
) {
    let _ = writeln!(text, "\n{}", test.name);
    quote(text, &difference.place, folder, files);
    let _ = writeln!(text, "  at        {}", clock(difference.at_ms));
    let _ = writeln!(text, "  expected  {}", difference.expected);
    let _ = writeln!(text, "  actual    {}", difference.actual);
    for (at, why) in difference.why.iter().enumerate() {
        let label = if at == 0 { "because" } else { "" };
        let _ = writeln!(text, "  {label:<8}  {why}");
    }
    for (at, moment) in test.timeline.iter().enumerate() {
        let label = if at == 0 { "so far" } else { "" };
        let effects = if moment.effects.is_empty() {
            String::new()
        } else {
            format!(": {}", moment.effects.join(", "))
        };
        let scores = moment
            .scores
            .iter()
            .map(|score| format!("{} {}", score.name, score.points));
        let scores = scores.collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "  {label:<8}  {:>6}  {}{effects} ({scores})",
            clock(moment.at_ms),
            moment.what
        );
    }
}

/// Time since the visit began.
fn clock(at: Millis) -> String {
    if at == Millis::ZERO {
        return "0s".to_owned();
    }
    at.to_string()
}

/// The line of the expectation, with a mark beneath.
fn quote(text: &mut String, place: &Place, folder: &Path, files: &[SourceFile]) {
    let path = folder.join(&*place.file);
    let (line, column) = (place.line, place.column);
    let _ = writeln!(text, "  --> {}:{line}:{column}", path.display());
    let source = files.iter().find(|file| *file.name == *place.file);
    let Some(quoted) = source.and_then(|file| file.text.lines().nth(line - 1)) else {
        return;
    };
    let marked = place.end.saturating_sub(place.start).max(1);
    let gutter = line.to_string();
    let _ = writeln!(text, "  {gutter} | {quoted}");
    let _ = writeln!(
        text,
        "  {:width$} | {:indent$}{}",
        "",
        "",
        "^".repeat(marked),
        width = gutter.len(),
        indent = column - 1
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit code and what was printed.
    fn tested(path: &str, filter: Option<&str>, format: Format) -> (u8, String) {
        let mut out = Vec::new();
        let args = TestArgs {
            path: path.into(),
            filter: filter.map(str::to_owned),
            format,
        };
        let code = run(&mut out, &args).expect("there is something to read");
        (code, String::from_utf8(out).expect("reports are text"))
    }

    #[test]
    fn the_tests_of_the_default_rules_pass() {
        let (code, text) = tested("rules/shop", None, Format::Text);
        assert_eq!(code, 0, "{text}");
        assert!(text.ends_with("all passed\n"), "{text}");
        assert!(
            text.lines().count() > 14,
            "the shop tells its stories: {text}"
        );
    }

    #[test]
    fn a_filter_leaves_the_tests_with_that_in_their_name() {
        let (code, text) = tested("rules/shop", Some("CHECKOUT"), Format::Text);
        assert_eq!(code, 0, "{text}");
        assert!(text.lines().count() < 8, "{text}");
        let (code, text) = tested("rules/shop", Some("no such name"), Format::Text);
        assert_eq!(
            (code, text.as_str()),
            (0, "rules/shop: 0 tests, all passed\n")
        );
    }

    #[test]
    fn a_failed_test_shows_the_first_difference_with_its_reasons() {
        let (code, text) = tested("tests/fixtures/rules/failing-tests", None, Format::Text);
        assert_eq!(code, MISTAKES);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn tools_get_everything_that_happened() {
        let (code, text) = tested("tests/fixtures/rules/failing-tests", None, Format::Json);
        assert_eq!(code, MISTAKES);
        let report: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let test = &report["tests"][0];
        assert_eq!(test["passed"], false);
        assert_eq!(test["difference"]["file"], "rules.toml");
        assert_eq!(test["timeline"][0]["what"], "opens https://site.example/");
        assert_eq!(report["failed"], 3);
        assert_eq!(report["usable"], true);
    }

    #[test]
    fn a_rule_set_with_mistakes_is_not_tested() {
        let (code, text) = tested("tests/fixtures/rules/ten-mistakes", None, Format::Text);
        assert_eq!(code, MISTAKES);
        assert!(text.ends_with("no test was run\n"), "{text}");
        let (_, text) = tested("tests/fixtures/rules/ten-mistakes", None, Format::Json);
        assert!(text.contains("\"usable\": false"), "{text}");
    }
}
