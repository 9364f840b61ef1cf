//! `ahlan journal …`: recorded traffic out of a data directory as text, and into one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use crate::clock;
use crate::domain::{Key, Timestamp};
use crate::journal::{self, Part};
use crate::secret;
use crate::store::JournalFile;

/// The most bytes of a journal's first line.
const MAX_FIRST: u64 = 4_096;

/// The arguments of `ahlan journal`.
#[derive(Args, Debug)]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Write recorded traffic to the standard output, one JSON object a line (described in `docs/journal.md`).
    Export(ExportArgs),
    /// Write a file's records into a data directory that no service uses, after those that are there.
    ///
    /// Visitors' states are made from them when the directory is used next.
    Import(ImportArgs),
}

#[derive(Args, Debug)]
struct ExportArgs {
    /// A data directory that no service uses.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only the site with this public key.
    #[arg(long, value_name = "KEY")]
    site: Option<String>,
    /// Only from here on: a span before now (7d), a day (2026-11-22), or milliseconds since the epoch.
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Only up to here.
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// Replace ids and texts that tell who visitors are; the key to them is not kept.
    #[arg(long)]
    pseudonymise: bool,
}

#[derive(Args, Debug)]
struct ImportArgs {
    /// What `ahlan journal export` wrote; `-` for the standard input.
    file: PathBuf,
    /// The data directory; made when it is missing.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Runs the command.
pub fn run(args: &JournalArgs) -> ExitCode {
    let outcome = match &args.command {
        JournalCommand::Export(args) => export(args),
        JournalCommand::Import(args) => import(args),
    };
    match outcome {
        Ok(told) => {
            // Nobody is left to tell when the error output is gone too.
            let _ = writeln!(io::stderr(), "{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            if super::is_broken_pipe(&error) {
                return ExitCode::SUCCESS;
            }
            let _ = writeln!(io::stderr(), "ahlan: {}", super::told(&error));
            ExitCode::FAILURE
        }
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<String> {
    let now = clock::now();
    let moment = |text: &String| clock::moment(text, now).map_err(anyhow::Error::msg);
    let part = Part {
        site: args.site.as_deref().map(Key::of),
        since: args.since.as_ref().map(moment).transpose()?,
        until: args.until.as_ref().map(moment).transpose()?,
        pseudonyms: (args.pseudonymise.then(secret::random).transpose())
            .context("no random key for pseudonyms")?,
    };
    let journal = JournalFile::open(&args.data)?;
    if let Some(site) = &args.site {
        known(&journal, site)?;
    }
    let out = BufWriter::new(io::stdout().lock());
    let records = journal::export(&journal, &part, out)?;
    Ok(format!("{records} records written"))
}

/// Makes sure that there are records of the site with this public key.
fn known(journal: &JournalFile, site: &str) -> anyhow::Result<()> {
    let (wanted, mut found, mut others) = (Key::of(site), false, BTreeSet::new());
    let mut broken = None;
    journal.scan(Timestamp(0), Timestamp(u64::MAX), &mut |_, record| {
        match record.head() {
            Ok(head) => {
                found = head.site == wanted;
                others.insert(head.site.0);
            }
            Err(why) => broken = Some(why),
        }
        if found || broken.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if let Some(why) = broken {
        return Err(why.into());
    }
    if found {
        return Ok(());
    }
    let others: Vec<_> = others.iter().map(|key| format!("{key:x}")).collect();
    let known = match others.as_slice() {
        [] => "it has no records at all".to_owned(),
        some => format!(
            "a journal knows sites by a hash of their public key, and has records of {}",
            some.join(", ")
        ),
    };
    let hash = wanted.0;
    bail!("no record is of the site {site:?} ({hash:x}); {known}")
}

fn import(args: &ImportArgs) -> anyhow::Result<String> {
    let path = &args.file;
    let from: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Box::new(BufReader::new(file))
    };
    let from = begun(from).with_context(|| {
        let path = path.display();
        format!("{path} is not a journal as `ahlan journal export` writes it; nothing is changed")
    })?;
    let journal = JournalFile::open_or_make(&args.data)?;
    let records = journal::import(from, &journal).with_context(|| path.display().to_string())?;
    Ok(format!(
        "{records} records written; states are made from them when {} is used next",
        args.data.display()
    ))
}

/// What is to be read, if it begins as a journal does; looked at before a directory is made for it.
fn begun(mut from: Box<dyn BufRead>) -> anyhow::Result<impl BufRead> {
    let mut first = Vec::new();
    (&mut from).take(MAX_FIRST).read_until(b'\n', &mut first)?;
    journal::Reader::new(&*first).next().transpose()?;
    Ok(io::Cursor::new(first).chain(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_journal_leaves_no_directory_behind() {
        let dir = tempfile::tempdir().expect("a directory");
        let (file, data) = (dir.path().join("notes.txt"), dir.path().join("data"));
        for text in ["", "hello\n", "{\"type\":\"record\"}\n"] {
            std::fs::write(&file, text).expect("written");
            let args = ImportArgs {
                file: file.clone(),
                data: data.clone(),
            };
            let why = import(&args).expect_err("it is no journal");
            let told = crate::cli::told(&why);
            assert!(told.contains("notes.txt is not a journal"), "{told}");
            assert!(told.contains("line 1: "), "{told}");
            assert!(!data.exists(), "{text:?}");
        }
    }

    #[test]
    fn a_site_without_records_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let journal = JournalFile::open_or_make(dir.path()).expect("a journal");
        let why = known(&journal, "nope").expect_err("there are no records");
        assert!(why.to_string().contains("\"nope\""), "{why}");
        assert!(
            why.to_string().ends_with("it has no records at all"),
            "{why}"
        );
    }
}
