//! Laws: no text makes the compiler panic, and the same text always compiles to the same.

use proptest::prelude::*;

use super::super::compile;
use super::said;
use super::shop::shop;
use crate::rules::{Condition, Look, SourceFile, hash, render};

/// What any outcome promises, whatever the source.
fn check(files: &[SourceFile]) -> Result<(), TestCaseError> {
    let outcome = compile(files);
    prop_assert_eq!(&outcome, &compile(files), "compiling is deterministic");
    if let Ok(compiled) = &outcome {
        prop_assert_eq!(compiled.rule_set.hash, hash(files));
        for trigger in &compiled.rule_set.triggers {
            prop_assert!(!trigger.invitation.messages.is_empty());
            prop_assert!(depth(&trigger.condition) <= crate::rules::limits::MAX_WHOLE_DEPTH);
        }
    }
    let said = said(outcome);
    for diagnostic in &said {
        let place = &diagnostic.place;
        let file = files.iter().find(|file| *file.name == *place.file);
        let text = file.and_then(|file| file.text.get(place.start..place.end));
        prop_assert!(
            text.is_some_and(|text| !text.contains('\n')),
            "{:?}",
            diagnostic
        );
    }
    let places: Vec<_> = said
        .iter()
        .map(|d| (d.place.file.clone(), d.place.start))
        .collect();
    prop_assert!(places.is_sorted(), "diagnostics are in order: {:?}", places);
    render(&said, files, "", Look::Plain);
    Ok(())
}

fn depth(condition: &Condition) -> usize {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            1 + parts.iter().map(depth).max().unwrap_or(0)
        }
        Condition::Not(part) => 1 + depth(part),
        Condition::Leaf(_) => 1,
        Condition::Segment { condition, .. } => 1 + depth(condition),
    }
}

/// One change to a text: cut something out, put something in, or double something.
#[derive(Clone, Debug)]
enum Change {
    Cut(prop::sample::Index, usize),
    Put(prop::sample::Index, String),
    Double(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop::sample::select(vec![
        "\"",
        "[",
        "]",
        "{",
        "}",
        "=",
        ",",
        "\n",
        "#",
        ".",
        "[[trigger]]\n",
        "[policy]\n",
        "field",
        "points",
        "-1",
        "1e400",
        "nan",
        "true",
        "\"\"",
        "\"30s\"",
        "\"10%\"",
        "1979-05-27",
        "segment",
        "matches_regex = '(a*)*'",
        "[hours]\n",
        "[[segment]]\n",
        "[[matrix]]\n",
        "all = []\n",
        "é",
        "\u{feff}",
        "\0",
        "\r\n",
    ]);
    prop_oneof![
        (any::<prop::sample::Index>(), 0..40usize).prop_map(|(at, n)| Change::Cut(at, n)),
        (any::<prop::sample::Index>(), token).prop_map(|(at, t)| Change::Put(at, t.to_owned())),
        (any::<prop::sample::Index>(), 0..200usize).prop_map(|(at, n)| Change::Double(at, n)),
    ]
}

fn apply(text: &mut String, change: Change) {
    let mut chars: Vec<char> = text.chars().collect();
    let range = |at: prop::sample::Index, n: usize| {
        let at = at.index(chars.len() + 1);
        at..(at + n).min(chars.len())
    };
    match change {
        Change::Cut(at, n) => drop(chars.drain(range(at, n))),
        Change::Put(at, token) => {
            let at = range(at, 0);
            chars.splice(at, token.chars());
        }
        Change::Double(at, n) => {
            let range = range(at, n);
            chars.extend_from_within(range);
        }
    }
    *text = chars.into_iter().collect();
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        check(&[SourceFile::new("a.toml", text), SourceFile::from_bytes("b.toml", bytes)])?;
    }

    #[test]
    fn no_toml_is_too_much(text in "(\\[\\[?(page_type|score|score_rule|trigger|policy|segment|matrix|hours|test)\\]?\\]\n|(id|name|match|on|all|any|not|points|stages|invitation|message|rows|columns|open|time_zone|holidays) ?= ?[\\[{\"'a-z0-9=., ]{0,20}[\\]}\"']?\n){0,12}") {
        check(&[SourceFile::new("a.toml", text)])?;
    }

    #[test]
    fn no_change_to_the_shop_is_too_much(
        file in 0..4usize,
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let mut files = shop();
        for change in changes {
            apply(&mut files[file].text, change);
        }
        check(&files)?;
    }

    #[test]
    fn the_hash_changes_with_the_text(file in 0..4usize, change in change()) {
        let (before, mut after) = (shop(), shop());
        apply(&mut after[file].text, change);
        prop_assert_eq!(before == after, hash(&before) == hash(&after));
    }
}
