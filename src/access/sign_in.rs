//! How people come in: by a password, or by a link that is valid once.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use thiserror::Error;

use crate::domain::{Millis, Timestamp, UserId};
use crate::secret;

use super::Role;
use super::code::{Code, Digest};
use super::password::{self, HashError, Weak};
use super::people::{People, PeopleError, Person};
use super::register::{LINK_LIFE, Refusal};
use super::user::{EVERY_SITE, Link, Session, User};

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
    fn session(&self) -> io::Result<(Code, Session)> {
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

    /// Makes a link by which the first administrator is made, if there is none; returns its code.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    pub async fn offer_setup(&self) -> Result<Option<Code>, SignInError> {
        let code = Code::draw("")?;
        let offered = self.change(|register| register.offer_setup(code.digest(), !self.is_shared));
        match offered.await {
            Ok(()) => Ok(Some(code)),
            Err(PeopleError::Refused(Refusal::SetUp)) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }

    /// Sees to it that these people are there, sign in with this password, and are what they are on all sites. Their
    /// sessions stay.
    ///
    /// # Errors
    ///
    /// When they cannot be kept.
    pub async fn make_demo(
        &self,
        people: &[(&str, &str, Role)],
        chosen: &str,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        let hash = self.passwords.hash(chosen.to_owned()).await?;
        let ids: io::Result<Vec<UserId>> = people.iter().map(|_| new_id()).collect();
        let ids = ids?;
        let made = self.change(|register| {
            for ((email, name, role), id) in people.iter().zip(&ids) {
                let roles = BTreeMap::from([(EVERY_SITE.to_owned(), *role)]);
                register.put_user(User {
                    id: *id,
                    email: (*email).to_owned(),
                    name: (*name).to_owned(),
                    roles,
                    password: Some(hash.clone()),
                    disabled: false,
                    link: None,
                    sessions: Vec::new(),
                    created: now,
                    seen: None,
                })?;
            }
            register.setup.clear();
            Ok(())
        });
        Ok(made.await?)
    }

    /// Makes the first administrator, by the code of a link.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn set_up(
        &self,
        code: &str,
        person: (&str, &str),
        chosen: &str,
        visit: &Visit,
    ) -> Result<Entered, SignInError> {
        let link = Digest::of(code);
        let (email, name) = (email(person.0)?, name(person.1)?);
        password::check(chosen, &email, &name)?;
        self.refresh(visit.now).await?;
        // Before the hard work, so that it is done for nobody without a link.
        self.look(|register| {
            if !register.needs_setup() {
                return Err(Refusal::SetUp);
            }
            let offered = register.setup.contains(&link);
            offered.then_some(()).ok_or(Refusal::BadLink)
        })?;
        let hash = self.passwords.hash(chosen.to_owned()).await?;
        let (cookie, session) = visit.session()?;
        let user = User {
            id: new_id()?,
            email,
            name,
            roles: BTreeMap::from([(EVERY_SITE.to_owned(), Role::Administrator)]),
            password: Some(hash),
            disabled: false,
            link: None,
            sessions: vec![session],
            created: visit.now,
            seen: Some(visit.now),
        };
        self.change(|register| register.set_up(link, user.clone()))
            .await?;
        Ok(Entered { user, cookie })
    }

    /// Invites somebody; returns the code of the link by which they choose a password.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn invite(
        &self,
        person: (&str, &str),
        roles: BTreeMap<String, Role>,
        now: Timestamp,
    ) -> Result<(User, Code), SignInError> {
        let code = Code::draw("")?;
        let user = User {
            id: new_id()?,
            email: email(person.0)?,
            name: name(person.1)?,
            roles,
            password: None,
            disabled: false,
            link: Some(link(&code, LINK_LIFE, now)),
            sessions: Vec::new(),
            created: now,
            seen: None,
        };
        self.change(|register| register.add_user(user.clone()))
            .await?;
        Ok((user, code))
    }

    /// Makes a new link by which somebody chooses a password; the one before is void.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn renew_link(
        &self,
        id: UserId,
        now: Timestamp,
    ) -> Result<(User, Code), SignInError> {
        let code = Code::draw("")?;
        let user = self.offer_link(id, link(&code, LINK_LIFE, now)).await?;
        Ok((user, code))
    }

    /// Lets somebody choose a password by a link that was made elsewhere.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn offer_link(&self, id: UserId, link: Link) -> Result<User, PeopleError> {
        self.change(|register| {
            let (before, after) =
                register.change_user(id, |user| user.link = Some(link.clone()))?;
            if before.disabled {
                return Err(Refusal::Disabled);
            }
            Ok(after)
        })
        .await
    }

    /// Sets the password that somebody has chosen, by the code of a link, and lets them in.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn join(
        &self,
        code: &str,
        new_name: Option<&str>,
        chosen: &str,
        visit: &Visit,
    ) -> Result<Entered, SignInError> {
        let link = Digest::of(code);
        self.refresh(visit.now).await?;
        let user = self.look(|register| register.by_link(link, visit.now).cloned());
        let user = user.ok_or(Refusal::BadLink)?;
        let new_name = new_name.map(name).transpose()?;
        password::check(
            chosen,
            &user.email,
            new_name.as_deref().unwrap_or(&user.name),
        )?;
        let hash = self.passwords.hash(chosen.to_owned()).await?;
        let (cookie, session) = visit.session()?;
        let joined = self
            .change(|register| register.join(link, new_name.as_deref(), &hash, session.clone()));
        let user = joined.await?;
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

/// A link with this code.
pub fn link(code: &Code, life: Millis, now: Timestamp) -> Link {
    Link {
        hash: code.digest(),
        until: now + life,
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
