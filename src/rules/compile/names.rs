//! Which names are declared, where, and which of them are used.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::Key;

use super::super::code::Code;
use super::super::condition::Condition;
use super::super::sink::{Sink, Spot};
use super::super::suggest;
use super::super::tree::{Node, Table};

/// A declared score, as far as references to it go.
#[derive(Debug)]
pub(super) struct ScoreName {
    pub(super) name: String,
    pub(super) at: Spot,
    pub(super) stages: Vec<String>,
}

/// A declared matrix, as far as references to it go.
#[derive(Debug)]
pub(super) struct MatrixName {
    pub(super) name: String,
    /// The words of its cells in lower case; `None` when it has mistakes.
    pub(super) cells: Option<Vec<String>>,
}

/// A declared segment, as far as references to it go.
#[derive(Debug)]
pub(super) struct SegmentName {
    pub(super) name: String,
    pub(super) at: Spot,
    /// What it stands for; `None` when it has mistakes, or is not read yet.
    pub(super) condition: Option<Arc<Condition>>,
    /// Whether it asks for something that nothing but an event has.
    pub(super) needs_event: bool,
    /// How large it is with the segments it names.
    pub(super) size: Size,
}

impl SegmentName {
    /// A segment that is not read yet.
    pub(super) fn new(name: &str, at: Spot) -> Self {
        Self {
            name: name.to_owned(),
            at,
            condition: None,
            needs_event: false,
            size: Size::default(),
        }
    }
}

/// How large a condition is once the segments it names are put in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// Levels of nesting.
    pub(super) depth: usize,
    /// Fields asked for.
    pub(super) leaves: usize,
}

/// The names that rules may refer to.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Page types and where they are declared.
    pub(super) page_types: Vec<(String, Spot)>,
    /// Scores.
    pub(super) scores: Vec<ScoreName>,
    /// Groups of score rules.
    pub(super) groups: Vec<String>,
    /// Matrices.
    pub(super) matrices: Vec<MatrixName>,
    /// Segments.
    pub(super) segments: Vec<SegmentName>,
    /// Whether every file could be read, so that a name that is not here is nowhere.
    pub(super) complete: bool,
    used: HashSet<(What, Key)>,
}

/// What a used name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    PageType,
    MovedScore,
    Segment,
}

impl Names {
    /// The key of a declared page type.
    pub(super) fn page_type(&mut self, sink: &mut Sink, name: &str, at: Spot) -> Option<Key> {
        let known = self.page_types.iter().map(|(known, _)| known.as_str());
        if self.complete && known.clone().all(|known| known != name) {
            let message = format!("no page type is named `{}`", name.escape_debug());
            sink.report(Code::UnknownPageType, at, message)
                .maybe_help(suggest::declared(name, known, "[[page_type]]"));
            return None;
        }
        let key = Key::of(name);
        self.used.insert((What::PageType, key));
        Some(key)
    }

    /// The keys of one page type or a list of them.
    pub(super) fn page_types(&mut self, sink: &mut Sink, node: &Node) -> Option<Vec<Key>> {
        let nodes = sink.one_or_more(node)?;
        let keys = nodes.iter().map(|node| {
            let name = sink.text(node)?;
            self.page_type(sink, name, node.at)
        });
        // Every entry is looked at before the list is given up, so that every mistake is reported.
        let mut keys: Vec<_> = keys
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()?;
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    /// The page types that a rule is bound to; none without `page_type`.
    pub(super) fn pages_of_rule(&mut self, sink: &mut Sink, table: &Table) -> Option<Vec<Key>> {
        let Some(node) = table.get("page_type") else {
            return Some(Vec::new());
        };
        let keys = self.page_types(sink, node)?;
        if keys.is_empty() {
            let message = "this rule is bound to no page at all";
            let note = sink.report(Code::BadCondition, node.at, message);
            note.help("name a page type, or leave out `page_type` for any page");
            if let Some(edits) = table.without("page_type") {
                note.offer("let it stand for any page", edits);
            }
            return None;
        }
        Some(keys)
    }

    /// A declared score; `None` also, without a report, when it may be declared in a file that cannot be read.
    pub(super) fn score(&self, sink: &mut Sink, name: &str, at: Spot) -> Option<&ScoreName> {
        let found = self.scores.iter().find(|score| score.name == name);
        if found.is_none() && self.complete {
            let known = self.scores.iter().map(|score| score.name.as_str());
            let message = format!("no score is named `{}`", name.escape_debug());
            sink.report(Code::UnknownScore, at, message)
                .maybe_help(suggest::declared(name, known, "[[score]]"));
        }
        found
    }

    /// The key of a declared group of score rules.
    pub(super) fn group(&self, sink: &mut Sink, node: &Node) -> Option<Key> {
        let name = sink.text(node)?;
        let known = self.groups.iter().map(String::as_str);
        if self.complete && known.clone().all(|known| known != name) {
            let message = format!("no group is named `{}`", name.escape_debug());
            sink.report(Code::UnknownGroup, node.at, message)
                .maybe_help(suggest::declared(name, known, "[[group]]"));
            return None;
        }
        Some(Key::of(name))
    }

    /// A declared matrix; `None` also, without a report, when it may be declared in a file that cannot be read.
    pub(super) fn matrix(&self, sink: &mut Sink, name: &str, at: Spot) -> Option<&MatrixName> {
        let found = self.matrices.iter().find(|matrix| matrix.name == name);
        if found.is_none() && self.complete {
            let known = self.matrices.iter().map(|matrix| matrix.name.as_str());
            let message = format!("no matrix is named `{}`", name.escape_debug());
            sink.report(Code::UnknownMatrix, at, message)
                .maybe_help(suggest::declared(name, known, "[[matrix]]"));
        }
        found
    }

    /// A segment that a condition names, which counts as used from here on; `None` also, without a report, when it
    /// has been reported itself or may be declared in a file that cannot be read.
    pub(super) fn segment(
        &mut self,
        sink: &mut Sink,
        name: &str,
        at: Spot,
    ) -> Option<&SegmentName> {
        let found = self.segments.iter().find(|segment| segment.name == name);
        if found.is_none() && self.complete {
            let known = self.segments.iter().map(|segment| segment.name.as_str());
            let message = format!("no segment is named `{}`", name.escape_debug());
            sink.report(Code::UnknownSegment, at, message)
                .maybe_help(suggest::declared(name, known, "[[segment]]"));
        }
        self.used.insert((What::Segment, Key::of(name)));
        found
    }

    /// A declared segment, to complete it.
    pub(super) fn segment_mut(&mut self, name: &str) -> Option<&mut SegmentName> {
        self.segments
            .iter_mut()
            .find(|segment| segment.name == name)
    }

    /// Notes that a rule moves a score.
    pub(super) fn moves(&mut self, score: Key) {
        self.used.insert((What::MovedScore, score));
    }

    /// Reports names that nothing refers to, unless a mistake may be the reason.
    pub(super) fn report_unused(&self, sink: &mut Sink) {
        if sink.has_errors() {
            return;
        }
        let unused = |what, name: &str| !self.used.contains(&(what, Key::of(name)));
        for (name, at) in &self.page_types {
            if unused(What::PageType, name) {
                let message = format!("no rule mentions the page type `{name}`");
                sink.report(Code::UnusedPageType, *at, message);
            }
        }
        for segment in &self.segments {
            if unused(What::Segment, &segment.name) {
                let message = format!("no rule mentions the segment `{}`", segment.name);
                sink.report(Code::UnusedSegment, segment.at, message);
            }
        }
        for score in &self.scores {
            if unused(What::MovedScore, &score.name) {
                let message = format!("no score rule ever moves `{}`", score.name);
                sink.report(Code::ScoreWithoutRules, score.at, message)
                    .help(format!(
                        "add a `[[score_rule]]` with `score = \"{}\"`",
                        score.name
                    ));
            }
        }
    }
}

/// Finds ids that are taken already, or that have the key of another.
#[derive(Debug)]
pub(super) struct Register {
    what: &'static str,
    taken: HashMap<Key, (String, Spot)>,
}

impl Register {
    /// For ids of `what`.
    pub(super) fn of(what: &'static str) -> Self {
        let taken = HashMap::new();
        Self { what, taken }
    }

    /// Enters an id; reports it when it cannot be told from one that is there already.
    pub(super) fn enter(&mut self, sink: &mut Sink, id: &str, at: Spot) -> bool {
        let key = Key::of(id);
        let Some((other, first)) = self.taken.get(&key) else {
            self.taken.insert(key, (id.to_owned(), at));
            return true;
        };
        if other == id {
            let message = format!("the {} `{id}` is there already", self.what);
            sink.report(Code::DuplicateId, at, message)
                .related(*first, "first here");
        } else {
            let message = format!("`{id}` and `{other}` happen to have the same key");
            sink.report(Code::KeyClash, at, message)
                .related(*first, "the other one")
                .help("choose another name for one of them");
        }
        false
    }
}
