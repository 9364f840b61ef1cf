//! Labels that agents give visitors.

use serde_json::{Value, json};

use crate::client::{Reply, custom, http, page_view, send};
use crate::server::{Server, TOKEN};

async fn tag(server: &Server, visitor: &str, body: &Value) -> Reply {
    let url = server.url(&format!("/v1/sites/shop/visitors/{visitor}/tags"));
    let request = http().post(url).bearer_auth(TOKEN).body(body.to_string());
    send(request).await.unwrap()
}

#[tokio::test]
async fn labels_are_put_on_taken_off_shown_and_told_in_the_timeline() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let reply = tag(&server, &visitor, &json!({"add": ["vip", " new "]})).await;
    assert_eq!(
        (reply.status, reply.json()),
        (200, json!({"tags": ["vip", "new"]}))
    );
    let reply = tag(
        &server,
        &visitor,
        &json!({"add": ["سعيد"], "remove": ["VIP"]}),
    )
    .await;
    assert_eq!(reply.json(), json!({"tags": ["new", "سعيد"]}));
    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["tags"], json!(["new", "سعيد"]));
    assert_eq!(detail["timeline"][0]["type"], "tag");
    assert_eq!(detail["timeline"][0]["data"]["remove"], json!(["VIP"]));
}

#[tokio::test]
async fn labels_out_of_bounds_and_strangers_are_refused() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let many: Vec<String> = (0..33).map(|n| format!("t{n}")).collect();
    for (body, status, problem) in [
        (json!({"add": [" "]}), 400, "bad-parameter"),
        (json!({"add": ["x".repeat(65)]}), 400, "bad-parameter"),
        (json!({"remove": many}), 400, "bad-parameter"),
        (json!({"put": []}), 400, "malformed"),
        (json!({}), 400, "bad-parameter"),
        (json!({"add": [], "remove": []}), 400, "bad-parameter"),
    ] {
        let reply = tag(&server, &visitor, &body).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (status, problem),
            "{body}"
        );
    }
    for stranger in ["nobody", "AAAAAAAAAAAAAAAAAAAAAA"] {
        let reply = tag(&server, stranger, &json!({"add": ["vip"]})).await;
        assert_eq!((reply.status, &*reply.problem()), (404, "not-found"));
    }
    let refusal = json!({"id": "c", "type": "consent", "state": "denied"});
    server.accept("sara", &[refusal]).await;
    let reply = tag(&server, &visitor, &json!({"add": ["vip"]})).await;
    assert_eq!(
        reply.status, 404,
        "whoever refused tracking is not labelled"
    );
}

#[tokio::test]
async fn a_label_outlives_the_service() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    server.accept("sara", &[custom("c", "one")]).await;
    tag(&server, &visitor, &json!({"add": ["vip"]})).await;
    let server = server.kill().start();
    assert_eq!(server.visitor(&visitor).await["tags"], json!(["vip"]));
}
