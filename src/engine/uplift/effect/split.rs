//! How a trigger divides those whom it would invite: who is withheld, and who gets which variant.

use std::sync::Arc;

use crate::domain::Share;
use crate::rules::Trigger;

/// The arm of those whose invitation is withheld; the others follow it in the order of the variants.
pub(super) const WITHHELD: usize = 0;

/// The planned division. Two rule sets with the same one measure the same experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    holdout: Share,
    /// Variants with their weights; none for a trigger that says one thing.
    variants: Vec<(Arc<str>, u32)>,
}

impl Split {
    pub(super) fn of(trigger: &Trigger) -> Self {
        let variants = trigger.variants.iter();
        Self {
            holdout: trigger.holdout,
            variants: variants
                .map(|variant| (Arc::clone(&variant.id), variant.weight))
                .collect(),
        }
    }

    /// How many arms there are, the withheld one included.
    pub(super) fn arms(&self) -> usize {
        1 + self.variants.len().max(1)
    }

    /// The arm of a decision; `None` when it does not fit this split.
    pub(super) fn arm(&self, variant: Option<&str>, withheld: bool) -> Option<usize> {
        if withheld {
            return Some(WITHHELD);
        }
        let Some(variant) = variant else {
            return self.variants.is_empty().then_some(1);
        };
        let at = self.variants.iter().position(|(id, _)| **id == *variant);
        at.map(|at| at + 1)
    }

    /// The ids of the variants, in the order of their arms.
    pub(super) fn variants(&self) -> impl Iterator<Item = &Arc<str>> {
        self.variants.iter().map(|(id, _)| id)
    }

    /// The share of the withheld arm, 0 to 1.
    pub(super) fn holdout(&self) -> f64 {
        f64::from(self.holdout.0) / f64::from(Share::ALL.0)
    }

    /// The planned share of each arm; they add up to one.
    pub(super) fn shares(&self) -> Vec<f64> {
        let invited = 1.0 - self.holdout();
        let total: u64 = self
            .variants
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        let mut shares = vec![self.holdout()];
        if self.variants.is_empty() {
            shares.push(invited);
        }
        let each = self.variants.iter();
        shares.extend(each.map(|(_, weight)| invited * f64::from(*weight) / total as f64));
        shares
    }
}
