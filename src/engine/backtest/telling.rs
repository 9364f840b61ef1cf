//! From sums to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::domain::{Key, Timestamp};
use crate::rules::RuleSet;

use super::report::{
    About, Band, Capacity, Conflict, Day, Example, FORMAT, Hour, HourLoad, Invitations, Invited,
    Replaced, Report, Spread, StageEntry, TriggerRow, Unfired, VariantRow, Versus,
};
use super::side::{Ends, Made, SideTally};
use super::tally::{Only, Tally, Who};
use super::week;

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
            replaced: replaced(tally),
            unfired: unfired(about.candidate, after),
            scores: scores(tally),
            stages: stages(tally),
            capacity: capacity(&hours),
            days: days(&hours, &about.zone),
            hours_of_week: week::hours(&hours, tally, &about.zone),
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
    let mut rows: Vec<TriggerRow> = rows
        .map(|(trigger, before, after)| TriggerRow {
            trigger: trigger.to_string(),
            made: invitations(before, after),
            variants: Vec::new(),
        })
        .collect();
    // Both lists are in the order of the triggers' ids.
    let mut at = 0;
    for ((trigger, variant), before, after) in both(tally, |side| &side.variants) {
        while rows.get(at).is_some_and(|row| *row.trigger < **trigger) {
            at += 1;
        }
        let row = rows.get_mut(at).filter(|row| *row.trigger == **trigger);
        if let Some(row) = row {
            row.variants.push(VariantRow {
                variant: variant.to_string(),
                made: invitations(before, after),
            });
        }
    }
    rows
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

/// The most visitors first.
fn replaced(tally: &Tally) -> Vec<Replaced> {
    let rows = tally.replaced.iter();
    let mut rows: Vec<Replaced> = rows
        .map(|((before, after), visitors)| Replaced {
            before: before.to_string(),
            after: after.to_string(),
            visitors: *visitors,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.visitors));
    rows
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
        i64::try_from(percent.unwrap_or(0)).unwrap_or(100) * max / 100
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
        let slots = tally.slots.get(start);
        Hour {
            start: start.0,
            made: invitations(before.get(start), after.get(start)),
            free_least: slots.map_or(0, |slots| slots.least),
            free_most: slots.map_or(0, |slots| slots.most),
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
            last.made.add(hour.made);
        }
    }
    days
}

impl Invitations {
    /// Adds those of another hour.
    pub(super) fn add(&mut self, more: Self) {
        self.offered.add(more.offered);
        self.withheld.add(more.withheld);
    }
}

impl Versus {
    fn add(&mut self, more: Self) {
        self.before += more.before;
        self.after += more.after;
    }
}

/// The day that a moment lies in, as `2026-11-22`.
fn day_of(moment: u64, zone: &TimeZone) -> String {
    week::local(moment, zone).date().to_string()
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
