//! How people come in who have a password.

use std::io;
use std::net::IpAddr;

use thiserror::Error;

use crate::domain::{Millis, Timestamp, UserId};
use crate::secret;

use super::code::{Code, Digest};
use super::password::{self, HashError, Weak};
use super::people::{People, PeopleError, Person};
use super::register::Refusal;
use super::user::{Session, User};

/// The most characters of an e-mail address.
const LONGEST_EMAIL: usize = 254;
/// The most characters of a name.
const LONGEST_NAME: usize = 120;
/// The most characters of what a browser calls itself.
const LONGEST_DEVICE: usize = 80;
/// So much of an e-mail address is cut where it is only compared.
const LONGEST_GUESS: usize = 1_024;

/// Why somebody does not come in.
#[derive(Debug, Error)]
pub enum SignInError {
    /// Nobody has this address and this password.
    #[error("no user has this e-mail address and this password")]
    Wrong,
    /// Too many wrong passwords came before.
    #[error("too many wrong passwords; try again later")]
    Wait(Millis),
    /// A password that cannot be chosen.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// An e-mail address or a name that cannot be.
    #[error("{0}")]
    Bad(&'static str),
    /// The register says no, or nothing.
    #[error(transparent)]
    People(#[from] PeopleError),
}

impl From<Refusal> for SignInError {
    fn from(why: Refusal) -> Self {
        Self::People(why.into())
    }
}

impl From<HashError> for SignInError {
    fn from(why: HashError) -> Self {
        Self::People(why.into())
    }
}

impl From<io::Error> for SignInError {
    fn from(why: io::Error) -> Self {
        HashError::Fault(why.to_string()).into()
    }
}

/// Who wants to come in, from where.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The address of the browser.
    pub address: IpAddr,
    /// What it calls itself.
    pub device: String,
    /// When.
    pub now: Timestamp,
}

impl Visit {
    /// A session that begins now, and its cookie.
    pub(super) fn session(&self) -> io::Result<(Code, Session)> {
        let cookie = Code::draw("")?;
        let session = Session {
            hash: cookie.digest(),
            began: self.now,
            seen: self.now,
            device: self.device.chars().take(LONGEST_DEVICE).collect(),
        };
        Ok((cookie, session))
    }
}

/// Somebody who has just come in, and the cookie to remember them by.
#[derive(Debug)]
pub struct Entered {
    /// Who.
    pub user: User,
    /// What their browser is to keep.
    pub cookie: Code,
}

/// An e-mail address as it is kept.
///
/// # Errors
///
/// When it cannot be one. Only mail would tell whether it is.
pub fn email(text: &str) -> Result<String, SignInError> {
    let text = text.trim().to_lowercase();
    let parts = text.split_once('@');
    let fits = parts.is_some_and(|(local, host)| !local.is_empty() && host.len() > 2)
        && text.chars().count() <= LONGEST_EMAIL
        && text.matches('@').count() == 1
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    fits.then_some(text).ok_or(SignInError::Bad(
        "`email` is an e-mail address of at most 254 characters",
    ))
}

/// A name as it is kept.
///
/// # Errors
///
/// When it is none.
pub fn name(text: &str) -> Result<String, SignInError> {
    let text = text.trim();
    let fits = !text.is_empty()
        && text.chars().count() <= LONGEST_NAME
        && !text.contains(char::is_control);
    let bad = SignInError::Bad("`name` has 1 to 120 characters, in one line");
    fits.then(|| text.to_owned()).ok_or(bad)
}

/// A random id.
///
/// # Errors
///
/// When the operating system has no random numbers to give.
pub fn new_id() -> io::Result<UserId> {
    secret::random().map(UserId)
}

impl People {
    /// Lets somebody in who knows a password. Takes the same time whether there is such a user or not. The session in
    /// which they were before, if they were, ends.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        before: Option<Digest>,
        visit: &Visit,
    ) -> Result<Entered, SignInError> {
        let email: String = email
            .trim()
            .to_lowercase()
            .chars()
            .take(LONGEST_GUESS)
            .collect();
        let begun = self.throttle.begin(&email, visit.address, visit.now);
        begun.map_err(SignInError::Wait)?;
        self.refresh(visit.now).await?;
        let (id, known) = self.look(|register| {
            let user = register.by_email(&email);
            let user = user.filter(|user| !user.disabled);
            (
                user.map(|user| user.id),
                user.and_then(|user| user.password.clone()),
            )
        });
        let password = password.chars().take(password::LONGEST + 1).collect();
        let right = self.passwords.verify(password, known.as_deref()).await?;
        let (Some(id), Some(known), true) = (id, known, right) else {
            return Err(SignInError::Wrong);
        };
        let (cookie, session) = visit.session()?;
        let entered = self.change(|register| {
            if let Some(before) = before {
                register.sign_out(before);
            }
            register.sign_in(id, &known, session.clone())
        });
        let user = match entered.await {
            Err(PeopleError::Refused(
                Refusal::NoUser | Refusal::Disabled | Refusal::PasswordChanged,
            )) => return Err(SignInError::Wrong),
            entered => entered?,
        };
        self.throttle.right(&email, visit.address, visit.now);
        Ok(Entered { user, cookie })
    }

    /// Changes the password of somebody who knows the one before. Their other sessions end.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn change_password(
        &self,
        person: &Person,
        current: &str,
        chosen: &str,
        visit: &Visit,
    ) -> Result<(), SignInError> {
        let user = &person.user;
        password::check(chosen, &user.email, &user.name)?;
        // Who sits at a browser that somebody has left may guess no more often than at the door.
        let begun = self.throttle.begin(&user.email, visit.address, visit.now);
        begun.map_err(SignInError::Wait)?;
        let known = user.password.clone();
        let current = current.chars().take(password::LONGEST + 1).collect();
        let right = self.passwords.verify(current, known.as_deref()).await?;
        let (Some(known), true) = (known, right) else {
            return Err(SignInError::Wrong);
        };
        self.throttle.right(&user.email, visit.address, visit.now);
        let hash = self.passwords.hash(chosen.to_owned()).await?;
        let changed = self
            .change(|register| register.change_password(user.id, &known, &hash, person.session));
        Ok(changed.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_one_form() {
        assert_eq!(email(" Sara@Shop.Example ").unwrap(), "sara@shop.example");
        for bad in [
            "",
            "sara",
            "@shop.example",
            "sara@",
            "a@b@c.example",
            "a b@c.example",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        assert!(email(&format!("{}@shop.example", "x".repeat(250))).is_err());
        assert_eq!(name(" Sara Noor ").unwrap(), "Sara Noor");
        assert!(name(" ").is_err() && name("a\nb").is_err());
    }
}
