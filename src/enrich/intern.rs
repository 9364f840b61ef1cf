//! One copy of each common string: a hundred thousand visitors with Chrome in Riyadh share the two words.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What an entry costs beside its text: the two pointers, the counts and the cache's own slot, in bytes.
const ENTRY_OVERHEAD: u64 = 96;

/// A bounded pool of shared strings. What falls out of the pool lives on with whoever holds it.
#[derive(Debug)]
pub struct Interner {
    pool: Cache<Arc<str>, Arc<str>, ByBytes>,
}

#[derive(Clone, Copy, Debug)]
struct ByBytes;

impl Weighter<Arc<str>, Arc<str>> for ByBytes {
    fn weight(&self, key: &Arc<str>, _: &Arc<str>) -> u64 {
        key.len() as u64 + ENTRY_OVERHEAD
    }
}

impl Interner {
    /// A pool that keeps at most about `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        let usual_entry = ENTRY_OVERHEAD + 32;
        let items = usize::try_from(capacity / usual_entry).unwrap_or(usize::MAX);
        Self {
            pool: Cache::with_weighter(items.max(1), capacity, ByBytes),
        }
    }

    /// The shared copy of `text`; known text costs no allocation.
    pub fn intern(&self, text: &str) -> Arc<str> {
        if let Some(known) = self.pool.get(text) {
            return known;
        }
        let shared: Arc<str> = Arc::from(text);
        self.pool.insert(shared.clone(), shared.clone());
        shared
    }

    /// The bytes in the pool, for the gauges.
    pub fn bytes(&self) -> u64 {
        self.pool.weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_text_is_one_copy() {
        let pool = Interner::new(1 << 20);
        let (first, second) = (pool.intern("Chrome"), pool.intern("Chrome"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(&*pool.intern("Safari"), "Safari");
    }

    #[test]
    fn the_pool_stays_within_its_bound() {
        let pool = Interner::new(64 << 10);
        for number in 0..10_000 {
            assert_eq!(*pool.intern(&number.to_string()), number.to_string());
        }
        assert!(pool.bytes() <= 64 << 10, "{} bytes", pool.bytes());
    }
}
