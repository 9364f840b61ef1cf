//! Dice that fall the same way for the same seed.

use std::ops::RangeInclusive;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast and good enough for play. Never for secrets.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    /// Dice of their own for each `stream` of a seed.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(GOLDEN) ^ stream);
        let start = dice.next();
        Self(start ^ stream.wrapping_mul(GOLDEN))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in the range.
    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        low + self.next() % (high - low + 1)
    }

    /// Whether something happens that happens in `percent` of all cases.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.within(1..=100) <= percent
    }

    /// A number from zero up to one, never one.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The time until the next of many independent events, of which one comes every `mean`.
    pub(super) fn gap(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[(self.next() % all.len() as u64) as usize]
    }

    /// One of the entries, each as often as its weight says.
    pub(super) fn weighted<'a, T>(&mut self, all: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let total: u64 = all.iter().map(&weight).sum();
        let mut rest = self.next() % total;
        for entry in all {
            match rest.checked_sub(weight(entry)) {
                Some(less) => rest = less,
                None => return entry,
            }
        }
        unreachable!("the rest is less than the sum of all weights")
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let (first, second) = (self.next(), self.next());
        (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way_and_another_does_not() {
        let throw = |seed, stream| Dice::new(seed, stream).bytes();
        assert_eq!(throw(1, 2), throw(1, 2));
        assert_ne!(throw(1, 2), throw(1, 3));
        assert_ne!(throw(1, 2), throw(2, 2));
    }

    #[test]
    fn weights_and_chances_hold_on_average() {
        let mut dice = Dice::new(7, 0);
        let heavy = (0..10_000)
            .filter(|_| *dice.weighted(&[1_u64, 3], |weight| *weight) == 3)
            .count();
        assert!((7_200..7_800).contains(&heavy), "{heavy}");
        let mean = (0..10_000).map(|_| dice.gap(5.0)).sum::<f64>() / 10_000.0;
        assert!((4.7..5.3).contains(&mean), "{mean}");
    }
}
