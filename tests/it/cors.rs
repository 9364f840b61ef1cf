//! Which pages may speak for a site, and who may read the answers.

use crate::client::{batch, headers, http, key, page_view, send};
use crate::server::{ORIGIN, Server, Setup};

const STRANGER: &str = "https://stranger.example";

#[tokio::test]
async fn a_page_of_the_site_may_speak_and_read_the_answer_without_credentials() {
    let server = Server::start();
    let body = batch("sara", &[page_view("p", "p", "/")]);
    let reply = server
        .post_with(
            "/v1/collect",
            headers(&[("origin", ORIGIN), ("content-type", "text/plain")]),
            body,
        )
        .await;
    assert_eq!(reply.taken().accepted, 1);
    assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    assert_eq!(reply.header("vary"), Some("origin"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_page_of_a_stranger_may_neither_speak_nor_ask_nor_listen() {
    let server = Server::start();
    let from = |origin| headers(&[("origin", origin)]);
    for origin in [
        STRANGER,
        "null",
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://club.example",
    ] {
        let body = batch("sara", &[page_view("p", "p", "/")]);
        let reply = server.post_with("/v1/collect", from(origin), body).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (403, "origin-not-allowed"),
            "{origin}"
        );
        let ask = serde_json::json!({"site": "shop", "key": key("sara")}).to_string();
        let reply = server.post_with("/v1/invitation", from(origin), ask).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (403, "origin-not-allowed"),
            "{origin}"
        );
    }
    let list = server.agent("/v1/sites/shop/visitors").await.json();
    assert_eq!(list["total"], 0, "a refused request leaves nothing behind");
    let taken = server.accept("sara", &[page_view("p", "p", "/")]).await;
    let stream = http()
        .get(server.url(&taken.stream.unwrap()))
        .headers(from(STRANGER));
    let reply = send(stream).await.unwrap();
    assert_eq!(
        (reply.status, &*reply.problem()),
        (403, "origin-not-allowed")
    );
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn an_origin_that_is_no_text_is_on_no_list() {
    let server = Server::start();
    let mut headers = headers(&[]);
    headers.insert(
        "origin",
        reqwest::header::HeaderValue::from_bytes(b"https://shop.example\xff").unwrap(),
    );
    let reply = server
        .post_with(
            "/v1/collect",
            headers,
            batch("sara", &[page_view("p", "p", "/")]),
        )
        .await;
    assert_eq!(
        (reply.status, &*reply.problem()),
        (403, "origin-not-allowed")
    );
}

#[tokio::test]
async fn a_preflight_is_answered_and_promises_no_credentials() {
    let server = Server::start();
    for path in ["/v1/collect", "/v1/invitation"] {
        let asked = headers(&[
            ("origin", ORIGIN),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ]);
        let request = http()
            .request(reqwest::Method::OPTIONS, server.url(path))
            .headers(asked);
        let reply = send(request).await.unwrap();
        assert_eq!(reply.status, 204);
        assert_eq!(reply.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("content-type")
        );
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn the_agents_side_is_for_no_other_page() {
    let server = Server::start();
    let request = http()
        .get(server.url("/v1/sites/shop/visitors"))
        .headers(headers(&[("origin", ORIGIN)]));
    let reply = send(request.bearer_auth(crate::server::TOKEN))
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_site_for_trying_things_out_hears_every_page() {
    let server = Server::start_with(Setup {
        tables: "[[site]]\nkey = \"lab\"\norigins = [\"*\"]\nrules = \"RULES\"\n".to_owned(),
        ..Setup::default()
    });
    let body = batch("sara", &[page_view("p", "p", "/")]).replace("\"shop\"", "\"lab\"");
    let reply = server
        .post_with("/v1/collect", headers(&[("origin", STRANGER)]), body)
        .await;
    assert_eq!(reply.taken().accepted, 1);
    assert_eq!(reply.header("access-control-allow-origin"), Some(STRANGER));
}
