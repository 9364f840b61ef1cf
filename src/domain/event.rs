//! Anything that a tracker or the chat layer reports about one visitor.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agent::ByAgent;
use super::chat::ChatReport;
use super::ids::{EventId, InvitationId, PageId};
use super::time::{Millis, Timestamp};

/// One report, checked and cleaned, ready for `step`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Makes the event idempotent within its visitor.
    pub id: EventId,
    /// When it happened, corrected for the sender's clock and never after its arrival.
    pub at: Timestamp,
    /// The page it happened on, when it happened on one.
    pub page: Option<PageId>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// A page was opened.
    PageView(Box<PageView>),
    /// Running totals for a page; a lost or repeated report does no harm.
    Engage {
        /// Active (visible and attended) time on the page so far.
        active: Millis,
        /// The deepest scroll so far, in percent.
        scroll: u8,
        /// Whether the page is attended at this moment.
        attended: bool,
    },
    /// A page was closed.
    Leave {
        /// Active time on the page in all, when the sender knows it.
        active: Option<Millis>,
        /// The deepest scroll, in percent, when the sender knows it.
        scroll: Option<u8>,
    },
    /// Something the site names, such as `add_to_cart`.
    Custom {
        /// The site's name for it.
        name: Arc<str>,
        /// What the site tells about it; at most 32 entries.
        props: Vec<(Arc<str>, PropValue)>,
    },
    /// The site says who this is.
    Identify {
        /// The site's own id for the person.
        user_id: Arc<str>,
        /// Facts about the person; at most 32 entries. [`PropValue::Null`] forgets one.
        traits: Vec<(Arc<str>, PropValue)>,
        /// Whether the site's server has proved it by a signed token.
        verified: bool,
    },
    /// The visitor did what the site exists for.
    Goal {
        /// The site's name for it, such as `signup`.
        name: Arc<str>,
        /// What it is worth, in the site's currency.
        value: Option<f64>,
    },
    /// What became of an invitation in the browser.
    Invitation {
        /// Which invitation.
        invitation: InvitationId,
        /// What became of it.
        outcome: InvitationOutcome,
    },
    /// The browser's word on where the visitor stands with the chat.
    Chat(ChatState),
    /// The chat layer's word on a conversation of the visitor. Not a sign of life.
    ChatReport(Box<ChatReport>),
    /// The visitor allowed or refused tracking.
    Consent {
        /// Whether it was allowed.
        granted: bool,
    },
    /// An agent's labels for this visitor. Not a sign of life.
    Tag {
        /// Labels to put on.
        add: Vec<Arc<str>>,
        /// Labels to take off, whatever their case.
        remove: Vec<Arc<str>>,
    },
    /// What an agent does about the visitor by hand. Not a sign of life.
    ByAgent(Box<ByAgent>),
    /// The last invitation that the browser remembers, told with every request in case the state has lost it. Happened
    /// when the invitation was shown or answered, which may be long ago. Not a sign of life.
    Known {
        /// Which invitation.
        invitation: InvitationId,
        /// What became of it.
        outcome: InvitationOutcome,
    },
}

impl EventKind {
    /// Whether the visitor has done something just now: prolongs a session, and counts as being seen.
    pub const fn is_sign_of_life(&self) -> bool {
        !matches!(
            self,
            Self::Tag { .. } | Self::Known { .. } | Self::ChatReport(_) | Self::ByAgent(_)
        )
    }
}

/// Custom events that the bubble reports by itself. They tell about the browser, not about the site, so they are not
/// among the events that a session counts, and set off only score rules that name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The pointer left through the top of the page.
    ExitIntent,
    /// Somebody began to fill in a form.
    FormFocus,
    /// The form was left again.
    FormBlur,
}

impl Signal {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::ExitIntent, Self::FormFocus, Self::FormBlur];

    /// The name of the custom event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExitIntent => "exit_intent",
            Self::FormFocus => "form_focus",
            Self::FormBlur => "form_blur",
        }
    }

    /// The signal that a custom event of this name is.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|signal| signal.as_str().eq_ignore_ascii_case(name))
    }
}

/// A page was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageView {
    /// The absolute URL, without credentials and with only the allowed query parameters.
    pub url: Arc<str>,
    /// The document's title.
    pub title: Option<Arc<str>>,
    /// The page type that the site itself states; rules may not know it.
    pub page_type: Option<Arc<str>>,
    /// The page's language as a BCP 47 tag in lower case.
    pub lang: Option<Arc<str>>,
    /// The visitor's time zone as an IANA name.
    pub tz: Option<Arc<str>>,
    /// Width and height of the screen in CSS pixels.
    pub screen: Option<(u16, u16)>,
    /// Whether the page was opened in front of the visitor.
    pub attended: bool,
}

impl PropValue {
    /// How many bytes the value takes, near enough to bound what is kept.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 8,
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(|item| item.len() + 8).sum(),
        }
    }
}

/// A value of an event's property or of a trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PropValue {
    /// No value; as a trait, forgets it.
    Null,
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// A text of at most 1 KiB.
    Text(Arc<str>),
    /// A list of texts.
    List(Vec<Arc<str>>),
}

/// What became of an invitation in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InvitationOutcome {
    /// It was really visible.
    Shown,
    /// The visitor said yes.
    Accepted,
    /// The visitor said no.
    Dismissed,
}

impl InvitationOutcome {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Shown, Self::Accepted, Self::Dismissed];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Where a visitor stands with the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChatState {
    /// Never spoke, or the last conversation is long past.
    #[default]
    None,
    /// Waits for an agent.
    Queued,
    /// Talks with an agent.
    Chatting,
    /// Has talked.
    Ended,
}

impl ChatState {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::None, Self::Queued, Self::Chatting, Self::Ended];

    /// The word used in rules and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Queued => "queued",
            Self::Chatting => "chatting",
            Self::Ended => "ended",
        }
    }
}

/// Why an event was refused. Every event ends in exactly one counted outcome: accepted, duplicate or one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reject {
    /// Not an object of the documented shape, or a field has the wrong type.
    Malformed,
    /// A type that this version does not know.
    UnknownType,
    /// Larger than 8 KiB.
    EventTooLarge,
    /// Nested deeper than 8 levels.
    TooDeep,
    /// A text is longer than 1 KiB.
    StringTooLong,
    /// The URL is longer than 2 KiB.
    UrlTooLong,
    /// Not an absolute http or https URL.
    BadUrl,
    /// More than 32 properties or traits.
    TooManyProps,
    /// The id is missing, empty or longer than 64 characters.
    BadId,
    /// A number is not finite or out of its range.
    BadNumber,
    /// A name is empty or has control characters.
    BadName,
    /// Happened more than 24 hours ago.
    TooOld,
    /// The sender is a crawler or an automated browser.
    Bot,
    /// The visitor refused tracking.
    OptedOut,
    /// The invitation is not this visitor's or is settled already.
    UnknownInvitation,
    /// The token of an identify call does not prove who it says.
    BadToken,
}

impl Reject {
    /// Every reason, for the documentation and the metrics.
    pub const ALL: [Self; 16] = [
        Self::Malformed,
        Self::UnknownType,
        Self::EventTooLarge,
        Self::TooDeep,
        Self::StringTooLong,
        Self::UrlTooLong,
        Self::BadUrl,
        Self::TooManyProps,
        Self::BadId,
        Self::BadNumber,
        Self::BadName,
        Self::TooOld,
        Self::Bot,
        Self::OptedOut,
        Self::UnknownInvitation,
        Self::BadToken,
    ];

    /// The stable word on the wire and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownType => "unknown_type",
            Self::EventTooLarge => "event_too_large",
            Self::TooDeep => "too_deep",
            Self::StringTooLong => "string_too_long",
            Self::UrlTooLong => "url_too_long",
            Self::BadUrl => "bad_url",
            Self::TooManyProps => "too_many_props",
            Self::BadId => "bad_id",
            Self::BadNumber => "bad_number",
            Self::BadName => "bad_name",
            Self::TooOld => "too_old",
            Self::Bot => "bot",
            Self::OptedOut => "opted_out",
            Self::UnknownInvitation => "unknown_invitation",
            Self::BadToken => "bad_token",
        }
    }
}
