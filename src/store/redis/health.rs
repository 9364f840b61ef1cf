//! Asking Redis so that an outage costs nobody more than a moment: in time, through breakers, and with probes that end
//! an outage by themselves.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use redis::RedisResult;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::store::StoreError;

use super::breaker::{Breaker, Breakers};
use super::trouble::Trouble;

/// How often Redis is tried while a breaker is open.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// Making connections anew may take so many times as long as a command.
const RENEWAL: u32 = 5;

/// What it takes to find out whether Redis works again.
pub trait Mend: Send + Sync {
    /// Writes something short-lived to the part of Redis with this hash slot: what only reads would not notice a
    /// replica or a full memory.
    fn probe(&self, slot: u16) -> impl Future<Output = RedisResult<()>> + Send;

    /// Makes all connections anew, to whichever server is the primary now.
    fn renew(&self) -> impl Future<Output = RedisResult<()>> + Send;
}

/// Knows whether Redis does what it is asked.
#[derive(Debug)]
pub struct Health {
    breakers: Breakers,
    errors: [AtomicU64; Trouble::ALL.len()],
    timeout: Duration,
    opened: Notify,
    /// Whether connections may be dead, noticed or not.
    stale: AtomicBool,
}

/// What went wrong: the kind, and the particulars for a person.
#[derive(Debug)]
struct Failure(Trouble, Arc<str>);

impl Health {
    /// For a single server or a cluster, each command of which may take so long.
    pub fn new(cluster: bool, timeout: Duration) -> Self {
        Self {
            breakers: Breakers::new(cluster),
            errors: Default::default(),
            timeout,
            opened: Notify::new(),
            stale: AtomicBool::new(false),
        }
    }

    /// Waits for a command that concerns this hash slot; not at all while that part of Redis is out of order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]. After a time-out or a lost connection nobody knows whether Redis has done it.
    pub async fn ask<T>(
        &self,
        slot: u16,
        command: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, StoreError> {
        let breaker = self.breakers.of(slot);
        let unavailable = |why: Arc<str>| StoreError::Unavailable(why.to_string());
        let permit = breaker.permit().map_err(unavailable)?;
        match self.in_time(self.timeout, command).await {
            Ok(answer) => {
                breaker.succeeded(permit);
                Ok(answer)
            }
            Err(Failure(trouble, why)) => {
                if !trouble.is_outage() {
                    tracing::error!(%why, "Redis refused a command");
                } else if breaker.failed(permit, trouble, &why) {
                    tracing::warn!(%why, "Redis is asked no more until it answers a probe");
                    self.opened.notify_one();
                }
                Err(unavailable(why))
            }
        }
    }

    /// Runs a command; whatever goes wrong is counted and named.
    async fn in_time<T>(
        &self,
        limit: Duration,
        command: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Failure> {
        let (trouble, why) = match timeout(limit, command).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(why)) => (Trouble::from(&why), why.to_string()),
            Err(_) => (Trouble::Timeout, String::new()),
        };
        // Of a time-out there is nothing more to be said.
        let why = if trouble == Trouble::Timeout {
            trouble.describe().to_owned()
        } else {
            format!("{} ({why})", trouble.describe())
        };
        self.errors[trouble as usize].fetch_add(1, Ordering::Relaxed);
        if trouble.wants_new_connection() || trouble == Trouble::Timeout {
            self.stale.store(true, Ordering::Relaxed);
        }
        Err(Failure(trouble, why.into()))
    }

    /// Whether Redis, or at least half of it, does what it is asked.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn check(&self) -> Result<(), StoreError> {
        match self.breakers.outage() {
            None => Ok(()),
            Some(why) => Err(StoreError::Unavailable(why.to_string())),
        }
    }

    /// Which parts of Redis are out of order, and why; `None` when all is well.
    pub fn describe(&self) -> Option<String> {
        self.breakers.describe()
    }

    /// Breakers that are open now.
    pub fn open(&self) -> usize {
        self.breakers.count_open()
    }

    /// What went wrong so far, by kind.
    pub fn errors(&self) -> impl Iterator<Item = (Trouble, u64)> {
        let counts = self.errors.iter().map(|one| one.load(Ordering::Relaxed));
        Trouble::ALL.into_iter().zip(counts)
    }

    /// Ends every outage as soon as Redis works again; runs for as long as the store does.
    pub async fn watch(&self, redis: &impl Mend) {
        loop {
            self.opened.notified().await;
            while self.breakers.count_open() > 0 {
                self.try_to_mend(redis).await;
                if self.breakers.count_open() > 0 {
                    sleep(PROBE_EVERY).await;
                }
            }
        }
    }

    /// Probes every part, on new connections if the old ones may be dead: those that nobody has asked lately may be out
    /// of order, too.
    async fn try_to_mend(&self, redis: &impl Mend) {
        if self.stale.swap(false, Ordering::Relaxed) {
            let renewed = self.in_time(self.timeout * RENEWAL, redis.renew()).await;
            // A part of a cluster may work all the same: the probes tell.
            self.stale.fetch_or(renewed.is_err(), Ordering::Relaxed);
        }
        let all = self.breakers.all();
        let probes = all.map(|(slot, breaker)| self.probe(redis, slot, breaker));
        futures_util::future::join_all(probes).await;
        if self.breakers.count_open() == 0 {
            tracing::info!("Redis answers again");
        }
    }

    /// Closes a breaker if its part of Redis answers, and counts it as any other failure if not: a part that is well may
    /// wait for one that is not, since they share connections.
    async fn probe(&self, redis: &impl Mend, slot: u16, breaker: &Breaker) {
        match self.in_time(self.timeout, redis.probe(slot)).await {
            Ok(()) => breaker.close(),
            Err(Failure(trouble, why)) => match breaker.permit() {
                Ok(permit) => {
                    breaker.failed(permit, trouble, &why);
                }
                Err(_) => breaker.still_open(&why),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use redis::RedisError;
    use std::io::ErrorKind;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(10);

    /// A Redis that works or not, and whose old connections may be dead for good.
    #[derive(Default)]
    struct Pretended {
        works: AtomicBool,
        stale: AtomicBool,
        probes: AtomicU64,
    }

    impl Mend for Pretended {
        async fn probe(&self, _slot: u16) -> RedisResult<()> {
            self.probes.fetch_add(1, Ordering::Relaxed);
            if self.stale.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            if self.works.load(Ordering::Relaxed) {
                return Ok(());
            }
            Err(RedisError::from(std::io::Error::from(
                ErrorKind::ConnectionRefused,
            )))
        }

        async fn renew(&self) -> RedisResult<()> {
            if self.works.load(Ordering::Relaxed) {
                self.stale.store(false, Ordering::Relaxed);
            }
            self.probe(0).await
        }
    }

    async fn hang(health: &Health) -> Result<(), StoreError> {
        health.ask(0, std::future::pending()).await
    }

    #[tokio::test]
    async fn nobody_waits_while_it_is_out_of_order_and_it_recovers_by_itself() {
        let (health, redis) = (Health::new(false, LIMIT), Pretended::default());
        redis.stale.store(true, Ordering::Relaxed);
        let story = async {
            for _ in 0..3 {
                assert!(health.check().is_ok());
                assert!(hang(&health).await.is_err());
            }
            let left_alone = async { unreachable!("nobody asks it") };
            let why = health.ask::<()>(0, left_alone).await.unwrap_err();
            assert!(why.to_string().contains("in time"), "{why}");
            assert!(health.check().is_err());
            while redis.probes.load(Ordering::Relaxed) < 4 {
                sleep(LIMIT).await;
            }
            assert!(health.check().is_err());
            redis.works.store(true, Ordering::Relaxed);
            while health.check().is_err() {
                sleep(LIMIT).await;
            }
            assert_eq!(health.ask(0, async { Ok(7) }).await, Ok(7));
        };
        tokio::select! {
            () = health.watch(&redis) => {}
            () = story => {}
        }
        let timeouts = health
            .errors()
            .find(|(trouble, _)| *trouble == Trouble::Timeout);
        assert!(timeouts.is_some_and(|(_, count)| count >= 3));
        assert_eq!(health.open(), 0);
    }

    #[tokio::test]
    async fn a_command_that_redis_does_not_understand_is_no_outage() {
        let health = Health::new(false, LIMIT);
        for _ in 0..10 {
            let refused = async {
                let answer = redis::parse_redis_value(b"-ERR unknown command\r\n")?;
                answer.extract_error()
            };
            assert!(health.ask(0, refused).await.is_err());
        }
        assert_eq!(health.check(), Ok(()));
        let refused = health
            .errors()
            .find(|(trouble, _)| *trouble == Trouble::Refused);
        assert_eq!(refused, Some((Trouble::Refused, 10)));
    }
}
