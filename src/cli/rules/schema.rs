//! `ahlan rules schema`: the rule language for editors.

use std::io::Write;

use crate::rules;

/// Prints the JSON Schema and gives the exit code.
pub(super) fn run(out: &mut dyn Write) -> anyhow::Result<u8> {
    serde_json::to_writer_pretty(&mut *out, &rules::json_schema())?;
    writeln!(out)?;
    Ok(0)
}
