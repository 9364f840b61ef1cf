//! Rate limits, checked before the work they protect. Each kind of key has its own budget.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;

use crate::domain::{Key, VisitorId};
use crate::enrich::network;

use super::problem::{Kind, Problem};

/// When a limiter knows this many keys, keys share budgets until old ones are forgotten: memory stays bounded.
const MAX_KEYS: usize = 1 << 20;
/// How many budgets keys share then.
const SHARED: u64 = 1 << 16;

/// Requests a second, each with a burst of five seconds' worth.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// For one visitor.
    pub per_visitor: NonZeroU32,
    /// For one client network (IPv4 address, IPv6 /48).
    pub per_address: NonZeroU32,
    /// For one site.
    pub per_site: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |per_second| NonZeroU32::new(per_second).expect("the defaults are not zero");
        Self {
            per_visitor: rate(10),
            per_address: rate(100),
            per_site: rate(10_000),
        }
    }
}

/// The budgets of everybody.
pub struct Limits {
    visitors: DefaultKeyedRateLimiter<u64>,
    addresses: DefaultKeyedRateLimiter<u64>,
    sites: DefaultKeyedRateLimiter<u64>,
    clock: DefaultClock,
    crowded: AtomicBool,
}

fn limiter(per_second: NonZeroU32) -> DefaultKeyedRateLimiter<u64> {
    let burst = NonZeroU32::new(per_second.get().saturating_mul(5))
        .expect("a multiple of what is not zero");
    RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst))
}

impl Limits {
    /// Fresh budgets.
    pub fn new(rates: Rates) -> Self {
        Self {
            visitors: limiter(rates.per_visitor),
            addresses: limiter(rates.per_address),
            sites: limiter(rates.per_site),
            clock: DefaultClock::default(),
            crowded: AtomicBool::new(false),
        }
    }

    /// Takes one request from an address's budget.
    ///
    /// # Errors
    ///
    /// [`Kind::RateLimited`] with the time after which there is room again.
    pub fn address(&self, address: IpAddr) -> Result<(), Problem> {
        let key = match address.to_canonical() {
            IpAddr::V4(v4) => u64::from(u32::from(v4)),
            IpAddr::V6(v6) => match network::truncate(IpAddr::V6(v6)).addr() {
                IpAddr::V6(start) => (u128::from(start) >> 64) as u64 | 1 << 63,
                IpAddr::V4(v4) => u64::from(u32::from(v4)),
            },
        };
        self.take(&self.addresses, key, "this address")
    }

    /// Takes one request from a site's budget.
    ///
    /// # Errors
    ///
    /// [`Kind::RateLimited`] with the time after which there is room again.
    pub fn site(&self, site: Key) -> Result<(), Problem> {
        self.take(&self.sites, u64::from(site.0), "this site")
    }

    /// Takes one request from a visitor's budget.
    ///
    /// # Errors
    ///
    /// [`Kind::RateLimited`] with the time after which there is room again.
    pub fn visitor(&self, visitor: VisitorId) -> Result<(), Problem> {
        let (first, _) = visitor
            .0
            .split_first_chunk::<8>()
            .expect("an id has 16 bytes");
        self.take(&self.visitors, u64::from_le_bytes(*first), "this visitor")
    }

    fn take(
        &self,
        limiter: &DefaultKeyedRateLimiter<u64>,
        key: u64,
        whose: &str,
    ) -> Result<(), Problem> {
        let key = if self.crowded.load(Ordering::Relaxed) {
            key % SHARED
        } else {
            key
        };
        limiter.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            let seconds = wait.as_secs() + 1;
            let detail = format!("the budget of {whose} is used up; try again in {seconds} s");
            Problem::new(Kind::RateLimited, detail).retry_after(seconds)
        })
    }

    /// Forgets keys whose budget is full again. Call about once a second.
    pub fn forget_idle(&self) {
        let limiters = [&self.visitors, &self.addresses, &self.sites];
        for limiter in limiters {
            limiter.retain_recent();
        }
        let crowded = limiters.iter().any(|limiter| limiter.len() > MAX_KEYS);
        if self.crowded.swap(crowded, Ordering::Relaxed) != crowded {
            tracing::warn!(
                crowded,
                "rate limits: more than {MAX_KEYS} keys at once make keys share budgets"
            );
        }
    }
}
