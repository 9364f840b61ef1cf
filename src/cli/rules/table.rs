//! Columns that line up in a terminal.

use std::io::{self, Write};

/// Rows of cells; columns are as wide as their widest cell.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these heads; it has as many columns.
    pub(super) fn new(heads: &[&str]) -> Self {
        let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        let headless = heads.iter().all(String::is_empty);
        Self {
            rows: if headless { Vec::new() } else { vec![heads] },
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Writes the rows: numbers stand at the right of their column, texts at the left.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let column = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
        let width = |at: usize| column(at).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        let body = |at: usize| column(at).skip(1).filter(|cell| !cell.is_empty());
        let numeric: Vec<bool> = (0..columns)
            .map(|at| at > 0 && body(at).all(|cell| is_number(cell)))
            .collect();
        for row in &self.rows {
            let mut line = String::from(" ");
            for (at, cell) in row.iter().enumerate() {
                let gap = " ".repeat(widths[at] - cell.chars().count());
                line.push(' ');
                if numeric[at] {
                    line.push_str(&gap);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&gap);
                }
                line.push(' ');
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn is_number(cell: &str) -> bool {
    cell == "·" || cell.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_texts_left() {
        let mut table = Table::new(&["", "before", "note"]);
        for (name, number, note) in [("a", "7", "x"), ("longer", "1200", "yy")] {
            table.row([name, number, note].map(str::to_owned).to_vec());
        }
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "          before  note\n  a            7  x\n  longer    1200  yy\n"
        );
    }
}
