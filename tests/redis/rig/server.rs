//! One Redis server.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use redis::{FromRedisValue, RedisResult};
use rustix::process::Signal;
use tempfile::TempDir;

use super::process::Process;
use super::{port, wait_for};

/// The program.
pub(super) const SERVER: &str = "redis-server";
/// How long a command of the tests themselves may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often another port is tried when somebody was faster.
const TRIES: usize = 5;

/// A Redis server with a directory and a port of its own. It keeps both when it is killed and started again.
#[derive(Debug)]
pub(crate) struct Redis {
    dir: TempDir,
    port: u16,
    args: Vec<String>,
    process: Option<Process>,
}

impl Redis {
    /// Starts a server and waits until it answers. `args` are its settings, such as `["--appendonly", "yes"]`; unless
    /// they say otherwise, it writes nothing to disk.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(|_| args.iter().map(|&arg| arg.to_owned()).collect())
    }

    /// A server that keeps what it acknowledged when it is killed.
    pub(crate) fn start_durable() -> Self {
        Self::start(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts a server whose settings depend on its port.
    pub(super) fn start_with(args: impl Fn(u16) -> Vec<String>) -> Self {
        assert!(
            Command::new(SERVER).arg("--version").output().is_ok(),
            "{SERVER} is missing; run: scripts/need {SERVER}"
        );
        for _ in 0..TRIES {
            let port = port::free();
            let mut redis = Self {
                dir: tempfile::tempdir().unwrap(),
                port,
                args: args(port),
                process: None,
            };
            if redis.run() {
                return redis;
            }
            eprintln!("{SERVER} did not start:\n{}", redis.log());
        }
        panic!("{SERVER} did not start, {TRIES} times over");
    }

    /// Runs the process and waits until it answers; `false` when it ends instead.
    fn run(&mut self) -> bool {
        let port = self.port.to_string();
        let dir = self.dir.path().to_string_lossy().into_owned();
        let log = self.log_path().to_string_lossy().into_owned();
        let own = [
            ["--port", &port],
            ["--bind", "127.0.0.1"],
            ["--dir", &dir],
            ["--logfile", &log],
            ["--save", ""],
            ["--appendonly", "no"],
        ];
        let args = own.into_iter().flatten();
        let args = args.chain(self.args.iter().map(String::as_str));
        let mut process = Process::start(SERVER, args, |command| command);
        let up = wait_for("redis-server answers or ends", || {
            if process.ended().is_some() {
                return Some(false);
            }
            // Another server's answer on the same port would be a lie.
            let info: String = self.say(&["INFO", "server"]).ok()?;
            if !info.contains(&format!("tcp_port:{port}")) {
                return Some(false);
            }
            // While it loads its data it tells of itself and answers nothing else.
            self.say::<String>(&["PING"]).ok().map(|_| true)
        });
        self.process = Some(process);
        up
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("redis.log")
    }

    /// Everything it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Where it listens, with nothing in between.
    pub(crate) const fn address(&self) -> SocketAddr {
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), self.port)
    }

    /// The same, as clients take it.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Sends a command over a new connection, with nothing in between.
    pub(crate) fn say<T: FromRedisValue>(&self, words: &[&str]) -> RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        let (command, args) = words.split_first().expect("a command has a name");
        redis::cmd(command).arg(args).query(&mut connection)
    }

    /// The value of a line of `INFO`, such as `role`.
    pub(crate) fn info(&self, name: &str) -> Option<String> {
        let text: String = self.say(&["INFO"]).ok()?;
        let mut lines = text.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned()))
    }

    /// Waits until its replica has confirmed everything.
    pub(crate) fn wait_until_replicated(&self) {
        wait_for("the replica has everything", || {
            let text: String = self.say(&["INFO", "replication"]).ok()?;
            let mut lines = text.lines();
            let replica = lines.find(|line| line.starts_with("slave0:"))?;
            let own = lines.find_map(|line| line.strip_prefix("master_repl_offset:"))?;
            replica.contains(&format!(",offset={own},")).then_some(())
        });
    }

    /// Ends it without warning.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    pub(crate) const fn is_down(&self) -> bool {
        self.process.is_none()
    }

    /// Starts it again where it was, with what its disk holds.
    pub(crate) fn restart(&mut self) {
        self.kill();
        assert!(self.run(), "it did not start again:\n{}", self.log());
    }

    /// Stops the process where it stands: connections stay open, nothing is answered.
    pub(crate) fn freeze(&mut self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Self::freeze`].
    pub(crate) fn thaw(&mut self) {
        self.signal(Signal::CONT);
    }

    fn signal(&mut self, signal: Signal) {
        let process = self.process.as_mut().expect("it is running");
        process.signal(signal);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(12)..];
            eprintln!("the last words of {}:\n{}", self.port, last.join("\n"));
        }
    }
}
