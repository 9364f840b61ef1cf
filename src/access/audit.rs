//! The audit log: who has changed what, and what it was before. It is only ever added to.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Key, Seq, Timestamp, UserId};
use crate::store::{Order, Span, StoreError, VisitorStore};

use super::Who;

/// The log's key in the store.
const LOG: Key = Key::of("audit");
/// So many entries are kept at least, as long as they are younger than the retention.
const MOST: usize = 100_000;
/// The most bytes of what something was before, or is after.
const LARGEST: usize = 8 * 1_024;
/// What stands in place of a secret.
const HIDDEN: &str = "…";
/// Fields of these names are secrets, whatever they are part of.
const SECRETS: [&str; 6] = ["password", "secret", "secrets", "token", "code", "link"];

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in milliseconds since the epoch.
    pub at: Timestamp,
    /// The name of who has done it, as it was then.
    pub who: String,
    /// Who has done it, if it was a person.
    pub user: Option<UserId>,
    /// The thing and the deed, such as `user.change`.
    pub action: String,
    /// The site that it concerns, if it is one.
    pub site: Option<String>,
    /// What could be seen of the thing before.
    pub before: Option<Value>,
    /// What can be seen of it since.
    pub after: Option<Value>,
}

impl Entry {
    /// Something that is done now. Secrets are taken out, and what is too large is cut.
    pub fn new(
        who: &Who,
        action: &str,
        site: Option<&str>,
        before: Option<Value>,
        after: Option<Value>,
        now: Timestamp,
    ) -> Self {
        let user = match who {
            Who::User(id, _) => Some(*id),
            Who::Token(_) => None,
        };
        Self {
            at: now,
            who: who.name().to_owned(),
            user,
            action: action.to_owned(),
            site: site.map(str::to_owned),
            before: before.map(shown),
            after: after.map(shown),
        }
    }

    /// Adds it to the log.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn write(&self, store: &dyn VisitorStore) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(self).expect("an entry serializes into memory");
        store.note(LOG, self.at, &bytes, MOST).await.map(|_| ())
    }
}

/// What may be shown of a thing.
fn shown(value: Value) -> Value {
    let value = without_secrets(value);
    let size = value.to_string().len();
    if size > LARGEST {
        return Value::String(format!("{HIDDEN} ({size} bytes)"));
    }
    value
}

fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let hide = |(name, value): (String, Value)| {
                let secret = SECRETS.contains(&name.as_str()) && !value.is_null();
                let value = if secret {
                    Value::String(HIDDEN.to_owned())
                } else {
                    without_secrets(value)
                };
                (name, value)
            };
            fields.into_iter().map(hide).collect()
        }
        Value::Array(list) => list.into_iter().map(without_secrets).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The latest entries before a place that `wanted` lets through, at most `limit`, with their places. May block.
///
/// # Errors
///
/// When the log cannot be read.
pub fn latest(
    store: &dyn VisitorStore,
    before: Option<Seq>,
    limit: usize,
    mut wanted: impl FnMut(&Entry) -> bool,
) -> Result<Vec<(Seq, Entry)>, StoreError> {
    let until = before.map_or(Timestamp(u64::MAX), |before| {
        Timestamp(before.moment().0 + 1)
    });
    let span = Span {
        from: Timestamp(0),
        until,
    };
    let mut found = Vec::new();
    store.notes(LOG, span, Order::NewestFirst, &mut |place, bytes| {
        let entry = serde_json::from_slice::<Entry>(bytes);
        match entry {
            Ok(entry) if before.is_none_or(|before| place < before) && wanted(&entry) => {
                found.push((place, entry));
            }
            Ok(_) => {}
            Err(why) => tracing::warn!(%why, "an entry of the audit log cannot be read"),
        }
        if found.len() < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_never_reach_the_log() {
        let who = Who::Token("settings".into());
        let after = json!({
            "name": "crm", "secrets": ["whsec_abc"], "password": null,
            "list": [{"token": "ahlan_abc", "hint": "abc"}],
        });
        let entry = Entry::new(&who, "x.y", Some("shop"), None, Some(after), Timestamp(1));
        let kept = serde_json::to_value(&entry).unwrap();
        assert_eq!(
            kept["after"],
            json!({"name": "crm", "secrets": "…", "password": null, "list": [{"token": "…", "hint": "abc"}]})
        );
    }

    #[test]
    fn what_is_too_large_is_told_by_its_size() {
        let who = Who::Token("settings".into());
        let after = Value::String("x".repeat(LARGEST));
        let entry = Entry::new(&who, "x.y", None, None, Some(after), Timestamp(1));
        assert_eq!(entry.after, Some(json!("… (8194 bytes)")));
    }
}
