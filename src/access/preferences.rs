//! How each user likes the console. What it says is the console's affair.
//!
//! Users share a few documents, so that no key of a document can be one that something else has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{Key, UserId};
use crate::store::VisitorStore;

use super::people::PeopleError;

/// The most bytes of one user's preferences.
pub const LARGEST: usize = 16 * 1_024;
/// How many documents there are.
const DOCUMENTS: usize = 16;
/// How often a change is tried when others are faster.
const MAX_TRIES: usize = 16;

/// Users' preferences in one document.
#[derive(Default, Serialize, Deserialize)]
struct Shelf(BTreeMap<UserId, Box<RawValue>>);

/// The document in which a user's preferences are.
fn document(user: UserId) -> Key {
    let [first, ..] = user.0;
    Key::of(&format!("preferences:{:x}", usize::from(first) % DOCUMENTS))
}

fn read(store: &dyn VisitorStore, user: UserId) -> Result<(u64, Shelf), PeopleError> {
    let Some(control) = store.control(document(user))? else {
        return Ok((0, Shelf::default()));
    };
    let shelf = serde_json::from_slice(&control.bytes)
        .map_err(|why| PeopleError::Unreadable(why.to_string()))?;
    Ok((control.revision, shelf))
}

/// A user's preferences, as JSON. May block.
///
/// # Errors
///
/// When they cannot be read.
pub fn preferences(
    store: &dyn VisitorStore,
    user: UserId,
) -> Result<Option<Box<RawValue>>, PeopleError> {
    let (_, mut shelf) = read(store, user)?;
    Ok(shelf.0.remove(&user))
}

/// Changes a user's preferences; `None` forgets them.
///
/// # Errors
///
/// When they cannot be kept.
pub async fn set_preferences(
    store: &dyn VisitorStore,
    user: UserId,
    json: Option<Box<RawValue>>,
) -> Result<(), PeopleError> {
    for _ in 0..MAX_TRIES {
        let (revision, mut shelf) = read(store, user)?;
        match &json {
            Some(json) => {
                shelf.0.insert(user, json.clone());
            }
            None if shelf.0.remove(&user).is_none() => return Ok(()),
            None => {}
        }
        let bytes = serde_json::to_vec(&shelf).expect("preferences serialize into memory");
        if store
            .set_control(document(user), revision, &bytes)
            .await?
            .is_ok()
        {
            return Ok(());
        }
    }
    Err(PeopleError::Contended)
}
