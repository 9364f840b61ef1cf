//! `ahlan rules pull` and `push`: the rules of a running service as files in a directory, and back as a draft.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::rules::SourceFile;
use crate::rules_dir::load_dir;

use super::service::{Service, ServiceArgs};
use super::{MISTAKES, count};

/// The arguments of `ahlan rules pull`.
#[derive(Args, Debug)]
pub struct PullArgs {
    /// The directory to write the files to; it is made if it is not there.
    directory: PathBuf,
    /// The version; the live one unless told.
    #[arg(long, value_name = "VERSION", conflicts_with = "draft")]
    version: Option<u32>,
    /// The draft.
    #[arg(long, value_name = "ID")]
    draft: Option<String>,
    /// Write over files that say something else.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// The arguments of `ahlan rules push`.
#[derive(Args, Debug)]
pub struct PushArgs {
    /// A directory of *.toml files, or one file.
    what: PathBuf,
    /// What a new draft is called.
    #[arg(long, value_name = "TEXT", default_value = "from files")]
    title: String,
    /// The version that the files were made from; the live one unless told.
    #[arg(long, value_name = "VERSION", conflicts_with = "draft")]
    parent: Option<u32>,
    /// The draft to save; a new one unless told.
    #[arg(long, value_name = "ID", requires = "revision")]
    draft: Option<String>,
    /// The revision of the draft that the files were made from, as `pull` has told it.
    #[arg(long, value_name = "NUMBER")]
    revision: Option<u64>,
    /// Take in what others have saved meanwhile, unless both have changed the same lines.
    #[arg(long, requires = "draft")]
    merge: bool,
    #[command(flatten)]
    service: ServiceArgs,
}

/// Writes the files of a version or a draft.
pub(super) fn pull(out: &mut dyn Write, args: &PullArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let found = match (&args.draft, args.version) {
        (Some(draft), _) => service.get_on_site(&format!("/drafts/{draft}"))?,
        (None, Some(version)) => service.get(&format!("/{version}"))?,
        (None, None) => service.get("/current")?,
    };
    let found = found.good()?;
    let files = files(&found["files"])?;
    let changed: Vec<_> = files
        .iter()
        .filter(|file| other(&args.directory, file))
        .map(|file| &*file.name)
        .collect();
    if !changed.is_empty() && !args.force {
        writeln!(
            out,
            "nothing is written: {} in {} says something else; `--force` writes over it",
            changed.join(", "),
            args.directory.display()
        )?;
        return Ok(MISTAKES);
    }
    write_files(&args.directory, &files)?;
    let many = count(files.len(), "file");
    match &args.draft {
        Some(draft) => writeln!(
            out,
            "draft {draft} at revision {revision}: {many} in {directory}\n\
             back again: ahlan rules push {directory} --draft {draft} --revision {revision}",
            revision = found["revision"],
            directory = args.directory.display(),
        )?,
        None => writeln!(
            out,
            "version {}: {many} in {}",
            found["version"],
            args.directory.display()
        )?,
    }
    tell_others(out, &args.directory, &files)?;
    Ok(0)
}

/// The files of an answer.
fn files(list: &Value) -> anyhow::Result<Vec<SourceFile>> {
    let list = list.as_array().context("the service sends no files")?;
    let file = |file: &Value| {
        let text = |key: &str| file[key].as_str().context("the service sends no files");
        let name = text("name")?;
        // It becomes a path: a service that is not ours may say anything.
        let path = Path::new(name);
        let is_rules = path.extension().is_some_and(|found| found == "toml");
        if path.file_name() != Some(name.as_ref()) || !is_rules {
            bail!("{name:?} is no name of a rule file");
        }
        Ok(SourceFile::new(name, text("text")?))
    };
    list.iter().map(file).collect()
}

/// Whether the directory has a file of this name that says something else.
fn other(directory: &Path, file: &SourceFile) -> bool {
    fs::read(directory.join(&file.name)).is_ok_and(|bytes| bytes != file.text.as_bytes())
}

fn write_files(directory: &Path, files: &[SourceFile]) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    for file in files {
        let path = directory.join(&file.name);
        fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Names the rule files that the directory has beside these: they are left alone, and a push would take them along.
fn tell_others(out: &mut dyn Write, directory: &Path, files: &[SourceFile]) -> anyhow::Result<()> {
    for file in load_dir(directory)? {
        if files.iter().all(|known| known.name != file.name) {
            writeln!(out, "{} is not among them and was left alone", file.name)?;
        }
    }
    Ok(())
}

/// Makes a draft of files, or saves one.
pub(super) fn push(out: &mut dyn Write, args: &PushArgs) -> anyhow::Result<u8> {
    let service = Service::new(&args.service);
    let files = bodies(&load_dir(&args.what)?);
    let (Some(draft), Some(revision)) = (&args.draft, args.revision) else {
        let body = json!({"title": args.title, "version": args.parent, "files": files});
        let made = service.post_on_site("/drafts", &body)?.good()?;
        let id = made["id"].as_str().unwrap_or_default();
        writeln!(out, "draft {id} is made from version {}", made["parent"])?;
        return Ok(0);
    };
    let path = format!("/drafts/{draft}");
    let save = |revision: u64, files: &Value| {
        service.put_on_site(&path, &json!({"revision": revision, "files": files}))
    };
    let reply = save(revision, &files)?;
    if !reply.is_problem("stale-draft") {
        let saved = reply.good()?;
        writeln!(
            out,
            "draft {draft} is saved as revision {}",
            saved["revision"]
        )?;
        return Ok(0);
    }
    let theirs = &reply.body["draft"];
    let by = theirs["updated_by"].as_str().unwrap_or_default();
    let conflicts = reply.body["merged"]["conflicts"].as_array();
    let conflicts = conflicts.map_or(&[][..], Vec::as_slice);
    if !args.merge || !conflicts.is_empty() {
        writeln!(
            out,
            "not saved: {by} has saved revision {} meanwhile",
            theirs["revision"]
        )?;
        for one in conflicts {
            let file = one["file"].as_str().unwrap_or_default();
            writeln!(out, "  both have changed {file}, line {}", one["line"])?;
        }
        if conflicts.is_empty() {
            writeln!(out, "`--merge` takes both changes")?;
        }
        return Ok(MISTAKES);
    }
    let current = theirs["revision"].as_u64();
    let current = current.context("the service does not say which revision there is")?;
    let merged = &reply.body["merged"]["files"];
    let saved = save(current, merged)?.good()?;
    if args.what.is_dir() {
        write_files(&args.what, &self::files(merged)?)?;
    }
    writeln!(
        out,
        "draft {draft} is saved as revision {} with what {by} has saved meanwhile; the files here are the same now",
        saved["revision"]
    )?;
    Ok(0)
}

fn bodies(files: &[SourceFile]) -> Value {
    let file = |file: &SourceFile| json!({"name": file.name, "text": file.text});
    files.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_under_their_own_names_only() {
        let good = json!([{"name": "a.toml", "text": "1"}]);
        assert_eq!(files(&good).unwrap(), [SourceFile::new("a.toml", "1")]);
        for name in ["../a.toml", "/a.toml", "b/a.toml", "..", "a.txt", ""] {
            let bad = json!([{"name": name, "text": "1"}]);
            assert!(files(&bad).is_err(), "{name}");
        }
    }
}
