//! `ahlan rules explain`: a code of a diagnostic at length.

use std::io::Write;

use clap::Args;

use crate::rules;

/// What `ahlan rules explain` takes.
#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// The code, such as `never-holds`.
    code: String,
}

/// Prints the explanation and gives the exit code.
pub(super) fn run(out: &mut dyn Write, args: &ExplainArgs) -> anyhow::Result<u8> {
    let text = rules::explain(&args.code).map_err(anyhow::Error::msg)?;
    out.write_all(text.as_bytes())?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_explained_and_a_guess_made_for_others() {
        let explained = |code: &str| {
            let mut out = Vec::new();
            let args = ExplainArgs { code: code.into() };
            let code = run(&mut out, &args).map_err(|error| error.to_string())?;
            Ok::<_, String>((code, String::from_utf8(out).expect("text")))
        };
        let (code, text) = explained("bad-percent").expect("a code");
        assert!(code == 0 && text.contains("holdout = \"10%\""), "{text}");
        let error = explained("bad-percents").unwrap_err();
        assert!(error.ends_with("did you mean `bad-percent`?"), "{error}");
    }
}
