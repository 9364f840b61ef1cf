//! The invitation's life: held back or offered, shown, then accepted, dismissed or expired.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::agent::Hand;
use super::ids::{InvitationId, Key, PageId, RuleSetHash, SessionId};
use super::time::{Millis, Timestamp};

/// What stands in the place of a trigger's id where an agent has invited in words of their own. No trigger can be called
/// so.
pub const BY_HAND: &str = "(by hand)";
/// How many settled invitations a visitor remembers one by one.
pub const MAX_SETTLED: usize = 16;

/// The voice an invitation speaks in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tone {
    /// Answer and sell.
    Sales,
    /// Answer and learn.
    #[default]
    Welcome,
    /// Solve, never sell.
    Help,
}

impl Tone {
    /// The word used in rules and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Welcome => "welcome",
            Self::Help => "help",
        }
    }
}

/// Through which channel a reply comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReplyChannel {
    /// Here and now.
    #[default]
    Chat,
    /// A call back.
    Phone,
    /// A form that is answered by e-mail.
    Email,
}

impl ReplyChannel {
    /// The word used in rules and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// Where an open invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationState {
    /// Decided; the browser has not shown it yet.
    Offered,
    /// Visible to the visitor since this moment.
    Shown(Timestamp),
    /// Deliberately not offered (holdout), so that the effect of greeting can be measured. Nobody sees it.
    Withheld,
}

/// What made an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MadeBy {
    /// A trigger.
    #[default]
    Trigger,
    /// An agent, by hand. It counts for every cap like any other.
    Hand,
    /// A yes that came when nobody could answer any more: it offers another channel instead.
    Instead,
}

impl MadeBy {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Hand => "agent",
            Self::Instead => "instead",
        }
    }
}

/// An invitation that is not settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its identity.
    pub id: InvitationId,
    /// The agent who made it; `None`: a trigger did.
    pub by: Option<Box<Hand>>,
    /// The invitation that was accepted when nobody could answer any more, if this one takes its place.
    pub instead_of: Option<InvitationId>,
    /// The trigger that made it or whose words it says; the key of [`BY_HAND`] for an agent's own words.
    pub trigger: Key,
    /// The variant of the trigger that it is, by its id.
    pub variant: Option<Arc<str>>,
    /// The trigger's id as the marketer wrote it.
    pub trigger_name: Arc<str>,
    /// The rule set it was made under.
    pub rules: RuleSetHash,
    /// The session it was made in.
    pub session: SessionId,
    /// The page it was made on.
    pub page: PageId,
    /// When it was decided.
    pub offered_at: Timestamp,
    /// When it lapses unless it is answered.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: InvitationState,
    /// What it says, as plain text.
    pub message: Arc<str>,
    /// The language of `message`, a BCP 47 tag.
    pub lang: Arc<str>,
    /// Its voice.
    pub tone: Tone,
    /// Through which channel a reply comes.
    pub channel: ReplyChannel,
    /// The department that is to answer, in lower case; `None`: whoever is free.
    pub department: Option<Arc<str>>,
    /// How long a first reply usually takes; `None` when nobody knows.
    pub expected_reply: Option<Millis>,
    /// When somebody is there again, if nobody is by the clock.
    pub opens_at: Option<Timestamp>,
    /// What to expect of the channel, as plain text: in Arabic where `lang` is Arabic, else in English.
    pub note: Arc<str>,
}

impl Invitation {
    /// What made it.
    pub const fn made_by(&self) -> MadeBy {
        match (&self.by, self.instead_of) {
            (_, Some(_)) => MadeBy::Instead,
            (Some(_), None) => MadeBy::Hand,
            (None, None) => MadeBy::Trigger,
        }
    }
}

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Settlement {
    /// The visitor said yes.
    Accepted,
    /// The visitor said no.
    Dismissed,
    /// It was shown and not answered in time.
    Ignored,
    /// It was never shown in time.
    Expired,
    /// Taken back: the visitor moved to a page where nobody is invited, began a chat, or refused tracking.
    Revoked,
    /// The holdout's counterpart of an end: nothing was ever seen.
    Withheld,
}

impl Settlement {
    /// The word on the wire and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
            Self::Ignored => "ignored",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Withheld => "withheld",
        }
    }
}

/// An invitation that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its identity.
    pub id: InvitationId,
    /// What made it.
    pub made_by: MadeBy,
    /// The trigger that made it or whose words it said.
    pub trigger: Key,
    /// The variant that it was, by the key of its id.
    pub variant: Option<Key>,
    /// The session it was made in.
    pub session: SessionId,
    /// When it was decided.
    pub offered_at: Timestamp,
    /// When it ended.
    pub settled_at: Timestamp,
    /// How it ended.
    pub how: Settlement,
    /// Whether the visitor ever saw it.
    pub shown: bool,
    /// Through which channel a reply would have come.
    pub channel: ReplyChannel,
}

/// Every invitation a visitor ever had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The one that is not settled, if any; there is never a second.
    pub open: Option<Box<Invitation>>,
    /// The latest settled ones, oldest first.
    pub settled: Vec<Settled>,
    /// How many were ever made, withheld ones included.
    pub made: u32,
    /// How many were ever shown.
    pub shown: u32,
    /// How many were ever accepted.
    pub accepted: u32,
    /// How many were ever dismissed.
    pub dismissed: u32,
    /// When one was last dismissed.
    pub last_dismissed: Option<Timestamp>,
}

impl History {
    /// When invitations were made, newest first: the open one, then those settled lately.
    pub fn made_at(&self) -> impl Iterator<Item = (SessionId, Timestamp)> + '_ {
        let open = self.open.iter().map(|open| (open.session, open.offered_at));
        open.chain(
            self.settled
                .iter()
                .rev()
                .map(|past| (past.session, past.offered_at)),
        )
    }

    /// Ends the open invitation, if there is one.
    pub fn settle(&mut self, how: Settlement, now: Timestamp) -> Option<Settled> {
        let open = self.open.take()?;
        let shown = matches!(open.state, InvitationState::Shown(_));
        let past = Settled {
            id: open.id,
            made_by: open.made_by(),
            trigger: open.trigger,
            variant: open.variant.as_deref().map(Key::of),
            session: open.session,
            offered_at: open.offered_at,
            settled_at: now,
            how,
            shown,
            channel: open.channel,
        };
        self.count(how, now);
        self.keep(self.settled.len(), past);
        Some(past)
    }

    /// Takes back a settled invitation that was lost, in its place by the time it was made.
    pub fn restore(&mut self, past: Settled) {
        self.made += 1;
        self.shown += u32::from(past.shown);
        let before = self.last_dismissed;
        self.count(past.how, past.settled_at);
        self.last_dismissed = self.last_dismissed.max(before);
        let made_before = |other: &Settled| other.offered_at <= past.offered_at;
        self.keep(self.settled.partition_point(made_before), past);
    }

    fn keep(&mut self, place: usize, past: Settled) {
        self.settled.insert(place, past);
        if self.settled.len() > MAX_SETTLED {
            self.settled.remove(0);
        }
    }

    /// Counts an answer; the answer may come after the invitation had lapsed.
    pub fn count(&mut self, how: Settlement, now: Timestamp) {
        match how {
            Settlement::Accepted => self.accepted += 1,
            Settlement::Dismissed => {
                self.dismissed += 1;
                self.last_dismissed = Some(now);
            }
            Settlement::Ignored
            | Settlement::Expired
            | Settlement::Revoked
            | Settlement::Withheld => {}
        }
    }
}
