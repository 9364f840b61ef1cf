//! What the metrics show as it is now: read from the running service when they are asked for.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Word, family};

/// What was wrong with Redis.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Fault {
    /// The kind of trouble, such as `timeout`.
    pub kind: Word,
}

/// What is known of Redis, where the store lies in it.
#[derive(Clone, Debug, Default)]
pub struct RedisReadings {
    /// Parts of Redis that are out of order, and asked no more until a probe succeeds.
    pub out_of_order: usize,
    /// What went wrong since the start, by kind.
    pub errors: Vec<(&'static str, u64)>,
    /// How well this node hears the others, by kind.
    pub feed: Vec<(&'static str, u64)>,
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
    /// Whether changes are taken.
    pub writable: bool,
    /// How Redis does.
    pub redis: RedisReadings,
}

pub(super) struct Gauges {
    visitors: Gauge,
    streams: Gauge,
    timers: Gauge,
    waiting: Gauge,
    commits: Gauge,
    writes: Gauge,
    saves: Gauge,
    disk_bytes: Gauge,
    shadow_dropped: Gauge,
    outbox_dropped: Gauge,
    writable: Gauge,
    redis_out_of_order: Gauge,
    redis_errors: Family<Fault, Gauge>,
    redis_feed: Family<Fault, Gauge>,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let redis_errors = family(
            registry,
            "redis_errors",
            "What went wrong with Redis since the start, by kind",
        );
        let redis_feed = family(
            registry,
            "redis_feed",
            "How well this node hears the others",
        );
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
            commits: gauge(
                "store_commits",
                "Group commits since the start, each one fsync",
            ),
            writes: gauge("store_writes", "Writes in those commits"),
            saves: gauge("store_saves", "States saved since the start"),
            disk_bytes: gauge("store_disk_bytes", "Bytes on disk"),
            shadow_dropped: gauge(
                "shadow_dropped",
                "Records that the shadows at work were not told of because they could not keep up",
            ),
            outbox_dropped: gauge(
                "outbox_dropped",
                "Parcels for somebody outside that were not kept because too many waited",
            ),
            writable: gauge("store_writable", "1 while changes are taken"),
            redis_out_of_order: gauge(
                "redis_out_of_order",
                "Parts of Redis that are asked no more until a probe succeeds",
            ),
            redis_errors,
            redis_feed,
        }
    }

    pub(super) fn set(&self, readings: &Readings) {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.visitors.set(number(readings.visitors as u64));
        self.streams.set(number(readings.streams as u64));
        self.timers.set(number(readings.timers as u64));
        self.waiting.set(number(readings.waiting as u64));
        self.commits.set(number(readings.commits));
        self.writes.set(number(readings.writes));
        self.saves.set(number(readings.saves));
        self.disk_bytes.set(number(readings.disk_bytes));
        self.shadow_dropped.set(number(readings.shadow_dropped));
        self.outbox_dropped.set(number(readings.outbox_dropped));
        self.writable.set(i64::from(readings.writable));
        self.redis_out_of_order
            .set(number(readings.redis.out_of_order as u64));
        let errors = readings.redis.errors.iter();
        let feed = readings.redis.feed.iter();
        let errors = errors.map(|one| (&self.redis_errors, one));
        let feed = feed.map(|one| (&self.redis_feed, one));
        for (family, (kind, count)) in errors.chain(feed) {
            let fault = Fault { kind: Word(kind) };
            family.get_or_create(&fault).set(number(*count));
        }
    }
}
