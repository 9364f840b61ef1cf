//! The difference between two mean values, such as what a visitor spends up to a cap, with an interval that may be looked at any time.
//!
//! Two arms' evidence multiplies: `M(p₁) · M(p₀)` is a supermartingale under the true pair of means, whatever order the
//! visitors come in. A difference `δ` is excluded when every pair with `p₁ − p₀ = δ` is, that is when the smallest
//! product along that line reaches `1/α`. So the interval covers the truth at all looks together with a probability of
//! at least `1 − α`, for any number of visitors: nothing is approximated.
//!
//! Sources: R. Turner, P. Grünwald, *Exact anytime-valid confidence intervals for contingency tables and beyond*,
//! Stat. Probab. Lett. 198 (2023); L. Wasserman, A. Ramdas, S. Balakrishnan, *Universal inference*, PNAS 117 (2020).

use std::ops::RangeInclusive;

use serde::Serialize;

use super::mixture::Arm;

/// How often the bounds are halved: the interval is exact to about 1e-12.
const HALVINGS: u32 = 42;

/// A number with the interval in which the truth lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The number itself.
    pub estimate: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// The numbers around `estimate`, as far as the ends of `range`, that the evidence does not exclude. What is
    /// excluded on one side of the estimate lies beyond what is not.
    pub(super) fn around(
        estimate: f64,
        range: RangeInclusive<f64>,
        excluded: impl Fn(f64) -> bool,
    ) -> Self {
        let bound = |end: f64| {
            if !excluded(end) {
                return end;
            }
            let (mut inside, mut outside) = (estimate, end);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(inside, outside);
                if excluded(middle) {
                    outside = middle;
                } else {
                    inside = middle;
                }
            }
            outside
        };
        Self {
            estimate,
            low: bound(*range.start()),
            high: bound(*range.end()),
        }
    }

    /// Half of its width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether there surely is a difference.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The mean of `treated` less that of `control`, with its interval at level `alpha` (0.05 for 95 %).
pub fn difference(treated: Arm, control: Arm, alpha: f64) -> Interval {
    let estimate = treated.mean() - control.mean();
    let excluded = |delta: f64| excludes(treated, control, delta, alpha);
    Interval::around(estimate, -1.0..=1.0, excluded)
}

/// Whether the arms speak against a true difference of `delta` at level `alpha`.
pub fn excludes(treated: Arm, control: Arm, delta: f64, alpha: f64) -> bool {
    let evidence = treated.log_mixture() + control.log_mixture();
    evidence - likeliest(treated, control, delta) >= -alpha.ln()
}

/// The greatest log-likelihood of two means that differ by `delta`: concave in either mean, so its slope is halved.
fn likeliest(treated: Arm, control: Arm, delta: f64) -> f64 {
    let likelihood = |p: f64| treated.log_likelihood(p + delta) + control.log_likelihood(p);
    let (mut low, mut high) = ((-delta).max(0.0), (1.0 - delta).min(1.0));
    // Nowhere else may both means be possible.
    let ends = likelihood(low).max(likelihood(high));
    for _ in 0..HALVINGS {
        let p = f64::midpoint(low, high);
        let slope = slope(treated, p + delta) + slope(control, p);
        if slope > 0.0 {
            low = p;
        } else {
            high = p;
        }
    }
    ends.max(likelihood(f64::midpoint(low, high)))
}

/// The slope of the log-likelihood at a mean within 0…1.
fn slope(arm: Arm, mean: f64) -> f64 {
    let part = |weight: f64, x: f64| if weight == 0.0 { 0.0 } else { weight / x };
    part(arm.sum, mean) - part(arm.rest(), 1.0 - mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_knows_anything_before_the_first_visitor() {
        let interval = difference(Arm::default(), Arm::default(), 0.05);
        assert_eq!((interval.low, interval.high), (-1.0, 1.0));
        assert!(!interval.excludes_zero());
    }

    #[test]
    fn an_interval_holds_its_estimate_and_narrows() {
        let mut width = 2.0;
        for times in [1, 10, 100, 1_000, 10_000] {
            let interval = difference(
                Arm::new(90 * times, 9 * times),
                Arm::new(10 * times, times / 2),
                0.05,
            );
            assert!(interval.low <= interval.estimate && interval.estimate <= interval.high);
            assert!(interval.half_width() < width, "{interval:?}");
            width = interval.half_width();
        }
        assert!(width < 0.01, "{width}");
    }

    #[test]
    fn arms_change_places_and_the_interval_its_sign() {
        let (a, b) = (Arm::new(900, 120), Arm::new(100, 3));
        let (one, other) = (difference(a, b, 0.05), difference(b, a, 0.05));
        assert!((one.low + other.high).abs() < 1e-9 && (one.high + other.low).abs() < 1e-9);
    }

    #[test]
    fn a_clear_difference_is_seen_and_none_is_not() {
        let clear = difference(Arm::new(9_000, 900), Arm::new(1_000, 40), 0.05);
        assert!(clear.low > 0.0, "{clear:?}");
        let none = difference(Arm::new(9_000, 450), Arm::new(1_000, 50), 0.05);
        assert!(!none.excludes_zero(), "{none:?}");
        let never = difference(Arm::new(50, 0), Arm::new(50, 0), 0.05);
        assert!(never.low < -0.05 && never.high > 0.05, "{never:?}");
    }

    #[test]
    fn the_ends_are_where_the_evidence_changes_its_mind() {
        let (treated, control) = (Arm::new(800, 61), Arm::new(200, 7));
        let interval = difference(treated, control, 0.05);
        for (end, out) in [(interval.low, -1e-6), (interval.high, 1e-6)] {
            assert!(excludes(treated, control, end + out, 0.05));
            assert!(!excludes(treated, control, end - out, 0.05));
        }
    }
}
