//! The compiled rule set: immutable, hashed, indexed by what may set a rule off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{
    Key, Ledger, Millis, Points, ReplyChannel, RuleSetHash, Share, Timestamp, Tone,
};

use super::condition::{Condition, lower};
use super::glob;

/// A named kind of page, found by its path.
#[derive(Clone, Debug, PartialEq)]
pub struct PageType {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `pricing`.
    pub name: Arc<str>,
    /// Patterns over the path in lower case, such as `/pricing*`.
    pub patterns: Vec<Box<str>>,
}

/// A named score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `buy`.
    pub name: Arc<str>,
    /// The score never exceeds this.
    pub max: Points,
    /// The time in which points lose half their worth; `None` keeps them.
    pub half_life: Option<Millis>,
    /// Bands, lowest first. Below the first there is no stage.
    pub stages: Vec<Stage>,
}

/// A named band of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `hot`.
    pub name: Arc<str>,
    /// The band begins at this many points.
    pub from: Points,
}

impl Score {
    /// What the score is worth at `now`: the sum of its contributions, within 0…max whatever the rules were before.
    pub fn value(&self, ledger: &Ledger, now: Timestamp) -> Points {
        let sum = ledger.sum(self.key, now, self.half_life);
        sum.min(self.max).max(Points::ZERO)
    }

    /// The stage that a value lies in.
    pub fn stage(&self, value: Points) -> Option<&Stage> {
        self.stages.iter().rev().find(|stage| value >= stage.from)
    }
}

/// What sets a score rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum On {
    /// A page is opened.
    PageView,
    /// A page has been active for [`ScoreRule::after`].
    Dwell,
    /// A session begins.
    SessionStart,
    /// A custom event is reported.
    Custom,
    /// The site says who the visitor is.
    Identify,
    /// A goal is reached.
    Goal,
}

impl On {
    /// Every kind, in the order of the index.
    pub const ALL: [Self; 6] = [
        Self::PageView,
        Self::Dwell,
        Self::SessionStart,
        Self::Custom,
        Self::Identify,
        Self::Goal,
    ];
}

/// A rule that gives points.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRule {
    /// The key of `id`.
    pub key: Key,
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// What people read.
    pub name: Arc<str>,
    /// The score that moves.
    pub score: Key,
    /// What sets it off.
    pub on: On,
    /// Only for the custom event or goal of this name, in lower case.
    pub event: Option<Box<str>>,
    /// Only on pages of these types; empty: on any page.
    pub page_types: Vec<Key>,
    /// For [`On::Dwell`]: active time on one page.
    pub after: Millis,
    /// What must hold at that moment.
    pub condition: Condition,
    /// Points, possibly negative, never zero.
    pub points: Points,
    /// At most so often in a session.
    pub max_per_session: Option<u16>,
    /// At most so often ever.
    pub max_per_visitor: Option<u16>,
}

/// Within what span a trigger invites at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OncePer {
    /// One look at one page.
    Page,
    /// A session.
    Session,
    /// Ever.
    Visitor,
}

/// A rule that may invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The key of `id`.
    pub key: Key,
    /// The id the marketer chose.
    pub id: Arc<str>,
    /// What people read.
    pub name: Arc<str>,
    /// The greater goes first when several are ready.
    pub priority: i32,
    /// Only on pages of these types; empty: on any page.
    pub page_types: Vec<Key>,
    /// What must hold.
    pub condition: Condition,
    /// Within what span it invites at most once.
    pub once_per: Option<OncePer>,
    /// The least time between two of its invitations.
    pub cooldown: Option<Millis>,
    /// The share of visitors whose invitation is withheld, so that the effect can be measured.
    pub holdout: Share,
    /// How long an offer stands unless it is answered.
    pub expires_after: Millis,
    /// What it says.
    pub invitation: InvitationText,
}

/// What an invitation says, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct InvitationText {
    /// Its voice.
    pub tone: Tone,
    /// Through which channel a reply comes while somebody can answer.
    pub channel: ReplyChannel,
    /// Messages by language tag in lower case; the first is the default. Never empty.
    pub messages: Vec<(Arc<str>, Arc<str>)>,
}

impl InvitationText {
    /// The message for a page in `lang`: that very tag, else its language, else the default.
    pub fn for_lang(&self, lang: Option<&str>) -> (&Arc<str>, &Arc<str>) {
        let find = |wanted: &str| self.messages.iter().find(|(tag, _)| **tag == *wanted);
        let exact = lang.and_then(find);
        let base = lang.and_then(|lang| lang.split('-').next()).and_then(find);
        let (tag, message) = exact.or(base).unwrap_or(&self.messages[0]);
        (tag, message)
    }
}

/// One budget across all triggers of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Invitations in a session.
    pub max_per_session: u16,
    /// Invitations in any 24 hours.
    pub max_per_day: u16,
    /// Quiet time after a dismissal.
    pub after_dismissal: Millis,
    /// Quiet time after a chat ended.
    pub after_chat: Millis,
    /// Quiet time after a goal.
    pub after_goal: Millis,
    /// Page types on which nobody is invited.
    pub never_on: Vec<Key>,
    /// Invite only while an agent can answer.
    pub require_available_agent: bool,
}

impl Default for Policy {
    /// Courteous: once a session, twice a day, a week of quiet after a no, and only while somebody can answer.
    fn default() -> Self {
        Self {
            max_per_session: 1,
            max_per_day: 2,
            after_dismissal: Millis::from_days(7),
            after_chat: Millis::from_days(1),
            after_goal: Millis::from_hours(1),
            never_on: Vec::new(),
            require_available_agent: true,
        }
    }
}

/// A site's rules at one version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    /// The fingerprint of the sources.
    pub hash: RuleSetHash,
    /// Page types; the first whose pattern fits wins.
    pub page_types: Vec<PageType>,
    /// Scores.
    pub scores: Vec<Score>,
    /// Score rules.
    pub score_rules: Vec<ScoreRule>,
    /// Triggers, best first: by priority, then id.
    pub triggers: Vec<Trigger>,
    /// The site-wide budget.
    pub policy: Policy,
    index: Index,
}

/// Positions of rules by what may set them off, so that an event touches only rules that may care.
#[derive(Clone, Debug, Default, PartialEq)]
struct Index {
    /// Score rules bound to one page type.
    on_page_type: HashMap<(On, Key), Vec<u32>, rustc_hash::FxBuildHasher>,
    /// Score rules of a custom event or goal by its name.
    on_event: HashMap<(On, Key), Vec<u32>, rustc_hash::FxBuildHasher>,
    /// Score rules for any page or event name.
    on_any: HashMap<On, Vec<u32>, rustc_hash::FxBuildHasher>,
    /// Triggers bound to one page type.
    triggers_of_page_type: HashMap<Key, Vec<u32>, rustc_hash::FxBuildHasher>,
    /// Triggers for any page.
    triggers_any: Vec<u32>,
    /// For each trigger, whether its condition may change with time alone.
    timed: Vec<bool>,
}

impl RuleSet {
    /// Puts the parts together and builds the index.
    pub fn new(
        hash: RuleSetHash,
        page_types: Vec<PageType>,
        scores: Vec<Score>,
        score_rules: Vec<ScoreRule>,
        mut triggers: Vec<Trigger>,
        policy: Policy,
    ) -> Self {
        triggers.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let index = Index::build(&score_rules, &triggers);
        Self {
            hash,
            page_types,
            scores,
            score_rules,
            triggers,
            policy,
            index,
        }
    }

    /// The type of a page: the one the site states if the rules know it, else the first whose pattern fits the path.
    pub fn page_type(&self, stated: Option<&str>, path: &str) -> Option<&PageType> {
        let stated =
            stated.and_then(|name| self.page_types.iter().find(|known| *known.name == *name));
        stated.or_else(|| {
            let path = lower(path);
            self.page_types
                .iter()
                .find(|known| known.patterns.iter().any(|p| glob::matches(p, &path)))
        })
    }

    /// The name of a page type, if these rules know it.
    pub fn page_type_name(&self, key: Key) -> Option<&Arc<str>> {
        self.page_types
            .iter()
            .find(|known| known.key == key)
            .map(|known| &known.name)
    }

    /// A score by its key, if these rules know it.
    pub fn score(&self, key: Key) -> Option<&Score> {
        self.scores.iter().find(|score| score.key == key)
    }

    /// The score rules that `on` may set off on a page of this type, for an event of this name (in lower case).
    pub fn score_rules_for(
        &self,
        on: On,
        page_type: Option<Key>,
        event: Option<&str>,
    ) -> impl Iterator<Item = &ScoreRule> {
        let by_type = page_type.and_then(|key| self.index.on_page_type.get(&(on, key)));
        let by_event = event.and_then(|name| self.index.on_event.get(&(on, Key::of(name))));
        let any = self.index.on_any.get(&on);
        let positions = [by_type, by_event, any].into_iter().flatten().flatten();
        positions
            .map(|at| &self.score_rules[*at as usize])
            .filter(move |rule| {
                rule.event
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == event)
                    && (rule.page_types.is_empty()
                        || page_type.is_some_and(|key| rule.page_types.contains(&key)))
            })
    }

    /// The triggers that may invite on a page of this type, best first within each group.
    pub fn triggers_for(&self, page_type: Option<Key>) -> impl Iterator<Item = &Trigger> {
        let positions = self.trigger_positions(page_type);
        positions.map(|at| &self.triggers[at])
    }

    /// Those among [`Self::triggers_for`] whose condition may change with time alone.
    pub fn timed_triggers_for(&self, page_type: Option<Key>) -> impl Iterator<Item = &Trigger> {
        let positions = self.trigger_positions(page_type);
        positions
            .filter(|at| self.index.timed[*at])
            .map(|at| &self.triggers[at])
    }

    fn trigger_positions(&self, page_type: Option<Key>) -> impl Iterator<Item = usize> {
        let bound = page_type.and_then(|key| self.index.triggers_of_page_type.get(&key));
        let positions = bound.into_iter().flatten().chain(&self.index.triggers_any);
        positions.map(|at| *at as usize)
    }

    /// A trigger by its key, if these rules know it.
    pub fn trigger(&self, key: Key) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.key == key)
    }

    /// A score rule by its key, if these rules know it.
    pub fn score_rule(&self, key: Key) -> Option<&ScoreRule> {
        self.score_rules.iter().find(|rule| rule.key == key)
    }
}

impl Index {
    fn build(score_rules: &[ScoreRule], triggers: &[Trigger]) -> Self {
        let mut index = Self::default();
        for (at, rule) in (0..).zip(score_rules) {
            if let Some(event) = &rule.event {
                index
                    .on_event
                    .entry((rule.on, Key::of(event)))
                    .or_default()
                    .push(at);
            } else if rule.page_types.is_empty() {
                index.on_any.entry(rule.on).or_default().push(at);
            }
            if rule.event.is_none() {
                for page_type in &rule.page_types {
                    let list = index.on_page_type.entry((rule.on, *page_type));
                    push_once(list.or_default(), at);
                }
            }
        }
        for (at, trigger) in (0..).zip(triggers) {
            index.timed.push(trigger.condition.grows_with_time());
            if trigger.page_types.is_empty() {
                index.triggers_any.push(at);
            }
            for page_type in &trigger.page_types {
                let list = index.triggers_of_page_type.entry(*page_type);
                push_once(list.or_default(), at);
            }
        }
        index
    }
}

/// A rule that names a page type twice is still one rule.
fn push_once(list: &mut Vec<u32>, at: u32) {
    if list.last() != Some(&at) {
        list.push(at);
    }
}
