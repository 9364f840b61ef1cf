//! Webhooks of two services on one Redis: set up at one, told by either, and by the one that lives.

use std::time::Duration;

use serde_json::json;

use crate::client::{http, page_view, send};
use crate::receiver::{Manner, Receiver};
use crate::rig::Redis;
use crate::server::{Server, Setup, TOKEN};
use crate::wait::{until, until_within};

/// Longer than a delivery belongs to the node that was to make it.
const LEASE_AND_MORE: Duration = Duration::from_secs(60);

fn start(redis: &Redis) -> Server {
    let store = format!("[store.redis]\nurls = [{:?}]", redis.url());
    Server::start_with(Setup {
        tables: format!("{store}\n[webhooks]\nallow_private = true\n"),
        ..Setup::default()
    })
}

/// Somebody says who they are.
async fn identify(server: &Server, name: &str) {
    let identify = json!({"id": "i", "type": "identify", "user_id": name});
    let events = [page_view("p", "p", "/pricing"), identify];
    server.accept(name, &events).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_had_in_hand_when_it_died_another_delivers() {
    let redis = Redis::start(&[]);
    let [here, there] = [start(&redis), start(&redis)];
    let receiver = Receiver::well().await;
    let body = json!({"url": receiver.url(), "events": ["visitor.identified"]});
    let request = http()
        .post(here.url("/v1/sites/shop/webhooks"))
        .bearer_auth(TOKEN)
        .body(body.to_string());
    let reply = send(request).await.unwrap();
    assert_eq!(reply.status, 201, "{reply:?}");
    let secret = reply.json()["secret"].as_str().unwrap().to_owned();
    // The other node hears of the webhook, and tells it what it decides.
    let mut nth = 0;
    until("the other node tells it, too", async || {
        nth += 1;
        identify(&there, &format!("visitor {nth}")).await;
        (!receiver.heard().is_empty()).then_some(())
    })
    .await;
    receiver.turns(Manner::KeepsSilent);
    let before = receiver.heard().len();
    identify(&there, "the last one").await;
    let last = until("it is being told", async || {
        let heard = receiver.heard();
        let mut new = heard.into_iter().skip(before);
        new.find(|heard| heard.json()["data"]["visitor"]["user_id"] == "the last one")
    })
    .await;
    drop(there.kill());
    receiver.turns(Manner::Answers(200, None));
    until_within(
        LEASE_AND_MORE,
        "the node that lives tells it again",
        async || {
            let heard = receiver.heard();
            let same = heard.iter().filter(|heard| heard.id() == last.id());
            (same.count() > 1).then_some(())
        },
    )
    .await;
    assert!(
        receiver
            .heard()
            .iter()
            .all(|heard| heard.is_signed_by(&secret))
    );
    drop(here);
}
