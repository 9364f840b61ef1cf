//! A document: changed as a whole, by comparison.

use tokio::sync::oneshot;

use crate::domain::Key;
use crate::store::{Conflict, Control, StoreError};

use super::Embedded;
use super::writer::Write;

/// What to wait for, and what to say then.
type Queued = (
    oneshot::Receiver<Result<(), StoreError>>,
    Result<u64, Conflict>,
);

impl Embedded {
    pub(super) async fn change_control(
        &self,
        document: Key,
        expected: u64,
        bytes: &[u8],
    ) -> Result<Result<u64, Conflict>, StoreError> {
        let (answer, outcome) = self.queue_control(document, expected, bytes)?;
        // Also after a conflict: whoever reads again is to see the change that was faster.
        super::answer(answer).await?;
        Ok(outcome)
    }

    /// Compares and queues under one lock, so that two changes of one revision are never both queued.
    fn queue_control(
        &self,
        document: Key,
        expected: u64,
        bytes: &[u8],
    ) -> Result<Queued, StoreError> {
        let mut revisions = self.shared.revisions.lock();
        // In this order: an epoch that a fault has ended meanwhile is refused here or by the writer.
        let epoch = self.shared.epoch();
        self.shared.writable()?;
        let revision = if let Some(queued) = revisions.get(&document) {
            *queued
        } else {
            let saved = self.shared.readable()?.control(document)?;
            saved.map_or(0, |control| control.revision)
        };
        if revision != expected {
            return Ok((self.submit(Write::Barrier, epoch)?, Err(Conflict)));
        }
        let revision = revision + 1;
        let control = Control {
            revision,
            bytes: bytes.to_vec(),
        };
        let answer = self.submit(Write::Control(document, control), epoch)?;
        revisions.insert(document, revision);
        Ok((answer, Ok(revision)))
    }
}
