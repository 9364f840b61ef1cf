//! Every speed and memory claim, measured beside its limit in one run, because machines are noisy and only ratios
//! hold. Run it with `make bench`; it writes `docs/benchmarks.md`. `cargo bench
//! --bench report -- backtest` measures that alone and writes nothing; so do `console`, `live`, `redis`, `steps`,
//! `studio` and `swap`; with `small`, `live` and `studio` only show that they work.

mod backtest;
mod bare;
mod collect;
mod console;
mod live;
mod process;
mod redis;
mod scale;
mod sizes;
mod steps;
mod studio;
mod swap;
mod table;
mod visitors;
mod wrk;

use table::Table;

fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == bare::ROLE) {
        return bare::serve();
    }
    let mut table = Table::default();
    let asked = |name: &str| std::env::args().any(|argument| argument == name);
    if asked("backtest") {
        return backtest::measure(&mut table);
    }
    if asked("redis") {
        redis::measure(&mut table)?;
        println!("{}", table.text());
        return Ok(());
    }
    if asked("live") {
        let shape = if asked("small") {
            live::SMALL
        } else {
            live::FULL
        };
        return live::measure(&mut table, shape);
    }
    if asked("steps") {
        return steps::measure(&mut table);
    }
    if asked("console") {
        return console::measure(&mut table);
    }
    if asked("studio") {
        let shape = if asked("small") {
            studio::SMALL
        } else {
            studio::FULL
        };
        return studio::measure(&mut table, shape);
    }
    if asked("swap") {
        return swap::measure(&mut table);
    }
    sizes::measure(&mut table)?;
    console::measure(&mut table)?;
    steps::measure(&mut table)?;
    backtest::measure(&mut table)?;
    studio::measure(&mut table, studio::FULL)?;
    visitors::measure(&mut table)?;
    collect::measure(&mut table)?;
    live::measure(&mut table, live::FULL)?;
    swap::measure(&mut table)?;
    redis::measure(&mut table)?;
    println!("{}", table.text());
    table.write("docs/benchmarks.md")
}
