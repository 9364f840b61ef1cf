//! What differs between two rule sets, rule by rule and in the words of the files: comments, order and the way things
//! are spread over files make no difference, except the order of page types, which are asked one after another.

mod details;
mod sequence;
#[cfg(test)]
mod tests;
mod touches;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};
use toml_edit::DocumentMut;

use super::schema::ROOT;
use super::source::SourceFile;

pub use details::{Detail, Step};
pub use touches::Touches;

/// The only parts whose order means something: the first page type whose pattern fits wins.
const IN_ORDER: &str = "page_type";

/// What became of one rule, score, trigger or other part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartChange {
    /// The kind of table, such as `score_rule`.
    pub part: String,
    /// Its id or name; empty for what there is only once, such as `policy`.
    pub id: String,
    /// What people read, for a part that has an id and a name.
    pub name: Option<String>,
    /// `added`, `removed`, `changed` or `moved`.
    pub change: &'static str,
    /// The same in one line, with old and new values.
    pub says: String,
    /// Every value that differs; none for a part that is new or gone.
    pub details: Vec<Detail>,
    /// What it is about.
    #[serde(rename = "where")]
    pub touches: Touches,
}

/// One table of a rule set.
#[derive(Default)]
struct Part {
    /// Its values in one level, as they are written, each under its key with those of the tables that it lies in.
    flat: BTreeMap<String, String>,
    /// The same as a tree.
    tree: Map<String, Value>,
}

/// Where a part stands: its kind's place in the reference, its kind and its id.
type Place = (usize, String, String);

/// Every part, and the page types in their order.
#[derive(Default)]
struct Whole {
    parts: BTreeMap<Place, Part>,
    ordered: Vec<String>,
}

/// Every part that differs, in the order of the reference and then by id. What cannot be read has no parts.
pub fn changes(old: &[SourceFile], new: &[SourceFile]) -> Vec<PartChange> {
    let (old, new) = (whole(old), whole(new));
    let places: BTreeSet<_> = old.parts.keys().chain(new.parts.keys()).collect();
    let told = places
        .into_iter()
        .filter_map(|place| change(place, old.parts.get(place), new.parts.get(place)));
    let mut told: Vec<PartChange> = told.collect();
    told.extend(moved(&old, &new));
    told.sort_by_cached_key(|one| (rank(&one.part), one.part.clone(), one.id.clone()));
    told
}

/// The new files with those that are no TOML as they were before, if they were there, and the names of these: somebody
/// who is in the middle of a line has not taken away all that stands around it.
pub fn readable(old: &[SourceFile], new: &[SourceFile]) -> (Vec<SourceFile>, Vec<String>) {
    let is_toml = |file: &&SourceFile| file.text.parse::<DocumentMut>().is_ok();
    let (mut readable, broken): (Vec<_>, Vec<_>) = new.iter().partition(is_toml);
    let names: Vec<String> = broken.iter().map(|file| file.name.clone()).collect();
    readable.extend(old.iter().filter(|file| names.contains(&file.name)));
    (readable.into_iter().cloned().collect(), names)
}

fn change(place: &Place, before: Option<&Part>, after: Option<&Part>) -> Option<PartChange> {
    let (_, part, id) = place;
    let name = if id.is_empty() {
        part.clone()
    } else {
        format!("{part} {id}")
    };
    let (change, says) = match (before, after) {
        (Some(before), Some(after)) if before.flat == after.flat => return None,
        (Some(before), Some(after)) => (
            "changed",
            format!("{name}: {}", differences(&before.flat, &after.flat)),
        ),
        (None, _) => ("added", format!("new {name}")),
        (_, None) => ("removed", format!("{name} is gone")),
    };
    let details = match (before, after) {
        (Some(before), Some(after)) => details::between(&before.tree, &after.tree),
        (None, _) | (_, None) => Vec::new(),
    };
    let trees = [after, before].map(|part| part.map(|part| &part.tree));
    Some(PartChange {
        part: part.clone(),
        id: id.clone(),
        name: trees.iter().flatten().find_map(|tree| named(tree)),
        change,
        says,
        touches: Touches::of(part, id, trees, &details),
        details,
    })
}

/// The name of a part that is known by its id.
fn named(tree: &Map<String, Value>) -> Option<String> {
    tree.get("id")?;
    Some(tree.get("name")?.as_str()?.to_owned())
}

/// The page types that stand elsewhere among those which both sides have.
fn moved(old: &Whole, new: &Whole) -> Vec<PartChange> {
    let common = |one: &[String], other: &[String]| -> Vec<String> {
        let is_there = |id: &&String| other.contains(id);
        one.iter().filter(is_there).cloned().collect()
    };
    let before = common(&old.ordered, &new.ordered);
    let after = common(&new.ordered, &old.ordered);
    let stay: BTreeSet<usize> = sequence::common(&before, &after)
        .into_iter()
        .map(|(_, after)| after)
        .collect();
    let moves = (0..after.len()).filter(|at| !stay.contains(at));
    moves
        .map(|at| {
            let id = &after[at];
            let behind = |list: &[String]| {
                let at = list.iter().position(|one| one == id).unwrap_or_default();
                at.checked_sub(1).map(|before| list[before].clone())
            };
            let (was, is) = (behind(&old.ordered), behind(&new.ordered));
            let says = match &is {
                Some(other) => format!("{IN_ORDER} {id} stands behind {other} now"),
                None => format!("{IN_ORDER} {id} stands first now"),
            };
            PartChange {
                part: IN_ORDER.to_owned(),
                id: id.clone(),
                name: None,
                change: "moved",
                says,
                details: vec![Detail::order(was, is)],
                touches: Touches::page_type(id),
            }
        })
        .collect()
}

fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
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

/// A kind's place in the reference; what is not known comes last.
fn rank(kind: &str) -> usize {
    let place = ROOT.keys.iter().position(|key| key.name == kind);
    place.unwrap_or(ROOT.keys.len())
}

fn whole(files: &[SourceFile]) -> Whole {
    let mut whole = Whole::default();
    for file in files {
        let Ok(document) = file.text.parse::<DocumentMut>() else {
            continue;
        };
        for (kind, item) in document.iter() {
            for table in tree::tables(item) {
                let named = ["id", "name"]
                    .iter()
                    .find_map(|key| table.get(key)?.as_str());
                let id = named.unwrap_or_default().to_owned();
                if kind == IN_ORDER && !whole.ordered.contains(&id) {
                    whole.ordered.push(id.clone());
                }
                let place = (rank(kind), kind.to_owned(), id);
                let part = whole.parts.entry(place).or_default();
                tree::flatten(table, "", &mut part.flat);
                part.tree.extend(tree::map(table));
            }
        }
    }
    whole
}
