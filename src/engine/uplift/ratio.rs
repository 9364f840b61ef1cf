//! The sample-ratio check: do the arms have the shares of the audience that they should have?
//!
//! An experiment whose arms have the wrong sizes measures its own mistake. The evidence is the likelihood of the counts
//! under a Dirichlet mixture around the planned shares, divided by their likelihood under those shares: a martingale
//! while the split is sound, so its inverse is a p-value at any look.
//!
//! Source: M. Lindon, A. Malek, *Anytime-valid inference for multinomial count data*, NeurIPS 2022.

use serde::Serialize;

use super::mixture::log_gamma;

/// Below this the split is called broken.
pub const ALARM: f64 = 0.001;
/// How close to the planned shares a broken split is expected: as close as after so many visitors.
const CONCENTRATION: f64 = 100.0;

/// What the check says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleRatio {
    /// How likely counts this far from the plan are at any look, if the split is sound.
    pub p_value: f64,
    /// Whether the split is broken, so that no number of this experiment can be trusted.
    pub broken: bool,
}

/// Checks counts against planned shares, which add up to one; both in the same order. An arm without a share has nobody.
pub fn sample_ratio(counts: &[u64], shares: &[f64]) -> SampleRatio {
    let total: u64 = counts.iter().sum();
    let mut log_evidence = log_gamma(CONCENTRATION) - log_gamma(CONCENTRATION + total as f64);
    for (count, share) in counts.iter().zip(shares) {
        let count = *count as f64;
        if *share <= 0.0 {
            if count > 0.0 {
                log_evidence = f64::INFINITY;
            }
            continue;
        }
        let prior = CONCENTRATION * share;
        log_evidence += log_gamma(prior + count) - log_gamma(prior) - count * share.ln();
    }
    let p_value = (-log_evidence).exp().min(1.0);
    SampleRatio {
        p_value,
        broken: p_value < ALARM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planned_shares_are_fine_and_others_are_not() {
        assert!(!sample_ratio(&[0, 0], &[0.9, 0.1]).broken);
        assert!(!sample_ratio(&[9_000, 1_000], &[0.9, 0.1]).broken);
        assert!(!sample_ratio(&[9_060, 940], &[0.9, 0.1]).broken);
        assert!(sample_ratio(&[8_700, 1_300], &[0.9, 0.1]).broken);
        assert!(sample_ratio(&[3_000, 3_000, 3_600], &[1.0 / 3.0; 3]).broken);
        assert!(!sample_ratio(&[3_000, 3_050, 2_960], &[1.0 / 3.0; 3]).broken);
    }

    #[test]
    fn an_arm_that_should_be_empty_is() {
        assert!(sample_ratio(&[10, 0], &[1.0, 0.0]).p_value > 0.999);
        assert!(sample_ratio(&[10, 1], &[1.0, 0.0]).broken);
    }
}
