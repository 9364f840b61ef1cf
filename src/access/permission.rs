//! What can be allowed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that an endpoint asks for. Each is given for a site.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See who is here, one visitor in full, and what was decided for them.
    SeeVisitors,
    /// Invite by hand, note, label and ban.
    Greet,
    /// Read the rules and their versions.
    SeeRules,
    /// Draft rules, check and try them. Nothing of it acts.
    EditRules,
    /// Put rules into force, roll them out and back.
    PublishRules,
    /// See what invitations achieve.
    SeeReports,
    /// Say for the chat layer who can answer and how chats go.
    SpeakForChat,
    /// Take the recorded traffic elsewhere.
    ReadJournal,
    /// Set up webhooks, the chat's hours and departments, and the script in the pages.
    SetUpSite,
    /// Invite people, give them roles, make tokens, read the audit log.
    ManagePeople,
}

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::SeeVisitors,
        Self::Greet,
        Self::SeeRules,
        Self::EditRules,
        Self::PublishRules,
        Self::SeeReports,
        Self::SpeakForChat,
        Self::ReadJournal,
        Self::SetUpSite,
        Self::ManagePeople,
    ];

    /// Its name on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SeeVisitors => "see_visitors",
            Self::Greet => "greet",
            Self::SeeRules => "see_rules",
            Self::EditRules => "edit_rules",
            Self::PublishRules => "publish_rules",
            Self::SeeReports => "see_reports",
            Self::SpeakForChat => "speak_for_chat",
            Self::ReadJournal => "read_journal",
            Self::SetUpSite => "set_up_site",
            Self::ManagePeople => "manage_people",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_has_one_name() {
        for permission in Permission::ALL {
            let wire = serde_json::to_value(permission).unwrap();
            assert_eq!(wire, permission.word());
        }
    }
}
