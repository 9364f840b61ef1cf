//! From sums to what may be said of each trigger.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Key, Timestamp};
use crate::engine::uplift::{ALPHA, Group, SampleRatio, Verdict};
use crate::rules::{Measure, Trigger};

use super::Effectiveness;
use super::breakdown::Breakdown;
use super::compared::Compared;
use super::courtesy::{self, Courtesy};
use super::follow::Counted;
use super::funnel::{Dismissals, Funnel};
use super::outcomes::Outcomes;
use super::says::says;
use super::split::{Split, WITHHELD};

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
    /// Conversations that those visitors asked for in time, whoever began them.
    pub chats: u64,
    /// Those of them that ended before anybody took them.
    pub missed_chats: u64,
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

/// What a trigger achieved among visitors who have something in common. Each verdict's error is a part of what all rows
/// of the breakdown share (Bonferroni).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartEffect {
    /// What they have in common; `None`: it is not known, or they are the `others`.
    pub value: Option<Arc<str>>,
    /// Whether these are all visitors of values beyond the first 40.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub others: bool,
    /// Visitors who were eligible.
    pub visitors: u64,
    /// Those who were invited.
    pub invited: Figures,
    /// Those from whom the invitation was withheld.
    pub withheld: Figures,
    /// Whether the arms have the planned shares of these visitors; `None` for one arm.
    pub sample_ratio: Option<SampleRatio>,
    /// The invited beside the withheld; `None` without a holdout.
    pub verdict: Option<Verdict>,
    /// The verdict as a sentence.
    pub says: String,
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
    /// From being eligible to a goal, stage by stage.
    pub funnel: Funnel,
    /// How soon it was dismissed.
    pub dismissed_after: Dismissals,
    /// The same divided further, by the words of [`By`](super::By) that were asked for.
    pub by: BTreeMap<&'static str, Vec<PartEffect>>,
    /// Where it is a burden to visitors, and what could be changed.
    pub courtesy: Vec<Courtesy>,
}

impl Effectiveness {
    /// What may be said at `now`: of every trigger in force, best first, then of those that are gone, by id.
    pub fn report(&self, now: Timestamp) -> Vec<TriggerEffect> {
        let pending = self.pending(now);
        let held_back = |id: &str| {
            self.held_back
                .get(&Key::of(id))
                .cloned()
                .unwrap_or_default()
        };
        let at = |trigger: &Trigger| self.positions.get(&trigger.key).copied();
        let in_force = self.rules.triggers.iter().map(|trigger| {
            let split = Split::of(trigger);
            let measure = self.rules.measure_of(trigger);
            let mut blank = blank(&trigger.id, true, &measure, &split);
            blank.funnel.suppressed = held_back(&trigger.id);
            let mut effect = match at(trigger) {
                Some(at) => self.filled(blank, at, &split, &pending, now),
                None => counted(blank, &Counted::new(split, now, &self.by), now),
            };
            for trouble in &mut effect.courtesy {
                trouble.advise(trigger, &self.rules);
            }
            effect
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
            let mut blank = blank(&followed.id, false, &followed.measure, split);
            blank.funnel.suppressed = held_back(&followed.id);
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
            let effect = counted(blank, &Counted::new(split.clone(), now, &self.by), now);
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
    let compared = Compared::new(&counted.split, &counted.arms, counted.since, now);
    let outcomes = invited(&counted.arms);
    let (invited, withheld) = (figures(&outcomes), figures(&counted.arms[WITHHELD]));
    let (verdict, visitors) = (compared.all_invited(ALPHA), counted.visitors());
    let says = if visitors == 0 {
        "nobody was eligible yet".to_owned()
    } else {
        says(verdict.as_ref(), compared.ratio, &invited, &withheld)
    };
    let by = counted.by.iter();
    TriggerEffect {
        visitors,
        says,
        sample_ratio: compared.ratio,
        variants: variants(counted, &compared),
        funnel: Funnel::of(&outcomes, &counted.arms[WITHHELD], blank.funnel.suppressed),
        dismissed_after: Dismissals::of(&outcomes),
        courtesy: courtesy::report(&outcomes),
        by: by
            .map(|of| (of.by.as_str(), parts(counted, of, now)))
            .collect(),
        verdict,
        invited,
        withheld,
        ..blank
    }
}

fn variants(counted: &Counted, compared: &Compared<'_>) -> Vec<VariantEffect> {
    let (split, shares) = (&counted.split, &compared.shares);
    let count = split.variants().count();
    let beside_holdout = if shares[WITHHELD] > 0.0 { count } else { 0 };
    let comparisons = beside_holdout + count.saturating_sub(1);
    let alpha = ALPHA / comparisons.max(1) as f64;
    let first = WITHHELD + 1;
    let group = |arm| compared.group(arm);
    let each = split
        .variants()
        .zip(first..)
        .map(|(id, arm)| VariantEffect {
            variant: Arc::clone(id),
            share: shares[arm],
            figures: figures(&counted.arms[arm]),
            beside_holdout: compared.judge(group(arm), group(WITHHELD), alpha),
            beside_first: (arm > first)
                .then(|| compared.judge(group(arm), group(first), alpha))
                .flatten(),
        });
    each.collect()
}

/// The rows of a breakdown, those with the most visitors first. They share the confidence among them.
fn parts(counted: &Counted, of: &Breakdown, now: Timestamp) -> Vec<PartEffect> {
    let others = (!of.others.is_empty()).then_some((None, true, &of.others));
    let rows = of.rows.iter();
    let rows = rows.map(|row| (row.value.clone(), false, &row.arms));
    let rows: Vec<_> = rows.chain(others).collect();
    let alpha = ALPHA / rows.len().max(1) as f64;
    let mut parts: Vec<PartEffect> = rows
        .into_iter()
        .map(|(value, others, arms)| {
            let compared = Compared::new(&counted.split, arms, counted.since, now);
            let verdict = compared.all_invited(alpha);
            let (invited, withheld) = (figures(&invited(arms)), figures(&arms[WITHHELD]));
            PartEffect {
                value,
                others,
                visitors: invited.visitors + withheld.visitors,
                says: says(verdict.as_ref(), compared.ratio, &invited, &withheld),
                sample_ratio: compared.ratio,
                verdict,
                invited,
                withheld,
            }
        })
        .collect();
    parts.sort_by(|a, b| {
        let last = a.others.cmp(&b.others);
        last.then_with(|| b.visitors.cmp(&a.visitors))
            .then_with(|| a.value.cmp(&b.value))
    });
    parts
}

/// All arms but the withheld one.
fn invited(arms: &[Outcomes]) -> Outcomes {
    let mut invited = Outcomes::default();
    for arm in &arms[WITHHELD + 1..] {
        invited.add(arm);
    }
    invited
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
        funnel: Funnel::default(),
        dismissed_after: Dismissals::default(),
        by: BTreeMap::new(),
        courtesy: Vec::new(),
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
        chats: of.chats,
        missed_chats: of.missed_chats,
    }
}
