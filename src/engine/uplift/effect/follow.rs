//! One visitor and one trigger, and the sums that they count in.

use crate::domain::{ChatTurn, Eligible, InvitationId, Millis, SESSION_GAP, Settlement, Timestamp};

use super::breakdown::{Breakdown, By};
use super::outcomes::Outcomes;
use super::split::Split;

/// A conversation that is asked for so soon after an invitation was accepted is what the invitation led to.
const LEADS_TO: Millis = SESSION_GAP;
/// The chat layer's server may tell of a conversation so long before the browser tells of the yes that led to it.
const AHEAD: Millis = Millis::from_mins(1);

/// The row of each breakdown that a visitor counts in.
pub(super) type Rows = [u8; By::ALL.len()];

/// One split and what its arms came to.
pub(super) struct Counted {
    pub(super) split: Split,
    pub(super) since: Timestamp,
    pub(super) arms: Vec<Outcomes>,
    pub(super) by: Vec<Breakdown>,
}

impl Counted {
    pub(super) fn new(split: Split, since: Timestamp, by: &[By]) -> Self {
        Self {
            arms: vec![Outcomes::default(); split.arms()],
            by: by.iter().map(|by| Breakdown::new(*by)).collect(),
            split,
            since,
        }
    }

    pub(super) fn visitors(&self) -> u64 {
        self.arms.iter().map(|arm| arm.visitors).sum()
    }

    /// The rows that a visitor counts in, made where there is none.
    pub(super) fn rows_of(&mut self, made: &Eligible) -> Rows {
        let mut rows = Rows::default();
        for (row, breakdown) in rows.iter_mut().zip(&mut self.by) {
            *row = breakdown.row_of(made, self.arms.len());
        }
        rows
    }
}

/// Where a visitor counts: in one arm of the split, and in the same arm of one row of each breakdown.
pub(super) struct Cell<'a> {
    counted: &'a mut Counted,
    arm: usize,
    rows: Rows,
}

impl<'a> Cell<'a> {
    pub(super) fn of(counted: &'a mut Counted, follow: &Follow) -> Self {
        Self {
            counted,
            arm: follow.arm,
            rows: follow.rows,
        }
    }

    /// Counts something wherever the visitor counts.
    pub(super) fn each(&mut self, count: impl Fn(&mut Outcomes)) {
        count(&mut self.counted.arms[self.arm]);
        for (breakdown, row) in self.counted.by.iter_mut().zip(self.rows) {
            count(breakdown.arm(row, self.arm));
        }
    }
}

/// One visitor and one trigger.
pub(super) struct Follow {
    pub(super) trigger: usize,
    pub(super) split: usize,
    pub(super) arm: usize,
    pub(super) rows: Rows,
    /// When the visitor became eligible.
    pub(super) first: Timestamp,
    pub(super) converted: bool,
    /// How many of its invitations the visitor has seen.
    pub(super) seen: u16,
    pub(super) latest: Latest,
}

/// The latest invitation of a visitor by a trigger, and how far it has come.
#[derive(Clone, Copy)]
pub(super) struct Latest {
    pub(super) id: InvitationId,
    seen: bool,
    /// Whether the visitor had seen one before.
    again: bool,
    /// When it was first seen, counted from the offer.
    pub(super) shown_after: Option<Millis>,
    /// How it ended, and when.
    end: Option<(Settlement, Timestamp)>,
    led: Led,
    /// When a conversation was asked for before the visitor is known to have said yes.
    asked: Option<Timestamp>,
}

/// What an invitation has led to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Led {
    /// Nothing so far.
    Not,
    /// A conversation.
    ToChat,
    /// A conversation that ended before anybody took it.
    Nowhere,
}

impl Latest {
    /// One that was just made.
    pub(super) const fn of(id: InvitationId) -> Self {
        Self {
            id,
            seen: false,
            again: false,
            shown_after: None,
            end: None,
            led: Led::Not,
            asked: None,
        }
    }

    /// Whether what is said at `at` is said in the conversation that it led to.
    fn leads_to(&self, at: Timestamp) -> bool {
        let accepted = self.end.filter(|(how, _)| *how == Settlement::Accepted);
        accepted.is_some_and(|(_, ended)| at.since(ended) <= LEADS_TO)
    }
}

impl Follow {
    /// The latest invitation was seen.
    pub(super) fn see(&mut self, cell: &mut Cell<'_>) {
        if std::mem::replace(&mut self.latest.seen, true) {
            return;
        }
        let again = self.seen > 0;
        self.seen = self.seen.saturating_add(1);
        self.latest.again = again;
        cell.each(|arm| arm.count_shown(again));
    }

    /// The latest invitation ended so long after it was offered. A late answer takes the place of the silence that was
    /// counted.
    pub(super) fn end(
        &mut self,
        how: Settlement,
        after: Millis,
        at: Timestamp,
        cell: &mut Cell<'_>,
    ) {
        let latest = &mut self.latest;
        let before = latest.end.replace((how, at));
        let looked_at = latest.shown_after.map(|shown| after.saturating_sub(shown));
        let again = latest.again;
        let asked = latest.asked.filter(|asked| at.since(*asked) <= AHEAD);
        let led = how == Settlement::Accepted && latest.led == Led::Not && asked.is_some();
        if led {
            latest.led = Led::ToChat;
        }
        cell.each(|arm| {
            if let Some((before, _)) = before {
                arm.uncount_end(before);
            }
            arm.count_end(how, looked_at, again);
            arm.led_to_chat += u64::from(led);
        });
    }

    /// A conversation of the visitor took a turn.
    pub(super) fn chat(&mut self, turn: ChatTurn, at: Timestamp, cell: &mut Cell<'_>) {
        let latest = &mut self.latest;
        let leads = latest.leads_to(at);
        match turn {
            ChatTurn::Requested => {
                let led = leads && latest.led == Led::Not;
                if led {
                    latest.led = Led::ToChat;
                } else if !leads {
                    latest.asked = Some(at);
                }
                cell.each(|arm| {
                    arm.chats += 1;
                    arm.led_to_chat += u64::from(led);
                });
            }
            ChatTurn::Missed => {
                let led = leads && latest.led != Led::Nowhere;
                if led {
                    latest.led = Led::Nowhere;
                }
                cell.each(|arm| {
                    arm.missed_chats += 1;
                    arm.led_nowhere += u64::from(led);
                });
            }
            ChatTurn::Taken | ChatTurn::Answered => {}
        }
    }
}
