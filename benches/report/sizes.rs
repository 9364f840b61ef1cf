//! What a browser has to load.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::table::{Row, Table};

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    for (file, limit, budget) in [
        (
            "t.js",
            "Liwan 1,098 B, Plausible 2,670 B (published)",
            2_000,
        ),
        ("bubble.js", "loaded only when an invitation comes", 3_000),
        (
            "adapters/tawk.js",
            "the largest of five, where a vendor's chat is used",
            1_200,
        ),
    ] {
        let path = format!("tracker-js/dist/{file}");
        let bytes = std::fs::read(&path)
            .with_context(|| format!("{path} is missing: npm run build -w tracker-js"))?;
        let size = gzip(&bytes)?;
        table.add(Row {
            what: format!("`{file}`, gzip -9"),
            measured: format!("{size} B"),
            limit: limit.to_owned(),
            budget: format!("≤ {budget} B"),
            kept: Some(size <= budget),
        });
    }
    Ok(())
}

fn gzip(bytes: &[u8]) -> anyhow::Result<usize> {
    let mut child = Command::new("gzip")
        .arg("-9c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child
        .stdin
        .take()
        .context("the input is piped")?
        .write_all(bytes)?;
    Ok(child.wait_with_output()?.stdout.len())
}
