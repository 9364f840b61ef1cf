//! A page as its tracker knows it: how long somebody looked, how far, and when the next report is due.

use crate::domain::{EventKind, Millis, PageId, Timestamp};

/// How often the tracker reports while the page is attended, and while it is not.
const BEAT: Millis = Millis::from_secs(15);
const IDLE_BEAT: Millis = Millis::from_secs(60);
/// The page that is open.
pub(super) struct Page {
    pub(super) id: PageId,
    /// Active time and scroll as far as `settled_at`.
    pub(super) active: Millis,
    pub(super) scroll: u8,
    pub(super) settled_at: Timestamp,
    pub(super) reported_at: Timestamp,
    pub(super) attended: bool,
    /// Whether somebody looks at it but for a pause that a stated active time asks for.
    pub(super) wanted: bool,
    /// When that pause begins.
    pub(super) pause_at: Option<Timestamp>,
}

impl Page {
    /// A page opened in front of the visitor.
    pub(super) fn opened(id: PageId, now: Timestamp) -> Self {
        Self {
            id,
            active: Millis::ZERO,
            scroll: 0,
            settled_at: now,
            reported_at: now,
            attended: true,
            wanted: true,
            pause_at: None,
        }
    }

    pub(super) fn settle(&mut self, now: Timestamp) {
        if self.attended {
            self.active = self.active + now.since(self.settled_at);
        }
        self.settled_at = now;
    }

    pub(super) fn engage(&self) -> EventKind {
        EventKind::Engage {
            active: self.active,
            scroll: self.scroll,
            attended: self.attended,
        }
    }

    pub(super) fn beats_at(&self) -> Timestamp {
        self.reported_at + if self.attended { BEAT } else { IDLE_BEAT }
    }
}

/// What a report says, in short.
pub(super) fn told(kind: &EventKind) -> String {
    match kind {
        EventKind::Custom { name, .. } => format!("reports `{name}`"),
        EventKind::Goal { name, .. } => format!("reaches the goal `{name}`"),
        EventKind::Identify { .. } => "says who they are".to_owned(),
        EventKind::Chat(state) => format!("chat: {}", state.as_str()),
        EventKind::ChatReport(report) => format!("chat: {}", report.step.as_str()),
        EventKind::Invitation { .. } => "answers the invitation".to_owned(),
        EventKind::PageView(_)
        | EventKind::Engage { .. }
        | EventKind::Leave { .. }
        | EventKind::Tag { .. }
        | EventKind::ByAgent(_)
        | EventKind::Known { .. }
        | EventKind::Consent { .. } => "reports".to_owned(),
    }
}
