//! Reading what a site tells in its own words: properties of an event, traits of a person.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::{PropValue, Reject};

use super::event::{MAX_LIST, MAX_PROPS, Reading, Refused, bounded, required};
use super::text::cut;

/// Properties or traits by name.
pub(super) fn props(
    map: Option<&serde_json::Map<String, Value>>,
    field: &str,
) -> Reading<Vec<(Arc<str>, PropValue)>> {
    let Some(map) = map else {
        return Ok(Vec::new());
    };
    if map.len() > MAX_PROPS {
        let detail = format!("`{field}` has {} entries; at most {MAX_PROPS}", map.len());
        return Err(Refused::new(Reject::TooManyProps, detail));
    }
    map.iter()
        .map(|(name, value)| {
            let name = required(Some(name), field)?;
            Ok((
                Arc::from(name),
                prop(value, &format!("{field}.{}", cut(name, 64)))?,
            ))
        })
        .collect()
}

fn prop(value: &Value, field: &str) -> Reading<PropValue> {
    match value {
        Value::Null => Ok(PropValue::Null),
        Value::Bool(flag) => Ok(PropValue::Bool(*flag)),
        Value::Number(number) => Ok(PropValue::Number(number.as_f64().unwrap_or_default())),
        Value::String(text) => Ok(PropValue::Text(bounded(text, field)?.into())),
        Value::Array(items) if items.len() > MAX_LIST => Err(Refused::new(
            Reject::TooManyProps,
            format!("`{field}` has more than {MAX_LIST} texts"),
        )),
        Value::Array(items) => items
            .iter()
            .map(|item| list_item(item, field))
            .collect::<Reading<_>>()
            .map(PropValue::List),
        Value::Object(_) => Err(Refused::new(
            Reject::Malformed,
            format!("`{field}` is a text, number, truth value or list of texts"),
        )),
    }
}

fn list_item(item: &Value, field: &str) -> Reading<Arc<str>> {
    let text = item
        .as_str()
        .ok_or_else(|| Refused::new(Reject::Malformed, format!("`{field}` is a list of texts")))?;
    bounded(text, field).map(Arc::from)
}
