//! The evidence against a mean, however often one looks.
//!
//! For observations in 0…1 with mean `p`, `M(p) = ∫ q^s (1−q)^(n−s) dπ(q) / (p^s (1−p)^(n−s))` is a nonnegative
//! supermartingale that starts at one (`s` the sum, `n` the count, `π` the Beta(½, ½) distribution): a martingale for
//! outcomes 0 and 1, and for values in between because `x ↦ (q/p)^x ((1−q)/(1−p))^(1−x)` is convex. By Ville's
//! inequality it ever reaches `1/α` with a probability of at most `α`, whenever and however often one looks.
//!
//! Sources: H. Robbins, *Statistical methods related to the law of the iterated logarithm*, Ann. Math. Stat. 41 (1970);
//! S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, *Time-uniform, nonparametric, nonasymptotic confidence sequences*,
//! Ann. Stat. 49 (2021); R. Krichevsky, V. Trofimov, *The performance of universal encoding*, IEEE Trans. Inf. Theory
//! 27 (1981), for the Beta(½, ½) mixture.

/// Visitors of one arm and what they add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arm {
    /// How many there are.
    pub visitors: u64,
    /// The sum of their outcomes, each in 0…1: for conversions, how many converted.
    pub sum: f64,
}

impl Arm {
    /// An arm of which `converted` of `visitors` converted.
    pub fn new(visitors: u64, converted: u64) -> Self {
        Self {
            visitors,
            sum: converted.min(visitors) as f64,
        }
    }

    /// The mean outcome; zero for an empty arm.
    pub fn mean(self) -> f64 {
        if self.visitors == 0 {
            return 0.0;
        }
        self.sum / self.visitors as f64
    }

    /// What is missing to the greatest possible sum.
    pub(super) fn rest(self) -> f64 {
        (self.visitors as f64 - self.sum).max(0.0)
    }

    /// The logarithm of the mixture's likelihood.
    pub(super) fn log_mixture(self) -> f64 {
        log_beta(self.sum + 0.5, self.rest() + 0.5) - log_beta(0.5, 0.5)
    }

    /// The logarithm of the likelihood of a mean; minus infinity when it is impossible.
    pub(super) fn log_likelihood(self, mean: f64) -> f64 {
        weighted(self.sum, mean) + weighted(self.rest(), 1.0 - mean)
    }
}

/// `weight · ln x`, and zero without weight.
fn weighted(weight: f64, x: f64) -> f64 {
    if weight == 0.0 {
        0.0
    } else if x <= 0.0 {
        f64::NEG_INFINITY
    } else {
        weight * x.ln()
    }
}

/// The logarithm of the Beta function.
pub(super) fn log_beta(a: f64, b: f64) -> f64 {
    log_gamma(a) + log_gamma(b) - log_gamma(a + b)
}

/// The logarithm of the Gamma function for positive numbers: shifted above 10, then Stirling's series, whose error is
/// below 1e-12 there. Source: Abramowitz and Stegun, *Handbook of Mathematical Functions*, 6.1.41.
pub(super) fn log_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - f64::ln(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gamma_function_agrees_with_factorials_and_the_half() {
        let mut factorial = 1.0_f64;
        for n in 1..40_u32 {
            let log = log_gamma(f64::from(n));
            assert!((log - factorial.ln()).abs() < 1e-9, "{n}: {log}");
            factorial *= f64::from(n);
        }
        let half = std::f64::consts::PI.sqrt().ln();
        assert!((log_gamma(0.5) - half).abs() < 1e-11);
    }

    #[test]
    fn evidence_starts_at_one_and_grows_step_by_step() {
        assert!(Arm::default().log_mixture().abs() < 1e-12);
        // The mixture predicts the next success with (s + 1/2) / (n + 1).
        let (before, after) = (Arm::new(9, 3).log_mixture(), Arm::new(10, 4).log_mixture());
        assert!((after - before - (3.5_f64 / 10.0).ln()).abs() < 1e-10);
    }

    #[test]
    fn what_cannot_be_has_no_likelihood() {
        assert!(Arm::new(5, 0).log_likelihood(0.0).abs() < 1e-12);
        assert!(Arm::new(5, 1).log_likelihood(0.0).is_infinite());
        assert!(Arm::new(5, 5).log_likelihood(1.0).abs() < 1e-12);
        assert!(Arm::default().mean().abs() < 1e-12);
    }
}
