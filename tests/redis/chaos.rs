//! Nodes under load while everything goes wrong between them and Redis. After each fault the nodes are ready again within
//! five seconds, every acknowledged event is found exactly once, and every node lists everybody within ten.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::block_in_place;

use ahlan::domain::Key;

use crate::client::{custom, key};
use crate::load::{Load, Truth};
use crate::rig::{Cluster, Proxy, Redis, Sentinels, Weather};
use crate::server::{Home, Server, Setup};
use crate::wait::until;

const RECOVERY: Duration = Duration::from_secs(5);
const LIST: Duration = Duration::from_secs(10);
/// Batches taken before a fault and after it.
const BATCHES: u64 = 40;
const SLOW: Weather = Weather::Slow(Duration::from_millis(300));

/// A node on one Redis.
fn node(urls: &[String]) -> Server {
    on(&format!("urls = {urls:?}"))
}

/// A node on the store that these settings name.
fn on(settings: &str) -> Server {
    let top = format!("store = {{ redis = {{ {settings} }} }}");
    Home::new(Setup {
        top,
        ..Setup::default()
    })
    .start()
}

/// Nodes, and the truth about what they have acknowledged.
struct House {
    nodes: Vec<Server>,
    truth: Arc<Truth>,
    rounds: usize,
}

impl House {
    fn new(nodes: impl IntoIterator<Item = Server>) -> Self {
        Self {
            nodes: nodes.into_iter().collect(),
            truth: Arc::default(),
            rounds: 0,
        }
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// Lets something go wrong under load, and mend; then looks whether all is as it should be. Returns how many batches
    /// had to be sent again.
    async fn survive(&mut self, what: &str, fault: impl AsyncFnOnce(&mut Self, &Load)) -> u64 {
        self.rounds += 1;
        let begun = Instant::now();
        let load = Load::begin(self.addresses(), &self.truth, self.rounds);
        load.take(BATCHES).await;
        fault(self, &load).await;
        let mended = Instant::now();
        for node in &self.nodes {
            until("the node is ready", async || {
                (node.get("/readyz").await.status == 200).then_some(())
            })
            .await;
        }
        let recovery = mended.elapsed();
        assert!(recovery < RECOVERY, "{what}: {recovery:?} to recover");
        load.take(BATCHES).await;
        let refused = load.refused();
        load.end().await;
        let still = Instant::now();
        let reader = &self.nodes[self.rounds % self.nodes.len()];
        self.truth.assert_journal(reader).await;
        for node in &self.nodes {
            self.truth.assert_list(node, LIST).await;
        }
        eprintln!(
            "{what}: ready after {recovery:?}, {refused} sent again, {events} events right after {right:?}, {all:?} in all",
            events = self.truth.events(),
            right = still.elapsed(),
            all = begun.elapsed(),
        );
        refused
    }
}

/// Waits until a node says that it is out of order, and looks at how it behaves then.
async fn assert_degraded(node: &Server) {
    until("the node notices", async || {
        (node.get("/readyz").await.status == 503).then_some(())
    })
    .await;
    let ready = node.get("/readyz").await;
    assert_eq!(ready.problem(), "unavailable");
    assert!(ready.body.contains("degraded"), "{ready:?}");
    assert_eq!(node.get("/healthz").await.status, 200);
    // It begins no visit, so that it leaves nothing behind should Redis hear of it after all.
    let leave = json!({"id": "e", "type": "leave", "page": "p"});
    let refused = node.collect("sara", &[leave]).await;
    assert_eq!((refused.status, &*refused.problem()), (503, "unavailable"));
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let ask = json!({"site": "shop", "key": key("sara")}).to_string();
    let ask = node.post("/v1/invitation", ask).await;
    assert_eq!((ask.status, &*ask.problem()), (503, "unavailable"));
    assert!(node.metric("ahlan_redis_out_of_order").await > 0);
    assert_eq!(node.metric("ahlan_store_writable").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_redis_in_every_weather() {
    let mut redis = Redis::start_durable();
    // The first node has a way of its own.
    let (own, common) = (Proxy::start(redis.address()), Proxy::start(redis.address()));
    let by = |proxy: &Proxy| node(&[proxy.url()]);
    let mut house = House::new([by(&own), by(&common), by(&common)]);
    let refused = house.survive("nothing", async |_, _| {}).await;
    assert_eq!(refused, 0, "a calm day");
    for weather in [
        Weather::Refused,
        Weather::Frozen,
        SLOW,
        Weather::CutRequests,
        Weather::CutAnswers,
    ] {
        let fault = async |house: &mut House, _: &Load| {
            own.set(weather);
            common.set(weather);
            for node in &house.nodes {
                assert_degraded(node).await;
            }
            own.set(Weather::Fine);
            common.set(Weather::Fine);
        };
        house.survive(&format!("{weather:?}"), fault).await;
    }
    let cut_off = async |house: &mut House, load: &Load| {
        own.set(Weather::Frozen);
        assert_degraded(&house.nodes[0]).await;
        load.take(BATCHES).await;
        assert_eq!(house.nodes[1].get("/readyz").await.status, 200);
        own.set(Weather::Fine);
    };
    house.survive("one node is cut off", cut_off).await;
    let severed = async |_: &mut House, load: &Load| {
        for _ in 0..5 {
            own.sever();
            common.sever();
            load.take(5).await;
        }
    };
    house.survive("connections break", severed).await;
    let flushed = async |_: &mut House, load: &Load| {
        for _ in 0..5 {
            let () = redis.say(&["SCRIPT", "FLUSH"]).unwrap();
            load.take(5).await;
        }
    };
    house.survive("scripts are forgotten", flushed).await;
    let killed = async |house: &mut House, load: &Load| {
        let node = house.nodes.pop().expect("there are three");
        load.go_to(house.addresses());
        drop(node.kill());
        house.nodes.push(block_in_place(|| by(&common)));
        load.go_to(house.addresses());
    };
    house
        .survive("a node is killed, another comes", killed)
        .await;
    let restarted = async |house: &mut House, _: &Load| {
        redis.kill();
        for node in &house.nodes {
            assert_degraded(node).await;
        }
        block_in_place(|| redis.restart());
    };
    house
        .survive("Redis is killed and restarted", restarted)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_fail_over_under_load() {
    let mut sentinels = block_in_place(Sentinels::start);
    // What is acknowledged must be at the replica when the primary dies; with nobody to confirm, nothing is taken.
    let settings = format!("urls = [{:?}], replicas = 1", sentinels.url());
    let mut house = House::new([on(&settings), on(&settings)]);
    // A second one right after it would be as quick as the sentinels, who take their time by then.
    let fail_over = async |_: &mut House, _: &Load| {
        block_in_place(|| {
            sentinels.fail_over();
            sentinels.bring_back();
        });
    };
    house.survive("a fail-over", fail_over).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_under_load() {
    let mut cluster = block_in_place(|| Cluster::start_proxied(3, 1));
    let urls = cluster.urls();
    let settings = format!("urls = {urls:?}, cluster = true, replicas = 1");
    let mut house = House::new([on(&settings), on(&settings)]);
    let promoted = async |_: &mut House, _: &Load| {
        block_in_place(|| {
            cluster.nodes[0].redis.kill();
            crate::rig::wait_for("the replica takes over", || {
                (cluster.primary_of(0) == 3).then_some(())
            });
            cluster.nodes[0].redis.restart();
            cluster.wait_until_ok();
        });
    };
    house
        .survive("a primary dies and comes back as a replica", promoted)
        .await;
    let frozen = async |house: &mut House, _: &Load| {
        cluster.set(Weather::Frozen);
        for node in &house.nodes {
            assert_degraded(node).await;
        }
        cluster.set(Weather::Fine);
    };
    house.survive("the whole cluster hangs", frozen).await;
    let severed = async |_: &mut House, load: &Load| {
        for _ in 0..3 {
            for node in &cluster.nodes {
                node.proxy.as_ref().expect("it has proxies").sever();
            }
            load.take(5).await;
        }
    };
    house.survive("connections break", severed).await;
    let moved = async |_: &mut House, load: &Load| {
        let second = cluster.primary_of(8_000);
        let heads: Vec<String> = cluster.nodes[second]
            .redis
            .say(&["KEYS", "*:head"])
            .unwrap();
        for head in heads.iter().take(5) {
            block_in_place(|| {
                let ask = ["CLUSTER", "KEYSLOT", head];
                let slot = cluster.nodes[second].redis.say(&ask).unwrap();
                let to = cluster.primary_of(16_000);
                cluster.begin_move(slot, to);
                cluster.end_move(slot, to);
            });
        }
        load.take(5).await;
    };
    house.survive("slots move", moved).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_is_begun_anew_by_the_nodes_that_are_there() {
    const VERSIONS: &str = "/v1/sites/shop/rulesets";
    let redis = Redis::start(&[]);
    let urls = [redis.url()];
    let mut house = House::new([node(&urls), node(&urls)]);
    house.survive("nothing", async |_, _| {}).await;
    let sara = house.nodes[0].accept("sara", &[custom("e", "one")]).await;
    let versions = house.nodes[0].agent(VERSIONS).await.json();
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(1));
    let documents = || {
        let found = redis.say::<BTreeSet<String>>(&["KEYS", "*:control"]);
        found.unwrap_or_default()
    };
    let mut before = documents();
    // Which event was a site's first nobody asks again once it is known; it is found out anew.
    before.remove(&format!("{{{:08x}}}:control", Key::of("install:shop").0));
    let () = redis.say(&["FLUSHALL"]).unwrap();
    until("the nodes put their documents back", async || {
        before.is_subset(&documents()).then_some(())
    })
    .await;
    // Everybody is a stranger now, and nobody is listed who has not come since.
    house.truth = Arc::default();
    house.survive("everything is lost", async |_, _| {}).await;
    house.nodes.push(block_in_place(|| node(&urls)));
    house.survive("another node comes", async |_, _| {}).await;
    for node in &house.nodes {
        assert_eq!(node.agent(VERSIONS).await.json(), versions);
        // The same event is taken once more, and of the same visitor.
        let again = node.collect("sara", &[custom("e", "one")]).await.taken();
        assert_eq!(again.visitor, sara.visitor);
    }
}
