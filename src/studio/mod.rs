//! Floor 3: what people write before any of it acts.
//!
//! A *draft* is a set of rule files that several people may edit. Each save makes its next revision; who has not seen the
//! latest gets both changes in one and overwrites nobody. Publishing keeps a draft's files as a version. [`seen`] finds the
//! values that forms offer.

mod archive;
mod draft;
mod here;
mod merge;
mod seen;
mod shelf;

use thiserror::Error;

use crate::publishing::PublishError;
use crate::rules::SourceFile;
use crate::store::StoreError;

pub use archive::archive;
pub use draft::Head;
pub use here::{LEASE, Present};
pub use merge::{MergeConflict, Merged, merge};
pub use seen::{Count, Seen, seen};
pub use shelf::{MAX_DRAFTS, Save, Shelf};

/// Why nothing was done with a draft.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The store did not take or show something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A version cannot be read.
    #[error(transparent)]
    Version(#[from] PublishError),
    /// There is no such draft, or not any more.
    #[error("no draft has this id, or not any more")]
    Unknown,
    /// The shelf is full.
    #[error("a site has at most {MAX_DRAFTS} drafts; take one out that nobody needs")]
    Full,
    /// Somebody else has saved it since.
    #[error("{} has saved revision {} meanwhile", .0.head.updated_by, .0.head.revision)]
    Stale(Box<Stale>),
    /// Others were faster, again and again.
    #[error("others change the drafts at this moment; try again")]
    Contended,
    /// Something that cannot happen has happened.
    #[error("the service has a fault: {0}")]
    Fault(String),
}

/// What somebody else has saved, and how it goes together with what was sent.
#[derive(Debug)]
pub struct Stale {
    /// The draft as it is.
    pub head: Head,
    /// Its files.
    pub files: Vec<SourceFile>,
    /// Both changes in one.
    pub merged: Merged,
    /// Whether the sender's revision is remembered; otherwise both were compared with the version that the draft was made
    /// from.
    pub remembered: bool,
}
