//! The scripts that Redis runs, each known to it by its hash.

use std::sync::LazyLock;

use redis::{Cmd, Script as Hashed};

/// A script and its hash.
pub(super) struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        let hash = Hashed::new(code).get_hash().to_owned();
        Self { code, hash }
    }

    /// The call of the script by its hash.
    pub(super) fn by_hash<K: AsRef<[u8]>, A: AsRef<[u8]>>(&self, keys: &[K], args: &[A]) -> Cmd {
        call("EVALSHA", &self.hash, keys, args)
    }

    /// The call of the script by its text, after which Redis knows it by its hash.
    pub(super) fn by_text<K: AsRef<[u8]>, A: AsRef<[u8]>>(&self, keys: &[K], args: &[A]) -> Cmd {
        call("EVAL", self.code, keys, args)
    }
}

fn call<K: AsRef<[u8]>, A: AsRef<[u8]>>(name: &str, what: &str, keys: &[K], args: &[A]) -> Cmd {
    let mut cmd = redis::cmd(name);
    cmd.arg(what).arg(keys.len());
    for key in keys {
        cmd.arg(key.as_ref());
    }
    for arg in args {
        cmd.arg(arg.as_ref());
    }
    cmd
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$doc])*
        pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file))));
    )*};
}

scripts! {
    /// Writes a visitor's change if nobody else was faster.
    COMMIT = "commit.lua";
    /// A visitor's state, unless it has the version that is known.
    PEEK = "peek.lua";
    /// Changes a document if nobody else was faster.
    CONTROL = "control.lua";
    /// Takes note that a node lives.
    NODES = "nodes.lua";
    /// Takes over wake-ups that are overdue.
    TAKE_OVER = "take_over.lua";
    /// Puts a document back.
    RESTORE = "restore.lua";
    /// The older of two secrets holds.
    SECRET = "secret.lua";
    /// What is known of a site's desk.
    DESK = "desk.lua";
    /// Keeps an agent's word.
    SAY = "say.lua";
    /// Promises a chat unless all are promised.
    CLAIM = "claim.lua";
    /// Says what offers would be worth.
    BID = "bid.lua";
    /// Takes a promise back.
    RELEASE = "release.lua";
    /// Keeps parcels.
    POST = "post.lua";
    /// Takes parcels that are due.
    TAKE_PARCELS = "take_parcels.lua";
    /// Keeps a parcel as it is now.
    PUT_OFF = "put_off.lua";
    /// Forgets a parcel.
    SETTLE = "settle.lua";
    /// Adds an entry to a log.
    NOTE = "note.lua";
}
