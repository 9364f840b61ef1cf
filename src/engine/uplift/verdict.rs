//! What may be said about an experiment, and when it is too early to say anything.

use serde::Serialize;

use super::conversion::{Group, Uplift, uplift};

/// Two arms are called alike when one surely converts within a fifth of the other.
const ALIKE: std::ops::RangeInclusive<f64> = 0.8..=1.25;
/// Nobody is told to wait for longer than this.
const MAX_DAYS: f64 = 365.0;
/// With fewer conversions than this in an arm, what is to come is guessed from so many.
const FEW: f64 = 0.5;

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The treated convert more often.
    Better(Uplift),
    /// The treated convert less often.
    Worse(Uplift),
    /// If there is an effect, it is less than a fifth of what happens anyway.
    Alike(Uplift),
    /// Not enough data for a number.
    TooEarly {
        /// About so many more days at this traffic, if things go on as they are; `None`: more than a year, or nobody
        /// can tell.
        days: Option<u32>,
    },
    /// The arms do not have the sizes that they should have, so that no number can be trusted.
    BrokenSplit,
}

/// Compares two arms that have been filling for so many days.
pub fn verdict(treated: Group, control: Group, alpha: f64, days: f64) -> Verdict {
    settled(treated, control, alpha).unwrap_or_else(|| Verdict::TooEarly {
        days: wait(treated, control, alpha, days),
    })
}

/// The verdict, if there is enough data for one.
fn settled(treated: Group, control: Group, alpha: f64) -> Option<Verdict> {
    let found = uplift(treated, control, alpha);
    if found.difference.low > 0.0 {
        Some(Verdict::Better(found))
    } else if found.difference.high < 0.0 {
        Some(Verdict::Worse(found))
    } else if ALIKE.contains(&found.ratio.low) && ALIKE.contains(&found.ratio.high) {
        Some(Verdict::Alike(found))
    } else {
        None
    }
}

/// How many more days until there would be a verdict if both arms grew on in proportion.
fn wait(treated: Group, control: Group, alpha: f64, days: f64) -> Option<u32> {
    let nobody_converted = treated.converted + control.converted == 0;
    if days <= 0.0 || treated.visitors == 0 || control.visitors == 0 || nobody_converted {
        return None;
    }
    let would_settle = |times: f64| {
        let (treated, control) = (grown(treated, times), grown(control, times));
        settled(treated, control, alpha).is_some()
    };
    let most = MAX_DAYS / days + 1.0;
    if !would_settle(most) {
        return None;
    }
    let (mut low, mut high) = (1.0, most);
    while (high - low) * days > 0.25 {
        let middle = f64::midpoint(low, high);
        if would_settle(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(((high - 1.0) * days).ceil().clamp(1.0, MAX_DAYS) as u32)
}

/// The arm after so many times as many visitors. One without conversions is given half of one: it will have some.
fn grown(arm: Group, times: f64) -> Group {
    let visitors = (arm.visitors as f64 * times) as u64;
    let converted = (arm.converted as f64).max(FEW) * times;
    Group {
        visitors,
        converted: (converted.round() as u64).min(visitors),
        ..arm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(treated: (u64, u64), control: (u64, u64), days: f64) -> Verdict {
        let group = |share, (visitors, converted)| Group {
            share,
            visitors,
            converted,
        };
        verdict(group(0.9, treated), group(0.1, control), 0.05, days)
    }

    #[test]
    fn little_data_gives_no_number_but_a_time_to_wait() {
        let few = compare((900, 60), (100, 4), 3.0);
        let Verdict::TooEarly { days: Some(days) } = few else {
            panic!("{few:?}");
        };
        assert!((5..300).contains(&days), "{days}");
        for nobody in [(0, 0), (40, 0)] {
            let nothing = compare((nobody.0 * 9, nobody.1), nobody, 3.0);
            assert_eq!(nothing, Verdict::TooEarly { days: None });
        }
    }

    #[test]
    fn the_time_to_wait_is_honest() {
        let after = |days: u64| {
            let times = days + 1;
            compare(
                (900 * times, 90 * times),
                (100 * times, 5 * times),
                times as f64,
            )
        };
        let Verdict::TooEarly { days: Some(days) } = after(0) else {
            panic!("it is too early");
        };
        assert!(
            matches!(after(u64::from(days)), Verdict::Better(_)),
            "{days}"
        );
        let half = after(u64::from(days) / 2);
        assert!(matches!(half, Verdict::TooEarly { .. }), "{days}: {half:?}");
    }

    #[test]
    fn much_data_gives_a_verdict() {
        let better = compare((90_000, 9_000), (10_000, 800), 9.0);
        assert!(
            matches!(better, Verdict::Better(found) if found.difference.low > 0.0),
            "{better:?}"
        );
        let worse = compare((90_000, 6_000), (10_000, 800), 9.0);
        assert!(matches!(worse, Verdict::Worse(_)), "{worse:?}");
        let alike = compare((900_000, 90_000), (100_000, 10_000), 9.0);
        assert!(matches!(alike, Verdict::Alike(_)), "{alike:?}");
    }

    #[test]
    fn nobody_waits_for_longer_than_a_year() {
        let hopeless = compare((90, 1), (10, 0), 300.0);
        assert_eq!(hopeless, Verdict::TooEarly { days: None });
    }
}
