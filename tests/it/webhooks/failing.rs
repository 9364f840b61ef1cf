//! Receivers that are slow, down, gone, or not where they should be.

use std::time::Duration;

use serde_json::{Value, json};

use super::{LEASE_AND_MORE, add, ask, identify, setup, tried, tries, webhook};
use crate::receiver::{Manner, Receiver};
use crate::server::Server;
use crate::wait::{always, until, until_within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_does_not_take_it_hears_again_under_the_same_id() {
    let server = Server::start_with(setup());
    let receiver = Receiver::start(Manner::Answers(500, None)).await;
    let (id, _) = add(&server, &receiver, json!(["visitor.identified"])).await;
    identify(&server, "sara").await;
    let failed = tried(&server, &id, |tried| tried["state"] == "failed").await;
    assert_eq!(
        (&failed["status"], &failed["attempts"]),
        (&json!(500), &json!(1))
    );
    assert_eq!(failed["response"], "thank you");
    let pause = failed["next_at"].as_u64().unwrap() - failed["at"].as_u64().unwrap();
    assert!((5_000..9_000).contains(&pause), "{pause} ms");
    assert_eq!(webhook(&server, &id).await["health"]["waiting"], 1);
    receiver.turns(Manner::Answers(200, None));
    let delivered = tried(&server, &id, |tried| tried["state"] == "delivered").await;
    assert_eq!(
        (&delivered["id"], &delivered["attempts"]),
        (&failed["id"], &json!(2))
    );
    let heard = receiver.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(
        (heard[0].id(), &heard[0].body),
        (heard[1].id(), &heard[1].body)
    );
    assert!(heard[0].header("webhook-timestamp") < heard[1].header("webhook-timestamp"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_gone_is_told_nothing_any_more() {
    let server = Server::start_with(setup());
    let receiver = Receiver::start(Manner::Answers(410, None)).await;
    let (id, _) = add(&server, &receiver, json!(["visitor.identified"])).await;
    identify(&server, "sara").await;
    until("it is disabled", async || {
        let webhook = webhook(&server, &id).await;
        let why = webhook["disabled_because"].as_str()?.to_owned();
        (webhook["enabled"] == false && why.contains("410")).then_some(())
    })
    .await;
    assert_eq!(tries(&server, &id).await[0]["state"], "gone");
    identify(&server, "ali").await;
    always("it hears nothing", Duration::from_millis(500), async || {
        receiver.heard().len() == 1
    })
    .await;
    let reply = ask(
        &server,
        "PATCH",
        &format!("/{id}"),
        Some(json!({"enabled": true})),
    )
    .await;
    assert_eq!(reply.json()["disabled_because"], Value::Null);
    receiver.turns(Manner::Answers(200, None));
    identify(&server, "noor").await;
    until("it hears again", async || {
        (receiver.heard().len() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_patience_gets_it() {
    let server = Server::start_with(setup());
    let patience = Some(("retry-after", "90".to_owned()));
    let receiver = Receiver::start(Manner::Answers(429, patience)).await;
    let (id, _) = add(&server, &receiver, json!(["visitor.identified"])).await;
    identify(&server, "sara").await;
    let failed = tried(&server, &id, |tried| tried["status"] == 429).await;
    let pause = failed["next_at"].as_u64().unwrap() - failed["at"].as_u64().unwrap();
    assert!(pause >= 90_000, "{pause} ms");
    // All of it is left alone, not only this message.
    assert_eq!(webhook(&server, &id).await["health"]["breaker"], "open");
    identify(&server, "ali").await;
    always(
        "nothing else is sent",
        Duration::from_millis(500),
        async || receiver.heard().len() == 1,
    )
    .await;
    assert_eq!(webhook(&server, &id).await["health"]["waiting"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed() {
    let server = Server::start_with(setup());
    let elsewhere = Receiver::well().await;
    let to = Some(("location", elsewhere.url()));
    let receiver = Receiver::start(Manner::Answers(307, to)).await;
    let (id, _) = add(&server, &receiver, json!(["visitor.identified"])).await;
    identify(&server, "sara").await;
    let failed = tried(&server, &id, |tried| tried["status"] == 307).await;
    assert!(
        failed["error"].as_str().unwrap().contains("redirect"),
        "{failed}"
    );
    assert_eq!(elsewhere.heard().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_inside_is_called_on_a_strangers_word() {
    let server = Server::start();
    let receiver = Receiver::well().await;
    for url in [
        receiver.url(),
        format!("https://{}/", receiver.address),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[::1]/".to_owned(),
        "not an address".to_owned(),
    ] {
        let reply = ask(&server, "POST", "", Some(json!({"url": url}))).await;
        assert_eq!(
            (reply.status, &*reply.problem()),
            (400, "bad-parameter"),
            "{url}"
        );
    }
    // A name is looked at when it is called.
    let port = receiver.address.port();
    let url = format!("https://localhost:{port}/");
    let reply = ask(&server, "POST", "", Some(json!({"url": url}))).await;
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/{id}/test");
    let tested = ask(
        &server,
        "POST",
        &path,
        Some(json!({"event": "session.ended"})),
    )
    .await;
    let tested = tested.json();
    assert_eq!(
        (&tested["status"], &tested["state"]),
        (&Value::Null, &json!("given_up"))
    );
    let error = tested["error"].as_str().unwrap();
    assert!(error.contains("not on the public internet"), "{error}");
    assert_eq!(receiver.heard().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_keeps_silent_harms_no_other() {
    let server = Server::start_with(setup());
    let silent = Receiver::start(Manner::KeepsSilent).await;
    let (slow, _) = add(&server, &silent, json!("*")).await;
    let receiver = Receiver::well().await;
    let (quick, _) = add(&server, &receiver, json!(["visitor.identified"])).await;
    for name in 0..20 {
        identify(&server, &format!("visitor {name}")).await;
    }
    until("the other has heard all", async || {
        (receiver.heard().len() == 20).then_some(())
    })
    .await;
    assert!(silent.heard().len() <= 8, "a few at once are under way");
    let failed = tried(&server, &slow, |tried| tried["state"] == "failed").await;
    assert!(
        failed["error"]
            .as_str()
            .unwrap()
            .contains("no answer within"),
        "{failed}"
    );
    assert_eq!(
        webhook(&server, &quick).await["health"]["breaker"],
        "closed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_when_the_process_died_arrives_after_all() {
    let server = Server::start_with(setup());
    let receiver = Receiver::start(Manner::KeepsSilent).await;
    let (_, secret) = add(&server, &receiver, json!(["visitor.identified"])).await;
    let visitor = identify(&server, "sara").await;
    let first = receiver.hears("visitor.identified").await;
    let home = server.kill();
    receiver.turns(Manner::Answers(200, None));
    let server = home.start();
    let again = until_within(LEASE_AND_MORE, "it is told again", async || {
        receiver.heard().get(1).cloned()
    })
    .await;
    assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    assert!(again.is_signed_by(&secret));
    assert_eq!(again.json()["data"]["visitor"]["id"], *visitor);
    server.stop().await;
    assert_eq!(receiver.heard().len(), 2);
}
