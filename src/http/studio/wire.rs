//! Drafts as they stand on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::rulesets::wire::{FileBody, bodies};
use crate::rules::SourceFile;
use crate::studio::{Head, MergeConflict, Merged, Present, Stale};

/// A draft to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraftBody {
    /// What people call it, 1 to 120 characters.
    pub(super) title: String,
    /// The version that it is made from; the live one unless told.
    pub(super) version: Option<u32>,
    /// Its files; those of the version unless told.
    pub(super) files: Option<Vec<FileBody>>,
}

/// A draft to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveBody {
    /// The revision that was changed.
    pub(super) revision: u64,
    /// All files as they should be.
    pub(super) files: Vec<FileBody>,
    /// Another title, 1 to 120 characters.
    pub(super) title: Option<String>,
    /// The version whose changes the files have in them by now, if it is another than before.
    pub(super) parent: Option<u32>,
}

/// Where somebody looks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HereBody {
    /// The revision that they have.
    pub(super) revision: u64,
    /// The file.
    pub(super) file: Option<String>,
    /// The line, from 1.
    pub(super) line: Option<usize>,
}

/// A draft without its files.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftHead {
    /// Its id.
    id: String,
    /// What people call it.
    title: String,
    /// The version that it was made from.
    parent: u32,
    /// Grows with each save; from 1.
    revision: u64,
    /// When it was made, in milliseconds since the epoch.
    created_at: u64,
    /// By whom.
    created_by: String,
    /// When it was saved last, in milliseconds since the epoch.
    updated_at: u64,
    /// By whom.
    updated_by: String,
}

/// A draft in the list.
#[derive(Serialize, ToSchema)]
pub struct DraftRow {
    #[serde(flatten)]
    head: DraftHead,
    /// Whether another version is live by now than the one it was made from.
    stale: bool,
    /// How many mistakes its rules have.
    errors: usize,
}

/// The drafts of a site.
#[derive(Serialize, ToSchema)]
pub struct DraftsAnswer {
    /// The one that was saved last first; 50 at most.
    pub(super) drafts: Vec<DraftRow>,
}

/// Somebody who has a draft open.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PresentBody {
    /// The name they go by.
    name: String,
    /// Since when, in milliseconds since the epoch.
    since: u64,
    /// When they said so last, in milliseconds since the epoch.
    at: u64,
    /// The file that they look at.
    file: Option<String>,
    /// The line, from 1.
    line: Option<usize>,
}

/// A draft with its files.
#[derive(Serialize, ToSchema)]
pub struct DraftAnswer {
    #[serde(flatten)]
    head: DraftHead,
    /// Its files, by name.
    files: Vec<FileBody>,
    /// Who else has it open.
    others: Vec<PresentBody>,
}

/// What a save has made.
#[derive(Serialize, ToSchema)]
pub struct SavedAnswer {
    /// The draft's revision since then.
    pub(super) revision: u64,
    /// When, in milliseconds since the epoch.
    pub(super) updated_at: u64,
    /// How many mistakes its rules have.
    pub(super) errors: usize,
}

/// Who else has a draft open, and whether it has moved on.
#[derive(Serialize, ToSchema)]
pub struct HereAnswer {
    /// The draft's revision.
    pub(super) revision: u64,
    /// Whether that is another than the one that was named.
    pub(super) changed: bool,
    /// Who saved it last.
    pub(super) updated_by: String,
    /// Everybody else who has it open.
    pub(super) others: Vec<PresentBody>,
}

/// Two changes in one.
#[derive(Serialize, ToSchema)]
pub struct MergedBody {
    /// The files with both changes; where both have changed the same lines, they have one's own.
    files: Vec<FileBody>,
    /// Where both have changed the same lines, by file and line.
    conflicts: Vec<MergeConflict>,
}

/// A draft with what was published since it was begun.
#[derive(Serialize, ToSchema)]
pub struct MergeAnswer {
    /// The draft's revision, to save the merged files with.
    pub(super) revision: u64,
    /// The live version, to save as `parent`.
    pub(super) parent: u32,
    /// The draft's changes and the live version's.
    pub(super) merged: MergedBody,
}

/// What is beside the problem `stale-draft`.
#[derive(Serialize)]
pub struct StaleBody {
    draft: DraftAnswer,
    merged: MergedBody,
    /// `revision`: what both sides have made of the revision that was named; `parent`: it is not remembered any more, and
    /// both were compared with the version that the draft was made from.
    base: &'static str,
}

/// A draft as it stands in the list.
pub(super) fn row(head: Head, live: u32) -> DraftRow {
    DraftRow {
        stale: head.parent != live,
        errors: head.errors,
        head: head.into(),
    }
}

impl From<Head> for DraftHead {
    fn from(head: Head) -> Self {
        Self {
            id: head.id,
            title: head.title,
            parent: head.parent,
            revision: head.revision,
            created_at: head.created_at.0,
            created_by: head.created_by,
            updated_at: head.updated_at.0,
            updated_by: head.updated_by,
        }
    }
}

impl From<Present> for PresentBody {
    fn from(one: Present) -> Self {
        Self {
            name: one.name,
            since: one.since.0,
            at: one.at.0,
            file: one.file,
            line: one.line,
        }
    }
}

impl DraftAnswer {
    pub(super) fn of(head: Head, files: Vec<SourceFile>, others: Vec<Present>) -> Self {
        Self {
            head: head.into(),
            files: bodies(files),
            others: others.into_iter().map(Into::into).collect(),
        }
    }
}

impl MergedBody {
    pub(super) fn of(merged: Merged) -> Self {
        Self {
            files: bodies(merged.files),
            conflicts: merged.conflicts,
        }
    }
}

impl StaleBody {
    pub(super) fn of(stale: Stale) -> Self {
        Self {
            draft: DraftAnswer::of(stale.head, stale.files, Vec::new()),
            merged: MergedBody::of(stale.merged),
            base: if stale.remembered {
                "revision"
            } else {
                "parent"
            },
        }
    }
}
