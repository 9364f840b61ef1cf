//! Floor 0: the nouns. Plain values with no IO, no clock and no randomness; every other floor speaks in them.

mod agent;
mod arrival;
mod aspects;
mod chat;
mod decision;
mod event;
mod ids;
mod invitation;
mod ledger;
mod record;
mod scarce;
mod session;
mod site;
mod suppression;
mod time;
mod units;
mod version;
mod visitor;

pub use agent::{
    Ban, ByAgent, Deed, Dossier, EarlierVisit, Hand, MAX_EARLIER_VISITS, MAX_LANDING_CHARS,
    MAX_NOTE_CHARS, MAX_NOTES, MAX_REASON_CHARS, Note, Wish,
};
pub use arrival::{Arrival, Channel, CountryCode, Device, Source, Utm};
pub use aspects::{Aspects, AtRest};
pub use chat::{ChatReport, ChatStep, ChatTurn, MAX_CHAT_NAME};
pub use decision::{Audience, Decision, DecisionKind, DecisionPlace, Eligible, Hushed, Outcome};
pub use event::{
    ChatState, Event, EventKind, InvitationOutcome, PageView as PageViewEvent, PropValue, Reject,
    Signal,
};
pub use ids::{
    EventId, IdError, InvitationId, Key, PageId, RuleSetHash, SessionId, UserId, VisitorId,
    VisitorKey,
};
pub use invitation::{
    BY_HAND, History, Invitation, InvitationState, MAX_SETTLED, MadeBy, ReplyChannel, Settled,
    Settlement, Tone,
};
pub use ledger::{Contribution, Decay, Fading, Ledger, MAX_CONTRIBUTIONS, ScoreTotal, decayed};
pub use record::{Batch, Cause, Record, Scores, Seq};
pub use scarce::{Scarce, USUAL_ACCEPTANCE, worth_of};
pub use session::{
    ATTENTION_HORIZON, Crossing, EventName, MAX_CROSSINGS, MAX_EVENT_LOG, MAX_EVENT_NAMES,
    MAX_PAGE_TYPES, MAX_PAGES, PageVisit, Presence, SESSION_GAP, SILENCE, Session, SessionTotals,
    TYPING_PAUSE,
};
pub use site::{Department, MAX_DEPARTMENTS, Service, SiteNow, UNKNOWN_PLACES};
pub use suppression::Suppression;
pub use time::{Millis, Timestamp};
pub use units::{Points, Share};
pub use version::{
    Draft, MAX_AHEAD, MAX_RELEASES, MAX_SCHEDULED, MAX_VERSIONS, Origin, Refusal, Release,
    ReleaseKind, ReleasePlan, Rollout, ScheduleState, Scheduled, Shadow, Version, Versions, Word,
};
pub use visitor::{
    GroupPoints, Identity, MAX_RECENT_IDS, MAX_TAG_CHARS, MAX_TAGS, MAX_TRAIT_BYTES, MAX_TRAITS,
    RecentIds, RuleCount, TriggerMemory, VisitorState, Waiting,
};
