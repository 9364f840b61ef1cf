//! A backtest's report for people.

use std::io::{self, Write};

use crate::engine::backtest::{Example, HourLoad, Invited, Report, Versus};

use super::table::Table;

/// How many examples and conflicts are shown.
const SHOWN: usize = 10;
/// The width of the widest bar, in characters.
const BAR: u64 = 24;

/// Writes the report.
pub(super) fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let against = report.against.as_deref();
    let against = against.map_or("what really happened".to_owned(), |hash| {
        format!("rules {hash}")
    });
    writeln!(
        out,
        "Rules {} beside {against}, site {}",
        report.candidate, report.site
    )?;
    writeln!(
        out,
        "{} to {}: {} visitors, {} events in {} records",
        moment(report.since),
        moment(report.until),
        report.visitors,
        report.events,
        report.records
    )?;
    for warning in &report.warnings {
        writeln!(out, "note: {warning}")?;
    }
    totals(out, report)?;
    triggers(out, report)?;
    days(out, report)?;
    visitors(out, "Visitors gained", &report.gained)?;
    visitors(out, "Visitors lost", &report.lost)?;
    scores(out, report)?;
    stages(out, report)?;
    load(out, report)?;
    conflicts(out, report)?;
    replaced(out, report)?;
    unfired(out, report)
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{text}")
}

/// `before`, `after` and the difference with its sign.
fn cells(name: &str, both: Versus) -> Vec<String> {
    let difference = both.after.cast_signed() - both.before.cast_signed();
    let difference = match difference {
        0 => "·".to_owned(),
        some => format!("{some:+}"),
    };
    vec![
        name.to_owned(),
        both.before.to_string(),
        both.after.to_string(),
        difference,
    ]
}

fn totals(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut table = Table::new(&["", "before", "after", ""]);
    table.row(cells("invitations offered", report.invitations.offered));
    table.row(cells(
        "withheld for the holdout",
        report.invitations.withheld,
    ));
    table.row(cells("visitors invited", report.invited));
    table.row(cells("invited while chatting", report.while_chatting));
    table.row(cells(
        "invited at checkout or where nobody is",
        report.on_silent_page,
    ));
    heading(out, "In all")?;
    table.write(out)
}

fn triggers(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.triggers.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["", "before", "after", ""]);
    for row in &report.triggers {
        table.row(cells(&row.trigger, row.made.offered));
        if row.made.withheld != Versus::default() {
            table.row(cells("  withheld", row.made.withheld));
        }
        for one in &row.variants {
            let name = format!("  variant {}", one.variant);
            table.row(cells(&name, one.made.offered));
        }
    }
    heading(out, "Offers by trigger")?;
    table.write(out)
}

fn days(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let offered = report.days.iter().map(|day| day.made.offered);
    let most = offered.map(|both| both.before.max(both.after)).max();
    let most = most.unwrap_or(0).max(1);
    let mut table = Table::new(&["", "before", "after", "", ""]);
    for day in &report.days {
        let mut row = cells(&day.day, day.made.offered);
        row.push("▪".repeat((day.made.offered.after * BAR / most) as usize));
        table.row(row);
    }
    heading(out, &format!("Offers by day ({})", report.time_zone))?;
    table.write(out)
}

fn visitors(out: &mut dyn Write, name: &str, invited: &Invited) -> io::Result<()> {
    heading(out, &format!("{name}: {}", invited.visitors))?;
    let mut table = Table::new(&["", "", "", ""]);
    for example in invited.examples.iter().take(SHOWN) {
        let Example {
            visitor,
            at,
            trigger,
            scores,
        } = example;
        let scores: Vec<String> = scores
            .iter()
            .map(|(score, points)| format!("{score} {points}"))
            .collect();
        table.row(vec![
            visitor.clone(),
            moment(*at),
            trigger.clone(),
            scores.join(", "),
        ]);
    }
    table.write(out)
}

fn scores(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.scores.is_empty() {
        return Ok(());
    }
    let heads = [
        "",
        "",
        "sessions",
        "half at most",
        "90 %",
        "99 %",
        "by tenths of the maximum",
    ];
    let mut table = Table::new(&heads);
    for spread in &report.scores {
        for (side, band) in [
            ("before", spread.bands.before),
            ("after", spread.bands.after),
        ] {
            let Some(band) = band else { continue };
            let tenths: Vec<String> = band.tenths.iter().map(u64::to_string).collect();
            table.row(vec![
                spread.score.clone(),
                side.to_owned(),
                band.sessions.to_string(),
                band.p50.to_string(),
                band.p90.to_string(),
                band.p99.to_string(),
                tenths.join(" "),
            ]);
        }
    }
    heading(out, "Scores at the end of sessions")?;
    table.write(out)
}

fn stages(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.stages.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["", "before", "after", ""]);
    for row in &report.stages {
        table.row(cells(&format!("{} {}", row.score, row.stage), row.entered));
    }
    heading(out, "Stages entered")?;
    table.write(out)
}

fn load(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let mut table = Table::new(&["", "before", "after", ""]);
    let peak = |load: Option<HourLoad>| load.map_or(0, |load| load.offered);
    let capacity = &report.capacity;
    table.row(cells(
        "offers in the busiest hour",
        Versus {
            before: peak(capacity.peak.before),
            after: peak(capacity.peak.after),
        },
    ));
    table.row(cells(
        "hours with more offers than free slots",
        capacity.hours_over,
    ));
    heading(out, "Load on agents")?;
    table.write(out)?;
    if let Some(peak) = capacity.peak.after {
        let (start, slots) = (moment(peak.start), peak.free_most);
        writeln!(
            out,
            "  the busiest hour would begin at {start}, with at most {slots} free slots"
        )?;
    }
    Ok(())
}

fn conflicts(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.conflicts.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["", "before", "after", ""]);
    for row in report.conflicts.iter().take(SHOWN) {
        let name = format!("{} goes before {}", row.trigger, row.silenced);
        table.row(cells(&name, row.times));
    }
    heading(out, "Triggers that were ready at once")?;
    table.write(out)
}

fn replaced(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if report.replaced.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["", "visitors"]);
    for row in report.replaced.iter().take(SHOWN) {
        let name = format!("{} instead of {}", row.after, row.before);
        table.row(vec![name, row.visitors.to_string()]);
    }
    heading(out, "First invited by another trigger")?;
    table.write(out)
}

fn unfired(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let lists = [
        ("score rules", &report.unfired.score_rules),
        ("triggers", &report.unfired.triggers),
    ];
    for (noun, ids) in lists {
        if !ids.is_empty() {
            heading(out, &format!("Never fired, {noun}: {}", ids.join(", ")))?;
        }
    }
    Ok(())
}

/// A moment as people write it, in UTC.
fn moment(ms: u64) -> String {
    let moment = i64::try_from(ms).ok();
    let moment = moment.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(
        || ms.to_string(),
        |moment| moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    )
}
