//! Why things are not as a test expects: the engine's own explanation of the moment, in short lines.

use std::sync::Arc;

use crate::domain::Suppression;
use crate::engine::explain::{Explanation, LeafNow, Part, ScoreWhy, TriggerNow, explain, part_now};
use crate::engine::step::Step;
use crate::rules::journey::Expected;
use crate::rules::{Condition, Truth};

use super::walk::Walker;

/// So many rules that have given nothing are told of.
const MAX_WAITING: usize = 5;

impl Walker<'_> {
    /// Whether a condition holds at this moment.
    pub(super) fn asks(&self, condition: &Condition) -> Truth {
        let mut state = self.state.clone();
        let step = Step::new(self.rules, &self.site, &mut state, self.now);
        condition.eval(&step.view())
    }

    /// How each part of a condition stands.
    fn parts(&self, condition: &Condition) -> Part {
        let mut state = self.state.clone();
        let step = Step::new(self.rules, &self.site, &mut state, self.now);
        part_now(&step.view(), condition)
    }

    /// What the engine has to say about this moment.
    fn explained(&self) -> Explanation {
        explain(self.rules, &self.site, &self.state, self.now)
    }
}

/// What speaks against inviting now: the policy's words, then those of the triggers on this page.
pub(super) fn reasons(walker: &Walker<'_>) -> Vec<&'static str> {
    let now = walker.explained();
    let here = now.triggers.iter().filter(|trigger| trigger.page.fits);
    let holds = now
        .policy
        .iter()
        .chain(here.flat_map(|trigger| &trigger.rests));
    let mut words: Vec<&str> = Vec::new();
    for hold in holds {
        let known = Suppression::ALL.iter().any(|why| why.as_str() == hold.code);
        if known && !words.contains(&hold.code) {
            words.push(hold.code);
        }
    }
    words
}

/// Why nobody is invited.
pub(super) fn silence(walker: &Walker<'_>) -> Vec<String> {
    let now = walker.explained();
    let policy = now.policy.iter().map(|hold| hold.says.clone());
    let here = now.triggers.iter().filter(|trigger| trigger.page.fits);
    let here = here.map(|trigger| format!("`{}` {}", trigger.id, trigger.says));
    let mut lines: Vec<String> = policy.chain(here).collect();
    if lines.is_empty() {
        lines.push("no trigger is for this page".to_owned());
    }
    lines
}

/// Why a trigger does not invite: its pages, its conditions with the actual values, its rests and the policy.
pub(super) fn not(walker: &Walker<'_>, id: &str) -> Vec<String> {
    let now = walker.explained();
    let Some(trigger) = now.triggers.iter().find(|trigger| *trigger.id == *id) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    lines.extend(other_page(trigger));
    leaves(&trigger.condition, &mut lines);
    let rests = trigger.rests.iter().chain(&now.policy);
    lines.extend(rests.map(|hold| hold.says.clone()));
    if lines.is_empty() {
        lines.push(trigger.says.clone());
    }
    lines
}

fn other_page(trigger: &TriggerNow) -> Option<String> {
    let page = &trigger.page;
    let name = |name: &Arc<str>| format!("`{name}`");
    let wanted: Vec<_> = page.wanted.iter().map(name).collect();
    let actual = page.actual.as_ref().map_or("of no type".to_owned(), name);
    (!page.fits).then(|| {
        let wanted = wanted.join(" or ");
        format!("it is for pages of type {wanted}; this one is {actual}")
    })
}

/// Every single condition of a whole, and how it stands.
fn leaves(part: &Part, lines: &mut Vec<String>) {
    match part {
        Part::All { parts, .. } | Part::Any { parts, .. } => {
            for part in parts {
                leaves(part, lines);
            }
        }
        Part::Not { part, .. } => {
            let from = lines.len();
            leaves(part, lines);
            for line in &mut lines[from..] {
                *line = format!("not: {line}");
            }
        }
        Part::Segment { part, .. } => leaves(part, lines),
        Part::Leaf(leaf) => lines.push(one(leaf)),
    }
}

/// "no: page.active at_least 30, 12 s to go".
fn one(leaf: &LeafNow) -> String {
    let (truth, says) = (leaf.truth, &leaf.says);
    let asked = format!("{} {} {}", leaf.field, leaf.operator, leaf.wanted);
    if says == truth {
        format!("{truth}: {asked}")
    } else {
        format!("{truth}: {asked}, {says}")
    }
}

/// Why a trigger invites.
pub(super) fn holds(walker: &Walker<'_>, id: &str) -> Vec<String> {
    let mut latest = walker.made.iter().rev();
    let made = latest.find(|made| *made.invitation.trigger_name == *id);
    let at = made.map(|made| made.invitation.offered_at.since(walker.journey.clock));
    at.map(|at| {
        let at = at.as_secs_f64();
        format!("`{id}` was ready at {at} s, and nothing spoke against it")
    })
    .into_iter()
    .collect()
}

/// Why something else than an invitation is not as expected.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most expectations say all there is to say"
)]
pub(super) fn of(walker: &Walker<'_>, expected: &Expected) -> Vec<String> {
    match expected {
        Expected::Score { score, .. } | Expected::Stage { score, .. } => {
            let score = walker.rules.score(*score);
            score.map_or_else(Vec::new, |score| ledger(walker, &score.name))
        }
        Expected::Holds(condition, _) => {
            let mut lines = Vec::new();
            leaves(&walker.parts(condition), &mut lines);
            lines
        }
        Expected::Invitations(wanted) => {
            let made = walker.made.iter();
            let made: Vec<&str> = made.map(|made| &*made.invitation.trigger_name).collect();
            let missing = wanted.iter().find(|id| !made.contains(&&***id));
            missing.map_or(Vec::new(), |id| not(walker, id))
        }
        Expected::Message(_)
        | Expected::Tone(_)
        | Expected::Channel(_)
        | Expected::Lang(_)
        | Expected::Variant(_)
            if walker.made.is_empty() =>
        {
            silence(walker)
        }
        _ => Vec::new(),
    }
}

/// What the score is made of, and what its rules on this page wait for that have given nothing.
fn ledger(walker: &Walker<'_>, name: &str) -> Vec<String> {
    let now = walker.explained();
    let Some(score) = now.scores.iter().find(|score| *score.name == *name) else {
        return Vec::new();
    };
    let line = |entry: &crate::engine::Entry| {
        let rule = entry.rule.as_deref().unwrap_or("a rule that is gone");
        let at = entry.at.since(walker.journey.clock).as_secs_f64();
        format!("`{rule}` gave {} at {at} s", entry.then)
    };
    let mut lines: Vec<String> = score.ledger.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("no rule has given points".to_owned());
    }
    lines.extend(waiting(score));
    lines
}

/// The rules that have given nothing, with what their conditions look at as it stands.
fn waiting(score: &ScoreWhy) -> impl Iterator<Item = String> {
    let gave = |id: &Arc<str>| {
        let mut ledger = score.ledger.iter();
        ledger.any(|entry| entry.rule.as_ref() == Some(id))
    };
    let idle = score.rules.iter().filter(move |rule| !gave(&rule.id));
    idle.take(MAX_WAITING).map(|rule| {
        let mut lines = Vec::new();
        leaves(&rule.condition, &mut lines);
        let stands = if lines.is_empty() {
            String::new()
        } else {
            format!(" ({})", lines.join("; "))
        };
        format!("`{}` gave nothing: {}{stands}", rule.id, rule.says)
    })
}
