//! People at work: invitations, roles, sessions elsewhere, tokens, the audit log, and the way back in.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{http, send};
use crate::people::{PASSWORD, Person, code_in};
use crate::server::{Home, Server};

const ME: &str = "/v1/session";
const USERS: &str = "/v1/users";

#[tokio::test]
async fn an_invitation_is_taken_once() {
    let server = Server::start();
    let admin = server.administrator().await;
    let invited = server
        .invites(&admin, "Sara@shop.example", json!({"shop": "agent"}))
        .await;
    assert_eq!(
        (&invited["state"], &invited["email"]),
        (&json!("invited"), &json!("sara@shop.example"))
    );
    let body = json!({"email": "sara@shop.example", "name": "Sara", "roles": {"shop": "viewer"}});
    let twice = server.by(&admin, Method::POST, USERS, body).await;
    assert_eq!((twice.status, &*twice.problem()), (409, "not-possible"));
    assert_eq!(
        server.signs_in("sara@shop.example", "").await.problem(),
        "wrong-password"
    );
    let join = async |link: &Value| {
        let code = code_in(link.as_str().unwrap());
        let body = json!({"code": code, "name": "Sara Noor", "password": PASSWORD});
        server.page_posts("/v1/join", body).await
    };
    // A new link makes the one before void.
    let path = format!("{USERS}/{}/link", invited["id"].as_str().unwrap());
    let renewed = server
        .by(&admin, Method::POST, &path, Value::Null)
        .await
        .json();
    assert_eq!(join(&invited["link"]).await.problem(), "bad-link");
    let joined = join(&renewed["link"]).await;
    assert_eq!(joined.status, 201);
    assert_eq!(joined.json()["user"]["name"], "Sara Noor");
    assert_eq!(joined.json()["sites"][0]["role"], "agent");
    assert_eq!(join(&renewed["link"]).await.problem(), "bad-link");
    let users = server.reads(&admin, USERS).await.json();
    assert_eq!(users["users"][1]["state"], "active");
    assert!(users["users"][1]["last_seen"].is_u64());
}

#[tokio::test]
async fn roles_and_locks_hold_from_the_next_request_on() {
    let server = Server::start();
    let admin = server.administrator().await;
    let sara = server
        .person(&admin, "sara@shop.example", json!({"shop": "viewer"}))
        .await;
    let id = server.reads(&sara, ME).await.json()["user"]["id"].clone();
    let path = format!("{USERS}/{}", id.as_str().unwrap());
    let rollback = async || {
        let body = json!({"reason": "no good"});
        let path = "/v1/sites/shop/rulesets/rollback";
        server.by(&sara, Method::POST, path, body).await.problem()
    };
    let change = async |body: Value| server.by(&admin, Method::PATCH, &path, body).await;
    assert_eq!(rollback().await, "forbidden");
    let changed = change(json!({"roles": {"shop": "marketer"}})).await;
    assert_eq!(changed.json()["roles"], json!({"shop": "marketer"}));
    assert_eq!(rollback().await, "not-possible", "there is nothing before");
    assert_eq!(
        change(json!({"disabled": true})).await.json()["state"],
        "disabled"
    );
    assert_eq!(rollback().await, "unauthorized");
    assert_eq!(
        server
            .signs_in("sara@shop.example", PASSWORD)
            .await
            .problem(),
        "wrong-password"
    );
    assert_eq!(
        change(json!({"disabled": false})).await.json()["state"],
        "active"
    );
    assert_eq!(
        server.signs_in("sara@shop.example", PASSWORD).await.status,
        200
    );
    assert_eq!(
        server
            .by(&admin, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        server.signs_in("sara@shop.example", PASSWORD).await.status,
        401
    );
    assert_eq!(change(json!({"name": "X"})).await.problem(), "not-found");
    for bad in [
        json!({"roles": {"nowhere": "agent"}}),
        json!({"email": "x"}),
        json!({"x": 1}),
    ] {
        assert_eq!(change(bad).await.status / 100, 4);
    }
}

#[tokio::test]
async fn somebody_always_manages_the_installation() {
    let server = Server::start();
    let admin = server.administrator().await;
    let id = server.reads(&admin, ME).await.json()["user"]["id"].clone();
    let path = format!("{USERS}/{}", id.as_str().unwrap());
    for body in [json!({"roles": {"*": "viewer"}}), json!({"disabled": true})] {
        let refused = server.by(&admin, Method::PATCH, &path, body).await;
        assert_eq!((refused.status, &*refused.problem()), (409, "not-possible"));
    }
    let refused = server.by(&admin, Method::DELETE, &path, Value::Null).await;
    assert_eq!(refused.problem(), "not-possible");
    assert_eq!(server.reads(&admin, USERS).await.status, 200);
}

#[tokio::test]
async fn who_manages_one_site_gets_no_further() {
    let server = Server::start();
    let admin = server.administrator().await;
    let local = server
        .person(
            &admin,
            "local@shop.example",
            json!({"shop": "administrator"}),
        )
        .await;
    let both = server
        .invites(
            &admin,
            "both@x.example",
            json!({"shop": "agent", "club": "marketer"}),
        )
        .await;
    let club = server
        .invites(&admin, "club@x.example", json!({"club": "agent"}))
        .await;
    let users = server.reads(&local, USERS).await.json();
    let seen: Vec<_> = users["users"].as_array().unwrap().iter().collect();
    let names: Vec<_> = seen
        .iter()
        .map(|user| user["email"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["local@shop.example", "both@x.example"]);
    assert_eq!(
        seen[1]["roles"],
        json!({"shop": "agent"}),
        "no word of other sites"
    );
    let status = async |method: Method, path: String, body: Value| {
        server.by(&local, method, &path, body).await.status
    };
    let invite = |roles: Value| json!({"email": "new@x.example", "name": "New", "roles": roles});
    for roles in [
        json!({"*": "viewer"}),
        json!({"club": "viewer"}),
        json!({"shop": "agent", "club": "agent"}),
    ] {
        assert_eq!(
            status(Method::POST, USERS.to_owned(), invite(roles)).await,
            403
        );
    }
    let (both, club) = (both["id"].as_str().unwrap(), club["id"].as_str().unwrap());
    // A link for somebody who is more elsewhere would be a way to become them.
    assert_eq!(
        status(Method::POST, format!("{USERS}/{both}/link"), Value::Null).await,
        403
    );
    assert_eq!(
        status(Method::DELETE, format!("{USERS}/{both}"), Value::Null).await,
        403
    );
    let email = json!({"email": "mine@x.example"});
    assert_eq!(
        status(Method::PATCH, format!("{USERS}/{both}"), email).await,
        403
    );
    assert_eq!(
        status(Method::DELETE, format!("{USERS}/{club}"), Value::Null).await,
        404
    );
    // Roles on the own site may be changed; those on others stay.
    let roles = json!({"roles": {"shop": "viewer"}});
    assert_eq!(
        status(Method::PATCH, format!("{USERS}/{both}"), roles).await,
        200
    );
    let all = server.reads(&admin, USERS).await.json();
    let known = all["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["id"] == both);
    assert_eq!(
        known.unwrap()["roles"],
        json!({"shop": "viewer", "club": "marketer"})
    );
    let token = |site: &str| json!({"name": "t", "site": site, "scopes": ["see_visitors"]});
    assert_eq!(
        status(Method::POST, "/v1/tokens".to_owned(), token("*")).await,
        403
    );
    assert_eq!(
        status(Method::POST, "/v1/tokens".to_owned(), token("club")).await,
        403
    );
    assert_eq!(
        status(Method::POST, "/v1/tokens".to_owned(), token("shop")).await,
        201
    );
    let log = server.reads(&local, "/v1/audit").await.json();
    let actions: Vec<_> = log["entries"].as_array().unwrap().iter().collect();
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!(actions[0]["action"], "token.create");
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_elsewhere() {
    let server = Server::start();
    let here = server.administrator().await;
    let there = Person::of(&server.signs_in("noor@shop.example", PASSWORD).await);
    let others = server.reads(&here, "/v1/session/others").await.json();
    assert_eq!(others["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(others["sessions"][0]["device"], "Chrome, Windows 10");
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
async fn a_token_is_shown_once_and_ends_when_it_is_revoked() {
    let server = Server::start();
    let admin = server.administrator().await;
    let made = server
        .token(&admin, "shop", json!(["see_visitors", "see_visitors"]))
        .await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("ahlan_") && token.len() == 49, "{token}");
    assert_eq!(made["scopes"], json!(["see_visitors"]));
    assert!(token.ends_with(made["hint"].as_str().unwrap()));
    let list = async || {
        let request = http().get(server.url("/v1/sites/shop/visitors"));
        send(request.bearer_auth(token)).await.unwrap().status
    };
    assert_eq!(list().await, 200);
    let tokens = server.reads(&admin, "/v1/tokens").await;
    assert!(!tokens.body.contains(token), "{tokens:?}");
    assert_eq!(tokens.json()["tokens"][0]["created_by"], "Noor");
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(
        server
            .by(&admin, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(list().await, 403);
    assert_eq!(
        server
            .by(&admin, Method::DELETE, &path, Value::Null)
            .await
            .status,
        404
    );
    for bad in [
        json!({"name": "x", "site": "shop", "scopes": []}),
        json!({"name": "x", "site": "shop", "scopes": ["manage_people"]}),
        json!({"name": "x", "site": "shop", "scopes": ["greet"], "expires_in_days": 0}),
        json!({"name": " ", "site": "shop", "scopes": ["greet"]}),
        json!({"name": "x", "site": "shop", "scopes": ["fly"]}),
    ] {
        let refused = server.by(&admin, Method::POST, "/v1/tokens", bad).await;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
}

#[tokio::test]
async fn the_audit_log_tells_who_what_and_what_it_was_before() {
    let server = Server::start();
    let admin = server.administrator().await;
    let sara = server
        .person(&admin, "sara@shop.example", json!({"shop": "marketer"}))
        .await;
    let id = server.reads(&sara, ME).await.json()["user"]["id"].clone();
    let path = format!("{USERS}/{}", id.as_str().unwrap());
    server
        .by(&admin, Method::PATCH, &path, json!({"name": "Sara N."}))
        .await;
    server.token(&admin, "shop", json!(["greet"])).await;
    let page = async |query: &str| server.reads(&admin, &format!("/v1/audit{query}")).await;
    let all = page("").await;
    let entries = all.json()["entries"].as_array().unwrap().clone();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "token.create",
            "user.change",
            "user.join",
            "user.invite",
            "setup"
        ]
    );
    assert_eq!(entries[1]["who"], "Noor");
    assert_eq!(entries[1]["before"]["name"], "sara@shop.example");
    assert_eq!(entries[1]["after"]["name"], "Sara N.");
    assert_eq!(
        (&entries[0]["site"], &entries[1]["site"]),
        (&json!("shop"), &Value::Null)
    );
    assert!(all.json()["next"].is_null());
    for secret in ["argon2", "ahlan_", PASSWORD] {
        assert!(!all.body.contains(secret), "{secret}: {all:?}");
    }
    // Page by page it is the same.
    let (mut paged, mut next) = (Vec::new(), String::new());
    loop {
        let part = page(&format!("?limit=2{next}")).await.json();
        paged.extend(part["entries"].as_array().unwrap().clone());
        let Some(before) = part["next"].as_str() else {
            break;
        };
        next = format!("&before={before}");
    }
    assert_eq!(paged, entries);
    let shop = page("?site=shop").await.json();
    assert_eq!(shop["entries"].as_array().unwrap().len(), 1);
    assert_eq!(page("?limit=0").await.problem(), "bad-parameter");
    assert_eq!(page("?before=yesterday").await.problem(), "bad-parameter");
    // It outlives a restart.
    let server = server.stop().await.start();
    let kept = server.reads(&admin, "/v1/audit").await.json();
    assert_eq!(kept["entries"], json!(entries));
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
