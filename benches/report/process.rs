//! Child processes: the service and its limit, what they cost, and how they are ended.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// The token that opens the service.
pub(crate) const TOKEN: &str = "benchmark-token-0123456789";

/// A server that is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts a command whose first line of output ends with its address.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let output = child.stdout.take().context("the output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let url = line
            .split_whitespace()
            .last()
            .context("the server said nothing")?
            .to_owned();
        Ok(Self { child, url })
    }

    /// The service with its data in `dir`.
    pub(crate) fn service(dir: &Path) -> anyhow::Result<Self> {
        Self::node(dir, None)
    }

    /// One node of the service: with its data in `dir`, or in the Redis at `store`.
    pub(crate) fn node(dir: &Path, store: Option<&str>) -> anyhow::Result<Self> {
        let config = dir.join("ahlan.toml");
        let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/shop");
        let geo = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"
        );
        let geo = if Path::new(geo).exists() {
            format!("{geo:?}")
        } else {
            String::new()
        };
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata = \"{}\"\ngeo = [{geo}]\nrates = {{ per_visitor = 100000000, per_address = \
             100000000, per_site = 100000000 }}\n[[site]]\nkey = \"shop\"\norigins = [\"https://shop.example\"]\n\
             rules = {rules:?}\ntokens = [{TOKEN:?}]\n",
            dir.join("data").display(),
        );
        std::fs::write(&config, text)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
        command.arg("serve").arg("--config").arg(config);
        if let Some(store) = store {
            command.args(["--store", store]);
        }
        Self::start(command.env("RUST_LOG", "warn"))
    }

    /// Processor time used so far, in microseconds.
    pub(crate) fn cpu_us(&self) -> anyhow::Result<u64> {
        Ok(Cpu::of(&self.child.id().to_string())?.own_us)
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("VmRSS is there")?;
        let kib: u64 = line
            .split_whitespace()
            .nth(1)
            .context("VmRSS has a value")?
            .parse()?;
        Ok(kib * 1_024)
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time, in microseconds (Linux counts it in hundredths of a second).
pub(crate) struct Cpu {
    pub(crate) own_us: u64,
    /// That of its children that have ended.
    pub(crate) children_us: u64,
}

impl Cpu {
    /// That of a process, or of `self`.
    pub(crate) fn of(process: &str) -> anyhow::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        let after_name = stat.rsplit(')').next();
        let after_name = after_name.context("stat has a name in brackets")?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let us = |first: usize| -> anyhow::Result<u64> {
            Ok((fields[first].parse::<u64>()? + fields[first + 1].parse::<u64>()?) * 10_000)
        };
        Ok(Self {
            own_us: us(11)?,
            children_us: us(13)?,
        })
    }
}
