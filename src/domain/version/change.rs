//! What can be done with versions. Each change checks first and then happens as a whole.

use thiserror::Error;

use crate::domain::{RuleSetHash, Share, Timestamp};

use super::{
    MAX_RELEASES, MAX_VERSIONS, Origin, Release, ReleaseKind, Rollout, Scheduled, Shadow, Version,
    Versions,
};

/// Why a change was not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// No version has this number, or not any more.
    #[error("no version has the number {0}")]
    Unknown(u32),
    /// Somebody else has published meanwhile.
    #[error(
        "version {expected} was expected to be live, and version {live} is; look at what changed, then try again"
    )]
    Stale {
        /// The version that the sender took to be live.
        expected: u32,
        /// The version that is.
        live: u32,
    },
    /// There is nothing to do.
    #[error("version {0} is live already")]
    AlreadyLive(u32),
    /// Another version is being rolled out.
    #[error("version {0} is being rolled out; complete that or stop it first")]
    RollingOut(u32),
    /// Points are those of the version that acts.
    #[error(
        "version {0} is not live, and history is scored anew only under what acts; publish it first"
    )]
    NotLive(u32),
    /// No version is being rolled out.
    #[error("no version is being rolled out")]
    NoRollout,
    /// No version runs as a shadow.
    #[error("no version runs as a shadow")]
    NoShadow,
    /// Nobody has tried this version on visitors before.
    #[error("version {0} was never live for everybody, so there is no way back to it; publish it")]
    NeverLive(u32),
    /// There is no earlier version.
    #[error(
        "nothing was live before version {0}, so there is nothing to roll back to; publish another version instead"
    )]
    NothingBefore(u32),
    /// What is scheduled lies ahead.
    #[error("the moment has passed already; publish it now, or name a moment to come")]
    InThePast,
    /// It would end before it begins.
    #[error("it would end before it begins; `until` lies behind `at`, and ahead of now")]
    EndsFirst,
    /// Nobody knows what will be in years.
    #[error("nothing is scheduled more than a year ahead")]
    TooFarAhead,
    /// Both cannot act at the same time.
    #[error(
        "entry {0} of the schedule acts at that time; take it off first, or choose another time"
    )]
    Overlaps(u32),
    /// There is too much on the schedule.
    #[error("the schedule is full; take something off first")]
    ScheduleFull,
    /// The schedule has no such entry.
    #[error("the schedule has no entry {0}, or not any more")]
    NotScheduled(u32),
}

/// Who does something, why and when.
#[derive(Clone, Debug)]
pub struct Word {
    /// Who, in their own words.
    pub who: String,
    /// Why, in their own words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A version to be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The fingerprint of its files.
    pub hash: RuleSetHash,
    /// The version that its author had before their eyes.
    pub parent: Option<u32>,
    /// How it came here.
    pub origin: Origin,
}

impl Versions {
    /// Adds a version that does not act yet; returns its number. Files that are a version already stay that version.
    ///
    /// # Errors
    ///
    /// [`Refusal::Stale`] when the author had another version before their eyes than the live one.
    pub fn add(&mut self, draft: &Draft, word: &Word) -> Result<u32, Refusal> {
        if let Some(known) = self.with_hash(draft.hash) {
            return Ok(known.number);
        }
        if let Some(expected) = draft.parent.filter(|parent| *parent != self.live) {
            let live = self.live;
            return Err(Refusal::Stale { expected, live });
        }
        let number = self.next.max(1);
        self.next = number + 1;
        self.list.push(Version {
            number,
            hash: draft.hash,
            parent: draft.parent,
            author: word.who.clone(),
            reason: word.reason.clone(),
            created_at: word.at,
            origin: draft.origin,
            released: false,
        });
        self.forget(number);
        Ok(number)
    }

    /// Makes a version live, for everybody or for a share of the visitors.
    ///
    /// # Errors
    ///
    /// Why not; nothing has changed then.
    pub fn publish(
        &mut self,
        number: u32,
        expected: u32,
        share: Share,
        untested: bool,
        word: &Word,
    ) -> Result<(), Refusal> {
        self.get(number).ok_or(Refusal::Unknown(number))?;
        let live = self.live;
        if expected != live {
            return Err(Refusal::Stale { expected, live });
        }
        if number == live {
            return Err(Refusal::AlreadyLive(number));
        }
        let other = self.rollout.filter(|rollout| rollout.version != number);
        if let Some(other) = other {
            return Err(Refusal::RollingOut(other.version));
        }
        let all = share >= Share::ALL;
        let kind = if all {
            ReleaseKind::Publish
        } else {
            ReleaseKind::Rollout
        };
        self.note(kind, number, word);
        if let Some(release) = self.history.last_mut() {
            release.untested = untested;
            release.share = (!all).then_some(share);
        }
        if all {
            self.go_live(number);
        } else {
            // A share that grows keeps everybody who had the version already: the draw stays the same.
            self.rollout = Some(Rollout {
                version: number,
                share,
                since: self.rollout.map_or(word.at, |rollout| rollout.since),
            });
            self.mark_released(number);
        }
        Ok(())
    }

    /// Makes a version live again that was live before: `to`, or the one before the live one. Returns its number. A
    /// roll-out under way ends with it.
    ///
    /// # Errors
    ///
    /// Why not; nothing has changed then.
    pub fn roll_back(&mut self, to: Option<u32>, word: &Word) -> Result<u32, Refusal> {
        let to = to.or_else(|| self.previous());
        let to = to.ok_or(Refusal::NothingBefore(self.live))?;
        self.get(to).ok_or(Refusal::Unknown(to))?;
        if to == self.live {
            return Err(Refusal::AlreadyLive(to));
        }
        if !self.was_live(to) {
            return Err(Refusal::NeverLive(to));
        }
        let mut releases = self.history.iter().rev();
        let made_live =
            |release: &&Release| release.kind == ReleaseKind::Publish && release.to == to;
        let untested = releases
            .find(made_live)
            .is_some_and(|release| release.untested);
        self.note(ReleaseKind::Rollback, to, word);
        if let Some(release) = self.history.last_mut() {
            release.untested = untested;
        }
        self.go_live(to);
        Ok(to)
    }

    /// Whether the version acted for everybody before another took its place; a share of the visitors is not enough.
    fn was_live(&self, number: u32) -> bool {
        self.history.iter().any(|release| {
            let replaced = matches!(
                release.kind,
                ReleaseKind::Publish | ReleaseKind::Rollback | ReleaseKind::End
            );
            replaced && release.from == Some(number)
        })
    }

    /// Takes a roll-out back: the live version acts for everybody again. Returns the version's number.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoRollout`].
    pub fn stop_rollout(&mut self, word: &Word) -> Result<u32, Refusal> {
        let rollout = self.rollout.take().ok_or(Refusal::NoRollout)?;
        self.note(ReleaseKind::StopRollout, rollout.version, word);
        Ok(rollout.version)
    }

    /// Tries a version beside the live one, in the place of any other that is tried.
    ///
    /// # Errors
    ///
    /// Why not; nothing has changed then.
    pub fn start_shadow(&mut self, number: u32, word: &Word) -> Result<(), Refusal> {
        self.get(number).ok_or(Refusal::Unknown(number))?;
        if number == self.live {
            return Err(Refusal::AlreadyLive(number));
        }
        self.shadow = Some(Shadow {
            version: number,
            since: word.at,
        });
        self.note(ReleaseKind::Shadow, number, word);
        Ok(())
    }

    /// Tries no version any more. Returns the number of the one that was tried.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoShadow`].
    pub fn stop_shadow(&mut self, word: &Word) -> Result<u32, Refusal> {
        let shadow = self.shadow.take().ok_or(Refusal::NoShadow)?;
        self.note(ReleaseKind::StopShadow, shadow.version, word);
        Ok(shadow.version)
    }

    /// Notes that the visitors' history is scored anew under the live version.
    ///
    /// # Errors
    ///
    /// When another version is live than expected, or this one is not.
    pub fn rescore(&mut self, number: u32, expected: u32, word: &Word) -> Result<(), Refusal> {
        self.get(number).ok_or(Refusal::Unknown(number))?;
        let live = self.live;
        if expected != live {
            return Err(Refusal::Stale { expected, live });
        }
        if number != live {
            return Err(Refusal::NotLive(number));
        }
        self.note(ReleaseKind::Rescore, number, word);
        Ok(())
    }

    pub(super) fn go_live(&mut self, number: u32) {
        self.live = number;
        self.rollout = None;
        // What acts is its own comparison.
        self.shadow = self.shadow.filter(|shadow| shadow.version != number);
        self.mark_released(number);
    }

    fn mark_released(&mut self, number: u32) {
        let mut list = self.list.iter_mut();
        if let Some(version) = list.find(|version| version.number == number) {
            version.released = true;
        }
    }

    pub(super) fn note(&mut self, kind: ReleaseKind, to: u32, word: &Word) {
        let last = self.history.last().map_or(0, |release| release.number);
        self.history.push(Release {
            number: last + 1,
            at: word.at,
            who: word.who.clone(),
            reason: word.reason.clone(),
            kind,
            from: (self.live > 0).then_some(self.live),
            to,
            share: None,
            untested: false,
            scheduled: false,
        });
        let over = self.history.len().saturating_sub(MAX_RELEASES);
        self.history.drain(..over);
    }

    /// Keeps the list within its bound: the oldest draft that was never released goes first, then the oldest version.
    /// What acts, is tried, was just made, is scheduled or is the way back stays.
    fn forget(&mut self, fresh: u32) {
        while self.list.len() > MAX_VERSIONS {
            let mut needed = vec![
                Some(fresh),
                Some(self.live),
                self.previous(),
                self.rollout.map(|rollout| rollout.version),
                self.shadow.map(|shadow| shadow.version),
            ];
            needed.extend(self.schedule.iter().flat_map(Scheduled::versions));
            let spare = |version: &Version| !needed.contains(&Some(version.number));
            let draft = |version: &Version| spare(version) && !version.released;
            let gone = (self.list.iter().position(draft))
                .or_else(|| self.list.iter().position(spare))
                .expect("fewer versions are needed than remembered");
            self.list.remove(gone);
        }
    }
}
