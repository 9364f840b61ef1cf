//! Why somebody is not invited.

use serde::{Deserialize, Serialize};

macro_rules! suppressions {
    ($( #[doc = $says:literal] $name:ident = $word:literal; )*) => {
        /// Why somebody whose conditions hold is not invited.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Suppression { $( #[doc = $says] $name, )* }

        impl Suppression {
            /// Every reason, those of the policy first.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable word on the wire and in metrics.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// One line of explanation.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says),* }.trim()
            }
        }
    };
}

suppressions! {
    /// An agent has banned the visitor from being invited.
    Banned = "banned";
    /// No page is attended, so nobody would see it.
    NotAttended = "not_attended";
    /// The page is of a type on which nobody is invited.
    NeverOn = "never_on";
    /// The visitor types in a form.
    Typing = "typing";
    /// The visitor talks with an agent or waits for one.
    Chatting = "chatting";
    /// Another invitation is open.
    OpenInvitation = "open_invitation";
    /// The session has had its share.
    SessionCap = "session_cap";
    /// The last 24 hours have had their share.
    DayCap = "day_cap";
    /// The visitor has had a whole share.
    VisitorCap = "visitor_cap";
    /// The visitor said no not long ago.
    AfterDismissal = "after_dismissal";
    /// The visitor had a chat not long ago.
    AfterChat = "after_chat";
    /// The visitor reached a goal not long ago.
    AfterGoal = "after_goal";
    /// Nobody can answer.
    NoAgent = "no_agent";
    /// Places are scarce, and others come first.
    Scarce = "scarce";
    /// Nobody of the trigger's department can answer.
    DepartmentClosed = "department_closed";
    /// The trigger does not run at this time.
    OffSchedule = "off_schedule";
    /// The conditions have not held for long enough.
    Delay = "delay";
    /// The trigger has invited within its span already.
    OncePer = "once_per";
    /// The trigger rests.
    Cooldown = "cooldown";
    /// The trigger has been shown to this visitor as often as it may.
    MaxShows = "max_shows";
    /// The visitor has said no to this trigger often enough.
    StoppedAfterDismissals = "stopped_after_dismissals";
    /// The visitor has let this trigger's invitations pass often enough.
    StoppedAfterIgnores = "stopped_after_ignores";
    /// The trigger has invited and its conditions have held ever since.
    NotRearmed = "not_rearmed";
    /// The visitor is not in the share of the audience that the trigger speaks to.
    OutsideSample = "outside_sample";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let mut words: Vec<_> = Suppression::ALL.iter().map(|why| why.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Suppression::ALL.len());
    }
}
