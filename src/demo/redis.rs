//! A Redis of the demonstration's own, for several nodes to share.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

/// It listens at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// Starts the server, and ends it when nobody is left who could: it reads the other end of a pipe that closes with us.
/// In a group of its own, so that the Ctrl-C that stops the nodes does not take Redis from under them.
const KEEPER: &str = "redis-server \"$@\" & cat >/dev/null; kill $!; wait $!";

/// A running server; it saves what it has and ends when this is dropped.
pub struct LocalRedis {
    keeper: Child,
    port: u16,
}

impl LocalRedis {
    /// Starts `redis-server` on a free port of this machine, with its files in `dir`, and waits until it listens.
    ///
    /// # Errors
    ///
    /// When there is no `redis-server`, the directory cannot be made, or nobody listens in time.
    pub async fn start(dir: &Path) -> io::Result<Self> {
        let mut version = Command::new("redis-server");
        version.arg("--version").stdout(Stdio::null()).status()?;
        std::fs::create_dir_all(dir)?;
        let port = free_port()?;
        let port_text = port.to_string();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "redis", "--bind", "127.0.0.1"])
            .args(["--port", &port_text, "--appendonly", "yes", "--save", ""])
            .arg("--dir")
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let started = Self { keeper, port };
        let listens = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .is_err()
            {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, listens).await?;
        Ok(started)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for LocalRedis {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A port that nobody uses at this moment.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
