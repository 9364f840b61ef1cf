//! The chat layer: departments and hours, conversations and what they measure, and what becomes of promises.

use serde_json::{Value, json};

use crate::client::{Reply, custom, http, outcome, page_view, send};
use crate::server::{Server, TOKEN};
use crate::stream::Events;
use crate::wait::until;

const SETTINGS: &str = "/v1/sites/shop/chat";
const NOW: &str = "/v1/sites/shop/chat/now";

async fn put(server: &Server, tag: Option<&str>, settings: &Value) -> Reply {
    let mut request = http().put(server.url(SETTINGS)).bearer_auth(TOKEN);
    if let Some(tag) = tag {
        request = request.header("if-match", tag);
    }
    send(request.body(settings.to_string())).await.unwrap()
}

async fn report(server: &Server, body: &Value) -> Reply {
    let request = http()
        .post(server.url("/v1/sites/shop/chats"))
        .bearer_auth(TOKEN);
    send(request.body(body.to_string())).await.unwrap()
}

/// Sales, open by these hours: `null` is always, an empty list never.
fn sales(hours: &Value) -> Value {
    json!({"departments": [{
        "name": "Sales", "label": {"en": "Sales", "ar": "المبيعات"}, "time_zone": "Asia/Riyadh",
        "hours": hours, "holidays": [{"date": "2026-09-23", "name": "National Day"}],
        "languages": ["ar", "en"], "phone": true, "expected_reply_s": 90,
    }]})
}

/// Looks at the prices and has points enough to be greeted at once; answers with the invitation, if there is one.
async fn ready(server: &Server, name: &str) -> Value {
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend((0..4).map(|n| custom(&format!("c{n}"), "add_to_cart")));
    server.accept(name, &events).await.body["invitation"].clone()
}

async fn agent(server: &Server, status: &str) {
    let word = json!({"status": status, "max_chats": 2, "ttl_s": 600, "departments": ["sales"]});
    server.agent_says(word).await;
}

async fn department(server: &Server) -> Value {
    server.agent(NOW).await.json()["departments"][0].clone()
}

#[tokio::test]
async fn settings_are_changed_by_whoever_has_seen_the_last_ones() {
    let server = Server::start();
    let first = server.agent(SETTINGS).await;
    assert_eq!(first.json(), json!({"revision": 0, "departments": []}));
    assert_eq!(first.header("etag"), Some("\"0\""));
    let open = sales(&Value::Null);
    let blind = put(&server, None, &open).await;
    assert_eq!((blind.status, &*blind.problem()), (400, "bad-parameter"));
    let set = put(&server, Some("\"0\""), &open).await;
    assert_eq!((set.status, set.header("etag")), (200, Some("\"1\"")));
    let late = put(&server, Some("\"0\""), &sales(&json!([]))).await;
    assert_eq!((late.status, &*late.problem()), (412, "changed"));
    let wrong = put(
        &server,
        Some("\"1\""),
        &json!({"departments": [{"name": "x", "time_zone": "Mars/Base"}]}),
    )
    .await;
    assert_eq!((wrong.status, &*wrong.problem()), (400, "bad-parameter"));
    let detail = wrong.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("Mars/Base") && detail.contains("Asia/Riyadh"),
        "{detail}"
    );
    // They are there again after a restart, as they were written.
    let server = server.stop().await.start();
    let again = server.agent(SETTINGS).await.json();
    assert_eq!(again["revision"], 1);
    assert_eq!(again["departments"][0]["label"]["ar"], "المبيعات");
    assert_eq!(again["departments"][0]["email"], true);
    assert_eq!(department(&server).await["open"], true);
}

#[tokio::test]
async fn only_a_token_of_the_site_opens_the_chat_layers_side() {
    let server = Server::start();
    let routes = [
        http().get(server.url(SETTINGS)),
        http().put(server.url(SETTINGS)).body("{}"),
        http().get(server.url(NOW)),
        http().post(server.url("/v1/sites/shop/chats")).body("{}"),
    ];
    for route in routes {
        let bare = send(route.try_clone().unwrap()).await.unwrap();
        assert_eq!(bare.status, 401, "{bare:?}");
        let wrong = send(route.bearer_auth("a wrong token, long enough"))
            .await
            .unwrap();
        assert_eq!(wrong.status, 403, "{wrong:?}");
    }
}

#[tokio::test]
async fn nobody_is_promised_a_chat_out_of_hours_and_an_opening_is_heard_of_at_once() {
    let server = Server::start();
    assert_eq!(
        put(&server, Some("\"0\""), &sales(&json!([]))).await.status,
        200
    );
    agent(&server, "online").await;
    let closed = department(&server).await;
    assert_eq!(
        (&closed["open"], &closed["free_slots"], &closed["channel"]),
        (&json!(false), &json!(0), &json!("email"))
    );
    assert_eq!(ready(&server, "sara").await, Value::Null);
    assert_eq!(
        put(&server, Some("\"1\""), &sales(&Value::Null))
            .await
            .status,
        200
    );
    let open = department(&server).await;
    assert_eq!(
        (&open["open"], &open["channel"]),
        (&json!(true), &json!("chat"))
    );
    assert_eq!(open["expected_reply_s"], 90);
    assert_eq!(open["expected_reply_from"], "configured");
    let offered = until("sara is greeted", async || {
        Some(server.ask("sara").await).filter(Value::is_object)
    })
    .await;
    assert_eq!(
        (&offered["channel"], &offered["opens_at"]),
        (&json!("chat"), &Value::Null)
    );
    let note = "Usually replies within 1 minute · Chat";
    assert_eq!(offered["note"], note, "the site says 45 seconds");
}

#[tokio::test]
async fn hours_tell_when_the_chat_opens_and_closes() {
    let server = Server::start();
    // Open for one minute a week, which is not this one; else for all of it but one minute.
    let week = |from: &str, until: &str| json!([{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": from, "until": until}]);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    // Riyadh is three hours ahead of UTC all year.
    let minute = |ahead: u64| {
        let minutes = (now / 60_000 + 180 + ahead) % 1_440;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    let later = week(&minute(120), &minute(180));
    assert_eq!(
        put(&server, Some("\"0\""), &sales(&later)).await.status,
        200
    );
    agent(&server, "online").await;
    let closed = department(&server).await;
    let opens_at = closed["opens_at"].as_u64().unwrap();
    assert!(
        opens_at > now + 118 * 60_000 && opens_at <= now + 121 * 60_000,
        "{closed}"
    );
    let open = week(&minute(1_380), &minute(60));
    assert_eq!(put(&server, Some("\"1\""), &sales(&open)).await.status, 200);
    let open = department(&server).await;
    assert_eq!(
        (&open["open"], &open["opens_at"]),
        (&json!(true), &Value::Null)
    );
    assert!(
        open["closes_at"].as_u64().unwrap() > now + 58 * 60_000,
        "{open}"
    );
}

#[tokio::test]
async fn conversations_stand_on_the_timeline_and_tell_how_long_replies_take() {
    let server = Server::start();
    agent(&server, "online").await;
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let tell = async |chat: &str, state: &str, more: Value| {
        let mut body =
            json!({"visitor": visitor, "chat": chat, "state": state, "department": "Sales"});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        report(&server, &body).await
    };
    for nth in 0..5 {
        let chat = format!("c{nth}");
        assert_eq!(tell(&chat, "requested", json!({})).await.status, 200);
        let took = json!({"first_response_s": 20 + nth, "agent": "ali"});
        let first = tell(&chat, "first_reply", took.clone()).await;
        assert_eq!(first.json(), json!({"outcome": "accepted"}));
        let again = tell(&chat, "first_reply", took).await;
        assert_eq!(again.json(), json!({"outcome": "duplicate"}));
    }
    assert_eq!(tell("c4", "ended", json!({})).await.status, 200);
    assert_eq!(tell("c5", "queued", json!({})).await.status, 200);
    assert_eq!(tell("c4", "rated", json!({"rating": 4})).await.status, 200);
    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["chat"], "queued");
    let timeline = detail["timeline"].as_array().unwrap();
    let rated = &timeline[0];
    assert_eq!(
        (&rated["type"], &rated["data"]["rating"]),
        (&json!("chat"), &json!(4))
    );
    let replies = timeline
        .iter()
        .filter(|it| it["data"]["state"] == "first_reply");
    let replies: Vec<_> = replies
        .map(|it| it["data"]["first_response_ms"].clone())
        .collect();
    assert_eq!(replies, [24_000, 23_000, 22_000, 21_000, 20_000]);
    let check = async |server: &Server| {
        let now = department(server).await;
        assert_eq!((&now["name"], &now["queue"]), (&json!("sales"), &json!(1)));
        assert_eq!(now["expected_reply_s"], 23, "three of four were quicker");
        assert_eq!(now["expected_reply_from"], "measured");
    };
    check(&server).await;
    let server = server.stop().await.start();
    agent(&server, "online").await;
    check(&server).await;
}

#[tokio::test]
async fn a_report_out_of_its_bounds_is_refused() {
    let server = Server::start();
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let good = json!({"visitor": visitor, "chat": "c", "state": "started"});
    for (field, value, status) in [
        ("visitor", json!("AAAAAAAAAAAAAAAAAAAAAA"), 404),
        ("visitor", json!("nobody"), 404),
        ("chat", json!(" "), 400),
        ("chat", json!("x".repeat(65)), 400),
        ("state", json!("begun"), 400),
        ("rating", json!(3), 400),
        ("first_response_s", json!(3), 400),
        ("at", json!(1_000), 400),
        ("colour", json!("red"), 400),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        assert_eq!(
            report(&server, &body).await.status,
            status,
            "{field}: {value}"
        );
    }
    let mut rated = good.clone();
    rated["state"] = json!("rated");
    for rating in [json!(null), json!(0), json!(6)] {
        rated["rating"] = rating;
        assert_eq!(report(&server, &rated).await.status, 400);
    }
    assert_eq!(report(&server, &good).await.status, 200);
}

#[tokio::test]
async fn when_the_last_agent_leaves_what_was_promised_is_taken_back_and_a_yes_is_answered() {
    let server = Server::start();
    server.agent_is("online").await;
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend((0..4).map(|n| custom(&format!("c{n}"), "add_to_cart")));
    let taken = server.accept("sara", &events).await;
    let id = taken.body["invitation"]["id"].as_str().unwrap().to_owned();
    let mut stream = Events::open(&server, taken.stream.as_deref().unwrap()).await;
    let told = stream.next_word().await.unwrap();
    assert_eq!((&*told.0, &told.1["id"]), ("invitation", &json!(id)));
    server.agent_is("offline").await;
    // No event of the visitor's, and no answer: it is taken off the screen.
    let revoked = stream.next_word().await.unwrap();
    assert_eq!(revoked, ("revoke".to_owned(), json!({"id": id})));
    // The click was on its way already.
    let yes = [outcome("s", &id, "shown"), outcome("y", &id, "accepted")];
    let answer = server.accept("sara", &yes).await.body["invitation"].clone();
    assert_eq!(
        (&answer["channel"], &answer["expected_reply_s"]),
        (&json!("email"), &Value::Null)
    );
    assert_ne!(answer["id"], json!(id));
    assert!(
        answer["message"].as_str().unwrap().starts_with("Sorry"),
        "{answer}"
    );
    let pushed = stream.next_word().await.unwrap();
    assert_eq!(pushed, ("invitation".to_owned(), answer.clone()));
    // Whoever lost the answer hears it again, and the same.
    assert_eq!(
        server.collect("sara", &yes).await.taken().body["invitation"],
        answer
    );
    assert_eq!(server.ask("sara").await, answer);
    let instead = answer["id"].as_str().unwrap();
    let last = [
        outcome("s2", instead, "shown"),
        outcome("y2", instead, "accepted"),
    ];
    assert_eq!(
        server.accept("sara", &last).await.body["invitation"],
        Value::Null
    );
}

#[tokio::test]
async fn what_was_promised_before_a_restart_stands_until_the_agents_have_spoken_again() {
    let server = Server::start();
    server.agent_is("online").await;
    let offered = ready(&server, "sara").await;
    assert!(offered.is_object());
    let server = server.stop().await.start();
    assert_eq!(server.ask("sara").await["id"], offered["id"]);
    let id = offered["id"].as_str().unwrap();
    let shown = server.accept("sara", &[outcome("s", id, "shown")]).await;
    let state = server.visitor(&shown.visitor).await["invitation"].clone();
    assert_eq!(state, "shown");
}
