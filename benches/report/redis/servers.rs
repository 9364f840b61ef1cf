//! Redis servers of the benchmark's own: one, or a cluster of three primaries.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ahlan::clock::Stopwatch;
use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

/// How long a server may take to start, and a cluster to form.
const PATIENCE: Duration = Duration::from_secs(20);
/// A cluster's nodes talk to each other at their port and this many more.
const BUS: u16 = 10_000;

/// A server that is killed when it is dropped.
struct Server {
    child: Child,
    port: u16,
    _dir: TempDir,
}

/// All servers of one store.
pub(super) struct Servers {
    all: Vec<Server>,
}

/// What servers have done since they started, all together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    /// Processor time, in microseconds.
    pub(super) cpu_us: f64,
    /// Scripts run for clients: the round trips of changes.
    pub(super) scripts: f64,
    /// Bytes received and sent.
    pub(super) network: f64,
}

impl Servers {
    /// One server, or a cluster of that many primaries. As advised, they write what they are told to a log and sync that
    /// each second.
    pub(super) fn start(primaries: usize) -> anyhow::Result<Self> {
        let is_cluster = primaries > 1;
        let start = |_| Server::start(is_cluster);
        let all: anyhow::Result<Vec<Server>> = (0..primaries).map(start).collect();
        let servers = Self { all: all? };
        if is_cluster {
            servers.form_cluster()?;
        }
        Ok(servers)
    }

    fn form_cluster(&self) -> anyhow::Result<()> {
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]);
        create.args(self.all.iter().map(|one| format!("127.0.0.1:{}", one.port)));
        let output = create.arg("--cluster-yes").output();
        let output = output.context("redis-cli did not start; run: scripts/need redis-server")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "redis-cli: {said}");
        wait("the cluster does not form", || {
            let is_ok = |one: &Server| {
                let info: String = one.ask(&["CLUSTER", "INFO"])?;
                Ok(info.contains("cluster_state:ok"))
            };
            let all: anyhow::Result<Vec<bool>> = self.all.iter().map(is_ok).collect();
            Ok(all?.into_iter().all(|is_ok| is_ok))
        })
    }

    /// How nodes are told of it.
    pub(super) fn address(&self) -> String {
        let ports = self.all.iter().map(|one| format!("127.0.0.1:{}", one.port));
        let hosts = ports.collect::<Vec<_>>().join(",");
        if self.all.len() > 1 {
            format!("redis+cluster://{hosts}")
        } else {
            format!("redis://{hosts}")
        }
    }

    /// The port of the first server.
    pub(super) fn port(&self) -> u16 {
        self.all[0].port
    }

    /// Asks the first server.
    pub(super) fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> anyhow::Result<T> {
        self.all[0].ask(command)
    }

    /// What they have done so far.
    pub(super) fn work(&self) -> anyhow::Result<Work> {
        let mut sum = Work::default();
        for one in &self.all {
            let cpu = one.info("cpu")?;
            sum.cpu_us += (cpu.number("used_cpu_user") + cpu.number("used_cpu_sys")) * 1e6;
            let calls = one.info("commandstats")?;
            sum.scripts += calls.number("cmdstat_evalsha") + calls.number("cmdstat_eval");
            let stats = one.info("stats")?;
            sum.network +=
                stats.number("total_net_input_bytes") + stats.number("total_net_output_bytes");
        }
        Ok(sum)
    }

    /// Memory that holds data, in bytes.
    pub(super) fn data_bytes(&self) -> anyhow::Result<f64> {
        let each = self.all.iter().map(|one| one.info("memory"));
        let each: anyhow::Result<Vec<Info>> = each.collect();
        Ok(each?
            .iter()
            .map(|info| info.number("used_memory_dataset"))
            .sum())
    }
}

impl Server {
    fn start(in_cluster: bool) -> anyhow::Result<Self> {
        let (dir, port) = (tempfile::tempdir_in(".")?, free_port()?);
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "yes"]);
        command.args(["--appendfsync", "everysec"]);
        if in_cluster {
            command.args(["--cluster-enabled", "yes"]);
        }
        command
            .arg("--dir")
            .arg(std::path::absolute(dir.path())?)
            .stdout(Stdio::null());
        let child = command.spawn();
        let server = Self {
            child: child.context("redis-server did not start; run: scripts/need redis-server")?,
            port,
            _dir: dir,
        };
        wait("redis-server does not answer", || {
            Ok(server.ask::<String>(&["PING"]).is_ok())
        })?;
        Ok(server)
    }

    fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> anyhow::Result<T> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port))?;
        let (name, args) = command.split_first().context("a command has a name")?;
        Ok(redis::cmd(name)
            .arg(args)
            .query(&mut client.get_connection()?)?)
    }

    fn info(&self, section: &str) -> anyhow::Result<Info> {
        self.ask(&["INFO", section]).map(Info)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server's answer to `INFO`.
struct Info(String);

impl Info {
    /// A figure by its name; of a command's, how often it was called. 0 when it is not there.
    fn number(&self, name: &str) -> f64 {
        let value = self
            .0
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.map(|value| value.strip_prefix("calls=").unwrap_or(value));
        let number = value.and_then(|value| value.split(',').next()?.trim().parse().ok());
        number.unwrap_or(0.0)
    }
}

/// A port at which nobody listens, nor at that of its bus.
fn free_port() -> anyhow::Result<u16> {
    for _ in 0..100 {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let bus = port.checked_add(BUS);
        if bus.is_some_and(|bus| TcpListener::bind(("127.0.0.1", bus)).is_ok()) {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

#[expect(
    clippy::disallowed_methods,
    reason = "it waits on a condition with a deadline"
)]
fn wait(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    while !is_so()? {
        ensure!(watch.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
