//! What `ahlan rules test` says to people and to tools.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// Rules with a variant and a test that expects too much of a visitor from Egypt.
const RULES: &str = r#"
[[page_type]]
name = "pricing"
match = "/pricing*"

[[score]]
name = "buy"

[[score_rule]]
id = "open"
score = "buy"
on = "page_view"
points = 10

[[trigger]]
id = "reader"
page_type = "pricing"
all = [ { field = "page.active", at_least = "30s" }, { field = "visitor.country", one_of = ["SA", "AE"] } ]
[trigger.invitation]
message = { en = "May I help?" }
[[trigger.variant]]
id = "plain"
[[trigger.variant]]
id = "warm"
message = { en = "Good to see you!" }

[[test]]
name = "a reader from Riyadh is greeted warmly"
visitor = { country = "SA", variant = "warm" }
visit = [ { at = "0s", url = "/pricing" }, { at = "30s", expect = { invitation = "reader", variant = "warm" } } ]

[[test]]
name = "a reader from Cairo is greeted after a while"
visitor = { country = "EG" }
visit = [ { at = "0s", url = "/pricing" }, { at = "12s", expect = { invitation = "reader" } } ]
"#;

/// The exit code and what was printed.
fn tested(path: &str, more: &[&str]) -> (i32, String) {
    let ahlan = env!("CARGO_BIN_EXE_ahlan");
    let output = Command::new(ahlan)
        .args(["rules", "test", path])
        .args(more)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

#[test]
fn a_failing_test_shows_the_actual_values() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rules.toml"), RULES).unwrap();
    let path = dir.path().to_str().unwrap();
    let (code, said) = tested(path, &[]);
    assert_eq!(code, 1, "{said}");
    for wanted in [
        "ok    a reader from Riyadh is greeted warmly\n",
        "FAIL  a reader from Cairo is greeted after a while\n",
        "  at        12s\n  expected  `reader`\n  actual    no invitation is open\n",
        "EG",
        "2 tests, 1 passed, 1 failed\n",
    ] {
        assert!(said.contains(wanted), "{wanted:?} is not in:\n{said}");
    }
    let (code, said) = tested(path, &["--filter", "riyadh"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.ends_with("1 test, all passed\n"), "{said}");
}

#[test]
fn tools_read_the_same_as_json() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rules.toml"), RULES).unwrap();
    let (code, said) = tested(dir.path().to_str().unwrap(), &["--format", "json"]);
    assert_eq!(code, 1, "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&report["usable"], &report["passed"], &report["failed"]),
        (&json!(true), &json!(1), &json!(1))
    );
    let [greeted, cairo] = &report["tests"].as_array().unwrap()[..] else {
        panic!("{report:#}");
    };
    assert_eq!(
        (&greeted["passed"], &greeted["difference"]),
        (&json!(true), &Value::Null)
    );
    let difference = &cairo["difference"];
    assert_eq!(
        (&difference["file"], &difference["at_ms"]),
        (&json!("rules.toml"), &json!(12_000))
    );
    assert_eq!(difference["actual"], "no invitation is open");
    let why = difference["why"].as_array().unwrap();
    let country = why
        .iter()
        .find(|line| line.as_str().unwrap().contains("visitor.country"));
    assert!(country.unwrap().as_str().unwrap().contains("EG"), "{why:?}");
    assert_eq!(
        cairo["timeline"][0]["scores"][0],
        json!({"name": "buy", "points": 10, "stage": null})
    );
}

#[test]
fn rules_that_do_not_compile_are_not_tested() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = RULES.replace("page.active", "page.activ");
    fs::write(dir.path().join("rules.toml"), wrong).unwrap();
    let (code, said) = tested(dir.path().to_str().unwrap(), &[]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("page.active") && said.ends_with("no test was run\n"),
        "{said}"
    );
    let (code, said) = tested("no/such/directory", &[]);
    assert_eq!(code, 2, "{said}");
}
