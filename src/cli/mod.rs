//! What people type.

use std::io;

use crate::journal::JournalError;

pub mod demo;
pub mod journal;
pub mod people;
pub mod rules;
pub mod serve;

/// An error with its causes, without those that its own words tell already.
pub fn told(why: &anyhow::Error) -> String {
    why.chain().skip(1).fold(why.to_string(), |told, cause| {
        let cause = cause.to_string();
        if told.contains(&cause) {
            told
        } else {
            format!("{told}: {cause}")
        }
    })
}

/// Whether nobody reads any more what is written.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>();
        let journal = match cause.downcast_ref::<JournalError>() {
            Some(JournalError::Io(why)) => Some(why.kind()),
            Some(JournalError::Store(_) | JournalError::Line { .. } | JournalError::Overlap(_))
            | None => None,
        };
        let kind = io
            .or(json.and_then(serde_json::Error::io_error_kind))
            .or(journal);
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn causes_are_told_once() {
        let why = Err::<(), _>(io::Error::other("no such thing"));
        let why = why.context("cannot read a: no such thing").unwrap_err();
        assert_eq!(
            told(&why.context("it failed")),
            "it failed: cannot read a: no such thing"
        );
    }

    #[test]
    fn a_reader_that_is_gone_is_no_fault() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_broken_pipe(
            &anyhow::Error::from(pipe()).context("cannot write")
        ));
        assert!(is_broken_pipe(&JournalError::Io(pipe()).into()));
        assert!(is_broken_pipe(&serde_json::Error::io(pipe()).into()));
        assert!(!is_broken_pipe(&anyhow::Error::from(io::Error::other("x"))));
    }
}
