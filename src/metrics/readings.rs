//! What others count, read when the metrics are asked for.

use std::sync::atomic::Ordering;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Word, counter, family};

/// What a count of Redis is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Fault {
    /// Which kind, such as `timeout`.
    pub kind: Word,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Delivered {
    /// `delivered`, `failed`, `given_up` or `gone`.
    pub outcome: Word,
}

/// What is known of Redis, where the store lies in it.
#[derive(Clone, Debug, Default)]
pub struct RedisReadings {
    /// Parts of Redis that are out of order, and asked no more until a probe succeeds.
    pub out_of_order: usize,
    /// What went wrong since the start, by kind.
    pub errors: Vec<(&'static str, u64)>,
    /// Whether this node does not hear the others now.
    pub deaf: bool,
    /// How well it has heard them since the start, by kind.
    pub feed: Vec<(&'static str, u64)>,
    /// How often changes of visitors were brought to Redis since the start, by what they met.
    pub changes: Vec<(&'static str, u64)>,
}

/// Values read from the running service when the metrics are asked for.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// Visitors in memory.
    pub visitors: usize,
    /// Open streams.
    pub streams: usize,
    /// Pending wake-ups.
    pub timers: usize,
    /// Changes that wait for the disk.
    pub waiting: usize,
    /// Group commits so far.
    pub commits: u64,
    /// Writes in those commits.
    pub writes: u64,
    /// States saved so far.
    pub saves: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Records that shadows were not told of.
    pub shadow_dropped: u64,
    /// Parcels for somebody outside that found no room.
    pub outbox_dropped: u64,
    /// What became of webhooks' deliveries, by outcome.
    pub webhooks: Vec<(&'static str, u64)>,
    /// Deliveries of webhooks that wait in this node's memory.
    pub webhooks_queued: usize,
    /// Receivers of webhooks that are left alone for a while because they failed.
    pub webhooks_resting: usize,
    /// Whether changes are taken.
    pub writable: bool,
    /// How Redis does.
    pub redis: RedisReadings,
}

/// What rises and falls.
pub(super) struct Gauges {
    visitors: Gauge,
    streams: Gauge,
    timers: Gauge,
    waiting: Gauge,
    disk_bytes: Gauge,
    writable: Gauge,
    webhooks_queued: Gauge,
    webhooks_resting: Gauge,
    redis_out_of_order: Gauge,
    redis_deaf: Gauge,
}

/// What only rises.
pub(super) struct Read {
    commits: Counter,
    writes: Counter,
    saves: Counter,
    shadow_dropped: Counter,
    outbox_dropped: Counter,
    webhooks: Family<Delivered, Counter>,
    redis_errors: Family<Fault, Counter>,
    redis_feed: Family<Fault, Counter>,
    redis_changes: Family<Fault, Counter>,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        Self {
            visitors: gauge("visitors_in_memory", "Visitors in memory"),
            streams: gauge("streams_open", "Open streams to browsers"),
            timers: gauge("timers", "Pending wake-ups"),
            waiting: gauge("store_waiting", "Changes that wait for the disk"),
            disk_bytes: gauge("store_disk_bytes", "Bytes on disk"),
            writable: gauge("store_writable", "1 while changes are taken"),
            webhooks_queued: gauge(
                "webhooks_queued",
                "Deliveries of webhooks that wait in memory",
            ),
            webhooks_resting: gauge(
                "webhooks_resting",
                "Receivers of webhooks that are left alone because they failed",
            ),
            redis_out_of_order: gauge(
                "redis_out_of_order",
                "Parts of Redis that are asked no more until a probe succeeds",
            ),
            redis_deaf: gauge("redis_deaf", "1 while this node does not hear the others"),
        }
    }

    pub(super) fn set(&self, readings: &Readings) {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.visitors.set(number(readings.visitors as u64));
        self.streams.set(number(readings.streams as u64));
        self.timers.set(number(readings.timers as u64));
        self.waiting.set(number(readings.waiting as u64));
        self.disk_bytes.set(number(readings.disk_bytes));
        self.writable.set(i64::from(readings.writable));
        self.webhooks_queued
            .set(number(readings.webhooks_queued as u64));
        self.webhooks_resting
            .set(number(readings.webhooks_resting as u64));
        self.redis_out_of_order
            .set(number(readings.redis.out_of_order as u64));
        self.redis_deaf.set(i64::from(readings.redis.deaf));
    }
}

impl Read {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            commits: counter(registry, "store_commits", "Group commits, each one fsync"),
            writes: counter(registry, "store_writes", "Writes in those commits"),
            saves: counter(registry, "store_saves", "States saved"),
            shadow_dropped: counter(
                registry,
                "shadow_dropped",
                "Records that shadows were not told of because they could not keep up",
            ),
            outbox_dropped: counter(
                registry,
                "outbox_dropped",
                "Parcels for somebody outside that were not kept because too many waited",
            ),
            webhooks: family(
                registry,
                "webhook_deliveries",
                "Tries to deliver webhooks, by outcome",
            ),
            redis_errors: family(
                registry,
                "redis_errors",
                "What went wrong with Redis, by kind",
            ),
            redis_feed: family(
                registry,
                "redis_feed",
                "How well this node has heard the others, by kind",
            ),
            redis_changes: family(
                registry,
                "redis_changes",
                "Changes of visitors brought to Redis, by what they met",
            ),
        }
    }

    pub(super) fn set(&self, readings: &Readings) {
        let set = |counter: &Counter, to: u64| counter.inner().store(to, Ordering::Relaxed);
        set(&self.commits, readings.commits);
        set(&self.writes, readings.writes);
        set(&self.saves, readings.saves);
        set(&self.shadow_dropped, readings.shadow_dropped);
        set(&self.outbox_dropped, readings.outbox_dropped);
        for (outcome, count) in &readings.webhooks {
            let outcome = Word(outcome);
            let counter = self.webhooks.get_or_create(&Delivered { outcome });
            set(&counter, *count);
        }
        let redis = &readings.redis;
        let families = [
            (&self.redis_errors, &redis.errors),
            (&self.redis_feed, &redis.feed),
            (&self.redis_changes, &redis.changes),
        ];
        for (family, counts) in families {
            for (kind, count) in counts {
                let fault = Fault { kind: Word(kind) };
                set(&family.get_or_create(&fault), *count);
            }
        }
    }
}
