//! What the console loads first, and how smoothly its longest list scrolls.

use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::table::{Row, Table};

/// KiB of packed JavaScript before the live view stands.
const MAX_KIB: f64 = 150.0;
/// Milliseconds.
const MAX_FRAME: f64 = 50.0;

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let sizes = node("console/scripts/sizes.mjs")?;
    let total = sizes
        .lines()
        .find(|line| line.starts_with("first view"))
        .context("the sizes have no sum")?;
    let bytes: f64 = total
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .context("the sum is a number")?;
    let size = bytes / 1024.0;
    table.add(Row {
        what: "the console's JavaScript until the live view stands, gzip -9".to_owned(),
        measured: format!("{size:.0} KiB"),
        limit: "everything else is loaded when it is asked for".to_owned(),
        budget: format!("≤ {MAX_KIB} KiB"),
        kept: Some(size <= MAX_KIB),
    });

    let told: Value = serde_json::from_str(&node("console/bench/scroll.mjs")?)?;
    let figure = |of: &str, name: &str| {
        let found = told[of][name].as_f64();
        found.with_context(|| format!("{of}.{name} is a number"))
    };
    let (p50, p99) = (figure("list", "p50")?, figure("list", "p99")?);
    table.add(Row {
        what: "a frame while 100,000 visitors are scrolled in the console and 250 of them change each second, Chromium \
               without a graphics card"
            .to_owned(),
        measured: format!(
            "p50 {p50} ms, p99 **{p99} ms**; no row yet at {:.1} % of looks",
            figure("list", "blank")? * 100.0
        ),
        limit: format!(
            "a page that has nothing to do: p50 {} ms, p99 {} ms",
            figure("bare", "p50")?,
            figure("bare", "p99")?
        ),
        budget: format!("p99 ≤ {MAX_FRAME} ms"),
        kept: Some(p99 <= MAX_FRAME),
    });
    Ok(())
}

fn node(script: &str) -> anyhow::Result<String> {
    ensure!(
        std::path::Path::new("console/dist/index.html").exists(),
        "the console is not built: npm run build -w console"
    );
    let output = Command::new("node").arg(script).output()?;
    if !output.status.success() {
        bail!("{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
