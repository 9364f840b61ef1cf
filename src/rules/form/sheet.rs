//! A file to be edited: its text, what stands where in it, and the way to a place.

use std::ops::Range;

use super::super::tree::{self, Entry, Form, Kind, Node, Table};
use super::Data;
use super::at::Step;

/// A replacement of bytes.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) text: String,
}

/// Puts `text` in at a byte.
pub(super) fn put(at: usize, text: impl Into<String>) -> Splice {
    Splice {
        at: at..at,
        text: text.into(),
    }
}

/// Puts `text` in the place of some bytes.
pub(super) fn instead(at: Range<usize>, text: impl Into<String>) -> Splice {
    Splice {
        at,
        text: text.into(),
    }
}

/// The text with the replacements made; they do not overlap.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.at.start);
    let mut out = String::with_capacity(text.len() + 64);
    let mut from = 0;
    for splice in &splices {
        out.push_str(text.get(from..splice.at.start).unwrap_or_default());
        out.push_str(&splice.text);
        from = splice.at.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// A file that can be read.
pub(super) struct Sheet<'t> {
    pub(super) text: &'t str,
    pub(super) root: Node,
    /// Where headers and keys begin, in order.
    marks: Vec<usize>,
    /// Where headers and values end, in order.
    ends: Vec<usize>,
}

impl<'t> Sheet<'t> {
    /// Reads a file.
    pub(super) fn read(text: &'t str) -> Result<Self, String> {
        let root = tree::parse(0, text).map_err(|why| why.message().trim().to_owned())?;
        let (mut marks, mut ends) = (Vec::new(), Vec::new());
        mark(&root, &mut |start, end| {
            marks.push(start);
            ends.push(end);
        });
        marks.sort_unstable();
        ends.sort_unstable();
        Ok(Self {
            text,
            root: Node {
                at: root.at,
                kind: Kind::Table(root),
            },
            marks,
            ends,
        })
    }

    /// What the whole file says.
    pub(super) fn data(&self) -> Data {
        Data::of(&self.root)
    }

    /// The root's keys.
    pub(super) fn table(&self) -> &Table {
        let Kind::Table(table) = &self.root.kind else {
            unreachable!("a file is a table");
        };
        table
    }

    /// The entries of a part, in order, as they are told apart by their number.
    pub(super) fn entries(&self, part: &str) -> &[Node] {
        match self.table().get(part) {
            None => &[],
            Some(node) => {
                if let Kind::List(nodes) = &node.kind {
                    nodes
                } else {
                    std::slice::from_ref(node)
                }
            }
        }
    }

    /// The way to an entry and on into it, as far as it is there.
    pub(super) fn walk<'s>(
        &'s self,
        part: &str,
        index: usize,
        path: &'s [Step],
    ) -> Result<Trail<'s>, String> {
        let missing = || format!("there is no `{part}` with the number {index}");
        let entry = self.table().entry(part).ok_or_else(missing)?;
        let root = Stop {
            node: &self.root,
            entry: None,
            item: None,
        };
        let part = Stop {
            node: &entry.value,
            entry: Some(entry),
            item: None,
        };
        let mut trail = Trail {
            stops: vec![root, part],
            rest: path,
        };
        if let Kind::List(nodes) = &entry.value.kind {
            let node = nodes.get(index).ok_or_else(missing)?;
            trail.stops.push(Stop {
                node,
                entry: None,
                item: Some(index),
            });
        } else if index > 0 {
            return Err(missing());
        }
        while let Some((step, rest)) = trail.rest.split_first() {
            let Some(stop) = trail.last().node.step(step) else {
                break;
            };
            trail.stops.push(stop);
            trail.rest = rest;
        }
        Ok(trail)
    }

    /// The bytes from the first to the last that a node is written with.
    pub(super) fn extent(node: &Node) -> Range<usize> {
        let mut extent: Option<Range<usize>> = None;
        let mut widen = |start: usize, end: usize| {
            let known = extent.get_or_insert(start..end);
            *known = known.start.min(start)..known.end.max(end);
        };
        if let Some(table) = node.open_table() {
            mark(table, &mut widen);
        } else if let (true, Kind::List(nodes)) = (is_headed(node), &node.kind) {
            for table in nodes.iter().filter_map(Node::open_table) {
                mark(table, &mut widen);
            }
        } else {
            widen(node.at.start, node.at.end);
        }
        extent.unwrap_or(node.at.start..node.at.start)
    }

    /// The whole lines of what stands below a header, with the comment right above it.
    pub(super) fn block(&self, node: &Node) -> Range<usize> {
        let extent = Self::extent(node);
        let start = self.comment_start(extent.start);
        start..self.after_line(extent.end)
    }

    /// Whether nothing but this node is written in these lines.
    pub(super) fn is_alone(&self, node: &Node, lines: &Range<usize>) -> bool {
        let mut own = 0;
        if let Kind::Table(table) = &node.kind {
            mark(table, &mut |_, _| own += 1);
        }
        let from = self.marks.partition_point(|mark| *mark < lines.start);
        let until = self.marks.partition_point(|mark| *mark < lines.end);
        until - from == own
    }

    /// The first byte of the line that `at` lies in.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |found| found + 1)
    }

    /// The end of the line that `at` lies in, before its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = rest.find('\n').map_or(self.text.len(), |found| at + found);
        let line = self.text.get(at..end).unwrap_or_default();
        end - usize::from(line.ends_with('\r'))
    }

    /// The first byte after the line that `at` lies in.
    pub(super) fn after_line(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n')
            .map_or(self.text.len(), |found| at + found + 1)
    }

    /// The first byte of the comment lines right above the line of `at`, or of that line itself.
    pub(super) fn comment_start(&self, at: usize) -> usize {
        let floor = self.ends.partition_point(|end| *end <= at);
        let floor = floor.checked_sub(1).map_or(0, |last| self.ends[last]);
        let mut start = self.line_start(at);
        while start > floor {
            let above = self.line_start(start - 1);
            let line = self.text.get(above..start).unwrap_or_default();
            if above < floor || !line.trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        start
    }

    /// The column of a byte in characters, from 0.
    pub(super) fn column(&self, at: usize) -> usize {
        let line = self.text.get(self.line_start(at)..at);
        line.unwrap_or_default().chars().count()
    }

    /// The space that a line begins with.
    pub(super) fn indent(&self, at: usize) -> &'t str {
        let line = self.text.get(self.line_start(at)..).unwrap_or_default();
        let rest = line.trim_start_matches([' ', '\t']);
        line.get(..line.len() - rest.len()).unwrap_or_default()
    }

    /// How this file breaks its lines.
    pub(super) fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// A text of several lines with this file's line breaks.
    pub(super) fn broken(&self, text: &str) -> String {
        if self.line_break() == "\n" {
            text.to_owned()
        } else {
            text.replace('\n', "\r\n")
        }
    }
}

/// Tells where each header and each `key = value` of a table begins and ends.
fn mark(table: &Table, tell: &mut dyn FnMut(usize, usize)) {
    if table.form == Form::Header {
        tell(table.at.start, table.at.end);
    }
    for entry in &table.entries {
        if let Some(below) = entry.value.open_table() {
            mark(below, tell);
        } else if let (true, Kind::List(nodes)) = (is_headed(&entry.value), &entry.value.kind) {
            for below in nodes.iter().filter_map(Node::open_table) {
                mark(below, tell);
            }
        } else {
            tell(entry.key_at.start, entry.value.at.end);
        }
    }
}

/// Whether a list is written as tables with headers.
pub(super) fn is_headed(node: &Node) -> bool {
    let Kind::List(nodes) = &node.kind else {
        return false;
    };
    !nodes.is_empty() && nodes.iter().all(|node| node.open_table().is_some())
}

impl Node {
    fn step(&self, step: &Step) -> Option<Stop<'_>> {
        match step {
            Step::Key(key) => {
                let entry = self.table()?.entry(key)?;
                Some(Stop {
                    node: &entry.value,
                    entry: Some(entry),
                    item: None,
                })
            }
            Step::Index(at) => {
                let node = self.list()?.get(*at)?;
                Some(Stop {
                    node,
                    entry: None,
                    item: Some(*at),
                })
            }
        }
    }

    /// The table, if this is one.
    pub(super) fn table(&self) -> Option<&Table> {
        if let Kind::Table(table) = &self.kind {
            Some(table)
        } else {
            None
        }
    }

    /// The items, if this is a list.
    pub(super) fn list(&self) -> Option<&[Node]> {
        if let Kind::List(nodes) = &self.kind {
            Some(nodes)
        } else {
            None
        }
    }

    /// The table, if this is one that is written in lines of its own.
    fn open_table(&self) -> Option<&Table> {
        self.table().filter(|table| table.form != Form::Braces)
    }
}

/// A node on the way, and how it was reached.
#[derive(Clone, Copy)]
pub(super) struct Stop<'s> {
    pub(super) node: &'s Node,
    /// By this key.
    pub(super) entry: Option<&'s Entry>,
    /// As this item of a list.
    pub(super) item: Option<usize>,
}

/// The way to a place: the file, its part, the entry, and so on.
pub(super) struct Trail<'s> {
    pub(super) stops: Vec<Stop<'s>>,
    /// The steps that lead nowhere yet.
    pub(super) rest: &'s [Step],
}

impl<'s> Trail<'s> {
    /// Where it ends.
    pub(super) fn last(&self) -> Stop<'s> {
        *self.stops.last().expect("a trail begins with the file")
    }

    /// The way to what holds the end of this one.
    pub(super) fn holder(&self) -> Trail<'s> {
        let stops = &self.stops[..self.stops.len() - 1];
        Trail {
            stops: stops.to_vec(),
            rest: &[],
        }
    }

    /// For a table at the end: the table in whose lines or braces its keys are written, and the keys that stand before
    /// them with dots.
    pub(super) fn home(&self) -> (&'s Table, Vec<&'s str>) {
        let mut prefix = Vec::new();
        for stop in self.stops.iter().rev() {
            if let Kind::Table(table) = &stop.node.kind {
                if table.form != Form::Keys {
                    prefix.reverse();
                    return (table, prefix);
                }
                prefix.extend(stop.entry.map(|entry| &*entry.key));
            }
        }
        unreachable!("the file itself is no table of dotted keys")
    }

    /// The keys on the way, as a header names them.
    pub(super) fn names(&self) -> Vec<&'s str> {
        let entries = self.stops.iter().filter_map(|stop| stop.entry);
        entries.map(|entry| &*entry.key).collect()
    }
}
