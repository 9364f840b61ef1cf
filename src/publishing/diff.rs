//! What differs between two rule sets, file by file and line by line, as `diff -u` would tell it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::rules::SourceFile;

/// Lines around a change that are told with it.
const CONTEXT: usize = 3;
/// Between the first and the last line that differ, so many pairs of lines are compared at most; beyond that, all of
/// the old lines are told as gone and all of the new ones as come.
const MAX_PAIRS: usize = 4_000_000;

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileDiff {
    /// Its name.
    pub file: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// The lines that differ, with a few around them: each begins with a blank, `-` or `+`; `@@ -3,7 +3,8 @@` tells
    /// the first line and the number of lines before and after.
    pub diff: String,
}

/// Every file that differs, by name.
pub fn diff(old: &[SourceFile], new: &[SourceFile]) -> Vec<FileDiff> {
    let text = |files: &[SourceFile], name: &str| {
        let found = files.iter().find(|file| file.name == name);
        found.map(|file| file.text.clone())
    };
    let names: BTreeSet<&str> = old.iter().chain(new).map(|file| &*file.name).collect();
    let told = names.into_iter().filter_map(|name| {
        let (before, after) = (text(old, name), text(new, name));
        let change = match (&before, &after) {
            (Some(before), Some(after)) if before == after => return None,
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (_, None) => "removed",
        };
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let (file, diff) = (name.to_owned(), hunks(&lines(&before, &after)));
        Some(FileDiff { file, change, diff })
    });
    told.collect()
}

/// Which of two texts has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Both have it.
    Both,
    /// Only the old one.
    Old,
    /// Only the new one.
    New,
}

type Line<'a> = (Side, &'a str);

/// All lines of both texts in one order.
fn lines<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    align(&old, &new)
}

/// The lines of both sides in one order, with as many as possible in both.
pub fn align<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = tail.take_while(same).count();
    let (old_mid, old_tail) = old_rest.split_at(old_rest.len() - tail);
    let new_mid = &new_rest[..new_rest.len() - tail];
    let both = |line: &&'a str| (Side::Both, *line);
    let mut lines: Vec<Line<'a>> = old[..head].iter().map(both).collect();
    middle(old_mid, new_mid, &mut lines);
    lines.extend(old_tail.iter().map(both));
    lines
}

/// The longest common part by the textbook table, so that as few lines as possible are told as changed.
fn middle<'a>(old: &[&'a str], new: &[&'a str], lines: &mut Vec<Line<'a>>) {
    let width = new.len() + 1;
    // common[i * width + j]: the length of the longest common part of old[i..] and new[j..].
    let mut common = Vec::new();
    if old.len() * new.len() <= MAX_PAIRS {
        common = vec![0_u32; (old.len() + 1) * width];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i * width + j] = if old[i] == new[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let at = |i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] && !common.is_empty() {
            lines.push((Side::Both, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if at(i + 1, j) >= at(i, j + 1) {
            lines.push((Side::Old, old[i]));
            i += 1;
        } else {
            lines.push((Side::New, new[j]));
            j += 1;
        }
    }
    lines.extend(old[i..].iter().map(|line| (Side::Old, *line)));
    lines.extend(new[j..].iter().map(|line| (Side::New, *line)));
}

/// The lines that differ, with those around them.
fn hunks(lines: &[Line<'_>]) -> String {
    let differs = |at: &usize| lines[*at].0 != Side::Both;
    let mut out = String::new();
    let mut next = 0;
    while let Some(first) = (next..lines.len()).find(differs) {
        let start = first.saturating_sub(CONTEXT).max(next);
        let mut end = first + 1;
        while let Some(more) = (end..lines.len().min(end + 2 * CONTEXT + 1)).find(differs) {
            end = more + 1;
        }
        let end = (end + CONTEXT).min(lines.len());
        hunk(lines, start, end, &mut out);
        next = end;
    }
    out
}

fn hunk(lines: &[Line<'_>], start: usize, end: usize, out: &mut String) {
    let count = |range: &[Line<'_>], not: Side| range.iter().filter(|line| line.0 != not).count();
    let (before, inside) = (&lines[..start], &lines[start..end]);
    let span = |not: Side| {
        let many = count(inside, not);
        (count(before, not) + usize::from(many > 0), many)
    };
    let ((old_at, old_many), (new_at, new_many)) = (span(Side::New), span(Side::Old));
    let _ = writeln!(out, "@@ -{old_at},{old_many} +{new_at},{new_many} @@");
    for (side, line) in inside {
        let mark = match side {
            Side::Both => ' ',
            Side::Old => '-',
            Side::New => '+',
        };
        let _ = writeln!(out, "{mark}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(files: &[(&str, &str)]) -> Vec<SourceFile> {
        let file = |(name, text): &(&str, &str)| SourceFile::new(*name, *text);
        files.iter().map(file).collect()
    }

    #[test]
    fn files_come_go_and_change() {
        let old = set(&[("a.toml", "1\n"), ("b.toml", "2\n"), ("c.toml", "3\n")]);
        let new = set(&[("a.toml", "1\n"), ("c.toml", "4\n"), ("d.toml", "5\n")]);
        let told: Vec<_> = diff(&old, &new)
            .into_iter()
            .map(|one| (one.file, one.change, one.diff))
            .collect();
        let told: Vec<_> = told.iter().map(|(f, c, d)| (&**f, *c, &**d)).collect();
        assert_eq!(
            told,
            [
                ("b.toml", "removed", "@@ -1,1 +0,0 @@\n-2\n"),
                ("c.toml", "changed", "@@ -1,1 +1,1 @@\n-3\n+4\n"),
                ("d.toml", "added", "@@ -0,0 +1,1 @@\n+5\n"),
            ]
        );
        assert_eq!(diff(&old, &old), []);
    }

    #[test]
    fn a_change_is_told_with_the_lines_around_it() {
        let numbered: Vec<String> = (1..=30).map(|n| n.to_string()).collect();
        let old = numbered.join("\n");
        let new = old.replace("\n10\n", "\nten\n").replace("\n25\n", "\n");
        let told = diff(&set(&[("a", &old)]), &set(&[("a", &new)]));
        assert_eq!(
            told[0].diff,
            "@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n\
             @@ -22,7 +22,6 @@\n 22\n 23\n 24\n-25\n 26\n 27\n 28\n"
        );
    }

    #[test]
    fn applying_what_is_told_makes_the_new_text() {
        let texts = ["a b c d e", "b c x d", "", "x y", "e d c b a", "a b b a"];
        for (old, new) in texts.iter().flat_map(|o| texts.iter().map(move |n| (o, n))) {
            let (old, new) = (old.replace(' ', "\n"), new.replace(' ', "\n"));
            let lines = lines(&old, &new);
            let side = |not: Side| {
                let kept = lines.iter().filter(|line| line.0 != not);
                kept.map(|line| line.1).collect::<Vec<_>>().join("\n")
            };
            assert_eq!((side(Side::New), side(Side::Old)), (old, new));
        }
    }

    #[test]
    fn texts_too_large_to_compare_are_told_whole() {
        let old: String = (0..3_000)
            .flat_map(|n| [String::from("old "), n.to_string(), String::from("\n")])
            .collect();
        let new: String = (0..3_000)
            .flat_map(|n| [String::from("new "), n.to_string(), String::from("\n")])
            .collect();
        let told = diff(&set(&[("a", &old)]), &set(&[("a", &new)]));
        assert!(told[0].diff.starts_with("@@ -1,3000 +1,3000 @@\n-old 0\n"));
        assert_eq!(told[0].diff.lines().count(), 6_001);
    }
}
