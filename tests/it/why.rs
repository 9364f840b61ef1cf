//! Why and why not, over HTTP: the explanation of a visitor now and then, and the decision log.

use serde_json::{Value, json};

use crate::client::{custom, http, outcome, page_view, send};
use crate::server::{OTHER_TOKEN, Server};
use crate::wait::until;

const LOG: &str = "/v1/sites/shop/decisions";

fn explain(visitor: &str) -> String {
    format!("/v1/sites/shop/visitors/{visitor}/explain")
}

/// The trigger of that id.
fn trigger<'a>(why: &'a Value, id: &str) -> &'a Value {
    let triggers = why["triggers"].as_array().unwrap();
    triggers.iter().find(|one| one["id"] == id).unwrap()
}

/// Lets a visitor read the prices until the invitation is there; tells the visitor's id and the invitation's.
async fn invited(server: &Server, name: &str) -> (String, String) {
    let visitor = server
        .accept(name, &[page_view("p", "p", "/pricing")])
        .await
        .visitor;
    let invitation = until("an invitation", async || {
        server.ask(name).await["id"].as_str().map(str::to_owned)
    })
    .await;
    (visitor, invitation)
}

/// A part of the log.
async fn log(server: &Server, query: &str) -> Vec<Value> {
    let reply = server.agent(&format!("{LOG}?{query}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["decisions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_visitor_is_explained_now() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let why = server.agent(&explain(&visitor)).await.json();
    assert_eq!(why["visitor"], visitor);
    assert_eq!(
        (&why["past"], &why["verdict"]),
        (&Value::Null, &json!({"decision": "wait"}))
    );
    assert_eq!(why["policy"][0]["code"], "no_agent");
    let rule_set = why["rule_set"].as_str().unwrap();
    assert_eq!(why["versions"], json!({ rule_set: 1 }));
    let help = trigger(&why, "pricing-help");
    assert_eq!(help["standing"], "elsewhere");
    assert_eq!(
        help["page"],
        json!({"fits": false, "wanted": ["pricing"], "actual": "home"})
    );
    let leaf = &help["condition"]["parts"][0];
    assert_eq!(
        (
            &leaf["kind"],
            &leaf["field"],
            &leaf["operator"],
            &leaf["wanted"]
        ),
        (
            &json!("leaf"),
            &json!("score.buy"),
            &json!("at_least"),
            &json!(30)
        )
    );
    assert_eq!((&leaf["actual"], &leaf["missing"]), (&json!(0), &json!(30)));
    let next: Vec<_> = help["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(|need| &need["says"])
        .collect();
    assert_eq!(
        next,
        [
            "a page of type pricing",
            "score.buy from 0 to 30",
            "an agent has time"
        ]
    );
    server.accept("sara", &[custom("c", "add_to_cart")]).await;
    let why = server.agent(&explain(&visitor)).await.json();
    let buy = &why["scores"][0];
    assert_eq!((&buy["name"], &buy["value"]), (&json!("buy"), &json!(5)));
    assert_eq!(buy["ledger"][0]["rule"], "cart-add");
    assert_eq!(buy["ledger"][0]["then"], 5);
    assert_eq!(
        buy["next_stage"],
        json!({"name": "warm", "from": 25, "missing": 20})
    );
}

#[tokio::test]
async fn the_past_is_explained_as_it_was_judged() {
    let server = Server::start();
    server.agent_is("online").await;
    let (visitor, invitation) = invited(&server, "sara").await;
    let made = &log(&server, "kind=offered").await[0];
    assert_eq!(made["invitation"], invitation);
    let at = made["at"].as_u64().unwrap();
    server
        .accept("sara", &[outcome("d", &invitation, "dismissed")])
        .await;
    // At the moment of the offer, as it was judged.
    let then = server
        .agent(&format!("{}?at={at}", explain(&visitor)))
        .await
        .json();
    assert_eq!(
        then["verdict"],
        json!({"decision": "invite", "trigger": "pricing-help"})
    );
    assert_eq!(
        (&then["past"]["whole"], &then["past"]["decided"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(then["rule_set"], made["rule_set"]);
    // A moment before, the score was not there yet.
    let before = server
        .agent(&format!("{}?at={}", explain(&visitor), at - 100))
        .await
        .json();
    assert_eq!(before["verdict"], json!({"decision": "wait"}));
    assert_eq!(trigger(&before, "pricing-help")["standing"], "waits");
    assert_eq!(before["past"]["decided"], false);
    // Now, a no was said.
    let now = server.agent(&explain(&visitor)).await.json();
    let codes: Vec<_> = now["policy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hold| &hold["code"])
        .collect();
    assert!(codes.contains(&&json!("after_dismissal")), "{codes:?}");
    assert_eq!(trigger(&now, "pricing-help")["standing"], "rests");
    for (query, status, problem) in [
        ("at=1000", 404, "not-found"),
        ("at=99999999999999", 400, "bad-parameter"),
        ("at=yesterday", 400, "bad-parameter"),
        ("when=1", 400, "bad-parameter"),
    ] {
        let reply = server
            .agent(&format!("{}?{query}", explain(&visitor)))
            .await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (status, problem),
            "{query}"
        );
    }
    let nobody = server.agent(&explain("AAAAAAAAAAAAAAAAAAAAAA")).await;
    assert_eq!((nobody.status, &*nobody.problem()), (404, "not-found"));
}

#[tokio::test]
async fn the_log_tells_what_was_decided_and_what_became_of_it() {
    let server = Server::start();
    server.agent_is("online").await;
    let (visitor, invitation) = invited(&server, "sara").await;
    server
        .accept("sara", &[outcome("s", &invitation, "shown")])
        .await;
    server
        .accept("sara", &[outcome("a", &invitation, "accepted")])
        .await;
    let goal = json!({"id": "g", "type": "goal", "name": "signup", "value": 120});
    server.accept("sara", &[goal]).await;
    let all = log(&server, "").await;
    let kinds: Vec<_> = all
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["goal", "settled", "shown", "offered", "stage"]);
    assert!(all.iter().all(|one| one["visitor"] == visitor));
    assert_eq!(
        (&all[0]["name"], &all[0]["value"]),
        (&json!("signup"), &json!(120.0))
    );
    assert_eq!(
        (&all[1]["how"], &all[1]["shown"]),
        (&json!("accepted"), &json!(true))
    );
    assert_eq!(all[2]["invitation"], invitation);
    assert!(all[2]["after_ms"].is_u64());
    assert_eq!(all[3]["page_type"], "pricing");
    assert_eq!(all[3]["scores"], json!({"buy": 30}));
    assert_eq!(
        (&all[4]["score"], &all[4]["to"]),
        (&json!("buy"), &json!("warm"))
    );
}

/// A server whose log has five entries of one visitor: a goal, how the invitation ended, and what led to it.
async fn with_a_log() -> (Server, String, Vec<Value>) {
    let server = Server::start();
    server.agent_is("online").await;
    let (visitor, invitation) = invited(&server, "sara").await;
    for word in ["shown", "accepted"] {
        let told = outcome(word, &invitation, word);
        server.accept("sara", &[told]).await;
    }
    let goal = json!({"id": "g", "type": "goal", "name": "signup", "value": 120});
    server.accept("sara", &[goal]).await;
    let all = log(&server, "").await;
    (server, visitor, all)
}

#[tokio::test]
async fn the_log_is_narrowed_and_read_in_parts() {
    let (server, visitor, all) = with_a_log().await;
    assert_eq!(log(&server, "kind=goal").await.len(), 1);
    assert_eq!(log(&server, "trigger=pricing-help").await.len(), 3);
    assert_eq!(log(&server, "trigger=other").await.len(), 0);
    assert_eq!(log(&server, &format!("visitor={visitor}")).await.len(), 5);
    let at = all[0]["at"].as_u64().unwrap();
    assert_eq!(log(&server, &format!("since={at}")).await[0], all[0]);
    for since in ["1h", "2020-01-01", "2020-01-01T10:00:00Z"] {
        assert_eq!(
            log(&server, &format!("since={since}")).await[0],
            all[0],
            "{since}"
        );
    }
    assert_eq!(
        log(&server, &format!("since={}", at + 10_000)).await.len(),
        0
    );
    assert!(log(&server, &format!("until={at}")).await.len() < 5);
    // Parts neither overlap nor leave out.
    let (mut parts, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = server.agent(&format!("{LOG}?limit=2{cursor}")).await.json();
        parts.extend(part["decisions"].as_array().unwrap().clone());
        let Some(next) = part["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(parts, all);
    for query in [
        "kind=offer",
        "limit=0",
        "limit=1001",
        "cursor=x",
        "visitor=sara",
        "since=-1",
    ] {
        let reply = server.agent(&format!("{LOG}?{query}")).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (400, "bad-parameter"),
            "{query}"
        );
    }
    // It survives a restart, and is nobody else's.
    let server = server.stop().await.start();
    assert_eq!(log(&server, "").await, all);
    let club = http().get(server.url("/v1/sites/club/decisions"));
    let club = send(club.bearer_auth(OTHER_TOKEN)).await.unwrap().json();
    assert_eq!(club, json!({"decisions": [], "next": null}));
}

#[tokio::test]
async fn what_is_held_back_is_told_once() {
    let server = Server::start();
    let events = [
        page_view("p", "p", "/pricing"),
        custom("a", "add_to_cart"),
        custom("b", "add_to_cart"),
        custom("c", "add_to_cart"),
        custom("d", "add_to_cart"),
    ];
    server.accept("sara", &events).await;
    server.accept("sara", &[custom("e", "one")]).await;
    let held = log(&server, "kind=suppressed").await;
    assert_eq!(held.len(), 1);
    assert_eq!(
        (&held[0]["trigger"], &held[0]["why"]),
        (&json!("pricing-help"), &json!("no_agent"))
    );
    assert_eq!(
        server
            .metric("ahlan_suppressed_total{why=\"no_agent\"}")
            .await,
        1
    );
}

#[tokio::test]
async fn both_need_a_token_of_the_site() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    for path in [explain(&visitor), LOG.to_owned()] {
        let bare = send(http().get(server.url(&path))).await.unwrap();
        assert_eq!((bare.status, &*bare.problem()), (401, "unauthorized"));
        let other = send(http().get(server.url(&path)).bearer_auth(OTHER_TOKEN))
            .await
            .unwrap();
        assert_eq!((other.status, &*other.problem()), (403, "forbidden"));
    }
    let club = http().get(server.url(&explain(&visitor).replace("shop", "club")));
    let club = send(club.bearer_auth(OTHER_TOKEN)).await.unwrap();
    assert_eq!((club.status, &*club.problem()), (404, "not-found"));
}
