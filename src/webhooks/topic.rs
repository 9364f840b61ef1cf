//! What a site's other systems can be told of.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatTurn, Settlement};
use crate::engine::Effect;

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A kind of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Topic {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Topic {
            /// Every kind, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

topics! {
    /// An invitation was decided on.
    InvitationOffered = "invitation.offered",
    /// The visitor saw it.
    InvitationShown = "invitation.shown",
    /// The visitor said yes.
    InvitationAccepted = "invitation.accepted",
    /// The visitor said no.
    InvitationDismissed = "invitation.dismissed",
    /// It ended without an answer: never shown in time, shown and not answered, or taken back.
    InvitationExpired = "invitation.expired",
    /// It would have been made, and the visitor is in the holdout.
    InvitationWithheld = "invitation.withheld",
    /// A score crossed into another stage.
    VisitorStageChanged = "visitor.stage_changed",
    /// The site said who the visitor is.
    VisitorIdentified = "visitor.identified",
    /// The visitor asked for a chat.
    ChatRequested = "chat.requested",
    /// A visit is over.
    SessionEnded = "session.ended",
}

impl Topic {
    /// The kind with this word.
    pub fn named(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|topic| topic.as_str() == word).copied()
    }

    /// What others are told of a consequence, if anything.
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Offered(_) => Some(Self::InvitationOffered),
            Effect::Withheld(_) => Some(Self::InvitationWithheld),
            Effect::Shown(..) => Some(Self::InvitationShown),
            Effect::Settled(past) => match past.how {
                Settlement::Accepted => Some(Self::InvitationAccepted),
                Settlement::Dismissed => Some(Self::InvitationDismissed),
                Settlement::Ignored | Settlement::Expired | Settlement::Revoked => {
                    Some(Self::InvitationExpired)
                }
                Settlement::Withheld => None,
            },
            Effect::StageChanged { .. } => Some(Self::VisitorStageChanged),
            Effect::Identified => Some(Self::VisitorIdentified),
            Effect::Chat(ChatTurn::Requested, _) => Some(Self::ChatRequested),
            Effect::SessionEnded(_) => Some(Self::SessionEnded),
            Effect::Chat(ChatTurn::Taken | ChatTurn::Answered | ChatTurn::Missed, _)
            | Effect::SessionStarted(_)
            | Effect::Revoked(_)
            | Effect::Learned(_)
            | Effect::Suppressed { .. }
            | Effect::Goal { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_found_by_its_word() {
        for topic in Topic::ALL {
            assert_eq!(Topic::named(topic.as_str()), Some(*topic));
            let word = serde_json::to_value(topic).unwrap();
            assert_eq!(word, topic.as_str());
        }
        assert_eq!(Topic::named("visitor.left"), None);
    }
}
