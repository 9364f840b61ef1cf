//! Collect, acknowledged on disk, against a handler that only parses.

use std::process::Command;

use super::process::Server;
use super::table::{Row, Table};
use super::wrk::Wrk;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/report/collect.lua");
const SECONDS: &str = "8s";
/// Short runs in turn, so that a slow minute of the machine hits both alike.
const ROUNDS: usize = 3;

/// What one run of the load generator saw.
pub(crate) struct Run {
    pub(crate) per_second: f64,
    p50: String,
    pub(crate) p99: String,
    pub(crate) failed: u64,
    cpu_us: f64,
}

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    for connections in [64, 512] {
        let (mut bare, mut service) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let me = std::env::current_exe()?;
            bare.push(load(
                &Server::start(Command::new(me).arg(super::bare::ROLE))?,
                connections,
            )?);
            let dir = tempfile::tempdir_in(".")?;
            let server = Server::service(dir.path())?;
            service.push(load(&server, connections)?);
            server.stop()?;
        }
        report(table, connections, &median(bare), &median(service));
    }
    Ok(())
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    runs.swap_remove(runs.len() / 2)
}

fn report(table: &mut Table, connections: usize, bare: &Run, service: &Run) {
    let ratio = service.per_second / bare.per_second;
    let budget = if connections == 512 {
        "≥ 0.6 (to be done: ≥ 0.4)"
    } else {
        ""
    };
    table.add(Row {
        what: format!("collect, on disk before the answer, {connections} connections, 1 event a request"),
        measured: format!(
            "{:.0}/s = **{ratio:.2}** of the limit; {:.1} µs CPU an event; p50 {}, p99 {}; {} failed",
            service.per_second, service.cpu_us, service.p50, service.p99, service.failed
        ),
        limit: format!(
            "bare axum handler that parses the same JSON: {:.0}/s; {:.1} µs CPU; p50 {}, p99 {}",
            bare.per_second, bare.cpu_us, bare.p50, bare.p99
        ),
        budget: budget.to_owned(),
        kept: (connections == 512).then_some(ratio >= 0.6),
    });
}

/// Posts events over so many connections for some seconds.
pub(crate) fn load(server: &Server, connections: usize) -> anyhow::Result<Run> {
    let before = server.cpu_us()?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t2", "--latency", "-d", SECONDS, "-s", SCRIPT]);
    let seen = Wrk::run(wrk.arg("-c").arg(connections.to_string()).arg(&server.url))?;
    let cpu = server.cpu_us()? - before;
    Ok(Run {
        per_second: seen.per_second,
        cpu_us: cpu as f64 / seen.requests,
        p50: seen.p50,
        p99: seen.p99,
        failed: seen.failed,
    })
}
