//! How long files and functions are.

use std::io::Write as _;

use crate::{FIXTURES, report, rust, sources};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 70;
/// What well-kept houses have; printed beside what this one has.
const MEDIAN_FILE_LINES: usize = 120;
const MEDIAN_FUNCTION_LINES: usize = 10;

fn summary(what: &str, mut lengths: Vec<usize>, aim: usize, limit: usize) {
    lengths.sort_unstable();
    let (median, longest) = (lengths[lengths.len() / 2], lengths[lengths.len() - 1]);
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = writeln!(
        std::io::stderr(),
        "{} {what}: median {median} lines (aim {aim}), longest {longest} (limit {limit})",
        lengths.len()
    );
}

#[test]
fn files_fit_the_head() {
    let (mut lengths, mut findings) = (Vec::new(), Vec::new());
    for file in sources()
        .into_iter()
        .filter(|file| file.is_code() && !file.path.starts_with(FIXTURES))
    {
        let lines = file.text.lines().count();
        lengths.push(lines);
        if lines > MAX_FILE_LINES {
            findings.push(format!("{}: {lines} lines", file.path));
        }
    }
    summary("files", lengths, MEDIAN_FILE_LINES, MAX_FILE_LINES);
    report(
        &format!(
            "A file has at most {MAX_FILE_LINES} lines. Look for the second subject in it and give that a room of its own."
        ),
        &findings,
    );
}

#[test]
fn functions_fit_the_screen() {
    let (mut lengths, mut findings) = (Vec::new(), Vec::new());
    for file in rust() {
        for function in functions(&file.text) {
            lengths.push(function.lines);
            if function.lines > MAX_FUNCTION_LINES {
                let Function { name, at, lines } = function;
                findings.push(format!("{}:{at}: `{name}` has {lines} lines", file.path));
            }
        }
    }
    summary(
        "functions",
        lengths,
        MEDIAN_FUNCTION_LINES,
        MAX_FUNCTION_LINES,
    );
    report(
        &format!(
            "A function has at most {MAX_FUNCTION_LINES} lines, so that its whole is seen at once. Give its steps names."
        ),
        &findings,
    );
}

#[derive(Debug, PartialEq)]
struct Function<'a> {
    name: &'a str,
    at: usize,
    lines: usize,
}

/// Every function with a body. Rests on rustfmt: a body ends at the first line that is its closing brace at the
/// function's own indentation.
fn functions(text: &str) -> Vec<Function<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let measured = lines.iter().zip(1..).filter_map(|(line, at)| {
        Some(Function {
            name: name(line)?,
            at,
            lines: length(&lines[at - 1..])?,
        })
    });
    measured.collect()
}

/// The lines of the function that begins here; `None` when it has no body.
fn length(lines: &[&str]) -> Option<usize> {
    let (head, rest) = lines.split_first()?;
    if head.ends_with('}') {
        return Some(1);
    }
    let indent = &head[..head.len() - head.trim_start().len()];
    let ends = |line: &&str| {
        let own = line.strip_prefix(indent);
        own.is_some_and(|own| own == "}" || (own.ends_with(';') && !own.starts_with(' ')))
    };
    let last = if head.ends_with(';') {
        None
    } else {
        rest.iter().position(ends)
    };
    last.filter(|last| rest[*last].ends_with('}'))
        .map(|last| last + 2)
}

fn name(line: &str) -> Option<&str> {
    let is_qualifier =
        |word: &&str| matches!(*word, "const" | "async" | "unsafe") || word.starts_with("pub");
    let mut words = line.split_whitespace().skip_while(is_qualifier);
    let name = (words.next() == Some("fn")).then(|| words.next())??;
    name.split(['(', '<']).next()
}

#[test]
fn functions_are_found_and_measured() {
    let text = "\
fn one() {}
pub(crate) const fn two(
    a: u8,
) -> u8 {
    a
}
trait T {
    fn none();
    fn long(
        a: u8,
    ) -> u8;
    async fn three() {
    }
}
// fn four() {}
";
    let found = functions(text)
        .into_iter()
        .map(|found| (found.name, found.at, found.lines));
    assert_eq!(
        found.collect::<Vec<_>>(),
        [("one", 1, 1), ("two", 2, 5), ("three", 12, 2)]
    );
}
