//! Releases that wait for their moment, and releases that end by themselves.
//!
//! Whoever keeps the schedule asks what is due, checks it anew and acts. All of it is part of the one document, so of
//! several nodes that act at the same moment one is first, and the others find nothing left to do.

use serde::{Deserialize, Serialize};

use crate::domain::{Millis, Share, Timestamp};

use super::change::{Refusal, Word};
use super::{ReleaseKind, Versions};

/// How many entries a site's schedule has, those that failed included.
pub const MAX_SCHEDULED: usize = 20;
/// Nothing is scheduled further ahead.
pub const MAX_AHEAD: Millis = Millis::from_days(366);

/// A release that waits for its moment, that will end by itself, or that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Its number within the site; never given twice.
    pub id: u32,
    /// What is to be released.
    pub plan: ReleasePlan,
    /// Who wants it, in their own words.
    pub who: String,
    /// Why, in their own words.
    pub reason: String,
    /// How it stands.
    pub state: ScheduleState,
}

/// What is to be released when, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePlan {
    /// The version.
    pub version: u32,
    /// The version that has to be live by then.
    pub expected: u32,
    /// When it begins.
    pub at: Timestamp,
    /// When what was live before comes back; `None`: it stays.
    pub until: Option<Timestamp>,
    /// For how many of the visitors.
    pub share: Share,
    /// Whether it is released although one of its tests fails.
    pub skip_tests: bool,
}

/// How an entry of the schedule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleState {
    /// Its moment has not come.
    Waiting,
    /// It was released and waits for its end.
    Acting {
        /// The version that was live before.
        before: u32,
    },
    /// It was not released.
    Failed {
        /// Why not.
        why: String,
    },
}

impl ScheduleState {
    /// The state's word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acting { .. } => "acting",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Scheduled {
    /// The next moment at which something is to be done about it.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            ScheduleState::Waiting => Some(self.plan.at),
            ScheduleState::Acting { .. } => self.plan.until,
            ScheduleState::Failed { .. } => None,
        }
    }

    /// The versions that it needs: its own, the one that has to be live, and the one that comes back.
    pub(super) fn versions(&self) -> [Option<u32>; 3] {
        let before = match self.state {
            ScheduleState::Acting { before } => Some(before),
            ScheduleState::Waiting | ScheduleState::Failed { .. } => None,
        };
        [Some(self.plan.version), Some(self.plan.expected), before]
    }

    fn word(&self, at: Timestamp) -> Word {
        Word {
            who: self.who.clone(),
            reason: self.reason.clone(),
            at,
        }
    }

    fn waits(&self) -> bool {
        self.state == ScheduleState::Waiting
    }
}

impl ReleasePlan {
    /// Whether both would act at some moment.
    fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end =
            |one: &Self, other: &Self| other.until.is_none_or(|end| one.at < end);
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

impl Versions {
    /// Puts a release on the schedule; returns the entry's number. Where what is live now will have gone back by then,
    /// the version that comes back is the expected one.
    ///
    /// # Errors
    ///
    /// Why not; nothing has changed then.
    pub fn schedule(&mut self, mut plan: ReleasePlan, word: &Word) -> Result<u32, Refusal> {
        self.get(plan.version)
            .ok_or(Refusal::Unknown(plan.version))?;
        let (expected, live) = (plan.expected, self.live);
        if expected != live {
            return Err(Refusal::Stale { expected, live });
        }
        plan.expected = self.live_at(plan.at);
        if plan.version == plan.expected {
            return Err(Refusal::AlreadyLive(plan.version));
        }
        if plan.at <= word.at {
            return Err(Refusal::InThePast);
        }
        check_span(&plan, word.at)?;
        let mut waiting = self.schedule.iter().filter(|one| one.waits());
        if let Some(other) = waiting.find(|one| one.plan.overlaps(&plan)) {
            return Err(Refusal::Overlaps(other.id));
        }
        let (version, share) = (plan.version, plan.share);
        let id = self.enter(plan, ScheduleState::Waiting, word)?;
        self.note(ReleaseKind::Schedule, version, word);
        if let Some(release) = self.history.last_mut() {
            release.share = (share < Share::ALL).then_some(share);
        }
        Ok(id)
    }

    /// Releases a version now that ends by itself; returns the entry's number.
    ///
    /// # Errors
    ///
    /// Why not; the document must be thrown away then.
    pub fn publish_until(
        &mut self,
        plan: ReleasePlan,
        untested: bool,
        word: &Word,
    ) -> Result<u32, Refusal> {
        check_span(&plan, word.at)?;
        let before = self.live;
        self.publish(plan.version, plan.expected, plan.share, untested, word)?;
        self.enter(plan, ScheduleState::Acting { before }, word)
    }

    /// Takes an entry off the schedule: it is not released, or does not end by itself. Returns its version.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotScheduled`].
    pub fn unschedule(&mut self, id: u32, word: &Word) -> Result<u32, Refusal> {
        let at = self.schedule.iter().position(|one| one.id == id);
        let entry = self.schedule.remove(at.ok_or(Refusal::NotScheduled(id))?);
        if entry.due().is_some() {
            self.note(ReleaseKind::Unschedule, entry.plan.version, word);
        }
        Ok(entry.plan.version)
    }

    /// The entry for which something is to be done first, if its moment has come. What ends goes before what begins at
    /// the same moment.
    pub fn due(&self, now: Timestamp) -> Option<&Scheduled> {
        let due = self
            .schedule
            .iter()
            .filter(|one| one.due().is_some_and(|at| at <= now));
        due.min_by_key(|one| (one.due(), one.waits(), one.id))
    }

    /// The next moment at which something is to be done.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.schedule.iter().filter_map(Scheduled::due).min()
    }

    /// Does what is due for an entry, and says what was done; `None` when somebody else has done it. `checked` says
    /// whether the version may be released, and whether one of its tests fails, as of just now.
    pub fn act(
        &mut self,
        id: u32,
        checked: &Result<bool, String>,
        now: Timestamp,
    ) -> Option<ReleaseKind> {
        let at = self.schedule.iter().position(|one| one.id == id)?;
        let entry = self.schedule[at].clone();
        entry.due().filter(|due| *due <= now)?;
        match entry.state {
            ScheduleState::Waiting => Some(self.begin(at, &entry, checked, now)),
            ScheduleState::Acting { before } => {
                self.schedule.remove(at);
                Some(self.end(&entry, before, now))
            }
            ScheduleState::Failed { .. } => None,
        }
    }

    fn begin(
        &mut self,
        at: usize,
        entry: &Scheduled,
        checked: &Result<bool, String>,
        now: Timestamp,
    ) -> ReleaseKind {
        let (plan, before, word) = (&entry.plan, self.live, entry.word(now));
        let done = if plan.until.is_some_and(|until| until <= now) {
            Err("its time was over before it could be released".to_owned())
        } else {
            checked.clone().and_then(|untested| {
                let done = self.publish(plan.version, plan.expected, plan.share, untested, &word);
                done.map_err(|why| why.to_string())
            })
        };
        match done {
            Ok(()) if plan.until.is_some() => {
                self.schedule[at].state = ScheduleState::Acting { before };
            }
            Ok(()) => drop(self.schedule.remove(at)),
            Err(why) => {
                let reason = why.clone();
                self.schedule[at].state = ScheduleState::Failed { why };
                self.note(ReleaseKind::Miss, plan.version, &Word { reason, ..word });
            }
        }
        let release = self.history.last_mut().expect("it was noted just now");
        release.scheduled = true;
        release.kind
    }

    /// What was live before comes back, unless something else has taken the place meanwhile. A roll-out under way ends
    /// with it, as with any way back.
    fn end(&mut self, entry: &Scheduled, before: u32, now: Timestamp) -> ReleaseKind {
        let (version, word) = (entry.plan.version, entry.word(now));
        let rolls_out = self
            .rollout
            .is_some_and(|rollout| rollout.version == version);
        let comes_back = self.live == version && self.get(before).is_some();
        if rolls_out {
            self.note(ReleaseKind::End, version, &word);
            self.rollout = None;
        } else if comes_back {
            self.note(ReleaseKind::End, before, &word);
            self.go_live(before);
        } else {
            self.note(ReleaseKind::Lapse, version, &word);
        }
        let release = self.history.last_mut().expect("it was noted just now");
        release.scheduled = true;
        release.kind
    }

    /// The version that will be live at a moment, as far as the ends are known of what acts now.
    fn live_at(&self, moment: Timestamp) -> u32 {
        let ends = |entry: &Scheduled| match entry.state {
            ScheduleState::Acting { before } if entry.plan.version == self.live => {
                let ended = entry.plan.until.is_some_and(|until| until <= moment);
                ended.then_some(before)
            }
            ScheduleState::Acting { .. }
            | ScheduleState::Waiting
            | ScheduleState::Failed { .. } => None,
        };
        self.schedule.iter().find_map(ends).unwrap_or(self.live)
    }

    /// Adds an entry. What failed longest ago makes room.
    fn enter(
        &mut self,
        plan: ReleasePlan,
        state: ScheduleState,
        word: &Word,
    ) -> Result<u32, Refusal> {
        if self.schedule.len() >= MAX_SCHEDULED {
            let failed = self.schedule.iter().position(|one| one.due().is_none());
            self.schedule.remove(failed.ok_or(Refusal::ScheduleFull)?);
        }
        self.scheduled += 1;
        self.schedule.push(Scheduled {
            id: self.scheduled,
            plan,
            who: word.who.clone(),
            reason: word.reason.clone(),
            state,
        });
        Ok(self.scheduled)
    }
}

/// Whether it ends after it begins, and not in the far future.
fn check_span(plan: &ReleasePlan, now: Timestamp) -> Result<(), Refusal> {
    if plan.until.is_some_and(|until| until <= plan.at.max(now)) {
        return Err(Refusal::EndsFirst);
    }
    let last = plan.until.map_or(plan.at, |until| until.max(plan.at));
    if last > now + MAX_AHEAD {
        return Err(Refusal::TooFarAhead);
    }
    Ok(())
}
