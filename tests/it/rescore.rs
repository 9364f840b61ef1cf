//! History scored anew: first shown, then done, and still there after a kill.

use serde_json::{Value, json};

use crate::client::{custom, page_view};
use crate::rulesets::{PATH, hash, worth};
use crate::server::Server;

/// Two visitors with one point and two points, then a version in which each of those is thirty.
async fn visited() -> (Server, [String; 2], u64) {
    let server = Server::start();
    let ones = [
        page_view("p", "p", "/"),
        custom("a", "one"),
        custom("b", "one"),
    ];
    let sara = server.accept("sara", &ones[..2]).await.visitor;
    let omar = server.accept("omar", &ones).await.visitor;
    let version = server.draft(&worth(30), 1).await;
    (server, [sara, omar], version)
}

#[tokio::test]
async fn the_effect_is_shown_before_anything_changes() {
    let (server, [sara, omar], version) = visited().await;
    let path = format!("/{version}/rescore-preview");
    let shown = server.rules_post(&path, &Value::Null).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let shown = shown.json();
    let counted = (&shown["visitors"], &shown["changed"]);
    assert_eq!(counted, (&json!(2), &json!(2)), "{shown}");
    let buy = json!({"score": "buy", "up": 2, "down": 0, "same": 0});
    assert_eq!(shown["scores"][0], buy);
    let stage = |to: &str| json!({"score": "buy", "from": null, "to": to, "visitors": 1});
    assert_eq!(shown["stages"], json!([stage("hot"), stage("warm")]));
    let most = json!({"visitor": omar, "score": "buy", "before": 2.0, "after": 60.0});
    assert_eq!(shown["examples"][0], most);
    let nobody = json!({"too_many": 0, "incomplete": 0, "busy": 0, "other_version": 0});
    assert_eq!(shown["left_out"], nobody);
    let known = server.rules().await;
    let before = [(1.0, hash(&known, 1))];
    assert_eq!(server.ledger(&sara).await, before, "nothing has changed");
    assert_eq!(known["history"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn history_is_scored_anew_once_and_for_all() {
    let (server, [sara, omar], version) = visited().await;
    let anew = async |version: u64, expected: u64| {
        let body = json!({"reason": "from the beginning", "expected": expected, "author": "noor"});
        server
            .rules_post(&format!("/{version}/rescore"), &body)
            .await
    };
    let early = anew(version, 1).await;
    assert_eq!((early.status, &*early.problem()), (409, "not-possible"));
    assert_eq!(server.publish(version, &json!({})).await.status, 200);
    let late = anew(version, 1).await;
    assert_eq!((late.status, &*late.problem()), (409, "stale-version"));

    let done = anew(version, version).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json()["changed"], 2, "{done:?}");
    let known = server.rules().await;
    let new = (30.0, hash(&known, version));
    let last = &known["history"][0];
    assert_eq!(
        (&last["kind"], &last["reason"], &last["author"]),
        (
            &json!("rescore"),
            &json!("from the beginning"),
            &json!("noor")
        )
    );
    let once = vec![new.clone()];
    assert_eq!(server.ledger(&sara).await, once);
    let told = server.visitor(&omar).await["timeline"].clone();
    assert_eq!(told[0]["type"], "rescore", "{told}");
    let log = format!("/v1/sites/shop/decisions?visitor={omar}&kind=stage");
    let log = server.agent(&log).await.json();
    assert_eq!(log["decisions"][0]["to"], "hot", "{log}");

    let server = server.kill().start();
    assert_eq!(server.ledger(&sara).await, once, "after a kill");
    server.accept("omar", &[custom("c", "one")]).await;
    let server = server.stop().await.start();
    let given = [new.clone(), new.clone(), new];
    assert_eq!(server.ledger(&omar).await, given, "life goes on");
    let again = json!({"reason": "again", "expected": version});
    let path = format!("/{version}/rescore");
    let again = server.rules_post(&path, &again).await.json();
    assert_eq!(
        (&again["visitors"], &again["changed"]),
        (&json!(2), &json!(0)),
        "{again}"
    );
    let journal = server.agent("/v1/sites/shop/journal?since=1h").await.body;
    let scored = journal.lines().filter(|line| line.contains("\"scores\":"));
    assert_eq!(
        scored.count(),
        2,
        "what changes nothing is not written:\n{journal}"
    );
    let current = server.agent(&format!("{PATH}/current")).await.json();
    assert_eq!(current["version"], version);
}
