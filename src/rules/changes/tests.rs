//! What is told of a difference.

use super::*;

fn told(old: &[&str], new: &[&str]) -> Vec<String> {
    let files = |texts: &[&str]| -> Vec<SourceFile> {
        let file = |(at, text): (usize, &&str)| SourceFile::new(format!("{at}.toml"), *text);
        texts.iter().enumerate().map(file).collect()
    };
    let changes = changes(&files(old), &files(new));
    changes.into_iter().map(|change| change.says).collect()
}

#[test]
fn a_change_is_told_by_its_rule_and_its_values() {
    let old = "[[score]]\nname = \"buy\"\nstages = { warm = 25 }\n\
        [[score_rule]]\nid = \"read\"\npoints = 15\nonce_per = \"visitor\"\n\
        [[score_rule]]\nid = \"old\"\npoints = 1\n[policy]\nmax_per_day = 2\n";
    let new = "[policy]\nmax_per_day = 3\n[[trigger]]\nid = \"hello\"\n\
        [[score]]\nname = \"buy\"\nstages.warm = 30\n\
        [[score_rule]]\nid = \"read\"\npoints = 20\nall = [ { field = \"device\", equals = \"mobile\" } ]\n";
    assert_eq!(
        told(&[old], &[new]),
        [
            "score buy: stages.warm 25 → 30",
            "score_rule old is gone",
            "score_rule read: all = [{ field = \"device\", equals = \"mobile\" }] is new; \
             once_per = \"visitor\" is gone; points 15 → 20",
            "new trigger hello",
            "policy: max_per_day 2 → 3",
        ]
    );
}

#[test]
fn comments_order_and_files_make_no_difference() {
    let (one, two) = (
        "[[score]]\nname = \"a\"\n",
        "[[trigger]]\nid = \"b\"\npriority = 1\n",
    );
    let together = "trigger = [ { priority = 1, id = \"b\" } ] # here\n[[score]]\nname = 'a'\n";
    assert_eq!(told(&[one, two], &[together]), [""; 0]);
    assert_eq!(told(&["="], &[one]), ["new score a"]);
}

/// The only part that differs.
fn only(old: &str, new: &str) -> PartChange {
    let file = |text: &str| [SourceFile::new("rules.toml", text)];
    let mut changes = changes(&file(old), &file(new));
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

/// Each detail as `path: before → after`.
fn details(change: &PartChange) -> Vec<String> {
    let told = change.details.iter().map(|one| {
        let path = serde_json::to_string(&one.path).unwrap();
        format!("{} {path}: {} → {}", one.key, one.before, one.after)
    });
    told.collect()
}

const TRIGGER: &str = "[[trigger]]\nid = \"hello\"\nname = \"Says hello\"\npage_type = [\"sales\", \"pricing\"]\n\
    all = [ { field = \"score.buy\", at_least = 40 }, { field = \"page.lang\", starts_with = \"ar\" } ]\n\
    [trigger.invitation]\nmessage = { en = \"Hello\", ar = \"مرحبا\" }\n";

#[test]
fn a_condition_is_compared_with_its_like() {
    let new = TRIGGER.replace("at_least = 40", "at_least = 30").replace(
        "all = [ ",
        "all = [ { equals = true, field = \"visitor.new\" }, ",
    );
    let change = only(TRIGGER, &new);
    assert_eq!(
        details(&change),
        [
            "all [\"all\",0]: null → {\"equals\":true,\"field\":\"visitor.new\"}",
            "all.at_least [\"all\",1,\"at_least\"]: 40 → 30",
        ]
    );
    assert_eq!(change.details[1].within["field"], "score.buy");
    assert_eq!(change.name.as_deref(), Some("Says hello"));
    assert_eq!(change.touches.page_types, ["pricing", "sales"]);
    assert_eq!(change.touches.languages, ["ar"]);
}

#[test]
fn words_touch_the_languages_they_are_in() {
    let change = only(TRIGGER, &TRIGGER.replace("\"Hello\"", "\"Hi\""));
    assert_eq!(
        details(&change),
        ["invitation.message.en [\"invitation\",\"message\",\"en\"]: \"Hello\" → \"Hi\""]
    );
    assert_eq!(change.touches.languages, ["en"]);
    assert_eq!(only("", TRIGGER).touches.languages, ["ar"]);
    let anybody = TRIGGER.replace("{ field = \"page.lang\", starts_with = \"ar\" }", "");
    assert_eq!(only("", &anybody).touches.languages, ["ar", "en"]);
    assert_eq!(only(&anybody, "").change, "removed");
    let points = only(&anybody, &anybody.replace("40", "50"));
    assert_eq!(points.touches.languages, [""; 0]);
}

#[test]
fn a_page_type_that_is_asked_elsewhere_has_moved() {
    let types = |names: &[&str]| -> String {
        let table =
            |name: &&str| format!("[[page_type]]\nname = \"{name}\"\nmatch = \"/{name}\"\n");
        names.iter().map(table).collect()
    };
    let old = types(&["home", "blog", "help", "sales"]);
    let change = only(&old, &types(&["home", "sales", "blog", "help"]));
    assert_eq!((change.change, &*change.id), ("moved", "sales"));
    assert_eq!(change.says, "page_type sales stands behind home now");
    assert_eq!(details(&change), ["order []: \"help\" → \"home\""]);
    let first = only(&old, &types(&["help", "home", "blog", "sales"]));
    assert_eq!(first.says, "page_type help stands first now");
    // What is new between two others moves neither.
    let more = only(&old, &types(&["home", "docs", "blog", "help", "sales"]));
    assert_eq!((more.change, &*more.id), ("added", "docs"));
}

#[test]
fn what_a_detail_leads_to_is_there() {
    let new = TRIGGER
        .replace("at_least = 40", "at_least = 30")
        .replace("name = \"Says hello\"", "priority = 3");
    let change = only(TRIGGER, &new);
    let tree = |text: &str| {
        let document: toml_edit::DocumentMut = text.parse().unwrap();
        Value::Object(tree::map(tree::tables(&document["trigger"])[0]))
    };
    let (old, new) = (tree(TRIGGER), tree(&new));
    assert_eq!(change.details.len(), 3);
    for detail in &change.details {
        let step = |value: &Value, step: &Step| match step {
            Step::Key(key) => value[key].clone(),
            Step::Entry(at) => value[at].clone(),
        };
        let at = |tree: &Value| {
            detail
                .path
                .iter()
                .fold(tree.clone(), |value, one| step(&value, one))
        };
        assert_eq!(
            (at(&old), at(&new)),
            (detail.before.clone(), detail.after.clone())
        );
    }
}

#[test]
fn a_file_in_the_middle_of_a_line_takes_nothing_away() {
    let file = |name: &str, text: &str| SourceFile::new(name, text);
    let old = [
        file("a.toml", TRIGGER),
        file("b.toml", "[policy]\nmax_per_day = 2\n"),
    ];
    let new = [
        file("a.toml", "[[trigger]]\nid = "),
        file("b.toml", "[policy]\nmax_per_day = 3\n"),
    ];
    let (readable, broken) = readable(&old, &new);
    assert_eq!(broken, ["a.toml"]);
    let told: Vec<_> = changes(&old, &readable)
        .into_iter()
        .map(|one| one.says)
        .collect();
    assert_eq!(told, ["policy: max_per_day 2 → 3"]);
}
