//! What greeting achieves: conversions per eligible visitor with and without it, and how sure that is.
//!
//! Eligible is who was ready to be invited, whether the invitation was offered or withheld (intention to treat). Every
//! interval holds at all looks together, so a report may be read each morning without fooling anybody.

mod conversion;
mod difference;
mod effect;
mod mixture;
mod ratio;
mod verdict;

pub use conversion::{Group, Uplift, mean, uplift};
pub use difference::{Interval, difference, excludes};
pub use effect::{
    Advice, By, Courtesy, Dismissals, Effectiveness, Figures, FindRules, Funnel, MAX_FOLLOWED,
    PartEffect, Setting, TriggerEffect, Trouble, VariantEffect,
};
pub use mixture::Arm;
pub use ratio::{ALARM, SampleRatio, sample_ratio};
pub use verdict::{Verdict, verdict};

/// One minus the confidence of every interval: 95 %.
pub const ALPHA: f64 = 0.05;
