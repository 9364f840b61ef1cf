//! The decision log on disk: one entry for each record that decided something, in the record's own batch.

use std::ops::ControlFlow;

use crate::domain::{DecisionPlace, Key, Seq};
use crate::store::{LookAtDecision, Order, Span, StoreError};

use super::disk::{self, Disk, decision_key};
use super::retention::Gone;

/// Shows a site's decisions in a span of time until `look` has seen enough.
pub(super) fn read(
    disk: &Disk,
    site: Key,
    span: Span,
    order: Order,
    look: &mut LookAtDecision<'_>,
) -> Result<(), StoreError> {
    if span.from >= span.until {
        return Ok(());
    }
    let first = decision_key(site, Seq::at(span.from));
    let end = decision_key(site, Seq::at(span.until));
    let mut entries = disk.decisions.range(first..end);
    loop {
        let entry = match order {
            Order::OldestFirst => entries.next(),
            Order::NewestFirst => entries.next_back(),
        };
        let Some(entry) = entry else { return Ok(()) };
        let (key, value) = entry
            .into_inner()
            .map_err(|why| disk::unreadable("the decision log", &why))?;
        let seq = seq_of_key(&key)?;
        let decisions = disk::decode_decisions(&value)?;
        let mut places: Vec<_> = (0_u16..).zip(decisions).collect();
        if order == Order::NewestFirst {
            places.reverse();
        }
        for (nth, decision) in places {
            if look(DecisionPlace { seq, nth }, decision) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }
}

fn seq_of_key(key: &[u8]) -> Result<Seq, StoreError> {
    disk::seq_of(key.get(4..).unwrap_or_default())
}

/// Entries before the horizon, site by site, `most` at once.
pub(super) fn expired(disk: &Disk, horizon: Seq, most: usize) -> Result<Vec<Gone>, StoreError> {
    let mut gone = Vec::new();
    let mut site = first_site(disk, 0)?;
    while let Some(at) = site {
        let range = decision_key(at, Seq::default())..decision_key(at, horizon);
        for entry in disk.decisions.range(range).take(most - gone.len()) {
            let key = entry
                .key()
                .map_err(|why| disk::unreadable("the decision log", &why))?;
            gone.extend(key.first_chunk().map(|key| Gone::Decisions(*key)));
        }
        if gone.len() >= most {
            break;
        }
        site = match at.0.checked_add(1) {
            Some(next) => first_site(disk, next)?,
            None => None,
        };
    }
    Ok(gone)
}

/// The first site from this key on that has decisions.
fn first_site(disk: &Disk, from: u32) -> Result<Option<Key>, StoreError> {
    let Some(entry) = disk.decisions.range(from.to_be_bytes()..).next() else {
        return Ok(None);
    };
    let key = entry
        .key()
        .map_err(|why| disk::unreadable("the decision log", &why))?;
    let site = key.first_chunk().map(|site| u32::from_be_bytes(*site));
    Ok(site.map(Key))
}
