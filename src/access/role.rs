//! What people are on a site.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Permission;

/// What a person is on a site.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks, and changes nothing.
    Viewer,
    /// Talks with visitors.
    Agent,
    /// Makes the rules by which visitors are greeted.
    Marketer,
    /// May do everything.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Agent,
        Self::Marketer,
        Self::Administrator,
    ];

    /// Its name on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Agent => "agent",
            Self::Marketer => "marketer",
            Self::Administrator => "administrator",
        }
    }

    /// Whether somebody in this role may do something.
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::SeeVisitors | Permission::SeeRules | Permission::SeeReports => true,
            Permission::Greet | Permission::SpeakForChat => {
                matches!(self, Self::Agent | Self::Administrator)
            }
            Permission::EditRules | Permission::PublishRules => {
                matches!(self, Self::Marketer | Self::Administrator)
            }
            Permission::ReadJournal | Permission::SetUpSite | Permission::ManagePeople => {
                matches!(self, Self::Administrator)
            }
        }
    }

    /// Everything that somebody in this role may do.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.into_iter();
        all.filter(move |permission| self.may(*permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(role: Role) -> Vec<&'static str> {
        role.permissions().map(Permission::word).collect()
    }

    #[test]
    fn each_role_has_its_permissions_and_no_others() {
        let looks = ["see_visitors", "see_rules", "see_reports"];
        assert_eq!(words(Role::Viewer), looks);
        assert_eq!(
            words(Role::Agent),
            [
                "see_visitors",
                "greet",
                "see_rules",
                "see_reports",
                "speak_for_chat"
            ]
        );
        assert_eq!(
            words(Role::Marketer),
            [
                "see_visitors",
                "see_rules",
                "edit_rules",
                "publish_rules",
                "see_reports"
            ]
        );
        assert_eq!(
            words(Role::Administrator),
            Permission::ALL.map(Permission::word)
        );
    }

    #[test]
    fn a_role_has_one_name() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
    }
}
