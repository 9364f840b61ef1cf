//! The compiled rule set: immutable, hashed, indexed by what may set a rule off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Key, RuleSetHash, Timestamp};

use super::calendar::Calendar;
use super::condition::lower;
use super::glob;
use super::matrix::Matrix;
use super::parts::{Group, Measure, On, PageType, Policy, Score, ScoreRule, Segment};
use super::trigger::Trigger;
use super::zone;

/// The parts of a rule set, as the compiler reads them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// Page types, in the order of the sources.
    pub page_types: Vec<PageType>,
    /// Scores.
    pub scores: Vec<Score>,
    /// Groups of score rules.
    pub groups: Vec<Group>,
    /// Score rules.
    pub score_rules: Vec<ScoreRule>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// The site-wide budget.
    pub policy: Policy,
    /// Which goals count for the effect of triggers.
    pub measure: Measure,
    /// The site's time zone, opening hours and holidays.
    pub calendar: Calendar,
    /// Scores looked at two by two.
    pub matrices: Vec<Matrix>,
    /// Conditions that have a name.
    pub segments: Vec<Segment>,
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
    /// Groups of score rules.
    pub groups: Vec<Group>,
    /// Score rules.
    pub score_rules: Vec<ScoreRule>,
    /// Triggers, best first: by priority, then id.
    pub triggers: Vec<Trigger>,
    /// The site-wide budget.
    pub policy: Policy,
    /// Which goals count for the effect of triggers.
    pub measure: Measure,
    /// The site's time zone, opening hours and holidays.
    pub calendar: Calendar,
    /// Scores looked at two by two.
    pub matrices: Vec<Matrix>,
    /// Conditions that have a name.
    pub segments: Vec<Segment>,
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
    /// Whether some trigger has a delay.
    delays: bool,
    /// Whether some trigger offers something while nobody can answer.
    closed: bool,
}

impl RuleSet {
    /// Puts the parts together and builds the index.
    pub fn new(hash: RuleSetHash, parts: Parts) -> Self {
        let (mut scores, mut triggers) = (parts.scores, parts.triggers);
        for score in &mut scores {
            let own = parts.score_rules.iter();
            score.own_decay = own
                .filter_map(|rule| Some((rule.key, rule.own_decay(score)?)))
                .collect();
        }
        triggers.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        let index = Index::build(&parts.score_rules, &triggers);
        Self {
            hash,
            page_types: parts.page_types,
            scores,
            groups: parts.groups,
            score_rules: parts.score_rules,
            triggers,
            policy: parts.policy,
            measure: parts.measure,
            calendar: parts.calendar,
            matrices: parts.matrices,
            segments: parts.segments,
            index,
        }
    }

    /// The day at `now` by the site's calendar, in days since 1970-01-01.
    pub fn day(&self, now: Timestamp) -> u32 {
        zone::day(self.calendar.zone(), now)
    }

    /// A matrix by its key, if these rules know it.
    pub fn matrix(&self, key: Key) -> Option<&Matrix> {
        self.matrices.iter().find(|matrix| matrix.key == key)
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

    /// A group of score rules by its key, if these rules know it.
    pub fn group(&self, key: Key) -> Option<&Group> {
        self.groups.iter().find(|group| group.key == key)
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

    /// Whether some trigger waits for its conditions to have held for a while.
    pub const fn has_delays(&self) -> bool {
        self.index.delays
    }

    /// Whether some trigger offers a form while nobody can answer.
    pub const fn offers_when_closed(&self) -> bool {
        self.index.closed
    }

    /// Which goals count for the effect of a trigger, and for how long.
    pub fn measure_of(&self, trigger: &Trigger) -> Measure {
        let goals = trigger.goals.as_ref();
        Measure {
            goals: goals.unwrap_or(&self.measure.goals).clone(),
            within: self.measure.within,
        }
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
            index.timed.push(trigger.is_timed());
            index.delays |= trigger.delay.is_some();
            index.closed |= trigger.offers_when_closed();
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
