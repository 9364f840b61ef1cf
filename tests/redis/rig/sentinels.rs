//! A primary, a replica, and three sentinels that watch over them.

use std::fs;

use redis::FromRedisValue;
use tempfile::TempDir;

use super::process::Process;
use super::server::{Redis, SERVER};
use super::{port, wait_for};

/// What the sentinels call the primary.
pub(crate) const MASTER: &str = "ahlan";
const QUORUM: usize = 2;

/// A sentinel process.
#[derive(Debug)]
struct Sentinel {
    _dir: TempDir,
    port: u16,
    _process: Process,
}

impl Sentinel {
    /// Watches over the primary at this port: missed for a second, it is down.
    fn start(primary: u16) -> Self {
        let (dir, port) = (tempfile::tempdir().unwrap(), port::free());
        let config = dir.path().join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\ndir {dir}\n\
             sentinel monitor {MASTER} 127.0.0.1 {primary} {QUORUM}\n\
             sentinel down-after-milliseconds {MASTER} 1000\n\
             sentinel failover-timeout {MASTER} 3000\n",
            dir = dir.path().display(),
        );
        fs::write(&config, text).unwrap();
        let args = [config.as_os_str(), "--sentinel".as_ref()];
        let process = Process::start(SERVER, args, |command| command);
        Self {
            _dir: dir,
            port,
            _process: process,
        }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn say<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_connection()?;
        redis::cmd("SENTINEL").arg(words).query(&mut connection)
    }

    /// The port of the primary, as this sentinel sees it.
    fn primary(&self) -> Option<u16> {
        let found: Vec<String> = self.say(&["GET-MASTER-ADDR-BY-NAME", MASTER]).ok()?;
        found.get(1)?.parse().ok()
    }

    /// Whether it knows enough others and the replica to fail over.
    fn is_ready(&self) -> bool {
        let agreed = self.say::<String>(&["CKQUORUM", MASTER]);
        let replicas = self.say::<Vec<redis::Value>>(&["REPLICAS", MASTER]);
        agreed.is_ok_and(|word| word.starts_with("OK 3"))
            && replicas.is_ok_and(|all| all.len() == 1)
    }
}

/// Two servers, of which one is the primary, and three sentinels that put the other in its place when it dies.
#[derive(Debug)]
pub(crate) struct Sentinels {
    pub(crate) servers: [Redis; 2],
    sentinels: Vec<Sentinel>,
}

impl Sentinels {
    /// Starts everything and waits until a fail-over is possible.
    pub(crate) fn start() -> Self {
        let durable = ["--appendonly", "yes", "--appendfsync", "always"];
        let diskless = ["--repl-diskless-sync-delay", "0"];
        let primary = Redis::start(&[durable.as_slice(), &diskless].concat());
        let port = primary.port().to_string();
        let of = ["--replicaof", "127.0.0.1", &port];
        let replica = Redis::start(&[durable.as_slice(), &diskless, &of].concat());
        wait_for("the replica is in step", || {
            let link = replica.info("master_link_status");
            link.filter(|link| link == "up")
        });
        let sentinels: Vec<Sentinel> = (0..3).map(|_| Sentinel::start(primary.port())).collect();
        wait_for("the sentinels know each other", || {
            sentinels.iter().all(Sentinel::is_ready).then_some(())
        });
        Self {
            servers: [primary, replica],
            sentinels,
        }
    }

    /// The URL by which clients find the primary, whoever that is.
    pub(crate) fn url(&self) -> String {
        let ports = self.sentinels.iter().map(|sentinel| sentinel.port);
        let hosts: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://{}/{MASTER}", hosts.join(","))
    }

    /// Which server is the primary, when all sentinels agree and the server agrees.
    pub(crate) fn primary(&self) -> usize {
        wait_for("there is a primary", || {
            let first = self.sentinels[0].primary()?;
            let agreed = self
                .sentinels
                .iter()
                .all(|one| one.primary() == Some(first));
            let at = self.servers.iter().position(|one| one.port() == first)?;
            let is_primary = self.servers[at].info("role").as_deref() == Some("master");
            (agreed && is_primary).then_some(at)
        })
    }

    /// Kills the primary and waits until the other has taken its place.
    pub(crate) fn fail_over(&mut self) {
        let old = self.primary();
        self.servers[old].kill();
        wait_for("the replica takes over", || {
            (self.primary() != old).then_some(())
        });
    }

    /// Starts the server that was killed again, and waits until it follows the primary, so that the next fail-over is
    /// possible.
    pub(crate) fn bring_back(&mut self) {
        let primary = self.primary();
        let port = self.servers[primary].port().to_string();
        let old = &mut self.servers[1 - primary];
        old.restart();
        // The sentinels would say so themselves, after a while.
        let () = old.say(&["REPLICAOF", "127.0.0.1", &port]).unwrap();
        wait_for("the old primary follows the new one", || {
            let follows = old.info("role").as_deref() == Some("slave")
                && old.info("master_link_status").as_deref() == Some("up");
            (follows && self.sentinels.iter().all(Sentinel::is_ready)).then_some(())
        });
    }
}
