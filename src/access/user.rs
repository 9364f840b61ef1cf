//! Who there is: people with their sessions, and tokens for programs. Of everything that opens a door there is only a
//! hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Millis, Timestamp, UserId};

use super::code::Digest;
use super::{Permission, Role};

/// The most sessions of one user; a further one ends the one that was used least lately.
pub const MAX_SESSIONS: usize = 10;
/// A session ends when it was not used for so long,
pub const IDLE: Millis = Millis::from_hours(12);
/// and after so long in any case.
pub const LONGEST: Millis = Millis::from_days(30);
/// The name of all sites where roles are given.
pub const EVERY_SITE: &str = "*";

/// Something that is valid once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The hash of its code.
    pub hash: Digest,
    /// When it lapses.
    pub until: Timestamp,
}

/// A browser in which somebody has signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The hash of the cookie.
    pub hash: Digest,
    /// When they signed in.
    pub began: Timestamp,
    /// When it was used last, to within some minutes.
    pub seen: Timestamp,
    /// What the browser calls itself, in short.
    pub device: String,
}

impl Session {
    /// Whether it still opens the door.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now.since(self.seen) < IDLE && now.since(self.began) < LONGEST
    }
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Random.
    pub id: UserId,
    /// In lower case.
    pub email: String,
    /// What others call them.
    pub name: String,
    /// What they are on which site, by its public key; [`EVERY_SITE`] for those that are not named.
    pub roles: BTreeMap<String, Role>,
    /// The hash of the password, as PHC string; none before the invitation is taken.
    pub password: Option<String>,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// A link by which a password can be set.
    pub link: Option<Link>,
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// When they were invited.
    pub created: Timestamp,
    /// When they were here last, to within some minutes.
    pub seen: Option<Timestamp>,
}

impl User {
    /// What they are on a site.
    pub fn role_on(&self, site: &str) -> Option<Role> {
        let named = self.roles.get(site);
        named.or_else(|| self.roles.get(EVERY_SITE)).copied()
    }

    /// Whether they may do something on a site.
    pub fn may(&self, permission: Permission, site: &str) -> bool {
        self.role_on(site).is_some_and(|role| role.may(permission))
    }

    /// Whether they may do something on some site.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.roles.values().any(|role| role.may(permission))
    }

    /// Begins a session.
    pub(super) fn begin(&mut self, session: Session) -> Self {
        let now = session.began;
        self.seen = Some(now);
        self.sessions.retain(|known| known.is_live(now));
        while self.sessions.len() >= MAX_SESSIONS {
            let oldest = self.sessions.iter().map(|known| known.seen).min();
            let at = self
                .sessions
                .iter()
                .position(|known| Some(known.seen) == oldest);
            self.sessions.remove(at.unwrap_or_default());
        }
        self.sessions.push(session);
        self.clone()
    }

    /// Whether they can sign in, and manage the whole installation then.
    pub(super) fn is_administrator(&self) -> bool {
        let everywhere = self.roles.get(EVERY_SITE);
        everywhere == Some(&Role::Administrator) && self.password.is_some() && !self.disabled
    }
}

/// A token for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Random.
    pub id: UserId,
    /// What it is for.
    pub name: String,
    /// The site that it opens, or [`EVERY_SITE`].
    pub site: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The hash of the token.
    pub hash: Digest,
    /// Its last characters, to tell tokens apart.
    pub hint: String,
    /// Who has made it.
    pub by: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it lapses, if it does.
    pub expires: Option<Timestamp>,
    /// When it was used last, to within some minutes.
    pub used: Option<Timestamp>,
}

impl Token {
    /// Whether it may do something on a site.
    pub fn may(&self, permission: Permission, site: &str, now: Timestamp) -> bool {
        let lapsed = self.expires.is_some_and(|expires| expires <= now);
        let opens = self.site == EVERY_SITE || self.site == site;
        !lapsed && opens && self.scopes.contains(&permission)
    }
}
