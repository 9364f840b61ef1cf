//! The limits: the commit's script as `redis-benchmark` runs it, and a plain GET and SET through the same client.

use std::process::Command;
use std::time::Duration;

use ahlan::clock::Stopwatch;
use anyhow::{Context as _, ensure};
use redis::Value;

use crate::process::Cpu;

use super::servers::Servers;

const SCRIPT: &str = include_str!("../../../src/store/redis/scripts/commit.lua");
const CALLS: usize = 200_000;
const VISITORS: usize = 40_000;
/// As many connections as a node has for its commits, and together as many calls under way as the load has connections.
const CONNECTIONS: usize = 4;
const UNDER_WAY: usize = super::CONNECTIONS / CONNECTIONS;
const PAIRS_FOR: Duration = Duration::from_secs(4);
/// `redis-benchmark` puts twelve digits in its place, different ones each time.
const RANDOM: &str = "__rand_int__";
const FEED: &str = "{b}:f";

/// How large a commit is, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) state: usize,
    pub(super) record: usize,
}

/// What a limit has reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    pub(super) per_second: f64,
    /// Processor time of Redis for each, in microseconds.
    pub(super) redis_us: f64,
    /// Processor time of the client for each.
    pub(super) client_us: f64,
}

/// The commit's script with these sizes, while so many others listen to what it publishes.
pub(super) fn script(sizes: Sizes, listeners: usize) -> anyhow::Result<Reached> {
    let servers = Servers::start(1)?;
    let hash: String = servers.ask(&["SCRIPT", "LOAD", SCRIPT])?;
    let state = "s".repeat(sizes.state.saturating_sub(16));
    prepare(&servers, &state)?;
    let call = call(&hash, &state, sizes.record);
    let once: Vec<Value> = {
        let call: Vec<String> = call
            .iter()
            .map(|word| word.replace(RANDOM, "000000000001"))
            .collect();
        servers.ask(&call.iter().map(String::as_str).collect::<Vec<_>>())?
    };
    ensure!(
        once.first() == Some(&Value::Int(1)),
        "the commit's script takes other arguments than the benchmark gives: {once:?}"
    );
    let ears = (0..listeners).map(|_| listen(&servers));
    let _ears: Vec<_> = ears.collect::<anyhow::Result<_>>()?;
    let before = (servers.work()?, Cpu::of("self")?.children_us);
    let mut benchmark = Command::new("redis-benchmark");
    benchmark.args(["-p", &servers.port().to_string(), "--csv"]);
    benchmark.args(["-c", &CONNECTIONS.to_string(), "-P", &UNDER_WAY.to_string()]);
    benchmark.args(["-n", &CALLS.to_string(), "-r", &VISITORS.to_string()]);
    let output = benchmark.args(call).output();
    let output = output.context("redis-benchmark did not start; run: scripts/need redis-server")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let per_second = last.rsplit(',').nth(6).map(|field| field.trim_matches('"'));
    let per_second = per_second.and_then(|field| field.parse().ok());
    let after = (servers.work()?, Cpu::of("self")?.children_us);
    Ok(Reached {
        per_second: per_second.with_context(|| format!("redis-benchmark said: {text}"))?,
        redis_us: (after.0.cpu_us - before.0.cpu_us) / CALLS as f64,
        client_us: (after.1 - before.1) as f64 / CALLS as f64,
    })
}

/// The call of the script. Versions are all alike, so that every call finds the version that it expects: the first eight
/// characters of a state are zeros, the next eight, its token, are random.
fn call(hash: &str, state: &str, record: usize) -> Vec<String> {
    let keys = ["live", "due", "journal", "decisions", "head"].map(|name| format!("{{b}}:{name}"));
    let mut words = vec!["EVALSHA".to_owned(), hash.to_owned(), "7".to_owned()];
    words.push(format!("{{b}}:v:{RANDOM}"));
    words.push(format!("{{b}}:t:{RANDOM}"));
    words.extend(keys);
    let (now, wake_at, life) = ("1763760000000", "1763760030000", "2592000000");
    words.push("00000000".to_owned());
    words.push(format!("0000{RANDOM}{state}"));
    words.push(format!("idid{RANDOM}"));
    words.extend([now, "7", now, wake_at].map(str::to_owned));
    words.push("r".repeat(record));
    words.extend(["", "", life, "nodenode", "{b}:n", FEED].map(str::to_owned));
    words
}

/// Every visitor has a state already.
fn prepare(servers: &Servers, state: &str) -> anyhow::Result<()> {
    let fill = "for at = 0, ARGV[1] - 1 do \
                redis.call('SET', string.format('{b}:v:%012d', at), '0000000000000000' .. ARGV[2]) end";
    servers.ask(&["EVAL", fill, "0", &VISITORS.to_string(), state])
}

/// Somebody who is told of each commit, and throws it away.
fn listen(servers: &Servers) -> anyhow::Result<std::net::TcpStream> {
    use std::io::{Read as _, Write as _};
    let mut ear = std::net::TcpStream::connect(("127.0.0.1", servers.port()))?;
    ear.write_all(format!("*2\r\n$10\r\nSSUBSCRIBE\r\n${}\r\n{FEED}\r\n", FEED.len()).as_bytes())?;
    let mut confirmed = [0; 256];
    let read = ear.read(&mut confirmed)?;
    ensure!(read > 0, "Redis has hung up");
    let mut drain = ear.try_clone()?;
    std::thread::spawn(move || std::io::copy(&mut drain, &mut std::io::sink()));
    Ok(ear)
}

/// A plain GET and a plain SET of a state for each event, through the client that the nodes use.
pub(super) fn pairs(sizes: Sizes) -> anyhow::Result<Reached> {
    let servers = Servers::start(1)?;
    let state = "s".repeat(sizes.state);
    prepare(&servers, &state)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let before = (servers.work()?, Cpu::of("self")?.own_us);
    let watch = Stopwatch::start();
    let pairs = runtime.block_on(all_pairs(&servers, &state))?;
    let took = watch.elapsed().as_secs_f64();
    let after = (servers.work()?, Cpu::of("self")?.own_us);
    Ok(Reached {
        per_second: pairs / took,
        redis_us: (after.0.cpu_us - before.0.cpu_us) / pairs,
        client_us: (after.1 - before.1) as f64 / pairs,
    })
}

/// How many pairs were done.
async fn all_pairs(servers: &Servers, state: &str) -> anyhow::Result<f64> {
    let client = redis::Client::open(servers.address())?;
    let mut tasks = tokio::task::JoinSet::new();
    for line in 0..CONNECTIONS {
        let connection = client.get_multiplexed_async_connection().await?;
        for nth in 0..UNDER_WAY {
            let (connection, state) = (connection.clone(), state.to_owned());
            tasks.spawn(some_pairs(connection, state, line * UNDER_WAY + nth));
        }
    }
    let mut sum = 0.0;
    while let Some(done) = tasks.join_next().await {
        sum += done??;
    }
    Ok(sum)
}

async fn some_pairs(
    mut connection: redis::aio::MultiplexedConnection,
    state: String,
    first: usize,
) -> anyhow::Result<f64> {
    let watch = Stopwatch::start();
    let mut done = 0;
    while watch.elapsed() < PAIRS_FOR {
        let visitor = (first + done * super::CONNECTIONS) % VISITORS;
        let key = format!("{{b}}:v:{visitor:012}");
        let mut get = redis::cmd("GET");
        let _: Vec<u8> = get.arg(&key).query_async(&mut connection).await?;
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(state.as_bytes());
        let () = set.query_async(&mut connection).await?;
        done += 1;
    }
    Ok(done as f64)
}
