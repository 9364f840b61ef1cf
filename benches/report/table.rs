//! The report: a row for each claim, with its limit and its budget.

use std::fmt::Write as _;

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) measured: String,
    pub(crate) limit: String,
    pub(crate) budget: String,
    /// `None` where there is no budget to keep.
    pub(crate) kept: Option<bool>,
}

impl Table {
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!(
            "{}: {} (limit: {}; budget: {})",
            row.what, row.measured, row.limit, row.budget
        );
        self.rows.push(row);
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::from(
            "| what | measured | limit in the same run | budget | kept |\n|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let kept = row
                .kept
                .map_or("", |kept| if kept { "yes" } else { "**no**" });
            let cells = [&*row.what, &row.measured, &row.limit, &row.budget, kept];
            writeln!(text, "| {} |", cells.join(" | ")).expect("a string takes every write");
        }
        text
    }

    pub(crate) fn write(&self, path: &str) -> anyhow::Result<()> {
        let machine = format!(
            "{} cores, {}",
            std::thread::available_parallelism().map_or(1, usize::from),
            std::env::consts::ARCH
        );
        let text = format!(
            "# Benchmarks\n\nWritten by `make bench`. Each figure stands beside a limit that was measured in the same \
             run on the same machine ({machine}), since only ratios hold from one machine to another. Load comes from \
             `wrk` on that machine and shares its cores with the service.\n\n{}{}",
            self.text(),
            include_str!("bounds.md")
        );
        std::fs::write(path, text)?;
        Ok(())
    }
}
