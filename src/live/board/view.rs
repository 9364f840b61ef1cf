//! One way to look at a site's visitors: those who pass a filter, in an order, in groups. Kept up to date line by line,
//! and shared by everybody who looks the same way.

use std::collections::BTreeMap;

use crate::live::filter::{Filter, Matcher};
use crate::live::line::Line;
use crate::live::sort::{GroupBy, Grouper, SortBy, Sorter, Value};
use crate::rules::RuleSet;

use super::blocks::Blocks;

/// What a view shows, whichever end comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Angle {
    /// Who is let through.
    pub filter: Filter,
    /// What orders them.
    pub sort: SortBy,
    /// What divides them into groups.
    pub group: Option<GroupBy>,
}

/// A visitor's place in a view: by value, then by the beginning of the id, then by slot, so that it is unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    value: Value,
    id: u32,
    slot: u32,
}

/// A group of a view and how many visitors it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What it is called; `None` for those who have no such thing.
    pub name: Option<String>,
    /// How many.
    pub visitors: usize,
}

pub(super) struct View {
    pub(super) angle: Angle,
    matcher: Matcher,
    sorter: Sorter,
    grouper: Grouper,
    groups: BTreeMap<u16, Blocks<Place>>,
    total: usize,
}

impl View {
    /// Everybody in `lines` who belongs to it.
    pub(super) fn new<'a>(
        angle: Angle,
        rules: &RuleSet,
        lines: impl Iterator<Item = (u32, &'a Line)>,
    ) -> Self {
        let mut view = Self {
            matcher: Matcher::new(&angle.filter, rules),
            sorter: Sorter::new(&angle.sort, rules),
            grouper: Grouper::new(angle.group, &angle.sort, rules),
            angle,
            groups: BTreeMap::new(),
            total: 0,
        };
        let mut groups: BTreeMap<u16, Vec<Place>> = BTreeMap::new();
        for (slot, line) in lines {
            if let Some((group, place)) = view.place(slot, line) {
                groups.entry(group).or_default().push(place);
                view.total += 1;
            }
        }
        let groups = groups.into_iter();
        view.groups = groups.map(|(at, group)| (at, Blocks::of(group))).collect();
        view
    }

    /// Takes note that the line in a slot has changed.
    pub(super) fn change(&mut self, slot: u32, old: Option<&Line>, new: Option<&Line>) {
        let was = old.and_then(|line| self.place(slot, line));
        let is = new.and_then(|line| self.place(slot, line));
        if was == is {
            return;
        }
        if let Some((group, place)) = was {
            self.take_out(group, &place);
        }
        if let Some((group, place)) = is {
            self.groups.entry(group).or_default().insert(place);
            self.total += 1;
        }
    }

    fn take_out(&mut self, group: u16, place: &Place) {
        let Some(blocks) = self.groups.get_mut(&group) else {
            return;
        };
        self.total -= usize::from(blocks.remove(place));
        if blocks.is_empty() {
            self.groups.remove(&group);
        }
    }

    fn place(&self, slot: u32, line: &Line) -> Option<(u16, Place)> {
        let [a, b, c, d, ..] = line.id.0;
        self.matcher.passes(line).then(|| {
            let place = Place {
                value: self.sorter.value(line),
                id: u32::from_be_bytes([a, b, c, d]),
                slot,
            };
            (self.grouper.group(line), place)
        })
    }

    /// Whether a visitor belongs to it.
    pub(super) fn passes(&self, line: &Line) -> bool {
        self.matcher.passes(line)
    }

    /// How many visitors belong to it.
    pub(super) const fn total(&self) -> usize {
        self.total
    }

    /// The slots of some visitors from the nth on, group after group.
    pub(super) fn window(&self, from: usize, rows: usize, descending: bool) -> Vec<u32> {
        let (mut skip, mut window) = (from, Vec::with_capacity(rows));
        for group in self.groups.values() {
            if skip >= group.len() {
                skip -= group.len();
                continue;
            }
            let left = rows - window.len();
            let part = group.from(skip, descending).take(left);
            window.extend(part.map(|place| place.slot));
            if window.len() == rows {
                break;
            }
            skip = 0;
        }
        window
    }

    /// Bytes that its places take, about.
    pub(super) fn bytes(&self) -> usize {
        self.total * size_of::<Place>() * 4 / 3
    }

    /// How many visitors each group has, in the order in which the groups stand; nothing where there are no groups.
    pub(super) fn counts(&self) -> Vec<Count> {
        if self.angle.group.is_none() {
            return Vec::new();
        }
        let count = |(group, places): (&u16, &Blocks<Place>)| Count {
            name: self.grouper.name(*group),
            visitors: places.len(),
        };
        self.groups.iter().map(count).collect()
    }
}
