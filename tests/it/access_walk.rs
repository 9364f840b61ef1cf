//! Every endpoint, asked by everybody, for every site: who gets in is what the table of gates says, and nobody else.

use ahlan::access::{Permission, Role};
use ahlan::http::{GATES, Gate, Need};
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::client::http;
use crate::people::Person;
use crate::server::{Server, TOKEN};

/// Ends what the walk needs.
const NOT_WALKED: (&str, &str) = ("DELETE", "/v1/session");

/// What somebody shows at the door.
#[derive(Clone, Debug)]
enum Shows {
    Nothing,
    Cookie(String),
    Token(String),
}

/// How an endpoint answers: its status, and the kind of the problem if it is one. Bodies of streams are not waited for.
async fn asked(
    client: &Client,
    server: &Server,
    gate: &Gate,
    site: &str,
    who: &Shows,
) -> (u16, String) {
    let path = gate
        .path
        .replace("{site}", site)
        .replace("{*path}", "nothing.js")
        .replace("{version}", "999")
        .replace("{other}", "998")
        .replace("{id}", "AAAAAAAAAAAAAAAAAAAAAA")
        .split('/')
        .map(|part| if part.starts_with('{') { "none" } else { part })
        .collect::<Vec<_>>()
        .join("/");
    let method: Method = gate.method.parse().unwrap();
    let request = client.request(method, server.url(&path));
    let request = match who {
        Shows::Nothing => request,
        Shows::Cookie(cookie) => request
            .header(COOKIE, cookie)
            .header(ORIGIN, server.url("")),
        Shows::Token(token) => request.bearer_auth(token),
    };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/problem+json") {
        return (status, String::new());
    }
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let kind = body["type"].as_str().unwrap();
    (status, kind.replace("urn:ahlan:problem:", ""))
}

/// Whether the door was open, whatever came behind it.
fn is_open((status, kind): &(u16, String)) -> bool {
    assert_ne!(*status, 405, "every gate has an endpoint");
    !["unauthorized", "forbidden"].contains(&kind.as_str())
}

fn walked() -> impl Iterator<Item = &'static Gate> {
    GATES
        .iter()
        .filter(|gate| (gate.method, gate.path) != NOT_WALKED)
}

/// What a role or a token gets, against what the table says.
async fn walk(server: &Server, who: &Shows, name: &str, may: impl Fn(Need, &str) -> bool) -> usize {
    let (client, mut doors) = (http(), 0);
    for gate in walked() {
        let sites: &[&str] = match gate.need {
            Need::OnSite(_) | Need::OnSiteBoth(..) => &["shop", "club", "nobody"],
            Need::Nothing | Need::SignedIn | Need::Somewhere(_) => &["shop"],
        };
        for site in sites {
            let answer = asked(&client, server, gate, site, who).await;
            let (allowed, open) = (may(gate.need, site), is_open(&answer));
            assert_eq!(
                open, allowed,
                "{name} at {} {} of {site}: {answer:?}",
                gate.method, gate.path
            );
            if !allowed {
                let refusal = if matches!(who, Shows::Nothing) {
                    (401, "unauthorized")
                } else {
                    (403, "forbidden")
                };
                assert_eq!((answer.0, &*answer.1), refusal, "{name} at {gate:?}");
            }
            doors += 1;
        }
    }
    doors
}

#[tokio::test]
async fn nobody_passes_a_gate_without_showing_something() {
    let server = Server::start();
    let doors = walk(&server, &Shows::Nothing, "nobody", |need, _| {
        need == Need::Nothing
    })
    .await;
    assert!(doors > 90, "{doors}");
}

#[tokio::test]
async fn each_role_passes_the_gates_of_its_permissions_on_its_site() {
    let server = Server::start();
    let admin = server.administrator().await;
    for role in Role::ALL {
        let email = format!("{}@shop.example", role.word());
        let roles = json!({"shop": role.word()});
        let Person { cookie } = server.person(&admin, &email, roles).await;
        walk(
            &server,
            &Shows::Cookie(cookie),
            role.word(),
            |need, site| match need {
                Need::Nothing | Need::SignedIn => true,
                Need::Somewhere(permission) => role.may(permission),
                Need::OnSite(permission) => site == "shop" && role.may(permission),
                Need::OnSiteBoth(one, other) => site == "shop" && role.may(one) && role.may(other),
            },
        )
        .await;
    }
    // Whoever is something everywhere is it on every site that there is.
    walk(
        &server,
        &Shows::Cookie(admin.cookie),
        "administrator",
        |need, site| match need {
            Need::Nothing | Need::SignedIn | Need::Somewhere(_) => true,
            Need::OnSite(_) | Need::OnSiteBoth(..) => site != "nobody",
        },
    )
    .await;
}

#[tokio::test]
async fn each_token_passes_the_gates_of_its_scopes_on_its_site() {
    let server = Server::start();
    let admin = server.administrator().await;
    for scope in Permission::ALL {
        if scope == Permission::ManagePeople {
            continue;
        }
        let made = server.token(&admin, "shop", json!([scope.word()])).await;
        let token = made["token"].as_str().unwrap().to_owned();
        walk(
            &server,
            &Shows::Token(token),
            scope.word(),
            |need, site| match need {
                Need::Nothing => true,
                // One of two permissions is not enough.
                Need::SignedIn | Need::Somewhere(_) | Need::OnSiteBoth(..) => false,
                Need::OnSite(permission) => site == "shop" && permission == scope,
            },
        )
        .await;
    }
    walk(
        &server,
        &Shows::Token(TOKEN.to_owned()),
        "the settings",
        |need, site| match need {
            Need::Nothing => true,
            Need::SignedIn | Need::Somewhere(_) => false,
            Need::OnSite(_) | Need::OnSiteBoth(..) => site == "shop",
        },
    )
    .await;
}

#[tokio::test]
async fn a_marketer_and_a_viewer_are_told_what_they_may_not_do() {
    let server = Server::start();
    let admin = server.administrator().await;
    let marketer = server
        .person(&admin, "m@shop.example", json!({"shop": "marketer"}))
        .await;
    let invite = json!({"email": "x@shop.example", "name": "X", "roles": {"shop": "viewer"}});
    let refused = server
        .by(&marketer, Method::POST, "/v1/users", invite.clone())
        .await;
    assert_eq!((refused.status, &*refused.problem()), (403, "forbidden"));
    assert!(refused.body.contains("manage_people"), "{refused:?}");
    let rules = server.reads(&marketer, "/v1/sites/shop/rulesets").await;
    assert_eq!(rules.status, 200);
    let viewer = server
        .person(&admin, "v@shop.example", json!({"shop": "viewer"}))
        .await;
    let change = json!({"reason": "because"});
    let path = "/v1/sites/shop/rulesets/rollback";
    let refused = server.by(&viewer, Method::POST, path, change).await;
    assert_eq!((refused.status, &*refused.problem()), (403, "forbidden"));
    assert!(refused.body.contains("publish_rules"), "{refused:?}");
}
