//! Two changes of the same files put together, line by line; where both have changed the same, both are told.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use utoipa::ToSchema;

use crate::publishing::{Side, align};
use crate::rules::SourceFile;

/// Lines that both have changed, each in another way. The merged file has what one's own side says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergeConflict {
    /// The file's name.
    pub file: String,
    /// The first of these lines in the merged file, from 1.
    pub line: usize,
    /// How many lines they are there; none where one's own side has taken them out.
    pub lines: usize,
    /// What they were.
    pub base: String,
    /// What one's own side made of them.
    pub yours: String,
    /// What the other side made of them.
    pub theirs: String,
}

/// Both changes in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The files, by name.
    pub files: Vec<SourceFile>,
    /// Where somebody has to choose, by file and line.
    pub conflicts: Vec<MergeConflict>,
}

/// Puts together what `yours` and `theirs` have made of `base`.
pub fn merge(base: &[SourceFile], yours: &[SourceFile], theirs: &[SourceFile]) -> Merged {
    let names: BTreeSet<&str> = [base, yours, theirs]
        .into_iter()
        .flatten()
        .map(|file| &*file.name)
        .collect();
    let mut merged = Merged {
        files: Vec::new(),
        conflicts: Vec::new(),
    };
    for name in names {
        let text = |files: &[SourceFile]| {
            let found = files.iter().find(|file| file.name == name);
            found.map(|file| file.text.clone())
        };
        let (base, yours, theirs) = (text(base), text(yours), text(theirs));
        let text = if yours == base || yours == theirs {
            theirs
        } else if theirs == base {
            yours
        } else {
            let whole = |text: &Option<String>| text.clone().unwrap_or_default();
            let (base, yours, theirs) = (whole(&base), whole(&yours), whole(&theirs));
            Some(merge_texts(
                name,
                [&base, &yours, &theirs],
                &mut merged.conflicts,
            ))
        };
        let file = text.map(|text| SourceFile::new(name, text));
        merged.files.extend(file);
    }
    merged
}

/// The lines of a text, each with its line break.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// For each line of the old text the line of the new one that it is, and one more for the ends.
fn partners(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let (mut partners, mut at) = (Vec::with_capacity(old.len() + 1), 0);
    for (side, _) in align(old, new) {
        match side {
            Side::Both => {
                partners.push(Some(at));
                at += 1;
            }
            Side::Old => partners.push(None),
            Side::New => at += 1,
        }
    }
    partners.push(Some(new.len()));
    partners
}

/// Three-way merge after S. Khanna, K. Kunal and B. C. Pierce, "A Formal Investigation of Diff3" (2007): between lines
/// that all three have, the side that has changed something is taken.
fn merge_texts(name: &str, texts: [&str; 3], conflicts: &mut Vec<MergeConflict>) -> String {
    let [base, yours, theirs] = texts.map(lines);
    let (in_yours, in_theirs) = (partners(&base, &yours), partners(&base, &theirs));
    let mut merge = Merge {
        name,
        out: String::new(),
        line: 1,
        conflicts,
    };
    let mut from = [0; 3];
    for at in 0..=base.len() {
        let (Some(mine), Some(other)) = (in_yours[at], in_theirs[at]) else {
            continue;
        };
        let here = [at, mine, other];
        merge.piece(
            part(&base, from[0]..here[0]),
            part(&yours, from[1]..here[1]),
            part(&theirs, from[2]..here[2]),
        );
        if let Some(line) = base.get(at) {
            merge.push(line);
        }
        from = here.map(|at| at + 1);
    }
    merge.out
}

fn part<'l, 't>(lines: &'l [&'t str], range: Range<usize>) -> &'l [&'t str] {
    lines.get(range).unwrap_or_default()
}

struct Merge<'a> {
    name: &'a str,
    out: String,
    /// The line that comes next.
    line: usize,
    conflicts: &'a mut Vec<MergeConflict>,
}

impl Merge<'_> {
    fn push(&mut self, line: &str) {
        self.out.push_str(line);
        self.line += 1;
    }

    fn push_all(&mut self, lines: &[&str]) {
        for line in lines {
            self.push(line);
        }
    }

    /// What stands between two lines that all three have.
    fn piece(&mut self, base: &[&str], yours: &[&str], theirs: &[&str]) {
        if yours == theirs || theirs == base {
            self.push_all(yours);
        } else if yours == base {
            self.push_all(theirs);
        } else if base.len() == yours.len() && base.len() == theirs.len() && base.len() > 1 {
            // Neighbouring keys are changed without regard to each other.
            for at in 0..base.len() {
                let one = at..=at;
                self.piece(&base[one.clone()], &yours[one.clone()], &theirs[one]);
            }
        } else {
            self.conflicts.push(MergeConflict {
                file: self.name.to_owned(),
                line: self.line,
                lines: yours.len(),
                base: base.concat(),
                yours: yours.concat(),
                theirs: theirs.concat(),
            });
            self.push_all(yours);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(files: &[(&str, &str)]) -> Vec<SourceFile> {
        let file = |(name, text): &(&str, &str)| SourceFile::new(*name, *text);
        files.iter().map(file).collect()
    }

    fn merged(base: &str, yours: &str, theirs: &str) -> (String, Vec<MergeConflict>) {
        let one = |text| set(&[("a", text)]);
        let merged = merge(&one(base), &one(yours), &one(theirs));
        (merged.files[0].text.clone(), merged.conflicts)
    }

    #[test]
    fn changes_of_different_lines_come_together() {
        let base = "a = 1\n# it\nb = 2\nc = 3\n\n[x]\nd = 4\n";
        let (text, conflicts) = merged(
            base,
            "a = 10\n# it\nb = 2\nc = 3\n\n[x]\nd = 4\ne = 5\n",
            "a = 1\n# it\nb = 20\n\n[x]\nd = 4\n",
        );
        assert_eq!(text, "a = 10\n# it\nb = 20\n\n[x]\nd = 4\ne = 5\n");
        assert_eq!(conflicts, []);
    }

    #[test]
    fn a_line_that_both_have_changed_is_told_with_both_sides() {
        let (text, conflicts) = merged("a = 1\nb = 2\n", "a = 5\nb = 2\n", "a = 6\nb = 3\n");
        assert_eq!(
            text, "a = 5\nb = 3\n",
            "one's own side, and what only they have changed"
        );
        assert_eq!(conflicts.len(), 1);
        let conflict = &conflicts[0];
        assert_eq!((conflict.line, conflict.lines), (1, 1));
        assert_eq!(
            (&*conflict.base, &*conflict.yours, &*conflict.theirs),
            ("a = 1\n", "a = 5\n", "a = 6\n")
        );
    }

    #[test]
    fn files_come_and_go_with_the_side_that_touched_them() {
        let base = set(&[("a", "1\n"), ("b", "2\n"), ("c", "3\n")]);
        let yours = set(&[("a", "1\n"), ("c", "30\n"), ("d", "4\n")]);
        let theirs = set(&[("b", "2\n"), ("c", "3\n"), ("e", "5\n")]);
        let merged = merge(&base, &yours, &theirs);
        let names: Vec<_> = merged
            .files
            .iter()
            .map(|file| (&*file.name, &*file.text))
            .collect();
        assert_eq!(names, [("c", "30\n"), ("d", "4\n"), ("e", "5\n")]);
        assert_eq!(merged.conflicts, []);
    }

    proptest! {
        #[test]
        fn nobodys_change_is_lost(
            base in "([a-c]\n){0,8}",
            yours in "([a-d]\n){0,8}",
            theirs in "([a-c]\n|e\n){0,8}",
        ) {
            let (same, none) = merged(&base, &yours, &base);
            prop_assert_eq!((same, none.len()), (yours.clone(), 0));
            let (same, none) = merged(&base, &base, &theirs);
            prop_assert_eq!((same, none.len()), (theirs.clone(), 0));
            let (text, conflicts) = merged(&base, &yours, &theirs);
            // Only one side has each of these lines: they are in the merged text or told as a conflict.
            let told: String = conflicts.iter().map(|one| one.theirs.as_str()).collect();
            prop_assert_eq!(text.matches('d').count(), yours.matches('d').count());
            prop_assert_eq!(
                text.matches('e').count() + told.matches('e').count(),
                theirs.matches('e').count()
            );
            let lines: Vec<_> = text.lines().collect();
            for one in &conflicts {
                let at = one.line - 1;
                prop_assert_eq!(lines[at..at + one.lines].concat(), one.yours.replace('\n', ""));
            }
        }
    }
}
