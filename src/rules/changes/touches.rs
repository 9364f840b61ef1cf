//! What a change is about: for which kinds of page, and for whom by language.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::details::{Detail, Step};

/// The keys of words by language.
const WORDS: [&str; 2] = ["message", "message_closed"];
/// The field of conditions that tells the page's language.
const LANGUAGE: &str = "page.lang";

/// Which page types and languages a change touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Touches {
    /// The page types that the part is about, before or after; none: any page, or no matter of pages.
    pub page_types: Vec<String>,
    /// Languages whose words changed; else those that the part's conditions ask for; of a part that is new or gone and
    /// asks for none, those of its words.
    pub languages: Vec<String>,
}

impl Touches {
    /// Of a part that stands as `trees` say, after and before.
    pub(super) fn of(
        part: &str,
        id: &str,
        trees: [Option<&Map<String, Value>>; 2],
        details: &[Detail],
    ) -> Self {
        if part == super::IN_ORDER {
            return Self::page_type(id);
        }
        let known = || trees.iter().flatten();
        let page_types = known().flat_map(|tree| texts(tree.get("page_type")));
        let mut languages: BTreeSet<String> = details.iter().filter_map(reworded).collect();
        if languages.is_empty() {
            known().for_each(|tree| asked(tree, &mut languages));
        }
        if languages.is_empty() && details.is_empty() {
            known().for_each(|tree| worded(tree, &mut languages));
        }
        Self {
            page_types: page_types.collect::<BTreeSet<_>>().into_iter().collect(),
            languages: languages.into_iter().collect(),
        }
    }

    /// Of a page type itself.
    pub(super) fn page_type(id: &str) -> Self {
        Self {
            page_types: vec![id.to_owned()],
            languages: Vec::new(),
        }
    }
}

/// A text, or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The language whose words changed.
fn reworded(detail: &Detail) -> Option<String> {
    let mut steps = detail.path.iter();
    steps.find(|step| matches!(step, Step::Key(key) if WORDS.contains(&key.as_str())))?;
    match steps.next()? {
        Step::Key(language) => Some(language.clone()),
        Step::Entry(_) => None,
    }
}

/// The languages that conditions ask for.
fn asked(table: &Map<String, Value>, found: &mut BTreeSet<String>) {
    if table.get("field").is_some_and(|field| *field == LANGUAGE) {
        let wanted = ["equals", "one_of", "starts_with"];
        found.extend(
            wanted
                .iter()
                .flat_map(|operator| texts(table.get(*operator))),
        );
    }
    let below = table.iter().filter(|(key, _)| *key != "not");
    below.for_each(|(_, value)| each_table(value, &mut |table| asked(table, found)));
}

/// The languages that have words.
fn worded(table: &Map<String, Value>, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value.as_object().filter(|_| WORDS.contains(&key.as_str())) {
            Some(words) => found.extend(words.keys().cloned()),
            None => each_table(value, &mut |table| worded(table, found)),
        }
    }
}

/// A table, or the tables of a list.
fn each_table(value: &Value, look: &mut dyn FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(table) => look(table),
        Value::Array(list) => list.iter().filter_map(Value::as_object).for_each(look),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
