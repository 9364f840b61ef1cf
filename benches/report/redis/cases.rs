//! Nodes and Redis under load.

use std::fmt;
use std::process::Command;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::process::{Cpu, Server, TOKEN};
use crate::wrk::Wrk;

use super::limit::Sizes;
use super::servers::Servers;

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/report/redis/nodes.lua"
);
/// Threads of the load generator; each talks to one node.
const THREADS: usize = 4;
const WARM_UP: &str = "2s";
const SECONDS: &str = "6s";

/// An installation to be measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) nodes: usize,
    pub(super) primaries: usize,
    /// Whether a visitor's next event goes to any node.
    pub(super) moving: bool,
    /// Connections of the load generator, and so events under way.
    pub(super) connections: usize,
}

/// What was measured.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) case: Case,
    pub(super) sizes: Sizes,
    pub(super) per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) failed: u64,
    /// Processor time for an event, in microseconds: of all nodes, of all Redis servers, of the load generator.
    pub(super) node_us: f64,
    pub(super) redis_us: f64,
    pub(super) client_us: f64,
    /// Scripts that Redis ran for an event.
    pub(super) round_trips: f64,
    /// Bytes to and from Redis for an event.
    pub(super) network: f64,
}

/// What following the live list costs for each commit of another node, in microseconds of processor time.
#[derive(Debug)]
pub(super) struct Following {
    pub(super) node_us: f64,
    pub(super) redis_us: f64,
}

impl Case {
    pub(super) const fn new(nodes: usize, primaries: usize, moving: bool) -> Self {
        Self {
            nodes,
            primaries,
            moving,
            connections: super::CONNECTIONS,
        }
    }

    /// The same with one event under way at a time.
    pub(super) const fn one_by_one(self) -> Self {
        Self {
            connections: 1,
            ..self
        }
    }

    pub(super) fn measure(&self) -> anyhow::Result<Measured> {
        let house = House::start(self.nodes, self.primaries)?;
        let all: Vec<&Server> = house.nodes.iter().map(|(node, _)| node).collect();
        load(&all, self, WARM_UP)?;
        let before = (house.cpu_us()?, house.redis.work()?, client()?);
        let seen = load(&all, self, SECONDS)?;
        let after = (house.cpu_us()?, house.redis.work()?, client()?);
        let each = |after: f64, before: f64| (after - before) / seen.requests;
        let sum = |each: &[f64]| each.iter().sum::<f64>();
        let measured = Measured {
            case: *self,
            sizes: house.sizes()?,
            per_second: seen.per_second,
            p50_us: microseconds(&seen.p50)?,
            p99_us: microseconds(&seen.p99)?,
            failed: seen.failed,
            node_us: each(sum(&after.0), sum(&before.0)),
            redis_us: each(after.1.cpu_us, before.1.cpu_us),
            client_us: each(after.2, before.2),
            round_trips: each(after.1.scripts, before.1.scripts),
            network: each(after.1.network, before.1.network),
        };
        eprintln!("{measured:?}");
        house.stop()?;
        Ok(measured)
    }
}

/// One node takes all events; what does it cost when another one follows the live list?
pub(super) fn following() -> anyhow::Result<Following> {
    let house = House::start(2, 1)?;
    let (taking, other) = (&house.nodes[0].0, &house.nodes[1].0);
    let case = Case::new(1, 1, false);
    load(&[taking], &case, WARM_UP)?;
    let mut costs = Vec::new();
    for follows in [false, true] {
        if follows {
            attend(other)?;
        }
        let before = (other.cpu_us()?, house.redis.work()?);
        let seen = load(&[taking], &case, SECONDS)?;
        let after = (other.cpu_us()?, house.redis.work()?);
        let node = (after.0 - before.0) as f64 / seen.requests;
        costs.push((node, (after.1.cpu_us - before.1.cpu_us) / seen.requests));
    }
    let more = |of: fn(&(f64, f64)) -> f64| (of(&costs[1]) - of(&costs[0])).max(0.0);
    let following = Following {
        node_us: more(|cost| cost.0),
        redis_us: more(|cost| cost.1),
    };
    eprintln!("{following:?}");
    house.stop()?;
    Ok(following)
}

/// An agent looks at the live list on this node.
fn attend(node: &Server) -> anyhow::Result<()> {
    let url = format!("{}/v1/sites/shop/visitors?limit=1", node.url);
    let request = ureq::get(url).header("Authorization", format!("Bearer {TOKEN}"));
    let answer: serde_json::Value = request.call()?.body_mut().read_json()?;
    ensure!(answer["total"].is_number(), "no live list: {answer}");
    Ok(())
}

/// Nodes and their Redis.
pub(super) struct House {
    pub(super) redis: Servers,
    pub(super) nodes: Vec<(Server, TempDir)>,
}

impl House {
    pub(super) fn start(nodes: usize, primaries: usize) -> anyhow::Result<Self> {
        let redis = Servers::start(primaries)?;
        let address = redis.address();
        let node = |_| {
            let dir = tempfile::tempdir_in(".")?;
            Ok((Server::node(dir.path(), Some(&address))?, dir))
        };
        let nodes: anyhow::Result<Vec<_>> = (0..nodes).map(node).collect();
        Ok(Self {
            nodes: nodes?,
            redis,
        })
    }

    fn cpu_us(&self) -> anyhow::Result<Vec<f64>> {
        let each = self.nodes.iter().map(|(node, _)| Ok(node.cpu_us()? as f64));
        each.collect()
    }

    /// The mean sizes of states and records on the first server.
    fn sizes(&self) -> anyhow::Result<Sizes> {
        let mean = "local count, sum = 0, 0 \
                    for _, key in ipairs(redis.call('KEYS', '*:v:*')) do \
                    count, sum = count + 1, sum + redis.call('STRLEN', key) end \
                    local records, bytes = 0, 0 \
                    for _, key in ipairs(redis.call('KEYS', '*:journal')) do \
                    for _, entry in ipairs(redis.call('XREVRANGE', key, '+', '-', 'COUNT', 50)) do \
                    records, bytes = records + 1, bytes + #entry[2][2] end end \
                    return {sum / math.max(count, 1), bytes / math.max(records, 1)}";
        let means: Vec<usize> = self.redis.ask(&["EVAL", mean, "0"])?;
        ensure!(
            means.iter().all(|mean| *mean > 0),
            "Redis holds no visitors"
        );
        Ok(Sizes {
            state: means[0],
            record: means[1],
        })
    }

    pub(super) fn stop(self) -> anyhow::Result<()> {
        let mut nodes = self.nodes.into_iter();
        nodes.try_for_each(|(node, _)| node.stop())
    }
}

fn client() -> anyhow::Result<f64> {
    Ok(Cpu::of("self")?.children_us as f64)
}

fn load(nodes: &[&Server], case: &Case, time: &str) -> anyhow::Result<Wrk> {
    let port = |node: &&Server| node.url.rsplit(':').next().map(str::to_owned);
    let ports: Option<Vec<String>> = nodes.iter().map(port).collect();
    let mut wrk = Command::new("wrk");
    wrk.args(["--latency", "-d", time, "-s", SCRIPT]);
    wrk.args(["-c", &case.connections.to_string()]);
    wrk.args(["-t", &THREADS.min(case.connections).to_string()]);
    wrk.env("PORTS", ports.context("a node has a port")?.join(" "));
    wrk.env("MOVING", if case.moving { "yes" } else { "no" });
    Wrk::run(wrk.arg(&nodes[0].url))
}

/// `1.76ms`, `477.00us` or `1.02s`, in microseconds.
fn microseconds(text: &str) -> anyhow::Result<f64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[number.len()..] {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => anyhow::bail!("`{text}` is no time"),
    };
    Ok(number.parse::<f64>()? * unit)
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redis = match self.primaries {
            1 => "one Redis".to_owned(),
            primaries => format!("a cluster of {primaries} primaries"),
        };
        let visitors = match (self.nodes, self.moving) {
            (1, _) => "1 node".to_owned(),
            (nodes, false) => format!("{nodes} nodes, visitors stay with one"),
            (nodes, true) => format!("{nodes} nodes, each event to any"),
        };
        write!(f, "{redis}, {visitors}")
    }
}
