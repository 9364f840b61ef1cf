//! The rig does what the other tests rely on: it starts, it dies, and its network misbehaves as told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use redis::{ErrorKind, ServerErrorKind};

use crate::rig::{Cluster, Process, Proxy, Redis, Sentinels, Weather, wait_for};

const MOMENT: Duration = Duration::from_millis(300);

/// A client that speaks no more of the protocol than it must.
struct Client(TcpStream);

impl Client {
    fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn say(&mut self, line: &str) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    /// The next line within this time; `None` when nothing comes.
    fn hear(&mut self, within: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(within)).unwrap();
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match self.0.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                Ok(_) | Err(_) => return None,
            }
        }
        Some(String::from_utf8(line).unwrap().trim_end().to_owned())
    }

    /// Whether the other end hangs up before the deadline.
    fn is_closed(&mut self) -> bool {
        self.0
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        match self.0.read(&mut [0]) {
            Ok(length) => length == 0,
            Err(why) => why.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn a_server_keeps_what_it_wrote_over_a_kill_and_ends_with_its_value() {
    let mut redis = Redis::start_durable();
    let () = redis.say(&["SET", "word", "ahlan"]).unwrap();
    redis.kill();
    assert!(redis.say::<String>(&["PING"]).is_err());
    redis.restart();
    assert_eq!(redis.say::<String>(&["GET", "word"]).unwrap(), "ahlan");
    let address = redis.address();
    drop(redis);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_frozen_server_answers_once_it_thaws() {
    let mut redis = Redis::start(&[]);
    let mut client = Client::connect(redis.address());
    redis.freeze();
    client.say("PING");
    assert_eq!(client.hear(MOMENT), None);
    redis.thaw();
    assert_eq!(
        client.hear(Duration::from_secs(20)).as_deref(),
        Some("+PONG")
    );
}

#[test]
fn a_process_ends_when_nobody_holds_its_leash() {
    let mut process = Process::start("sleep", ["1000"], |command| command);
    assert!(process.ended().is_none());
    process.let_go();
    wait_for("it ends", || process.ended());
}

#[test]
fn the_proxy_carries_and_counts_what_is_said() {
    let redis = Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    let mut client = Client::connect(proxy.address());
    client.say("PING");
    assert_eq!(client.hear(MOMENT * 10).as_deref(), Some("+PONG"));
    assert_eq!((proxy.connections(), proxy.request_bytes()), (1, 6));
    wait_for("the answer is counted", || {
        (proxy.answer_bytes() == 7).then_some(())
    });
}

#[test]
fn the_proxy_delays_each_way_and_keeps_commands_flowing() {
    let redis = Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    let mut client = Client::connect(proxy.address());
    proxy.set(Weather::Slow(MOMENT));
    let begun = Instant::now();
    for n in 0..5 {
        client.say(&format!("ECHO {n}"));
    }
    for n in 0..5 {
        assert_eq!(client.hear(MOMENT * 20).as_deref(), Some("$1"));
        assert_eq!(client.hear(MOMENT * 20), Some(n.to_string()));
    }
    let took = begun.elapsed();
    assert!(took >= MOMENT * 2, "{took:?}");
    assert!(
        took < MOMENT * 8,
        "one after another rather than at once: {took:?}"
    );
}

#[test]
fn the_proxy_freezes_and_cuts_each_direction() {
    let redis = Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    for (weather, is_done) in [
        (Weather::Frozen, false),
        (Weather::CutRequests, false),
        (Weather::CutAnswers, true),
    ] {
        let () = redis.say(&["SET", "count", "0"]).unwrap();
        proxy.set(Weather::Fine);
        let mut client = Client::connect(proxy.address());
        client.say("PING");
        assert_eq!(client.hear(MOMENT * 10).as_deref(), Some("+PONG"));
        proxy.set(weather);
        client.say("INCR count");
        assert_eq!(client.hear(MOMENT), None, "{weather:?}");
        let count: u32 = redis.say(&["GET", "count"]).unwrap();
        assert_eq!(count == 1, is_done, "{weather:?}");
        // A new connection is accepted, and hears nothing.
        let mut late = Client::connect(proxy.address());
        late.say("PING");
        assert_eq!(late.hear(MOMENT), None, "{weather:?}");
        proxy.set(Weather::Fine);
        assert_eq!(client.hear(MOMENT * 10).as_deref(), Some(":1"));
        assert_eq!(late.hear(MOMENT * 10).as_deref(), Some("+PONG"));
    }
}

#[test]
fn the_proxy_severs_and_refuses() {
    let redis = Redis::start(&[]);
    let proxy = Proxy::start(redis.address());
    let mut client = Client::connect(proxy.address());
    client.say("PING");
    assert_eq!(client.hear(MOMENT * 10).as_deref(), Some("+PONG"));
    proxy.sever();
    assert!(client.is_closed());
    let mut client = Client::connect(proxy.address());
    client.say("PING");
    assert_eq!(client.hear(MOMENT * 10).as_deref(), Some("+PONG"));
    proxy.set(Weather::Refused);
    assert!(client.is_closed());
    wait_for("connections are refused", || {
        TcpStream::connect(proxy.address()).is_err().then_some(())
    });
    proxy.set(Weather::Fine);
    let mut client = wait_for("connections are taken again", || {
        let stream = TcpStream::connect(proxy.address()).ok()?;
        Some(Client(stream))
    });
    client.say("PING");
    assert_eq!(client.hear(MOMENT * 10).as_deref(), Some("+PONG"));
}

#[test]
fn a_cluster_answers_through_its_proxies_and_moves_a_slot() {
    let cluster = Cluster::start_proxied(3, 0);
    let client = redis::cluster::ClusterClient::new(cluster.urls()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let mut put = |key: &str| {
        let command = redis::cmd("INCR").arg(key).to_owned();
        command.query::<u32>(&mut connection).unwrap()
    };
    for n in 0..100 {
        assert_eq!(put(&format!("key {n}")), 1);
    }
    let through = |at: usize| cluster.nodes[at].proxy.as_ref().unwrap().request_bytes();
    assert!(
        (0..3).all(|at| through(at) > 500),
        "clients went around the proxies"
    );
    // `key 7` has a slot; it moves to the next node, key and all.
    let slot: u16 = cluster.nodes[0]
        .redis
        .say(&["CLUSTER", "KEYSLOT", "key 7"])
        .unwrap();
    let (from, to) = (cluster.primary_of(slot), (cluster.primary_of(slot) + 1) % 3);
    cluster.begin_move(slot, to);
    let asked = cluster.nodes[from].redis.say::<u32>(&["GET", "key 7"]);
    assert_eq!(
        asked.unwrap_err().kind(),
        ErrorKind::Server(ServerErrorKind::Ask)
    );
    assert_eq!(put("key 7"), 2);
    cluster.end_move(slot, to);
    let moved = cluster.nodes[from].redis.say::<u32>(&["GET", "key 7"]);
    assert_eq!(
        moved.unwrap_err().kind(),
        ErrorKind::Server(ServerErrorKind::Moved)
    );
    assert_eq!(put("key 7"), 3);
    assert_eq!(cluster.primary_of(slot), to);
}

#[test]
fn a_cluster_promotes_a_replica_and_takes_the_old_primary_back() {
    let mut cluster = Cluster::start(3, 1);
    assert_eq!((cluster.nodes.len(), cluster.primary_of(0)), (6, 0));
    cluster.nodes[0].redis.kill();
    wait_for("the replica takes over", || {
        (cluster.primary_of(0) == 3).then_some(())
    });
    cluster.wait_until_ok();
    cluster.nodes[0].redis.restart();
    cluster.wait_until_ok();
    wait_for("the old primary follows", || {
        let role = cluster.nodes[0].redis.info("role");
        role.filter(|role| role == "slave")
    });
}

#[test]
fn sentinels_fail_over_and_take_the_old_primary_back() {
    let mut sentinels = Sentinels::start();
    assert_eq!(sentinels.primary(), 0);
    let () = sentinels.servers[0].say(&["SET", "word", "ahlan"]).unwrap();
    sentinels.servers[0].wait_until_replicated();
    sentinels.fail_over();
    assert_eq!(sentinels.primary(), 1);
    assert_eq!(
        sentinels.servers[1]
            .say::<String>(&["GET", "word"])
            .unwrap(),
        "ahlan"
    );
    sentinels.bring_back();
    assert_eq!(sentinels.primary(), 1);
}
