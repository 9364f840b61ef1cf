//! What people type to publish rules, typed against a running service.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::client::{custom, page_view};
use crate::rulesets::{RULES, worth};
use crate::server::{OTHER_TOKEN, Server, TOKEN};
use crate::wait::until;

/// `ahlan rules …` with the service's address and the shop's token.
fn rules(server: &Server, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
    command
        .arg("rules")
        .args(args)
        .args(["--server", &server.url("")])
        .env("AHLAN_TOKEN", TOKEN)
        .env("USER", "noor")
        .env_remove("AHLAN_SITE");
    command
}

/// The exit code and everything that was said.
fn typed(server: &Server, args: &[&str]) -> (i32, String) {
    let output = rules(server, args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    )
}

/// The exit code and the last line: what is worth a second look in the rules is said before it.
fn concluded(server: &Server, args: &[&str]) -> (i32, String) {
    let (code, said) = typed(server, args);
    (code, said.lines().last().unwrap_or_default().to_owned())
}

/// A directory with rules in which the event `one` gives so many points.
fn write(dir: &Path, points: u32) {
    let text = worth(points)[0]["text"].as_str().unwrap().to_owned();
    fs::write(dir.join("rules.toml"), text).unwrap();
}

/// The reference is longer than a pipe holds, so writing goes on after the reader has gone.
#[test]
fn a_reader_that_has_seen_enough_hears_no_complaint() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
    command.args(["rules", "docs"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_told_in_words() {
    let server = Server::start();
    let url = server.url("");
    let output = Command::new(env!("CARGO_BIN_EXE_ahlan"))
        .args(["rules", "backtest", "rules/shop", "--server", &url])
        .args(["--token", "bad"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("refuses: ") && !said.contains('{'), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_published_listed_and_rolled_back_from_a_terminal() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    write(dir.path(), 3);
    let (code, said) = concluded(&server, &["publish", path, "--reason", "worth more"]);
    assert_eq!((code, &*said), (0, "shop: version 2 is live; it was 1"));
    let (code, said) = concluded(&server, &["publish", path, "--reason", "worth more"]);
    assert_eq!(
        (code, &*said),
        (0, "version 2 has these files and is live already")
    );

    write(dir.path(), 5);
    let tenth = ["publish", path, "--reason", "even more", "--share", "10%"];
    let (code, said) = concluded(&server, &tenth);
    assert_eq!(
        (code, &*said),
        (
            0,
            "shop: version 3 acts for 10% of the visitors, version 2 for the others"
        )
    );
    let (code, said) = typed(&server, &["versions"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[1].starts_with("3 ")
            && lines[1].ends_with("noor              even more  [acts for 10%]"),
        "{said}"
    );
    assert!(
        lines[2].starts_with("2 ") && lines[2].ends_with("worth more  [live]"),
        "{said}"
    );
    assert!(
        lines[3].starts_with("1 ") && lines[3].contains("ahlan"),
        "{said}"
    );
    let (code, said) = concluded(&server, &["stop-rollout"]);
    assert_eq!((code, &*said), (0, "shop: version 2 acts for everybody"));
    let (code, said) = concluded(&server, &["publish", "3", "--reason", "for all"]);
    assert_eq!((code, &*said), (0, "shop: version 3 is live; it was 2"));
    let (code, said) = concluded(&server, &["rollback", "--reason", "too much"]);
    assert_eq!((code, &*said), (0, "shop: version 2 is live again"));
    assert_eq!(server.rules().await["live"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_is_scored_anew_from_a_terminal() {
    let server = Server::start();
    let events = [page_view("p", "p", "/"), custom("a", "one")];
    server.accept("sara", &events).await;
    let version = server.draft(&worth(30), 1).await.to_string();
    let (code, said) = typed(&server, &["rescore", &version, "--preview"]);
    assert_eq!(code, 0, "{said}");
    for line in [
        "shop: under version 2, 1 of 1 visitors would have other points\n",
        "buy                             1        0        0\n",
        "buy: 1 from none to warm\n",
        "  buy  1.0 -> 30.0\n",
    ] {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
    let (code, said) = typed(&server, &["rescore", &version, "--reason", "anew"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("version 2 is not live"), "{said}");
    let (code, said) = typed(&server, &["rescore", "--reason", "anew"]);
    assert_eq!(code, 0, "{said}");
    let done = "shop: under version 1, 0 of 1 visitors have other points now\n";
    assert!(said.starts_with(done), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shadow_is_started_shown_and_stopped_from_a_terminal() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let (code, said) = concluded(&server, &["shadow"]);
    assert_eq!((code, &*said), (0, "shop: no version is tried"));
    write(dir.path(), 3);
    let (code, said) = concluded(&server, &["shadow", path]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.starts_with("shop: version 2 is tried beside version 1 and does nothing"),
        "{said}"
    );
    server
        .accept("sara", &[page_view("p", "p", "/"), custom("a", "one")])
        .await;
    until("the shadow has seen it", async || {
        let (_, said) = typed(&server, &["shadow"]);
        said.contains(": 1 visitors, 2 events\n").then_some(())
    })
    .await;
    let (_, said) = typed(&server, &["shadow"]);
    for row in [
        "visitors invited                          0          0\n",
        "\nonly the shadow invites: 0\n",
    ] {
        assert!(said.contains(row), "{row:?} is not in:\n{said}");
    }
    let (code, said) = concluded(&server, &["shadow", "--stop"]);
    assert_eq!((code, &*said), (0, "shop: no version is tried any more"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_fail_their_own_test_are_not_even_kept() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    write(dir.path(), 3);
    let test = "[[test]]\nname = \"dear\"\nvisit = [ { at = \"0s\", event = \"one\" } ]\n\
                expect = { score.buy = 4 }\n";
    fs::write(dir.path().join("tests.toml"), test).unwrap();
    let publish = ["publish", path, "--reason", "dear"];
    let (code, said) = typed(&server, &publish);
    assert_eq!(code, 1, "{said}");
    for line in ["FAIL  dear\n", "because   `one` gave 3 at 0 s\n"] {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
    let kept = server.rules().await["versions"].as_array().unwrap().len();
    assert_eq!(kept, 1);
    let (code, said) = concluded(&server, &[&publish[..], &["--skip-tests"]].concat());
    assert_eq!((code, &*said), (0, "shop: version 2 is live; it was 1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_published_says_why_and_what_to_do() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    fs::write(dir.path().join("rules.toml"), "[[score]]\nnam = \"buy\"\n").unwrap();
    let (code, said) = typed(&server, &["publish", path, "--reason", "x"]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("rules.toml:2:1") && said.contains("nothing is published"),
        "{said}"
    );

    assert_eq!(
        server
            .publish(server.draft(&worth(3), 1).await, &json!({}))
            .await
            .status,
        200
    );
    write(dir.path(), 5);
    let (code, said) = typed(
        &server,
        &["publish", path, "--reason", "x", "--parent", "1"],
    );
    assert_eq!(code, 1, "{said}");
    for wanted in [
        "not published: version 2 is live meanwhile, by noor: a test\n",
        "what they changed: rules.toml\n@@",
        "-points = 1\n+points = 3\n",
        "what yours would change in theirs: rules.toml\n@@",
        "-points = 3\n+points = 5\n",
        "`--parent 2`",
    ] {
        assert!(said.contains(wanted), "{wanted:?} is not in:\n{said}");
    }
    let output = rules(&server, &["versions"])
        .env("AHLAN_TOKEN", OTHER_TOKEN)
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("This is not allowed: the token does not open this site"),
        "{said}"
    );
    let (code, said) = typed(&server, &["publish", "17", "--reason", "x"]);
    assert_eq!(code, 2);
    assert!(said.contains("no version has the number"), "{said}");
    let mut nowhere = Command::new(env!("CARGO_BIN_EXE_ahlan"));
    nowhere.args([
        "rules",
        "versions",
        "--server",
        "http://127.0.0.1:1",
        "--token",
        TOKEN,
    ]);
    let output = nowhere.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("is the service running there?"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_save_is_published_and_what_is_faulty_never() {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("rules.toml"), RULES).unwrap();
    let path = dir.path().to_str().unwrap();
    let mut watching = rules(&server, &["publish", path, "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = watching.stdout.take().unwrap();
    let (said, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = said.send(line);
        }
    });
    let hear = async |wanted: &str| {
        until(wanted, async || {
            let line = lines.try_recv().ok()?;
            line.contains(wanted).then_some(())
        })
        .await;
    };
    hear("version 1 has these files and is live already").await;
    write(dir.path(), 3);
    hear("version 2 is live; it was 1").await;
    fs::write(dir.path().join("rules.toml"), "[[score]]\n").unwrap();
    hear("nothing is published").await;
    assert_eq!(server.rules().await["live"], 2);
    write(dir.path(), 4);
    hear("version 3 is live; it was 2").await;
    // Somebody else publishes: their work is not overwritten.
    let other = server.draft(&worth(9), 3).await;
    assert_eq!(server.publish(other, &json!({})).await.status, 200);
    write(dir.path(), 5);
    hear("not published: version 4 is live meanwhile").await;
    let status = until("the watch ends", async || watching.try_wait().unwrap()).await;
    assert_eq!(status.code(), Some(1));
    assert_eq!(server.rules().await["live"], 4);
}
