//! The versions of a site's rules: which there are, which one acts, and how it came to that.
//!
//! All of it is one small document per site, changed as a whole and by comparison (`store::VisitorStore::set_control`).
//! The changes are in `change.rs` and `schedule.rs`; each is a pure function that either makes the document's next state or says why not.

mod change;
mod schedule;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::ids::RuleSetHash;
use super::time::Timestamp;
use super::units::Share;

pub use change::{Draft, Refusal, Word};
pub use schedule::{MAX_AHEAD, MAX_SCHEDULED, ReleasePlan, ScheduleState, Scheduled};

/// How many versions a site remembers. Drafts that were never released go first.
pub const MAX_VERSIONS: usize = 1_000;
/// How many releases a site remembers.
pub const MAX_RELEASES: usize = 1_000;

/// The versions of one site's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Versions {
    /// Every version that is remembered, oldest first.
    pub list: Vec<Version>,
    /// The number that the next version gets. Numbers begin with 1 and are never given twice.
    pub next: u32,
    /// The version that acts; 0 until there is one.
    pub live: u32,
    /// The version that acts for a share of the visitors, if one is being rolled out.
    pub rollout: Option<Rollout>,
    /// The version that is tried beside the live one without acting, if one is.
    pub shadow: Option<Shadow>,
    /// What was released when and by whom, oldest first.
    pub history: Vec<Release>,
    /// Releases that wait for their moment, or for their end, or that failed, oldest first.
    pub schedule: Vec<Scheduled>,
    /// How many releases were ever scheduled.
    pub scheduled: u32,
}

/// One version of the rules. It never changes; its files are kept under `hash`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number within the site.
    pub number: u32,
    /// The fingerprint of its files.
    pub hash: RuleSetHash,
    /// The version that was live when it was made, and that its author had before their eyes.
    pub parent: Option<u32>,
    /// Who made it, in their own words.
    pub author: String,
    /// Why it was made, in their own words.
    pub reason: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How it came here.
    pub origin: Origin,
    /// Whether it was ever live, for all visitors or for a share of them.
    pub released: bool,
}

/// How a version came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From the site's directory, at the first start.
    Seed,
    /// From the site's directory, at a later start.
    Directory,
    /// It was sent.
    Draft,
}

impl Origin {
    /// The origin's word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Directory => "directory",
            Self::Draft => "draft",
        }
    }
}

/// A version that acts for a share of the visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Which version.
    pub version: u32,
    /// For how many of the visitors.
    pub share: Share,
    /// Since when.
    pub since: Timestamp,
}

/// A version that is tried without acting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// Which version.
    pub version: u32,
    /// Since when.
    pub since: Timestamp,
}

/// One change of what acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its number; counts up from 1 within the site.
    #[serde(default)]
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// By whom, in their own words.
    pub who: String,
    /// Why, in their own words.
    pub reason: String,
    /// What was done.
    pub kind: ReleaseKind,
    /// The version that was live before.
    pub from: Option<u32>,
    /// The version that this is about.
    pub to: u32,
    /// The share of the visitors, when it is not all of them.
    pub share: Option<Share>,
    /// Whether the version's tests were left out.
    pub untested: bool,
    /// Whether the schedule did it, in the name of whoever had wanted it.
    #[serde(default)]
    pub scheduled: bool,
}

/// What was done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// It became live for everybody.
    Publish,
    /// It became live for a share of the visitors.
    Rollout,
    /// Its share was taken back.
    StopRollout,
    /// It became live again.
    Rollback,
    /// It was tried beside the live version.
    Shadow,
    /// It was tried no longer.
    StopShadow,
    /// The visitors' history was scored anew under it.
    Rescore,
    /// It was scheduled.
    Schedule,
    /// It was taken off the schedule.
    Unschedule,
    /// Its time was over, and this version came back; for a share of the visitors, it was taken back.
    End,
    /// Its time was over, and nothing changed, since something else was live by then.
    Lapse,
    /// Its moment had come, and it could not be released.
    Miss,
}

impl ReleaseKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Publish,
        Self::Rollout,
        Self::StopRollout,
        Self::Rollback,
        Self::Shadow,
        Self::StopShadow,
        Self::Rescore,
        Self::Schedule,
        Self::Unschedule,
        Self::End,
        Self::Lapse,
        Self::Miss,
    ];

    /// The kind's word on the wire and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Rollout => "rollout",
            Self::StopRollout => "stop_rollout",
            Self::Rollback => "rollback",
            Self::Shadow => "shadow",
            Self::StopShadow => "stop_shadow",
            Self::Rescore => "rescore",
            Self::Schedule => "schedule",
            Self::Unschedule => "unschedule",
            Self::End => "end",
            Self::Lapse => "lapse",
            Self::Miss => "miss",
        }
    }
}

impl Versions {
    /// A version by its number.
    pub fn get(&self, number: u32) -> Option<&Version> {
        self.list.iter().find(|version| version.number == number)
    }

    /// The version that acts; `None` only before the first.
    pub fn live(&self) -> Option<&Version> {
        self.get(self.live)
    }

    /// A release of the history by its number.
    pub fn release(&self, number: u32) -> Option<&Release> {
        self.history.iter().find(|release| release.number == number)
    }

    /// The newest version with these files.
    pub fn with_hash(&self, hash: RuleSetHash) -> Option<&Version> {
        self.list.iter().rev().find(|version| version.hash == hash)
    }

    /// The version to which a roll-back without a number leads: what was live before the live version was published.
    /// Rolling back twice therefore goes back two versions, and never to and fro.
    pub fn previous(&self) -> Option<u32> {
        let published =
            |release: &&Release| release.kind == ReleaseKind::Publish && release.to == self.live;
        let release = self.history.iter().rev().find(published)?;
        release.from.filter(|from| self.get(*from).is_some())
    }
}
