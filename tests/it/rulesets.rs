//! Versions of the rules: kept, published, rolled out, rolled back, while visitors come and go.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::client::{Reply, custom, http, page_view, send};
use crate::server::{OTHER_TOKEN, Server, Setup, TOKEN};
use crate::wait::until;

pub(crate) const RULES: &str = include_str!("rules.toml");
pub(crate) const PATH: &str = "/v1/sites/shop/rulesets";

/// The rules with so many points for the event `one`.
pub(crate) fn worth(points: u32) -> Value {
    let rule = "event = \"one\"\npoints = 1\n";
    assert!(RULES.contains(rule));
    files(&RULES.replace(rule, &format!("event = \"one\"\npoints = {points}\n")))
}

pub(crate) fn files(text: &str) -> Value {
    json!([{"name": "rules.toml", "text": text}])
}

impl Server {
    pub(crate) async fn rules(&self) -> Value {
        let reply = self.agent(PATH).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    pub(crate) async fn rules_post(&self, path: &str, body: &Value) -> Reply {
        let url = self.url(&format!("{PATH}{path}"));
        let request = http().post(url).bearer_auth(TOKEN).body(body.to_string());
        send(request).await.unwrap()
    }

    pub(crate) async fn rules_delete(&self, path: &str) -> Reply {
        let url = self.url(&format!("{PATH}{path}"));
        send(http().delete(url).bearer_auth(TOKEN)).await.unwrap()
    }

    /// Keeps rules made from `parent`; returns the version's number.
    pub(crate) async fn draft(&self, files: &Value, parent: u64) -> u64 {
        let body = json!({"files": files, "parent": parent, "reason": "a test", "author": "noor"});
        let reply = self.rules_post("", &body).await;
        assert!([200, 201].contains(&reply.status), "{reply:?}");
        reply.json()["version"].as_u64().unwrap()
    }

    /// Publishes a version after the one before it.
    pub(crate) async fn publish(&self, version: u64, more: &Value) -> Reply {
        let live = self.rules().await["live"].clone();
        let mut body = json!({"reason": "a test", "expected": live});
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        self.rules_post(&format!("/{version}/publish"), &body).await
    }

    /// The points and rule sets of a visitor's ledger.
    pub(crate) async fn ledger(&self, visitor: &str) -> Vec<(f64, String)> {
        let visitor = self.visitor(visitor).await;
        let entries = visitor["ledger"].as_array().unwrap().iter();
        let entry = |entry: &Value| {
            let rules = entry["rule_set"].as_str().unwrap().to_owned();
            (entry["points"].as_f64().unwrap(), rules)
        };
        entries.map(entry).collect()
    }
}

pub(crate) fn hash(rules: &Value, version: u64) -> String {
    let versions = rules["versions"].as_array().unwrap();
    let found = versions.iter().find(|one| one["version"] == version);
    found.unwrap()["hash"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rules_are_kept_and_published() {
    let server = Server::start();
    let first = server.rules().await;
    assert_eq!(
        (&first["live"], &first["versions"][0]["origin"]),
        (&json!(1), &json!("seed"))
    );
    assert_eq!(first["history"][0]["kind"], "publish");
    let before = server
        .accept("sara", &[page_view("p", "p", "/"), custom("a", "one")])
        .await;

    let made =
        json!({"files": worth(3), "parent": 1, "reason": "ones are worth more", "author": "noor"});
    let made = server.rules_post("", &made).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    assert_eq!(
        (&made["version"], &made["parent"], &made["author"]),
        (&json!(2), &json!(1), &json!("noor"))
    );
    assert_eq!(server.rules().await["live"], 1, "a draft does not act");
    assert_eq!(
        server.draft(&worth(3), 1).await,
        2,
        "the same files are the same version"
    );

    let published = server.publish(2, &json!({"author": "noor"})).await;
    assert_eq!(
        (published.status, &published.json()["live"]),
        (200, &json!(2)),
        "{published:?}"
    );
    server.accept("sara", &[custom("b", "one")]).await;
    let known = server.rules().await;
    let ledger = server.ledger(&before.visitor).await;
    // What was given stays given, under the version that gave it.
    assert_eq!(ledger, [(1.0, hash(&known, 1)), (3.0, hash(&known, 2))]);
    assert_eq!(
        server
            .metric("ahlan_rules_live_version{site=\"shop\"}")
            .await,
        2
    );
    let current = server.agent(&format!("{PATH}/current")).await.json();
    assert_eq!(
        (&current["version"], &current["files"]),
        (&json!(2), &worth(3))
    );
}

#[tokio::test]
async fn the_difference_of_two_versions_is_told_rule_by_rule() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let diff = server.agent(&format!("{PATH}/1/diff/{version}")).await;
    assert_eq!(diff.status, 200, "{diff:?}");
    let diff = diff.json();
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(version)));
    let told = &diff["changes"][0];
    assert_eq!(told["says"], "score_rule one: points 1 → 3");
    assert_eq!(
        (&told["change"], &told["details"][0]["after"]),
        (&json!("changed"), &json!(3))
    );
    let lines = diff["files"][0]["diff"].as_str().unwrap();
    assert!(lines.contains("-points = 1\n+points = 3\n"), "{lines}");
    let nothing = server.agent(&format!("{PATH}/1/diff/1")).await.json();
    assert_eq!(nothing["changes"], json!([]));
    let unknown = server.agent(&format!("{PATH}/1/diff/7")).await;
    assert_eq!((unknown.status, &*unknown.problem()), (404, "not-found"));
}

#[tokio::test]
async fn a_roll_back_is_one_call_and_stands_in_the_history() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    assert_eq!(server.publish(version, &json!({})).await.status, 200);
    let known = server.rules().await;
    let events = [page_view("p", "p", "/"), custom("b", "one")];
    let before = server.accept("sara", &events).await;
    let back = server
        .rules_post("/rollback", &json!({"reason": "too much"}))
        .await;
    assert_eq!(
        (back.status, &back.json()["live"]),
        (200, &json!(1)),
        "{back:?}"
    );
    server.accept("sara", &[custom("c", "one")]).await;
    assert_eq!(
        server.ledger(&before.visitor).await[1],
        (1.0, hash(&known, 1))
    );
    let nothing = server
        .rules_post("/rollback", &json!({"reason": "more"}))
        .await;
    assert_eq!((nothing.status, &*nothing.problem()), (409, "not-possible"));
    let history = server.rules().await["history"].clone();
    let told: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["kind"], &one["to"], &one["reason"]))
        .collect();
    assert_eq!(told[0], (&json!("rollback"), &json!(1), &json!("too much")));
    assert_eq!(told[1], (&json!("publish"), &json!(2), &json!("a test")));
    let other = http().get(server.url(PATH)).bearer_auth(OTHER_TOKEN);
    assert_eq!(send(other).await.unwrap().status, 403);
}

#[tokio::test]
async fn what_was_published_outlives_restarts_and_kills() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    assert_eq!(server.publish(version, &json!({})).await.status, 200);
    let server = server.kill().start();
    let rules = server.rules().await;
    assert_eq!(rules["live"], 2, "after a kill");
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/"), custom("a", "one")])
        .await
        .visitor;
    assert_eq!(server.ledger(&visitor).await, [(3.0, hash(&rules, 2))]);
    let log = server.home().read_log();
    assert!(
        log.contains("ahlan rules publish"),
        "the directory differs, and the start says what to do: {log}"
    );
    let server = server.stop().await.start();
    assert_eq!(server.rules().await["live"], 2, "after an end in order");
}

#[tokio::test]
async fn a_directory_that_is_the_truth_is_published_at_each_start() {
    let setup = Setup {
        shop: "rules_from = \"directory\"".to_owned(),
        ..Setup::default()
    };
    let server = Server::start_with(setup);
    let version = server.draft(&worth(3), 1).await;
    assert_eq!(server.publish(version, &json!({})).await.status, 200);
    let server = server.stop().await.start();
    assert_eq!(
        server.rules().await["live"],
        1,
        "the directory has version 1's files"
    );
    let home = server.stop().await;
    home.write_rules(&RULES.replace("points = 1\n", "points = 7\n"));
    let server = home.start();
    let rules = server.rules().await;
    assert_eq!(
        (&rules["live"], &rules["versions"][0]["origin"]),
        (&json!(3), &json!("directory"))
    );
    let home = server.stop().await;
    home.write_rules("[[trigger]]\nid = ");
    let server = home.start();
    assert_eq!(
        server.rules().await["live"],
        3,
        "a faulty version never replaces a good one"
    );
    assert!(server.home().read_log().contains("the live version stays"));
}

#[tokio::test]
async fn an_edit_of_what_is_no_longer_live_is_shown_both_sides() {
    let server = Server::start();
    let noor = server.draft(&worth(3), 1).await;
    let ali = server.draft(&worth(5), 1).await;
    assert_eq!(server.publish(noor, &json!({})).await.status, 200);
    let late = json!({"reason": "mine", "expected": 1});
    let late = server.rules_post(&format!("/{ali}/publish"), &late).await;
    assert_eq!((late.status, &*late.problem()), (409, "stale-version"));
    let late = late.json();
    assert_eq!(
        (&late["live"]["version"], &late["live"]["author"]),
        (&json!(noor), &json!("noor"))
    );
    assert_eq!(late["live"]["files"], worth(3));
    let since = late["since_parent"][0]["diff"].as_str().unwrap();
    assert!(since.contains("-points = 1\n+points = 3\n"), "{since}");
    let mine = late["from_live"][0]["diff"].as_str().unwrap();
    assert!(mine.contains("-points = 3\n+points = 5\n"), "{mine}");
    assert_eq!(server.rules().await["live"], noor);
    let draft = json!({"files": worth(9), "parent": 1, "reason": "x"});
    let draft = server.rules_post("", &draft).await;
    assert_eq!((draft.status, &*draft.problem()), (409, "stale-version"));
    assert_eq!(draft.json()["live"]["version"], noor);
}

#[tokio::test]
async fn a_roll_out_acts_for_its_share_and_no_one_else() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    let half = server.publish(version, &json!({"share": "50%"})).await;
    assert_eq!(
        (half.status, &half.json()["rollout"]["share"]),
        (200, &json!("50%")),
        "{half:?}"
    );
    assert_eq!(half.json()["live"], 1);
    let mut given = Vec::new();
    for n in 0..60 {
        let name = format!("visitor {n}");
        let visitor = server
            .accept(&name, &[page_view("p", "p", "/"), custom("a", "one")])
            .await
            .visitor;
        given.push((name, server.ledger(&visitor).await[0].0));
    }
    let new = given.iter().filter(|(_, points)| *points > 2.0).count();
    assert!((10..50).contains(&new), "{new} of 60");
    let stopped = server
        .rules_delete("/rollout?reason=enough&author=noor")
        .await;
    assert_eq!(
        (stopped.status, &stopped.json()["rollout"]),
        (200, &Value::Null)
    );
    for (name, _) in &given {
        let visitor = server.accept(name, &[custom("b", "one")]).await.visitor;
        assert!(server.ledger(&visitor).await[1].0 < 2.0);
    }
    let history = server.rules().await["history"].clone();
    assert_eq!(
        (&history[0]["kind"], &history[0]["author"]),
        (&json!("stop_rollout"), &json!("noor"))
    );
    assert_eq!(
        (&history[1]["kind"], &history[1]["share"]),
        (&json!("rollout"), &json!("50%"))
    );
}

#[tokio::test]
async fn whoever_looks_at_a_page_is_looked_at_again_under_the_new_rules() {
    let server = Server::start();
    server.agent_is("online").await;
    let demanding = RULES.replace("at_least = 30", "at_least = 300");
    let version = server.draft(&files(&demanding), 1).await;
    server.publish(version, &json!({})).await;
    server
        .accept(
            "sara",
            &[page_view("p", "p", "/pricing"), custom("a", "one")],
        )
        .await;
    until("the reader has read", async || {
        let list = server.agent("/v1/sites/shop/visitors").await.json();
        (list["visitors"][0]["scores"][0]["value"].as_f64()? >= 30.0).then_some(())
    })
    .await;
    assert_eq!(server.ask("sara").await, Value::Null);
    server
        .rules_post("/rollback", &json!({"reason": "nobody is greeted"}))
        .await;
    // No event comes: the roll-back alone makes the difference.
    let trigger = until("the invitation", async || {
        let invitation = server.ask("sara").await;
        invitation["trigger"].as_str().map(str::to_owned)
    });
    assert_eq!(trigger.await, "pricing-help");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swapping_rules_under_load_refuses_nobody() {
    let server = Arc::new(Server::start());
    let version = server.draft(&worth(3), 1).await;
    let done = Arc::new(AtomicBool::new(false));
    let (visited, stop) = (Arc::clone(&server), Arc::clone(&done));
    let visits = tokio::spawn(async move {
        let mut visitors = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let name = format!("visitor {}", visitors.len());
            let events = [
                page_view("p", "p", "/"),
                custom("a", "one"),
                custom("b", "one"),
            ];
            visitors.push(visited.accept(&name, &events).await.visitor);
        }
        visitors
    });
    for _ in 0..15 {
        assert_eq!(server.publish(version, &json!({})).await.status, 200);
        let back = server
            .rules_post("/rollback", &json!({"reason": "back"}))
            .await;
        assert_eq!(back.status, 200, "{back:?}");
    }
    done.store(true, Ordering::Relaxed);
    let visitors = visits.await.unwrap();
    let rules = server.rules().await;
    let (one, two) = (hash(&rules, 1), hash(&rules, 2));
    let mut seen = BTreeSet::new();
    for visitor in &visitors {
        let ledger = server.ledger(visitor).await;
        assert_eq!(ledger.len(), 2);
        for (points, rules) in ledger {
            let wanted: f64 = if rules == one { 1.0 } else { 3.0 };
            assert!(
                (points - wanted).abs() < 1e-9 && (rules == one || rules == two),
                "{points} {rules}"
            );
            seen.insert(rules);
        }
    }
    assert_eq!(
        seen.len(),
        2,
        "both versions acted for some of {} visitors",
        visitors.len()
    );
}
