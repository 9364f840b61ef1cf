//! Two nodes, one desk: what an agent says to one counts on both, and both together promise no more than there is.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::client::{batch, custom, http, key, outcome, page_view};
use crate::rig::Redis;
use crate::server::{Server, Setup, TOKEN};
use crate::wait::{always, until};

const OFFERED: &str = "ahlan_invitations_total{state=\"offered\"}";

/// Two services on one Redis.
fn nodes(redis: &Redis) -> [Server; 2] {
    [node(redis), node(redis)]
}

fn node(redis: &Redis) -> Server {
    Server::start_with(Setup {
        tables: format!("[store.redis]\nurls = [{:?}]", redis.url()),
        ..Setup::default()
    })
}

/// Says how many chats an agent can have, or none when away; answers with the places that are free then.
async fn says(server: &Server, agent: &str, status: &str, max_chats: u16, ttl_s: u64) -> u64 {
    let word = json!({"status": status, "max_chats": max_chats, "ttl_s": ttl_s});
    let url = server.url(&format!("/v1/sites/shop/agents/{agent}"));
    let request = http().put(url).bearer_auth(TOKEN).body(word.to_string());
    let answer = request.send().await.and_then(Response::error_for_status);
    let answer: Value = answer.unwrap().json().await.unwrap();
    answer["free_slots"].as_u64().unwrap()
}

/// Looks at the prices and has points enough to be greeted at once; answers with the invitation, if there is one.
async fn ready(server: &Server, name: &str) -> Option<String> {
    let mut events = vec![page_view("p", "p", "/pricing")];
    events.extend((0..4).map(|n| custom(&format!("c{n}"), "add_to_cart")));
    let taken = server.accept(name, &events).await;
    taken.body["invitation"]["id"].as_str().map(str::to_owned)
}

async fn offered(nodes: &[Server; 2]) -> u64 {
    nodes[0].metric(OFFERED).await + nodes[1].metric(OFFERED).await
}

#[tokio::test]
async fn an_agents_word_counts_on_every_node_and_lapses_on_every_node() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    let free = async |node: &Server| says(node, "probe", "offline", 1, 1).await;
    let known = async |node: &Server, places: u64| {
        until("the node knows", async || {
            (free(node).await == places).then_some(())
        })
        .await;
    };
    assert_eq!(says(&nodes[0], "ali", "online", 3, 600).await, 3);
    known(&nodes[1], 3).await;
    // A node that comes later knows too.
    let late = node(&redis);
    known(&late, 3).await;
    says(&nodes[1], "ali", "online", 3, 1).await;
    for node in [&nodes[0], &nodes[1], &late] {
        known(node, 0).await;
    }
}

#[tokio::test]
async fn three_free_places_make_three_invitations_on_two_nodes() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    says(&nodes[0], "ali", "online", 2, 600).await;
    says(&nodes[1], "mona", "online", 1, 600).await;
    for node in &nodes {
        until("both words are known", async || {
            (says(node, "probe", "offline", 1, 1).await == 3).then_some(())
        })
        .await;
    }
    let names: Vec<String> = (0..100).map(|n| format!("visitor {n}")).collect();
    let asked = names.iter().zip(nodes.iter().cycle());
    let answers = join_all(asked.map(|(name, node)| ready(node, name))).await;
    let mut invited = names.iter().zip(&answers);
    let mut invited = invited
        .by_ref()
        .filter_map(|(name, id)| Some((name, id.as_deref()?)));
    let (name, id) = invited.next().unwrap();
    assert_eq!(invited.count(), 2, "three in all: {answers:?}");
    assert_eq!(offered(&nodes).await, 3);
    // The visitor moves to the other node and says no there: there is room for one more, on either node.
    let no = [outcome("s", id, "shown"), outcome("d", id, "dismissed")];
    for (node, event) in nodes.iter().zip(no) {
        node.accept(name, &[event]).await;
    }
    until("a fourth invitation", async || {
        (offered(&nodes).await == 4).then_some(())
    })
    .await;
    always("and no fifth", Duration::from_millis(1_500), async || {
        offered(&nodes).await == 4
    })
    .await;
    let keys: Vec<String> = redis.say(&["KEYS", "*claims*"]).unwrap();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let held: u64 = redis.say(&["ZCARD", &keys[0]]).unwrap();
    let life: i64 = redis.say(&["PTTL", &keys[0]]).unwrap();
    assert_eq!((held, life > 0), (3, true), "promises end by themselves");
}

#[tokio::test]
async fn a_visitor_is_the_same_on_every_node() {
    let redis = Redis::start(&[]);
    let nodes = nodes(&redis);
    let first = nodes[0].accept("sara", &[page_view("p", "p", "/")]).await;
    let again = nodes[1].accept("sara", &[custom("c", "look")]).await;
    assert_eq!(first.visitor, again.visitor);
    let repeated = nodes[1].collect("sara", &[page_view("p", "p", "/")]).await;
    assert_eq!(repeated.taken().duplicates, 1);
    // What one node hands out opens a stream on the other.
    let path = first.stream.unwrap();
    let stream = http().get(nodes[1].url(&path)).send().await.unwrap();
    assert_eq!(stream.status(), 200);
}

#[tokio::test]
async fn without_redis_nobody_promises_anything() {
    let mut redis = Redis::start(&[]);
    let node = node(&redis);
    says(&node, "ali", "online", 3, 600).await;
    redis.kill();
    let events = [page_view("p", "p", "/pricing")];
    let reply = node.collect("sara", &events).await;
    assert_eq!(reply.status, 503, "{reply:?}");
    let url = node.url("/v1/sites/shop/agents/ali");
    let word = json!({"status": "online", "max_chats": 9, "ttl_s": 600}).to_string();
    let said = http().put(url).bearer_auth(TOKEN).body(word).send().await;
    assert_eq!(said.unwrap().status(), 503);
    let ask = json!({"site": "shop", "key": key("sara")}).to_string();
    assert_eq!(node.post("/v1/invitation", ask).await.status, 503);
    assert_eq!(
        node.post("/v1/collect", batch("sara", &events))
            .await
            .status,
        503
    );
}

#[test]
fn a_node_says_why_it_does_not_start_and_never_a_password() {
    let home = crate::server::Home::new(Setup::default());
    let said = |store: &str| {
        let output = home.command().args(["--store", store]).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (store, wanted) in [
        ("rediss://:hush@10.0.0.1", "redis+sentinel://"),
        (
            "redis+sentinel://:hush@10.0.0.1",
            "redis+sentinel://host:port/name",
        ),
        ("redis://:hush@a,b", "do not belong together"),
    ] {
        let text = said(store);
        assert!(text.contains(wanted) && !text.contains("hush"), "{text}");
    }
}
