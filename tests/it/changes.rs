//! What rules would change, and what a release has changed, as data.

use reqwest::Method;
use serde_json::{Value, json};

use crate::rulesets::{PATH, RULES, files, worth};
use crate::server::Server;

async fn changes(server: &Server, body: Value) -> Value {
    let reply = server.rules_post("/changes", &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

#[tokio::test]
async fn a_draft_is_compared_with_what_is_live() {
    let server = Server::start();
    let told = changes(&server, json!({"files": worth(3)})).await;
    let detail =
        json!({"key": "points", "path": ["points"], "before": 1, "after": 3, "within": null});
    let change = json!({
        "part": "score_rule", "id": "one", "name": "Counts one", "change": "changed",
        "says": "score_rule one: points 1 → 3", "details": [detail],
        "where": {"page_types": [], "languages": []},
    });
    assert_eq!(
        (&told["from"], &told["changes"]),
        (&json!(1), &json!([change]))
    );
    assert_eq!(told["unreadable"], json!([]));
    let lines = told["files"][0]["diff"].as_str().unwrap();
    assert!(lines.contains("-points = 1\n+points = 3\n"), "{lines}");
    // Between any two: files and versions, in either direction.
    let version = server.draft(&worth(3), 1).await;
    let back = changes(&server, json!({"from": version, "version": 1})).await;
    assert_eq!(back["changes"][0]["says"], "score_rule one: points 3 → 1");
    let same = changes(&server, json!({"from": worth(3), "version": version})).await;
    assert_eq!(
        (&same["from"], &same["changes"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn somebody_in_the_middle_of_a_line_has_taken_nothing_away() {
    let server = Server::start();
    let broken = format!("{RULES}\n[[trigger]]\nid = ");
    let told = changes(&server, json!({"files": files(&broken)})).await;
    assert_eq!(told["changes"], json!([]));
    assert_eq!(told["unreadable"], json!(["rules.toml"]));
    let lines = told["files"][0]["diff"].as_str().unwrap();
    assert!(lines.contains("+[[trigger]]\n+id = "), "{lines}");
    let both = json!({"files": files(RULES), "version": 1});
    let refused = async |body: Value| server.rules_post("/changes", &body).await.problem();
    assert_eq!(refused(both).await, "bad-parameter");
    assert_eq!(refused(json!({})).await, "bad-parameter");
    assert_eq!(refused(json!({"version": 9})).await, "not-found");
    assert_eq!(refused(json!({"from": 9, "version": 1})).await, "not-found");
}

#[tokio::test]
async fn the_history_tells_what_each_release_changed() {
    let server = Server::start();
    let version = server.draft(&worth(3), 1).await;
    server.publish(version, &json!({})).await;
    let history = server.rules().await["history"].clone();
    assert_eq!(
        (&history[0]["number"], &history[1]["number"]),
        (&json!(2), &json!(1))
    );
    let admin = server.administrator().await;
    let agent = server
        .person(&admin, "ali@shop.example", json!({"shop": "agent"}))
        .await;
    let entry = server
        .reads(&agent, &format!("{PATH}/history/2"))
        .await
        .json();
    assert_eq!(
        (&entry["kind"], &entry["to"]),
        (&json!("publish"), &json!(2))
    );
    assert_eq!(entry["changes"][0]["says"], "score_rule one: points 1 → 3");
    assert_eq!(entry["files"][0]["change"], "changed");
    // Before the first release there was nothing.
    let first = server.agent(&format!("{PATH}/history/1")).await.json();
    assert_eq!(
        (&first["from"], &first["changes"]),
        (&Value::Null, &Value::Null)
    );
    let none = server.agent(&format!("{PATH}/history/7")).await;
    assert_eq!((none.status, &*none.problem()), (404, "not-found"));
    let path = format!("{PATH}/changes");
    let seen = server
        .by(&agent, Method::POST, &path, json!({"version": 1}))
        .await;
    assert_eq!(
        seen.json()["changes"][0]["says"],
        "score_rule one: points 3 → 1"
    );
}
