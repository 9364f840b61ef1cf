//! A version that is tried beside the live one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{custom, page_view};
use crate::rulesets::{PATH, RULES, files};
use crate::server::Server;
use crate::wait::until;

/// A visitor who reads the prices; returns the visitor's id.
async fn reader(server: &Server, name: &str) -> String {
    let prices = page_view("p", "p", "/pricing");
    server.accept(name, &[prices]).await.visitor
}

/// What the shadow has seen, once `seen` finds in it what it looks for.
async fn shadow(server: &Server, seen: impl Fn(&Value) -> bool) -> Value {
    until("the shadow has seen it", async || {
        let answer = server.agent(&format!("{PATH}/shadow")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Some(answer.json()).filter(&seen)
    })
    .await
}

#[tokio::test]
async fn a_shadow_decides_beside_the_live_version_and_does_nothing() {
    let server = Server::start();
    server.agent_is("online").await;
    assert_eq!(
        server.agent(&format!("{PATH}/shadow")).await.json(),
        json!({"shadow": null, "comparison": null})
    );
    // The live version waits for more than reading gives; the shadow is content with less.
    let demanding = RULES.replace("at_least = 30", "at_least = 300");
    let live = server.draft(&files(&demanding), 1).await;
    server.publish(live, &json!({})).await;
    let before = reader(&server, "sara").await;
    let started = server
        .rules_post("/1/shadow", &json!({"reason": "would that be better?"}))
        .await;
    assert_eq!(
        (started.status, &started.json()["shadow"]["version"]),
        (200, &json!(1)),
        "{started:?}"
    );
    let after = reader(&server, "omar").await;
    // Ten events: whoever was there before the shadow is followed from the first event on that it sees.
    server.accept("sara", &[custom("c", "one")]).await;
    let gained = |answer: &Value| answer["comparison"]["report"]["gained"]["visitors"] == 2;
    let answer = shadow(&server, gained).await;
    let comparison = &answer["comparison"];
    assert_eq!(
        (&comparison["dropped"], &comparison["following"]),
        (&json!(0), &json!(2))
    );
    let report = &comparison["report"];
    assert_eq!(
        report["invitations"]["offered"],
        json!({"before": 0, "after": 2})
    );
    assert_eq!(report["triggers"][0]["trigger"], "pricing-help");
    let examples = report["gained"]["examples"].as_array().unwrap();
    let who: BTreeSet<_> = examples
        .iter()
        .map(|one| one["visitor"].as_str().unwrap())
        .collect();
    assert_eq!(who, BTreeSet::from([&*before, &*after]));
    // Nobody was greeted.
    assert_eq!(server.ask("sara").await, Value::Null);
    assert_eq!(
        server
            .metric("ahlan_invitations_total{state=\"offered\"}")
            .await,
        0
    );

    let server = server.stop().await.start();
    let kept = server.agent(&format!("{PATH}/shadow")).await.json();
    assert_eq!(kept["shadow"]["version"], 1, "it stays on");
    assert_eq!(
        kept["comparison"]["report"]["gained"]["visitors"], 0,
        "and counts anew"
    );
    let stopped = server.rules_delete("/shadow").await;
    assert_eq!(
        (stopped.status, &stopped.json()["shadow"]),
        (200, &Value::Null)
    );
    let again = server.rules_delete("/shadow").await;
    assert_eq!((again.status, &*again.problem()), (409, "not-possible"));
}

#[tokio::test]
async fn a_shadow_of_stricter_rules_tells_whom_it_would_lose() {
    let server = Server::start();
    server.agent_is("online").await;
    let strict = RULES.replace("at_least = 30", "at_least = 300");
    let strict = server.draft(&files(&strict), 1).await;
    server
        .rules_post(
            &format!("/{strict}/shadow"),
            &json!({"reason": "less is more"}),
        )
        .await;
    let visitor = reader(&server, "sara").await;
    let lost = |answer: &Value| answer["comparison"]["report"]["lost"]["visitors"] == 1;
    let report = shadow(&server, lost).await["comparison"]["report"].clone();
    assert_eq!(report["lost"]["examples"][0]["visitor"], visitor);
    assert_eq!(
        report["invitations"]["offered"],
        json!({"before": 1, "after": 0})
    );
    assert_eq!(server.ask("sara").await["trigger"], "pricing-help");
    // What goes live is its own comparison.
    server.publish(strict, &json!({})).await;
    let ended = server.agent(&format!("{PATH}/shadow")).await.json();
    assert_eq!(ended, json!({"shadow": null, "comparison": null}));
}
