//! Floor 3: who may do what.
//!
//! A [`Permission`] is what an endpoint asks for, a [`Role`] is what a person has on a site, and a [`Caller`] is who has
//! passed the door of a site.
//!
//! Whoever comes in stands in the [`Register`], one document of the installation that every node knows by heart
//! ([`People`]). It has hashes only: of passwords slow ones, of everything random fast ones.

pub mod audit;
mod code;
mod links;
mod password;
mod people;
mod permission;
pub mod preferences;
mod register;
#[cfg(test)]
mod register_tests;
mod role;
mod sign_in;
mod throttle;
mod user;

use std::sync::Arc;

use crate::domain::UserId;
use crate::site::Site;

pub use code::{Code, Digest};
pub use links::link;
pub use password::HashError;
pub use people::{People, PeopleError, Person, REGISTER};
pub use permission::Permission;
pub use register::{LINK_LIFE, MAX_TOKENS, MAX_USERS, Refusal, Register};
pub use role::Role;
pub use sign_in::{Entered, SignInError, Visit, email, name, new_id};
pub use user::{EVERY_SITE, IDLE, LONGEST, Link, MAX_SESSIONS, Session, Token, User};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person who has signed in, and the name they go by.
    User(UserId, Arc<str>),
    /// A program, by the name of its token.
    Token(Arc<str>),
}

impl Who {
    /// The name that stands beside what was done.
    pub fn name(&self) -> &str {
        match self {
            Self::User(_, name) | Self::Token(name) => name,
        }
    }
}

/// Somebody who may do something on a site.
#[derive(Clone)]
pub struct Caller {
    /// The site.
    pub site: Arc<Site>,
    /// Who it is.
    pub who: Who,
}
