//! Edits of rules as forms send them.

use serde::{Deserialize, Serialize};

use super::Data;
use super::at::Step;

/// One change of one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum FormEdit {
    /// Gives a key or an item this value; what of it is there already stays as it is written.
    Set {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// From the table inwards.
        path: Vec<Step>,
        /// The value.
        value: Data,
    },
    /// Takes a key out.
    Unset {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// From the table inwards.
        path: Vec<Step>,
    },
    /// Puts an item into a list, which is made if it is not there.
    Insert {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// The list, from the table inwards.
        path: Vec<Step>,
        /// The number that the item gets; at the end when there are fewer.
        at: usize,
        /// The item.
        value: Data,
    },
    /// Takes an item out of a list.
    RemoveItem {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// The list, from the table inwards.
        path: Vec<Step>,
        /// The item's number.
        at: usize,
    },
    /// Moves an item of a list.
    MoveItem {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// The list, from the table inwards.
        path: Vec<Step>,
        /// The item's number.
        at: usize,
        /// The number that it gets.
        to: usize,
    },
    /// Adds a table.
    Add {
        /// The file's name; unless told, where most of its kind are.
        #[serde(default)]
        file: Option<String>,
        /// The kind of table.
        part: String,
        /// The table of this kind that it comes after; unless told, the last.
        #[serde(default)]
        after: Option<usize>,
        /// Its keys and values.
        values: Data,
    },
    /// Takes a table out, with the comment right above it.
    Remove {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
    },
    /// Moves a table among those of its kind in its file.
    Move {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
        /// The number that it gets.
        to: usize,
    },
    /// Adds a copy of a table after it, under a name of its own.
    Duplicate {
        /// The file's name.
        file: String,
        /// The kind of table.
        part: String,
        /// Which of them.
        #[serde(default)]
        index: usize,
    },
    /// Adds lines at the end of a file, which is made if it is not there.
    Append {
        /// The file's name.
        file: String,
        /// The lines.
        text: String,
    },
}
