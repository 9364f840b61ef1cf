//! Whether a site is set up, and what is wrong when it is not.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};

use crate::client::{batch, headers, http, key, page_view, send};
use crate::server::{Home, Server, Setup, TOKEN};
use crate::wait::until;

const INSTALL: &str = "/v1/sites/shop/install";

async fn install(server: &Server) -> Value {
    let reply = server.agent(INSTALL).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn problem(install: &Value, kind: &str) -> Value {
    let problems = install["problems"].as_array().unwrap().iter();
    let mut found = problems.filter(|problem| problem["kind"] == kind);
    found.next().cloned().unwrap_or(Value::Null)
}

#[tokio::test]
async fn the_first_event_is_told_and_outlives_the_service() {
    let server = Home::new(Setup::default()).start();
    let empty = install(&server).await;
    assert_eq!(
        (
            &empty["first_event"],
            &empty["last_event"],
            &empty["problems"]
        ),
        (&Value::Null, &Value::Null, &json!([]))
    );
    let address = server.address;
    let snippet =
        format!("<script async src=\"http://{address}/t.js\" data-site=\"shop\"></script>");
    assert_eq!(empty["snippet"], snippet);
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    let first = until("the first event", async || {
        let first = install(&server).await["first_event"].clone();
        (!first.is_null()).then_some(first)
    })
    .await;
    assert_eq!(
        (&first["browser"], &first["os"], &first["page"]),
        (&json!("Chrome"), &json!("Windows"), &json!("/pricing"))
    );
    assert_eq!(install(&server).await["last_event"], first);
    let server = server.stop().await.start();
    let again = install(&server).await;
    assert_eq!(
        (&again["first_event"], &again["last_event"]),
        (&first, &Value::Null)
    );
    server.accept("omar", &[page_view("p", "p", "/")]).await;
    let after = install(&server).await;
    assert_eq!(after["first_event"], first, "there is one first event only");
    assert_eq!(after["last_event"]["page"], "/");
}

#[tokio::test]
async fn what_is_refused_is_told_with_its_reason() {
    let server = Server::start();
    let view = page_view("p", "p", "/");
    let mine = ("origin", "https://shop.example");
    let collect = async |with: &[(&'static str, &str)], body: String| {
        server.post_with("/v1/collect", headers(with), body).await;
    };
    let stranger = [("origin", "https://copy.example")];
    collect(&stranger, batch("a", std::slice::from_ref(&view))).await;
    let wrong = json!({"site": "shoop", "key": key("a"), "events": [view]});
    collect(&[mine], wrong.to_string()).await;
    // Nobody knows whose mistake this is.
    collect(&stranger, wrong.to_string()).await;
    collect(
        &[mine, ("sec-gpc", "1")],
        batch("a", std::slice::from_ref(&view)),
    )
    .await;
    let bot = (
        "user-agent",
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
    );
    collect(&[mine, bot], batch("a", std::slice::from_ref(&view))).await;
    collect(&[mine], "{".to_owned()).await;
    let mut old = view.clone();
    old["at"] = json!(1_000);
    collect(&[mine], batch("a", &[old])).await;
    collect(&[mine], batch("a", &[json!({"id": "x", "type": "dance"})])).await;
    let told = install(&server).await;
    for (kind, count, detail) in [
        ("origin", 1, "https://copy.example"),
        ("unknown_site", 1, "shoop"),
        ("consent", 1, "Sec-GPC"),
        ("bot", 1, "Googlebot"),
        ("clock", 1, "too_old"),
        ("malformed", 2, "dance"),
    ] {
        let problem = problem(&told, kind);
        assert_eq!(problem["count"], count, "{kind}: {told:#}");
        assert!(
            problem["detail"].as_str().unwrap().contains(detail),
            "{problem}"
        );
        assert!(problem["hint"].as_str().unwrap().len() > 20, "{problem}");
        assert!(problem["last_at"].as_u64() >= told["since"].as_u64());
    }
    assert_eq!(told["first_event"], Value::Null);
}

/// A website whose pages are as they are written.
async fn website(pages: &[(&'static str, String)]) -> String {
    let mut router = Router::new();
    for (path, html) in pages {
        let html = html.clone();
        router = router.route(path, get(async move || Html(html)));
    }
    let moved = [("location", "/fine")];
    router = router.route(
        "/moved",
        get(async move || (axum::http::StatusCode::FOUND, moved)),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

#[tokio::test]
async fn a_page_is_looked_at_for_what_keeps_its_events_away() {
    let line = "<script async src=\"https://ahlan.example/t.js\" data-site=\"shop\"></script>";
    let policy = "<meta http-equiv=\"content-security-policy\" content=\"default-src 'self'\">";
    let origin = website(&[
        ("/fine", line.to_owned()),
        ("/bare", format!("<!-- {line} -->")),
        ("/policy", format!("{policy}{line}")),
    ])
    .await;
    let start = |tables: &str| {
        Home::new(Setup {
            top: "public_url = \"https://ahlan.example\"".to_owned(),
            tables: tables.to_owned(),
            origin: Some(origin.clone()),
            ..Setup::default()
        })
        .start()
    };
    let look = async |server: &Server, url: &str| {
        let check = server.url(&format!("{INSTALL}/check"));
        let body = json!({ "url": url }).to_string();
        let reply = send(http().post(check).bearer_auth(TOKEN).body(body));
        let reply = reply.await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["problems"].clone()
    };
    let server = start("[webhooks]\nallow_private = true\n");
    for (path, problems) in [
        ("/fine", json!([])),
        (
            "/bare",
            json!([{"kind": "no_script", "detail": "https://ahlan.example/t.js"}]),
        ),
        ("/policy", json!([{"kind": "csp", "detail": "default-src"}])),
        ("/moved", json!([{"kind": "redirect", "detail": "/fine"}])),
        ("/none", json!([{"kind": "status", "detail": "404"}])),
    ] {
        assert_eq!(
            look(&server, &format!("{origin}{path}")).await,
            problems,
            "{path}"
        );
    }
    let foreign = look(&server, "http://169.254.169.254/latest/").await;
    let elsewhere = json!([{"kind": "origin", "detail": "http://169.254.169.254"}]);
    assert_eq!(
        foreign, elsewhere,
        "what is not the site's is not asked for"
    );

    let careful = start("");
    let inside = look(&careful, &format!("{origin}/fine")).await;
    assert_eq!(inside[0]["kind"], "private", "{inside}");
}
