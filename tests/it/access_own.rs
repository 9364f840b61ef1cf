//! What each keeps for themselves: the password, other sessions, preferences, and the way back in.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{PASSWORD, Person, code_in};
use crate::server::{Home, Server};

const ME: &str = "/v1/session";

#[tokio::test]
async fn a_new_password_ends_the_sessions_elsewhere() {
    let server = Server::start();
    let here = server.administrator().await;
    let there = Person::of(&server.signs_in("noor@shop.example", PASSWORD).await);
    let others = server.reads(&here, "/v1/session/others").await.json();
    assert_eq!(others["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(others["sessions"][0]["device"], "Chrome, Windows");
    let change = async |current: &str, new: &str| {
        let body = json!({"current": current, "new": new});
        server
            .by(&here, Method::PUT, "/v1/session/password", body)
            .await
    };
    assert_eq!(
        change("not the password", "four green camels")
            .await
            .problem(),
        "wrong-password"
    );
    assert_eq!(
        change(PASSWORD, "aaaaaaaaaaaaaa").await.problem(),
        "weak-password"
    );
    assert_eq!(server.reads(&there, ME).await.status, 200);
    assert_eq!(change(PASSWORD, "four green camels").await.status, 204);
    assert_eq!(server.reads(&there, ME).await.status, 401);
    assert_eq!(server.reads(&here, ME).await.status, 200);
    assert_eq!(
        server.signs_in("noor@shop.example", PASSWORD).await.status,
        401
    );
    let again = Person::of(
        &server
            .signs_in("noor@shop.example", "four green camels")
            .await,
    );
    let out = server
        .by(&here, Method::DELETE, "/v1/session/others", Value::Null)
        .await;
    assert_eq!(out.status, 204);
    assert_eq!(server.reads(&again, ME).await.status, 401);
}

#[tokio::test]
async fn preferences_are_each_ones_own() {
    let server = Server::start();
    let admin = server.administrator().await;
    let sara = server
        .person(&admin, "sara@shop.example", json!({"shop": "viewer"}))
        .await;
    let path = "/v1/session/preferences";
    assert_eq!(server.reads(&sara, path).await.json(), json!({}));
    let mine = json!({"theme": "dark", "views": [{"name": "hot", "q": "stage=hot"}]});
    assert_eq!(
        server
            .by(&sara, Method::PUT, path, mine.clone())
            .await
            .status,
        204
    );
    assert_eq!(server.reads(&sara, path).await.json(), mine);
    assert_eq!(server.reads(&admin, path).await.json(), json!({}));
    let large = json!({"x": "x".repeat(17_000)});
    assert_eq!(server.by(&sara, Method::PUT, path, large).await.status, 413);
    let list = server.by(&sara, Method::PUT, path, json!([1])).await;
    assert_eq!(list.problem(), "malformed");
    assert_eq!(server.reads(&sara, path).await.json(), mine);
}

/// What the command line says.
fn reset(home: &Home, email: &str) -> Output {
    home.command_of(&["people", "reset-password", email, "--config"])
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_locked_out_operator_gets_back_in_while_it_runs() {
    let server = Server::start();
    let admin = server.administrator().await;
    let asked = reset(server.home(), "noor@shop.example");
    assert!(asked.status.success(), "{asked:?}");
    let code = code_in(String::from_utf8(asked.stdout).unwrap().trim());
    let body = json!({"code": code, "password": "four green camels"});
    assert_eq!(
        server.page_posts("/v1/join", body.clone()).await.status,
        201
    );
    assert_eq!(
        server.page_posts("/v1/join", body).await.problem(),
        "bad-link"
    );
    assert_eq!(
        server.reads(&admin, ME).await.status,
        401,
        "other sessions end"
    );
    let nobody = reset(server.home(), "nobody@shop.example");
    assert!(!nobody.status.success());
    let told = String::from_utf8(nobody.stderr).unwrap();
    assert!(
        told.contains("administrators are: noor@shop.example"),
        "{told}"
    );
}

#[tokio::test]
async fn a_locked_out_operator_gets_back_in_with_the_next_start() {
    let server = Server::start();
    server.administrator().await;
    let home = server.stop().await;
    let asked = reset(&home, "noor@shop.example");
    assert!(asked.status.success(), "{asked:?}");
    assert!(String::from_utf8_lossy(&asked.stderr).contains("as soon as one is started"));
    let code = code_in(String::from_utf8(asked.stdout).unwrap().trim());
    let server = home.start();
    crate::wait::until("the link holds", async || {
        let body = json!({"code": code, "password": "four green camels"});
        (server.page_posts("/v1/join", body).await.status == 201).then_some(())
    })
    .await;
}
