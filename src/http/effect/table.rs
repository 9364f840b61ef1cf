//! The report on effects as a table: one row for each arm of each trigger, variant and part.

use crate::engine::uplift::{Figures, TriggerEffect, Uplift, Verdict};
use crate::http::csv::{Cell, Csv};

use super::EffectAnswer;

const COLUMNS: [&str; 28] = [
    "trigger",
    "in_force",
    "by",
    "value",
    "arm",
    "visitors",
    "converted",
    "rate",
    "goals",
    "goal_value",
    "invitations",
    "shown",
    "accepted",
    "dismissed",
    "dismissed_after_ms",
    "ignored",
    "expired",
    "revoked",
    "chats",
    "missed_chats",
    "verdict",
    "difference",
    "difference_low",
    "difference_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "more_days",
];

/// What a row is about.
struct Row<'a> {
    by: &'a str,
    value: Option<&'a str>,
    arm: &'a str,
    figures: &'a Figures,
    /// Beside those who were not invited.
    verdict: Option<&'a Verdict>,
}

/// The report as a table.
pub(super) fn of(answer: &EffectAnswer) -> Csv {
    let mut table = Csv::with(&COLUMNS);
    for trigger in &answer.triggers {
        for row in rows(trigger) {
            table.row(&cells(trigger, &row));
        }
    }
    table
}

fn rows(trigger: &TriggerEffect) -> Vec<Row<'_>> {
    let pair = |by, value, arms: [&'static str; 2], figures: [_; 2], verdict| {
        let [treated, control] = figures;
        let row = |arm, figures, verdict| Row {
            by,
            value,
            arm,
            figures,
            verdict,
        };
        [row(arms[0], treated, verdict), row(arms[1], control, None)]
    };
    let arms = ["invited", "withheld"];
    let all = [&trigger.invited, &trigger.withheld];
    let mut rows = Vec::from(pair("all", None, arms, all, trigger.verdict.as_ref()));
    rows.extend(trigger.variants.iter().map(|variant| Row {
        by: "variant",
        value: Some(&*variant.variant),
        arm: "invited",
        figures: &variant.figures,
        verdict: variant.beside_holdout.as_ref(),
    }));
    for (by, parts) in &trigger.by {
        rows.extend(parts.iter().flat_map(|part| {
            let others = part.others.then_some("(others)");
            let value = part.value.as_deref().or(others);
            let figures = [&part.invited, &part.withheld];
            pair(by, value, arms, figures, part.verdict.as_ref())
        }));
    }
    rows
}

fn cells<'a>(trigger: &'a TriggerEffect, row: &Row<'a>) -> Vec<Cell<'a>> {
    let figures = row.figures;
    let count = Cell::Count;
    let mut cells = vec![
        Cell::Text(&trigger.trigger),
        Cell::Text(if trigger.in_force { "true" } else { "false" }),
        Cell::Text(row.by),
        row.value.map_or(Cell::Empty, Cell::Text),
        Cell::Text(row.arm),
        count(figures.visitors),
        count(figures.converted),
        Cell::Number(figures.rate),
        count(figures.goals),
        Cell::Number(figures.value),
        count(figures.invitations),
        count(figures.shown),
        count(figures.accepted),
        count(figures.dismissed),
        figures.dismissed_after_ms.map_or(Cell::Empty, count),
        count(figures.ignored),
        count(figures.expired),
        count(figures.revoked),
        count(figures.chats),
        count(figures.missed_chats),
    ];
    cells.extend(verdict(row.verdict));
    cells
}

fn verdict(verdict: Option<&Verdict>) -> Vec<Cell<'static>> {
    let numbers = |word, found: &Uplift| {
        let [difference, ratio] = [found.difference, found.ratio];
        let numbers = [difference, ratio].map(|it| [it.estimate, it.low, it.high]);
        let numbers = numbers.into_iter().flatten().map(Cell::Number);
        let word = std::iter::once(Cell::Text(word));
        word.chain(numbers).chain([Cell::Empty]).collect()
    };
    let word_only = |word: Option<&'static str>, days: Option<u32>| {
        let mut cells = vec![Cell::Empty; 8];
        cells[0] = word.map_or(Cell::Empty, Cell::Text);
        cells[7] = days.map_or(Cell::Empty, |days| Cell::Count(u64::from(days)));
        cells
    };
    match verdict {
        None => word_only(None, None),
        Some(Verdict::Better(found)) => numbers("better", found),
        Some(Verdict::Worse(found)) => numbers("worse", found),
        Some(Verdict::Alike(found)) => numbers("alike", found),
        Some(Verdict::TooEarly { days }) => word_only(Some("too_early"), *days),
        Some(Verdict::BrokenSplit) => word_only(Some("broken_split"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_as_many_cells_as_there_are_columns() {
        for of in [None, Some(&Verdict::TooEarly { days: Some(9) })] {
            assert_eq!(verdict(of).len(), COLUMNS.len() - 20);
        }
        let [low, high] = [0.0, f64::INFINITY];
        let found = crate::engine::uplift::Interval {
            estimate: 1.0,
            low,
            high,
        };
        let better = Verdict::Better(Uplift {
            difference: found,
            ratio: found,
        });
        assert_eq!(verdict(Some(&better)).len(), COLUMNS.len() - 20);
    }
}
