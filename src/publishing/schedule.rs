//! What the schedule says is due: checked anew, then done.

use crate::domain::{ReleaseKind, ScheduleState, Scheduled, Timestamp, Versions};
use crate::site::Site;
use crate::store::VisitorStore;

use super::{PublishError, change, compile, load, tests_pass, versions};

/// Does the first thing that is due on a site at `now`, if nobody else has done it. Returns what was done and the
/// versions as they are since then.
///
/// # Errors
///
/// Why it has to be tried again. What is wrong with the rules themselves is no error: the entry fails and says so.
pub async fn keep(
    store: &dyn VisitorStore,
    site: &Site,
    now: Timestamp,
) -> Result<Option<(ReleaseKind, Versions)>, PublishError> {
    let (_, known) = versions(store, site.key)?;
    let Some(entry) = known.due(now) else {
        return Ok(None);
    };
    // What ends goes back to what was in force already.
    let checked = match entry.state {
        ScheduleState::Waiting => check(store, &known, entry).await?,
        ScheduleState::Acting { .. } | ScheduleState::Failed { .. } => Ok(false),
    };
    let changed = change(store, site, |versions| {
        Ok(versions.act(entry.id, &checked, now))
    });
    let (done, versions) = changed.await?;
    Ok(done.map(|kind| (kind, versions)))
}

/// Whether the version may be released, and whether one of its tests fails.
async fn check(
    store: &dyn VisitorStore,
    known: &Versions,
    entry: &Scheduled,
) -> Result<Result<bool, String>, PublishError> {
    let Some(version) = known.get(entry.plan.version) else {
        return Ok(Err(format!("version {} is not kept", entry.plan.version)));
    };
    let tested = match load(store, version.hash) {
        Ok(files) => match compile(files).await {
            Ok(compiled) => tests_pass(compiled).await,
            Err(why) => Err(why),
        },
        Err(why) => Err(why),
    };
    match tested {
        Ok(()) => Ok(Ok(false)),
        Err(PublishError::TestFails(_)) if entry.plan.skip_tests => Ok(Ok(true)),
        Err(
            why @ (PublishError::TestFails(_)
            | PublishError::Mistakes { .. }
            | PublishError::Lost { .. }),
        ) => Ok(Err(why.to_string())),
        Err(
            why @ (PublishError::Refused(_)
            | PublishError::Store(_)
            | PublishError::Unreadable(_)
            | PublishError::Contended
            | PublishError::Fault(_)),
        ) => Err(why),
    }
}
