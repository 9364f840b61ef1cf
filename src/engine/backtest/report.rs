//! The report of a backtest: sums as people and tools read them. Moments are milliseconds since the epoch.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::{RuleSetHash, Timestamp};
use crate::rules::RuleSet;

use super::week::HourOfWeek;

/// The number of the report's form; a reader refuses one that it does not know.
pub const FORMAT: u32 = 1;

/// One figure on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versus<T = u64> {
    /// What happened, or what the rules compared with would have done.
    pub before: T,
    /// What the candidate would have done.
    pub after: T,
}

/// Invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitations {
    /// Offered to the visitor.
    pub offered: Versus,
    /// Withheld for the holdout.
    pub withheld: Versus,
}

/// What one trigger did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerRow {
    /// Its id.
    pub trigger: String,
    /// What it did.
    #[serde(flatten)]
    pub made: Invitations,
    /// The same by variant, for a trigger that has variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantRow>,
}

/// What one variant of a trigger did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantRow {
    /// Its id.
    pub variant: String,
    /// Offers in which it was said, and withheld ones for which it was drawn.
    #[serde(flatten)]
    pub made: Invitations,
}

/// Invitations of one day in the site's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// As `2026-11-22`.
    pub day: String,
    /// How many.
    #[serde(flatten)]
    pub made: Invitations,
}

/// Invitations of one hour beside what agents could take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// When it began.
    pub start: u64,
    /// How many.
    #[serde(flatten)]
    pub made: Invitations,
    /// The fewest free slots seen.
    pub free_least: u16,
    /// The most free slots seen.
    pub free_most: u16,
}

/// The hour with the most offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourLoad {
    /// When it began.
    pub start: u64,
    /// Offers in it.
    pub offered: u64,
    /// The most free slots seen in it.
    pub free_most: u16,
}

/// The load on agents. An offer that is accepted takes a slot for as long as the chat lasts, so more offers in an hour
/// than slots were free need not be too many; it is where to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// The hour with the most offers.
    pub peak: Versus<Option<HourLoad>>,
    /// Hours with more offers than slots were ever free in them.
    pub hours_over: Versus,
}

/// Where a score stood at the end of sessions, in whole points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Sessions that ended.
    pub sessions: u64,
    /// The score's maximum.
    pub max: i64,
    /// Sessions in each tenth of the maximum; the maximum itself is in the last.
    pub tenths: [u64; 10],
    /// At the median, to a hundredth of the maximum.
    pub p50: i64,
    /// Three of four sessions lie at or below this.
    pub p75: i64,
    /// Nine of ten.
    pub p90: i64,
    /// 99 of 100.
    pub p99: i64,
}

/// One score on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Its name.
    pub score: String,
    /// Where it stood; `null` where the rules do not have it.
    #[serde(flatten)]
    pub bands: Versus<Option<Band>>,
}

/// How often a score entered a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageEntry {
    /// The score.
    pub score: String,
    /// The stage.
    pub stage: String,
    /// How often, from above or from below.
    #[serde(flatten)]
    pub entered: Versus,
}

/// A visitor whom one side invited and the other did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The visitor's public id.
    pub visitor: String,
    /// When the first offer was made.
    pub at: u64,
    /// By which trigger.
    pub trigger: String,
    /// The scores at that moment, in whole points.
    pub scores: BTreeMap<String, i64>,
}

/// Visitors whom one side invited and the other did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// How many.
    pub visitors: u64,
    /// The earliest of them, at most 20.
    pub examples: Vec<Example>,
}

/// Two triggers that were ready at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The one that invited.
    pub trigger: String,
    /// The one that stood back.
    pub silenced: String,
    /// How often.
    #[serde(flatten)]
    pub times: Versus,
}

/// Visitors who would first have been invited by another trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The trigger of their first invitation before.
    pub before: String,
    /// That of their first invitation after.
    pub after: String,
    /// How many.
    pub visitors: u64,
}

/// Rules of the candidate that never did anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfired {
    /// Score rules that never moved a score.
    pub score_rules: Vec<String>,
    /// Triggers that never invited, nor would have but for the holdout.
    pub triggers: Vec<String>,
}

/// What a backtest found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// The site's public key.
    pub site: String,
    /// The beginning of the period.
    pub since: u64,
    /// The end of the period.
    pub until: u64,
    /// The time zone of the days.
    pub time_zone: String,
    /// The version on trial.
    pub candidate: String,
    /// The version that it was compared with; `null`: what really happened.
    pub against: Option<String>,
    /// Records in the period.
    pub records: u64,
    /// Events in those records.
    pub events: u64,
    /// Visitors with a record in the period.
    pub visitors: u64,
    /// What to keep in mind when reading the figures.
    pub warnings: Vec<String>,
    /// Visitors with at least one offer.
    pub invited: Versus,
    /// All invitations.
    pub invitations: Invitations,
    /// Visitors whom only the candidate invites.
    pub gained: Invited,
    /// Visitors whom the candidate does not invite any more.
    pub lost: Invited,
    /// Offers to somebody who really talked with an agent or waited for one at that moment.
    pub while_chatting: Versus,
    /// Offers to somebody who really was at checkout, or on another page on which the rules of then invited nobody.
    pub on_silent_page: Versus,
    /// What each trigger did.
    pub triggers: Vec<TriggerRow>,
    /// Triggers that were ready at once.
    pub conflicts: Vec<Conflict>,
    /// Triggers that took another one's place.
    #[serde(default)]
    pub replaced: Vec<Replaced>,
    /// Rules of the candidate that never did anything.
    pub unfired: Unfired,
    /// Where scores stood at the end of sessions.
    pub scores: Vec<Spread>,
    /// How often scores entered their stages.
    pub stages: Vec<StageEntry>,
    /// The load on agents.
    pub capacity: Capacity,
    /// Invitations by day.
    pub days: Vec<Day>,
    /// Invitations by hour.
    pub hours: Vec<Hour>,
    /// Invitations by hour of the week, Monday first: 168.
    #[serde(default)]
    pub hours_of_week: Vec<HourOfWeek>,
}

/// What a report tells beside the sums.
pub struct About<'a> {
    /// The site's public key.
    pub site: &'a str,
    /// The rules on trial.
    pub candidate: &'a RuleSet,
    /// The version that they were compared with.
    pub against: Option<RuleSetHash>,
    /// The beginning of the period.
    pub since: Timestamp,
    /// The end of the period.
    pub until: Timestamp,
    /// Where the site's days begin and end.
    pub zone: TimeZone,
    /// What to keep in mind.
    pub warnings: Vec<String>,
}
