//! Webhooks: who is told what, by whom it is set up, and how it is looked after.

mod failing;

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Reply, http, outcome, page_view, send};
use crate::receiver::{Heard, Receiver};
use crate::server::{OTHER_TOKEN, Server, Setup, TOKEN};
use crate::wait::{always, until};

/// Longer than a delivery belongs to the process that was to make it.
const LEASE_AND_MORE: Duration = Duration::from_secs(60);

fn setup() -> Setup {
    Setup {
        tables: "[webhooks]\nallow_private = true\n".to_owned(),
        ..Setup::default()
    }
}

async fn ask(server: &Server, method: &str, path: &str, body: Option<Value>) -> Reply {
    let url = server.url(&format!("/v1/sites/shop/webhooks{path}"));
    let request = http()
        .request(method.parse().unwrap(), url)
        .bearer_auth(TOKEN);
    let request = match body {
        Some(body) => request.body(body.to_string()),
        None => request,
    };
    send(request).await.unwrap()
}

/// Sets up a webhook; answers with its id and its secret.
async fn add(server: &Server, receiver: &Receiver, events: Value) -> (String, String) {
    let body = json!({"url": receiver.url(), "events": events});
    let reply = ask(server, "POST", "", Some(body)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let webhook = reply.json();
    let text = |name: &str| webhook[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn webhook(server: &Server, id: &str) -> Value {
    let reply = ask(server, "GET", &format!("/{id}"), None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// The tries of a webhook, the latest first.
async fn tries(server: &Server, id: &str) -> Vec<Value> {
    let reply = ask(server, "GET", &format!("/{id}/deliveries"), None).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["deliveries"].as_array().unwrap().clone()
}

/// A try of a webhook, once there is one that fits.
async fn tried(server: &Server, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
    until("there is such a try", async || {
        tries(server, id).await.into_iter().find(&fits)
    })
    .await
}

/// Somebody says who they are: the quickest thing to be told of.
async fn identify(server: &Server, name: &str) -> String {
    let events = [
        page_view("p", "p", "/pricing"),
        json!({"id": "i", "type": "identify", "user_id": name, "traits": {"company": "Wide Ltd"}}),
    ];
    server.accept(name, &events).await.visitor
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_hears_how_an_invitation_goes() {
    let server = Server::start_with(setup());
    let receiver = Receiver::well().await;
    let (id, secret) = add(&server, &receiver, json!("*")).await;
    server.agent_is("online").await;
    let visitor = server
        .accept("sara", &[page_view("p1", "p1", "/pricing")])
        .await
        .visitor;
    let offered = receiver.hears("invitation.offered").await;
    let data = &offered.json()["data"];
    assert_eq!(data["visitor"]["id"], *visitor);
    assert_eq!(
        (&data["site"], &data["test"]),
        (&json!("shop"), &Value::Null)
    );
    assert_eq!(
        data["invitation"]["message"],
        "Questions about plans? I can help."
    );
    assert_eq!(data["issue"]["kind"], "sales");
    assert_eq!(data["interests"]["page_types"][0]["name"], "pricing");
    let invitation = data["invitation"]["id"].as_str().unwrap();
    server
        .accept("sara", &[outcome("s", invitation, "shown")])
        .await;
    server
        .accept("sara", &[outcome("a", invitation, "accepted")])
        .await;
    let accepted = receiver.hears("invitation.accepted").await.json();
    assert_eq!(accepted["data"]["invitation"]["shown"], true);
    assert_eq!(accepted["data"]["invitation"]["trigger"], "pricing-help");
    let chat = json!({"id": "c", "type": "chat", "state": "queued"});
    server.accept("sara", &[chat]).await;
    receiver.hears("chat.requested").await;
    receiver.hears("invitation.shown").await;
    receiver.hears("visitor.stage_changed").await;
    let heard = receiver.heard();
    let mut ids: Vec<_> = heard.iter().map(Heard::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), heard.len(), "each is told once");
    for heard in &heard {
        assert!(heard.is_signed_by(&secret), "{heard:?}");
        assert!(!heard.is_signed_by("whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"));
        assert_eq!(heard.header("content-type"), "application/json");
    }
    until("all is settled", async || {
        let health = webhook(&server, &id).await["health"].clone();
        (health["waiting"] == 0 && !health["last_success_at"].is_null()).then_some(())
    })
    .await;
    let delivered = "ahlan_webhook_deliveries_total{outcome=\"delivered\"}";
    assert_eq!(server.metric(delivered).await, heard.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secrets_sign_while_one_is_changed() {
    let server = Server::start_with(setup());
    let receiver = Receiver::well().await;
    let (id, old) = add(&server, &receiver, json!(["visitor.identified"])).await;
    let reply = ask(&server, "POST", &format!("/{id}/secret"), None).await;
    let new = reply.json()["secret"].as_str().unwrap().to_owned();
    let secrets = webhook(&server, &id).await["secrets"].clone();
    assert!(secrets[0]["expires_at"].is_null() && secrets[1]["expires_at"].is_u64());
    let hint = secrets[0]["hint"].as_str().unwrap().trim_start_matches('…');
    assert!(new.ends_with(hint) && new != old);
    identify(&server, "sara").await;
    let heard = receiver.hears("visitor.identified").await;
    assert!(heard.is_signed_by(&old) && heard.is_signed_by(&new));
    assert_eq!(heard.json()["data"]["company"]["name"], "Wide Ltd");
    assert_eq!(receiver.heard().len(), 1, "nothing else was wanted");
    let shown = webhook(&server, &id).await.to_string();
    assert!(!shown.contains(&new[6..]), "a secret is shown once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_can_be_sent_again_and_a_receiver_tried() {
    let server = Server::start_with(setup());
    let receiver = Receiver::well().await;
    let (id, secret) = add(&server, &receiver, json!(["visitor.identified"])).await;
    identify(&server, "sara").await;
    let delivered = tried(&server, &id, |tried| tried["state"] == "delivered").await;
    let path = format!(
        "/{id}/deliveries/{}/replay",
        delivered["id"].as_str().unwrap()
    );
    let reply = ask(&server, "POST", &path, None).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let again = reply.json()["id"].clone();
    assert_ne!(again, delivered["id"]);
    let replayed = tried(&server, &id, |tried| tried["id"] == again).await;
    assert_eq!(replayed["message"], delivered["message"]);
    assert_eq!(replayed["body"], delivered["body"]);
    let path = format!("/{id}/test");
    let tested = ask(
        &server,
        "POST",
        &path,
        Some(json!({"event": "chat.requested"})),
    )
    .await;
    assert_eq!(tested.json()["state"], "delivered");
    let heard = receiver.of("chat.requested");
    assert_eq!(heard[0].json()["data"]["test"], true);
    assert!(heard[0].is_signed_by(&secret));
    let page = ask(&server, "GET", &format!("/{id}/deliveries?limit=2"), None).await;
    let page = page.json();
    assert_eq!(page["deliveries"].as_array().unwrap().len(), 2);
    let next = page["next"].as_str().unwrap();
    let rest = ask(
        &server,
        "GET",
        &format!("/{id}/deliveries?before={next}"),
        None,
    )
    .await;
    let rest = rest.json()["deliveries"].as_array().unwrap().clone();
    assert_eq!((rest.len(), &rest[0]["id"]), (1, &delivered["id"]));
    let none = ask(
        &server,
        "GET",
        &format!("/{id}/deliveries?state=failed"),
        None,
    )
    .await;
    assert_eq!(none.json()["deliveries"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_refuses_tracking_is_told_of_no_more() {
    let server = Server::start_with(setup());
    let receiver = Receiver::well().await;
    add(&server, &receiver, json!("*")).await;
    server.accept("sara", &[page_view("p", "p", "/")]).await;
    let no = json!({"id": "n", "type": "consent", "state": "denied"});
    server.accept("sara", &[no]).await;
    always("nothing is told", Duration::from_millis(500), async || {
        receiver.heard().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_kept_changed_and_removed_by_who_may() {
    let server = Server::start_with(setup());
    let receiver = Receiver::well().await;
    let (id, _) = add(&server, &receiver, json!(["session.ended"])).await;
    let stranger = http().get(server.url("/v1/sites/shop/webhooks"));
    let reply = send(stranger.bearer_auth(OTHER_TOKEN)).await.unwrap();
    assert_eq!(&*reply.problem(), "forbidden");
    for (path, body, problem) in [
        (
            "",
            json!({"url": receiver.url(), "events": ["visitor.left"]}),
            "bad-parameter",
        ),
        (
            "",
            json!({"url": receiver.url(), "events": []}),
            "bad-parameter",
        ),
        (
            "",
            json!({"url": receiver.url(), "secret": "mine"}),
            "malformed",
        ),
        (
            "/wh_none/test",
            json!({"event": "session.ended"}),
            "not-found",
        ),
        ("/wh_none/secret", json!({}), "not-found"),
    ] {
        let reply = ask(&server, "POST", path, Some(body.clone())).await;
        assert_eq!(&*reply.problem(), problem, "{path} {body}");
    }
    let path = format!("/{id}");
    let change = json!({"events": "*", "url": "https://crm.example/hooks"});
    let reply = ask(&server, "PATCH", &path, Some(change)).await;
    assert_eq!(reply.json()["events"], "*");
    let home = server.kill();
    let server = home.start();
    let kept = webhook(&server, &id).await;
    assert_eq!(
        (&kept["url"], &kept["enabled"]),
        (&json!("https://crm.example/hooks"), &json!(true))
    );
    assert_eq!(ask(&server, "DELETE", &path, None).await.status, 204);
    assert_eq!(ask(&server, "GET", &path, None).await.status, 404);
    let list = ask(&server, "GET", "", None).await.json();
    assert_eq!(list["webhooks"], json!([]));
    assert_eq!(list["events"].as_array().unwrap().len(), 10);
    for _ in 0..20 {
        add(&server, &receiver, json!("*")).await;
    }
    let body = json!({"url": receiver.url()});
    let reply = ask(&server, "POST", "", Some(body)).await;
    assert_eq!(&*reply.problem(), "not-possible");
}
