//! `ahlan rules fmt`: rule files in one style.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{MISTAKES, count};
use crate::rules;

/// What `ahlan rules fmt` takes.
#[derive(Args, Debug)]
pub(super) struct FmtArgs {
    /// Files, or directories of *.toml files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Write nothing; name the files that are not in the style, and fail if there are any.
    #[arg(long)]
    check: bool,
}

/// Formats and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &FmtArgs) -> anyhow::Result<u8> {
    let mut untidy = 0;
    for path in args
        .paths
        .iter()
        .map(|path| files(path))
        .collect::<anyhow::Result<Vec<_>>>()?
        .concat()
    {
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
        let formatted = rules::format(&text).with_context(|| format!("cannot format {shown}"))?;
        if formatted == text {
            continue;
        }
        untidy += 1;
        if args.check {
            writeln!(
                out,
                "{shown} is not in the style; run `ahlan rules fmt {shown}`"
            )?;
        } else {
            fs::write(&path, formatted).with_context(|| format!("cannot write {shown}"))?;
            writeln!(out, "{shown} formatted")?;
        }
    }
    if untidy > 0 && args.check {
        writeln!(out, "{} to format", count(untidy, "file"))?;
        return Ok(MISTAKES);
    }
    Ok(0)
}

/// The file, or the rule files directly in the directory by name.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let paths: std::io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.with_context(|| format!("cannot read {}", path.display()))?;
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(paths: Vec<PathBuf>, check: bool) -> (u8, String) {
        let mut out = Vec::new();
        let code = run(&mut out, &FmtArgs { paths, check }).expect("it can run");
        (code, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn the_default_rules_are_in_the_style() {
        assert_eq!(
            formatted(vec!["rules/shop".into()], true),
            (0, String::new())
        );
    }

    #[test]
    fn a_check_writes_nothing_and_formatting_does() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a.toml");
        fs::write(&file, "a=1 # one").expect("written");
        let (code, said) = formatted(vec![dir.path().into()], true);
        assert!(
            code == MISTAKES && said.ends_with("1 file to format\n"),
            "{said}"
        );
        assert_eq!(fs::read_to_string(&file).expect("read"), "a=1 # one");
        assert_eq!(formatted(vec![dir.path().into()], false).0, 0);
        assert_eq!(fs::read_to_string(&file).expect("read"), "a = 1 # one\n");
        assert_eq!(formatted(vec![file], true), (0, String::new()));
    }

    #[test]
    fn what_is_no_toml_is_told_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("bad.toml");
        fs::write(&file, "a = ").expect("written");
        let args = FmtArgs {
            paths: vec![file],
            check: false,
        };
        let why = run(&mut Vec::new(), &args).expect_err("it is no TOML");
        let told = crate::cli::told(&why);
        assert_eq!(told.matches("TOML parse error").count(), 1, "{told}");
        assert!(told.contains("bad.toml: this is not TOML"), "{told}");
    }
}
