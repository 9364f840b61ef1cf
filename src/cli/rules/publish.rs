//! `ahlan rules publish`: from a directory to what acts, in one go or at each save.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use notify::{EventKind, RecursiveMode, Watcher};
use serde_json::{Value, json};

use crate::rules::{self, Look, SourceFile};
use crate::rules_dir::load_dir;

use super::MISTAKES;
use super::author::AuthorArgs;
use super::service::{Reply, Service, ServiceArgs};

/// An editor is done with a save when nothing has moved for so long.
const QUIET: Duration = Duration::from_millis(150);

/// The arguments of `ahlan rules publish`.
#[derive(Args, Debug)]
pub struct PublishArgs {
    /// A directory of *.toml files, one file, or the number of a version that the service keeps.
    what: PathBuf,
    /// Why the rules change; others read it. With `--watch`, none is needed: each version is noted as "saved".
    #[arg(long, required_unless_present = "watch", value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    author: AuthorArgs,
    /// For how many of the visitors, such as 10%; for all of them unless told.
    #[arg(long, value_name = "PERCENT")]
    share: Option<String>,
    /// When, such as 2026-11-27T09:00:00+03:00; at once unless told.
    #[arg(long, value_name = "MOMENT", conflicts_with = "watch")]
    at: Option<String>,
    /// When what was live before comes back; it does not unless told.
    #[arg(long, value_name = "MOMENT", conflicts_with = "watch")]
    until: Option<String>,
    /// The version that these rules were made from; the one that is live now unless told.
    #[arg(long, value_name = "VERSION")]
    parent: Option<u32>,
    /// Publish although a test of these rules fails.
    #[arg(long)]
    skip_tests: bool,
    /// Publish now and again at each save until Ctrl-C, for development: what has mistakes, or fails a test, is told and
    /// leaves the live version as it is; a change by somebody else ends it.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// What became of one try.
enum Outcome {
    /// This version acts.
    Acts(u64),
    /// The rules have mistakes, or a test of them fails; what acts stays.
    Faulty,
    /// Somebody else has published meanwhile.
    Collided,
}

/// Publishes, or watches until it is stopped.
pub(super) fn run(out: &mut dyn Write, args: &PublishArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    if let Some(version) = version_named(&args.what) {
        let live = live(&service)?;
        let parent = args.parent.map_or(live, u64::from);
        return Ok(code(&args.release(out, &service, version, parent)?));
    }
    if args.watch {
        return args.watch(out, &service);
    }
    let files = load_dir(&args.what)?;
    let parent = args
        .parent
        .map_or_else(|| live(&service), |parent| Ok(parent.into()))?;
    Ok(code(&args.publish(out, &service, &files, parent)?))
}

fn code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Acts(_) => 0,
        Outcome::Faulty | Outcome::Collided => MISTAKES,
    }
}

/// The version that is meant, if it is no path.
pub(super) fn version_named(what: &Path) -> Option<u64> {
    let number = what.to_str()?.parse().ok()?;
    (!what.exists()).then_some(number)
}

/// The number of the live version.
pub(super) fn live(service: &Service) -> anyhow::Result<u64> {
    let versions = service.get("")?.good()?;
    versions["live"]
        .as_u64()
        .context("the service does not say which version is live")
}

impl PublishArgs {
    fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or("saved")
    }

    /// Checks, keeps and publishes.
    fn publish(
        &self,
        out: &mut dyn Write,
        service: &Service,
        files: &[SourceFile],
        parent: u64,
    ) -> anyhow::Result<Outcome> {
        if !check(out, &self.what, files)? {
            return Ok(Outcome::Faulty);
        }
        // Here as well as in the service: what fails is not even kept, and is told in full.
        let failing = super::test::failing(&self.what, files);
        if let Some(report) = failing.filter(|_| !self.skip_tests) {
            out.write_all(report.as_bytes())?;
            writeln!(
                out,
                "nothing is published; `--skip-tests` publishes all the same"
            )?;
            return Ok(Outcome::Faulty);
        }
        let Some(version) = keep(
            out,
            service,
            files,
            parent,
            self.reason(),
            self.author.name(),
        )?
        else {
            return Ok(Outcome::Collided);
        };
        if version == parent && live(service)? == version {
            writeln!(out, "version {version} has these files and is live already")?;
            return Ok(Outcome::Acts(version));
        }
        self.release(out, service, version, parent)
    }

    /// Publishes a version that the service keeps.
    fn release(
        &self,
        out: &mut dyn Write,
        service: &Service,
        version: u64,
        parent: u64,
    ) -> anyhow::Result<Outcome> {
        let body = json!({
            "reason": self.reason(), "author": self.author.name(), "expected": parent,
            "share": self.share, "skip_tests": self.skip_tests, "at": self.at, "until": self.until,
        });
        let reply = service.post(&format!("/{version}/publish"), &body)?;
        if reply.is_problem("stale-version") {
            collision(out, &reply)?;
            return Ok(Outcome::Collided);
        }
        if reply.is_problem("failed-test") {
            let detail = reply.body["detail"].as_str().unwrap_or_default();
            writeln!(
                out,
                "not published: {detail}\n`--skip-tests` publishes all the same"
            )?;
            return Ok(Outcome::Faulty);
        }
        let stand = reply.good()?;
        let site = service.site();
        match stand["rollout"]["share"].as_str() {
            _ if self.at.is_some() => writeln!(
                out,
                "{site}: version {version} is on the schedule; version {} is live until then",
                stand["live"]
            )?,
            Some(share) => writeln!(
                out,
                "{site}: version {version} acts for {share} of the visitors, version {} for the others",
                stand["live"]
            )?,
            None => writeln!(out, "{site}: version {version} is live; it was {parent}")?,
        }
        Ok(Outcome::Acts(version))
    }

    /// Publishes now and at each save.
    fn watch(&self, out: &mut dyn Write, service: &Service) -> anyhow::Result<u8> {
        let (moved, saves) = channel();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // Reading is no change, and whoever checks the files reads them.
                if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                    let _ = moved.send(());
                }
            })?;
        let directory = if self.what.is_dir() {
            &*self.what
        } else {
            self.what
                .parent()
                .filter(|parent| parent.is_dir())
                .unwrap_or(Path::new("."))
        };
        watcher
            .watch(directory, RecursiveMode::NonRecursive)
            .with_context(|| format!("cannot watch {}", directory.display()))?;
        let mut parent = self
            .parent
            .map_or_else(|| live(service), |parent| Ok(parent.into()))?;
        let mut tried = None;
        writeln!(out, "watching {}; Ctrl-C stops", self.what.display())?;
        loop {
            match load_dir(&self.what) {
                Ok(files) if tried != Some(rules::hash(&files)) => {
                    tried = Some(rules::hash(&files));
                    match self.publish(out, service, &files, parent)? {
                        Outcome::Acts(version) if self.share.is_none() => parent = version,
                        Outcome::Acts(_) | Outcome::Faulty => {}
                        Outcome::Collided => return Ok(MISTAKES),
                    }
                }
                Ok(_) => {}
                // Some editors move the file away for a moment.
                Err(why) => writeln!(out, "{why}")?,
            }
            out.flush()?;
            if !next_save(&saves) {
                return Ok(0);
            }
        }
    }
}

/// Waits for the next save to be over; `false` when there will be none.
fn next_save(saves: &Receiver<()>) -> bool {
    if saves.recv().is_err() {
        return false;
    }
    loop {
        match saves.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Tells what there is to say about the files; whether they can be used.
pub(super) fn check(
    out: &mut dyn Write,
    path: &Path,
    files: &[SourceFile],
) -> anyhow::Result<bool> {
    let compiled = rules::compile(files);
    let diagnostics = match &compiled {
        Ok(compiled) => &compiled.notes,
        Err(mistakes) => mistakes,
    };
    let look = if io::stdout().is_terminal() {
        Look::Colour
    } else {
        Look::Plain
    };
    let directory = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new(""))
    };
    let text = rules::render(diagnostics, files, &directory.to_string_lossy(), look);
    out.write_all(text.as_bytes())?;
    if compiled.is_err() {
        let summary = rules::summary(rules::Counts::of(diagnostics));
        writeln!(out, "{}: {summary}; nothing is published", path.display())?;
    }
    Ok(compiled.is_ok())
}

/// Lets the service keep the files as a version; `None` when somebody else was faster, which is told.
pub(super) fn keep(
    out: &mut dyn Write,
    service: &Service,
    files: &[SourceFile],
    parent: u64,
    reason: &str,
    author: &str,
) -> anyhow::Result<Option<u64>> {
    let file = |file: &SourceFile| json!({"name": file.name, "text": file.text});
    let files: Vec<Value> = files.iter().map(file).collect();
    let body = json!({"files": files, "parent": parent, "reason": reason, "author": author});
    let reply = service.post("", &body)?;
    if reply.is_problem("stale-version") {
        collision(out, &reply)?;
        return Ok(None);
    }
    let version = reply.good()?;
    let number = version["version"].as_u64();
    number
        .context("the service does not say which version it made")
        .map(Some)
}

/// Tells both sides of a collision.
fn collision(out: &mut dyn Write, reply: &Reply) -> anyhow::Result<()> {
    let live = &reply.body["live"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    writeln!(
        out,
        "not published: version {} is live meanwhile, by {}: {}",
        live["version"],
        text(&live["author"]),
        text(&live["reason"])
    )?;
    for (title, list) in [
        ("what they changed", "since_parent"),
        ("what yours would change in theirs", "from_live"),
    ] {
        let files = reply.body[list].as_array().map_or(&[][..], Vec::as_slice);
        for file in files {
            writeln!(out, "\n{title}: {}", text(&file["file"]))?;
            out.write_all(text(&file["diff"]).as_bytes())?;
        }
    }
    writeln!(
        out,
        "\nTake their change into yours, then publish with `--parent {}`.",
        live["version"]
    )?;
    Ok(())
}
