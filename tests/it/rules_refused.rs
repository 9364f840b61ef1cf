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
