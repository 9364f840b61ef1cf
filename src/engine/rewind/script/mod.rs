//! A recorded visit written down as a `[[test]]`: told as a story, without what is personal, and true under given rules.
//!
//! What the test expects is what the rules come to when its story is walked, so it passes from the first day. A story
//! cannot tell everything (points from earlier visits, several tabs), so its end is compared with the visit's own, and
//! what is not the same is said.

mod guest;
mod reads;
mod story;

use std::fmt::Write as _;

use crate::domain::{Millis, Points};
use crate::engine::explain::PastError;
use crate::engine::journey::{Walked, run_journey, walk};
use crate::rules::journey::Journey;
use crate::rules::limits::{MAX_NAME_CHARS, MAX_VISIT};
use crate::rules::{Compiled, Diagnostic, RuleSet, SourceFile, compile, toml_key, toml_text};

use super::course::Course;
use super::{Load, Plan, Rewound, rewind};
use reads::Reads;
use story::{Exactness, Line, Story};

/// How exactly a story is told: as roughly as makes no difference.
const EXACTNESS: [Exactness; 3] = [
    Exactness {
        grain: 1_000,
        agents: false,
    },
    Exactness {
        grain: 1_000,
        agents: true,
    },
    Exactness {
        grain: 1,
        agents: true,
    },
];
/// An invitation of the test is that of the visit if it is made no further apart.
const SAME_MOMENT: Millis = Millis::from_secs(5);
/// What the first try of a story expects, so that it is a test at all.
const NOTHING_YET: &str = "{ invitations = [] }";

/// What is to be written down.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// Which visit, and the rules that the test is to pass under.
    pub plan: Plan<'a>,
    /// Those rules, compiled.
    pub rules: &'a RuleSet,
    /// Their files.
    pub files: &'a [SourceFile],
    /// What the test shows, in the words of whoever saves it; made up unless told.
    pub name: Option<&'a str>,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name.
    pub name: String,
    /// Its text, to be put behind a file of the rules.
    pub toml: String,
    /// Whether it passes under the rules.
    pub passes: bool,
    /// In what the test's end is not the visit's, in sentences.
    pub differs: Vec<String>,
    /// What a story cannot tell and was left out: `answers`, `by_agent`, `consent`, `cut`, `earlier_points`,
    /// `earlier_invitations`, `tabs` or `tags`.
    pub left_out: Vec<&'static str>,
}

/// Why there is no test.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The visit cannot be rewound.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The rules cannot be used with one more test.
    #[error("the rules cannot be used with one more test")]
    Rules(Vec<Diagnostic>),
}

/// Writes a visit down as a test that passes under the rules.
///
/// # Errors
///
/// When the visit cannot be rewound, or the rules have mistakes.
pub fn script(wish: &Wish<'_>, load: &mut Load<'_>) -> Result<Script, ScriptError> {
    let plan = Plan {
        under: Some(wish.rules),
        ..wish.plan
    };
    let told = rewind(&plan, load)?;
    let course = Course::new(&plan, load)?;
    let reads = Reads::of(wish.rules);
    let mut best: Option<Script> = None;
    for exactness in EXACTNESS {
        let story = Story::of(&plan, wish.rules, course.before(), &reads, &told, exactness);
        let script = write_down(wish, &told, story)?;
        let faults = |script: &Script| (!script.passes, script.differs.len());
        // Digits and numbers are worth reading only where they make it true.
        if best
            .as_ref()
            .is_none_or(|best| faults(&script) < faults(best))
        {
            best = Some(script);
        }
        if best.as_ref().is_some_and(|best| faults(best) == (false, 0)) {
            break;
        }
    }
    best.ok_or(ScriptError::Past(PastError::NoRecords))
}

fn write_down(wish: &Wish<'_>, told: &Rewound, mut story: Story) -> Result<Script, ScriptError> {
    let name = named(wish, told);
    let room = MAX_VISIT.saturating_sub(told.invitations.len() + 1);
    if story.lines.len() > room {
        story.lines.truncate(room);
        story.left_out.insert("cut");
    }
    let first = compiled(wish, &text(&name, &story, NOTHING_YET))?;
    let walked = walked(&first)?;
    let mut at = 0;
    story.lines.retain(|_| {
        at += 1;
        !walked.impossible.contains(&(at - 1))
    });
    if !walked.impossible.is_empty() {
        story.left_out.insert("answers");
    }
    let expect = expectations(&walked);
    let bare = text(&name, &story, &expect);
    story.expect(&walked);
    let mut toml = text(&name, &story, &expect);
    let mut passes = passed(wish, &toml)?;
    if !passes {
        // One that is taken back at the very moment at which it is made is never seen open.
        (passes, toml) = (passed(wish, &bare)?, bare);
    }
    Ok(Script {
        name,
        toml,
        passes,
        differs: differs(told, &walked),
        left_out: story.left_out.into_iter().collect(),
    })
}

/// The rules with the test behind their last file.
fn compiled(wish: &Wish<'_>, toml: &str) -> Result<Compiled, ScriptError> {
    let mut files = wish.files.to_vec();
    match files.last_mut() {
        Some(last) => {
            let _ = write!(last.text, "\n\n{toml}");
        }
        None => files.push(SourceFile::new("tests.toml", toml)),
    }
    compile(&files).map_err(ScriptError::Rules)
}

fn passed(wish: &Wish<'_>, toml: &str) -> Result<bool, ScriptError> {
    let compiled = compiled(wish, toml)?;
    let journey = last_of(&compiled)?;
    Ok(run_journey(&compiled.rule_set, journey).passed)
}

fn last_of(compiled: &Compiled) -> Result<&Journey, ScriptError> {
    let last = compiled.journeys.last();
    last.ok_or(ScriptError::Rules(Vec::new()))
}

fn walked(compiled: &Compiled) -> Result<Walked, ScriptError> {
    Ok(walk(&compiled.rule_set, last_of(compiled)?))
}

fn named(wish: &Wish<'_>, told: &Rewound) -> String {
    let page = wish.plan.visit.landing_path.as_deref().unwrap_or("/");
    let came_to = match told.invitations.first() {
        Some(made) if made.withheld => format!("would be invited by {}", made.trigger),
        Some(made) => format!("is invited by {}", made.trigger),
        None => "is not invited".to_owned(),
    };
    let made_up = || format!("a visitor who comes to {page} {came_to}");
    let given = wish.name.map(str::trim).filter(|name| !name.is_empty());
    let name = given.map_or_else(made_up, str::to_owned);
    let shown = name.chars().filter(|c| !c.is_control());
    shown.take(MAX_NAME_CHARS).collect()
}

/// The test, each moment on a line of its own.
fn text(name: &str, story: &Story, expect: &str) -> String {
    let mut text = format!("[[test]]\nname = {}\n", toml_text(name));
    for (key, value) in &story.head {
        let _ = writeln!(text, "{key} = {value}");
    }
    text.push_str("visit = [\n");
    for line in &story.lines {
        let _ = writeln!(text, "  {},", line.text());
    }
    let _ = write!(text, "]\nexpect = {expect}\n");
    text
}

/// What holds at the end.
fn expectations(walked: &Walked) -> String {
    let mut parts = Vec::new();
    for score in &walked.scores {
        let name = toml_key(&score.name);
        if score.points > 0 {
            parts.push(format!("score.{name} = {}", score.points));
        }
        if let Some(stage) = &score.stage {
            parts.push(format!("stage.{name} = {}", toml_text(stage)));
        }
    }
    let made: Vec<String> = walked
        .made
        .iter()
        .map(|made| toml_text(&made.trigger))
        .collect();
    parts.push(format!("invitations = [{}]", made.join(", ")));
    format!("{{ {} }}", parts.join(", "))
}

/// In what the test's end is not the visit's.
fn differs(told: &Rewound, walked: &Walked) -> Vec<String> {
    let said = |at: Millis| format!("{} s", at.0 / 1_000);
    let mut differs = Vec::new();
    let most = told.invitations.len().max(walked.made.len());
    for nth in 0..most {
        let (visit, test) = (told.invitations.get(nth), walked.made.get(nth));
        match (visit, test) {
            (Some(visit), Some(test)) => {
                let apart = visit.offset_ms.max(test.at).0 - visit.offset_ms.min(test.at).0;
                let same = visit.trigger == test.trigger && apart <= SAME_MOMENT.0;
                if !same || visit.withheld != test.withheld {
                    let (first, then) = (said(visit.offset_ms), said(test.at));
                    let (one, other) = (&visit.trigger, &test.trigger);
                    differs.push(format!(
                        "in the visit `{one}` was ready after {first}, in the test `{other}` after {then}"
                    ));
                }
            }
            (Some(visit), None) => {
                let (trigger, at) = (&visit.trigger, said(visit.offset_ms));
                differs.push(format!(
                    "only in the visit `{trigger}` was ready, after {at}"
                ));
            }
            (None, Some(test)) => {
                let (trigger, at) = (&test.trigger, said(test.at));
                differs.push(format!(
                    "only in the test `{trigger}` was ready, after {at}"
                ));
            }
            (None, None) => {}
        }
    }
    let last = told.moments.last().map_or(&[][..], |last| &last.scores);
    for score in &walked.scores {
        let visit = last.iter().find(|visit| visit.score == score.name);
        let visit = visit.map_or(0, |visit| Points::from_f64(visit.value).rounded());
        if visit.abs_diff(score.points) > 1 {
            let (name, test) = (&score.name, score.points);
            differs.push(format!(
                "score.{name} was {visit}, and is {test} in the test"
            ));
        }
    }
    differs
}

impl Line {
    /// As it stands in the file.
    fn text(&self) -> String {
        format!("{{ at = {}, {} }}", toml_text(&span(self.at)), self.what)
    }
}

/// A span as people write it.
fn span(span: Millis) -> String {
    if span == Millis::ZERO {
        "0s".to_owned()
    } else {
        span.to_string()
    }
}
