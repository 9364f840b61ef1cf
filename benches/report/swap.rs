//! Publishing and rolling back all the time while visitors come, beside the same load without it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ahlan::clock::Stopwatch;
use ahlan::demo;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::collect::{Run, load};
use super::process::{Server, TOKEN};
use super::table::{Row, Table};

const CONNECTIONS: usize = 64;
/// So long between two swaps: far more often than anybody publishes, and not so often that the checks before a release
/// are all that is measured.
const PAUSE: Duration = Duration::from_millis(250);

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let still = {
        let dir = tempfile::tempdir_in(".")?;
        let server = Server::service(dir.path())?;
        let run = load(&server, CONNECTIONS)?;
        server.stop()?;
        run
    };
    let dir = tempfile::tempdir_in(".")?;
    let server = Server::service(dir.path())?;
    let publisher = Publisher::new(&server);
    let version = publisher.draft()?;
    let done = AtomicBool::new(false);
    let (swapping, swaps) = std::thread::scope(|scope| {
        let swaps = scope.spawn(|| publisher.swap_until(&done, version));
        let run = load(&server, CONNECTIONS);
        done.store(true, Ordering::Relaxed);
        (run, swaps.join())
    });
    let swaps = swaps.map_err(|_| anyhow::anyhow!("the publisher panicked"))?;
    report(table, &still, &swapping?, &swaps?);
    server.stop()
}

fn report(table: &mut Table, still: &Run, swapping: &Run, swaps: &[f64]) {
    let mut sorted = swaps.to_vec();
    sorted.sort_by(f64::total_cmp);
    let worst = sorted.last().copied().unwrap_or(f64::INFINITY);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    table.add(Row {
        what: format!(
            "collect while rules are published and rolled back {} times, {CONNECTIONS} connections",
            swaps.len()
        ),
        measured: format!(
            "{:.0}/s; p99 {}; {} failed; a swap, checks and tests of the rules included, takes {:.0} ms at the \
             median and **{:.0} ms** at worst",
            swapping.per_second,
            swapping.p99,
            swapping.failed,
            median * 1e3,
            worst * 1e3
        ),
        limit: format!(
            "the same load without swaps: {:.0}/s; p99 {}; {} failed",
            still.per_second, still.p99, still.failed
        ),
        budget: "≤ 1 s, 0 failed".to_owned(),
        kept: Some(worst <= 1.0 && swapping.failed == 0),
    });
}

/// Somebody who publishes by HTTP.
struct Publisher {
    agent: ureq::Agent,
    base: String,
}

impl Publisher {
    fn new(server: &Server) -> Self {
        let url = server.url.trim_end_matches('/');
        Self {
            agent: ureq::Agent::new_with_defaults(),
            base: format!("{url}/v1/sites/{}/rulesets", demo::SITE),
        }
    }

    fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("Authorization", format!("Bearer {TOKEN}"));
        Ok(request.send_json(body)?.body_mut().read_json()?)
    }

    /// Keeps the shop's rules with one rule more; returns the number of the version.
    fn draft(&self) -> anyhow::Result<u64> {
        let files = demo::shop_rules();
        let mut files: Vec<Value> = files
            .iter()
            .map(|file| json!({"name": file.name, "text": file.text}))
            .collect();
        let more = "[[score_rule]]\nid = \"rings\"\nscore = \"buy\"\non = \"event\"\nevent = \"bell\"\npoints = 1\n";
        files.push(json!({"name": "more.toml", "text": more}));
        let body = json!({"files": files, "parent": 1, "reason": "a benchmark", "author": "bench"});
        let made = self.post("", &body)?;
        made["version"].as_u64().context("a version has a number")
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "swaps come at a steady pace; there is nothing to wait for"
    )]
    /// Publishes the version and rolls it back in turn; returns how long each took, in seconds.
    fn swap_until(&self, done: &AtomicBool, version: u64) -> anyhow::Result<Vec<f64>> {
        let mut swaps = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let (path, body, live) = if swaps.len() % 2 == 0 {
                let body = json!({"reason": "there", "expected": 1, "author": "bench"});
                (format!("/{version}/publish"), body, version)
            } else {
                let body = json!({"reason": "and back", "author": "bench"});
                ("/rollback".to_owned(), body, 1)
            };
            let watch = Stopwatch::start();
            let now = self.post(&path, &body)?;
            swaps.push(watch.elapsed().as_secs_f64());
            ensure!(now["live"] == live, "version {live} is not live: {now}");
            std::thread::sleep(PAUSE);
        }
        Ok(swaps)
    }
}
