//! How people come in for the first time: by a link that is valid once.

use std::collections::BTreeMap;
use std::io;

use crate::domain::{Millis, Timestamp, UserId};

use super::Role;
use super::code::{Code, Digest};
use super::password;
use super::people::{People, PeopleError};
use super::register::{LINK_LIFE, Refusal};
use super::sign_in::{Entered, SignInError, Visit, email, name, new_id};
use super::user::{EVERY_SITE, Link, User};

/// A link with this code.
pub fn link(code: &Code, life: Millis, now: Timestamp) -> Link {
    Link {
        hash: code.digest(),
        until: now + life,
    }
}

impl People {
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
}
