//! What stands between brackets or braces with commas between: put in, taken out and moved, with the comments beside it.

use std::ops::Range;

use super::super::tree::Node;
use super::super::tree::{Form, Kind, Table};
use super::sheet::{Sheet, Splice, instead, put};

/// The inside of a list or of an inline table.
pub(super) struct Cells<'t> {
    sheet: &'t Sheet<'t>,
    /// Between the brackets.
    inside: Range<usize>,
    /// What is between the commas, without space and comments.
    spans: Vec<Range<usize>>,
    braces: bool,
}

impl<'t> Cells<'t> {
    /// The items of a list in brackets.
    pub(super) fn of_list(sheet: &'t Sheet<'t>, node: &Node) -> Option<Self> {
        let spans = node.list()?.iter();
        let spans = spans.map(|item| item.at.start..item.at.end).collect();
        Self::new(sheet, node.at.start..node.at.end, spans, false)
    }

    /// The keys and values of a table in braces.
    pub(super) fn of_table(sheet: &'t Sheet<'t>, table: &Table) -> Option<Self> {
        let mut leaves = Vec::new();
        collect(table, &mut leaves);
        leaves.sort_unstable_by_key(|leaf| leaf.start);
        let mut from = table.at.start + 1;
        for leaf in &mut leaves {
            leaf.start = key_start(sheet.text, from, leaf.start);
            from = leaf.end;
        }
        Self::new(sheet, table.at.start..table.at.end, leaves, true)
    }

    fn new(
        sheet: &'t Sheet<'t>,
        whole: Range<usize>,
        spans: Vec<Range<usize>>,
        braces: bool,
    ) -> Option<Self> {
        let text = sheet.text.get(whole.clone())?;
        let bracketed = text.starts_with(['[', '{']) && text.ends_with([']', '}']);
        bracketed.then(|| Self {
            sheet,
            inside: whole.start + 1..whole.end - 1,
            spans,
            braces,
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Where the cell begins that holds a byte.
    pub(super) fn holding(&self, at: usize) -> Option<usize> {
        self.spans
            .iter()
            .position(|span| span.start <= at && at < span.end)
    }

    /// Where one stands.
    pub(super) fn span(&self, at: usize) -> Range<usize> {
        self.spans.get(at).cloned().unwrap_or_default()
    }

    /// One as it is written.
    pub(super) fn raw(&self, at: usize) -> &'t str {
        self.sheet.text.get(self.span(at)).unwrap_or_default()
    }

    /// The column at which one that is put in there will stand.
    pub(super) fn column(&self, at: usize) -> usize {
        let like = self.spans.get(at).or(self.spans.last());
        let start = like.map_or(self.inside.start, |like| like.start);
        let after = at >= self.len() && !self.is_broken();
        match (like, after) {
            (Some(like), true) => self.sheet.column(like.end) + 2,
            (Some(_), false) => self.sheet.column(start),
            (None, _) => self.sheet.column(start) + 1,
        }
    }

    /// Whether some of them stands on another line than the one before it.
    fn is_broken(&self) -> bool {
        let first = self.spans.first();
        let below = first.is_some_and(|first| self.has_break(self.inside.start..first.start));
        below
            || self
                .spans
                .windows(2)
                .any(|two| self.has_break(two[0].end..two[1].start))
    }

    fn has_break(&self, gap: Range<usize>) -> bool {
        self.gap(gap).contains('\n')
    }

    fn gap(&self, gap: Range<usize>) -> &'t str {
        self.sheet.text.get(gap).unwrap_or_default()
    }

    /// The comma after one, if there is one.
    fn comma(&self, at: usize) -> Option<usize> {
        let from = self.spans.get(at)?.end;
        let mut in_comment = false;
        for (offset, c) in self.gap(from..self.inside.end).char_indices() {
            match c {
                '\n' => in_comment = false,
                '#' => in_comment = true,
                ',' if !in_comment => return Some(from + offset),
                _ => {}
            }
        }
        None
    }

    /// Puts one in before the one with this number, or at the end.
    pub(super) fn insert(&self, at: usize, new: &str) -> Vec<Splice> {
        if self.spans.is_empty() {
            return self.only(new);
        }
        let line_break = self.sheet.line_break();
        let Some(span) = self.spans.get(at) else {
            return self.append(new);
        };
        let space = if self.is_broken() {
            format!("{line_break}{}", " ".repeat(self.sheet.column(span.start)))
        } else {
            " ".to_owned()
        };
        vec![put(span.start, format!("{new},{space}"))]
    }

    fn only(&self, new: &str) -> Vec<Splice> {
        let inside = self.gap(self.inside.clone());
        if inside.contains('#') {
            let indent = self.sheet.indent(self.inside.end);
            let close = self.sheet.line_start(self.inside.end);
            let line_break = self.sheet.line_break();
            return vec![put(close, format!("{indent}  {new},{line_break}"))];
        }
        let airy = self.braces || new.starts_with('{');
        let new = if airy {
            format!(" {new} ")
        } else {
            new.to_owned()
        };
        vec![instead(self.inside.clone(), new)]
    }

    fn append(&self, new: &str) -> Vec<Splice> {
        let last = self.spans.len() - 1;
        let end = self.spans[last].end;
        if !self.is_broken() {
            let begin = self.comma(last).map_or(end, |comma| comma + 1);
            let comma = if begin == end { ", " } else { " " };
            return vec![put(begin, format!("{comma}{new}"))];
        }
        let indent = " ".repeat(self.sheet.column(self.spans[last].start));
        let line_break = self.sheet.line_break();
        let comma = self.comma(last);
        let from = comma.map_or(end, |comma| comma + 1);
        // A comment beside the last one stays beside it.
        let line_end = self.sheet.line_end(from).min(self.inside.end);
        let beside = self.gap(from..line_end);
        let begin = if beside.trim_start().starts_with('#') {
            line_end
        } else {
            from
        };
        let trailing = if comma.is_some() { "," } else { "" };
        let mut splices = vec![put(begin, format!("{line_break}{indent}{new}{trailing}"))];
        match (comma, begin == end) {
            (Some(_), _) => {}
            (None, true) => splices[0].text.insert(0, ','),
            (None, false) => splices.push(put(end, ",")),
        }
        splices
    }

    /// Takes one out.
    pub(super) fn remove(&self, at: usize) -> Vec<Splice> {
        let Some(span) = self.spans.get(at).cloned() else {
            return Vec::new();
        };
        let comma = self.comma(at);
        let end = comma.map_or(span.end, |comma| comma + 1);
        if let Some(lines) = self.own_lines(&span, end) {
            return vec![instead(lines, "")];
        }
        if self.spans.len() == 1 {
            let inside = self.gap(self.inside.clone());
            let whole = if inside.contains('#') {
                span.start..end
            } else {
                self.inside.clone()
            };
            return vec![instead(whole, "")];
        }
        if let Some(next) = self.spans.get(at + 1) {
            let clear = !self.gap(span.end..next.start).contains('#');
            let until = if clear { next.start } else { end };
            return vec![instead(span.start..until, "")];
        }
        let before = at
            .checked_sub(1)
            .map_or(self.inside.start, |at| self.spans[at].end);
        let clear = !self.gap(before..span.start).contains('#');
        vec![instead(
            if clear { before..end } else { span.start..end },
            "",
        )]
    }

    /// The whole lines that one stands on, with the comment beside it, when nothing else does.
    fn own_lines(&self, span: &Range<usize>, end: usize) -> Option<Range<usize>> {
        let start = self.sheet.line_start(span.start);
        let line_end = self.sheet.line_end(end);
        let before = self.sheet.text.get(start..span.start)?;
        let after = self.sheet.text.get(end..line_end)?.trim_start();
        let alone = before.trim().is_empty() && (after.is_empty() || after.starts_with('#'));
        let within = self.inside.start < start && line_end < self.inside.end;
        (alone && within).then(|| start..self.sheet.after_line(end))
    }
}

/// The places of all `key = value` of a table in braces; those of dotted keys begin with their last part.
fn collect(table: &Table, leaves: &mut Vec<Range<usize>>) {
    for entry in &table.entries {
        match &entry.value.kind {
            Kind::Table(below) if below.form == Form::Keys => collect(below, leaves),
            Kind::Table(_)
            | Kind::List(_)
            | Kind::Text(_)
            | Kind::Whole(_)
            | Kind::Fraction(_)
            | Kind::Flag(_)
            | Kind::Date(_) => leaves.push(entry.key_at.start..entry.value.at.end),
        }
    }
}

/// Where a dotted key begins whose last part begins at `last`: after the comma, the comments and the space since `from`.
fn key_start(text: &str, from: usize, last: usize) -> usize {
    let (mut start, mut in_comment, mut in_key) = (last, false, false);
    for (offset, c) in text.get(from..last).unwrap_or_default().char_indices() {
        match c {
            '\n' => (in_comment, in_key) = (false, false),
            '#' if !in_key => in_comment = true,
            ',' if !in_comment && !in_key => {}
            c if in_comment || c.is_whitespace() => {}
            _ if !in_key => (start, in_key) = (from + offset, true),
            _ => {}
        }
    }
    start
}
