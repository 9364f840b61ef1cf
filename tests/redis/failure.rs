//! Redis out of order in every way: nobody waits for it, it is left alone, and it is taken up again by itself.

use std::time::{Duration, Instant};

use ahlan::engine::Taken;
use ahlan::store::{Redis, RedisOptions, StoreError, VisitorStore};

use crate::contract::words::{SITE, START, custom, send, state, visitor};
use crate::rig::{self, Cluster, Proxy, Sentinels, Weather};
use crate::store::options;
use crate::wait::until;

const TIMEOUT: Duration = Duration::from_millis(200);
/// Redis is back, and so are the nodes: the promise.
const RECOVERY: Duration = Duration::from_secs(5);
const SLOW: Weather = Weather::Slow(Duration::from_millis(300));

async fn node<T: AsRef<str>>(urls: &[T], cluster: bool) -> Redis {
    let options = RedisOptions {
        timeout: TIMEOUT,
        ..options(urls, cluster)
    };
    // A busy machine may be too slow for the first try.
    until("the node connects", async || {
        Redis::open(options.clone()).await.ok()
    })
    .await
}

/// Reports one event of a visitor; the number is its id.
async fn report(store: &Redis, who: usize, n: usize) -> Result<Taken, StoreError> {
    let event = custom(&format!("event {n}"), START);
    let taken = send(store, visitor(who), &[event], START).await?;
    Ok(taken[0])
}

/// Reports it until it is taken, as a tracker does.
async fn insist(store: &Redis, who: usize, n: usize) -> Taken {
    until("the event is taken", async || {
        report(store, who, n).await.ok()
    })
    .await
}

async fn counted(store: &Redis, who: usize) -> u64 {
    let known = until("the state can be read", async || {
        store.get(SITE, visitor(who)).await.ok()
    });
    let session = known.await.and_then(|state| state.session);
    session.map_or(0, |session| u64::from(session.totals.custom_events))
}

/// Makes calls until the node has noticed, and some more that must cost nothing. Returns how many events it tried.
async fn suffer(store: &Redis, says: &str) -> usize {
    let mut tried = 0;
    until("the outage is noticed", async || {
        if report(store, 1, 1_000 + tried).await.is_err() {
            tried += 1;
        }
        store.health().is_err().then_some(())
    })
    .await;
    let begun = Instant::now();
    for n in 0..200 {
        let why = report(store, 1, 2_000 + n).await.unwrap_err();
        assert!(matches!(why, StoreError::Unavailable(_)), "{why}");
        let look = store.get(SITE, visitor(1)).await;
        assert!(
            look.is_err(),
            "nobody is invited by a memory that may be old"
        );
    }
    let took = begun.elapsed();
    assert!(took < TIMEOUT * 20, "400 calls waited {took:?} for nothing");
    let why = store.health().unwrap_err().to_string();
    assert!(why.contains("degraded") && why.contains(says), "{why}");
    assert_eq!(store.readings().out_of_order, 1);
    tried
}

/// The node works again soon, and every event is there once.
async fn recover(store: &Redis, tried: usize) {
    let healed = Instant::now();
    until("the node works again", async || store.health().ok()).await;
    insist(store, 1, 1).await;
    let took = healed.elapsed();
    assert!(took < RECOVERY, "it took {took:?} to recover");
    for n in 0..tried {
        insist(store, 1, 1_000 + n).await;
        assert_eq!(insist(store, 1, 1_000 + n).await, Taken::Duplicate);
    }
    assert_eq!(counted(store, 1).await, 1 + tried as u64);
    assert_eq!(store.readings().out_of_order, 0);
}

/// A node behind a proxy, in this weather and after it.
async fn weather(weather: Weather, says: &str) {
    let redis = rig::Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    let store = node(&[proxy.url()], false).await;
    insist(&store, 1, 1).await;
    proxy.set(weather);
    let tried = suffer(&store, says).await;
    proxy.set(Weather::Fine);
    recover(&store, tried).await;
}

macro_rules! outages {
    ($($name:ident: $weather:expr, $says:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            weather($weather, $says).await;
        }
    )*};
}

outages! {
    a_redis_that_refuses: Weather::Refused, "cannot be reached";
    a_redis_that_is_slow: SLOW, "in time";
    a_half_open_connection: Weather::Frozen, "in time";
    requests_that_do_not_arrive: Weather::CutRequests, "in time";
    answers_that_do_not_arrive: Weather::CutAnswers, "in time";
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_and_started_again() {
    let mut redis = rig::Redis::start_durable();
    let store = node(&[redis.url()], false).await;
    insist(&store, 1, 1).await;
    redis.kill();
    let tried = suffer(&store, "cannot be reached").await;
    redis.restart();
    recover(&store, tried).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stands_still() {
    let mut redis = rig::Redis::start(&[]);
    let store = node(&[redis.url()], false).await;
    insist(&store, 1, 1).await;
    redis.freeze();
    let tried = suffer(&store, "in time").await;
    redis.thaw();
    recover(&store, tried).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_loads_its_data() {
    // It listens after each kibibyte, so the data must not be compressed.
    let redis = rig::Redis::start(&[
        "--enable-debug-command",
        "yes",
        "--rdbcompression",
        "no",
        "--loading-process-events-interval-bytes",
        "1024",
    ]);
    let fill = "for n = 1, 1000 do redis.call('SET', 'x' .. n, string.rep('x', 100)) end";
    let () = redis.say(&["EVAL", fill, "0"]).unwrap();
    let store = node(&[redis.url()], false).await;
    insist(&store, 1, 1).await;
    let () = redis
        .say(&["CONFIG", "SET", "key-load-delay", "5000"])
        .unwrap();
    let loading = std::thread::spawn(move || {
        // It takes longer than the rig waits for an answer.
        let _ = redis.say::<()>(&["DEBUG", "RELOAD"]);
        redis
    });
    let mut tried = 0;
    until("the outage is noticed", async || {
        if report(&store, 1, 1_000 + tried).await.is_err() {
            tried += 1;
        }
        let why = store.health().err()?.to_string();
        why.contains("loading").then_some(())
    })
    .await;
    let redis = loading.join().unwrap();
    rig::wait_for("the data is loaded", || redis.say::<String>(&["PING"]).ok());
    recover(&store, tried).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_without_memory() {
    let redis = rig::Redis::start(&["--maxmemory-policy", "noeviction"]);
    let store = node(&[redis.url()], false).await;
    insist(&store, 1, 1).await;
    let () = redis.say(&["CONFIG", "SET", "maxmemory", "500kb"]).unwrap();
    let tried = suffer(&store, "no memory left").await;
    let () = redis.say(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    recover(&store, tried).await;
    let mut errors = store.readings().errors.into_iter();
    assert!(errors.any(|(kind, count)| kind == "out_of_memory" && count >= 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_became_a_replica() {
    let redis = rig::Redis::start(&[]);
    let store = node(&[redis.url()], false).await;
    insist(&store, 1, 1).await;
    // Of a primary that does not exist, so that it keeps what it has.
    let () = redis.say(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let tried = suffer(&store, "replica").await;
    let () = redis.say(&["REPLICAOF", "NO", "ONE"]).unwrap();
    recover(&store, tried).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_anew() {
    let redis = rig::Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    let store = node(&[proxy.url()], false).await;
    for n in 0..5 {
        insist(&store, 1, n).await;
        proxy.sever();
    }
    insist(&store, 1, 5).await;
    assert_eq!(counted(&store, 1).await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_script_is_no_outage() {
    let redis = rig::Redis::start(&[]);
    let store = node(&[redis.url()], false).await;
    for n in 0..5 {
        insist(&store, 1, n).await;
        let () = redis.say(&["SCRIPT", "FLUSH"]).unwrap();
    }
    assert_eq!(counted(&store, 1).await, 5);
    let mut errors = store.readings().errors.into_iter();
    assert!(errors.all(|(kind, count)| kind == "timeout" || count == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_lead_to_the_new_primary() {
    let mut sentinels = Sentinels::start();
    let store = node(&[sentinels.url()], false).await;
    for round in 0..2 {
        insist(&store, 1, round).await;
        sentinels.servers[sentinels.primary()].wait_until_replicated();
        sentinels.fail_over();
        let promoted = Instant::now();
        assert_eq!(insist(&store, 1, round).await, Taken::Duplicate);
        let took = promoted.elapsed();
        assert!(took < RECOVERY, "it took {took:?} to find the new primary");
        sentinels.bring_back();
    }
    assert_eq!(
        state(&store, visitor(1))
            .await
            .session
            .unwrap()
            .totals
            .custom_events,
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_promotes_a_replica() {
    let mut cluster = Cluster::start(3, 1);
    let store = node(&cluster.urls(), true).await;
    for who in 0..50 {
        insist(&store, who, 0).await;
    }
    for at in 0..3 {
        cluster.nodes[at].redis.wait_until_replicated();
    }
    let slot = 0;
    let old = cluster.primary_of(slot);
    cluster.nodes[old].redis.kill();
    rig::wait_for("the replica takes over", || {
        (cluster.primary_of(slot) != old).then_some(())
    });
    cluster.wait_until_ok();
    let promoted = Instant::now();
    for who in 0..50 {
        assert_eq!(insist(&store, who, 0).await, Taken::Duplicate);
    }
    let took = promoted.elapsed();
    assert!(took < RECOVERY, "it took {took:?} to find the new primary");
    for who in 0..50 {
        insist(&store, who, 1).await;
        assert_eq!(counted(&store, who).await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_move_under_a_node() {
    let cluster = Cluster::start(3, 0);
    let store = node(&cluster.urls(), true).await;
    insist(&store, 1, 0).await;
    let find =
        |at: usize| -> Vec<String> { cluster.nodes[at].redis.say(&["KEYS", "*:v:*"]).unwrap() };
    let key = (0..3)
        .find_map(|at| find(at).pop())
        .expect("the state is somewhere");
    let slot: u16 = cluster.nodes[0]
        .redis
        .say(&["CLUSTER", "KEYSLOT", &key])
        .unwrap();
    for n in 1..4 {
        let to = (cluster.primary_of(slot) + 1) % 3;
        cluster.begin_move(slot, to);
        // Until all of it has moved, the cluster runs no script on it, for it might find only a part of its keys.
        let _ = report(&store, 1, 2 * n).await;
        cluster.end_move(slot, to);
        insist(&store, 1, 2 * n).await;
        insist(&store, 1, 2 * n + 1).await;
    }
    assert_eq!(counted(&store, 1).await, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_a_cluster_that_hangs_leaves_the_others_alone() {
    let cluster = Cluster::start_proxied(3, 0);
    for node in &cluster.nodes {
        let set = ["CONFIG", "SET", "cluster-require-full-coverage", "no"];
        let () = node.redis.say(&set).unwrap();
    }
    let store = node(&cluster.urls(), true).await;
    for who in 0..48 {
        insist(&store, who, 0).await;
    }
    let hung = cluster.nodes[0].proxy.as_ref().unwrap();
    hung.set(Weather::Frozen);
    let mut lost = 0;
    let first_breaker = until("a breaker opens", async || {
        for who in 0..48 {
            lost += usize::from(report(&store, who, 1).await.is_err());
        }
        (store.readings().out_of_order > 0).then(|| store.readings().out_of_order)
    });
    let open = first_breaker.await;
    assert!((1..=8).contains(&open), "{open} of 16 parts");
    assert!(lost > 0);
    // Two thirds of the visitors are served, and so the node is ready.
    assert_eq!(store.health(), Ok(()));
    let mut served = 0;
    for who in 0..48 {
        served += usize::from(report(&store, who, 2).await.is_ok());
    }
    assert!((24..48).contains(&served), "{served} of 48");
    hung.set(Weather::Fine);
    let healed = Instant::now();
    for who in 0..48 {
        insist(&store, who, 1).await;
        insist(&store, who, 2).await;
    }
    let took = healed.elapsed();
    assert!(took < RECOVERY, "it took {took:?} to recover");
    for who in 0..48 {
        assert_eq!(counted(&store, who).await, 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_redis_gets_its_control_data_back() {
    let redis = rig::Redis::start(&[]);
    let (first, second) = (
        node(&[redis.url()], false).await,
        node(&[redis.url()], false).await,
    );
    let rules = ahlan::domain::RuleSetHash(7);
    assert_eq!(first.secret([1; 32]).await, Ok([1; 32]));
    first.keep_rules(rules, b"rules").await.unwrap();
    for revision in 0..3 {
        let set = first.set_control(SITE, revision, b"document").await;
        assert_eq!(set, Ok(Ok(revision + 1)));
    }
    // The second node has seen an earlier document, and so has nothing better to give than the first.
    let control = |store: &Redis| tokio::task::block_in_place(|| store.control(SITE)).unwrap();
    let document = control(&first).expect("it was set");
    let () = redis.say(&["FLUSHALL"]).unwrap();
    assert_eq!(control(&second), None, "it has seen none");
    assert_eq!(
        second.set_control(SITE, 0, b"from the directory").await,
        Ok(Ok(1))
    );
    assert_eq!(
        control(&first),
        Some(document.clone()),
        "it puts its own back"
    );
    assert_eq!(control(&second), Some(document.clone()));
    let third = node(&[redis.url()], false).await;
    assert_eq!(third.secret([3; 32]).await, Ok([1; 32]));
    assert_eq!(control(&third), Some(document));
    let sources = tokio::task::block_in_place(|| third.rule_sources(rules)).unwrap();
    assert_eq!(sources.as_deref(), Some(&b"rules"[..]));
}
