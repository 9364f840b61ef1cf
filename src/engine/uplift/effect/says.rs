//! Verdicts as sentences for people.

use crate::engine::uplift::{Interval, SampleRatio, Uplift, Verdict};

use super::report::Figures;

/// A verdict in words.
pub(super) fn says(
    verdict: Option<&Verdict>,
    ratio: Option<SampleRatio>,
    invited: &Figures,
    withheld: &Figures,
) -> String {
    let broken =
        "the arms do not have the sizes that were planned, so that no number can be trusted";
    let rates = |word: &str, found: &Uplift| {
        let [with, without] = [invited, withheld].map(|arm| arm.rate * 100.0);
        let times = times(found.ratio);
        format!("{word}: {with:.2} % reach a goal instead of {without:.2} %, {times}")
    };
    match verdict {
        None if ratio.is_some_and(|ratio| ratio.broken) => broken.to_owned(),
        None => "there is no holdout, so nothing tells what would have happened anyway".to_owned(),
        Some(Verdict::BrokenSplit) => broken.to_owned(),
        Some(Verdict::TooEarly { days: Some(days) }) => {
            let days = if *days == 1 {
                "1 day".to_owned()
            } else {
                format!("{days} days")
            };
            format!("not enough data yet: about {days} more at this traffic")
        }
        Some(Verdict::TooEarly { days: None }) => "not enough data yet".to_owned(),
        Some(Verdict::Better(found)) => rates("it helps", found),
        Some(Verdict::Worse(found)) => rates("it does harm", found),
        Some(Verdict::Alike(found)) => rates("it makes hardly a difference", found),
    }
}

/// How many times as often, between which bounds.
fn times(ratio: Interval) -> String {
    if ratio.high.is_finite() {
        let (low, high) = (ratio.low, ratio.high);
        format!("between {low:.2} and {high:.2} times as often")
    } else {
        format!("at least {:.2} times as often", ratio.low)
    }
}
