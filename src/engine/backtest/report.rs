//! The report of a backtest: sums as people and tools read them. Moments are milliseconds since the epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::{Key, RuleSetHash, Timestamp};
use crate::rules::RuleSet;

use super::side::{Ends, Made, SideTally};
use super::tally::{Only, Tally, Who};

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

impl Report {
    /// The report of these sums.
    pub fn of(tally: &Tally, about: About<'_>) -> Self {
        let hours = hours(tally);
        let mut warnings = about.warnings;
        if tally.known_before > 0 {
            warnings.push(format!(
                "{} visitors had been there before their first record: what was known of them by then is missing",
                tally.known_before
            ));
        }
        let (before, after) = (&tally.before, &tally.after);
        let versus = |of: fn(&SideTally) -> u64| Versus {
            before: of(before),
            after: of(after),
        };
        Self {
            format: FORMAT,
            site: about.site.to_owned(),
            since: about.since.0,
            until: about.until.0,
            time_zone: about.zone.iana_name().unwrap_or("UTC").to_owned(),
            candidate: about.candidate.hash.to_string(),
            against: about.against.map(|hash| hash.to_string()),
            records: tally.records,
            events: tally.events,
            visitors: tally.visitors,
            warnings,
            invited: versus(|side| side.invited),
            invitations: invitations(Some(&before.made), Some(&after.made)),
            gained: invited(&tally.gained),
            lost: invited(&tally.lost),
            while_chatting: versus(|side| side.while_chatting),
            on_silent_page: versus(|side| side.on_silent_page),
            triggers: triggers(tally),
            conflicts: conflicts(tally),
            unfired: unfired(about.candidate, after),
            scores: scores(tally),
            stages: stages(tally),
            capacity: capacity(&hours),
            days: days(&hours, &about.zone),
            hours,
        }
    }
}

/// The keys of both sides, each once, in order.
fn both<'t, K: Ord, V>(
    tally: &'t Tally,
    of: impl Fn(&'t SideTally) -> &'t BTreeMap<K, V>,
) -> Vec<(&'t K, Option<&'t V>, Option<&'t V>)> {
    let (before, after) = (of(&tally.before), of(&tally.after));
    let keys: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let rows = keys
        .into_iter()
        .map(|key| (key, before.get(key), after.get(key)));
    rows.collect()
}

fn count(before: Option<&u64>, after: Option<&u64>) -> Versus {
    Versus {
        before: before.copied().unwrap_or(0),
        after: after.copied().unwrap_or(0),
    }
}

fn invitations(before: Option<&Made>, after: Option<&Made>) -> Invitations {
    let (before, after) = (
        before.copied().unwrap_or_default(),
        after.copied().unwrap_or_default(),
    );
    Invitations {
        offered: Versus {
            before: before.offered,
            after: after.offered,
        },
        withheld: Versus {
            before: before.withheld,
            after: after.withheld,
        },
    }
}

fn invited(only: &Only) -> Invited {
    Invited {
        visitors: only.visitors,
        examples: only.examples.iter().map(example).collect(),
    }
}

fn example(who: &Who) -> Example {
    let scores = who.offer.scores.iter();
    Example {
        visitor: who.visitor.to_string(),
        at: who.offer.at.0,
        trigger: who.offer.trigger.to_string(),
        scores: scores
            .map(|(score, points)| (score.to_string(), *points))
            .collect(),
    }
}

fn triggers(tally: &Tally) -> Vec<TriggerRow> {
    let rows = both(tally, |side| &side.triggers).into_iter();
    rows.map(|(trigger, before, after)| TriggerRow {
        trigger: trigger.to_string(),
        made: invitations(before, after),
    })
    .collect()
}

fn conflicts(tally: &Tally) -> Vec<Conflict> {
    let rows = both(tally, |side| &side.conflicts).into_iter();
    rows.map(|((trigger, silenced), before, after)| Conflict {
        trigger: trigger.to_string(),
        silenced: silenced.to_string(),
        times: count(before, after),
    })
    .collect()
}

fn stages(tally: &Tally) -> Vec<StageEntry> {
    let rows = both(tally, |side| &side.stages).into_iter();
    rows.map(|((score, stage), before, after)| StageEntry {
        score: score.to_string(),
        stage: stage.to_string(),
        entered: count(before, after),
    })
    .collect()
}

fn scores(tally: &Tally) -> Vec<Spread> {
    let rows = both(tally, |side| &side.scores).into_iter();
    rows.map(|(score, before, after)| Spread {
        score: score.to_string(),
        bands: Versus {
            before: before.map(band),
            after: after.map(band),
        },
    })
    .collect()
}

fn band(ends: &Ends) -> Band {
    let sessions: u64 = ends.percent.iter().sum();
    let mut tenths = [0; 10];
    for (percent, count) in ends.percent.iter().enumerate() {
        tenths[(percent / 10).min(9)] += count;
    }
    let max = ends.max.rounded();
    let at = |share: u64| {
        let wanted = (sessions * share).div_ceil(100).max(1);
        let mut sum = 0;
        let percent = ends.percent.iter().position(|count| {
            sum += count;
            sum >= wanted
        });
        percent.unwrap_or(0) as i64 * max / 100
    };
    Band {
        sessions,
        max,
        tenths,
        p50: at(50),
        p75: at(75),
        p90: at(90),
        p99: at(99),
    }
}

fn unfired(candidate: &RuleSet, after: &SideTally) -> Unfired {
    let fired = |key: Key| after.fired.contains_key(&key);
    let score_rules = candidate.score_rules.iter().filter(|rule| !fired(rule.key));
    let invited = |id: &Arc<str>| after.triggers.contains_key(id);
    let triggers = candidate.triggers.iter().filter(|it| !invited(&it.id));
    let mut unfired = Unfired {
        score_rules: score_rules.map(|rule| rule.id.to_string()).collect(),
        triggers: triggers.map(|trigger| trigger.id.to_string()).collect(),
    };
    unfired.score_rules.sort();
    unfired.triggers.sort();
    unfired
}

fn hours(tally: &Tally) -> Vec<Hour> {
    let (before, after) = (&tally.before.hours, &tally.after.hours);
    let mut starts: BTreeSet<&Timestamp> = before.keys().chain(after.keys()).collect();
    starts.extend(tally.slots.keys());
    let hour = |start: &Timestamp| {
        let (free_least, free_most) = tally.slots.get(start).copied().unwrap_or_default();
        Hour {
            start: start.0,
            made: invitations(before.get(start), after.get(start)),
            free_least,
            free_most,
        }
    };
    starts.into_iter().map(hour).collect()
}

fn days(hours: &[Hour], zone: &TimeZone) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for hour in hours {
        let day = day_of(hour.start, zone);
        if days.last().is_none_or(|last| last.day != day) {
            let made = Invitations::default();
            days.push(Day { day, made });
        }
        if let Some(last) = days.last_mut() {
            last.made.offered.add(hour.made.offered);
            last.made.withheld.add(hour.made.withheld);
        }
    }
    days
}

impl Versus {
    fn add(&mut self, more: Self) {
        self.before += more.before;
        self.after += more.after;
    }
}

/// The day that a moment lies in, as `2026-11-22`.
fn day_of(moment: u64, zone: &TimeZone) -> String {
    let moment = i64::try_from(moment).ok();
    let moment = moment.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment
        .unwrap_or_default()
        .to_zoned(zone.clone())
        .date()
        .to_string()
}

fn capacity(hours: &[Hour]) -> Capacity {
    let peak = |of: fn(&Versus) -> u64| {
        let busiest = hours
            .iter()
            .rev()
            .max_by_key(|hour| of(&hour.made.offered))?;
        let load = HourLoad {
            start: busiest.start,
            offered: of(&busiest.made.offered),
            free_most: busiest.free_most,
        };
        (load.offered > 0).then_some(load)
    };
    let over = |of: fn(&Versus) -> u64| {
        let over = |hour: &&Hour| of(&hour.made.offered) > u64::from(hour.free_most);
        hours.iter().filter(over).count() as u64
    };
    Capacity {
        peak: Versus {
            before: peak(|offered| offered.before),
            after: peak(|offered| offered.after),
        },
        hours_over: Versus {
            before: over(|offered| offered.before),
            after: over(|offered| offered.after),
        },
    }
}
