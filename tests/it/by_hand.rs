//! Inviting by hand, notes and bans, over the wire.

use serde_json::{Value, json};

use crate::client::{Reply, http, outcome, page_view, send};
use crate::server::{Server, TOKEN};
use crate::stream::Events;
use crate::wait::until;

async fn call(server: &Server, method: &str, path: &str, body: &Value) -> Reply {
    let url = server.url(&format!("/v1/sites/shop/visitors/{path}"));
    let method = method.parse().unwrap();
    let request = http().request(method, url).bearer_auth(TOKEN);
    send(request.body(body.to_string())).await.unwrap()
}

async fn invite(server: &Server, visitor: &str, body: &Value) -> Reply {
    call(server, "POST", &format!("{visitor}/invitations"), body).await
}

async fn preview(server: &Server, visitor: &str, body: &Value) -> Reply {
    let path = format!("{visitor}/invitations?dry_run=true");
    call(server, "POST", &path, body).await
}

/// A server with an agent who has time, and a visitor on the front page.
async fn browsing() -> (Server, String) {
    let server = Server::start();
    server.agent_is("online").await;
    let taken = server.accept("sara", &[page_view("p", "p", "/")]).await;
    (server, taken.visitor)
}

fn kinds(reply: &Reply) -> Vec<String> {
    let list = reply.json()["suppressions"].as_array().unwrap().clone();
    let kind = |it: &Value| it["kind"].as_str().unwrap().to_owned();
    list.iter().map(kind).collect()
}

#[tokio::test]
async fn a_greeting_by_hand_is_previewed_made_shown_and_told() {
    let server = Server::start();
    server.agent_is("online").await;
    let taken = server.accept("sara", &[page_view("p", "p", "/")]).await;
    let visitor = taken.visitor.clone();
    let mut stream = Events::open(&server, &taken.stream.unwrap()).await;
    let body = json!({"message": "May I help?", "tone": "help", "id": "one"});
    let foreseen = preview(&server, &visitor, &body).await;
    assert_eq!(foreseen.status, 200, "{foreseen:?}");
    assert_eq!(foreseen.json()["suppressions"], json!([]));
    assert_eq!(server.ask("sara").await, Value::Null, "a preview is none");

    let made = invite(&server, &visitor, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json();
    let (kind, heard) = stream.next_word().await.unwrap();
    assert_eq!((&*kind, &heard), ("invitation", &made["invitation"]));
    assert_eq!(heard["message"], "May I help?");
    assert_eq!(heard["tone"], "help");
    assert_eq!(foreseen.json()["invitation"]["id"], made["id"]);

    // A retry makes no second one, not even when the first has ended.
    let again = invite(&server, &visitor, &body).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &made["id"]));
    let id = made["id"].as_str().unwrap();
    let no = [outcome("s", id, "shown"), outcome("d", id, "dismissed")];
    server.accept("sara", &no).await;
    let again = invite(&server, &visitor, &body).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &made["id"]));
    assert_eq!(again.json()["invitation"], Value::Null);

    let detail = server.visitor(&visitor).await;
    let shown = &detail["invitations"][0];
    assert_eq!(
        (&shown["trigger"], &shown["made_by"], &shown["state"]),
        (&json!("(by hand)"), &json!("agent"), &json!("dismissed"))
    );
    let timeline = detail["timeline"].as_array().unwrap();
    let told = timeline.iter().find(|it| it["type"] == "invite").unwrap();
    assert_eq!(told["data"]["message"], "May I help?");
    let log = server.agent("/v1/sites/shop/decisions?kind=offered").await;
    assert_eq!(log.json()["decisions"][0]["by"], told["data"]["by"]);
}

#[tokio::test]
async fn the_policy_stands_unless_there_is_a_reason() {
    let (server, visitor) = browsing().await;
    let first = invite(&server, &visitor, &json!({"trigger": "pricing-help"})).await;
    assert_eq!(first.status, 201, "{first:?}");
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let open = invite(
        &server,
        &visitor,
        &json!({"message": "Hi", "override": "I must"}),
    )
    .await;
    assert_eq!((open.status, &*open.problem()), (409, "suppressed"));
    assert_eq!(kinds(&open), ["open_invitation", "session_cap"]);
    let no = [outcome("s", &id, "shown"), outcome("d", &id, "dismissed")];
    server.accept("sara", &no).await;
    let refused = invite(&server, &visitor, &json!({"message": "Hi"})).await;
    assert_eq!((refused.status, &*refused.problem()), (409, "suppressed"));
    assert_eq!(kinds(&refused), ["session_cap", "after_dismissal"]);
    let suppressions = &refused.json()["suppressions"];
    assert_eq!(suppressions[0]["can_be_overridden"], true);
    assert_eq!(
        suppressions[0]["text"],
        "The session has had its share: 1 of 1"
    );
    let body = json!({"message": "Hi", "override": "she asked by phone"});
    let made = invite(&server, &visitor, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let log = server.agent("/v1/sites/shop/decisions?kind=offered").await;
    let told = &log.json()["decisions"][0];
    assert_eq!(told["reason"], "she asked by phone");
    assert_eq!(
        told["in_spite_of"],
        json!(["session_cap", "after_dismissal"])
    );
    // All of it outlives the service.
    let server = server.kill().start();
    let open = &server.visitor(&visitor).await["invitations"][1];
    assert_eq!(
        (&open["made_by"], &open["state"]),
        (&json!("agent"), &json!("offered"))
    );
}

#[tokio::test]
async fn it_takes_a_place_like_any_other() {
    let server = Server::start();
    let word = json!({"status": "online", "max_chats": 1, "ttl_s": 600});
    server.agent_says(word).await;
    let mut visitors = Vec::new();
    for name in ["one", "two"] {
        let taken = server.accept(name, &[page_view("p", "p", "/")]).await;
        visitors.push(taken.visitor);
    }
    let body = json!({"message": "Hi", "override": "both are dear to me"});
    let calls = visitors
        .iter()
        .map(|visitor| invite(&server, visitor, &body));
    let mut answers = futures_util::future::join_all(calls).await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 201, "{answers:?}");
    assert_eq!(answers[1].status, 409);
    assert_eq!(kinds(&answers[1]), ["no_agent"]);
}

#[tokio::test]
async fn what_cannot_be_an_invitation_is_refused() {
    let (server, visitor) = browsing().await;
    for body in [
        json!({"message": "x".repeat(281)}),
        json!({"message": "Hi", "tone": "shrill"}),
        json!({"trigger": "nobody-knows"}),
        json!({"message": "Hi", "id": ""}),
        json!({"message": "Hi", "override": "x".repeat(281)}),
    ] {
        let reply = invite(&server, &visitor, &body).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (400, "bad-parameter"),
            "{body}"
        );
    }
    let reply = invite(&server, "nobody", &json!({"message": "Hi"})).await;
    assert_eq!((reply.status, &*reply.problem()), (404, "not-found"));
    let leave = json!({"id": "l", "type": "leave", "page": "p"});
    server.accept("sara", &[leave]).await;
    let reply = invite(
        &server,
        &visitor,
        &json!({"message": "Hi", "override": "x"}),
    )
    .await;
    assert_eq!(
        (reply.status, kinds(&reply)),
        (409, vec!["left".to_owned()])
    );
}

#[tokio::test]
async fn notes_and_bans_are_kept_and_told() {
    let (server, visitor) = browsing().await;
    let path = format!("{visitor}/notes");
    for _ in 0..2 {
        let body = json!({"text": " asked for\na discount ", "id": "n1"});
        let reply = call(&server, "POST", &path, &body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let notes = reply.json()["notes"].as_array().unwrap().clone();
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0]["text"], "asked for\na discount");
    }
    for text in ["", " ", &"x".repeat(1_001)] {
        let reply = call(&server, "POST", &path, &json!({"text": text})).await;
        assert_eq!((reply.status, &*reply.problem()), (400, "bad-parameter"));
    }
    let path = format!("{visitor}/ban");
    let banned = call(&server, "PUT", &path, &json!({"reason": "spam"})).await;
    assert_eq!(banned.json()["banned"]["reason"], "spam");
    server
        .accept("sara", &[page_view("q", "q", "/pricing")])
        .await;
    let why = format!("/v1/sites/shop/visitors/{visitor}/explain");
    let why = server.agent(&why).await;
    assert_eq!(why.json()["policy"][0]["code"], "banned");
    for (asked, found) in [("", 0), ("?banned=true", 1)] {
        let list = format!("/v1/sites/shop/visitors{asked}");
        let list = server.agent(&list).await.json();
        assert_eq!(list["total"], found, "{asked}");
    }
    let server = server.kill().start();
    server.agent_is("online").await;
    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["banned"]["reason"], "spam");
    assert_eq!(detail["notes"][0]["text"], "asked for\na discount");
    let lifted = call(&server, "DELETE", &path, &Value::Null).await;
    assert_eq!(
        (lifted.status, lifted.json()),
        (200, json!({"banned": null}))
    );
    let read =
        json!({"id": "e", "type": "engage", "page": "q", "active_ms": 3000, "visible": true});
    server.accept("sara", &[read]).await;
    until("an invitation once the ban is lifted", async || {
        server.ask("sara").await["id"].as_str().map(str::to_owned)
    })
    .await;
}
