//! Where something stands in the form: which entry of which file, and where in it.

use serde::{Deserialize, Serialize};

/// A key or the number of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// The item of a list, from 0.
    Index(usize),
    /// The key of a table.
    Key(String),
}

/// A place in the form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct At {
    /// The file's name.
    pub file: String,
    /// The kind of table, such as `score_rule`.
    pub part: String,
    /// Which of the file's tables of this kind, from 0.
    pub index: usize,
    /// From the table on inwards, such as `["all", 0, "at_least"]`; empty for the table itself.
    pub path: Vec<Step>,
}

impl At {
    /// The place that steps from a file's root lead to; `None` for the root itself.
    pub(in super::super) fn of(file: &str, steps: Vec<Step>) -> Option<Self> {
        let mut steps = steps.into_iter().peekable();
        let Some(Step::Key(part)) = steps.next() else {
            return None;
        };
        let index = match steps.peek() {
            Some(Step::Index(index)) => {
                let index = *index;
                steps.next();
                index
            }
            Some(Step::Key(_)) | None => 0,
        };
        Some(Self {
            file: file.to_owned(),
            part,
            index,
            path: steps.collect(),
        })
    }
}
