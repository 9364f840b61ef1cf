//! From being eligible to a goal, stage by stage.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::Millis;

use super::outcomes::Outcomes;

/// Who dismisses within this has not read it.
pub(super) const BRIEF: Millis = Millis::from_secs(2);

/// What became of a trigger's invitations. The unit is the invitation, but for `goals` and `value`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Funnel {
    /// Times that the trigger was ready with nothing against it: `withheld` and `offered`.
    pub eligible: u64,
    /// Withheld for the holdout.
    pub withheld: u64,
    /// Times that the trigger was ready and was held back, in the whole period, by the word of the reason; noted once for
    /// each page and reason, with the best trigger.
    pub suppressed: BTreeMap<Arc<str>, u64>,
    /// Offered.
    pub offered: u64,
    /// Became visible.
    pub shown: u64,
    /// The visitor said yes.
    pub accepted: u64,
    /// The visitor said no.
    pub dismissed: u64,
    /// Seen and not answered.
    pub ignored: u64,
    /// Nobody saw them in time.
    pub expired: u64,
    /// Taken back.
    pub revoked: u64,
    /// Accepted ones that led to a conversation, asked for within half an hour.
    pub chats: u64,
    /// Those of them whose conversation ended before anybody took it.
    pub missed_chats: u64,
    /// Goals that the invited reached in time.
    pub goals: u64,
    /// What those goals are worth together, in the site's currency.
    pub value: f64,
}

/// How soon invitations were dismissed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dismissals {
    /// Half of them were visible for no longer than this, to a tenth of a second and up to ten minutes; `None`: none was
    /// dismissed.
    pub p50_ms: Option<u64>,
    /// How many were dismissed within two seconds.
    pub within_2s: u64,
    /// Dismissed ones of which it is known how long they were visible.
    pub of: u64,
}

impl Funnel {
    pub(super) fn of(
        invited: &Outcomes,
        withheld: &Outcomes,
        suppressed: BTreeMap<Arc<str>, u64>,
    ) -> Self {
        Self {
            eligible: invited.invitations + withheld.invitations,
            withheld: withheld.invitations,
            suppressed,
            offered: invited.invitations,
            shown: invited.shown,
            accepted: invited.accepted,
            dismissed: invited.dismissed,
            ignored: invited.ignored,
            expired: invited.expired,
            revoked: invited.revoked,
            chats: invited.led_to_chat,
            missed_chats: invited.led_nowhere,
            goals: invited.goals,
            value: invited.value,
        }
    }
}

impl Dismissals {
    pub(super) fn of(invited: &Outcomes) -> Self {
        let (within_2s, of) = invited.looked_at(BRIEF);
        Self {
            p50_ms: invited.median_look().map(|time| time.0),
            within_2s,
            of,
        }
    }
}
