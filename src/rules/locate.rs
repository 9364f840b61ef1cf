//! Turns bytes into what people and forms count in: lines, columns, and JSON pointers.

use std::fmt::Write as _;
use std::sync::Arc;

use super::diagnostic::Place;
use super::form::Step;
use super::sink::Spot;
use super::source::SourceFile;
use super::tree::{Entry, Kind, Node, Table};

/// A file with the starts of its lines.
pub(super) struct Page<'s> {
    /// The file's name.
    pub(super) name: Arc<str>,
    text: &'s str,
    lines: Vec<usize>,
}

impl<'s> Page<'s> {
    pub(super) fn of(file: &'s SourceFile) -> Self {
        let ends = file.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Self {
            name: file.name.as_str().into(),
            text: &file.text,
            lines: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }
}

/// Clips a spot to whole characters of one line and finds its line and column.
pub(super) fn place(pages: &[Page<'_>], at: Spot) -> Place {
    let Some(page) = pages.get(at.file) else {
        let file = "".into();
        let (line, column, start, end) = (1, 1, 0, 0);
        return Place {
            file,
            line,
            column,
            start,
            end,
        };
    };
    let start = boundary(page.text, at.start);
    let line = page.lines.partition_point(|begin| *begin <= start);
    let rest = &page.text[start..];
    let line_end = start + rest.find(['\r', '\n']).unwrap_or(rest.len());
    let end = boundary(page.text, at.end).clamp(start, line_end);
    let column = page.text[page.lines[line - 1]..start].chars().count() + 1;
    let file = page.name.clone();
    Place {
        file,
        line,
        column,
        start,
        end,
    }
}

/// The last character boundary up to `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The way to the smallest key, value or table that holds the spot; empty when none does.
pub(super) fn path(root: &Table, at: Spot) -> Vec<Step> {
    if at.start == at.end {
        return Vec::new();
    }
    let mut search = Search {
        at,
        path: Vec::new(),
        best: None,
    };
    search.table(root);
    search.best.map_or_else(Vec::new, |(_, found)| found)
}

/// The same as a JSON pointer.
pub(super) fn pointer(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Key(key) => write!(out, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(at) => write!(out, "/{at}"),
        };
    }
    out
}

struct Search {
    at: Spot,
    path: Vec<Step>,
    best: Option<(usize, Vec<Step>)>,
}

impl Search {
    fn table(&mut self, table: &Table) {
        for Entry { key, key_at, value } in &table.entries {
            self.path.push(Step::Key(key.clone()));
            self.consider(*key_at);
            self.node(value);
            self.path.pop();
        }
    }

    fn node(&mut self, node: &Node) {
        self.consider(node.at);
        if let Kind::Table(table) = &node.kind {
            self.table(table);
        } else if let Kind::List(nodes) = &node.kind {
            // Whatever an entry holds, under its header too, stands before the next entry begins.
            let next = nodes.partition_point(|node| node.at.start <= self.at.start);
            if let Some((at, node)) = next
                .checked_sub(1)
                .and_then(|at| Some((at, nodes.get(at)?)))
            {
                self.path.push(Step::Index(at));
                self.node(node);
                self.path.pop();
            }
        }
    }

    /// Takes the path if `holder` holds the spot more tightly than what was found so far.
    fn consider(&mut self, holder: Spot) {
        let holds = holder.file == self.at.file
            && holder.start <= self.at.start
            && self.at.end <= holder.end
            && holder.start < holder.end;
        let size = holder.end.saturating_sub(holder.start);
        if holds && self.best.as_ref().is_none_or(|(best, _)| size < *best) {
            self.best = Some((size, self.path.clone()));
        }
    }
}

/// Turns spots into places while a rule set is compiled, for what keeps its place.
pub(super) struct Places<'s> {
    pages: Vec<Page<'s>>,
}

impl<'s> Places<'s> {
    /// For spots in these files.
    pub(super) fn new(files: &'s [SourceFile]) -> Self {
        let pages = files.iter().map(Page::of).collect();
        Self { pages }
    }

    /// Where a spot is.
    pub(super) fn of(&self, at: Spot) -> Place {
        place(&self.pages, at)
    }

    /// What is written there, as far as its line goes.
    pub(super) fn text(&self, at: Spot) -> &'s str {
        let place = self.of(at);
        let text = self.pages.get(at.file).map_or("", |page| page.text);
        text.get(place.start..place.end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn a_pointer_names_the_smallest_thing_at_a_place() {
        let text = "[[score_rule]]\nid = \"a\"\n\n[[score_rule]]\nid = \"b\"\nall = [ { field = \"x\", at_least = 5 } ]\n\"a/b~\" = 1\n";
        let root = tree::parse(0, text).expect("it is TOML");
        for (what, wanted) in [
            ("at_least", "/score_rule/1/all/0/at_least"),
            ("5", "/score_rule/1/all/0/at_least"),
            ("{ field", "/score_rule/1/all/0"),
            ("\"b\"", "/score_rule/1/id"),
            ("\"a\"", "/score_rule/0/id"),
            ("a/b~", "/score_rule/1/a~1b~0"),
        ] {
            let start = text.find(what).expect("it is there");
            let end = start + what.len();
            let spot = Spot {
                file: 0,
                start,
                end,
            };
            assert_eq!(pointer(&path(&root, spot)), wanted, "{what}");
        }
        let second = text.rfind("[[score_rule]]").expect("it is there");
        let header = Spot {
            file: 0,
            start: second,
            end: second + 14,
        };
        assert_eq!(pointer(&path(&root, header)), "/score_rule/1");
        assert_eq!(path(&root, Spot::default()), []);
    }
}
