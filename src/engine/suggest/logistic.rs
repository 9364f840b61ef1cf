//! Penalised logistic regression on what either happened or did not.
//!
//! `ln(p / (1−p)) = a + Σ bⱼ` over the features j that are there. The likelihood, less half of `RIDGE · Σ bⱼ²`, has one
//! greatest value, which Newton's method finds; the penalty keeps a coefficient finite where a feature is never seen
//! without the outcome, and counts like one visitor's worth of doubt. Standard errors come from the inverse of the
//! penalised Fisher information.
//!
//! Sources: S. le Cessie, J. van Houwelingen, *Ridge estimators in logistic regression*, Appl. Stat. 41 (1992);
//! T. Hastie, R. Tibshirani, J. Friedman, *The elements of statistical learning*, 4.4.1.

/// How much large coefficients cost.
const RIDGE: f64 = 1.0;
/// Newton's method needs a handful of steps; where it needs more than this, something is wrong with the data.
const MAX_STEPS: usize = 60;
/// A step that is halved so often does not help any more.
const MAX_HALVINGS: usize = 40;
/// The method has arrived when no coefficient moves by more than this.
const ARRIVED: f64 = 1e-9;

/// Cases that have the same features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// The features that are there, by number, each once.
    pub features: Box<[u16]>,
    /// How many cases.
    pub count: u64,
    /// How many of them had the outcome.
    pub happened: u64,
}

/// One coefficient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coefficient {
    /// By how much the feature moves the logarithm of the odds.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// The coefficients of so many features; `None` if they cannot be found.
pub fn fit(cases: &[Cases], features: usize) -> Option<Vec<Coefficient>> {
    // The last one is the intercept, which every case has and nothing is taken off for.
    let size = features + 1;
    let mut beta = vec![0.0; size];
    let mut best = likelihood(cases, &beta);
    for _ in 0..MAX_STEPS {
        let (gradient, information) = slopes(cases, &beta);
        let root = Root::of(information)?;
        let step = root.solve(&gradient);
        let (mut scale, mut next) = (1.0, moved(&beta, &step, 1.0));
        let mut found = likelihood(cases, &next);
        for _ in 0..MAX_HALVINGS {
            if found >= best {
                break;
            }
            scale /= 2.0;
            next = moved(&beta, &step, scale);
            found = likelihood(cases, &next);
        }
        let largest = step.iter().fold(0.0_f64, |most, by| most.max(by.abs()));
        (beta, best) = (next, found);
        if largest * scale < ARRIVED {
            break;
        }
    }
    let (_, information) = slopes(cases, &beta);
    let root = Root::of(information)?;
    let each = beta.iter().take(features).enumerate();
    Some(
        each.map(|(at, value)| Coefficient {
            value: *value,
            error: root.variance(at).sqrt(),
        })
        .collect(),
    )
}

fn moved(beta: &[f64], step: &[f64], scale: f64) -> Vec<f64> {
    let pairs = beta.iter().zip(step);
    pairs.map(|(value, by)| value + by * scale).collect()
}

fn score(case: &Cases, beta: &[f64]) -> f64 {
    let features = case.features.iter();
    let sum: f64 = features.map(|feature| beta[usize::from(*feature)]).sum();
    sum + beta[beta.len() - 1]
}

/// The penalised logarithm of the likelihood.
fn likelihood(cases: &[Cases], beta: &[f64]) -> f64 {
    let each = cases.iter().map(|case| {
        let score = score(case, beta);
        // `ln(1 + eˢ)` without overflow.
        let norm = score.max(0.0) + (-score.abs()).exp().ln_1p();
        case.happened as f64 * score - case.count as f64 * norm
    });
    let squares: f64 = beta[..beta.len() - 1]
        .iter()
        .map(|value| value * value)
        .sum();
    each.sum::<f64>() - RIDGE * squares / 2.0
}

/// The slope of the likelihood in each coefficient, and how it bends: the information, row by row.
fn slopes(cases: &[Cases], beta: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = beta.len();
    let mut gradient: Vec<f64> = beta.iter().map(|value| -RIDGE * value).collect();
    let mut information = vec![vec![0.0; size]; size];
    for (at, row) in information.iter_mut().enumerate().take(size - 1) {
        row[at] = RIDGE;
    }
    gradient[size - 1] = 0.0;
    for case in cases {
        let chance = 1.0 / (1.0 + (-score(case, beta)).exp());
        let count = case.count as f64;
        let (surprise, weight) = (
            case.happened as f64 - count * chance,
            count * chance * (1.0 - chance),
        );
        let there = || {
            let features = case.features.iter().map(|feature| usize::from(*feature));
            features.chain([size - 1])
        };
        for one in there() {
            gradient[one] += surprise;
            for other in there() {
                information[one][other] += weight;
            }
        }
    }
    (gradient, information)
}

/// The lower triangle `L` of a positive matrix `L·Lᵀ` (Cholesky).
struct Root(Vec<Vec<f64>>);

impl Root {
    /// `None` when the matrix is not positive.
    fn of(mut matrix: Vec<Vec<f64>>) -> Option<Self> {
        for row in 0..matrix.len() {
            for column in 0..=row {
                let (done, rest) = matrix.split_at_mut(row);
                let current = &mut rest[0];
                let other = done.get(column);
                let sum: f64 = match other {
                    Some(other) => (0..column).map(|at| current[at] * other[at]).sum(),
                    None => (0..column).map(|at| current[at] * current[at]).sum(),
                };
                let rest = current[column] - sum;
                current[column] = match other {
                    Some(other) => rest / other[column],
                    None if rest > 0.0 => rest.sqrt(),
                    None => return None,
                };
            }
        }
        Some(Self(matrix))
    }

    /// The `x` of `L·x = b`.
    fn forward(&self, right: &[f64]) -> Vec<f64> {
        let mut found = Vec::with_capacity(right.len());
        for (at, row) in self.0.iter().enumerate() {
            let known: f64 = row[..at].iter().zip(&found).map(|(a, b)| a * b).sum();
            found.push((right[at] - known) / row[at]);
        }
        found
    }

    /// The `x` of `L·Lᵀ·x = b`.
    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut found = self.forward(right);
        for at in (0..found.len()).rev() {
            let later = (at + 1..found.len()).map(|row| self.0[row][at] * found[row]);
            let known: f64 = later.sum();
            found[at] = (found[at] - known) / self.0[at][at];
        }
        found
    }

    /// An entry on the diagonal of the inverse: the squared length of a column of `L⁻¹`.
    fn variance(&self, at: usize) -> f64 {
        let mut unit = vec![0.0; self.0.len()];
        unit[at] = 1.0;
        self.forward(&unit).iter().map(|part| part * part).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(features: &[u16], count: u64, happened: u64) -> Cases {
        Cases {
            features: features.into(),
            count,
            happened,
        }
    }

    fn near(found: f64, wanted: f64, by: f64) {
        assert!((found - wanted).abs() < by, "{found} is not {wanted}");
    }

    #[test]
    fn one_feature_is_the_logarithm_of_the_ratio_of_odds() {
        let found = fit(&[cases(&[], 80_000, 8_000), cases(&[0], 20_000, 5_000)], 1).unwrap();
        let odds = |happened: f64, not: f64| happened / not;
        near(
            found[0].value,
            (odds(5_000.0, 15_000.0) / odds(8_000.0, 72_000.0)).ln(),
            1e-3,
        );
        // Woolf's error of a logarithm of odds.
        let error = [8_000.0_f64, 72_000.0, 5_000.0, 15_000.0].map(|n| 1.0 / n);
        near(found[0].error, error.iter().sum::<f64>().sqrt(), 1e-4);
    }

    /// Counts as they are expected of known coefficients, for all sets of three features that hang together.
    fn expected(intercept: f64, known: [f64; 3]) -> Vec<Cases> {
        let sets = (0..8_u16).map(|set| {
            let features: Vec<u16> = (0..3).filter(|at| set >> at & 1 == 1).collect();
            let sum: f64 = features.iter().map(|at| known[usize::from(*at)]).sum();
            let chance = 1.0 / (1.0 + (-intercept - sum).exp());
            // The second mostly comes with the first.
            let count = if set % 4 == 3 || set % 4 == 0 {
                900_000
            } else {
                100_000
            };
            let happened = (count as f64 * chance).round() as u64;
            cases(&features, count, happened)
        });
        sets.collect()
    }

    #[test]
    fn known_coefficients_are_found_again() {
        let known = [1.2, -0.4, 0.0];
        let found = fit(&expected(-3.0, known), 3).unwrap();
        for (found, known) in found.iter().zip(known) {
            near(found.value, known, 1e-3);
            assert!(found.error > 0.0 && found.error < 0.02, "{found:?}");
        }
    }

    #[test]
    fn a_feature_that_never_fails_has_a_finite_coefficient() {
        let found = fit(&[cases(&[], 1_000, 10), cases(&[0], 40, 40)], 1).unwrap();
        assert!(found[0].value > 3.0 && found[0].value < 12.0, "{found:?}");
        let twins = fit(&[cases(&[], 500, 50), cases(&[0, 1], 500, 250)], 2).unwrap();
        near(twins[0].value, twins[1].value, 1e-6);
        assert!(
            twins[0].error > 0.3,
            "nobody can tell them apart: {twins:?}"
        );
    }

    #[test]
    fn nothing_is_found_where_nothing_is_known() {
        assert_eq!(fit(&[], 1), None, "no case tells the intercept");
        assert_eq!(fit(&[cases(&[], 10, 3)], 0), Some(Vec::new()));
    }
}
