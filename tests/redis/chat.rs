//! Two nodes, one chat layer: settings and what was measured are the same on both, and so is a promise that cannot be
//! kept any more.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{custom, http, page_view, send};
use crate::rig::Redis;
use crate::server::{Server, Setup, TOKEN};
use crate::wait::until;

fn nodes(redis: &Redis) -> [Server; 2] {
    [(); 2].map(|()| {
        Server::start_with(Setup {
            tables: format!("[store.redis]\nurls = [{:?}]", redis.url()),
            ..Setup::default()
        })
    })
}

async fn agent(server: &Server, status: &str) {
    let word = json!({"status": status, "max_chats": 3, "ttl_s": 600, "departments": ["sales"]});
    server.agent_says(word).await;
}

async fn put(server: &Server, tag: &str, hours: &Value) -> u16 {
    let settings =
        json!({"departments": [{"name": "Sales", "time_zone": "Asia/Riyadh", "hours": hours}]});
    let request = http().put(server.url("/v1/sites/shop/chat"));
    let request = request.bearer_auth(TOKEN).header("if-match", tag);
    send(request.body(settings.to_string()))
        .await
        .unwrap()
        .status
}

async fn sales(server: &Server) -> Value {
    let now = server.agent("/v1/sites/shop/chat/now").await.json();
    now["departments"][0].clone()
}

async fn agrees(server: &Server, what: &str, holds: impl Fn(&Value) -> bool) {
    until(what, async || holds(&sales(server).await).then_some(())).await;
}

#[tokio::test]
async fn settings_hold_on_every_node_and_two_changes_of_one_revision_are_never_both_made() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    agent(&nodes[0], "online").await;
    let never = json!([]);
    let both = join_all(nodes.iter().map(|node| put(node, "\"0\"", &never))).await;
    assert_eq!(
        both.iter().filter(|status| **status == 200).count(),
        1,
        "{both:?}"
    );
    assert!(both.contains(&412), "{both:?}");
    for node in &nodes {
        agrees(node, "it is closed", |now| {
            now["open"] == false && now["free_slots"] == 0
        })
        .await;
    }
    assert_eq!(put(&nodes[1], "\"1\"", &Value::Null).await, 200);
    for node in &nodes {
        agrees(node, "it is open", |now| {
            now["open"] == true && now["free_slots"] == 3
        })
        .await;
    }
}

#[tokio::test]
async fn first_replies_that_are_told_to_different_nodes_are_measured_together() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    agent(&nodes[0], "online").await;
    let visitor = nodes[0]
        .accept("sara", &[page_view("p", "p", "/")])
        .await
        .visitor;
    let replies = (0..6).map(|nth| {
        let node = &nodes[nth % 2];
        let body = json!({"visitor": visitor, "chat": format!("c{nth}"), "state": "first_reply",
            "department": "sales", "first_response_s": 10 * (nth + 1)});
        let request = http()
            .post(node.url("/v1/sites/shop/chats"))
            .bearer_auth(TOKEN);
        send(request.body(body.to_string()))
    });
    for reply in join_all(replies).await {
        assert_eq!(reply.unwrap().status, 200);
    }
    for node in &nodes {
        agrees(node, "all six are known", |now| {
            now["expected_reply_s"] == 50 && now["expected_reply_from"] == "measured"
        })
        .await;
    }
}

#[tokio::test]
async fn an_agent_who_leaves_on_one_node_ends_the_promises_of_the_other() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    server_knows(&nodes).await;
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend((0..4).map(|n| custom(&format!("c{n}"), "add_to_cart")));
    let taken = nodes[1].accept("sara", &events).await;
    assert!(taken.body["invitation"].is_object(), "{taken:?}");
    agent(&nodes[0], "offline").await;
    until("it is taken back", async || {
        nodes[1].ask("sara").await.is_null().then_some(())
    })
    .await;
    let revoked = nodes[1]
        .metric("ahlan_invitations_total{state=\"revoked\"}")
        .await;
    assert_eq!(revoked, 1);
}

async fn server_knows(nodes: &[Server; 2]) {
    agent(&nodes[0], "online").await;
    for node in nodes {
        agrees(node, "the agent is known", |now| now["free_slots"] == 3).await;
    }
}
