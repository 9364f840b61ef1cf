//! `ahlan rules check`: every mistake of a rule set at its place.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{MISTAKES, count};
use crate::rules::{self, Compiled, Counts, Diagnostic, Look, RuleSet, SourceFile};
use crate::rules_dir::load_dir;

/// What `ahlan rules check` takes.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// A directory of *.toml files, or one file.
    path: PathBuf,
    /// How to report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For tools: one JSON object.
    Json,
}

/// Checks, reports, and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &CheckArgs) -> anyhow::Result<u8> {
    check(out, &args.path, args.format)
}

/// What `--format json` prints.
#[derive(Serialize)]
struct JsonReport<'a> {
    usable: bool,
    hash: Option<String>,
    #[serde(flatten)]
    counts: Counts,
    diagnostics: &'a [Diagnostic],
}

fn check(out: &mut dyn Write, path: &Path, format: Format) -> anyhow::Result<u8> {
    let files = load_dir(path)?;
    let compiled = rules::compile(&files);
    match format {
        Format::Text => write_text(out, path, &files, &compiled)?,
        Format::Json => write_json(out, &compiled)?,
    }
    Ok(if compiled.is_ok() { 0 } else { MISTAKES })
}

fn write_text(
    out: &mut dyn Write,
    path: &Path,
    files: &[SourceFile],
    compiled: &Result<Compiled, Vec<Diagnostic>>,
) -> anyhow::Result<()> {
    let directory = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new(""))
    };
    let look = if io::stdout().is_terminal() {
        Look::Colour
    } else {
        Look::Plain
    };
    let diagnostics = diagnostics(compiled);
    let text = rules::render(diagnostics, files, &directory.to_string_lossy(), look);
    out.write_all(text.as_bytes())?;
    let summary = rules::summary(Counts::of(diagnostics));
    let path = path.display();
    match compiled {
        Ok(compiled) => writeln!(out, "{path}: {}, {summary}", contents(&compiled.rule_set))?,
        Err(_) => writeln!(out, "{path}: {summary} in {}", count(files.len(), "file"))?,
    }
    Ok(())
}

fn write_json(
    out: &mut dyn Write,
    compiled: &Result<Compiled, Vec<Diagnostic>>,
) -> anyhow::Result<()> {
    let diagnostics = diagnostics(compiled);
    let report = JsonReport {
        usable: compiled.is_ok(),
        hash: compiled
            .as_ref()
            .ok()
            .map(|compiled| compiled.rule_set.hash.to_string()),
        counts: Counts::of(diagnostics),
        diagnostics,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)?;
    Ok(())
}

fn diagnostics(compiled: &Result<Compiled, Vec<Diagnostic>>) -> &[Diagnostic] {
    match compiled {
        Ok(compiled) => &compiled.notes,
        Err(mistakes) => mistakes,
    }
}

/// "9 page types, 2 scores, 14 score rules, 6 triggers".
fn contents(rule_set: &RuleSet) -> String {
    [
        count(rule_set.page_types.len(), "page type"),
        count(rule_set.scores.len(), "score"),
        count(rule_set.score_rules.len(), "score rule"),
        count(rule_set.triggers.len(), "trigger"),
    ]
    .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit code and what was printed.
    fn checked(path: &Path, format: Format) -> (u8, String) {
        let mut out = Vec::new();
        let code = check(&mut out, path, format).expect("there is something to read");
        (code, String::from_utf8(out).expect("reports are text"))
    }

    #[test]
    fn the_default_rules_are_clean() {
        let (code, text) = checked(Path::new("rules/shop"), Format::Text);
        assert_eq!(code, 0, "{text}");
        assert_eq!(text.lines().count(), 1, "no warning and no hint: {text}");
        assert!(
            text.starts_with("rules/shop: 9 page types, 2 scores, "),
            "{text}"
        );
        assert!(text.ends_with("triggers, clean\n"), "{text}");
    }

    #[test]
    fn mistakes_are_summed_up_and_placed_by_path() {
        let path = Path::new("tests/fixtures/rules/ten-mistakes");
        let (code, text) = checked(path, Format::Text);
        assert_eq!(code, MISTAKES);
        assert!(
            text.contains("--> tests/fixtures/rules/ten-mistakes/rules.toml:26:6"),
            "{text}"
        );
        assert!(
            text.ends_with("ten-mistakes: 10 errors in 1 file\n"),
            "{text}"
        );
        let (code, one_file) = checked(&path.join("rules.toml"), Format::Text);
        assert_eq!(code, MISTAKES);
        assert!(
            one_file.contains("--> tests/fixtures/rules/ten-mistakes/rules.toml:26:6"),
            "{one_file}"
        );
    }

    #[test]
    fn tools_get_one_object() {
        let parse =
            |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
        let (code, text) = checked(Path::new("tests/fixtures/rules/ten-mistakes"), Format::Json);
        let report = parse(&text);
        assert_eq!(
            (code, &report["usable"], &report["errors"]),
            (MISTAKES, &false.into(), &10.into())
        );
        assert_eq!(report["diagnostics"][0]["code"], "bad-pattern");
        let (code, text) = checked(Path::new("rules/shop"), Format::Json);
        assert_eq!((code, &parse(&text)["usable"]), (0, &true.into()));
    }

    #[test]
    fn a_path_that_is_not_there_is_a_failure_to_run() {
        let mut out = Vec::new();
        let error = check(&mut out, Path::new("rules/nowhere"), Format::Text).unwrap_err();
        assert!(error.to_string().contains("rules/nowhere"), "{error}");
        assert!(out.is_empty());
    }
}
