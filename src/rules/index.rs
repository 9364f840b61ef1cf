//! Positions of rules by what may set them off, so that an event touches only rules that may care.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::domain::{Aspects, Key, Millis};

use super::parts::{On, ScoreRule};
use super::trigger::Trigger;

/// The index of a rule set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    /// Score rules bound to one page type.
    on_page_type: HashMap<(On, Key), Vec<u32>, FxBuildHasher>,
    /// Score rules of a custom event or goal by its name.
    on_event: HashMap<(On, Key), Vec<u32>, FxBuildHasher>,
    /// Score rules for any page or event name.
    on_any: HashMap<On, Vec<u32>, FxBuildHasher>,
    /// Dwell rules bound to one page type, by the active time that they wait for.
    dwell_on_page_type: HashMap<Key, Vec<Dwell>, FxBuildHasher>,
    /// Dwell rules for any page, likewise.
    dwell_any: Vec<Dwell>,
    /// Triggers bound to one page type.
    triggers_of_page_type: HashMap<Key, Vec<TriggerPlace>, FxBuildHasher>,
    /// Triggers for any page.
    triggers_any: Vec<TriggerPlace>,
    /// Whether some trigger has a delay.
    pub(super) delays: bool,
    /// Whether some trigger offers something while nobody can answer.
    pub(super) closed: bool,
}

/// A dwell rule: the active time that it waits for, and its position.
type Dwell = (Millis, u32);

/// A trigger's position, and what is worth knowing before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TriggerPlace {
    at: u32,
    /// What its condition and its page types read.
    pub(super) reads: Aspects,
    /// Whether what it has to say may change with time alone.
    pub(super) timed: bool,
    /// Whether it has a delay.
    pub(super) delayed: bool,
}

impl TriggerPlace {
    pub(super) const fn at(self) -> usize {
        self.at as usize
    }
}

impl Index {
    pub(super) fn build(score_rules: &[ScoreRule], triggers: &[Trigger]) -> Self {
        let mut index = Self::default();
        for (at, rule) in (0..).zip(score_rules) {
            index.add_score_rule(at, rule);
        }
        index.dwell_any.sort_unstable();
        for list in index.dwell_on_page_type.values_mut() {
            list.sort_unstable();
        }
        for (at, trigger) in (0..).zip(triggers) {
            index.add_trigger(at, trigger);
        }
        index
    }

    fn add_score_rule(&mut self, at: u32, rule: &ScoreRule) {
        if let Some(event) = &rule.event {
            let list = self.on_event.entry((rule.on, Key::of(event)));
            return list.or_default().push(at);
        }
        if rule.page_types.is_empty() {
            self.on_any.entry(rule.on).or_default().push(at);
            if rule.on == On::Dwell {
                self.dwell_any.push((rule.after, at));
            }
        }
        for page_type in &rule.page_types {
            let list = self.on_page_type.entry((rule.on, *page_type));
            push_once(list.or_default(), at);
            if rule.on == On::Dwell {
                let list = self.dwell_on_page_type.entry(*page_type);
                push_once(list.or_default(), (rule.after, at));
            }
        }
    }

    fn add_trigger(&mut self, at: u32, trigger: &Trigger) {
        self.delays |= trigger.delay.is_some();
        self.closed |= trigger.offers_when_closed();
        let place = TriggerPlace {
            at,
            // Whatever the condition reads, the page must be one of its own.
            reads: trigger.condition.reads().with(Aspects::STANDING),
            timed: trigger.is_timed(),
            delayed: trigger.delay.is_some(),
        };
        if trigger.page_types.is_empty() {
            self.triggers_any.push(place);
        }
        for page_type in &trigger.page_types {
            let list = self.triggers_of_page_type.entry(*page_type);
            push_once(list.or_default(), place);
        }
    }

    /// Score rules that `on` may set off on a page of this type, for an event of this name (in lower case).
    pub(super) fn score_rules(
        &self,
        on: On,
        page_type: Option<Key>,
        event: Option<&str>,
    ) -> impl Iterator<Item = usize> {
        let by_type = page_type.and_then(|key| self.on_page_type.get(&(on, key)));
        let by_event = event.and_then(|name| self.on_event.get(&(on, Key::of(name))));
        let any = self.on_any.get(&on);
        let positions = [by_type, by_event, any].into_iter().flatten().flatten();
        positions.map(|at| *at as usize)
    }

    /// Dwell rules on a page of this type that wait for more active time than `after`, those that wait least first
    /// within each of two lists.
    pub(super) fn dwells(&self, page_type: Option<Key>, after: Millis) -> [&[Dwell]; 2] {
        let bound = page_type.and_then(|key| self.dwell_on_page_type.get(&key));
        let lists = [bound.map_or(&[][..], Vec::as_slice), &self.dwell_any];
        lists.map(|list| &list[list.partition_point(|(waits, _)| *waits <= after)..])
    }

    /// Triggers on a page of this type, best first within each group.
    pub(super) fn triggers(
        &self,
        page_type: Option<Key>,
    ) -> impl Iterator<Item = TriggerPlace> + Clone {
        let bound = page_type.and_then(|key| self.triggers_of_page_type.get(&key));
        let places = bound.into_iter().flatten().chain(&self.triggers_any);
        places.copied()
    }
}

/// A rule that names a page type twice is still one rule.
fn push_once<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if list.last() != Some(&entry) {
        list.push(entry);
    }
}
