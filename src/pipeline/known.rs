//! What a browser remembers when it only asks.

use crate::domain::{Event, Timestamp, VisitorId};
use crate::engine;
use crate::site::Site;
use crate::store::StoreError;

use super::{Client, Pipeline};

impl Pipeline {
    /// Takes what the browser remembers (an event of the kind `Known`) if the visitor's state has lost it.
    ///
    /// # Errors
    ///
    /// When the visitor's state cannot be read, or the store does not take what it learns.
    pub async fn learn(
        &self,
        site: &Site,
        visitor: VisitorId,
        client: &Client<'_>,
        known: Event,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.health()?;
        let state = self.store.get(site.key, visitor).await?;
        if state.is_some_and(|state| engine::teaches(&state, &known, now)) {
            let events = vec![known];
            self.collect(site, visitor, client, None, events, now)
                .await?;
        }
        Ok(())
    }
}
