//! The decision log on disk: one entry for each record that decided something, in the record's own batch.

use std::ops::ControlFlow;

use crate::domain::{DecisionPlace, Key, Seq};
use crate::store::{LookAtDecision, Order, Span, StoreError};

use super::disk::{self, Disk};
use super::logs;
use super::retention::Gone;

const WHAT: &str = "the decision log";

/// Shows a site's decisions in a span of time until `look` has seen enough.
pub(super) fn read(
    disk: &Disk,
    site: Key,
    span: Span,
    order: Order,
    look: &mut LookAtDecision<'_>,
) -> Result<(), StoreError> {
    let mut show = |seq, bytes: &[u8]| {
        let decisions = disk::decode_decisions(bytes)?;
        let mut places: Vec<_> = (0_u16..).zip(decisions).collect();
        if order == Order::NewestFirst {
            places.reverse();
        }
        for (nth, decision) in places {
            if look(DecisionPlace { seq, nth }, decision).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    };
    logs::read(&disk.decisions, WHAT, site, span, order, &mut show)
}

/// Entries before the horizon, site by site, `most` at once.
pub(super) fn expired(disk: &Disk, horizon: Seq, most: usize) -> Result<Vec<Gone>, StoreError> {
    let gone = logs::expired(&disk.decisions, WHAT, horizon, most)?;
    Ok(gone.into_iter().map(Gone::Decisions).collect())
}
