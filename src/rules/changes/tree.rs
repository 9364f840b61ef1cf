//! Tables as they are written, as text and as data.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use toml_edit::{Item, TableLike, Value};

/// The tables of one kind, however they are written.
pub(super) fn tables(item: &Item) -> Vec<&dyn TableLike> {
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

/// The values of a table in one level, as text.
pub(super) fn flatten(table: &dyn TableLike, above: &str, values: &mut BTreeMap<String, String>) {
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

/// The values of a table as a tree.
pub(super) fn map(table: &dyn TableLike) -> Map<String, Json> {
    let entries = table.iter();
    entries
        .map(|(key, item)| (key.to_owned(), item_json(item)))
        .collect()
}

fn item_json(item: &Item) -> Json {
    if let Some(list) = item.as_array_of_tables() {
        return list.iter().map(|table| Json::Object(map(table))).collect();
    }
    if let Some(table) = item.as_table_like() {
        return Json::Object(map(table));
    }
    item.as_value().map_or(Json::Null, value_json)
}

/// Dates and times have no form of their own in JSON and become texts.
fn value_json(value: &Value) -> Json {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Float(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Datetime(moment) => moment.value().to_string().into(),
        Value::Array(list) => list.iter().map(value_json).collect(),
        Value::InlineTable(table) => Json::Object(map(table)),
    }
}
