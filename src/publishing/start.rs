//! A site's rules at the start of the service: what the store says is live, or the directory's rules when it says
//! nothing yet.

use crate::clock;
use crate::domain::{Draft, Origin, Share, Versions, Word};
use crate::rules::{self, SourceFile};
use crate::site::Site;
use crate::store::VisitorStore;

use super::{PublishError, change, compile, pack, refresh, tests_pass, versions};

/// What stands in the name of whoever starts the service.
const WHO: &str = "ahlan";

/// The rules that lie beside the service's settings.
#[derive(Debug)]
pub struct Directory {
    /// Where they lie, for people.
    pub name: String,
    /// Their files, or why they cannot be read.
    pub files: Result<Vec<SourceFile>, String>,
    /// Whether each start publishes them when they differ from the live version.
    pub publish: bool,
}

/// Puts a site's rules into force: the live version, or at the first start the directory's rules as version 1. Returns
/// the site's versions.
///
/// # Errors
///
/// When nothing can be put into force.
pub async fn begin(
    store: &dyn VisitorStore,
    site: &Site,
    directory: &Directory,
) -> Result<Versions, PublishError> {
    let (_, known) = versions(store, site.key)?;
    if known.live().is_none() {
        return publish(store, site, directory, Origin::Seed, "the first start").await;
    }
    let begun = refresh(store, site).await;
    let live = known.live().map(|version| (version.number, version.hash));
    let same = |files: &Vec<SourceFile>| live.is_some_and(|(_, hash)| rules::hash(files) == hash);
    if directory.files.as_ref().is_ok_and(same) {
        return begun;
    }
    if directory.publish {
        let published = publish(store, site, directory, Origin::Directory, "a start").await;
        return match (published, begun) {
            (Err(why), Ok(begun)) => {
                tracing::error!(site = &*site.name, directory = directory.name, %why,
                    "the directory's rules are not published; the live version stays");
                Ok(begun)
            }
            (outcome, _) => outcome,
        };
    }
    if let Some((live, _)) = live.filter(|_| begun.is_ok()) {
        tell(site, directory, live);
    }
    begun
}

/// Says how the rules in the directory can be published, when they are not what acts.
fn tell(site: &Site, directory: &Directory, live: u32) {
    let (site, dir) = (&*site.name, &*directory.name);
    match &directory.files {
        Ok(_) => tracing::info!(
            "site {site}: version {live} of the rules is live, and {dir} differs from it; to publish what is there: \
             ahlan rules publish {dir} --site {site} --reason …"
        ),
        Err(why) => {
            tracing::info!(
                "site {site}: version {live} of the rules is live; {dir} is not read: {why}"
            );
        }
    }
}

async fn publish(
    store: &dyn VisitorStore,
    site: &Site,
    directory: &Directory,
    origin: Origin,
    reason: &str,
) -> Result<Versions, PublishError> {
    let files = directory.files.clone().map_err(PublishError::Fault)?;
    let compiled = compile(files.clone()).await?;
    let hash = compiled.rule_set.hash;
    match tests_pass(compiled).await {
        // A site that has no rules at all is worse off than one whose rules are not as their tests say.
        Err(PublishError::TestFails(report)) if origin == Origin::Seed => {
            let why = report.first_difference();
            tracing::warn!(
                site = &*site.name,
                directory = directory.name,
                why,
                "a test of the rules fails"
            );
        }
        tested => tested?,
    }
    store.keep_rules(hash, &pack(&files)).await?;
    let word = Word {
        who: WHO.to_owned(),
        reason: format!("{} at {reason}", directory.name),
        at: clock::now(),
    };
    let draft = Draft {
        hash,
        parent: None,
        origin,
    };
    let published = change(store, site, |versions| {
        let number = versions.add(&draft, &word)?;
        if number == versions.live {
            return Ok(number);
        }
        // The directory is the truth here: what is tried on a share of the visitors gives way to it.
        if versions.rollout.is_some() {
            versions.stop_rollout(&word)?;
        }
        versions.publish(number, versions.live, Share::ALL, false, &word)?;
        Ok(number)
    });
    let (number, versions) = published.await?;
    tracing::info!(site = &*site.name, version = number, %hash, "published {}", directory.name);
    Ok(versions)
}
