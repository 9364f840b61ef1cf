//! What the browser remembers, told to a service that has lost it: a store may forget what it had acknowledged.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{key, outcome, page_view};
use crate::server::{Server, copy_dir};
use crate::wait::{always, until};

async fn attended() -> Server {
    let server = Server::start();
    server.agent_is("online").await;
    server
}

/// Reads the prices until there is an invitation, and returns its id.
async fn invited(server: &Server, name: &str) -> String {
    server
        .accept(name, &[page_view("p", "p", "/pricing")])
        .await;
    until("an invitation", async || {
        server.ask(name).await["id"].as_str().map(str::to_owned)
    })
    .await
}

/// The event that tells what became of an invitation just now.
fn word(id: &str, invitation: &str, what: &str) -> Value {
    let mut event = outcome(id, invitation, what);
    event["at"] = json!(ahlan::clock::now().0);
    event
}

/// Reports events as the tracker does, which remembers `known`.
async fn collect(server: &Server, name: &str, events: &[Value], known: &Value) -> Value {
    let body = json!({"site": "shop", "key": key(name), "sent": ahlan::clock::now().0,
        "known": known.to_string(), "events": events});
    let reply = server.post("/v1/collect", body.to_string()).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    reply.json()
}

/// Asks as the tracker does.
async fn ask(server: &Server, name: &str, known: &Value) -> Value {
    let body = json!({"site": "shop", "key": key(name), "sent": ahlan::clock::now().0,
        "known": known.to_string()});
    let reply = server.post("/v1/invitation", body.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["invitation"].clone()
}

#[tokio::test]
async fn nobody_is_invited_again_by_a_service_that_has_lost_everything() {
    let server = attended().await;
    let id = invited(&server, "sara").await;
    let no = word("d", &id, "dismissed");
    server.accept("sara", std::slice::from_ref(&no)).await;
    // All is lost but who the visitors are.
    let home = server.kill();
    let secret = fs::read(home.data().join("secret")).unwrap();
    fs::remove_dir_all(home.data()).unwrap();
    fs::create_dir(home.data()).unwrap();
    fs::write(home.data().join("secret"), secret).unwrap();
    let server = home.start();
    server.agent_is("online").await;

    let view = [page_view("q", "q", "/pricing")];
    let told = collect(&server, "sara", &view, &no).await;
    assert_eq!(
        (told["accepted"].clone(), told["rejected"].clone()),
        (json!(1), json!([]))
    );
    invited(&server, "omar").await;
    always(
        "who has said no is left alone",
        Duration::from_millis(1_500),
        async || server.ask("sara").await.is_null(),
    )
    .await;
    let detail = server.visitor(told["visitor"].as_str().unwrap()).await;
    assert_eq!(detail["invitations"][0]["id"], *id);
    assert_eq!(detail["invitations"][0]["trigger"], "pricing-help");
    assert_eq!(detail["invitation"], "dismissed");
    assert_eq!(detail["timeline"][0]["type"], "known");
    assert_eq!(
        server
            .metric("ahlan_invitations_total{state=\"learned\"}")
            .await,
        1
    );

    // It is learned once, also by a service that has crashed meanwhile.
    let server = server.kill().start();
    collect(&server, "sara", &[page_view("r", "r", "/pricing")], &no).await;
    let again = server.visitor(told["visitor"].as_str().unwrap()).await;
    assert_eq!(again["invitations"], detail["invitations"]);
    assert_eq!(again["timeline"][0]["type"], "page_view");
}

#[tokio::test]
async fn a_service_that_is_behind_learns_when_it_is_asked() {
    let server = attended().await;
    let id = invited(&server, "sara").await;
    let home = server.kill();
    let behind = tempfile::tempdir().unwrap();
    copy_dir(&home.data(), behind.path());
    let server = home.start();
    let yes = word("a", &id, "accepted");
    server.accept("sara", std::slice::from_ref(&yes)).await;
    let home = server.kill();
    fs::remove_dir_all(home.data()).unwrap();
    copy_dir(behind.path(), &home.data());
    let server = home.start();
    assert_eq!(server.ask("sara").await["id"], *id, "it is behind");
    assert_eq!(ask(&server, "sara", &json!("nonsense")).await["id"], *id);
    assert_eq!(ask(&server, "sara", &yes).await, Value::Null);
    assert_eq!(server.ask("sara").await, Value::Null, "and stays so");
}
