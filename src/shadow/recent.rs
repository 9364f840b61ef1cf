//! What the site knew lately, for looks that the shadow takes by itself.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::domain::{SiteNow, Timestamp};
use crate::engine::SiteTimeline;

/// So many changes are remembered: the shadow looks back a few seconds.
const MAX_CHANGES: usize = 256;

/// What the site knew, as the latest records tell.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<(Timestamp, SiteNow)>>);

impl Recent {
    pub(super) fn note(&self, moment: Timestamp, site: &SiteNow) {
        let mut changes = self.0.lock();
        if changes.back().is_some_and(|(_, last)| last == site) {
            return;
        }
        let moment = changes.back().map_or(moment, |(at, _)| moment.max(*at));
        changes.push_back((moment, site.clone()));
        if changes.len() > MAX_CHANGES {
            changes.pop_front();
        }
    }
}

impl SiteTimeline for Recent {
    fn at(&self, moment: Timestamp) -> SiteNow {
        let changes = self.0.lock();
        let later = changes.partition_point(|(at, _)| *at <= moment);
        let known = changes.get(later.saturating_sub(1));
        known.map_or_else(SiteNow::default, |(_, site)| site.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_changes_are_remembered() {
        let recent = Recent::default();
        assert_eq!(recent.at(Timestamp(7)), SiteNow::default());
        let free = |free_slots| SiteNow {
            free_slots,
            ..SiteNow::default()
        };
        for n in 0..1_000_u16 {
            recent.note(Timestamp(n.into()), &free(n / 2));
        }
        assert_eq!(recent.at(Timestamp(998)), free(499));
        assert_eq!(recent.at(Timestamp(997)), free(498));
        assert_eq!(
            recent.at(Timestamp(1)),
            free(244),
            "the oldest that is known"
        );
        assert_eq!(recent.0.lock().len(), MAX_CHANGES);
    }
}
