//! No more chats are promised than agents can take, however many visitors are ready at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{custom, outcome, page_view};
use crate::server::Server;
use crate::wait::{always, until};

const OFFERED: &str = "ahlan_invitations_total{state=\"offered\"}";

/// Looks at the prices and has points enough to be greeted at once; answers with the invitation, if there is one.
async fn ready(server: &Server, name: &str) -> Option<String> {
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend((0..4).map(|n| custom(&format!("c{n}"), "add_to_cart")));
    let taken = server.accept(name, &events).await;
    invitation(&taken.body["invitation"])
}

fn invitation(answer: &Value) -> Option<String> {
    answer["id"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn three_free_places_make_three_invitations() {
    let server = Server::start();
    let word = json!({"status": "online", "max_chats": 3, "ttl_s": 600});
    server.agent_says(word.clone()).await;
    let names: Vec<String> = (0..100).map(|n| format!("visitor {n}")).collect();
    let answers = join_all(names.iter().map(|name| ready(&server, name))).await;
    let mut invited = names.iter().zip(&answers).filter_map(|(name, id)| {
        let id = id.as_deref()?;
        Some((name, id))
    });
    let (name, id) = invited.next().unwrap();
    assert_eq!(invited.count(), 2, "three in all: {answers:?}");
    assert_eq!(server.metric(OFFERED).await, 3);
    // A no makes room for one more, who is told without another event.
    let no = [outcome("s", id, "shown"), outcome("d", id, "dismissed")];
    server.accept(name, &no).await;
    until("a fourth invitation", async || {
        (server.metric(OFFERED).await == 4).then_some(())
    })
    .await;
    let short = std::time::Duration::from_millis(1_500);
    always("and no fifth", short, async || {
        server.metric(OFFERED).await == 4
    })
    .await;
    // Nor do the others find room after a restart, once the agent is back: four were promised, and one is settled.
    let server = server.stop().await.start();
    server.agent_says(word.clone()).await;
    assert_eq!(ready(&server, "somebody new").await, None);
}
