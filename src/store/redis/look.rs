//! A look at Redis before it is used: what waiting does not mend, and what an operator had better change.

use std::collections::BTreeSet;
use std::time::Duration;

use redis::{ConnectionAddr, ErrorKind, RedisError, Value};

use super::link::{self, Connection};
use super::trouble::Trouble;
use super::url::{Kind, RedisAddress};

/// What a first look at Redis tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It can be used, and should be set up better in these points.
    Usable(Vec<String>),
    /// It cannot be used however long one waits, and why.
    Unusable(String),
    /// It does not answer, or not yet, and why.
    Unknown(String),
}

/// How a look at one server ended early.
type Ended<T> = Result<T, Look>;

impl Look {
    /// Looks at what is at this address. `timeout` is that of connecting and of each question.
    pub async fn at(address: &RedisAddress, timeout: Duration) -> Self {
        let looked = match &address.kind {
            Kind::One | Kind::Cluster => servers(address, timeout).await,
            Kind::Sentinel(name) => primary(address, name, timeout).await,
        };
        looked.map_or_else(
            |ended| ended,
            |wishes| Self::Usable(wishes.into_iter().collect()),
        )
    }
}

/// Looks at all servers named; one that answers is enough.
async fn servers(address: &RedisAddress, timeout: Duration) -> Ended<BTreeSet<String>> {
    let mut wishes: Option<BTreeSet<String>> = None;
    let mut unknown = Look::Unknown(Trouble::Connection.describe().to_owned());
    for host in address.addresses() {
        match server(address, host, timeout).await {
            Ok(more) => wishes.get_or_insert_default().extend(more),
            Err(why @ Look::Unusable(_)) => return Err(why),
            Err(why) => unknown = why,
        }
    }
    wishes.ok_or(unknown)
}

async fn server(
    address: &RedisAddress,
    host: ConnectionAddr,
    timeout: Duration,
) -> Ended<Vec<String>> {
    let place = host.to_string();
    let connected = link::connect_to(address, host, timeout).await;
    let mut server = connected.map_err(|why| ended(&place, &why))?;
    let info = match ask(&mut server, &["INFO"]).await {
        Ok(info) => text(&info),
        // Who may not ask is told nothing.
        Err(why) if why.code() == Some("NOPERM") => String::new(),
        Err(why) => return Err(ended(&place, &why)),
    };
    if let Some(why) = unfit(address, &place, &info) {
        return Err(Look::Unusable(why));
    }
    let db = address.db.to_string();
    if address.db != 0
        && let Err(why) = ask(&mut server, &["SELECT", &db]).await
    {
        return Err(ended(&place, &why));
    }
    Ok(wishes(&info))
}

/// Asks the sentinels, then looks at the primary that they name.
async fn primary(address: &RedisAddress, name: &str, timeout: Duration) -> Ended<BTreeSet<String>> {
    let question = ["SENTINEL", "get-master-addr-by-name", name];
    let mut last = Look::Unknown("no sentinel can be reached".to_owned());
    for host in address.addresses() {
        let place = host.to_string();
        // Sentinels are not asked for as the user of Redis.
        let anyone = RedisAddress {
            kind: Kind::One,
            user: None,
            password: None,
            ..address.clone()
        };
        let answer = match link::connect_to(&anyone, host, timeout).await {
            Ok(mut sentinel) => ask(&mut sentinel, &question).await,
            Err(why) => Err(why),
        };
        match answer {
            Ok(found) => match named(&found) {
                Some(found) => {
                    let looked = server(address, found, timeout).await;
                    return looked.map(|wishes| wishes.into_iter().collect());
                }
                None => last = Look::Unusable(format!("the sentinel at {place} knows no {name:?}")),
            },
            Err(why) if why.code() == Some("NOAUTH") => {
                let why = format!(
                    "the sentinel at {place} asks for a password, which cannot be given here"
                );
                return Err(Look::Unusable(why));
            }
            Err(why) if why.code() == Some("ERR") => {
                let why = format!("{place} is no sentinel; for one Redis, write redis://{place}");
                return Err(Look::Unusable(why));
            }
            Err(why) => {
                if !matches!(last, Look::Unusable(_)) {
                    last = ended(&place, &why);
                }
            }
        }
    }
    Err(last)
}

/// Where the sentinels' answer says that the primary is.
fn named(answer: &Value) -> Option<ConnectionAddr> {
    let Value::Array(parts) = answer else {
        return None;
    };
    let [host, port] = parts.as_slice() else {
        return None;
    };
    Some(ConnectionAddr::Tcp(text(host), text(port).parse().ok()?))
}

async fn ask(server: &mut Connection, words: &[&str]) -> Result<Value, RedisError> {
    let mut cmd = redis::Cmd::new();
    for word in words {
        cmd.arg(*word);
    }
    server.ask(&cmd, None).await
}

fn text(answer: &Value) -> String {
    redis::from_redis_value_ref(answer).unwrap_or_default()
}

/// What an error says of the server at this place.
fn ended(place: &str, why: &RedisError) -> Look {
    let code = why.code().unwrap_or_default();
    let said = why.to_string();
    if code == "NOAUTH" {
        return Look::Unusable(format!(
            "Redis at {place} asks for a password; write it before the host: redis://:password@host"
        ));
    }
    if why.kind() == ErrorKind::AuthenticationFailed {
        return Look::Unusable(format!(
            "Redis at {place} does not accept the user and password of the address"
        ));
    }
    if said.contains("out of range") {
        return Look::Unusable(format!(
            "Redis at {place} has no database of that number ({said})"
        ));
    }
    Look::Unknown(format!(
        "{} ({place}: {said})",
        Trouble::from(why).describe()
    ))
}

/// The value of a line of what Redis says of itself.
fn said<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = info.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// Why a server that says this of itself is not what the address says.
fn unfit(address: &RedisAddress, place: &str, info: &str) -> Option<String> {
    if said(info, "redis_mode") == Some("sentinel") {
        return Some(format!(
            "{place} is a sentinel; write redis+sentinel://{place}/ and the name it knows the primary by"
        ));
    }
    let is_cluster = said(info, "cluster_enabled")? == "1";
    match (&address.kind, is_cluster) {
        (Kind::Cluster, false) => Some(format!(
            "{place} is no node of a cluster; write redis://{place}, without `cluster = true`"
        )),
        (Kind::One | Kind::Sentinel(_), true) => Some(format!(
            "{place} is a node of a cluster; write redis+cluster://{place} or set `cluster = true`"
        )),
        (Kind::Cluster, true) | (Kind::One | Kind::Sentinel(_), false) => None,
    }
}

/// What had better be set up otherwise.
fn wishes(info: &str) -> Vec<String> {
    let mut wishes = Vec::new();
    let policy = said(info, "maxmemory_policy").unwrap_or("noeviction");
    if policy != "noeviction" && said(info, "maxmemory").is_some_and(|limit| limit != "0") {
        wishes.push(format!(
            "maxmemory-policy is {policy}: a full Redis drops visitors and records; set it to noeviction"
        ));
    }
    if said(info, "aof_enabled") == Some("0") {
        let loss =
            "appendonly is off: what is acknowledged is lost with Redis' memory; set it to yes";
        wishes.push(loss.to_owned());
    }
    wishes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_redis_says_of_itself_is_compared_with_the_address() {
        for (address, info, wanted) in [
            ("redis://a", "cluster_enabled:0\r\n", None),
            ("redis+cluster://a", "cluster_enabled:1\r\n", None),
            (
                "redis://a",
                "x:1\r\ncluster_enabled:1\r\n",
                Some("redis+cluster://here"),
            ),
            (
                "redis+cluster://a",
                "cluster_enabled:0\r\n",
                Some("redis://here"),
            ),
            (
                "redis://a",
                "redis_mode:sentinel\r\n",
                Some("redis+sentinel://here"),
            ),
            // Who may not ask is told nothing.
            ("redis+cluster://a", "", None),
        ] {
            let address = RedisAddress::parse(address).unwrap();
            let why = unfit(&address, "here", info);
            assert_eq!(why.is_some(), wanted.is_some(), "{info:?}");
            assert!(why.unwrap_or_default().contains(wanted.unwrap_or("")));
        }
    }

    #[test]
    fn what_loses_data_is_told() {
        let all = "maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n";
        assert!(wishes(all).is_empty());
        let all = "maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:0\r\n";
        let wishes = wishes(all);
        assert!(wishes[0].contains("allkeys-lru"), "{wishes:?}");
        assert!(wishes[1].contains("appendonly"), "{wishes:?}");
    }
}
