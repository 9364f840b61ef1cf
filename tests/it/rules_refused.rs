//! Rules that are refused, and what is told about them.

use serde_json::{Value, json};

use crate::rulesets::{RULES, files, worth};
use crate::server::Server;

#[tokio::test]
async fn faulty_rules_are_told_in_full_and_never_kept() {
    let server = Server::start();
    let faulty = files(
        "[[score]]\nname = \"buy\"\nmax = \"many\"\nstages = { warm = 25 }\nhalf_live = \"1d\"\n",
    );
    let body = json!({"files": faulty, "parent": 1, "reason": "a test"});
    let refused = server.rules_post("", &body).await;
    assert_eq!((refused.status, &*refused.problem()), (422, "bad-rules"));
    let refused = refused.json();
    let checked = server.rules_post("/check", &json!({"files": faulty})).await;
    assert_eq!(checked.status, 200);
    let checked = checked.json();
    assert_eq!(checked["diagnostics"], refused["diagnostics"]);
    assert_eq!(
        (&checked["usable"], &checked["errors"]),
        (&json!(false), &json!(2))
    );
    assert_eq!(checked["diagnostics"][0]["line"], 3);
    let good = server
        .rules_post("/check", &json!({"files": files(RULES)}))
        .await
        .json();
    assert_eq!(
        (&good["usable"], &good["errors"]),
        (&json!(true), &json!(0)),
        "{good}"
    );
    assert_eq!(
        server.rules().await["versions"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_reason() {
    let server = Server::start();
    let rules = |files: Value| json!({"files": files, "parent": 1, "reason": "x"});
    let publish = |share: Value| json!({"reason": "x", "expected": 1, "share": share});
    let (none, large) = (Value::Null, "#".repeat(3 << 20));
    let outside = json!([{"name": "../x.toml", "text": ""}]);
    let unexplained = json!({"files": worth(2), "parent": 1, "reason": " "});
    let parentless = json!({"files": worth(2), "reason": "x"});
    let refused = [
        ("", rules(json!([])), 400, "bad-parameter"),
        ("", rules(outside), 400, "bad-parameter"),
        ("", rules(files(&large)), 413, "too-large"),
        ("", unexplained, 400, "bad-parameter"),
        ("", parentless, 400, "malformed"),
        ("/7/publish", publish(none.clone()), 404, "not-found"),
        ("/x/publish", publish(none.clone()), 404, "not-found"),
        ("/1/publish", publish(none), 409, "not-possible"),
        ("/1/publish", publish(json!("0%")), 400, "bad-parameter"),
        ("/1/publish", publish(json!("half")), 400, "bad-parameter"),
        ("/7/shadow", json!({"reason": "x"}), 404, "not-found"),
        ("/1/shadow", json!({"reason": "x"}), 409, "not-possible"),
        (
            "/rollback",
            json!({"reason": "x", "to": 9}),
            404,
            "not-found",
        ),
        ("/rollback", json!({"reason": "x"}), 409, "not-possible"),
    ];
    for (path, body, status, problem) in refused {
        let reply = server.rules_post(path, &body).await;
        let told = (reply.status, &*reply.problem());
        assert_eq!(told, (status, problem), "{path}");
    }
    let nothing = server.rules_delete("/rollout").await;
    assert_eq!((nothing.status, &*nothing.problem()), (409, "not-possible"));
}

/// The rules with a test that expects so many points for the event `one`.
fn tested(points: u32) -> String {
    format!(
        "{RULES}\n[[test]]\nname = \"one is worth it\"\nvisit = [ {{ at = \"0s\", url = \"/\" }}, \
         {{ at = \"1s\", event = \"one\", expect = {{ score.buy = {points} }} }} ]\n"
    )
}

#[tokio::test]
async fn rules_that_fail_their_own_test_are_not_published() {
    let server = Server::start();
    let failing = files(&tested(2));
    let version = server.draft(&failing, 1).await;
    let refused = server.publish(version, &json!({})).await;
    let told = (refused.status, &*refused.problem());
    assert_eq!(told, (422, "failed-test"), "{refused:?}");
    let refused = refused.json();
    let detail = refused["detail"].as_str().unwrap();
    let expected = "\"one is worth it\" (rules.toml:";
    assert!(detail.contains(expected), "{detail}");
    assert!(detail.contains("because `one` gave 1"), "{detail}");
    assert_eq!(refused["tests"]["failed"], 1);
    assert_eq!(server.rules().await["live"], 1, "nothing has changed");

    let check = json!({"files": failing});
    let checked = server.rules_post("/check", &check).await.json();
    assert_eq!(
        (&checked["usable"], &checked["errors"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(checked["tests"], refused["tests"]);
    assert!(detail.ends_with(checked["failed_test"].as_str().unwrap()));
    let passing = json!({"files": files(&tested(1))});
    let passing = server.rules_post("/check", &passing).await.json();
    assert_eq!(
        (&passing["usable"], &passing["tests"]["passed"]),
        (&json!(true), &json!(1)),
        "{passing}"
    );

    let anyway = server.publish(version, &json!({"skip_tests": true})).await;
    assert_eq!((anyway.status, &anyway.json()["live"]), (200, &json!(2)));
    assert_eq!(server.rules().await["history"][0]["untested"], true);
}
