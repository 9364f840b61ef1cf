//! Where Redis is, as an operator writes it.
//!
//! | address                                   | what it means                                                |
//! |-------------------------------------------|--------------------------------------------------------------|
//! | `redis://host:port/db`                    | one Redis                                                    |
//! | `redis+cluster://host:port,host:port`     | some nodes of a Redis Cluster; the rest is found from them   |
//! | `redis+sentinel://host:port,host:port/name/db` | sentinels, and the name that they know the primary by   |
//!
//! Before the hosts may stand `user:password@` or `:password@`, percent-encoded where it must be. The port may be left
//! out, and so may the database.

use std::fmt;

use redis::ConnectionAddr;
use thiserror::Error;

/// Where Redis is and how to log in. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisAddress {
    pub(super) kind: Kind,
    /// Hosts and ports, at least one.
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) db: i64,
}

/// What answers at the hosts of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    One,
    Cluster,
    /// Sentinels, which know the primary by this name.
    Sentinel(String),
}

/// Why a text is not an address of Redis. Never shows the text, which may hold a password.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddressError {
    /// The scheme is another.
    #[error(
        "a Redis address begins with redis://, redis+cluster:// or redis+sentinel://, and this one with {0:?}"
    )]
    Scheme(String),
    /// There is no scheme.
    #[error("the address of Redis has no scheme: write redis://{0}")]
    NoScheme(String),
    /// A host or port is missing or wrong.
    #[error("the address of Redis has no usable host: {0:?}; write host or host:port")]
    Host(String),
    /// The database is not a number, or there cannot be one.
    #[error("the address of Redis ends in {0:?}, where only the number of a database may stand")]
    Database(String),
    /// A cluster has no other database.
    #[error("a cluster has only database 0, and its address ends in {0:?}; leave that out")]
    ClusterDatabase(String),
    /// Sentinels need the primary's name.
    #[error(
        "write the name that the sentinels know the primary by: redis+sentinel://host:port/name"
    )]
    NoName,
    /// The user or password is not percent-encoded text.
    #[error("the user or password in the address of Redis is not percent-encoded UTF-8")]
    Login,
    /// `cluster` and the address say different things.
    #[error("`cluster = {0}` contradicts the address {1}; leave one of them out")]
    Contradiction(bool, String),
    /// There is no address.
    #[error("name at least one address of Redis: urls = [\"redis://host:port\"]")]
    Empty,
    /// There are several that do not belong together.
    #[error(
        "the addresses of Redis do not belong together: give one, or several nodes of one cluster with the same login"
    )]
    Several,
}

const DEFAULT_PORT: u16 = 6_379;
const DEFAULT_SENTINEL_PORT: u16 = 26_379;

impl RedisAddress {
    /// Reads one address.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(AddressError::NoScheme(shown(text).to_owned()));
        };
        let (login, rest) = rest
            .rsplit_once('@')
            .map_or((None, rest), |(login, rest)| (Some(login), rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (kind, db, port) = match scheme {
            "redis" => (Kind::One, path, DEFAULT_PORT),
            "redis+cluster" => (Kind::Cluster, path, DEFAULT_PORT),
            "redis+sentinel" => {
                let (name, db) = path.split_once('/').unwrap_or((path, ""));
                if name.is_empty() {
                    return Err(AddressError::NoName);
                }
                (Kind::Sentinel(name.to_owned()), db, DEFAULT_SENTINEL_PORT)
            }
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        let (user, password) = login.map_or(Ok((None, None)), read_login)?;
        let hosts: Vec<_> = hosts
            .split(',')
            .map(|host| read_host(host, port))
            .collect::<Result<_, _>>()?;
        if kind == Kind::One && hosts.len() > 1 {
            return Err(AddressError::Several);
        }
        Ok(Self {
            db: read_db(&kind, db)?,
            kind,
            hosts,
            user,
            password,
        })
    }

    /// Whether it is that of a cluster.
    pub fn is_cluster(&self) -> bool {
        self.kind == Kind::Cluster
    }

    /// Reads the addresses of one installation; with `cluster`, plain addresses are those of a cluster's nodes.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn parse_all<T: AsRef<str>>(texts: &[T], cluster: bool) -> Result<Self, AddressError> {
        let mut all: Option<Self> = None;
        for text in texts {
            let mut next = Self::parse(text.as_ref())?;
            if cluster && next.kind == Kind::One {
                next.db = read_db(&Kind::Cluster, &next.db.to_string())?;
                next.kind = Kind::Cluster;
            }
            match &mut all {
                None => all = Some(next),
                Some(all) => {
                    let same = all.kind == next.kind
                        && (&all.user, &all.password, all.db)
                            == (&next.user, &next.password, next.db);
                    if !same || all.kind == Kind::One {
                        return Err(AddressError::Several);
                    }
                    all.hosts.append(&mut next.hosts);
                }
            }
        }
        all.ok_or(AddressError::Empty)
    }

    /// The hosts as the client wants them.
    pub(super) fn addresses(&self) -> impl Iterator<Item = ConnectionAddr> {
        let address = |(host, port): &(String, u16)| ConnectionAddr::Tcp(host.clone(), *port);
        self.hosts.iter().map(address)
    }
}

/// An address without its password.
impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            Kind::One => "redis://",
            Kind::Cluster => "redis+cluster://",
            Kind::Sentinel(_) => "redis+sentinel://",
        })?;
        for (nth, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if nth > 0 { "," } else { "" };
            let (open, close) = if host.contains(':') {
                ("[", "]")
            } else {
                ("", "")
            };
            write!(f, "{comma}{open}{host}{close}:{port}")?;
        }
        if let Kind::Sentinel(name) = &self.kind {
            write!(f, "/{name}")?;
        }
        if self.db == 0 {
            Ok(())
        } else {
            write!(f, "/{}", self.db)
        }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What may be shown of a text without a scheme: all of it if it is but a host and a port.
fn shown(text: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let parts = text.split_once(':');
    let place = parts.is_some_and(|(host, port)| {
        !host.is_empty() && host.chars().all(plain) && port.parse::<u16>().is_ok()
    });
    if place { text } else { "host:port" }
}

fn read_host(text: &str, default_port: u16) -> Result<(String, u16), AddressError> {
    let wrong = || AddressError::Host(text.to_owned());
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(wrong)?;
            (host, port.strip_prefix(':'))
        }
        None => text
            .split_once(':')
            .map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(wrong());
    }
    let port = port.map_or(Ok(default_port), str::parse);
    Ok((host.to_owned(), port.map_err(|_| wrong())?))
}

fn read_db(kind: &Kind, text: &str) -> Result<i64, AddressError> {
    let wrong = || AddressError::Database(text.to_owned());
    if text.is_empty() {
        return Ok(0);
    }
    let db: u16 = text.parse().map_err(|_| wrong())?;
    if *kind == Kind::Cluster && db != 0 {
        return Err(AddressError::ClusterDatabase(text.to_owned()));
    }
    Ok(i64::from(db))
}

type Login = (Option<String>, Option<String>);

fn read_login(text: &str) -> Result<Login, AddressError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let filled = |text: String| (!text.is_empty()).then_some(text);
    Ok((filled(decoded(user)?), filled(decoded(password)?)))
}

/// The text behind its percent-encoding.
fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            let byte = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.push(byte.ok_or(AddressError::Login)?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_their_password() {
        for (text, shown) in [
            ("redis://localhost", "redis://localhost:6379"),
            ("redis://:s3cret@10.0.0.1:7000/2", "redis://10.0.0.1:7000/2"),
            ("redis://me:s%40cret@[::1]:7000", "redis://[::1]:7000"),
            (
                "redis+cluster://:s3cret@a:1,b:2,c",
                "redis+cluster://a:1,b:2,c:6379",
            ),
            (
                "redis+sentinel://a,b:2/primary/1",
                "redis+sentinel://a:26379,b:2/primary/1",
            ),
        ] {
            let address = RedisAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
        }
        let address = RedisAddress::parse("redis://me:s%40cret@host").unwrap();
        assert_eq!(address.user.as_deref(), Some("me"));
        assert_eq!(address.password.as_deref(), Some("s@cret"));
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (text, why) in [
            (
                "localhost:6379",
                AddressError::NoScheme("localhost:6379".to_owned()),
            ),
            (
                ":s3cret@localhost:6379",
                AddressError::NoScheme("host:port".to_owned()),
            ),
            ("rediss://host", AddressError::Scheme("rediss".to_owned())),
            ("redis://", AddressError::Host(String::new())),
            ("redis://a:port", AddressError::Host("a:port".to_owned())),
            (
                "redis://a/first",
                AddressError::Database("first".to_owned()),
            ),
            (
                "redis+cluster://a/1",
                AddressError::ClusterDatabase("1".to_owned()),
            ),
            ("redis://a,b", AddressError::Several),
            ("redis+sentinel://a", AddressError::NoName),
            ("redis://:%zz@a", AddressError::Login),
        ] {
            assert_eq!(RedisAddress::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn several_addresses_are_nodes_of_one_cluster() {
        let all = RedisAddress::parse_all(&["redis://a:1", "redis://b:2"], true).unwrap();
        assert_eq!(all.to_string(), "redis+cluster://a:1,b:2");
        let one = RedisAddress::parse_all(&["redis://a:1"], false).unwrap();
        assert_eq!(one.to_string(), "redis://a:1");
        let several = Err(AddressError::Several);
        let two = RedisAddress::parse_all(&["redis://a:1", "redis://b:2"], false);
        assert_eq!(two, several);
        let logins = RedisAddress::parse_all(&["redis://:x@a:1", "redis://b:2"], true);
        assert_eq!(logins, several);
        let none = RedisAddress::parse_all::<&str>(&[], true);
        assert_eq!(none, Err(AddressError::Empty));
    }
}
