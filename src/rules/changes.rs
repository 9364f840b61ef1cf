//! What differs between two rule sets, rule by rule and in the words of the files: comments, order and the way things
//! are spread over files make no difference.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::schema::ROOT;
use super::source::SourceFile;

/// What became of one rule, score, trigger or other part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartChange {
    /// The kind of table, such as `score_rule`.
    pub part: String,
    /// Its id or name; empty for what there is only once, such as `policy`.
    pub id: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// The same in one line, with old and new values.
    pub says: String,
}

/// The values of one part, each under its key with those of the tables that it lies in.
type Values = BTreeMap<String, String>;
/// Every part by its kind's place in the reference, its kind and its id.
type Whole = BTreeMap<(usize, String, String), Values>;

/// Every part that differs, in the order of the reference and then by id. What cannot be read has no parts.
pub fn changes(old: &[SourceFile], new: &[SourceFile]) -> Vec<PartChange> {
    let (old, new) = (whole(old), whole(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let told = keys.into_iter().filter_map(|key| {
        let (_, part, id) = key;
        let name = if id.is_empty() {
            part.clone()
        } else {
            format!("{part} {id}")
        };
        let (change, says) = match (old.get(key), new.get(key)) {
            (Some(before), Some(after)) if before == after => return None,
            (Some(before), Some(after)) => {
                ("changed", format!("{name}: {}", differences(before, after)))
            }
            (None, _) => ("added", format!("new {name}")),
            (_, None) => ("removed", format!("{name} is gone")),
        };
        let (part, id) = (part.clone(), id.clone());
        Some(PartChange {
            part,
            id,
            change,
            says,
        })
    });
    told.collect()
}

fn differences(before: &Values, after: &Values) -> String {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let told = keys
        .into_iter()
        .filter_map(|key| match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(after)) => Some(format!("{key} {before} → {after}")),
            (None, Some(after)) => Some(format!("{key} = {after} is new")),
            (Some(before), None) => Some(format!("{key} = {before} is gone")),
            (None, None) => None,
        });
    told.collect::<Vec<_>>().join("; ")
}

fn whole(files: &[SourceFile]) -> Whole {
    let mut whole = Whole::new();
    for file in files {
        let Ok(document) = file.text.parse::<DocumentMut>() else {
            continue;
        };
        for (kind, item) in document.iter() {
            let place = ROOT.keys.iter().position(|key| key.name == kind);
            let place = place.unwrap_or(ROOT.keys.len());
            for table in tables(item) {
                let named = ["id", "name"]
                    .iter()
                    .find_map(|key| table.get(key)?.as_str());
                let id = named.unwrap_or_default().to_owned();
                let values = whole.entry((place, kind.to_owned(), id)).or_default();
                flatten(table, "", values);
            }
        }
    }
    whole
}

/// The tables of one kind, however they are written.
fn tables(item: &Item) -> Vec<&dyn TableLike> {
    if let Some(table) = item.as_table_like() {
        return vec![table];
    }
    if let Some(list) = item.as_array_of_tables() {
        return list.iter().map(|table| table as &dyn TableLike).collect();
    }
    let list = item.as_array().into_iter().flatten();
    list.filter_map(|value| Some(value.as_inline_table()? as &dyn TableLike))
        .collect()
}

fn flatten(table: &dyn TableLike, above: &str, values: &mut Values) {
    for (key, item) in table.iter() {
        let key = format!("{above}{key}");
        match item.as_table_like() {
            Some(below) => flatten(below, &format!("{key}."), values),
            None => {
                values.insert(key, item_text(item));
            }
        }
    }
}

fn item_text(item: &Item) -> String {
    if let Some(list) = item.as_array_of_tables() {
        return bracketed(list.iter().map(|table| braced(table)));
    }
    if let Some(table) = item.as_table_like() {
        return braced(table);
    }
    item.as_value().map_or_else(String::new, value_text)
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.value()),
        Value::Integer(number) => number.value().to_string(),
        Value::Float(number) => number.value().to_string(),
        Value::Boolean(flag) => flag.value().to_string(),
        Value::Datetime(moment) => moment.value().to_string(),
        Value::Array(list) => bracketed(list.iter().map(value_text)),
        Value::InlineTable(table) => braced(table),
    }
}

fn bracketed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn braced(table: &dyn TableLike) -> String {
    let entries = table
        .iter()
        .map(|(key, item)| format!("{key} = {}", item_text(item)));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &[&str], new: &[&str]) -> Vec<String> {
        let files = |texts: &[&str]| -> Vec<SourceFile> {
            let file = |(at, text): (usize, &&str)| SourceFile::new(format!("{at}.toml"), *text);
            texts.iter().enumerate().map(file).collect()
        };
        let changes = changes(&files(old), &files(new));
        changes.into_iter().map(|change| change.says).collect()
    }

    #[test]
    fn a_change_is_told_by_its_rule_and_its_values() {
        let old = "[[score]]\nname = \"buy\"\nstages = { warm = 25 }\n\
            [[score_rule]]\nid = \"read\"\npoints = 15\nonce_per = \"visitor\"\n\
            [[score_rule]]\nid = \"old\"\npoints = 1\n[policy]\nmax_per_day = 2\n";
        let new = "[policy]\nmax_per_day = 3\n[[trigger]]\nid = \"hello\"\n\
            [[score]]\nname = \"buy\"\nstages.warm = 30\n\
            [[score_rule]]\nid = \"read\"\npoints = 20\nall = [ { field = \"device\", equals = \"mobile\" } ]\n";
        assert_eq!(
            told(&[old], &[new]),
            [
                "score buy: stages.warm 25 → 30",
                "score_rule old is gone",
                "score_rule read: all = [{ field = \"device\", equals = \"mobile\" }] is new; \
                 once_per = \"visitor\" is gone; points 15 → 20",
                "new trigger hello",
                "policy: max_per_day 2 → 3",
            ]
        );
    }

    #[test]
    fn comments_order_and_files_make_no_difference() {
        let (one, two) = (
            "[[score]]\nname = \"a\"\n",
            "[[trigger]]\nid = \"b\"\npriority = 1\n",
        );
        let together = "trigger = [ { priority = 1, id = \"b\" } ] # here\n[[score]]\nname = 'a'\n";
        assert_eq!(told(&[one, two], &[together]), [""; 0]);
        assert_eq!(told(&["="], &[one]), ["new score a"]);
    }
}
