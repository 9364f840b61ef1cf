//! Who asks: by a token of the settings, a token that somebody has made, or the session of somebody who has signed in.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::access::{
    Caller, Digest, PeopleError, Permission, Person, Refusal, SignInError, Visit, Who,
};
use crate::clock;
use crate::domain::Timestamp;

use super::problem::{Kind, Problem};
use super::{App, cookie, guard, peer};

/// The name of the tokens in the settings.
const SETTINGS: &str = "settings";

/// What somebody shows at the door.
enum Credential<'a> {
    Bearer(&'a str),
    Cookie(Digest),
}

/// What is shown. A bearer token goes before a cookie.
fn credential(headers: &HeaderMap) -> Result<Credential<'_>, Problem> {
    let nothing = || {
        Problem::new(
            Kind::Unauthorized,
            "sign in, or send `Authorization: Bearer <token>` with a token of the site",
        )
    };
    let Some(bearer) = headers.get(header::AUTHORIZATION) else {
        return cookie::session(headers)
            .map(Credential::Cookie)
            .ok_or_else(nothing);
    };
    let token = bearer
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "));
    token
        .map(|token| Credential::Bearer(token.trim()))
        .ok_or_else(nothing)
}

/// Whether a cookie, and nothing else, says who asks.
pub(super) fn is_by_cookie(headers: &HeaderMap) -> bool {
    matches!(credential(headers), Ok(Credential::Cookie(_)))
}

/// Lets somebody in who may do something on the site that the path names.
///
/// # Errors
///
/// [`Kind::Unauthorized`] when nobody asks, [`Kind::Forbidden`] when it is not allowed.
pub(super) async fn admit(
    app: &App,
    site: &str,
    headers: &HeaderMap,
    permission: Permission,
) -> Result<Caller, Problem> {
    let now = clock::now();
    match credential(headers)? {
        Credential::Bearer(token) => by_token(app, site, token, permission, now).await,
        Credential::Cookie(session) => {
            let person = person(app, session, now).await?;
            by_role(app, site, &person, permission)
        }
    }
}

async fn by_token(
    app: &App,
    name: &str,
    token: &str,
    permission: Permission,
    now: Timestamp,
) -> Result<Caller, Problem> {
    let site = app.pipeline.sites.named(name);
    let caller = |who: &str| {
        site.map(|site| Caller {
            site: Arc::clone(site),
            who: Who::Token(who.into()),
        })
    };
    if site.is_some_and(|site| site.admits(token)) {
        if permission == Permission::ManagePeople {
            return Err(Problem::new(Kind::Forbidden, NOT_BY_TOKEN));
        }
        return caller(SETTINGS).ok_or_else(|| closed(permission));
    }
    let known = app.people.token(Digest::of(token), now).await?;
    // An unknown site, a wrong token and one that may not do this look the same from outside.
    let known = known.filter(|known| known.may(permission, name, now));
    known
        .and_then(|known| caller(&known.name))
        .ok_or_else(|| closed(permission))
}

fn closed(permission: Permission) -> Problem {
    let word = permission.word();
    let detail = format!("the token does not open this site for `{word}`");
    Problem::new(Kind::Forbidden, detail)
}

/// Why a token is not enough.
const NOT_BY_TOKEN: &str = "this is for people who have signed in; a token is not enough";

async fn person(app: &App, session: Digest, now: Timestamp) -> Result<Person, Problem> {
    let person = app.people.person(session, now).await?;
    person.ok_or_else(|| {
        let detail = "the session has ended; sign in again";
        Problem::new(Kind::Unauthorized, detail)
    })
}

fn by_role(
    app: &App,
    name: &str,
    person: &Person,
    permission: Permission,
) -> Result<Caller, Problem> {
    let allowed = person.user.may(permission, name);
    let site = app.pipeline.sites.named(name).filter(|_| allowed);
    let site = site.ok_or_else(|| {
        let word = permission.word();
        let detail = format!("your role on this site does not allow `{word}`");
        Problem::new(Kind::Forbidden, detail)
    })?;
    Ok(Caller {
        site: Arc::clone(site),
        who: who(person),
    })
}

/// Somebody who has signed in.
pub(super) fn who(person: &Person) -> Who {
    Who::User(person.user.id, person.user.name.as_str().into())
}

/// Lets in whoever has signed in.
///
/// # Errors
///
/// [`Kind::Unauthorized`] when nobody has, [`Kind::Forbidden`] when a program asks.
pub(super) async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Person, Problem> {
    match credential(headers)? {
        Credential::Cookie(session) => person(app, session, clock::now()).await,
        Credential::Bearer(_) => Err(Problem::new(Kind::Forbidden, NOT_BY_TOKEN)),
    }
}

/// Lets in whoever has signed in and may do something on some site.
///
/// # Errors
///
/// As [`signed_in`], and [`Kind::Forbidden`] when they may do it nowhere.
pub(super) async fn somewhere(
    app: &App,
    headers: &HeaderMap,
    permission: Permission,
) -> Result<Person, Problem> {
    // What is shown is to be as another node has left it.
    app.people.refresh(clock::now()).await?;
    let person = signed_in(app, headers).await?;
    if person.user.may_somewhere(permission) {
        return Ok(person);
    }
    let word = permission.word();
    let detail = format!("your role does not allow `{word}` on any site");
    Err(Problem::new(Kind::Forbidden, detail))
}

/// From where somebody wants to come in, if their address has not asked too often.
pub(super) fn visit(app: &App, parts: &Parts) -> Result<Visit, Problem> {
    let address: IpAddr = guard::client_address(app, peer(parts), &parts.headers);
    app.limits.address(address)?;
    let agent = parts.headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let agent = app.pipeline.enricher.agent(agent);
    let names = [agent.browser.as_deref(), agent.os.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    Ok(Visit {
        address: address.to_canonical(),
        device: names.join(", "),
        now: clock::now(),
    })
}

impl From<Refusal> for Problem {
    fn from(why: Refusal) -> Self {
        let kind = match why {
            Refusal::NoUser | Refusal::NoToken => Kind::NotFound,
            Refusal::BadLink => Kind::BadLink,
            Refusal::EmailTaken
            | Refusal::TooManyUsers
            | Refusal::TooManyTokens
            | Refusal::LastAdministrator
            | Refusal::SetUp
            | Refusal::PasswordChanged
            | Refusal::Disabled => Kind::NotPossible,
        };
        Self::new(kind, why.to_string())
    }
}

impl From<PeopleError> for Problem {
    fn from(why: PeopleError) -> Self {
        let told = why.to_string();
        match why {
            PeopleError::Refused(why) => why.into(),
            PeopleError::Store(why) => why.into(),
            PeopleError::Hash(crate::access::HashError::Busy)
            | PeopleError::Contended
            | PeopleError::Stale => Self::new(Kind::Unavailable, told).retry_after(1),
            PeopleError::Hash(crate::access::HashError::Fault(_)) | PeopleError::Unreadable(_) => {
                tracing::error!(why = told, "nobody can be let in");
                Self::new(Kind::Internal, told)
            }
        }
    }
}

impl From<SignInError> for Problem {
    fn from(why: SignInError) -> Self {
        let told = why.to_string();
        match why {
            SignInError::Wrong => Self::new(Kind::WrongPassword, told),
            SignInError::Wait(wait) => {
                Self::new(Kind::RateLimited, told).retry_after(wait.0.div_ceil(1_000))
            }
            SignInError::Weak(_) => Self::new(Kind::WeakPassword, told),
            SignInError::Bad(_) => Self::new(Kind::BadParameter, told),
            SignInError::People(why) => why.into(),
        }
    }
}
