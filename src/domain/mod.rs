//! Floor 0: the nouns. Plain values with no IO, no clock and no randomness; every other floor speaks in them.

mod arrival;
mod event;
mod ids;
mod invitation;
mod ledger;
mod record;
mod session;
mod site;
mod time;
mod units;
mod visitor;

pub use arrival::{Arrival, Channel, CountryCode, Device, Source};
pub use event::{
    ChatState, Event, EventKind, InvitationOutcome, PageView as PageViewEvent, PropValue, Reject,
};
pub use ids::{
    EventId, IdError, InvitationId, Key, PageId, RuleSetHash, SessionId, VisitorId, VisitorKey,
};
pub use invitation::{
    History, Invitation, InvitationState, ReplyChannel, Settled, Settlement, Tone,
};
pub use ledger::{Contribution, Ledger, ScoreTotal};
pub use record::{Batch, Cause, Record, Seq};
pub use session::{PageVisit, Presence, Session, SessionTotals};
pub use site::SiteNow;
pub use time::{Millis, Timestamp};
pub use units::{Points, Share};
pub use visitor::{Identity, RecentIds, RuleCount, TriggerMemory, VisitorState};
