//! A site in figures: how many are here now, by what they have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{CountryCode, Key, Presence};
use crate::live::line::Line;
use crate::rules::RuleSet;

use super::hour::Invited;

/// How many visitors have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// What it is called; `None` for those who have no such thing.
    pub name: Option<Arc<str>>,
    /// How many.
    pub visitors: usize,
}

/// A site in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Everybody who has a page open.
    pub visitors: usize,
    /// Those who look at a page.
    pub active: usize,
    /// Those who have pages open and look at none.
    pub idle: usize,
    /// Those who have left and whose visit may still go on; they are in none of the other figures.
    pub left: usize,
    /// By the type of the current page, the greatest first.
    pub by_page_type: Vec<Share>,
    /// By country, the greatest first.
    pub by_country: Vec<Share>,
    /// By channel, the greatest first.
    pub by_channel: Vec<Share>,
    /// By kind of machine, the greatest first.
    pub by_device: Vec<Share>,
    /// By stage, for each score, the lowest stage first; those below the first have no name.
    pub by_stage: Vec<(Arc<str>, Vec<Share>)>,
    /// How many were here in each of the last sixty minutes, the latest last.
    pub per_minute: Vec<usize>,
    /// What became of invitations in the last hour.
    pub invited: Invited,
}

/// Counts lines as they come and go. Who has left is counted as such and for nothing else.
#[derive(Debug)]
pub(super) struct Tally {
    visitors: usize,
    left: usize,
    presence: Counts<&'static str>,
    page_types: Counts<Option<Key>>,
    countries: Counts<Option<CountryCode>>,
    channels: Counts<&'static str>,
    devices: Counts<&'static str>,
    /// For each score, how many have reached so many stages.
    stages: Vec<Vec<usize>>,
}

impl Tally {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let stages = rules.scores.iter();
        Self {
            visitors: 0,
            left: 0,
            presence: Counts::default(),
            page_types: Counts::default(),
            countries: Counts::default(),
            channels: Counts::default(),
            devices: Counts::default(),
            stages: stages.map(|it| vec![0; it.stages.len() + 1]).collect(),
        }
    }

    pub(super) fn add(&mut self, line: &Line) {
        if line.presence == Presence::Left {
            self.left += 1;
            return;
        }
        self.visitors += 1;
        self.presence.add(line.presence.as_str());
        self.page_types.add(line.page_type);
        self.countries.add(line.country);
        self.channels.add(line.channel.as_str());
        self.devices.add(line.device.as_str());
        self.each_stage(line, |count| *count += 1);
    }

    pub(super) fn remove(&mut self, line: &Line) {
        if line.presence == Presence::Left {
            self.left -= 1;
            return;
        }
        self.visitors -= 1;
        self.presence.remove(line.presence.as_str());
        self.page_types.remove(line.page_type);
        self.countries.remove(line.country);
        self.channels.remove(line.channel.as_str());
        self.devices.remove(line.device.as_str());
        self.each_stage(line, |count| *count = count.saturating_sub(1));
    }

    /// How many have a page open.
    pub(super) const fn here(&self) -> usize {
        self.visitors
    }

    fn each_stage(&mut self, line: &Line, mut change: impl FnMut(&mut usize)) {
        for (counts, standing) in self.stages.iter_mut().zip(&line.scores) {
            if let Some(count) = counts.get_mut(usize::from(standing.stage)) {
                change(count);
            }
        }
    }

    /// The figures, in the words of these rules: those that the lines were made under.
    pub(super) fn figures(&self, rules: &RuleSet) -> Figures {
        let page_type = |key: Option<Key>| {
            let name = key.and_then(|key| rules.page_type_name(key));
            name.map(Arc::clone)
        };
        let word = |word: &'static str| Some(Arc::from(word));
        let stages = rules
            .scores
            .iter()
            .zip(&self.stages)
            .map(|(score, counts)| {
                let names = score
                    .stages
                    .iter()
                    .map(|stage| Some(Arc::clone(&stage.name)));
                let names = std::iter::once(None).chain(names);
                let shares = names.zip(counts).map(|(name, count)| Share {
                    name,
                    visitors: *count,
                });
                (Arc::clone(&score.name), shares.collect())
            });
        Figures {
            visitors: self.visitors,
            active: self.presence.of(Presence::Active.as_str()),
            idle: self.presence.of(Presence::Idle.as_str()),
            left: self.left,
            by_page_type: self.page_types.shares(page_type),
            by_country: self
                .countries
                .shares(|country| country.map(|it| Arc::from(it.as_str()))),
            by_channel: self.channels.shares(word),
            by_device: self.devices.shares(word),
            by_stage: stages.collect(),
            ..Figures::default()
        }
    }
}

/// How often something was counted.
#[derive(Debug)]
struct Counts<K>(BTreeMap<K, usize>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Copy> Counts<K> {
    fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    fn remove(&mut self, key: K) {
        if let Some(count) = self.0.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&key);
            }
        }
    }

    fn of(&self, key: K) -> usize {
        self.0.get(&key).copied().unwrap_or_default()
    }

    /// The greatest first.
    fn shares(&self, name: impl Fn(K) -> Option<Arc<str>>) -> Vec<Share> {
        let shares = self.0.iter().map(|(key, count)| Share {
            name: name(*key),
            visitors: *count,
        });
        let mut shares: Vec<Share> = shares.collect();
        shares.sort_by(|a, b| {
            b.visitors
                .cmp(&a.visitors)
                .then_with(|| a.name.cmp(&b.name))
        });
        shares
    }
}
