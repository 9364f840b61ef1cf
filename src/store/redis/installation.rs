//! The installation's secret: nodes that share a Redis have the same one, also after Redis has lost it.
//!
//! It is kept together with the moment when it was drawn. A node that finds none, or one that is younger than its own,
//! writes its own, so that the oldest holds whoever comes first. A node whose secret does not hold derives visitor ids
//! that nobody else knows: it takes no changes until it is started anew.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::Value as Reply;
use tokio::time::sleep;

use crate::clock;
use crate::store::StoreError;

use super::link::Lane;
use super::{Redis, Shared, control, keys, reply, scripts};

/// How often a node looks at the secret that Redis has.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A node that finds no secret leaves others so long to put back what Redis may have lost.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// The bytes of a secret; the moment it was drawn follows them, in digits.
const LENGTH: usize = 32;

/// What this node knows of the secret.
#[derive(Default)]
pub(super) struct Installation {
    /// The one that this node uses, as Redis keeps it.
    own: OnceLock<Vec<u8>>,
    /// Whether another one holds.
    estranged: AtomicBool,
}

impl Installation {
    /// Whether this node's secret is the installation's, as far as is known.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.estranged.load(Ordering::Acquire) {
            Err(StoreError::Estranged)
        } else {
            Ok(())
        }
    }
}

impl Redis {
    /// The installation's secret: `offered` if there is none yet.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    pub async fn secret(&self, offered: [u8; LENGTH]) -> Result<[u8; LENGTH], StoreError> {
        let shared = &self.shared;
        let mut cmd = redis::cmd("GET");
        let found = shared.link.command(Lane::Read, cmd.arg(keys::SECRET));
        if reply::maybe_bytes(&found.await?)?.is_none() {
            sleep(PATIENCE).await;
        }
        let drawn = clock::now().0.to_string();
        let own = [&offered[..], drawn.as_bytes()].concat();
        let (_, kept) = shared.oldest_secret(&own).await?;
        let Some(secret) = kept.first_chunk().copied() else {
            return Err(StoreError::Corrupt {
                what: "the secret in Redis".to_owned(),
                why: format!("it does not have {LENGTH} bytes"),
            });
        };
        // Whoever asks again gets the same answer, unless the node is estranged, which is noticed.
        let _ = shared.installation.own.set(kept);
        Ok(secret)
    }
}

impl Shared {
    /// Writes a secret if it is the oldest. Returns whether it was written, and the one that holds.
    async fn oldest_secret(&self, own: &[u8]) -> Result<(bool, Vec<u8>), StoreError> {
        let (script, keys, args) = (&scripts::SECRET, [keys::SECRET], [own]);
        let answer = self.link.script(Lane::Read, script, &keys, &args).await?;
        match reply::array(&answer)? {
            [Reply::Int(wrote), kept] => Ok((*wrote == 1, reply::bytes(kept)?.to_vec())),
            _ => Err(reply::strange(&answer)),
        }
    }

    /// Puts the secret back if Redis has none or a younger one, and notices an older one.
    pub(super) async fn hold_secret(&self) -> Result<(), StoreError> {
        let Some(own) = self.installation.own.get() else {
            return Ok(());
        };
        let (wrote, kept) = self.oldest_secret(own).await?;
        if wrote {
            tracing::warn!("Redis had lost the installation's secret; it is put back");
            control::agree(&self.link, self.options.buckets).await?;
        }
        let estranged = kept.get(..LENGTH) != own.get(..LENGTH);
        let was = self
            .installation
            .estranged
            .swap(estranged, Ordering::AcqRel);
        if estranged && !was {
            tracing::error!(why = %StoreError::Estranged, "no changes are taken");
        } else if was && !estranged {
            tracing::info!("this node's secret is the installation's again");
        }
        Ok(())
    }

    /// Looks after the secret for as long as the store is open.
    pub(super) async fn hold_secret_for_ever(&self) {
        loop {
            sleep(LOOK_EVERY).await;
            // What goes wrong is counted and told where Redis is asked.
            let _ = self.hold_secret().await;
        }
    }
}
