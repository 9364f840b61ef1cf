//! From sums to what may be said of each trigger.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Millis, Timestamp};
use crate::engine::uplift::{
    ALPHA, Group, Interval, SampleRatio, Uplift, Verdict, sample_ratio, verdict,
};
use crate::rules::{Measure, Trigger};

use super::outcomes::Outcomes;
use super::split::{Split, WITHHELD};
use super::{Counted, Effectiveness};

const DAY: Millis = Millis::from_days(1);

/// What became of one arm. The unit of `visitors` and `converted` is the visitor, counted once; the rest counts
/// invitations and goals of those visitors.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Visitors who were eligible.
    pub visitors: u64,
    /// Those of them who reached a goal in time.
    pub converted: u64,
    /// `converted` per visitor, 0 to 1.
    pub rate: f64,
    /// Goals they reached in time; one visitor may reach several.
    pub goals: u64,
    /// What those goals are worth together, in the site's currency.
    pub value: f64,
    /// Invitations that were offered, or withheld.
    pub invitations: u64,
    /// Invitations that became visible.
    pub shown: u64,
    /// Invitations that were accepted.
    pub accepted: u64,
    /// Invitations that were dismissed.
    pub dismissed: u64,
    /// Half of the dismissed ones were visible for no longer than this, in milliseconds, to a tenth of a second and up to
    /// ten minutes; `None`: none was dismissed.
    pub dismissed_after_ms: Option<u64>,
    /// Invitations that were seen and not answered.
    pub ignored: u64,
    /// Invitations that nobody saw in time.
    pub expired: u64,
    /// Invitations that were taken back.
    pub revoked: u64,
}

/// What one variant achieved. Each verdict's error is a part of what all comparisons of the trigger's variants share
/// (Bonferroni), so that all of them hold together with 95 % confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantEffect {
    /// Its id.
    pub variant: Arc<str>,
    /// Its planned share of the eligible visitors, 0 to 1.
    pub share: f64,
    /// What became of those who were drawn for it and invited.
    #[serde(flatten)]
    pub figures: Figures,
    /// Beside those from whom invitations were withheld; `None` without a holdout.
    pub beside_holdout: Option<Verdict>,
    /// Beside the first variant; `None` for the first itself.
    pub beside_first: Option<Verdict>,
}

/// What one trigger achieved, under the split that is in force; for a trigger that is gone, under its latest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriggerEffect {
    /// Its id.
    pub trigger: Arc<str>,
    /// Whether the rules in force have it.
    pub in_force: bool,
    /// The planned share of the withheld, 0 to 1.
    pub holdout: f64,
    /// The goals that count; empty: any.
    pub goals: Vec<Box<str>>,
    /// For how long after eligibility they count, in milliseconds.
    pub within_ms: u64,
    /// When the first visitor under this split was eligible, in milliseconds since the epoch.
    pub since: Option<u64>,
    /// Visitors who were eligible under this split.
    pub visitors: u64,
    /// Those of them who may still reach a goal in time.
    pub pending: u64,
    /// Visitors who were first eligible under other shares of holdout or variants; they are not in these figures.
    pub other_splits: u64,
    /// Those who were invited.
    pub invited: Figures,
    /// Those from whom the invitation was withheld.
    pub withheld: Figures,
    /// Whether the arms have the planned shares of the audience; `None` for one arm.
    pub sample_ratio: Option<SampleRatio>,
    /// The invited beside the withheld, with 95 % confidence; `None` without a holdout.
    pub verdict: Option<Verdict>,
    /// The verdict as a sentence.
    pub says: String,
    /// Each variant, if there are any.
    pub variants: Vec<VariantEffect>,
}

impl Effectiveness {
    /// What may be said at `now`: of every trigger in force, best first, then of those that are gone, by id.
    pub fn report(&self, now: Timestamp) -> Vec<TriggerEffect> {
        let pending = self.pending(now);
        let at = |trigger: &Trigger| self.positions.get(&trigger.key).copied();
        let in_force = self.rules.triggers.iter().map(|trigger| {
            let split = Split::of(trigger);
            let measure = self.rules.measure_of(trigger);
            let blank = blank(&trigger.id, true, &measure, &split);
            match at(trigger) {
                Some(at) => self.filled(blank, at, &split, &pending, now),
                None => counted(blank, &Counted::new(split, now), now),
            }
        });
        let mut found: Vec<TriggerEffect> = in_force.collect();
        let in_force = |at: usize| {
            self.rules
                .triggers
                .iter()
                .any(|it| it.id == self.triggers[at].id)
        };
        let mut gone: Vec<usize> = (0..self.triggers.len())
            .filter(|at| !in_force(*at))
            .collect();
        gone.sort_by(|a, b| self.triggers[*a].id.cmp(&self.triggers[*b].id));
        found.extend(gone.into_iter().map(|at| {
            let followed = &self.triggers[at];
            let split = &followed.splits[followed.latest].split;
            let blank = blank(&followed.id, false, &followed.measure, split);
            self.filled(blank, at, split, &pending, now)
        }));
        found
    }

    /// What was counted of the trigger at this position under a split.
    fn filled(
        &self,
        blank: TriggerEffect,
        trigger: usize,
        split: &Split,
        pending: &HashMap<(usize, usize), u64>,
        now: Timestamp,
    ) -> TriggerEffect {
        let splits = &self.triggers[trigger].splits;
        let all: u64 = splits.iter().map(Counted::visitors).sum();
        let Some(at) = splits.iter().position(|it| it.split == *split) else {
            let effect = counted(blank, &Counted::new(split.clone(), now), now);
            return TriggerEffect {
                other_splits: all,
                ..effect
            };
        };
        let effect = counted(blank, &splits[at], now);
        TriggerEffect {
            since: Some(splits[at].since.0),
            pending: pending.get(&(trigger, at)).copied().unwrap_or(0),
            other_splits: all - effect.visitors,
            ..effect
        }
    }

    /// How many visitors of each trigger and split may still reach a goal in time.
    fn pending(&self, now: Timestamp) -> HashMap<(usize, usize), u64> {
        let mut pending = HashMap::new();
        for follow in self.followed.values().flatten() {
            let within = self.triggers[follow.trigger].measure.within;
            if !follow.converted && now.since(follow.first) <= within {
                *pending.entry((follow.trigger, follow.split)).or_default() += 1;
            }
        }
        pending
    }
}

/// The effect with the arms of one split.
fn counted(blank: TriggerEffect, counted: &Counted, now: Timestamp) -> TriggerEffect {
    let compared = Compared::new(counted, now);
    let mut invited = Outcomes::default();
    for arm in &counted.arms[WITHHELD + 1..] {
        invited.add(arm);
    }
    let (invited, withheld) = (figures(&invited), figures(&counted.arms[WITHHELD]));
    let (verdict, visitors) = (compared.all_invited(), counted.visitors());
    let says = if visitors == 0 {
        "nobody was eligible yet".to_owned()
    } else {
        says(verdict.as_ref(), compared.ratio, &invited, &withheld)
    };
    TriggerEffect {
        visitors,
        says,
        sample_ratio: compared.ratio,
        variants: compared.variants(),
        verdict,
        invited,
        withheld,
        ..blank
    }
}

/// The arms of one split, ready to be compared.
struct Compared<'a> {
    counted: &'a Counted,
    shares: Vec<f64>,
    /// For how long the arms have been filling.
    days: f64,
    ratio: Option<SampleRatio>,
}

impl<'a> Compared<'a> {
    fn new(counted: &'a Counted, now: Timestamp) -> Self {
        let shares = counted.split.shares();
        let counts: Vec<u64> = counted.arms.iter().map(|arm| arm.visitors).collect();
        let several = shares.iter().filter(|share| **share > 0.0).count() > 1;
        Self {
            counted,
            days: now.since(counted.since).0 as f64 / DAY.0 as f64,
            ratio: several.then(|| sample_ratio(&counts, &shares)),
            shares,
        }
    }

    fn group(&self, arm: usize) -> Group {
        let outcomes = &self.counted.arms[arm];
        Group {
            share: self.shares[arm],
            visitors: outcomes.visitors,
            converted: outcomes.converted,
        }
    }

    fn judge(&self, treated: Group, control: Group, alpha: f64) -> Option<Verdict> {
        if treated.share <= 0.0 || control.share <= 0.0 {
            return None;
        }
        if self.ratio.is_some_and(|ratio| ratio.broken) {
            return Some(Verdict::BrokenSplit);
        }
        Some(verdict(treated, control, alpha, self.days))
    }

    fn all_invited(&self) -> Option<Verdict> {
        let arms = (WITHHELD + 1..self.shares.len()).map(|arm| self.group(arm));
        let invited = arms.fold(Group::default(), |sum, arm| Group {
            share: sum.share + arm.share,
            visitors: sum.visitors + arm.visitors,
            converted: sum.converted + arm.converted,
        });
        self.judge(invited, self.group(WITHHELD), ALPHA)
    }

    fn variants(&self) -> Vec<VariantEffect> {
        let count = self.counted.split.variants().count();
        let beside_holdout = if self.shares[WITHHELD] > 0.0 {
            count
        } else {
            0
        };
        let comparisons = beside_holdout + count.saturating_sub(1);
        let alpha = ALPHA / comparisons.max(1) as f64;
        let first = WITHHELD + 1;
        let each = self.counted.split.variants().zip(first..);
        let each = each.map(|(id, arm)| VariantEffect {
            variant: Arc::clone(id),
            share: self.shares[arm],
            figures: figures(&self.counted.arms[arm]),
            beside_holdout: self.judge(self.group(arm), self.group(WITHHELD), alpha),
            beside_first: (arm > first)
                .then(|| self.judge(self.group(arm), self.group(first), alpha))
                .flatten(),
        });
        each.collect()
    }
}

/// What is known of a trigger before anything is counted.
fn blank(id: &Arc<str>, in_force: bool, measure: &Measure, split: &Split) -> TriggerEffect {
    TriggerEffect {
        trigger: Arc::clone(id),
        in_force,
        holdout: split.holdout(),
        goals: measure.goals.clone(),
        within_ms: measure.within.0,
        since: None,
        visitors: 0,
        pending: 0,
        other_splits: 0,
        invited: Figures::default(),
        withheld: Figures::default(),
        sample_ratio: None,
        verdict: None,
        says: String::new(),
        variants: Vec::new(),
    }
}

fn figures(of: &Outcomes) -> Figures {
    let group = Group {
        share: 1.0,
        visitors: of.visitors,
        converted: of.converted,
    };
    Figures {
        visitors: of.visitors,
        converted: of.converted,
        rate: group.rate(),
        goals: of.goals,
        value: of.value,
        invitations: of.invitations,
        shown: of.shown,
        accepted: of.accepted,
        dismissed: of.dismissed,
        dismissed_after_ms: of.median_look().map(|time| time.0),
        ignored: of.ignored,
        expired: of.expired,
        revoked: of.revoked,
    }
}

fn says(
    verdict: Option<&Verdict>,
    ratio: Option<SampleRatio>,
    invited: &Figures,
    withheld: &Figures,
) -> String {
    let broken =
        "the arms do not have the sizes that were planned, so that no number can be trusted";
    let rates = |word: &str, found: &Uplift| {
        let [with, without] = [invited, withheld].map(|arm| arm.rate * 100.0);
        let times = times(found.ratio);
        format!("{word}: {with:.2} % reach a goal instead of {without:.2} %, {times}")
    };
    match verdict {
        None if ratio.is_some_and(|ratio| ratio.broken) => broken.to_owned(),
        None => "there is no holdout, so nothing tells what would have happened anyway".to_owned(),
        Some(Verdict::BrokenSplit) => broken.to_owned(),
        Some(Verdict::TooEarly { days: Some(days) }) => {
            let days = if *days == 1 {
                "1 day".to_owned()
            } else {
                format!("{days} days")
            };
            format!("not enough data yet: about {days} more at this traffic")
        }
        Some(Verdict::TooEarly { days: None }) => "not enough data yet".to_owned(),
        Some(Verdict::Better(found)) => rates("it helps", found),
        Some(Verdict::Worse(found)) => rates("it does harm", found),
        Some(Verdict::Alike(found)) => rates("it makes hardly a difference", found),
    }
}

/// How many times as often, between which bounds.
fn times(ratio: Interval) -> String {
    if ratio.high.is_finite() {
        let (low, high) = (ratio.low, ratio.high);
        format!("between {low:.2} and {high:.2} times as often")
    } else {
        format!("at least {:.2} times as often", ratio.low)
    }
}
