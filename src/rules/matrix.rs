//! Two scores looked at together: fit × interest, A1 to C3.

use std::sync::Arc;

use crate::domain::{Key, Points};

/// Two scores, each cut into bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The key of `name`.
    pub key: Key,
    /// The name, such as `lead`.
    pub name: Arc<str>,
    /// The score that chooses the row.
    pub rows: Axis,
    /// The score that chooses the column.
    pub columns: Axis,
    /// The words of all cells, row by row.
    cells: Vec<Box<str>>,
}

/// A score and the bands it is cut into.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Which score.
    pub score: Key,
    /// The bands, highest first; never empty.
    pub bands: Vec<Band>,
}

/// One row or column.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Its letter or number, such as `A`.
    pub label: Box<str>,
    /// It begins at this many points.
    pub from: Points,
}

impl Axis {
    fn place(&self, value: Points) -> Option<usize> {
        self.bands.iter().position(|band| value >= band.from)
    }
}

impl Matrix {
    /// A matrix; the bands of each axis stand highest first.
    pub fn new(name: &str, rows: Axis, columns: Axis) -> Self {
        let cells = rows.bands.iter().flat_map(|row| {
            let columns = columns.bands.iter();
            columns.map(|column| format!("{}{}", row.label, column.label).into())
        });
        Self {
            key: Key::of(name),
            name: name.into(),
            cells: cells.collect(),
            rows,
            columns,
        }
    }

    /// The words of all cells, row by row, such as `A1`.
    pub fn cells(&self) -> &[Box<str>] {
        &self.cells
    }

    /// The cell in which two values meet; `None` below the lowest row or column.
    pub fn cell(&self, row: Points, column: Points) -> Option<&str> {
        let at = self.rows.place(row)? * self.columns.bands.len() + self.columns.place(column)?;
        self.cells.get(at).map(|cell| &**cell)
    }
}
