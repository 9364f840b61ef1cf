//! The load generator, and what it says.

use std::process::Command;

use anyhow::Context as _;

/// What one run of the load generator saw.
pub(crate) struct Wrk {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    pub(crate) p50: String,
    pub(crate) p99: String,
    pub(crate) failed: u64,
}

impl Wrk {
    /// Runs it and waits for its end.
    pub(crate) fn run(wrk: &mut Command) -> anyhow::Result<Self> {
        let output = wrk.output();
        let output = output.context("wrk did not start; install the package wrk")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Self::read(&text).with_context(|| format!("wrk said: {text}{complaint}"))
    }

    fn read(text: &str) -> anyhow::Result<Self> {
        let word = |name: &str, at: usize| {
            let mut lines = text.lines();
            let line = lines.find(|line| line.trim_start().starts_with(name));
            line.and_then(|line| line.split_whitespace().nth(at))
                .unwrap_or("0")
        };
        let requests = text.lines().find(|line| line.contains("requests in"));
        let requests = requests.and_then(|line| line.split_whitespace().next()?.parse().ok());
        Ok(Self {
            requests: requests.context("it does not say how many requests it has sent")?,
            per_second: word("Requests/sec:", 1).parse()?,
            p50: word("50%", 1).to_owned(),
            p99: word("99%", 1).to_owned(),
            failed: word("Non-2xx", 4).parse().unwrap_or(0) + socket_errors(text),
        })
    }
}

/// What wrk counts on the line `Socket errors: connect 0, read 0, write 0, timeout 0`, which it leaves out when all
/// are zero.
fn socket_errors(text: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("Socket errors:"));
    let counts = line.unwrap_or_default().split([' ', ',']);
    counts.filter_map(|word| word.parse::<u64>().ok()).sum()
}
