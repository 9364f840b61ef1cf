//! The decision log, in a stream for each bucket: one entry for each record that decided something, in its place.

use std::ops::ControlFlow;

use crate::domain::{Decision, DecisionPlace, Key, Seq};
use crate::store::{LookAtDecision, Order, Span, StoreError};

use super::Shared;
use super::streams::Streams;

/// The field of an entry that holds the decisions.
const DECISIONS: &str = "d";

/// The decisions of one record; empty when there are none.
pub(super) fn encode(decisions: &[Decision]) -> Vec<u8> {
    if decisions.is_empty() {
        return Vec::new();
    }
    postcard::to_stdvec(decisions).expect("decisions serialize into memory")
}

fn decode(bytes: &[u8]) -> Result<Vec<Decision>, StoreError> {
    postcard::from_bytes(bytes).map_err(|why| StoreError::Corrupt {
        what: "a decision".to_owned(),
        why: why.to_string(),
    })
}

impl Shared {
    /// Shows a site's decisions in a span of time until `look` has seen enough. `look` may block, so it is called where
    /// nothing is awaited.
    pub(super) fn show_decisions(
        &self,
        site: Key,
        span: Span,
        order: Order,
        look: &mut LookAtDecision<'_>,
    ) -> Result<(), StoreError> {
        let span = (Seq::at(span.from), Seq::at(span.until));
        let buckets = self.keys.site(site);
        let logs = buckets.iter().map(|bucket| bucket.decisions.clone());
        let mut entries = self.wait(Streams::open(&self.link, logs, DECISIONS, span, order))?;
        loop {
            let some = self.wait(entries.some())?;
            if some.is_empty() {
                return Ok(());
            }
            for (seq, bytes) in some {
                let mut places: Vec<_> = (0_u16..).zip(decode(&bytes)?).collect();
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
    }
}
