//! Two services on one Redis: what one decides, browsers and agents hear at the other.

use serde_json::{Value, json};

use crate::client::{Reply, custom, http, page_view, send};
use crate::rig::{Cluster, Redis};
use crate::server::{Server, Setup, TOKEN};
use crate::stream::Events;
use crate::wait::until;

const OFFERED: &str = "ahlan_invitations_total{state=\"offered\"}";
const RULE_SETS: &str = "/v1/sites/shop/rulesets";

fn start(store: &str) -> Server {
    Server::start_with(Setup {
        tables: format!("[store.redis]\n{store}"),
        ..Setup::default()
    })
}

/// Two services that share a store.
fn nodes(store: &str) -> [Server; 2] {
    [start(store), start(store)]
}

fn on(redis: &Redis) -> [Server; 2] {
    nodes(&format!("urls = [{:?}]", redis.url()))
}

/// An agent has come, and both nodes know it.
async fn open(nodes: &[Server; 2]) {
    nodes[0].agent_is("online").await;
    until("both nodes know the agent", async || {
        let word = json!({"status": "offline", "max_chats": 1, "ttl_s": 1});
        let url = nodes[1].url("/v1/sites/shop/agents/probe");
        let request = http().put(url).bearer_auth(TOKEN).body(word.to_string());
        let answer = send(request).await.unwrap().json();
        (answer["free_slots"].as_u64()? > 0).then_some(())
    })
    .await;
}

/// A visitor reads the prices: the page is opened at one node, everything else goes to the other, whose invitation
/// comes through the first one's stream.
async fn an_invitation_crosses(nodes: &[Server; 2], name: &str) {
    let [here, there] = nodes;
    let taken = here.accept(name, &[page_view("p", "p", "/pricing")]).await;
    let mut stream = Events::open(here, &taken.stream.unwrap()).await;
    there.accept(name, &[custom("c", "one")]).await;
    let (kind, invitation) = stream.next_word().await.unwrap();
    assert_eq!(kind, "invitation");
    assert_eq!(there.ask(name).await["id"], invitation["id"]);
    assert_eq!(here.ask(name).await["id"], invitation["id"]);
}

async fn listed(node: &Server) -> Reply {
    let reply = node.agent("/v1/sites/shop/visitors?sort=last_seen").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

/// The ids of all visitors that a node lists, in order.
async fn ids(node: &Server) -> Vec<Value> {
    let list = listed(node).await.json();
    let rows = list["visitors"].as_array().unwrap().iter();
    rows.map(|row| row["id"].clone()).collect()
}

#[tokio::test]
async fn an_invitation_decided_on_one_node_is_heard_on_the_other() {
    let redis = Redis::start(&[]);
    let nodes = on(&redis);
    open(&nodes).await;
    an_invitation_crosses(&nodes, "reader").await;
    let offered = [
        nodes[0].metric(OFFERED).await,
        nodes[1].metric(OFFERED).await,
    ];
    assert_eq!(
        offered,
        [0, 1],
        "who has the visitor now has decided, and nobody else"
    );
}

#[tokio::test]
async fn an_invitation_by_hand_crosses_and_takes_one_place_for_all_nodes() {
    let redis = Redis::start(&[]);
    let nodes = on(&redis);
    let word = json!({"status": "online", "max_chats": 1, "ttl_s": 600});
    nodes[0].agent_says(word).await;
    let view = [page_view("p", "p", "/")];
    let here = nodes[0].accept("one", &view).await;
    let other = nodes[0].accept("two", &view).await.visitor;
    let mut stream = Events::open(&nodes[0], &here.stream.unwrap()).await;
    let greet = async |visitor: &str| {
        let url = format!("/v1/sites/shop/visitors/{visitor}/invitations");
        let body = json!({"message": "May I help?", "id": "word"}).to_string();
        let request = http()
            .post(nodes[1].url(&url))
            .bearer_auth(TOKEN)
            .body(body);
        send(request).await.unwrap()
    };
    let made = until("the other node knows the agent", async || {
        let reply = greet(&here.visitor).await;
        (reply.status == 201).then_some(reply)
    })
    .await;
    let (kind, heard) = stream.next_word().await.unwrap();
    assert_eq!((&*kind, &heard["id"]), ("invitation", &made.json()["id"]));
    let again = greet(&here.visitor).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &heard["id"]));
    let refused = greet(&other).await;
    assert_eq!((refused.status, &*refused.problem()), (409, "suppressed"));
}

#[tokio::test]
async fn nodes_on_a_cluster_hear_each_other() {
    let cluster = Cluster::start(3, 0);
    let nodes = nodes(&format!("urls = {:?}\ncluster = true", cluster.urls()));
    open(&nodes).await;
    for name in ["one", "two", "three"] {
        an_invitation_crosses(&nodes, name).await;
    }
    until("both nodes list the same", async || {
        let (mine, yours) = (ids(&nodes[0]).await, ids(&nodes[1]).await);
        (mine.len() == 3 && mine == yours).then_some(())
    })
    .await;
}

#[tokio::test]
async fn every_node_lists_everybody() {
    let redis = Redis::start(&[]);
    let nodes = on(&redis);
    for nth in 0..12 {
        let node = &nodes[nth % 2];
        let view = page_view("p", "p", "/");
        node.accept(&format!("visitor {nth}"), &[view]).await;
    }
    // Whoever asks first is told everything, too.
    assert_eq!(ids(&nodes[1]).await.len(), 12);
    until("both nodes list the same", async || {
        let (mine, yours) = (ids(&nodes[0]).await, ids(&nodes[1]).await);
        (mine.len() == 12 && mine == yours).then_some(())
    })
    .await;
    nodes[0].accept("late", &[page_view("p", "p", "/")]).await;
    until("who comes later is listed on the other node", async || {
        (ids(&nodes[1]).await.len() == 13).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_wake_up_outlives_the_node_that_set_it() {
    let redis = Redis::start(&[]);
    let [dies, lives] = on(&redis);
    let both = [dies, lives];
    open(&both).await;
    let [dies, lives] = both;
    // The reader is to be invited after two seconds of reading; the node is gone before.
    dies.accept("reader", &[page_view("p", "p", "/pricing")])
        .await;
    dies.kill();
    let invitation = until("the other node invites", async || {
        let invitation = lives.ask("reader").await;
        (!invitation.is_null()).then_some(invitation)
    })
    .await;
    assert!(invitation["id"].is_string());
    assert_eq!(lives.metric(OFFERED).await, 1);
}

/// Which version of the rules a node has in force.
async fn live(node: &Server) -> Value {
    let reply = node.agent(RULE_SETS).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["live"].clone()
}

async fn rules_post(node: &Server, path: &str, body: &Value) -> Value {
    let url = node.url(&format!("{RULE_SETS}{path}"));
    let request = http().post(url).bearer_auth(TOKEN).body(body.to_string());
    let reply = send(request).await.unwrap();
    assert!([200, 201, 202].contains(&reply.status), "{reply:?}");
    reply.json()
}

/// How many points one custom event is worth at a node: what is in force, not what is on paper.
async fn points(node: &Server, name: &str) -> String {
    let taken = node
        .accept(name, &[page_view("p", "p", "/"), custom("c", "one")])
        .await;
    let visitor = node.visitor(&taken.visitor).await;
    let ledger = visitor["ledger"].as_array().unwrap().iter();
    let points: f64 = ledger.map(|entry| entry["points"].as_f64().unwrap()).sum();
    points.to_string()
}

/// Keeps rules in which one custom event is worth twice as much; returns the version's number.
async fn doubled(node: &Server, live: &Value) -> Value {
    let rules = include_str!("../it/rules.toml");
    let rule = "event = \"one\"\npoints = 1\n";
    assert!(rules.contains(rule));
    let doubled = rules.replace(rule, "event = \"one\"\npoints = 2\n");
    let draft = json!({"files": [{"name": "rules.toml", "text": doubled}],
        "parent": live, "reason": "a test", "author": "noor"});
    rules_post(node, "", &draft).await["version"].clone()
}

#[tokio::test]
async fn what_is_published_on_one_node_is_in_force_on_the_other() {
    let redis = Redis::start(&[]);
    let nodes = on(&redis);
    let (before, number) = (points(&nodes[1], "before").await, live(&nodes[0]).await);
    let version = doubled(&nodes[0], &number).await;
    let order = json!({"reason": "a test", "expected": number, "author": "noor"});
    rules_post(&nodes[0], &format!("/{version}/publish"), &order).await;
    let mut nth = 0;
    until("the other node decides by the new rules", async || {
        nth += 1;
        (points(&nodes[1], &format!("after {nth}")).await != before).then_some(())
    })
    .await;
    assert_eq!(live(&nodes[1]).await, version);
}

#[tokio::test]
async fn what_is_scheduled_is_done_once_and_by_whoever_is_left() {
    let redis = Redis::start(&[]);
    let [dies, lives] = on(&redis);
    let number = live(&dies).await;
    let version = doubled(&dies, &number).await;
    let now = ahlan::clock::now().0;
    let order = json!({"reason": "a campaign", "expected": number, "at": now + 3_000, "until": now + 9_000});
    rules_post(&dies, &format!("/{version}/publish"), &order).await;
    until("it begins", async || {
        (live(&lives).await == version).then_some(())
    })
    .await;
    dies.kill();
    until("it ends", async || {
        (live(&lives).await == number).then_some(())
    })
    .await;
    let rules = lives.agent(RULE_SETS).await.json();
    let history = rules["history"].as_array().unwrap().iter();
    let kinds: Vec<_> = history.map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..3], ["end", "publish", "schedule"]);
    assert_eq!(rules["schedule"], json!([]));
}
