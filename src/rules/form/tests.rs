//! The form through its front door: worked examples, and laws over real files.

mod laws;

use super::*;

/// One file with these edits made.
fn edited(text: &str, edits: &str) -> Result<String, String> {
    let edits: Vec<FormEdit> = serde_json::from_str(edits).expect("edits are JSON");
    let files = [SourceFile::new("a.toml", text)];
    let edited = edit(&files, &edits).map_err(|bad| bad.to_string())?;
    Ok(edited.files[0].text.clone())
}

const RULES: &str = r#"# The file.

[[score]]
name = "buy"
stages = { warm = 25, hot = 60 }   # two bands

# ---- Reading ----

# Who reads the prices.
[[score_rule]]
id = "pricing-read"
score = "buy"
on = "dwell"
page_type = "pricing"
after = "20s"                    # active time
points = 15   # was 10
all = [ { field = "page.active", at_least = "30s" },   # attended
        { field = "page.scroll", at_least = 60 } ]

[[score_rule]]
id = "other"
score = "buy"
on = "goal"
points = 5

[[trigger]]
id = "hello"
page_type = ["pricing", "sales"]

[trigger.invitation]
tone = "sales"
message = { en = "Hello?", ar = "مرحبا" }

[policy]
max_per_day = 2
"#;

/// What an edit makes of [`RULES`]: the lines that went and those that came.
fn difference(edits: &str) -> (Vec<String>, Vec<String>) {
    let new = edited(RULES, edits).unwrap_or_else(|why| panic!("{edits}: {why}"));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(RULES), lines(&new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    (
        old[..old.len() - tail].to_vec(),
        new[..new.len() - tail].to_vec(),
    )
}

#[test]
fn a_single_edit_changes_its_own_lines() {
    let rule = r#""file":"a.toml","part":"score_rule""#;
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            r#"{"op":"set",RULE,"path":["points"],"value":20}"#,
            &["points = 15   # was 10"],
            &["points = 20   # was 10"],
        ),
        (
            r#"{"op":"set",RULE,"path":["after"],"value":"1m"}"#,
            &[r#"after = "20s"                    # active time"#],
            &[r#"after = "1m"                     # active time"#],
        ),
        (
            r#"{"op":"set",RULE,"path":["name"],"value":"Reads the \"prices\""}"#,
            &[],
            &[r#"name = 'Reads the "prices"'"#],
        ),
        (
            r#"{"op":"set",RULE,"path":["all",1,"at_least"],"value":80}"#,
            &[r#"        { field = "page.scroll", at_least = 60 } ]"#],
            &[r#"        { field = "page.scroll", at_least = 80 } ]"#],
        ),
        (
            r#"{"op":"insert",RULE,"path":["all"],"at":2,"value":{"field":"visitor.returning","equals":true}}"#,
            &[r#"        { field = "page.scroll", at_least = 60 } ]"#],
            &[
                r#"        { field = "page.scroll", at_least = 60 },"#,
                r#"        { field = "visitor.returning", equals = true } ]"#,
            ],
        ),
        (
            r#"{"op":"remove_item",RULE,"path":["all"],"at":1}"#,
            &[r#"        { field = "page.scroll", at_least = 60 } ]"#],
            &["         ]"],
        ),
        (
            r#"{"op":"unset",RULE,"path":["points"]}"#,
            &["points = 15   # was 10"],
            &[],
        ),
        (
            r#"{"op":"insert",RULE,"path":["page_type"],"at":1,"value":"sales"}"#,
            &[r#"page_type = "pricing""#],
            &[r#"page_type = ["pricing", "sales"]"#],
        ),
    ];
    for (edit, gone, come) in cases {
        let edit = format!("[{}]", edit.replace("RULE", rule));
        let (old, new) = difference(&edit);
        assert_eq!((old, new), (own(gone), own(come)), "{edit}");
    }
}

fn own(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn tables_within_tables_are_edited_where_they_are_written() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            r#"{"op":"set","file":"a.toml","part":"score","path":["stages","hot"],"value":70}"#,
            &["stages = { warm = 25, hot = 60 }   # two bands"],
            &["stages = { warm = 25, hot = 70 }   # two bands"],
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"score","path":["stages","boiling"],"value":90}"#,
            &["stages = { warm = 25, hot = 60 }   # two bands"],
            &["stages = { warm = 25, hot = 60, boiling = 90 }   # two bands"],
        ),
        (
            r#"{"op":"unset","file":"a.toml","part":"score","path":["stages","warm"]}"#,
            &["stages = { warm = 25, hot = 60 }   # two bands"],
            &["stages = { hot = 60 }   # two bands"],
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"trigger","path":["invitation","message","en"],"value":"Hi!"}"#,
            &[r#"message = { en = "Hello?", ar = "مرحبا" }"#],
            &[r#"message = { en = "Hi!", ar = "مرحبا" }"#],
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"trigger","path":["invitation"],
                "value":{"tone":"help","message":{"en":"Hello?","ar":"مرحبا"},"channel":"chat"}}"#,
            &[
                r#"tone = "sales""#,
                r#"message = { en = "Hello?", ar = "مرحبا" }"#,
            ],
            &[
                r#"tone = "help""#,
                r#"message = { en = "Hello?", ar = "مرحبا" }"#,
                r#"channel = "chat""#,
            ],
        ),
        (
            r#"{"op":"insert","file":"a.toml","part":"trigger","path":["variant"],"at":0,"value":{"id":"b","weight":2}}"#,
            &[],
            &["[[trigger.variant]]", r#"id = "b""#, "weight = 2", ""],
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"policy","path":["max_per_session"],"value":1}"#,
            &[],
            &["max_per_session = 1"],
        ),
    ];
    for (edit, gone, come) in cases {
        let (old, new) = difference(&format!("[{edit}]"));
        assert_eq!((old, new), (own(gone), own(come)), "{edit}");
    }
}

#[test]
fn entries_are_added_doubled_moved_and_taken_out() {
    let added = r#"[{"op":"add","part":"score_rule","after":0,"values":
        {"points":3,"on":"page_view","id":"new","score":"buy","all":[{"field":"page.type","equals":"x"},{"field":"page.lang","equals":"ar"}]}}]"#;
    assert_eq!(
        difference(added),
        (
            vec![],
            own(&[
                r#"id = "new""#,
                r#"score = "buy""#,
                r#"on = "page_view""#,
                "points = 3",
                r#"all = [ { field = "page.type", equals = "x" },"#,
                r#"        { field = "page.lang", equals = "ar" } ]"#,
                "",
                "[[score_rule]]",
            ])
        )
    );
    let doubled = r#"[{"op":"duplicate","file":"a.toml","part":"trigger"}]"#;
    let (gone, come) = difference(doubled);
    assert_eq!(gone, [""; 0]);
    assert_eq!(come.len(), 8, "{come:?}");
    assert!(come.contains(&r#"id = "hello-2""#.to_owned()), "{come:?}");
    let removed = r#"[{"op":"remove","file":"a.toml","part":"score_rule"}]"#;
    let (gone, come) = difference(removed);
    assert_eq!(come, [""; 0]);
    assert_eq!(gone[0], "# Who reads the prices.");
    assert_eq!(gone.len(), 11, "{gone:?}");
    let moved = r#"[{"op":"move","file":"a.toml","part":"score_rule","index":0,"to":1}]"#;
    let moved = edited(RULES, moved).unwrap();
    let place = |text: &str| moved.find(text).unwrap();
    assert!(place("id = \"other\"") < place("# Who reads the prices."));
    assert!(place("# ---- Reading ----") < place("id = \"other\""));
    let back = r#"[{"op":"move","file":"a.toml","part":"score_rule","index":1,"to":0}]"#;
    assert_eq!(edited(&moved, back).unwrap(), RULES);
}

#[test]
fn an_entry_goes_to_the_file_of_its_kind() {
    let files = [
        SourceFile::new(
            "pages.toml",
            "[[page_type]]\nname = \"x\"\nmatch = \"/x\"\n",
        ),
        SourceFile::new("scores.toml", "score = [ { name = \"a\" } ]\n"),
    ];
    let add = |part: &str, values: &str| {
        let edit = format!(r#"[{{"op":"add","part":"{part}","values":{values}}}]"#);
        let edits: Vec<FormEdit> = serde_json::from_str(&edit).unwrap();
        super::edit(&files, &edits).unwrap()
    };
    let score = add("score", r#"{"name":"b"}"#);
    assert_eq!(
        score.files[1].text,
        "score = [ { name = \"a\" }, { name = \"b\" } ]\n"
    );
    assert_eq!(score.added.unwrap().index, 1);
    let trigger = add(
        "trigger",
        r#"{"id":"t","invitation":{"message":{"en":"Hi"}}}"#,
    );
    assert_eq!(trigger.files[2].name, "triggers.toml");
    assert_eq!(
        trigger.files[2].text,
        "[[trigger]]\nid = \"t\"\n\n[trigger.invitation]\nmessage = { en = \"Hi\" }\n"
    );
    let append =
        r#"[{"op":"append","file":"tests.toml","text":"[[test]]\nname = \"n\"\nvisit = []\n"}]"#;
    let edits: Vec<FormEdit> = serde_json::from_str(append).unwrap();
    let appended = super::edit(&trigger.files, &edits).unwrap();
    assert_eq!(
        appended.files[2].text,
        "[[test]]\nname = \"n\"\nvisit = []\n"
    );
    assert_eq!(
        appended.added.map(|at| (at.part, at.index)),
        Some(("test".to_owned(), 0))
    );
}

#[test]
fn what_cannot_be_made_is_refused_and_says_why() {
    for (edit, why) in [
        (
            r#"{"op":"set","file":"b.toml","part":"score","path":["max"],"value":1}"#,
            "no file",
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"score","index":1,"path":["max"],"value":1}"#,
            "number 1",
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"score_rule","path":["all",7,"x"],"value":1}"#,
            "item 7",
        ),
        (
            r#"{"op":"set","file":"a.toml","part":"score","path":["name","x"],"value":1}"#,
            "only a table",
        ),
        (
            r#"{"op":"unset","file":"a.toml","part":"score","path":["max"]}"#,
            "no `max`",
        ),
        (
            r#"{"op":"remove_item","file":"a.toml","part":"score_rule","path":["all"],"at":2}"#,
            "no item",
        ),
        (r#"{"op":"add","part":"policy","values":{}}"#, "already"),
        (r#"{"op":"add","part":"tirgger","values":{}}"#, "no part"),
        (r#"{"op":"append","file":"a.toml","text":"[["}"#, "not TOML"),
        (
            r#"{"op":"append","file":"a.toml","text":"[policy]\n"}"#,
            "duplicate key",
        ),
    ] {
        let said = edited(RULES, &format!("[{edit}]")).unwrap_err();
        assert!(
            said.contains(why) && said.starts_with("edit 0"),
            "{edit}: {said}"
        );
    }
}

#[test]
fn other_ways_to_write_are_edited_too() {
    for (text, edit, wanted) in [
        (
            "policy.max_per_day = 2 # a\n[[score]]\nname = 'a'\n",
            r#"{"op":"set","file":"a.toml","part":"policy","path":["max_per_session"],"value":1}"#,
            "policy.max_per_day = 2 # a\npolicy.max_per_session = 1\n[[score]]\nname = 'a'\n",
        ),
        (
            "[[test]]\nname = 'a'\nexpect = { score.buy = 3, lang = 'ar' }\n",
            r#"{"op":"set","file":"a.toml","part":"test","path":["expect","score","help"],"value":4}"#,
            "[[test]]\nname = 'a'\nexpect = { score.buy = 3, lang = 'ar', score.help = 4 }\n",
        ),
        (
            "[[test]]\nname = 'a'\nexpect = { score.buy = 3, lang = 'ar' }\n",
            r#"{"op":"unset","file":"a.toml","part":"test","path":["expect","score"]}"#,
            "[[test]]\nname = 'a'\nexpect = { lang = 'ar' }\n",
        ),
        (
            "[hours.open]\nmon = '1'\n",
            r#"{"op":"set","file":"a.toml","part":"hours","path":["time_zone"],"value":"UTC"}"#,
            "[hours]\ntime_zone = \"UTC\"\n\n[hours.open]\nmon = '1'\n",
        ),
        (
            "[[score]]\r\nname = \"a\"",
            r#"{"op":"set","file":"a.toml","part":"score","path":["max"],"value":5}"#,
            "[[score]]\r\nname = \"a\"\r\nmax = 5",
        ),
        (
            "[[page_type]]\nname = 'a'\nmatch = [\n  '/a', # one\n  '/b', # two\n]\n",
            r#"{"op":"insert","file":"a.toml","part":"page_type","path":["match"],"at":2,"value":"/c"}"#,
            "[[page_type]]\nname = 'a'\nmatch = [\n  '/a', # one\n  '/b', # two\n  \"/c\",\n]\n",
        ),
        (
            "[[page_type]]\nname = 'a'\nmatch = [\n  '/a', # one\n  '/b', # two\n]\n",
            r#"{"op":"remove_item","file":"a.toml","part":"page_type","path":["match"],"at":0}"#,
            "[[page_type]]\nname = 'a'\nmatch = [\n  '/b', # two\n]\n",
        ),
        (
            "[[page_type]]\nname = 'a'\nmatch = ['/a', '/b', '/c']\n",
            r#"{"op":"move_item","file":"a.toml","part":"page_type","path":["match"],"at":0,"to":2}"#,
            "[[page_type]]\nname = 'a'\nmatch = ['/b', '/c', '/a']\n",
        ),
        (
            "[hours]\nholidays = [2026-11-20]\n",
            r#"{"op":"set","file":"a.toml","part":"hours","path":["holidays",0],"value":"2026-11-21"}"#,
            "[hours]\nholidays = [2026-11-21]\n",
        ),
    ] {
        let new = edited(text, &format!("[{edit}]"));
        assert_eq!(new.as_deref(), Ok(wanted), "{text}{edit}");
    }
}

#[test]
fn a_form_shows_every_entry_at_its_place() {
    let files = [
        SourceFile::new("a.toml", RULES),
        SourceFile::new("b.toml", "= 1"),
    ];
    let form = form(&files);
    let part = |name: &str| form.iter().find(|part| part.part == name).unwrap();
    let rules = &part("score_rule").entries;
    assert_eq!(
        (rules.len(), rules[0].id.as_deref()),
        (2, Some("pricing-read"))
    );
    assert_eq!((rules[0].line, rules[0].end_line), (10, 18));
    assert_eq!(rules[0].comment, "Who reads the prices.");
    assert_eq!(rules[1].comment, "");
    let trigger = &part("trigger").entries[0];
    assert_eq!((trigger.line, trigger.end_line), (26, 32));
    let keys = serde_json::to_string(&trigger.values).unwrap();
    assert!(keys.find("\"en\"") < keys.find("\"ar\""), "{keys}");
    assert!(part("policy").single);
    assert!(part("segment").entries.is_empty());
}
