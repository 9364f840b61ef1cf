//! Everybody on a site by line, and the views of them that somebody looks at.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::domain::{Millis, Timestamp, VisitorId};
use crate::live::line::{LOOK_AGAIN, Line};
use crate::rules::RuleSet;

use super::figures::Tally;
use super::view::{Angle, View};
use super::watching::Place;

/// How many views one site may have: each costs time for every change.
const MAX_VIEWS: usize = 96;
/// A view that nobody looks at is kept this long: who scrolls or reloads comes back to it.
const KEEP_VIEW: Millis = Millis::from_secs(60);
/// How many visitors who became hot are remembered, for those who have not been told yet.
const MAX_HOT: usize = 256;

/// A line, and when it is to be made again.
pub(super) type Seen = (Line, Timestamp);

/// A visitor in the content.
struct Entry {
    line: Line,
    /// Another for each thing that a row of the list may have to show; no two of a board are the same.
    version: u32,
    look_at: Timestamp,
}

/// A visitor who has reached the highest stage of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hot {
    /// Who.
    pub visitor: VisitorId,
    /// Which score, by name.
    pub score: Arc<str>,
    /// The stage, by name.
    pub stage: Arc<str>,
}

struct Seat {
    view: View,
    watchers: usize,
    left_at: Timestamp,
}

pub(super) struct Content {
    pub(super) rules: Arc<RuleSet>,
    /// Counts how often everything was read anew.
    pub(super) epoch: u32,
    /// Counts changes.
    pub(super) offset: u64,
    pub(super) tally: Tally,
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    slots: HashMap<VisitorId, u32, FxBuildHasher>,
    due: BTreeSet<(Timestamp, u32)>,
    seats: Vec<Option<Seat>>,
    hot: VecDeque<(u64, Hot)>,
    version: u32,
}

impl Content {
    pub(super) fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            tally: Tally::new(&rules),
            rules,
            epoch: 0,
            offset: 0,
            entries: Vec::new(),
            free: Vec::new(),
            slots: HashMap::default(),
            due: BTreeSet::new(),
            seats: Vec::new(),
            hot: VecDeque::new(),
            version: 0,
        }
    }

    /// What comes after this when everybody is read anew, under these rules: empty, with the same views.
    pub(super) fn successor(&self, rules: &Arc<RuleSet>) -> Self {
        let seat = |seat: &Seat| Seat {
            view: View::new(seat.view.angle.clone(), rules, std::iter::empty()),
            watchers: seat.watchers,
            left_at: seat.left_at,
        };
        let seats = self.seats.iter();
        Self {
            epoch: self.epoch + 1,
            offset: self.offset + 1,
            version: self.version,
            seats: seats.map(|it| it.as_ref().map(seat)).collect(),
            ..Self::new(Arc::clone(rules))
        }
    }

    /// Takes in everybody. Takes some microseconds for each visitor and view.
    pub(super) fn fill(&mut self, all: Vec<Seen>, now: Timestamp) {
        for (line, look_at) in all {
            // Not all at the same moment.
            let [a, b, ..] = line.id.0;
            let some = Millis(u64::from(u16::from_be_bytes([a, b])) % LOOK_AGAIN.0);
            self.put(line, look_at.min(now + some));
        }
        for seat in self.seats.iter_mut().flatten() {
            let lines = lines(&self.entries);
            seat.view = View::new(seat.view.angle.clone(), &self.rules, lines);
        }
    }

    /// Gives way to its successor; who has come or gone meanwhile is kept account of.
    pub(super) fn give_way(&mut self, mut next: Self) {
        let seats = std::mem::take(&mut self.seats);
        next.seats.resize_with(seats.len(), || None);
        for (new, old) in next.seats.iter_mut().zip(seats) {
            let known = new.take();
            *new = old.map(|mut old| {
                let made = known.filter(|it| it.view.angle == old.view.angle);
                let angle = old.view.angle.clone();
                old.view = match made {
                    Some(made) => made.view,
                    None => View::new(angle, &next.rules, lines(&next.entries)),
                };
                old
            });
        }
        *self = next;
    }

    /// Takes in a new line; views do not hear of it.
    fn put(&mut self, line: Line, look_at: Timestamp) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
        });
        self.version = self.version.wrapping_add(1);
        self.slots.insert(line.id, slot);
        self.due.insert((look_at, slot));
        self.tally.add(&line);
        self.entries[slot as usize] = Some(Entry {
            line,
            version: self.version,
            look_at,
        });
        slot
    }

    /// Takes note of what a visitor is now; `None` when they are not here. `heard`: something has happened, so that the
    /// row shows something new even if the line does not. Returns whether anything changed.
    pub(super) fn set(&mut self, visitor: VisitorId, seen: Option<Seen>, heard: bool) -> bool {
        let slot = self.slots.get(&visitor).copied();
        match (slot, seen) {
            (None, None) => false,
            (Some(slot), None) => {
                self.remove(visitor, slot);
                true
            }
            (None, Some((line, look_at))) => {
                self.note_hot(None, &line);
                let slot = self.put(line, look_at);
                let line = line_at(&self.entries, slot);
                for seat in self.seats.iter_mut().flatten() {
                    seat.view.change(slot, None, line);
                }
                true
            }
            (Some(slot), Some((line, look_at))) => self.replace(slot, line, look_at, heard),
        }
    }

    fn replace(&mut self, slot: u32, line: Line, look_at: Timestamp, heard: bool) -> bool {
        let Some(mut entry) = self.entries[slot as usize].take() else {
            return false;
        };
        self.due.remove(&(entry.look_at, slot));
        self.due.insert((look_at, slot));
        entry.look_at = look_at;
        let differs = entry.line != line;
        if differs || heard {
            self.version = self.version.wrapping_add(1);
            entry.version = self.version;
        }
        if differs {
            self.note_hot(Some(&entry.line), &line);
            self.tally.remove(&entry.line);
            self.tally.add(&line);
            for seat in self.seats.iter_mut().flatten() {
                seat.view.change(slot, Some(&entry.line), Some(&line));
            }
            entry.line = line;
        }
        self.entries[slot as usize] = Some(entry);
        differs || heard
    }

    fn remove(&mut self, visitor: VisitorId, slot: u32) {
        self.slots.remove(&visitor);
        let Some(entry) = self.entries[slot as usize].take() else {
            return;
        };
        self.free.push(slot);
        self.due.remove(&(entry.look_at, slot));
        self.tally.remove(&entry.line);
        for seat in self.seats.iter_mut().flatten() {
            seat.view.change(slot, Some(&entry.line), None);
        }
    }

    /// Remembers who has reached the highest stage of a score just now.
    fn note_hot(&mut self, old: Option<&Line>, new: &Line) {
        for (nth, score) in self.rules.scores.iter().enumerate() {
            let Some(top) = score.stages.last() else {
                continue;
            };
            let reached = |line: &Line| {
                let standing = line.scores.get(nth);
                standing.is_some_and(|it| usize::from(it.stage) == score.stages.len())
            };
            if reached(new) && !old.is_some_and(reached) {
                let hot = Hot {
                    visitor: new.id,
                    score: Arc::clone(&score.name),
                    stage: Arc::clone(&top.name),
                };
                self.hot.push_back((self.offset + 1, hot));
            }
        }
        while self.hot.len() > MAX_HOT {
            self.hot.pop_front();
        }
    }

    /// Who became hot after an offset and belongs to a view, the latest last.
    pub(super) fn hot_since(&self, offset: u64, seat: usize) -> Vec<(Hot, Place)> {
        let Some(view) = self.view(seat) else {
            return Vec::new();
        };
        let later = self.hot.iter().skip_while(|(at, _)| *at <= offset);
        let found = later.filter_map(|(_, hot)| {
            let slot = *self.slots.get(&hot.visitor)?;
            let passes = view.passes(line_at(&self.entries, slot)?);
            passes.then_some((hot.clone(), self.place(slot)?))
        });
        found.collect()
    }

    /// Whose lines are to be made again, at most so many.
    pub(super) fn due(&self, now: Timestamp, limit: usize) -> Vec<VisitorId> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now).take(limit);
        due.filter_map(|(_, slot)| Some(line_at(&self.entries, *slot)?.id))
            .collect()
    }

    /// Who is in a slot.
    pub(super) fn place(&self, slot: u32) -> Option<Place> {
        let entry = self.entries.get(slot as usize)?.as_ref()?;
        Some(Place {
            visitor: entry.line.id,
            slot,
            version: entry.version,
        })
    }

    /// Every line.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        lines(&self.entries).map(|(_, line)| line)
    }

    /// How many visitors there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// A place at the view from this angle, made when nobody has it; `None` when there are too many.
    pub(super) fn sit(&mut self, angle: &Angle, now: Timestamp) -> Option<usize> {
        let same = |seat: &Option<Seat>| seat.as_ref().is_some_and(|it| it.view.angle == *angle);
        if let Some(nth) = self.seats.iter().position(same) {
            self.seats[nth].as_mut()?.watchers += 1;
            return Some(nth);
        }
        self.forget_views(now, self.seats.len() >= MAX_VIEWS);
        let free = self.seats.iter().position(Option::is_none);
        let nth = free.unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        if nth >= MAX_VIEWS {
            self.seats.truncate(MAX_VIEWS);
            return None;
        }
        let view = View::new(angle.clone(), &self.rules, lines(&self.entries));
        self.seats[nth] = Some(Seat {
            view,
            watchers: 1,
            left_at: now,
        });
        Some(nth)
    }

    /// Leaves a view.
    pub(super) fn leave(&mut self, seat: usize, now: Timestamp) {
        if let Some(Some(seat)) = self.seats.get_mut(seat) {
            seat.watchers = seat.watchers.saturating_sub(1);
            seat.left_at = now;
        }
    }

    /// Forgets views that nobody has looked at for a while; in need of room, all that nobody looks at.
    pub(super) fn forget_views(&mut self, now: Timestamp, all: bool) {
        for seat in &mut self.seats {
            let unused =
                |it: &mut Seat| it.watchers == 0 && (all || now.since(it.left_at) > KEEP_VIEW);
            seat.take_if(unused);
        }
    }

    pub(super) fn view(&self, seat: usize) -> Option<&View> {
        Some(&self.seats.get(seat)?.as_ref()?.view)
    }

    /// Bytes that the lines and the views take, about.
    pub(super) fn bytes(&self) -> usize {
        let lines: usize = self.lines().map(Line::heap_bytes).sum();
        let places: usize = self.seats.iter().flatten().map(|it| it.view.bytes()).sum();
        // An entry, its place in the table by id, and its turn to be made again.
        let each = size_of::<Option<Entry>>() + 32 + 24;
        lines + places + self.entries.len() * each
    }
}

fn line_at(entries: &[Option<Entry>], slot: u32) -> Option<&Line> {
    Some(&entries.get(slot as usize)?.as_ref()?.line)
}

fn lines(entries: &[Option<Entry>]) -> impl Iterator<Item = (u32, &Line)> {
    let slots = 0_u32..;
    let taken = slots.zip(entries);
    taken.filter_map(|(slot, entry)| Some((slot, &entry.as_ref()?.line)))
}
