//! Each limit: the last that fits is accepted, the first that does not is refused.

use super::super::compile;
use super::{beside_base, one, said};
use crate::rules::SourceFile;
use crate::rules::limits::*;

const SCORE: &str = "[[score]]\nname = \"buy\"\n";

/// Whether the source earns this code.
fn earns(text: &str, code: &str) -> bool {
    said(one(text)).iter().any(|d| d.code.as_str() == code)
}

/// That `most` of something fit and one more does not.
fn bounds(most: usize, code: &str, source: impl Fn(usize) -> String) {
    assert!(!earns(&source(most), code), "{most} fit");
    assert!(
        earns(&source(most + 1), code),
        "one more than {most} is {code}"
    );
}

fn repeat(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

#[test]
fn tables_are_bounded() {
    bounds(MAX_PAGE_TYPES, "too-many", |n| {
        repeat(n, |i| {
            format!("[[page_type]]\nname = \"p{i}\"\nmatch = \"/{i}\"\n")
        })
    });
    bounds(MAX_SCORES, "too-many", |n| {
        repeat(n, |i| format!("[[score]]\nname = \"s{i}\"\n"))
    });
    bounds(MAX_SCORE_RULES, "too-many", |n| {
        let rule = |i| {
            format!(
                "[[score_rule]]\nid = \"r{i}\"\nscore = \"buy\"\non = \"identify\"\npoints = 1\n"
            )
        };
        format!("{SCORE}{}", repeat(n, rule))
    });
    bounds(MAX_TRIGGERS, "too-many", |n| {
        repeat(n, |i| {
            format!("[[trigger]]\nid = \"t{i}\"\ninvitation.message.en = \"Hello\"\n")
        })
    });
}

#[test]
fn lists_are_bounded() {
    bounds(MAX_PATTERNS, "too-many", |n| {
        format!(
            "[[page_type]]\nname = \"p\"\nmatch = [{}]",
            repeat(n, |i| format!("\"/{i}\", "))
        )
    });
    bounds(MAX_STAGES, "too-many", |n| {
        format!(
            "{SCORE}stages = {{ {} z = 99 }}",
            repeat(n - 1, |i| format!("s{i} = {}, ", i + 1))
        )
    });
    bounds(MAX_LIST, "too-many", |n| {
        let list = repeat(n, |i| format!("\"{i}\", "));
        format!(
            "{SCORE}[[score_rule]]\nid = \"r\"\nscore = \"buy\"\non = \"identify\"\npoints = 1\nnot = {{ field = \"page.title\", one_of = [{list}] }}"
        )
    });
}

#[test]
fn texts_are_bounded_in_characters() {
    bounds(MAX_ID_CHARS, "bad-id", |n| {
        format!("[[score]]\nname = \"{}\"", "a".repeat(n))
    });
    bounds(MAX_PATTERN_CHARS, "bad-text", |n| {
        format!(
            "[[page_type]]\nname = \"p\"\nmatch = \"/{}\"",
            "ص".repeat(n - 1)
        )
    });
    bounds(MAX_MESSAGE_CHARS, "bad-text", |n| {
        format!(
            "[[trigger]]\nid = \"t\"\ninvitation.message.ar = \"{}\"",
            "أ".repeat(n)
        )
    });
    bounds(MAX_NAME_CHARS, "bad-text", |n| {
        format!(
            "[[trigger]]\nid = \"t\"\nname = \"{}\"\ninvitation.message.en = \"x\"",
            "n".repeat(n)
        )
    });
    bounds(MAX_TEXT_CHARS, "bad-text", |n| {
        format!(
            "[[trigger]]\nid = \"t\"\nnot = {{ field = \"page.title\", equals = \"{}\" }}\ninvitation.message.en = \"x\"",
            "n".repeat(n)
        )
    });
}

#[test]
fn numbers_are_bounded() {
    let most = usize::try_from(MAX_POINTS).expect("it is positive");
    bounds(most, "out-of-range", |n| {
        format!("[[score]]\nname = \"s\"\nmax = {n}")
    });
    let rule = |points| {
        format!(
            "{SCORE}[[score_rule]]\nid = \"r\"\nscore = \"buy\"\non = \"identify\"\npoints = {points}"
        )
    };
    bounds(most, "out-of-range", |n| rule(format!("-{n}")));
    assert!(earns(&rule("0".into()), "out-of-range"));
    bounds(usize::from(u16::MAX), "out-of-range", |n| {
        format!("[policy]\nmax_per_day = {n}")
    });
    bounds(3_650, "out-of-range", |n| {
        format!("[policy]\nafter_goal = \"{n}d\"")
    });
    bounds(24, "out-of-range", |n| {
        format!(
            "{SCORE}[[score_rule]]\nid = \"r\"\nscore = \"buy\"\non = \"dwell\"\nafter = \"{n}h\"\npoints = 1"
        )
    });
}

#[test]
fn conditions_nest_only_so_deep() {
    let leaf = "{ field = \"page.scroll\", at_least = 1 }";
    bounds(MAX_DEPTH, "too-deep", |n| {
        let (open, close) = ("{ not = ".repeat(n - 1), " }".repeat(n - 1));
        format!("[[trigger]]\nid = \"t\"\nnot = {open}{leaf}{close}\ninvitation.message.en = \"x\"")
    });
    // TOML itself refuses what nests much deeper, so the compiler's own stack is safe.
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(earns(&deep, "syntax"));
}

#[test]
fn files_are_bounded_in_number_and_size() {
    let files = |n: usize| {
        (0..n)
            .map(|i| SourceFile::new(format!("{i:03}.toml"), ""))
            .collect::<Vec<_>>()
    };
    assert!(compile(&files(MAX_FILES)).is_ok());
    let refused = compile(&files(MAX_FILES + 3)).unwrap_err();
    assert_eq!(refused.len(), 1, "said once");
    assert_eq!(refused[0].code.as_str(), "too-many");
    let comment = |n: usize| format!("#{}", " ".repeat(n - 1));
    bounds(MAX_FILE_BYTES, "too-large", comment);
}

#[test]
fn more_mistakes_than_anybody_reads_are_counted() {
    let text = repeat(5_000, |i| format!("k{i} = 1\n"));
    let said = beside_base(&text).unwrap_err();
    assert_eq!(said.len(), MAX_DIAGNOSTICS + 1);
    let help: Vec<_> = said.iter().filter_map(|d| d.help.as_deref()).collect();
    assert!(
        help.iter()
            .any(|help| help.ends_with("more mistakes are not shown")),
        "{help:?}"
    );
}

#[test]
fn two_files_of_one_name_are_refused() {
    let files = [SourceFile::new("a.toml", ""), SourceFile::new("a.toml", "")];
    assert_eq!(
        compile(&files).unwrap_err()[0].code.as_str(),
        "duplicate-id"
    );
}
