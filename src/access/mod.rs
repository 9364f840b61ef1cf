//! Floor 3: who may do what.
//!
//! A [`Permission`] is what an endpoint asks for, a [`Role`] is what a person has on a site, and a [`Caller`] is who has
//! passed the door of a site.

mod permission;
mod role;

use std::sync::Arc;

use crate::domain::UserId;
use crate::site::Site;

pub use permission::Permission;
pub use role::Role;

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
