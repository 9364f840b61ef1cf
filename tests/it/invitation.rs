//! May I pop an invitation now, and which one? From page view to answer, over streams and questions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{custom, outcome, page_view};
use crate::server::{Server, Setup};
use crate::stream::Events;
use crate::wait::{always, until};

/// A server with an agent who has time.
async fn attended() -> Server {
    let server = Server::start();
    server.agent_is("online").await;
    server
}

/// Opens the prices in a tab and listens there.
async fn tab(server: &Server, name: &str, page: &str, path: &str) -> Events {
    let taken = server.accept(name, &[page_view(page, page, path)]).await;
    Events::open(server, &taken.stream.unwrap()).await
}

async fn invited(events: &mut Events) -> Value {
    let (kind, invitation) = events.next_word().await.unwrap();
    assert_eq!(kind, "invitation");
    invitation
}

/// Waits until the widget is told of an invitation, and returns its id.
async fn asked(server: &Server, name: &str) -> String {
    until("an invitation", async || {
        server.ask(name).await["id"].as_str().map(str::to_owned)
    })
    .await
}

#[tokio::test]
async fn the_browser_learns_of_scores_only_where_the_site_says_so() {
    let told = json!({
        "score_buy": 30, "stage_buy": "warm", "score_help": 0,
        "reason": "Reads the prices; Opens the prices",
    });
    for (shop, wanted) in [("", Value::Null), ("browser_context = true", told)] {
        let server = Server::start_with(Setup {
            shop: shop.to_owned(),
            ..Setup::default()
        });
        server.agent_is("online").await;
        server
            .accept("sara", &[page_view("p", "p", "/pricing")])
            .await;
        asked(&server, "sara").await;
        let context = server.ask("sara").await["context"].clone();
        assert_eq!(context, wanted);
        let taken = server.accept("sara", &[custom("later", "look")]).await;
        assert_eq!(
            taken.body["invitation"]["context"], context,
            "in both answers"
        );
    }
}

#[tokio::test]
async fn reading_the_prices_brings_an_invitation_without_another_event() {
    let server = attended().await;
    let begun = Instant::now();
    let mut events = tab(&server, "sara", "p", "/pricing").await;
    let invitation = invited(&mut events).await;
    let after = begun.elapsed();
    assert!(
        after >= Duration::from_secs(1),
        "after a second of reading, not {after:?}"
    );
    assert_eq!(invitation["trigger"], "pricing-help");
    assert_eq!(invitation["message"], "Questions about plans? I can help.");
    assert_eq!(invitation["dir"], "ltr");
    assert_eq!(invitation["tone"], "sales");
    assert_eq!(invitation["channel"], "chat");
    assert_eq!(invitation["position"], "bottom-right");
    assert_eq!(invitation["expected_reply_s"], 45);
    // Whoever asks is told the same, as often as they ask; asking changes nothing.
    assert_eq!(server.ask("sara").await, invitation);
    assert_eq!(server.ask("sara").await, invitation);
    // So is the next answer to collect, and a stream that opens later.
    let taken = server.accept("sara", &[custom("c", "look")]).await;
    assert_eq!(taken.body["invitation"], invitation);
    let again = server.accept("sara", &[json!({"id": "g", "type": "engage", "page": "p", "active_ms": 1500, "visible": true})]).await;
    let mut later = Events::open(&server, &again.stream.unwrap()).await;
    assert_eq!(invited(&mut later).await, invitation);
}

#[tokio::test]
async fn the_message_speaks_the_language_of_the_page() {
    let server = attended().await;
    let mut view = page_view("p", "p", "/pricing");
    view["lang"] = json!("ar-SA");
    server.accept("sara", &[view]).await;
    asked(&server, "sara").await;
    let invitation = server.ask("sara").await;
    assert_eq!(invitation["message"], "هل لديك سؤال عن الباقات؟");
    assert_eq!(
        (&invitation["dir"], &invitation["position"]),
        (&json!("rtl"), &json!("bottom-left"))
    );
}

#[tokio::test]
async fn what_one_tab_shows_the_others_take_back() {
    let server = attended().await;
    let mut first = tab(&server, "sara", "p1", "/").await;
    let mut second = tab(&server, "sara", "p2", "/pricing").await;
    // The tab in front gets it, the other does not.
    let id = invited(&mut second).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut word = outcome("s", &id, "shown");
    word["page"] = json!("p2");
    let shown = server.accept("sara", &[word]).await;
    assert_eq!(shown.body["invitation"], Value::Null);
    assert_eq!(
        first.next_word().await,
        Some(("revoke".to_owned(), json!({"id": id})))
    );
    let here = second.next_within(Duration::from_millis(300)).await;
    assert_eq!(here, None, "it stays where it is shown");
    assert_eq!(server.ask("sara").await, Value::Null, "it is shown once");
    let again = server.accept("sara", &[outcome("s2", &id, "shown")]).await;
    assert_eq!(again.body["invitation"], Value::Null);
}

#[tokio::test]
async fn a_no_is_a_no() {
    let server = attended().await;
    let visitor = server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await
        .visitor;
    let id = asked(&server, "sara").await;
    server
        .accept(
            "sara",
            &[outcome("s", &id, "shown"), outcome("d", &id, "dismissed")],
        )
        .await;
    server
        .accept("sara", &[page_view("p2", "p2", "/pricing/teams")])
        .await;
    always(
        "nobody is asked again",
        Duration::from_millis(1_500),
        async || server.ask("sara").await.is_null(),
    )
    .await;
    let detail = server.visitor(&visitor).await;
    assert_eq!(detail["invitation"], "dismissed");
    assert_eq!(detail["invitations"][0]["state"], "dismissed");
    // Nor after a restart.
    let server = server.kill().start();
    server.agent_is("online").await;
    server
        .accept("sara", &[page_view("p3", "p3", "/pricing")])
        .await;
    always(
        "nobody is asked after a crash",
        Duration::from_millis(1_500),
        async || server.ask("sara").await.is_null(),
    )
    .await;
}

#[tokio::test]
async fn an_invitation_survives_a_crash() {
    let server = attended().await;
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    asked(&server, "sara").await;
    let before = server.ask("sara").await;
    let server = server.kill().start();
    assert_eq!(server.ask("sara").await, before);
    server
        .accept(
            "sara",
            &[outcome("s", before["id"].as_str().unwrap(), "accepted")],
        )
        .await;
}

#[tokio::test]
async fn a_reader_is_woken_after_a_crash() {
    let server = attended().await;
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    let server = server.kill().start();
    server.agent_is("online").await;
    asked(&server, "sara").await;
}

#[tokio::test]
async fn nobody_is_invited_until_somebody_can_answer() {
    let server = Server::start();
    let mut events = tab(&server, "sara", "p", "/pricing").await;
    let silent = events.next_within(Duration::from_millis(2_500)).await;
    assert_eq!(silent, None, "there is no agent");
    assert_eq!(server.ask("sara").await, Value::Null);
    server.agent_is("away").await;
    let still = events.next_within(Duration::from_millis(1_200)).await;
    assert_eq!(still, None, "an agent who is away answers nobody");
    let begun = Instant::now();
    server.agent_is("online").await;
    invited(&mut events).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn nobody_is_disturbed_while_they_pay() {
    let server = attended().await;
    let mut events = tab(&server, "sara", "p", "/pricing").await;
    let id = invited(&mut events).await["id"].clone();
    // The offer is taken back when the visitor goes to pay.
    let taken = server
        .accept("sara", &[page_view("c", "c", "/checkout")])
        .await;
    assert_eq!(taken.body["invitation"], Value::Null);
    assert_eq!(
        events.next_word().await,
        Some(("revoke".to_owned(), json!({"id": id})))
    );
    assert_eq!(server.ask("sara").await, Value::Null);
    // And somebody else who comes there with all the points gets none.
    let points: Vec<Value> = (0..8)
        .map(|n| custom(&format!("c{n}"), "add_to_cart"))
        .collect();
    server.accept("omar", &points).await;
    let mut events = tab(&server, "omar", "c", "/checkout").await;
    assert_eq!(events.next_within(Duration::from_millis(1_500)).await, None);
}

#[tokio::test]
async fn a_hidden_tab_reads_nothing() {
    let server = attended().await;
    let mut view = page_view("p", "p", "/pricing");
    view["visible"] = json!(false);
    server.accept("sara", &[view]).await;
    always(
        "a hidden tab is not attended",
        Duration::from_millis(1_800),
        async || server.ask("sara").await.is_null(),
    )
    .await;
    server
        .accept(
            "sara",
            &[json!({"id": "e", "type": "engage", "page": "p", "active_ms": 0, "visible": true})],
        )
        .await;
    asked(&server, "sara").await;
}

#[tokio::test]
async fn somebody_elses_invitation_is_not_answered() {
    let server = attended().await;
    server
        .accept("sara", &[page_view("p", "p", "/pricing")])
        .await;
    let id = asked(&server, "sara").await;
    let stranger = server
        .collect("omar", &[outcome("x", &id, "dismissed")])
        .await
        .taken();
    assert_eq!(stranger.rejected, [(0, "unknown_invitation".to_owned())]);
    assert_eq!(server.ask("sara").await["id"], id.as_str());
}
