//! The style by example, and its laws: meaning and comments stay, and once is enough.

use proptest::prelude::*;

use super::*;
use crate::rules::{SourceFile, compile};

const SHOP: [&str; 7] = [
    include_str!("../../../rules/shop/hours.toml"),
    include_str!("../../../rules/shop/pages.toml"),
    include_str!("../../../rules/shop/policy.toml"),
    include_str!("../../../rules/shop/scores.toml"),
    include_str!("../../../rules/shop/segments.toml"),
    include_str!("../../../rules/shop/tests.toml"),
    include_str!("../../../rules/shop/triggers.toml"),
];

#[test]
fn the_shop_is_written_in_the_style() {
    for text in SHOP {
        assert_eq!(format(text).expect("it is TOML"), text);
    }
}

#[test]
fn space_is_put_in_order_and_nothing_else_changes() {
    let untidy = "\u{feff}\n\n  # Prices\n[[ score_rule ]]   # the first\n\n\nid=\"a\"\r\n  points  =  5   # five\n\n\nall=[{field=\"page.scroll\",at_least=5},{any=[{field=\"page.title\",contains=\"#\"},\n{ field=\"page.lang\" , equals='ar' }]}]\n# next\n[[score_rule]]\nid='b'\n[ trigger . invitation ]\nmessage.en=\"Hello\"\nmatch=[\n\"a\",\n\"b\",\n]\nkept = [ 1, # one\n   2 ]\n\n\n";
    let tidy = r##"# Prices
[[score_rule]]   # the first
id = "a"
points = 5   # five

all = [ { field = "page.scroll", at_least = 5 },
        { any = [ { field = "page.title", contains = "#" },
                  { field = "page.lang", equals = 'ar' } ] } ]

# next
[[score_rule]]
id = 'b'

[trigger.invitation]
message.en = "Hello"
match = ["a", "b"]
kept = [ 1, # one
   2 ]
"##;
    assert_eq!(format(untidy).expect("it is TOML"), tidy);
    assert_eq!(format(tidy).expect("it is TOML"), tidy);
}

#[test]
fn moments_keep_a_line_each_below_their_bracket() {
    let untidy = "visit=[\n{at=\"0s\",url=\"/\"},   { at = \"5s\", scroll = 9 } ]\nall = [{field=\"page.scroll\",at_least=5}]\n";
    let tidy = r#"visit = [
  { at = "0s", url = "/" },
  { at = "5s", scroll = 9 },
]
all = [ { field = "page.scroll", at_least = 5 } ]
"#;
    assert_eq!(format(untidy).expect("it is TOML"), tidy);
    assert_eq!(format(tidy).expect("it is TOML"), tidy);
}

#[test]
fn what_is_not_toml_is_left_alone() {
    assert!(matches!(format("id = "), Err(FormatError::Syntax(_))));
    assert_eq!(format("").expect("it is TOML"), "");
}

/// Space where TOML allows any, and comments where it allows them.
fn space(lines: bool) -> impl Strategy<Value = String> {
    let few = prop::sample::select(vec!["", " ", "  ", "\t"]).prop_map(str::to_owned);
    let many = prop::sample::select(vec!["", " ", "\n", "\n\n\n", " # why\n", "\r\n  "]);
    (few, many).prop_map(move |(few, many)| if lines { few + many } else { few })
}

/// A value of any kind, to a depth.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z#= ]{0,12}".prop_map(|text| format!("\"{text}\"")),
        "[a-z\"\\[{]{0,8}".prop_map(|text| format!("'{text}'")),
        Just("\"\"\"\nlong # text\n\"\"\"".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        Just("1.50".to_owned()),
        Just("true".to_owned()),
        Just("2026-09-23".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec((space(true), inner.clone(), space(true)), 0..5).prop_map(
                |items| {
                    let items: Vec<_> = items.into_iter().map(|(a, v, b)| a + &v + &b).collect();
                    format!("[{}]", items.join(","))
                }
            ),
            prop::collection::vec((space(false), inner, space(false)), 0..4).prop_map(|items| {
                let items = items.into_iter().enumerate();
                let items: Vec<_> = items
                    .map(|(at, (a, v, b))| format!("{a}k{at}{b}={a}{v}{b}"))
                    .collect();
                format!("{{{}}}", items.join(","))
            }),
        ]
    })
}

#[expect(clippy::format_push_string, reason = "it reads as it is written")]
fn document() -> impl Strategy<Value = String> {
    let line = (space(true), value(), space(false), any::<bool>());
    let table = (
        space(true),
        space(false),
        prop::collection::vec(line, 0..5),
        any::<bool>(),
    );
    prop::collection::vec(table, 0..5).prop_map(|tables| {
        let mut text = String::new();
        for (before, inside, lines, array) in tables {
            let name = if array {
                format!("[[{inside}rule{inside}]]")
            } else {
                format!("[[x{inside}.{inside}\"y z\"]]")
            };
            text += &format!("{before}\n{name}{inside}\n");
            for (at, (before, value, after, comment)) in lines.into_iter().enumerate() {
                let comment = if comment { "# note" } else { "" };
                text += &format!("{before}\n{inside}k{at}{after}={after}{value}{after}{comment}\n");
            }
        }
        text
    })
}

proptest! {
    #[test]
    fn formatting_keeps_meaning_and_comments_and_is_done_at_once(text in document()) {
        if Document::parse(text.as_str()).is_ok() {
            let once = format(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
            prop_assert_eq!(&format(&once).expect("it is TOML"), &once);
            prop_assert_eq!(once.matches('#').count(), text.matches('#').count());
        }
    }

    #[test]
    fn a_rule_set_compiles_to_the_same_however_it_is_spaced(file in 0..4usize, blanks in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let mut lines: Vec<_> = SHOP[file].lines().map(str::to_owned).collect();
        for at in blanks {
            let at = at.index(lines.len());
            lines[at] = format!("\n  {}", lines[at].replace(" = ", "=").replace(", ", " ,  "));
        }
        let spaced = lines.join("\n");
        let Ok(formatted) = format(&spaced) else {
            return Ok(());
        };
        let with = |text: &str| {
            let mut files = SHOP.map(|text| SourceFile::new("", text));
            for (at, file) in files.iter_mut().enumerate() {
                file.name = format!("{at}.toml");
            }
            files[file].text = text.to_owned();
            let mut rules = compile(&files).map_err(|said| said.len())?.rule_set;
            rules.hash = crate::domain::RuleSetHash(0);
            Ok::<_, usize>(rules)
        };
        prop_assert_eq!(with(&spaced), with(&formatted));
    }
}
