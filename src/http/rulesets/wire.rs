//! Versions and rule files as they stand on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Release, Share, Version, Versions};
use crate::engine::TestReport;
use crate::http::problem::{Kind, Problem};
use crate::publishing::FileDiff;
use crate::rules::limits::{MAX_FILES, MAX_ID_CHARS};
use crate::rules::{Counts, Diagnostic, SourceFile};

use super::schedule::ScheduledBody;

/// One file of a rule set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileBody {
    /// Its name within the rule set, such as `pages.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Rules, by the number of a version or as files.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RulesBody {
    /// The number of a version.
    Version(u32),
    /// The files, in any order.
    Files(Vec<FileBody>),
}

/// A version of the rules, without its files.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionBody {
    /// Its number; counts up from 1 within the site.
    pub version: u32,
    /// The fingerprint of its files; decisions and contributions carry it.
    pub hash: String,
    /// The version that was live when it was made; `null` for one that came from the site's directory.
    pub parent: Option<u32>,
    /// Who made it, in their own words.
    pub author: String,
    /// Why it was made, in their own words.
    pub reason: String,
    /// When it was made, in milliseconds since the epoch.
    pub created_at: u64,
    /// `seed` or `directory` (from the site's directory, at the first or a later start) or `draft` (it was sent).
    pub origin: &'static str,
    /// Whether it was ever live.
    pub released: bool,
}

/// A version with its files.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionFiles {
    /// The version.
    #[serde(flatten)]
    pub version: VersionBody,
    /// Its files, by name.
    pub files: Vec<FileBody>,
}

/// A version that acts for a share of the visitors.
#[derive(Serialize, ToSchema)]
pub struct RolloutBody {
    /// Which version.
    version: u32,
    /// For how many of the visitors, such as `10%`.
    share: String,
    /// Since when, in milliseconds since the epoch.
    since: u64,
}

/// A version that runs beside the live one without acting.
#[derive(Serialize, ToSchema)]
pub struct ShadowBody {
    /// Which version.
    pub version: u32,
    /// Since when, in milliseconds since the epoch.
    pub since: u64,
}

/// One change of what acts.
#[derive(Serialize, ToSchema)]
pub struct ReleaseBody {
    /// Its number in the history; counts up from 1.
    number: u32,
    /// When, in milliseconds since the epoch.
    at: u64,
    /// By whom, in their own words.
    author: String,
    /// Why, in their own words.
    reason: String,
    /// `publish`, `rollout`, `stop_rollout`, `rollback`, `shadow`, `stop_shadow`, `rescore`, `schedule`, `unschedule`,
    /// `end`, `lapse` or `miss`.
    kind: &'static str,
    /// The version that was live before.
    from: Option<u32>,
    /// The version that it was about.
    to: u32,
    /// The share of the visitors, when it was not all of them.
    share: Option<String>,
    /// Whether the version's tests were left out.
    untested: bool,
    /// Whether the schedule did it, in the name of whoever had wanted it.
    scheduled: bool,
}

/// What acts.
#[derive(Serialize, ToSchema)]
pub struct StandBody {
    /// The version that is live.
    pub live: u32,
    /// The version that is being rolled out, or `null`.
    pub rollout: Option<RolloutBody>,
    /// The version that runs as a shadow, or `null`.
    pub shadow: Option<ShadowBody>,
    /// Releases that wait for their moment or for their end, and those that failed, oldest first; at most 20.
    pub schedule: Vec<ScheduledBody>,
}

/// The versions of a site's rules.
#[derive(Serialize, ToSchema)]
pub struct VersionsAnswer {
    /// What acts.
    #[serde(flatten)]
    stand: StandBody,
    /// Every version that is remembered, newest first; 1,000 at most.
    versions: Vec<VersionBody>,
    /// What was released, newest first; 1,000 at most.
    history: Vec<ReleaseBody>,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
pub struct CheckAnswer {
    /// Whether these rules could be published: no errors, and every test passes.
    pub usable: bool,
    /// The fingerprint of the files, when they have no errors.
    pub hash: Option<String>,
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Hints.
    pub hints: usize,
    /// Every mistake, warning and hint at its place, as `ahlan rules check --format json` prints them.
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
    /// What the first failing test found; `null` when every test passes or none was run.
    pub failed_test: Option<String>,
    /// What came of every test, as `ahlan rules test --format json` prints it; `null` when none was run.
    #[schema(value_type = Option<Object>)]
    pub tests: Option<TestReport>,
}

impl CheckAnswer {
    /// What is known before any test has run.
    pub(super) fn of(diagnostics: Vec<Diagnostic>) -> Self {
        let counts = Counts::of(&diagnostics);
        Self {
            usable: counts.errors == 0,
            hash: None,
            errors: counts.errors,
            warnings: counts.warnings,
            hints: counts.hints,
            diagnostics,
            failed_test: None,
            tests: None,
        }
    }
}

/// Both sides of a collision, for the problem `stale-version`.
#[derive(Serialize, ToSchema)]
pub struct Collision {
    /// The version that is live now.
    pub live: VersionFiles,
    /// What others have changed since the version that the sender had before their eyes.
    pub since_parent: Vec<FileDiff>,
    /// What the sender's rules would change in the live version.
    pub from_live: Vec<FileDiff>,
}

impl From<&Version> for VersionBody {
    fn from(version: &Version) -> Self {
        Self {
            version: version.number,
            hash: version.hash.to_string(),
            parent: version.parent,
            author: version.author.clone(),
            reason: version.reason.clone(),
            created_at: version.created_at.0,
            origin: version.origin.as_str(),
            released: version.released,
        }
    }
}

impl From<&Release> for ReleaseBody {
    fn from(release: &Release) -> Self {
        Self {
            number: release.number,
            at: release.at.0,
            author: release.who.clone(),
            reason: release.reason.clone(),
            kind: release.kind.as_str(),
            from: release.from,
            to: release.to,
            share: release.share.map(percent),
            untested: release.untested,
            scheduled: release.scheduled,
        }
    }
}

impl From<&Versions> for StandBody {
    fn from(versions: &Versions) -> Self {
        let rollout = versions.rollout.map(|rollout| RolloutBody {
            version: rollout.version,
            share: percent(rollout.share),
            since: rollout.since.0,
        });
        let shadow = versions.shadow.map(|shadow| ShadowBody {
            version: shadow.version,
            since: shadow.since.0,
        });
        Self {
            live: versions.live,
            rollout,
            shadow,
            schedule: versions.schedule.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Versions> for VersionsAnswer {
    fn from(versions: &Versions) -> Self {
        Self {
            stand: versions.into(),
            versions: versions.list.iter().rev().map(Into::into).collect(),
            history: versions.history.iter().rev().map(Into::into).collect(),
        }
    }
}

/// A share as people write it: `10%`, `2.5%`.
pub(super) fn percent(share: Share) -> String {
    let (whole, hundredths) = (share.0 / 100, share.0 % 100);
    let text = format!("{whole}.{hundredths:02}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{short}%")
}

/// The files as the compiler takes them: by name, as they lie in a directory, so that the same files have the same
/// fingerprint wherever they come from.
pub(in crate::http) fn sources(files: Vec<FileBody>) -> Result<Vec<SourceFile>, Problem> {
    let bad = |detail: String| Err(Problem::new(Kind::BadParameter, detail));
    if files.is_empty() || files.len() > MAX_FILES {
        return bad(format!("`files` has 1 to {MAX_FILES} files"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = |name: &str| {
        name.len() <= MAX_ID_CHARS
            && name.chars().all(fits)
            && name
                .strip_suffix(".toml")
                .is_some_and(|stem| !stem.is_empty())
    };
    if let Some(file) = files.iter().find(|file| !is_name(&file.name)) {
        let shown: String = file.name.chars().take(MAX_ID_CHARS).collect();
        return bad(format!(
            "{shown:?} is no name of a file: 1 to {MAX_ID_CHARS} of a-z, A-Z, 0-9, `-`, `_` and `.`, with .toml at \
             the end"
        ));
    }
    let mut files = files;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(twice) = files.windows(2).find(|two| two[0].name == two[1].name) {
        return bad(format!("two files have the name {:?}", twice[0].name));
    }
    let file = |file: FileBody| SourceFile::new(file.name, file.text);
    Ok(files.into_iter().map(file).collect())
}

/// The files as they are sent.
pub(in crate::http) fn bodies(files: Vec<SourceFile>) -> Vec<FileBody> {
    let body = |file: SourceFile| FileBody {
        name: file.name,
        text: file.text,
    };
    files.into_iter().map(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_as_it_is_written() {
        for text in ["10%", "2.5%", "0.01%", "33.33%", "100%", "0%"] {
            assert_eq!(percent(crate::rules::percent(text).unwrap()), text);
        }
    }

    #[test]
    fn files_come_in_the_order_of_their_names_and_under_names_that_are_files() {
        let file = |name: &str| FileBody {
            name: name.to_owned(),
            text: String::new(),
        };
        let names =
            |files: Vec<SourceFile>| -> Vec<_> { files.into_iter().map(|f| f.name).collect() };
        let sorted = sources(vec![file("b.toml"), file("a.toml")]).unwrap();
        assert_eq!(names(sorted), ["a.toml", "b.toml"]);
        let many = (0..=MAX_FILES)
            .map(|n| file(&format!("{n}.toml")))
            .collect();
        for wrong in [
            vec![],
            vec![file("../a.toml")],
            vec![file("a.txt")],
            vec![file(".toml")],
            vec![file("ä.toml")],
            vec![file("a.toml"), file("a.toml")],
            many,
        ] {
            assert_eq!(sources(wrong).unwrap_err().kind, Kind::BadParameter);
        }
    }
}
