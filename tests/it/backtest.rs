//! Rules tried on recorded traffic, and that traffic taken elsewhere: over HTTP and from the command line.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Reply, custom, http, page_view, send};
use crate::rulesets::{RULES, files};
use crate::server::{Home, OTHER_TOKEN, Server, Setup, TOKEN};

const PATH: &str = "/v1/sites/shop/rulesets/backtest";

/// Rules that invite on the home page too, and for less.
fn eager() -> String {
    let condition = "page_type = \"pricing\"\nall = [ { field = \"score.buy\", at_least = 30 } ]";
    assert!(RULES.contains(condition));
    let eager =
        "page_type = [\"pricing\", \"home\"]\nall = [ { field = \"score.buy\", at_least = 5 } ]";
    RULES.replace(condition, eager)
}

/// A server where one visitor was invited, and another only would be by more eager rules. Returns that one's id.
async fn visited() -> (Server, String) {
    let server = Server::start();
    server.agent_is("online").await;
    let carts = (0..4).map(|nth| custom(&format!("c{nth}"), "add_to_cart"));
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend(carts);
    server.accept("sara", &events).await;
    assert_eq!(server.ask("sara").await["trigger"], "pricing-help");
    let events = [page_view("p", "p", "/"), custom("c", "add_to_cart")];
    let omar = server.accept("omar", &events).await;
    assert_eq!(server.ask("omar").await, Value::Null);
    (server, omar.visitor)
}

async fn post(server: &Server, body: &Value) -> Reply {
    let request = http().post(server.url(PATH)).bearer_auth(TOKEN);
    send(request.body(body.to_string())).await.unwrap()
}

/// The report in an answer's last line.
fn report(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let last = reply.body.lines().last().unwrap();
    let mut last: Value = serde_json::from_str(last).unwrap();
    last["report"].take()
}

fn ahlan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
    command.args(arguments).env("AHLAN_TOKEN", TOKEN);
    command.output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What `ahlan rules backtest` found.
fn found(arguments: &[&str]) -> Value {
    let mut all = vec!["rules", "backtest"];
    all.extend(arguments);
    all.extend(["--since", "1h", "--format", "json"]);
    let output = ahlan(&all);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_gained(report: &Value, visitor: &str) {
    assert_eq!(report["invited"], json!({"before": 1, "after": 2}));
    assert_eq!(report["gained"]["visitors"], 1);
    assert_eq!(report["gained"]["examples"][0]["visitor"], visitor);
    assert_eq!(report["lost"]["visitors"], 0);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1, "{report}");
}

#[tokio::test]
async fn a_service_tells_what_other_rules_would_have_done() {
    let (server, omar) = visited().await;
    let body = json!({"files": files(&eager()), "since": "1h"});
    assert_gained(&report(&post(&server, &body).await), &omar);
    let live = json!({"version": 1, "since": "1h"});
    let same = report(&post(&server, &live).await);
    assert_eq!(same["invited"], json!({"before": 1, "after": 1}));
    assert_eq!(
        (&same["gained"]["visitors"], &same["lost"]["visitors"]),
        (&json!(0), &json!(0))
    );
    let version = server.draft(&files(&eager()), 1).await;
    let body = json!({"version": 1, "against": version, "since": "1h"});
    let turned = report(&post(&server, &body).await);
    assert_eq!(turned["invited"], json!({"before": 2, "after": 1}));
    assert_eq!(turned["lost"]["examples"][0]["visitor"], omar);
    assert_eq!(server.publish(version, &json!({})).await.status, 200);
    let live = json!({"version": 1, "against": "live", "since": "1h"});
    let against = report(&post(&server, &live).await);
    assert_eq!(against["invited"], json!({"before": 2, "after": 1}));
    assert_eq!(
        against["against"],
        crate::rulesets::hash(&server.rules().await, version)
    );
}

/// A journal of 6,000 visitors who all did what this one has done.
fn crowd(journal: &str, visitor: &str) -> String {
    let (head, own): (Vec<&str>, Vec<&str>) = {
        let lines = || journal.lines();
        let is_record = |line: &&str| line.contains("\"type\":\"record\"");
        (
            lines().filter(|line| !is_record(line)).collect(),
            lines()
                .filter(|line| is_record(line) && line.contains(visitor))
                .collect(),
        )
    };
    let copies = own.iter().flat_map(|line| {
        (0..6_000_u64)
            .map(move |nth| line.replace(visitor, &crate::client::key(&format!("copy {nth}"))))
    });
    let lines = head.into_iter().map(str::to_owned).chain(copies);
    lines.map(|line| line + "\n").collect()
}

#[tokio::test]
async fn an_estimate_comes_first_where_there_are_many_visitors() {
    let (server, omar) = visited().await;
    let body = json!({"files": files(&eager()), "since": "1h", "partial": true});
    let few = post(&server, &body).await;
    assert!(!few.body.contains("\"partial\""), "{few:?}");
    let journal = server.agent("/v1/sites/shop/journal?since=1h").await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("crowd.ndjson");
    fs::write(&file, crowd(&journal.body, &omar)).unwrap();
    let home = Home::new(Setup::default());
    let imported = ahlan(&[
        "journal",
        "import",
        text(&file),
        "--data",
        text(&home.data()),
    ]);
    assert!(imported.status.success(), "{imported:?}");
    let server = home.start();
    // The second time what was read before lies in memory, and nothing comes out differently.
    let [first, second] = [post(&server, &body).await, post(&server, &body).await];
    for answer in [&first, &second] {
        let whole = report(answer);
        assert_eq!(whole["invited"], json!({"before": 0, "after": 6_000}));
        let mut lines = answer.body.lines();
        let line = lines.find(|line| line.starts_with("{\"partial\""));
        let line: Value = serde_json::from_str(line.expect("an estimate")).unwrap();
        assert_eq!(line["share"], 0.05);
        let guess = &line["partial"];
        let after = guess["invited"]["after"].as_u64().unwrap();
        assert!((4_000..8_000).contains(&after), "{after}");
        assert_eq!(
            (&guess["visitors"], &guess["events"]),
            (&json!(after), &json!(2 * after))
        );
        assert!(
            guess["warnings"].to_string().contains("an estimate"),
            "{guess}"
        );
        assert_eq!(whole["events"], 12_000);
    }
}

#[tokio::test]
async fn an_agent_may_look_and_a_person_looks_at_one_at_a_time() {
    let (server, _) = visited().await;
    let admin = server.administrator().await;
    let agent = server
        .person(&admin, "ali@shop.example", json!({"shop": "agent"}))
        .await;
    let body = json!({"files": files(&eager()), "since": "1h"});
    let seen = server.by(&agent, Method::POST, PATH, body.clone()).await;
    assert_eq!(report(&seen)["invited"], json!({"before": 1, "after": 2}));
    // However many somebody begins, each ends with one last line, and the last one with a report.
    let all = (0..6).map(|_| server.by(&agent, Method::POST, PATH, body.clone()));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, 200, "{answer:?}");
        let last = answer.body.lines().last().unwrap();
        let ended = last.contains("a newer backtest of yours");
        assert!(ended || last.starts_with("{\"report\""), "{last}");
    }
    let all = (0..6).map(|_| post(&server, &body));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(
            report(&answer)["visitors"],
            2,
            "programs wait for each other"
        );
    }
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let server = Server::start();
    let refused = async |body: Value| {
        let reply = post(&server, &body).await;
        reply.problem()
    };
    let both = json!({"files": files(RULES), "version": 1, "since": "1h"});
    assert_eq!(refused(both).await, "bad-parameter");
    assert_eq!(refused(json!({"since": "1h"})).await, "bad-parameter");
    assert_eq!(
        refused(json!({"version": 1, "since": "soon"})).await,
        "bad-parameter"
    );
    let turned = json!({"version": 1, "since": "1h", "until": "2h"});
    assert_eq!(refused(turned).await, "bad-parameter");
    assert_eq!(
        refused(json!({"version": 9, "since": "1h"})).await,
        "not-found"
    );
    let faulty = json!({"files": files("[[score]]"), "since": "1h"});
    assert_eq!(refused(faulty).await, "bad-rules");
    let request = http().post(server.url(PATH)).bearer_auth(OTHER_TOKEN);
    assert_eq!(send(request).await.unwrap().problem(), "forbidden");
    // None of them holds the site's turn.
    let nothing = report(&post(&server, &json!({"version": 1, "since": "1h"})).await);
    assert_eq!(nothing["visitors"], 0);
}

#[tokio::test]
async fn traffic_can_be_tried_on_from_the_command_line_and_taken_elsewhere() {
    let (server, omar) = visited().await;
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("eager.toml");
    fs::write(&rules, eager()).unwrap();
    let (rules, url) = (text(&rules), server.url(""));
    assert_gained(&found(&[rules, "--server", &url]), &omar);
    let data = server.home().data();
    let refused = ahlan(&["rules", "backtest", rules, "--data", text(&data)]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        told.contains("--server") && told.contains("another process"),
        "{told}"
    );
    let streamed = server.agent("/v1/sites/shop/journal?since=1h").await;
    assert_eq!(streamed.status, 200);
    let file = dir.path().join("journal.ndjson");
    fs::write(&file, &streamed.body).unwrap();
    assert_gained(&found(&[rules, "--journal", text(&file)]), &omar);

    let home = server.stop().await;
    let data = home.data();
    assert_gained(&found(&[rules, "--data", text(&data)]), &omar);
    let exported = ahlan(&["journal", "export", "--data", text(&data)]);
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert_eq!(exported, streamed.body, "the last words change no state");

    // Elsewhere, the visitors are who they were.
    let elsewhere = Home::new(Setup::default());
    let import = || {
        ahlan(&[
            "journal",
            "import",
            text(&file),
            "--data",
            text(&elsewhere.data()),
        ])
    };
    assert!(import().status.success());
    let again = import();
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(
        !again.status.success() && told.contains("import into an empty directory"),
        "{told}"
    );
    let server = elsewhere.start();
    let visitor = server.visitor(&omar).await;
    assert_eq!(visitor["page_views"], 1);
    assert_eq!(visitor["scores"][0]["value"], 5);
}

#[tokio::test]
async fn pseudonyms_hide_visitors_and_keep_what_rules_need() {
    let (server, omar) = visited().await;
    let hidden = server
        .agent("/v1/sites/shop/journal?since=1h&pseudonymise=true")
        .await;
    assert_eq!(hidden.status, 200);
    assert!(!hidden.body.contains(&omar) && !hidden.body.contains("shop.example"));
    let dir = tempfile::tempdir().unwrap();
    let (file, rules) = (
        dir.path().join("week.ndjson"),
        dir.path().join("eager.toml"),
    );
    fs::write(&file, &hidden.body).unwrap();
    fs::write(&rules, eager()).unwrap();
    let report = found(&[text(&rules), "--journal", text(&file)]);
    assert_eq!(report["invited"], json!({"before": 1, "after": 2}));
    let told = ahlan(&[
        "rules",
        "backtest",
        text(&rules),
        "--journal",
        text(&file),
        "--since",
        "1h",
    ]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("visitors invited"), "{told}");
    assert!(told.contains("Visitors gained: 1"), "{told}");
}
