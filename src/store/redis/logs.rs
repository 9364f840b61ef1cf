//! Logs, in a stream each.

use crate::domain::{Key, Seq, Timestamp};
use crate::store::{Answer, Logs, LookAtNote, Order, Span, StoreError};

use super::link::Lane;
use super::streams::Streams;
use super::{Redis, Shared, keys, reply, scripts};

/// The field of an entry that holds what it says.
const NOTE: &str = "b";

impl Shared {
    async fn note(
        &self,
        log: Key,
        at: Timestamp,
        bytes: &[u8],
        most: usize,
    ) -> Result<Seq, StoreError> {
        self.open()?;
        let (at, most) = (at.0.to_string(), most.to_string());
        let life = self.options.retention.0.to_string();
        let args: [&[u8]; 4] = [at.as_bytes(), bytes, life.as_bytes(), most.as_bytes()];
        let keys = [keys::log(log)];
        let answer = self.link.script(Lane::Read, &scripts::NOTE, &keys, &args);
        let answer = answer.await?;
        reply::place(reply::bytes(&answer)?).ok_or_else(|| reply::strange(&answer))
    }

    /// Shows a log's entries in a span of time until `look` has seen enough. `look` may block, so it is called where
    /// nothing is awaited.
    fn show_notes(
        &self,
        log: Key,
        span: Span,
        order: Order,
        look: &mut LookAtNote<'_>,
    ) -> Result<(), StoreError> {
        let span = (Seq::at(span.from), Seq::at(span.until));
        let entries = Streams::open(&self.link, [keys::log(log)], NOTE, span, order);
        let mut entries = self.wait(entries)?;
        loop {
            let some = self.wait(entries.some())?;
            if some.is_empty() {
                return Ok(());
            }
            for (place, bytes) in some {
                if look(place, &bytes).is_break() {
                    return Ok(());
                }
            }
        }
    }
}

impl Logs for Redis {
    fn note<'a>(
        &'a self,
        log: Key,
        at: Timestamp,
        bytes: &'a [u8],
        most: usize,
    ) -> Answer<'a, Seq> {
        Box::pin(self.shared.note(log, at, bytes, most))
    }

    fn notes(
        &self,
        log: Key,
        span: Span,
        order: Order,
        look: &mut LookAtNote<'_>,
    ) -> Result<(), StoreError> {
        self.shared.show_notes(log, span, order, look)
    }
}
