//! When a delivery that failed is tried again: sooner at first, then more and more rarely, for a day.

use crate::domain::{Millis, Timestamp};
use crate::store::ParcelId;

/// So long after an event its delivery is given up.
pub const GIVE_UP_AFTER: Millis = Millis::from_hours(24);
/// How long after each failed try the next one follows; the last span repeats.
const PAUSES: [Millis; 9] = [
    Millis::from_secs(5),
    Millis::from_secs(30),
    Millis::from_mins(2),
    Millis::from_mins(10),
    Millis::from_mins(30),
    Millis::from_hours(1),
    Millis::from_hours(2),
    Millis::from_hours(4),
    Millis::from_hours(5),
];
/// A pause is up to this part of it longer, so that what failed together does not come back together.
const JITTER_PERCENT: u64 = 25;

/// When the next try of a delivery follows, after `tries` that failed; `None` when its day is over. A receiver that says
/// `not_before` is not asked earlier.
pub fn next(
    id: ParcelId,
    created: Timestamp,
    tries: u8,
    now: Timestamp,
    not_before: Option<Timestamp>,
) -> Option<Timestamp> {
    let nth = usize::from(tries.saturating_sub(1)).min(PAUSES.len() - 1);
    let pause = PAUSES[nth];
    let at = now + pause + jitter(id, tries, pause);
    let at = at.max(not_before.unwrap_or_default());
    (at <= created + GIVE_UP_AFTER).then_some(at)
}

/// A part of a span that differs from delivery to delivery and from try to try, always the same for the same.
pub fn jitter(id: ParcelId, tries: u8, span: Millis) -> Millis {
    let hash = blake3::Hasher::new()
        .update(&id.0)
        .update(&[tries])
        .finalize();
    let [a, b, ..] = *hash.as_bytes();
    let most = span.0 * JITTER_PERCENT / 100;
    Millis(most * u64::from(u16::from_be_bytes([a, b])) / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_763_760_000_000);

    /// The moments of all tries of a delivery that always fails at once.
    fn tries(id: ParcelId) -> Vec<Timestamp> {
        let (mut at, mut all) = (START, vec![START]);
        while let Some(next) = next(id, START, all.len() as u8, at, None) {
            at = next;
            all.push(at);
        }
        all
    }

    #[test]
    fn a_delivery_is_tried_for_a_day_and_no_longer() {
        for nth in 0..200 {
            let all = tries(ParcelId([nth; 16]));
            assert!((9..=14).contains(&all.len()), "{} tries", all.len());
            let last = all.last().unwrap().since(START);
            assert!(last <= GIVE_UP_AFTER && last >= Millis::from_hours(15));
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn what_failed_together_comes_back_apart() {
        let second = |nth| tries(ParcelId([nth; 16]))[8];
        let mut moments: Vec<_> = (0..100).map(second).collect();
        moments.sort_unstable();
        moments.dedup();
        assert!(moments.len() > 95, "{}", moments.len());
    }

    #[test]
    fn a_receiver_is_not_asked_before_it_wants_to_be() {
        let id = ParcelId([1; 16]);
        let wish = START + Millis::from_hours(3);
        assert_eq!(next(id, START, 1, START, Some(wish)), Some(wish));
        let too_late = START + Millis::from_hours(25);
        assert_eq!(next(id, START, 1, START, Some(too_late)), None);
        assert!(next(id, START, 6, START, Some(START)).unwrap() > START);
    }
}
