//! What trackers say: each event has exactly one outcome, whatever happens around it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{batch, custom, headers, page_view};
use crate::raw::{Raw, request};
use crate::server::{Server, Setup};
use crate::wait::until;

#[tokio::test]
async fn an_answer_says_everything_a_tracker_needs() {
    let server = Server::start();
    let taken = server.accept("sara", &[page_view("p", "p", "/")]).await;
    assert_eq!(taken.visitor.len(), 22);
    assert!(taken.stream.unwrap().starts_with("/v1/stream/"));
    assert_eq!(taken.body["ping_after_ms"], 15_000);
    assert_eq!(taken.body["invitation"], Value::Null);
    let session = taken.body["session"].clone();
    assert!(session.is_string());
    let later = server.accept("sara", &[custom("c", "look")]).await;
    assert_eq!(later.body["session"], session, "the visit goes on");
    assert_eq!(later.visitor, taken.visitor);
    let other = server.accept("omar", &[page_view("p", "p", "/")]).await;
    assert_ne!(other.visitor, taken.visitor);
}

#[tokio::test]
async fn a_repeated_event_changes_nothing_even_after_a_restart() {
    let server = Server::start();
    let events = [page_view("p", "p", "/pricing"), custom("c", "add_to_cart")];
    let first = server.accept("sara", &events).await;
    let again = server.collect("sara", &events).await.taken();
    assert_eq!((again.accepted, again.duplicates), (0, 2));
    let twice_in_one = [custom("d", "add_to_cart"), custom("d", "add_to_cart")];
    let taken = server.collect("sara", &twice_in_one).await.taken();
    assert_eq!((taken.accepted, taken.duplicates), (1, 1));
    let server = server.stop().await.start();
    let again = server.collect("sara", &events).await.taken();
    assert_eq!((again.accepted, again.duplicates), (0, 2));
    let detail = server.visitor(&first.visitor).await;
    assert_eq!(detail["page_views"], 1);
    assert_eq!(detail["timeline"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn one_bad_event_does_not_cost_the_others() {
    let server = Server::start();
    let events = [
        page_view("p", "p", "/pricing"),
        json!({"id": "x", "type": "dance"}),
        custom("c", "add_to_cart"),
        json!("no object"),
        custom("d", "add_to_cart"),
    ];
    let taken = server.collect("sara", &events).await.taken();
    assert_eq!((taken.accepted, taken.duplicates), (3, 0));
    let wanted = [(1, "unknown_type".to_owned()), (3, "malformed".to_owned())];
    assert_eq!(taken.rejected, wanted);
    let detail = server.visitor(&taken.visitor).await;
    assert_eq!(detail["scores"][0]["value"], 10 + 5 + 5);
}

/// The counters of every outcome, and their sum.
async fn outcomes(server: &Server) -> (u64, String) {
    let text = server.get("/metrics").await.body;
    let lines = text
        .lines()
        .filter(|line| line.starts_with("ahlan_events_total{"));
    let lines: Vec<&str> = lines.collect();
    let count = |line: &&str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    (lines.iter().map(count).sum(), lines.join("\n"))
}

#[tokio::test]
async fn every_event_has_exactly_one_outcome() {
    let server = Server::start();
    let mixed = [
        page_view("p", "p", "/"),
        page_view("p", "p", "/"),
        json!({"id": "u", "type": "page_view", "url": "javascript:alert(1)"}),
        json!({"type": "custom", "name": "x"}),
        json!(7),
    ];
    let mut sent = 0;
    for n in 0..6 {
        server
            .collect(&format!("visitor {}", n % 3), &mixed)
            .await
            .taken();
        sent += mixed.len();
    }
    // Refused by who sent it: each event is counted all the same.
    let crawler = headers(&[(
        "user-agent",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    )]);
    server
        .post_with("/v1/collect", crawler, batch("bot", &mixed))
        .await
        .taken();
    let private = headers(&[("sec-gpc", "1")]);
    server
        .post_with("/v1/collect", private, batch("private", &mixed))
        .await
        .taken();
    sent += 2 * mixed.len();
    // A request that is refused as a whole counts as a request.
    assert_eq!(server.post("/v1/collect", "{").await.status, 400);
    let (sum, lines) = outcomes(&server).await;
    assert_eq!(sum, sent as u64, "{lines}");
    assert_eq!(
        server
            .metric("ahlan_events_total{outcome=\"accepted\",reason=\"none\"}")
            .await,
        3
    );
    assert_eq!(
        server
            .metric("ahlan_events_total{outcome=\"duplicate\",reason=\"none\"}")
            .await,
        9
    );
    assert_eq!(
        server
            .metric("ahlan_events_total{outcome=\"rejected\",reason=\"bot\"}")
            .await,
        5
    );
    assert_eq!(
        server
            .metric("ahlan_events_total{outcome=\"rejected\",reason=\"opted_out\"}")
            .await,
        5
    );
    assert_eq!(
        server
            .metric("ahlan_refused_requests_total{problem=\"malformed\"}")
            .await,
        1
    );
}

#[tokio::test]
async fn what_a_sender_who_went_away_began_is_finished() {
    const ACCEPTED: &str = "ahlan_events_total{outcome=\"accepted\",reason=\"none\"}";
    let server = Server::start();
    server.agent_is("online").await;
    for n in 0..60_u64 {
        let mut raw = Raw::connect(&server).await;
        let events = [page_view("p", "p", "/pricing"), custom("c", "look")];
        raw.say(&request(&batch(&format!("gone {n}"), &events)))
            .await;
        // Gone at some moment between the request and its answer.
        let _ = raw.rest_within(Duration::from_micros(n * 100)).await;
    }
    // Whoever was noticed is counted in full, and what follows is under way: a second of reading, and an invitation.
    let rows = until("everybody who was noticed is invited", async || {
        let list = server
            .agent("/v1/sites/shop/visitors?limit=200")
            .await
            .json();
        let rows = list["visitors"].as_array().unwrap().clone();
        rows.iter()
            .all(|row| row["invitation"] == "offered")
            .then_some(rows.len())
    })
    .await;
    assert!(rows > 10, "only {rows} were noticed");
    assert_eq!(server.metric(ACCEPTED).await, 2 * rows as u64);
}

#[tokio::test]
async fn crawlers_and_the_private_are_answered_and_not_followed() {
    let server = Server::start();
    let events = [page_view("p", "p", "/")];
    let driven = json!({"site": "shop", "key": crate::client::key("driven"), "webdriver": true, "events": events});
    for (headers, body, reason) in [
        (
            headers(&[(
                "user-agent",
                "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            )]),
            batch("bot", &events),
            "bot",
        ),
        (headers(&[]), driven.to_string(), "bot"),
        (
            headers(&[("sec-gpc", "1")]),
            batch("private", &events),
            "opted_out",
        ),
    ] {
        let taken = server.post_with("/v1/collect", headers, body).await.taken();
        assert_eq!(taken.rejected, [(0, reason.to_owned())]);
        assert_eq!(
            (&*taken.visitor, taken.stream),
            ("", None),
            "nothing to follow anybody by"
        );
    }
    assert_eq!(
        server.agent("/v1/sites/shop/visitors").await.json()["total"],
        0
    );
}

#[tokio::test]
async fn consent_that_is_refused_forgets_and_holds() {
    let server = Server::start();
    let first = server
        .accept(
            "sara",
            &[page_view("p", "p", "/pricing"), custom("c", "add_to_cart")],
        )
        .await;
    server
        .accept(
            "sara",
            &[json!({"id": "no", "type": "consent", "state": "denied"})],
        )
        .await;
    let taken = server
        .collect("sara", &[page_view("p2", "p2", "/")])
        .await
        .taken();
    assert_eq!(taken.rejected, [(0, "opted_out".to_owned())]);
    let server = server.kill().start();
    let taken = server
        .collect("sara", &[page_view("p3", "p3", "/")])
        .await
        .taken();
    assert_eq!(
        taken.rejected,
        [(0, "opted_out".to_owned())],
        "also after a crash"
    );
    let detail = server.visitor(&first.visitor).await;
    assert_eq!(detail["ledger"].as_array().unwrap().len(), 0);
    server
        .accept(
            "sara",
            &[json!({"id": "yes", "type": "consent", "state": "granted"})],
        )
        .await;
    server.accept("sara", &[page_view("p4", "p4", "/")]).await;
}

#[tokio::test]
async fn no_more_is_kept_than_was_promised() {
    let server = Server::start_with(Setup {
        top: "trusted_proxies = [\"127.0.0.0/8\"]".to_owned(),
        shop: "keep_query = [\"plan\"]".to_owned(),
        ..Setup::default()
    });
    let url = "https://user:secret@shop.example/pricing?plan=team&email=sara@example.org&utm_source=news#top";
    let view = json!({"id": "p", "type": "page_view", "page": "p", "url": url, "referrer": "https://www.google.com/search?q=private"});
    let through = headers(&[("x-forwarded-for", "203.0.113.77")]);
    let taken = server
        .post_with("/v1/collect", through, batch("sara", &[view]))
        .await
        .taken();
    let detail = server.visitor(&taken.visitor).await;
    assert_eq!(
        detail["page"]["url"],
        "https://shop.example/pricing?plan=team"
    );
    assert_eq!(detail["arrival"]["network"], "203.0.113.0/24");
    let shown = detail.to_string();
    for secret in [
        "secret",
        "sara@example.org",
        "203.0.113.77",
        "q=private",
        &crate::client::key("sara"),
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let home = server.stop().await;
    let log = home.read_log();
    assert!(
        !log.contains("203.0.113.77") && !log.contains(&crate::client::key("sara")),
        "{log}"
    );
}

#[tokio::test]
async fn a_signed_token_proves_who_a_visitor_is_and_a_forged_one_is_refused() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let server = Server::start_with(Setup {
        shop: format!("identity_secrets = [\"{SECRET}\"]"),
        ..Setup::default()
    });
    let far = json!({ "sub": "u-1", "exp": 4_000_000_000_u64, "aud": "shop" });
    let sign = |secret: &str, far: &Value| {
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), far, &key).unwrap()
    };
    let say = |id: &str, token: Option<String>| json!({ "id": id, "type": "identify", "user_id": "u-1", "token": token });
    let taken = server
        .accept("sara", &[page_view("p", "p", "/"), say("a", None)])
        .await;
    let detail = server.visitor(&taken.visitor).await;
    assert_eq!(
        (&detail["user_id"], &detail["verified"]),
        (&json!("u-1"), &json!(false))
    );
    let forged = sign("another secret of thirty-two characters", &far);
    // One that is for any site could be another site's.
    let for_any = sign(SECRET, &json!({ "sub": "u-1", "exp": 4_000_000_000_u64 }));
    for (id, token) in [("b", forged), ("c", for_any)] {
        let refused = server.collect("sara", &[say(id, Some(token))]).await;
        assert_eq!(refused.taken().rejected, [(0, "bad_token".to_owned())]);
    }
    let token = sign(SECRET, &far);
    server.accept("sara", &[say("d", Some(token))]).await;
    assert_eq!(server.visitor(&taken.visitor).await["verified"], true);
}
