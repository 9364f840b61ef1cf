//! Which values of a part differ: as data, so that every reader can put it into words of their own.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::sequence;

/// What a condition, a variant or another entry of a list is known by.
const MARKS: [&str; 5] = ["field", "segment", "id", "name", "date"];

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into the entry of a list, counted from 0.
    Entry(usize),
}

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// The keys that lead to it, with dots between them and without places in lists, such as `stages.warm`.
    pub key: String,
    /// The way to it from its part: in the new files, or in the old ones for what is gone.
    pub path: Vec<Step>,
    /// What stood there; `null` for what is new.
    pub before: Value,
    /// What stands there; `null` for what is gone.
    pub after: Value,
    /// The entry of a list that it lies in, such as the condition, as it is now; `null` outside of lists.
    pub within: Value,
}

impl Detail {
    /// That a part stands behind another one than before; `None`: it stood or stands first.
    pub(super) fn order(before: Option<String>, after: Option<String>) -> Self {
        Self {
            key: "order".to_owned(),
            path: Vec::new(),
            before: before.into(),
            after: after.into(),
            within: Value::Null,
        }
    }
}

/// Every value that differs, in the order of the keys.
pub(super) fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Detail> {
    let mut walk = Walk::default();
    walk.tables(Some(before), Some(after));
    walk.found
}

#[derive(Default)]
struct Walk {
    path: Vec<Step>,
    within: Value,
    found: Vec<Detail>,
}

impl Walk {
    fn tables(&mut self, before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) {
        let both = || before.into_iter().chain(after);
        let keys: BTreeSet<&String> = both().flat_map(Map::keys).collect();
        for key in keys {
            self.path.push(Step::Key(key.clone()));
            let of =
                |table: Option<&'_ Map<String, Value>>| table.and_then(|it| it.get(key)).cloned();
            self.values(of(before).as_ref(), of(after).as_ref());
            self.path.pop();
        }
    }

    fn values(&mut self, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        let table = |value: Option<&Value>| value.is_none_or(Value::is_object);
        if table(before) && table(after) {
            self.tables(
                before.and_then(Value::as_object),
                after.and_then(Value::as_object),
            );
            return;
        }
        match (entries(before), entries(after)) {
            (Some(before), Some(after)) => self.lists(before, after),
            (None, _) | (_, None) => self.tell(before, after),
        }
    }

    /// Two lists of tables: what both have stays untold, and what is known by the same mark is compared.
    fn lists(&mut self, before: &[Value], after: &[Value]) {
        let same = sequence::common(before, after);
        let (gone, come): (BTreeSet<_>, BTreeSet<_>) = same.into_iter().unzip();
        let left = |len: usize, taken: &BTreeSet<usize>| -> Vec<usize> {
            (0..len).filter(|at| !taken.contains(at)).collect()
        };
        let mut olds = left(before.len(), &gone);
        for at in left(after.len(), &come) {
            let new = &after[at];
            let twin = olds
                .iter()
                .position(|old| mark(new).is_some() && mark(&before[*old]) == mark(new));
            self.path.push(Step::Entry(at));
            let around = std::mem::replace(&mut self.within, new.clone());
            match twin.map(|twin| olds.remove(twin)) {
                Some(old) => self.values(Some(&before[old]), Some(new)),
                None => self.tell(None, Some(new)),
            }
            self.within = around;
            self.path.pop();
        }
        for at in olds {
            self.path.push(Step::Entry(at));
            self.tell(Some(&before[at]), None);
            self.path.pop();
        }
    }

    fn tell(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let keys = self.path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Entry(_) => None,
        });
        self.found.push(Detail {
            key: keys.collect::<Vec<_>>().join("."),
            path: self.path.clone(),
            before: before.cloned().unwrap_or_default(),
            after: after.cloned().unwrap_or_default(),
            within: self.within.clone(),
        });
    }
}

/// The entries of a list of tables.
fn entries(value: Option<&Value>) -> Option<&[Value]> {
    let list = value?.as_array()?;
    list.iter().all(Value::is_object).then_some(list)
}

/// What an entry is known by.
fn mark(entry: &Value) -> Option<(&'static str, &Value)> {
    MARKS
        .into_iter()
        .find_map(|key| Some((key, entry.get(key)?)))
}
