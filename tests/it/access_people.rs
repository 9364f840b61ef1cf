//! Who manages people: invitations, roles, tokens and the audit log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{http, send};
use crate::people::{PASSWORD, Person, code_in};
use crate::server::Server;

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

/// A site's administrator, and two whom others invited: one who is something on both sites, one on the other alone.
async fn one_site_and_more(server: &Server) -> (Person, Person, String, String) {
    let admin = server.administrator().await;
    let roles = json!({"shop": "administrator"});
    let local = server.person(&admin, "local@shop.example", roles).await;
    let roles = json!({"shop": "agent", "club": "marketer"});
    let both = server.invites(&admin, "both@x.example", roles).await;
    let club = server
        .invites(&admin, "club@x.example", json!({"club": "agent"}))
        .await;
    let id = |user: Value| user["id"].as_str().unwrap().to_owned();
    (admin, local, id(both), id(club))
}

#[tokio::test]
async fn who_manages_one_site_sees_no_further() {
    let server = Server::start();
    let (_, local, ..) = one_site_and_more(&server).await;
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
    let token = |site: &str| json!({"name": "t", "site": site, "scopes": ["see_visitors"]});
    for (site, status) in [("*", 403), ("club", 403), ("shop", 201)] {
        let made = server
            .by(&local, Method::POST, "/v1/tokens", token(site))
            .await;
        assert_eq!(made.status, status, "{site}: {made:?}");
    }
    let log = server.reads(&local, "/v1/audit").await.json();
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0]["action"], "token.create");
}

#[tokio::test]
async fn who_manages_one_site_gets_no_further() {
    let server = Server::start();
    let (admin, local, both, club) = one_site_and_more(&server).await;
    let status = async |method: Method, path: String, body: Value| {
        server.by(&local, method, &path, body).await.status
    };
    for roles in [
        json!({"*": "viewer"}),
        json!({"club": "viewer"}),
        json!({"shop": "agent", "club": "agent"}),
    ] {
        let body = json!({"email": "new@x.example", "name": "New", "roles": roles});
        assert_eq!(status(Method::POST, USERS.to_owned(), body).await, 403);
    }
    // A link for somebody who is more elsewhere would be a way to become them.
    let (whole, link) = (format!("{USERS}/{both}"), format!("{USERS}/{both}/link"));
    assert_eq!(status(Method::POST, link, Value::Null).await, 403);
    assert_eq!(
        status(Method::DELETE, whole.clone(), Value::Null).await,
        403
    );
    let email = json!({"email": "mine@x.example"});
    assert_eq!(status(Method::PATCH, whole.clone(), email).await, 403);
    let stranger = format!("{USERS}/{club}");
    assert_eq!(status(Method::DELETE, stranger, Value::Null).await, 404);
    // Roles on the own site may be changed; those on others stay.
    let roles = json!({"roles": {"shop": "viewer"}});
    assert_eq!(status(Method::PATCH, whole, roles).await, 200);
    let all = server.reads(&admin, USERS).await.json();
    let known = all["users"].as_array().unwrap().iter();
    let known = known
        .clone()
        .find(|user| user["id"] == json!(both))
        .unwrap();
    assert_eq!(
        known["roles"],
        json!({"shop": "viewer", "club": "marketer"})
    );
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
