//! `ahlan journal …`: recorded traffic out of a data directory as text, and into one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::clock;
use crate::domain::Key;
use crate::journal::{self, Part};
use crate::secret;
use crate::store::JournalFile;

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
            let _ = writeln!(io::stderr(), "ahlan: {error:#}");
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
    let out = BufWriter::new(io::stdout().lock());
    let records = journal::export(&journal, &part, out)?;
    Ok(format!("{records} records written"))
}

fn import(args: &ImportArgs) -> anyhow::Result<String> {
    let path = &args.file;
    let journal = JournalFile::open_or_make(&args.data)?;
    let read = if path == Path::new("-") {
        journal::import(io::stdin().lock(), &journal)
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        journal::import(BufReader::new(file), &journal)
    };
    let records = read.with_context(|| path.display().to_string())?;
    Ok(format!(
        "{records} records written; states are made from them when {} is used next",
        args.data.display()
    ))
}
