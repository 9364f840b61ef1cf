//! The compiled rule set: immutable, hashed, indexed by what may set a rule off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{Aspects, Key, Millis, RuleSetHash, Timestamp};

use super::calendar::Calendar;
use super::condition::lower;
use super::glob;
use super::index::{Index, TriggerPlace};
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
    /// Texts of conditions as they are written, by what is compared: lower case.
    pub written: HashMap<Box<str>, Box<str>>,
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
    written: HashMap<Box<str>, Box<str>>,
    index: Index,
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
            written: parts.written,
            index,
        }
    }

    /// A text of a condition as it was first written, capitals included.
    pub fn written<'a>(&'a self, text: &'a str) -> &'a str {
        self.written.get(text).map_or(text, |written| written)
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
        let positions = self.index.score_rules(on, page_type, event);
        positions
            .map(|at| &self.score_rules[at])
            .filter(move |rule| {
                rule.event
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == event)
                    && rule.is_about(page_type)
            })
    }

    /// The dwell rules on a page of this type that wait for more active time than `from`, up to `to`.
    pub fn dwell_rules_between(
        &self,
        page_type: Option<Key>,
        from: Millis,
        to: Millis,
    ) -> impl Iterator<Item = &ScoreRule> {
        let lists = self.index.dwells(page_type, from).into_iter();
        let due =
            lists.flat_map(move |list| list.iter().take_while(move |(waits, _)| *waits <= to));
        due.map(|(_, at)| &self.score_rules[*at as usize])
    }

    /// The least active time beyond `from` that some dwell rule on a page of this type waits for.
    pub fn next_dwell(&self, page_type: Option<Key>, from: Millis) -> Option<Millis> {
        let lists = self.index.dwells(page_type, from).into_iter();
        lists
            .filter_map(|list| list.first())
            .map(|(waits, _)| *waits)
            .min()
    }

    /// The triggers that may invite on a page of this type, best first within each group.
    pub fn triggers_for(&self, page_type: Option<Key>) -> impl Iterator<Item = &Trigger> {
        self.triggers_at(self.index.triggers(page_type))
    }

    /// Those among [`Self::triggers_for`] whose condition may change with time alone.
    pub fn timed_triggers_for(&self, page_type: Option<Key>) -> impl Iterator<Item = &Trigger> {
        let places = self.index.triggers(page_type);
        self.triggers_at(places.filter(|place| place.timed))
    }

    /// Those among [`Self::triggers_for`] that have a delay.
    pub fn delayed_triggers_for(&self, page_type: Option<Key>) -> impl Iterator<Item = &Trigger> {
        let places = self.index.triggers(page_type);
        self.triggers_at(places.filter(|place| place.delayed))
    }

    /// The same as [`Self::triggers_for`], each with what its condition and its page types read.
    pub fn triggers_and_reads(
        &self,
        page_type: Option<Key>,
    ) -> impl Iterator<Item = (&Trigger, Aspects)> {
        let places = self.index.triggers(page_type);
        places.map(|place| (&self.triggers[place.at()], place.reads))
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

    fn triggers_at(
        &self,
        places: impl Iterator<Item = TriggerPlace>,
    ) -> impl Iterator<Item = &Trigger> {
        places.map(|place| &self.triggers[place.at()])
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
