//! What people do about a receiver: look how it does, read its log, try it, send something again.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::clock;
use crate::domain::{Key, Millis, Seq, Timestamp};
use crate::store::{Order, Span};

use super::delivery::{self, Delivery, Outcome, Try};
use super::endpoint::{Endpoint, EndpointError};
use super::example::{self, example};
use super::topic::Topic;
use super::{LEASE, Webhooks};

/// How many tries of a receiver are looked at to say how it does.
const LOOK_BACK: usize = 100;

/// How a receiver does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// `closed` while it is asked, `open` while it is left alone, `half_open` when it is to be probed: by this node.
    pub breaker: &'static str,
    /// How many deliveries wait for it.
    pub waiting: usize,
    /// When it last took something, as far as the log reaches.
    pub last_success_at: Option<Timestamp>,
    /// What failed last, as far as the log reaches.
    pub last_failure: Option<(Timestamp, String)>,
}

impl Webhooks {
    /// How many deliveries wait for a receiver.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    pub async fn waiting(&self, site: Key, endpoint: &Endpoint) -> Result<usize, EndpointError> {
        Ok(self.store.parcels_waiting(site, endpoint.key()).await?)
    }

    /// How a receiver does for whom so many deliveries wait. May block.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn health(
        &self,
        site: Key,
        endpoint: &Endpoint,
        waiting: usize,
    ) -> Result<Health, EndpointError> {
        let now = clock::now();
        let lane = self.lane(site, endpoint.key());
        let mut health = Health {
            breaker: lane.judge(|breaker| breaker.word(now)),
            waiting,
            ..Health::default()
        };
        for (_, tried) in self.tries(site, &endpoint.id, None, LOOK_BACK, None)? {
            if tried.outcome == Outcome::Delivered {
                health.last_success_at.get_or_insert(tried.at);
            } else {
                let why = || (tried.at, tried.error.clone().unwrap_or_default());
                health.last_failure.get_or_insert_with(why);
            }
        }
        Ok(health)
    }

    /// The latest tries of a receiver's deliveries before a place in its log, newest first, all or those with one
    /// outcome. May block.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn tries(
        &self,
        site: Key,
        endpoint: &str,
        before: Option<Seq>,
        limit: usize,
        outcome: Option<Outcome>,
    ) -> Result<Vec<(Seq, Try)>, EndpointError> {
        let receivers = self.receivers(site)?;
        let end = before.map_or(Timestamp(u64::MAX >> 20), |place| {
            place.moment() + Millis(1)
        });
        let span = Span {
            from: Timestamp(0),
            until: end,
        };
        let mut found = Vec::new();
        let mut look = |place: Seq, bytes: &[u8]| {
            let tried = postcard::from_bytes::<Try>(bytes).ok();
            let fits = |tried: &Try| outcome.is_none_or(|outcome| tried.outcome == outcome);
            if before.is_none_or(|before| place < before) {
                found.extend(tried.filter(fits).map(|tried| (place, tried)));
            }
            if found.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let log = delivery::log(&receivers.site, endpoint);
        self.store.notes(log, span, Order::NewestFirst, &mut look)?;
        Ok(found)
    }

    /// Sends a receiver a made-up event of this kind, now and once; returns what became of it.
    ///
    /// # Errors
    ///
    /// When nobody has this id.
    pub async fn test(&self, site: Key, id: &str, topic: Topic) -> Result<Try, EndpointError> {
        let receivers = self.receivers(site)?;
        let known = receivers.endpoints.load_full();
        let endpoint = known.all.get(id).ok_or(EndpointError::Unknown)?;
        let now = clock::now();
        let message = example(topic, &receivers.site, now).ok_or(EndpointError::Unknown)?;
        let delivery = Delivery::new(&message, now);
        let visitor = example::VISITOR;
        let parcel = delivery.parcel(endpoint, (site, visitor), now.0, now);
        let mut tried = self.attempt(endpoint, parcel.id, delivery, visitor).await;
        if tried.next_at.take().is_some() {
            tried.outcome = Outcome::GivenUp;
        }
        self.note(receivers, endpoint, &tried).await;
        Ok(tried)
    }

    /// Sends a message again that the log has, as if it were new but under its old id; returns the new delivery's name.
    ///
    /// # Errors
    ///
    /// When nobody has this id, when the log does not have the delivery, or when the store does not take it.
    pub async fn replay(
        self: &Arc<Self>,
        site: Key,
        id: &str,
        delivery: &str,
    ) -> Result<Option<String>, EndpointError> {
        let receivers = self.receivers(site)?;
        let known = receivers.endpoints.load_full();
        let endpoint = known.all.get(id).ok_or(EndpointError::Unknown)?;
        let tries = self.tries(site, id, None, usize::MAX, None)?;
        let found = tries.into_iter().find(|(_, it)| it.delivery == delivery);
        let Some((_, tried)) = found else {
            return Ok(None);
        };
        let now = clock::now();
        let again = Delivery {
            created_at: now,
            tries: 0,
            ..tried.sent
        };
        let parcel = again.parcel(endpoint, (site, tried.visitor), now.0, now + LEASE);
        let name = delivery::name(parcel.id);
        self.store.post(vec![parcel.clone()]).await?;
        self.send(vec![parcel]);
        Ok(Some(name))
    }
}
