//! Who is named beside a change of the rules.

use std::io::{self, Write};

use clap::Args;

/// Who is named when nobody can be.
const UNKNOWN: &str = "unknown";

/// Who does it.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct AuthorArgs {
    /// Who does it; the name that the system knows (`$USER`, else `$LOGNAME`) unless told.
    #[arg(long, env = "USER", hide_env = true, value_name = "NAME")]
    author: Option<String>,
    #[arg(long, env = "LOGNAME", hide = true)]
    logname: Option<String>,
}

impl AuthorArgs {
    /// The name; when there is none, how to give one is said.
    pub(super) fn name(&self) -> &str {
        let names = [&self.author, &self.logname];
        let mut names = names.into_iter().flatten().map(|name| name.trim());
        names.find(|name| !name.is_empty()).unwrap_or_else(|| {
            // Nobody is left to tell when the error output is gone.
            let _ = writeln!(
                io::stderr(),
                "the author is noted as \"{UNKNOWN}\"; `--author` says who it is"
            );
            UNKNOWN
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_that_says_something_is_taken() {
        let of = |author: Option<&str>, logname: Option<&str>| AuthorArgs {
            author: author.map(str::to_owned),
            logname: logname.map(str::to_owned),
        };
        assert_eq!(of(Some("noor"), Some("sami")).name(), "noor");
        assert_eq!(of(Some(" "), Some("sami")).name(), "sami");
        assert_eq!(of(None, None).name(), "unknown");
    }
}
