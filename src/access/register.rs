//! The register: everybody who may come in. One document of the installation, changed as a whole, and bounded.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{Millis, Timestamp, UserId};

use super::code::Digest;
use super::user::{Session, Token, User};

/// The most users.
pub const MAX_USERS: usize = 1_000;
/// The most API tokens.
pub const MAX_TOKENS: usize = 1_000;
/// The most one-time links for the set-up: one for each node that was started last.
const MAX_SETUP_LINKS: usize = 16;
/// An invitation's link is valid for so long.
pub const LINK_LIFE: Millis = Millis::from_days(7);

/// Why the register was not changed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has this id.
    #[error("no user has this id, or not any more")]
    NoUser,
    /// No token has this id.
    #[error("no token has this id, or not any more")]
    NoToken,
    /// Somebody else has this e-mail address.
    #[error("a user has this e-mail address already")]
    EmailTaken,
    /// There are as many users as there may be.
    #[error("there are {MAX_USERS} users, which is the limit")]
    TooManyUsers,
    /// There are as many tokens as there may be.
    #[error("there are {MAX_TOKENS} tokens, which is the limit")]
    TooManyTokens,
    /// Nobody would be left to manage the installation.
    #[error("this is the last administrator of all sites; make somebody else one first")]
    LastAdministrator,
    /// An administrator exists already.
    #[error("the installation is set up; ask an administrator for an invitation")]
    SetUp,
    /// The link was used, was replaced or is too old.
    #[error("the link was used, was replaced or is too old; ask for a new one")]
    BadLink,
    /// The password has changed meanwhile.
    #[error("the password has changed meanwhile")]
    PasswordChanged,
    /// The user may not sign in.
    #[error("the user is disabled")]
    Disabled,
}

/// Everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Users, in the order in which they were invited.
    pub users: Vec<User>,
    /// Tokens, in the order in which they were made.
    pub tokens: Vec<Token>,
    /// Links by which the first administrator is made.
    pub setup: Vec<Digest>,
}

impl Register {
    /// Whether nobody manages the installation yet.
    pub fn needs_setup(&self) -> bool {
        !self.users.iter().any(User::is_administrator)
    }

    /// A user.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A user, by the e-mail address in lower case.
    pub fn by_email(&self, email: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email == email)
    }

    fn user_mut(&mut self, id: UserId) -> Result<&mut User, Refusal> {
        let found = self.users.iter_mut().find(|user| user.id == id);
        found.ok_or(Refusal::NoUser)
    }

    /// Keeps a link for the set-up. Those before it stay valid where nodes share a store, for another node may have made
    /// them.
    ///
    /// # Errors
    ///
    /// [`Refusal::SetUp`] when there is one.
    pub fn offer_setup(&mut self, link: Digest, alone: bool) -> Result<(), Refusal> {
        if !self.needs_setup() {
            return Err(Refusal::SetUp);
        }
        let surplus = (self.setup.len() + 1).saturating_sub(MAX_SETUP_LINKS);
        self.setup
            .drain(..if alone { self.setup.len() } else { surplus });
        self.setup.push(link);
        Ok(())
    }

    /// Makes the first administrator. The links for it are void from then on.
    ///
    /// # Errors
    ///
    /// [`Refusal::SetUp`], [`Refusal::BadLink`] or [`Refusal::TooManyUsers`].
    pub fn set_up(&mut self, link: Digest, user: User) -> Result<(), Refusal> {
        if !self.needs_setup() {
            return Err(Refusal::SetUp);
        }
        if !self.setup.contains(&link) {
            return Err(Refusal::BadLink);
        }
        // Somebody who was invited, and whom nobody has made an administrator that can sign in.
        self.users.retain(|known| known.email != user.email);
        self.add_user(user)?;
        self.setup.clear();
        Ok(())
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`Refusal::EmailTaken`] or [`Refusal::TooManyUsers`].
    pub fn add_user(&mut self, user: User) -> Result<(), Refusal> {
        if self.by_email(&user.email).is_some() {
            return Err(Refusal::EmailTaken);
        }
        if self.users.len() >= MAX_USERS {
            return Err(Refusal::TooManyUsers);
        }
        self.users.push(user);
        Ok(())
    }

    /// Adds a user, or gives the one with this address another password, name and roles.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyUsers`].
    pub fn put_user(&mut self, user: User) -> Result<(), Refusal> {
        let Some(known) = self
            .users
            .iter_mut()
            .find(|known| known.email == user.email)
        else {
            return self.add_user(user);
        };
        known.name = user.name;
        known.roles = user.roles;
        known.password = user.password;
        known.disabled = false;
        Ok(())
    }

    /// Changes a user, unless nobody would be left to manage the installation. Whoever is disabled is signed out.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`], [`Refusal::EmailTaken`] or [`Refusal::LastAdministrator`]; nothing has changed then.
    pub fn change_user(
        &mut self,
        id: UserId,
        change: impl FnOnce(&mut User),
    ) -> Result<(User, User), Refusal> {
        let needed_setup = self.needs_setup();
        let user = self.user_mut(id)?;
        let before = user.clone();
        change(user);
        if user.disabled {
            user.sessions.clear();
            user.link = None;
        }
        let after = user.clone();
        let others = || self.users.iter().filter(|user| user.id != id);
        let taken = others().any(|user| user.email == after.email);
        if taken || (self.needs_setup() && !needed_setup) {
            *self.user_mut(id)? = before;
            return Err(if taken {
                Refusal::EmailTaken
            } else {
                Refusal::LastAdministrator
            });
        }
        Ok((before, after))
    }

    /// Removes a user, unless nobody would be left to manage the installation.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`] or [`Refusal::LastAdministrator`].
    pub fn remove_user(&mut self, id: UserId) -> Result<User, Refusal> {
        let at = self.users.iter().position(|user| user.id == id);
        let at = at.ok_or(Refusal::NoUser)?;
        let needed_setup = self.needs_setup();
        let user = self.users.remove(at);
        if self.needs_setup() && !needed_setup {
            self.users.insert(at, user);
            return Err(Refusal::LastAdministrator);
        }
        Ok(user)
    }

    /// Begins a session of a user whose password was found to be right: `password` is the hash that it was compared
    /// with.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`], [`Refusal::Disabled`] or [`Refusal::PasswordChanged`].
    pub fn sign_in(
        &mut self,
        id: UserId,
        password: &str,
        session: Session,
    ) -> Result<User, Refusal> {
        let user = self.user_mut(id)?;
        if user.disabled {
            return Err(Refusal::Disabled);
        }
        if user.password.as_deref() != Some(password) {
            return Err(Refusal::PasswordChanged);
        }
        Ok(user.begin(session))
    }

    /// Ends a session, whoever's it is.
    pub fn sign_out(&mut self, session: Digest) {
        for user in &mut self.users {
            user.sessions.retain(|known| known.hash != session);
        }
    }

    /// Ends a user's sessions but for one; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`].
    pub fn sign_out_elsewhere(&mut self, id: UserId, here: Digest) -> Result<usize, Refusal> {
        let user = self.user_mut(id)?;
        let before = user.sessions.len();
        user.sessions.retain(|session| session.hash == here);
        Ok(before - user.sessions.len())
    }

    /// Changes a password that was found to be `old`, and ends all sessions but for one.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUser`] or [`Refusal::PasswordChanged`].
    pub fn change_password(
        &mut self,
        id: UserId,
        old: &str,
        new: &str,
        here: Digest,
    ) -> Result<(), Refusal> {
        let user = self.user_mut(id)?;
        if user.password.as_deref() != Some(old) {
            return Err(Refusal::PasswordChanged);
        }
        user.password = Some(new.to_owned());
        user.link = None;
        user.sessions.retain(|session| session.hash == here);
        Ok(())
    }

    /// Whose link this is, if it is valid.
    pub fn by_link(&self, link: Digest, now: Timestamp) -> Option<&User> {
        let valid = |user: &&User| {
            let known = user.link.as_ref();
            !user.disabled && known.is_some_and(|known| known.hash == link && known.until > now)
        };
        self.users.iter().find(valid)
    }

    /// Sets a password by a link, which is void from then on, and begins a session; all others end.
    ///
    /// # Errors
    ///
    /// [`Refusal::BadLink`].
    pub fn join(
        &mut self,
        link: Digest,
        name: Option<&str>,
        password: &str,
        session: Session,
    ) -> Result<User, Refusal> {
        let id = self.by_link(link, session.began).map(|user| user.id);
        let user = self.user_mut(id.ok_or(Refusal::BadLink)?)?;
        if let Some(name) = name {
            name.clone_into(&mut user.name);
        }
        user.link = None;
        user.password = Some(password.to_owned());
        user.sessions.clear();
        Ok(user.begin(session))
    }

    /// Adds a token.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyTokens`].
    pub fn add_token(&mut self, token: Token) -> Result<(), Refusal> {
        if self.tokens.len() >= MAX_TOKENS {
            return Err(Refusal::TooManyTokens);
        }
        self.tokens.push(token);
        Ok(())
    }

    /// Removes a token.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoToken`].
    pub fn remove_token(&mut self, id: UserId) -> Result<Token, Refusal> {
        let at = self.tokens.iter().position(|token| token.id == id);
        Ok(self.tokens.remove(at.ok_or(Refusal::NoToken)?))
    }

    /// Notes when sessions and tokens were used, and drops what has lapsed.
    pub fn note_use(&mut self, used: &[(Digest, Timestamp)], now: Timestamp) {
        let used: HashMap<Digest, Timestamp> = used.iter().copied().collect();
        for user in &mut self.users {
            for session in &mut user.sessions {
                if let Some(at) = used.get(&session.hash) {
                    session.seen = session.seen.max(*at);
                    user.seen = user.seen.max(Some(*at));
                }
            }
            user.sessions.retain(|session| session.is_live(now));
        }
        for token in &mut self.tokens {
            let at = used.get(&token.hash).copied();
            token.used = token.used.max(at);
        }
    }
}
