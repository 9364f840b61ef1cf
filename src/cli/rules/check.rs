//! `ahlan rules check`: every mistake of a rule set at its place.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
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
    /// Write what was meant where that is plain, and say so.
    #[arg(long)]
    fix: bool,
    /// Fail on warnings, or on hints too, as on errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For tools and forms: one JSON object.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// From what weight on a diagnostic fails the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings too.
    Warnings,
    /// Warnings and hints too.
    Hints,
}

impl Deny {
    fn fails(self, counts: Counts) -> bool {
        counts.warnings > 0 || (self == Self::Hints && counts.hints > 0)
    }
}

/// Mends if asked to, checks, reports, and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &CheckArgs) -> anyhow::Result<u8> {
    if args.fix {
        let people = matches!(args.format, Format::Text);
        let mut nobody = io::sink();
        mend(if people { &mut *out } else { &mut nobody }, &args.path)?;
    }
    check(out, args)
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

fn check(out: &mut dyn Write, args: &CheckArgs) -> anyhow::Result<u8> {
    let path = args.path.as_path();
    let files = load_dir(path)?;
    let compiled = rules::compile(&files);
    let said = diagnostics(&compiled);
    let directory = directory(path).to_string_lossy();
    match args.format {
        Format::Text => write_text(out, path, &files, &compiled)?,
        Format::Json => write_json(out, &compiled)?,
        Format::Sarif => {
            serde_json::to_writer_pretty(&mut *out, &rules::sarif(said, &directory))?;
            writeln!(out)?;
        }
        Format::Github => out.write_all(rules::annotations(said, &directory).as_bytes())?,
    }
    let denied = args.deny.is_some_and(|deny| deny.fails(Counts::of(said)));
    Ok(if compiled.is_ok() && !denied {
        0
    } else {
        MISTAKES
    })
}

/// The directory of a rule set's files.
fn directory(path: &Path) -> &Path {
    if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new(""))
    }
}

/// Writes the safe fixes into the files and says what was done.
fn mend(out: &mut dyn Write, path: &Path) -> anyhow::Result<()> {
    let files = load_dir(path)?;
    let mended = rules::mend(&files);
    for (before, after) in files.iter().zip(&mended.files) {
        if before != after {
            let path = directory(path).join(&after.name);
            std::fs::write(&path, &after.text)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    for (place, title) in &mended.done {
        writeln!(
            out,
            "{}:{}:{}: {title}",
            place.file, place.line, place.column
        )?;
    }
    writeln!(
        out,
        "{} made",
        count(mended.done.len(), "fix").replace("fixs", "fixes")
    )?;
    Ok(())
}

fn write_text(
    out: &mut dyn Write,
    path: &Path,
    files: &[SourceFile],
    compiled: &Result<Compiled, Vec<Diagnostic>>,
) -> anyhow::Result<()> {
    let directory = directory(path);
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

    fn args(path: &Path, format: Format) -> CheckArgs {
        CheckArgs {
            path: path.to_owned(),
            format,
            fix: false,
            deny: None,
        }
    }

    /// The exit code and what was printed.
    fn checked(path: &Path, format: Format) -> (u8, String) {
        let mut out = Vec::new();
        let code = check(&mut out, &args(path, format)).expect("there is something to read");
        (code, String::from_utf8(out).expect("reports are text"))
    }

    #[test]
    fn the_default_rules_are_clean() {
        let (code, text) = checked(Path::new("rules/shop"), Format::Text);
        assert_eq!(code, 0, "{text}");
        assert_eq!(text.lines().count(), 1, "no warning and no hint: {text}");
        assert!(
            text.starts_with("rules/shop: 9 page types, 3 scores, "),
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
        let error = check(&mut out, &args(Path::new("rules/nowhere"), Format::Text)).unwrap_err();
        assert!(error.to_string().contains("rules/nowhere"), "{error}");
        assert!(out.is_empty());
    }

    #[test]
    fn code_hosts_get_sarif() {
        let path = Path::new("tests/fixtures/rules/ten-mistakes");
        let (code, text) = checked(path, Format::Sarif);
        let log: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!((code, &log["version"]), (MISTAKES, &"2.1.0".into()));
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 10);
        let mut fixes = 0;
        for result in results {
            let at = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[at]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(
                place["artifactLocation"]["uri"],
                "tests/fixtures/rules/ten-mistakes/rules.toml"
            );
            assert!(place["region"]["startLine"].as_u64() >= Some(1), "{place}");
            for fix in result["fixes"].as_array().into_iter().flatten() {
                let change = &fix["artifactChanges"][0];
                assert!(change["replacements"][0]["deletedRegion"]["byteOffset"].is_u64());
                fixes += 1;
            }
        }
        assert!(fixes >= 5, "{fixes} fixes");
    }

    #[test]
    fn pull_requests_get_annotations() {
        let path = Path::new("tests/fixtures/rules/ten-mistakes");
        let (_, text) = checked(path, Format::Github);
        assert_eq!(text.lines().count(), 10, "{text}");
        let file = "file=tests/fixtures/rules/ten-mistakes/rules.toml";
        assert!(
            text.lines()
                .all(|line| line.starts_with("::error ") && line.contains(file)),
            "{text}"
        );
        assert!(
            text.contains(",line=26,col=6,title=duplicate-id::"),
            "{text}"
        );
    }

    #[test]
    fn fixes_are_written_and_told() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("rules.toml");
        let text = "[[score]]\nname = \"buy\"\n[[score_rule]]\nid = \"x\"\nscore = \"buy\"\non = \"identify\"\npionts = 5\n";
        std::fs::write(&file, text).expect("written");
        let mut out = Vec::new();
        let fixing = CheckArgs {
            fix: true,
            ..args(dir.path(), Format::Text)
        };
        assert_eq!(run(&mut out, &fixing).expect("it can run"), 0);
        let said = String::from_utf8(out).expect("text");
        assert!(
            said.starts_with("rules.toml:7:1: replace it with `points`\n1 fix made\n"),
            "{said}"
        );
        let now = std::fs::read_to_string(&file).expect("read");
        assert_eq!(now, text.replace("pionts", "points"));
    }

    #[test]
    fn warnings_fail_a_check_that_denies_them() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("a.toml"), "[[score]]\nname = \"buy\"\n").expect("written");
        let code = |deny| {
            let args = CheckArgs {
                deny,
                ..args(dir.path(), Format::Text)
            };
            check(&mut Vec::new(), &args).expect("it can run")
        };
        assert_eq!([code(None), code(Some(Deny::Warnings))], [0, MISTAKES]);
    }
}
