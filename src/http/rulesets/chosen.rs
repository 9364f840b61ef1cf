//! The rules that a request is about: files that are sent along, or a version by its number.

use std::sync::Arc;

use crate::http::problem::{Kind, Problem};
use crate::publishing;
use crate::rules::{RuleSet, SourceFile};

use super::room::{Room, version_of};
use super::wire::{FileBody, sources};

/// The rules that a request has chosen.
pub(in crate::http) struct Chosen {
    /// Their files, by name.
    pub(in crate::http) files: Vec<SourceFile>,
    /// The same, compiled.
    pub(in crate::http) rules: Arc<RuleSet>,
}

/// The rules of a request; `None` when it names none.
///
/// # Errors
///
/// The problem: both are named, no version has this number, or the rules have mistakes.
pub(in crate::http) async fn chosen(
    room: &Room,
    files: Option<Vec<FileBody>>,
    version: Option<u32>,
) -> Result<Option<Chosen>, Problem> {
    match (files, version) {
        (None, None) => Ok(None),
        (Some(files), None) => of_files(sources(files)?).await.map(Some),
        (None, Some(version)) => of_version(room, version).await.map(Some),
        (Some(_), Some(_)) => {
            let detail = "name the rules by `files` or by `version`, not by both";
            Err(Problem::new(Kind::BadParameter, detail))
        }
    }
}

/// The live version.
///
/// # Errors
///
/// The problem, when it cannot be read.
pub(in crate::http) async fn live(room: &Room) -> Result<Chosen, Problem> {
    let live = room.versions()?.live;
    of_version(room, live).await
}

async fn of_files(files: Vec<SourceFile>) -> Result<Chosen, Problem> {
    let compiled = publishing::compile(files.clone()).await?;
    let rules = Arc::new(compiled.rule_set);
    Ok(Chosen { files, rules })
}

async fn of_version(room: &Room, number: u32) -> Result<Chosen, Problem> {
    let versions = room.versions()?;
    let version = version_of(&versions, &number.to_string())?;
    let files = room.files(version)?;
    match room.site.in_force_with(version.hash) {
        Some(rules) => Ok(Chosen { files, rules }),
        None => of_files(files).await,
    }
}
