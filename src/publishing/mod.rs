//! Floor 3: which version of a site's rules acts, and how that changes.
//!
//! A change is made in four steps: what is to act afterwards is compiled; the site's document is compared and changed
//! in the store; what acts is swapped in memory; whoever looks at a page is looked at again. A step that fails leaves
//! everything as it was, so a faulty version never replaces a good one, and no request waits for any of it.

mod diff;
mod schedule;
mod sources;
mod start;

use std::sync::Arc;

use thiserror::Error;

use crate::domain::{Key, Refusal, RuleSetHash, Versions};
use crate::engine::{self, TestReport};
use crate::rules::{Compiled, Diagnostic, RuleSet};
use crate::site::{Acting, InForce, PartlyActing, Site};
use crate::store::{StoreError, VisitorStore};

pub use diff::{FileDiff, Side, align, diff};
pub use schedule::keep;
pub use sources::{compile, compile_packed, load, pack, unpack};
pub use start::{Directory, begin};

/// How often a change is tried when others are faster.
const MAX_TRIES: usize = 16;

/// Why what acts was not changed. Nothing has changed then, unless the store failed: see [`refresh`].
#[derive(Debug, Error)]
pub enum PublishError {
    /// It cannot be done as things stand.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not take or show something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files have mistakes.
    #[error("the rules have mistakes:\n{report}")]
    Mistakes {
        /// Every mistake at its place, as text.
        report: String,
        /// The same as data.
        diagnostics: Vec<Diagnostic>,
    },
    /// A test of the rules fails.
    #[error("a test of the rules fails: {}", .0.first_difference())]
    TestFails(Box<TestReport>),
    /// A version's files are not in the store.
    #[error("the files of the rules {hash} are not kept; publish another version")]
    Lost {
        /// The fingerprint of the files.
        hash: RuleSetHash,
    },
    /// The site's document is not what it should be.
    #[error("the versions of the rules cannot be read: {0}")]
    Unreadable(String),
    /// Others were faster, again and again.
    #[error("others change the rules at this moment; try again")]
    Contended,
    /// Something that cannot happen has happened.
    #[error("the service has a fault: {0}")]
    Fault(String),
}

/// The versions of a site's rules and the revision of the document that tells them; 0 and none before the first start.
///
/// # Errors
///
/// When the document cannot be read.
pub fn versions(store: &dyn VisitorStore, site: Key) -> Result<(u64, Versions), PublishError> {
    let Some(control) = store.control(site)? else {
        return Ok((0, Versions::default()));
    };
    let versions = serde_json::from_slice(&control.bytes)
        .map_err(|why| PublishError::Unreadable(why.to_string()))?;
    Ok((control.revision, versions))
}

/// Changes a site's versions by `alter`, which may be called several times, and puts what acts afterwards into force.
/// Returns what `alter` said, and the versions as they are since then.
///
/// # Errors
///
/// Why not.
pub async fn change<T>(
    store: &dyn VisitorStore,
    site: &Site,
    mut alter: impl FnMut(&mut Versions) -> Result<T, Refusal>,
) -> Result<(T, Versions), PublishError> {
    for _ in 0..MAX_TRIES {
        let (revision, before) = versions(store, site.key)?;
        let mut after = before.clone();
        let said = alter(&mut after)?;
        if after == before {
            return Ok((said, after));
        }
        // First: what cannot act is never written down as acting.
        let in_force = prepare(store, site, &after).await?;
        let bytes = serde_json::to_vec(&after).expect("versions serialize into memory");
        // Who is too late reads again, and decides again.
        let set = store.set_control(site.key, revision, &bytes).await?;
        if let Ok(revision) = set {
            site.put_in_force(InForce {
                revision,
                ..in_force
            });
            return Ok((said, after));
        }
    }
    Err(PublishError::Contended)
}

/// Puts into force what the store says is: after a fault nobody knows whether a change was made. Returns the versions.
///
/// # Errors
///
/// Why what acts stays as it was.
pub async fn refresh(store: &dyn VisitorStore, site: &Site) -> Result<Versions, PublishError> {
    let (revision, versions) = versions(store, site.key)?;
    put_in_force(store, site, revision, &versions).await?;
    Ok(versions)
}

/// Puts into force what another node has published since; returns the versions, or `None` when nothing has changed.
///
/// # Errors
///
/// Why what acts stays as it was.
pub async fn follow(
    store: &dyn VisitorStore,
    site: &Site,
) -> Result<Option<Versions>, PublishError> {
    let (revision, versions) = versions(store, site.key)?;
    if revision <= site.in_force.load().revision {
        return Ok(None);
    }
    put_in_force(store, site, revision, &versions).await?;
    Ok(Some(versions))
}

async fn put_in_force(
    store: &dyn VisitorStore,
    site: &Site,
    revision: u64,
    versions: &Versions,
) -> Result<(), PublishError> {
    let in_force = prepare(store, site, versions).await?;
    site.put_in_force(InForce {
        revision,
        ..in_force
    });
    Ok(())
}

/// What acts by these versions, compiled.
async fn prepare(
    store: &dyn VisitorStore,
    site: &Site,
    versions: &Versions,
) -> Result<InForce, PublishError> {
    let live = acting(store, site, versions, versions.live).await?;
    let mut rollout = None;
    if let Some(partly) = versions.rollout {
        let acting = acting(store, site, versions, partly.version).await?;
        rollout = Some(PartlyActing::new(acting, partly.share));
    }
    Ok(InForce {
        revision: 0,
        live,
        rollout,
        due: versions.next_due(),
    })
}

async fn acting(
    store: &dyn VisitorStore,
    site: &Site,
    versions: &Versions,
    number: u32,
) -> Result<Acting, PublishError> {
    let version = versions.get(number).ok_or(Refusal::Unknown(number))?;
    let rules = match site.in_force_with(version.hash) {
        Some(rules) => rules,
        None => rules(store, version.hash).await?,
    };
    Ok(Acting {
        version: number,
        rules,
    })
}

/// A rule set that the store keeps, compiled.
///
/// # Errors
///
/// When it is not kept, or has mistakes by the language of this version of the service.
pub async fn rules(
    store: &dyn VisitorStore,
    hash: RuleSetHash,
) -> Result<Arc<RuleSet>, PublishError> {
    let compiled = compile(load(store, hash)?).await?;
    Ok(Arc::new(compiled.rule_set))
}

/// Runs the tests that stand beside the rules, on a thread that may take its time. Returns what came of them, and what
/// is worth a second look in the rules.
///
/// # Errors
///
/// [`PublishError::Fault`] when they could not be run.
pub async fn tested(compiled: Compiled) -> Result<(TestReport, Vec<Diagnostic>), PublishError> {
    let work = move || (engine::run_tests(&compiled), compiled.notes);
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| PublishError::Fault(why.to_string()))
}

/// Runs the tests that stand beside the rules.
///
/// # Errors
///
/// [`PublishError::TestFails`], with what came of all of them.
pub async fn tests_pass(compiled: Compiled) -> Result<(), PublishError> {
    let (report, _) = tested(compiled).await?;
    match report.failed {
        0 => Ok(()),
        _ => Err(PublishError::TestFails(Box::new(report))),
    }
}
