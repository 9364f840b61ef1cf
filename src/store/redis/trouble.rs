//! What can be wrong with Redis, in the words of logs, answers and metrics.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why Redis did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It did not answer in time.
    Timeout,
    /// There is no connection, or it broke.
    Connection,
    /// It loads its data after a start, or is busy with a script.
    Busy,
    /// The cluster, or a part of it, is down or moving.
    ClusterDown,
    /// It is a replica, and takes no writes.
    ReadOnly,
    /// It has no memory for further writes.
    OutOfMemory,
    /// It cannot write to its disk, or misses replicas, and so takes no writes.
    Unsafe,
    /// Fewer replicas than wanted have confirmed a change.
    Replicas,
    /// It does not accept name and password, or does not allow the command.
    Denied,
    /// No sentinel knows a primary of this name.
    NoPrimary,
    /// It does not understand what it was asked: a fault of this program or an unsuitable Redis.
    Refused,
}

impl Trouble {
    /// Every kind, for metrics and documents.
    pub const ALL: [Self; 11] = [
        Self::Timeout,
        Self::Connection,
        Self::Busy,
        Self::ClusterDown,
        Self::ReadOnly,
        Self::OutOfMemory,
        Self::Unsafe,
        Self::Replicas,
        Self::Denied,
        Self::NoPrimary,
        Self::Refused,
    ];

    /// The word by which metrics know it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Busy => "busy",
            Self::ClusterDown => "cluster_down",
            Self::ReadOnly => "read_only",
            Self::OutOfMemory => "out_of_memory",
            Self::Unsafe => "unsafe",
            Self::Replicas => "replicas",
            Self::Denied => "denied",
            Self::NoPrimary => "no_primary",
            Self::Refused => "refused",
        }
    }

    /// What it means and what to do about it, for a person.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Timeout => "Redis does not answer in time",
            Self::Connection => "Redis cannot be reached",
            Self::Busy => "Redis is loading its data or busy with a script",
            Self::ClusterDown => "a part of the Redis cluster is down or moving",
            Self::ReadOnly => "this Redis is a replica and takes no writes",
            Self::OutOfMemory => {
                "Redis has no memory left for writes; raise its maxmemory or shorten the retention"
            }
            Self::Unsafe => "Redis takes no writes because its disk fails or replicas are missing",
            Self::Replicas => "fewer replicas than `replicas` wants confirm changes in time",
            Self::Denied => "Redis denies access; check name, password and what they may do",
            Self::NoPrimary => "the sentinels name no primary",
            Self::Refused => "Redis does not understand a command",
        }
    }

    /// Whether it tells of Redis rather than of one command: then it is one step to asking no more.
    pub const fn is_outage(self) -> bool {
        !matches!(self, Self::Refused)
    }

    /// Whether the connection is of no use any more, so that a new one is wanted at once.
    pub const fn wants_new_connection(self) -> bool {
        matches!(self, Self::Connection | Self::ReadOnly | Self::NoPrimary)
    }
}

impl Trouble {
    /// Whether it alone is reason enough to ask no more until a probe succeeds: then other commands may succeed all the
    /// same, so that it never comes often in a row.
    pub const fn opens_at_once(self) -> bool {
        self.wants_new_connection() || matches!(self, Self::Replicas)
    }
}

/// The code of [`too_few_replicas`], which no server knows.
const TOO_FEW_REPLICAS: &str = "TOOFEWREPLICAS";

/// The error of a change that fewer replicas than wanted have confirmed.
pub fn too_few_replicas(have: i64, wanted: u8) -> RedisError {
    let why = format!("{have} of {wanted}");
    redis::make_extension_error(TOO_FEW_REPLICAS.to_owned(), Some(why))
}

impl From<&RedisError> for Trouble {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library may learn further words"
    )]
    fn from(why: &RedisError) -> Self {
        match why.kind() {
            ErrorKind::Io if why.is_timeout() => Self::Timeout,
            ErrorKind::Io | ErrorKind::Parse => Self::Connection,
            ErrorKind::AuthenticationFailed => Self::Denied,
            ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::EmptySentinelList => Self::NoPrimary,
            ErrorKind::ClusterConnectionNotFound => Self::ClusterDown,
            ErrorKind::Server(kind) => Self::of_server(kind),
            // The library knows not all of the server's words.
            _ => Self::of_code(why.code().unwrap_or_default()),
        }
    }
}

impl Trouble {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library may learn further words"
    )]
    fn of_server(kind: ServerErrorKind) -> Self {
        match kind {
            ServerErrorKind::BusyLoading | ServerErrorKind::NotBusy => Self::Busy,
            ServerErrorKind::Moved
            | ServerErrorKind::Ask
            | ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown => Self::ClusterDown,
            ServerErrorKind::ReadOnly => Self::ReadOnly,
            ServerErrorKind::NoPerm => Self::Denied,
            _ => Self::Refused,
        }
    }

    fn of_code(code: &str) -> Self {
        match code {
            "OOM" => Self::OutOfMemory,
            TOO_FEW_REPLICAS => Self::Replicas,
            "MISCONF" | "NOREPLICAS" => Self::Unsafe,
            "NOAUTH" | "WRONGPASS" | "NOPERM" => Self::Denied,
            "BUSY" | "LOADING" => Self::Busy,
            _ => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Redis says, as the library reads it.
    fn heard(line: &str) -> Trouble {
        let answer = redis::parse_redis_value(format!("-{line}\r\n").as_bytes());
        let answer = answer.and_then(redis::Value::extract_error);
        Trouble::from(&answer.unwrap_err())
    }

    #[test]
    fn every_word_of_redis_is_understood() {
        let io =
            |kind: std::io::ErrorKind| Trouble::from(&RedisError::from(std::io::Error::from(kind)));
        assert_eq!(io(std::io::ErrorKind::TimedOut), Trouble::Timeout);
        assert_eq!(
            io(std::io::ErrorKind::ConnectionRefused),
            Trouble::Connection
        );
        assert_eq!(io(std::io::ErrorKind::BrokenPipe), Trouble::Connection);
        for (line, trouble) in [
            (
                "LOADING Redis is loading the dataset in memory",
                Trouble::Busy,
            ),
            ("BUSY Redis is busy running a script", Trouble::Busy),
            ("CLUSTERDOWN The cluster is down", Trouble::ClusterDown),
            ("MOVED 1 127.0.0.1:1", Trouble::ClusterDown),
            (
                "READONLY You can't write against a read only replica.",
                Trouble::ReadOnly,
            ),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                Trouble::OutOfMemory,
            ),
            (
                "MISCONF Redis is configured to save RDB snapshots",
                Trouble::Unsafe,
            ),
            (
                "NOREPLICAS Not enough good replicas to write.",
                Trouble::Unsafe,
            ),
            ("NOAUTH Authentication required.", Trouble::Denied),
            ("NOPERM this user has no permissions", Trouble::Denied),
            ("ERR unknown command", Trouble::Refused),
        ] {
            assert_eq!(heard(line), trouble, "{line}");
        }
    }

    #[test]
    fn too_few_replicas_open_a_breaker_and_cost_no_connection() {
        let trouble = Trouble::from(&too_few_replicas(0, 1));
        assert_eq!(trouble, Trouble::Replicas);
        assert!(trouble.opens_at_once() && !trouble.wants_new_connection());
    }

    #[test]
    fn each_has_a_word_of_its_own() {
        let words: std::collections::HashSet<_> =
            Trouble::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(words.len(), Trouble::ALL.len());
    }
}
