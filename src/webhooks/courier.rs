//! Carries messages to their receivers: takes them over, tries them, and keeps what became of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use url::Url;

use crate::clock::{self, Stopwatch};
use crate::domain::{Key, Millis, Timestamp, VisitorId};
use crate::store::{Parcel, ParcelId, StoreError};

use super::client::{ANSWER_WITHIN, CallError, Headers, Said};
use super::delivery::{self, Delivery, MOST_LOGGED, Outcome, Try};
use super::endpoint::Endpoint;
use super::lane::{Job, Lane, Taken};
use super::{LEASE, Receivers, Webhooks, schedule};

/// How many parcels are taken over at once.
const TAKE_AT_ONCE: usize = 256;
/// Nobody goes on taking over for longer than this many rounds.
const MOST_ROUNDS: usize = 8;
/// What finds no room in memory comes back after this long, or a little longer.
const NO_ROOM: Millis = Millis::from_mins(5);
/// How many characters of a fault the log keeps.
const MOST_FAULT_CHARS: usize = 300;
/// The status of a receiver that is gone for good.
const GONE: u16 = 410;

impl Webhooks {
    /// Delivers parcels that this node has just written, as soon as their turn comes.
    pub fn send(self: &Arc<Self>, parcels: Vec<Parcel>) {
        for parcel in parcels {
            // What finds no room is taken over when it is due.
            let _ = self.offer(parcel);
        }
    }

    fn offer(self: &Arc<Self>, parcel: Parcel) -> Taken {
        if self.resting.load(Ordering::Acquire) {
            return Taken::Queued;
        }
        let (site, receiver) = (parcel.site, parcel.receiver);
        let lane = self.lane(site, receiver);
        let taken = lane.offer(parcel);
        if taken == Taken::Start {
            let webhooks = Arc::clone(self);
            self.workers.fetch_add(1, Ordering::AcqRel);
            tokio::spawn(async move {
                webhooks.work(site, receiver, &lane).await;
                webhooks.workers.fetch_sub(1, Ordering::AcqRel);
                webhooks.home.notify_waiters();
            });
        }
        taken
    }

    /// Takes over what is due: what failed before, and what a node had in hand that has died.
    ///
    /// # Errors
    ///
    /// When the store cannot be asked.
    pub async fn take_over(self: &Arc<Self>, now: Timestamp) -> Result<(), StoreError> {
        for (site, receivers) in &self.sites {
            if receivers.endpoints.load().all.endpoints.is_empty() {
                continue;
            }
            for _ in 0..MOST_ROUNDS {
                let lease_ends = now + LEASE;
                let taken = self
                    .store
                    .take_parcels(*site, now, lease_ends, TAKE_AT_ONCE);
                let taken = taken.await?;
                if taken.is_empty() {
                    break;
                }
                for parcel in taken {
                    self.take_up(parcel, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn take_up(self: &Arc<Self>, parcel: Parcel, now: Timestamp) -> Result<(), StoreError> {
        let spare = (parcel.id, parcel.clone());
        if self.offer(parcel) == Taken::Full {
            let (id, mut parcel) = spare;
            parcel.due = now + NO_ROOM + schedule::jitter(id, 0, NO_ROOM);
            self.store.put_off(&parcel).await?;
        }
        Ok(())
    }

    /// Serves a receiver until nothing waits for it.
    async fn work(&self, site: Key, receiver: Key, lane: &Lane) {
        loop {
            if self.resting.load(Ordering::Acquire) {
                return lane.leave();
            }
            let Some(job) = lane.next(clock::now()) else {
                return;
            };
            let (id, done) = match job {
                Job::Deliver(parcel) => {
                    let _place = self.places.acquire().await;
                    (parcel.id, self.deliver(site, receiver, lane, parcel).await)
                }
                Job::PutOff(mut parcel, until) => {
                    let rest = until.since(clock::now());
                    parcel.due = until + schedule::jitter(parcel.id, 0, rest);
                    (parcel.id, self.store.put_off(&parcel).await.map(|_| ()))
                }
            };
            lane.finish(id);
            if let Err(why) = done {
                tracing::debug!(%why, "a webhook's delivery is done again when its lease ends");
            }
        }
    }

    /// Delivers one parcel, and settles it or puts it off.
    async fn deliver(
        &self,
        site: Key,
        receiver: Key,
        lane: &Lane,
        mut parcel: Parcel,
    ) -> Result<(), StoreError> {
        let Some(receivers) = self.sites.get(&site) else {
            return self.store.settle(&parcel).await;
        };
        let endpoints = receivers.endpoints.load_full();
        let endpoint = endpoints.all.by_key(receiver).filter(|it| it.enabled);
        let (Some(endpoint), Some(delivery)) = (endpoint, Delivery::of(&parcel)) else {
            // Nobody is there to be told any more.
            return self.store.settle(&parcel).await;
        };
        let now = clock::now();
        let ends = now + Millis(ANSWER_WITHIN.as_millis() as u64);
        if ends > parcel.due {
            // Somebody else may hold it by the time it arrives: it comes back when the lease is over.
            return Ok(());
        }
        let tried = self.attempt(endpoint, parcel.id, delivery, parcel.visitor);
        let tried = tried.await;
        self.judge(lane, &tried);
        self.note(receivers, endpoint, &tried).await;
        match tried.next_at {
            Some(next) => {
                parcel.due = next;
                parcel.bytes = tried.sent.bytes();
                self.store.put_off(&parcel).await?;
            }
            None => self.store.settle(&parcel).await?,
        }
        if tried.outcome == Outcome::Gone {
            self.disable(site, &endpoint.id, "the receiver answered 410 Gone")
                .await;
        }
        Ok(())
    }

    /// Tries a delivery once.
    pub(super) async fn attempt(
        &self,
        endpoint: &Endpoint,
        id: ParcelId,
        mut sent: Delivery,
        visitor: VisitorId,
    ) -> Try {
        let (at, watch) = (clock::now(), Stopwatch::start());
        let said = self.call(endpoint, &sent, at).await;
        let took_ms = watch.elapsed().as_millis() as u64;
        let now = clock::now();
        sent.tries = sent.tries.saturating_add(1);
        let answer = said.as_ref().ok();
        let status = answer.map(|said| said.status);
        let retry_after = answer.and_then(|said| said.retry_after.as_deref());
        let not_before = retry_after.and_then(|text| moment(text, now));
        let error = fault(&said);
        let (outcome, next_at) = if error.is_none() {
            (Outcome::Delivered, None)
        } else if status == Some(GONE) {
            (Outcome::Gone, None)
        } else {
            let next = schedule::next(id, sent.created_at, sent.tries, now, not_before);
            let outcome = next.map_or(Outcome::GivenUp, |_| Outcome::Failed);
            (outcome, next)
        };
        Try {
            delivery: delivery::name(id),
            sent,
            visitor,
            at,
            outcome,
            status,
            error,
            answer: said.map(|said| said.body).unwrap_or_default(),
            took_ms,
            next_at,
            not_before,
        }
    }

    async fn call(
        &self,
        endpoint: &Endpoint,
        sent: &Delivery,
        now: Timestamp,
    ) -> Result<Said, CallError> {
        let url = Url::parse(&endpoint.url).map_err(|why| CallError::Address(why.to_string()))?;
        let seconds = now.0 / 1_000;
        let (id, body) = (&sent.message, sent.body.as_bytes());
        let headers = Headers {
            id: id.clone(),
            seconds,
            signature: super::signature::header(&endpoint.keys(now), id, seconds, body),
        };
        self.client.post(&url, &headers, &sent.body).await
    }

    fn judge(&self, lane: &Lane, tried: &Try) {
        let now = clock::now();
        lane.judge(|breaker| match tried.outcome {
            Outcome::Delivered | Outcome::Gone => breaker.succeeded(),
            Outcome::Failed | Outcome::GivenUp => breaker.failed(now, tried.not_before),
        });
        self.figures.count(tried.outcome);
    }

    /// Keeps what became of a try. The log is for people: a delivery does not fail for it.
    pub(super) async fn note(&self, receivers: &Receivers, endpoint: &Endpoint, tried: &Try) {
        let bytes = postcard::to_stdvec(tried).expect("a try serializes into memory");
        let log = delivery::log(&receivers.site, &endpoint.id);
        if let Err(why) = self.store.note(log, tried.at, &bytes, MOST_LOGGED).await {
            tracing::warn!(%why, "what became of a webhook's delivery is not in its log");
        }
    }

    async fn disable(&self, site: Key, id: &str, why: &str) {
        let (id, because) = (id.to_owned(), why.to_owned());
        let disabled = self.change(site, |all| {
            let endpoint = all.get_mut(&id)?;
            endpoint.enabled = false;
            endpoint.disabled_because = Some(because.clone());
            Ok(())
        });
        match disabled.await {
            Ok(()) => tracing::warn!(id, why, "a webhook is told nothing any more"),
            Err(why) => tracing::warn!(id, %why, "a webhook that is gone stays enabled"),
        }
    }
}

/// What was wrong with a try; `None` when nothing was.
fn fault(said: &Result<Said, CallError>) -> Option<String> {
    let said = match said {
        Ok(said) => said,
        Err(why) => return Some(why.to_string().chars().take(MOST_FAULT_CHARS).collect()),
    };
    let what = match said.status {
        200..300 => return None,
        300..400 => "redirects are not followed; set the webhook to the address itself",
        GONE => "the receiver is gone for good",
        429 => "the receiver asks for patience",
        _ => "only a status of 200 to 299 says that it was taken",
    };
    Some(format!("it answered {}: {what}", said.status))
}

/// The moment that a `Retry-After` names: seconds from now, or a date.
fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(now + Millis::from_secs(seconds.into()));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    let ms = u64::try_from(date.timestamp().as_millisecond()).ok()?;
    Some(Timestamp(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_760_000_000);

    #[test]
    fn a_wish_for_patience_is_seconds_or_a_date() {
        assert_eq!(moment("120", START), Some(START + Millis::from_secs(120)));
        let date = "Fri, 21 Nov 2025 21:21:00 GMT";
        assert_eq!(moment(date, START), Some(START + Millis::from_secs(60)));
        assert_eq!(moment("soon", START), None);
        assert_eq!(moment("-5", START), None);
    }
}
