//! Conversions with and without greeting: the ratio and the difference of two rates, with intervals that may be looked at
//! any time.
//!
//! Visitors fall into the arms with planned shares `π₁` and `π₀`. Among those who convert, one is a treated one with
//! `θ = π₁p₁ / (π₁p₁ + π₀p₀)`, one after the other and whatever the traffic does: so the converted alone tell the ratio
//! `p₁/p₀`, by one unknown number, exactly and for the rarest of goals. All visitors together tell the common rate
//! `m = π₁p₁ + π₀p₀`, and `p₁ − p₀ = m · (θ/π₁ − (1−θ)/π₀)`. The interval of `θ` gets four fifths of the allowed error,
//! that of `m` the rest, so both hold at once (Bonferroni); the difference lies above zero exactly when the ratio lies
//! above one.
//!
//! Source: M. Lindon, A. Malek, *Anytime-valid inference for multinomial count data*, NeurIPS 2022, for counting the
//! converted; see `mixture` for the evidence.

use serde::Serialize;

use super::Interval;
use super::mixture::{Arm, log_beta};

/// How much of the allowed error the arm of the converted gets; their rate gets the rest.
const FOR_THE_ARM: f64 = 0.8;
/// How close to no effect the mixture expects the truth: as close as after so many conversions.
const CONCENTRATION: f64 = 40.0;

/// One arm of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Group {
    /// The planned share of the audience; only its proportion to the other arm's counts.
    pub share: f64,
    /// How many visitors there are.
    pub visitors: u64,
    /// How many of them converted.
    pub converted: u64,
}

impl Group {
    /// Conversions per visitor; zero without visitors.
    pub fn rate(self) -> f64 {
        Arm::new(self.visitors, self.converted).mean()
    }
}

/// What treatment does to the conversion rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Uplift {
    /// The treated rate less the control's.
    pub difference: Interval,
    /// The treated rate in proportion to the control's: 1 is no effect. Without a bound above: infinite, in JSON null.
    pub ratio: Interval,
}

/// Compares two arms at level `alpha` (0.05 for 95 %).
pub fn uplift(treated: Group, control: Group, alpha: f64) -> Uplift {
    let total = treated.share + control.share;
    if treated.share <= 0.0 || control.share <= 0.0 {
        return unknown(treated, control);
    }
    let (one, none) = (treated.share / total, control.share / total);
    let arm = arm_of_converted(
        treated.converted,
        control.converted,
        one,
        alpha * FOR_THE_ARM,
    );
    let everybody = Arm::new(
        treated.visitors + control.visitors,
        treated.converted + control.converted,
    );
    let rate = mean(everybody, alpha * (1.0 - FOR_THE_ARM));
    let effect = |theta: f64| theta / one - (1.0 - theta) / none;
    let scaled =
        |effect: f64, small: f64, large: f64| effect * if effect > 0.0 { small } else { large };
    let ratio = |theta: f64| theta * none / ((1.0 - theta) * one);
    Uplift {
        difference: Interval {
            estimate: treated.rate() - control.rate(),
            low: scaled(effect(arm.low), rate.low, rate.high).max(-1.0),
            high: scaled(effect(arm.high), rate.high, rate.low).min(1.0),
        },
        ratio: Interval {
            estimate: treated.rate() / control.rate(),
            low: ratio(arm.low),
            high: ratio(arm.high),
        },
    }
}

/// What is known when one arm has no share: nothing.
fn unknown(treated: Group, control: Group) -> Uplift {
    Uplift {
        difference: Interval {
            estimate: treated.rate() - control.rate(),
            low: -1.0,
            high: 1.0,
        },
        ratio: Interval {
            estimate: treated.rate() / control.rate(),
            low: 0.0,
            high: f64::INFINITY,
        },
    }
}

/// The chance that one who converts is a treated one, with its interval.
fn arm_of_converted(treated: u64, control: u64, share: f64, alpha: f64) -> Interval {
    let (a, b) = (CONCENTRATION * share, CONCENTRATION * (1.0 - share));
    let converted = Arm::new(treated + control, treated);
    let evidence = log_beta(a + treated as f64, b + control as f64) - log_beta(a, b);
    around(converted, evidence, share, alpha)
}

/// A mean in 0…1 with its interval at level `alpha`, which may be looked at any time.
pub fn mean(arm: Arm, alpha: f64) -> Interval {
    around(arm, arm.log_mixture(), 0.5, alpha)
}

/// Every mean that the evidence does not exclude; `otherwise` is the estimate when there is nobody.
fn around(arm: Arm, evidence: f64, otherwise: f64, alpha: f64) -> Interval {
    let estimate = if arm.visitors == 0 {
        otherwise
    } else {
        arm.mean()
    };
    let excluded = |mean: f64| evidence - arm.log_likelihood(mean) >= -alpha.ln();
    Interval::around(estimate, 0.0..=1.0, excluded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(share: f64, visitors: u64, converted: u64) -> Group {
        Group {
            share,
            visitors,
            converted,
        }
    }

    #[test]
    fn nothing_is_known_at_first() {
        let first = uplift(group(0.9, 0, 0), group(0.1, 0, 0), 0.05);
        assert_eq!((first.difference.low, first.difference.high), (-1.0, 1.0));
        assert_eq!((first.ratio.low, first.ratio.high), (0.0, f64::INFINITY));
        let shareless = uplift(group(1.0, 100, 50), group(0.0, 0, 0), 0.05);
        assert!(!shareless.difference.excludes_zero());
    }

    #[test]
    fn the_difference_has_the_sign_of_the_ratio() {
        for (treated, control) in [(400, 20), (300, 33), (250, 60), (1, 0), (0, 9)] {
            let found = uplift(group(9.0, 9_000, treated), group(1.0, 1_000, control), 0.05);
            let Uplift { difference, ratio } = found;
            assert_eq!(difference.low > 0.0, ratio.low > 1.0, "{found:?}");
            assert_eq!(difference.high < 0.0, ratio.high < 1.0, "{found:?}");
            assert!(difference.low <= difference.estimate, "{found:?}");
            assert!(difference.estimate <= difference.high, "{found:?}");
        }
    }

    #[test]
    fn a_clear_effect_is_seen_with_few_conversions() {
        let clear = uplift(group(0.5, 2_000, 120), group(0.5, 2_000, 60), 0.05);
        assert!(clear.difference.low > 0.0, "{clear:?}");
        assert!(clear.ratio.low > 1.0 && clear.ratio.high < 4.0, "{clear:?}");
    }

    #[test]
    fn the_interval_narrows_with_time() {
        let width = |times: u64| {
            let found = uplift(
                group(0.9, 900 * times, 50 * times),
                group(0.1, 100 * times, 5 * times),
                0.05,
            );
            found.difference.half_width()
        };
        assert!(width(1) > width(10) && width(10) > width(100));
        assert!(width(1_000) < 0.004, "{}", width(1_000));
    }
}
