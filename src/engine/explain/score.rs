//! A score at one moment: what each rule gave, what it is worth by now, and what could still come on this page.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{Points, Timestamp};
use crate::rules::{On, Plain, Score, ScoreRule};

use super::super::scoring;
use super::super::step::Step;
use super::super::triggers;
use super::condition::{self, Part, span};
use super::need::{self, Need, together};

/// How many rules of one score are told of.
const MAX_RULES: usize = 100;

/// A score, its ledger and its rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreWhy {
    /// The score's name.
    pub name: Arc<str>,
    /// Its points, to a thousandth.
    pub value: Plain,
    /// The most it can be.
    pub max: i64,
    /// Its stages, the lowest first.
    pub stages: Vec<StageFrom>,
    /// The stage it lies in; `None` below the first.
    pub stage: Option<Arc<str>>,
    /// The stage above, and how many points are missing to it.
    pub next_stage: Option<NextStage>,
    /// The time in which points lose half their worth, such as `3d`; `None` keeps them.
    pub half_life: Option<String>,
    /// What each rule gave, oldest first; what was folded together comes first and has no rule.
    pub ledger: Vec<Entry>,
    /// Rules that could give points on this page.
    pub rules: Vec<RuleNow>,
    /// How many further such rules are not listed.
    pub left_out: usize,
}

/// A stage and where it begins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageFrom {
    /// Its name.
    pub name: Arc<str>,
    /// It begins at so many points.
    pub from: i64,
}

/// The stage above.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextStage {
    /// Its name.
    pub name: Arc<str>,
    /// It begins at so many points.
    pub from: i64,
    /// So many are missing.
    pub missing: Plain,
}

/// Points that a rule gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The rule's id; `None` for what was folded together, or when the rules do not have it any more.
    pub rule: Option<Arc<str>>,
    /// What people call it.
    pub rule_name: Option<Arc<str>>,
    /// The rule set it was made under, as its hash; `None` for what was folded together.
    pub rule_set: Option<String>,
    /// When, in milliseconds since the epoch.
    pub at: Timestamp,
    /// Points then.
    pub then: Plain,
    /// What they are worth now.
    pub now: Plain,
}

/// A score rule at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleNow {
    /// The rule's id.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// What sets it off: `page_view`, `dwell`, `session_start`, `event`, `identify` or `goal`.
    pub on: &'static str,
    /// The points it gives; for points by a value what that value is worth now, absent while nobody knows it.
    pub points: Option<Plain>,
    /// Whether it has given as often as it may, or its group as much as it may.
    pub spent: bool,
    /// The group whose budget it shares, and what is left of that budget now.
    pub group: Option<GroupNow>,
    /// Its conditions.
    pub condition: Part,
    /// What would have to happen for it to give points.
    pub next: Vec<Need>,
    /// The same in a sentence.
    pub says: String,
}

/// A group's budget at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupNow {
    /// The group's name.
    pub name: Arc<str>,
    /// Points that it may still give.
    pub left: Plain,
}

/// Every score, in the order of the rules.
pub(super) fn all(step: &Step<'_>) -> Vec<ScoreWhy> {
    step.rules
        .scores
        .iter()
        .map(|score| one(step, score))
        .collect()
}

fn points(thousandths: f64) -> Plain {
    Plain::number(thousandths.round() / 1_000.0)
}

fn one(step: &Step<'_>, score: &Score) -> ScoreWhy {
    let value = score.value(&step.state.ledger, step.now);
    let above = score.stages.iter().find(|stage| stage.from > value);
    let mut rules = rules(step, score);
    let left_out = rules.len().saturating_sub(MAX_RULES);
    rules.truncate(MAX_RULES);
    ScoreWhy {
        name: Arc::clone(&score.name),
        value: points(value.0 as f64),
        max: score.max.rounded(),
        stages: (score.stages.iter())
            .map(|stage| StageFrom {
                name: Arc::clone(&stage.name),
                from: stage.from.rounded(),
            })
            .collect(),
        stage: score.stage(value).map(|stage| Arc::clone(&stage.name)),
        next_stage: above.map(|stage| NextStage {
            name: Arc::clone(&stage.name),
            from: stage.from.rounded(),
            missing: points((stage.from - value).0 as f64),
        }),
        half_life: score.half_life.map(|half_life| half_life.to_string()),
        ledger: ledger(step, score),
        rules,
        left_out,
    }
}

fn ledger(step: &Step<'_>, score: &Score) -> Vec<Entry> {
    let ledger = &step.state.ledger;
    let total = ledger.total(score.key).filter(|total| total.carried.0 != 0);
    let folded = total.map(|total| Entry {
        rule: None,
        rule_name: None,
        rule_set: None,
        at: total.carried_at,
        then: points(total.carried.0 as f64),
        now: points(
            score
                .fading()
                .carried()
                .worth(total.carried, total.carried_at, step.now),
        ),
    });
    let own = ledger
        .contributions
        .iter()
        .filter(|entry| entry.score == score.key);
    let single = own.map(|entry| {
        let rule = step.rules.score_rule(entry.rule);
        Entry {
            rule: rule.map(|rule| Arc::clone(&rule.id)),
            rule_name: rule.map(|rule| Arc::clone(&rule.name)),
            rule_set: Some(entry.rules.to_string()),
            at: entry.at,
            then: points(entry.applied.0 as f64),
            now: points(score.fading().worth(entry, step.now)),
        }
    });
    folded.into_iter().chain(single).collect()
}

/// The score's rules that could fire on the page that is looked at, in the order of the file.
fn rules(step: &Step<'_>, score: &Score) -> Vec<RuleNow> {
    let here = triggers::page_type(step.state.session.as_deref());
    let fits = |rule: &&ScoreRule| rule.score == score.key && rule.is_about(here);
    let rules = step.rules.score_rules.iter().filter(fits);
    rules.map(|rule| rule_now(step, rule)).collect()
}

fn rule_now(step: &Step<'_>, rule: &ScoreRule) -> RuleNow {
    let view = step.view();
    let group = rule.group.and_then(|key| step.rules.group(key));
    let left = group.map(|group| scoring::budget(step.rules, step.state, group, step.now));
    let spent = scoring::is_spent(step.rules, step.state, rule, step.now)
        || left.is_some_and(|left| left <= Points::ZERO);
    let mut next = vec![occasion(step, rule)];
    next.extend(need::needs(&view, &rule.condition, true));
    let says = if spent {
        "has given as often as it may".to_owned()
    } else {
        format!("waits for {}", together(&next))
    };
    RuleNow {
        id: Arc::clone(&rule.id),
        name: Arc::clone(&rule.name),
        on: on_word(rule.on),
        points: scoring::worth(&rule.award, &view).map(|worth| points(worth.0 as f64)),
        spent,
        group: group.zip(left).map(|(group, left)| GroupNow {
            name: Arc::clone(&group.name),
            left: points(left.0 as f64),
        }),
        condition: condition::part(&view, &rule.condition, true),
        next,
        says,
    }
}

/// The word that rules use for what sets a rule off.
const fn on_word(on: On) -> &'static str {
    match on {
        On::PageView => "page_view",
        On::Dwell => "dwell",
        On::SessionStart => "session_start",
        On::Custom => "event",
        On::Identify => "identify",
        On::Goal => "goal",
    }
}

/// What has to happen to set the rule off, whatever its conditions.
fn occasion(step: &Step<'_>, rule: &ScoreRule) -> Need {
    let named = |what: &str| match &rule.event {
        Some(name) => format!("the {what} `{name}`"),
        None => format!("any {what}"),
    };
    let says = match rule.on {
        On::Dwell => return dwell(step, rule),
        On::PageView if rule.page_types.is_empty() => "another page view".to_owned(),
        On::PageView => "another page of this type".to_owned(),
        On::SessionStart => "another session".to_owned(),
        On::Custom => named("event"),
        On::Identify => "the site says who this is".to_owned(),
        On::Goal => named("goal"),
    };
    Need::of(on_word(rule.on), says, None)
}

/// How much more of this page it takes, or another page when this one has had it.
fn dwell(step: &Step<'_>, rule: &ScoreRule) -> Need {
    let session = step.state.session.as_deref();
    let Some(page) = session.and_then(|session| session.current_page()) else {
        return Need::of("dwell", "a page that is looked at", None);
    };
    if rule.after.0 <= u64::from(page.dwelt_ms) {
        let says = format!("another page, looked at for {}", rule.after);
        return Need::of("dwell", says, None);
    }
    let left = rule.after.saturating_sub(page.active(step.now));
    let says = format!("{} more on this page", span(left.as_secs_f64()));
    Need::of("dwell", says, page.reaches(rule.after, step.now))
}
