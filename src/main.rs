//! Arguments in, exit code out.

use std::process::ExitCode;

use ahlan::cli::rules::{self, RulesArgs};
use clap::{Parser, Subcommand};

/// Visitor tracking, lead scoring and proactive invitations for live chat.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work with rule sets.
    Rules(RulesArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Rules(args) => rules::run(&args),
    }
}
