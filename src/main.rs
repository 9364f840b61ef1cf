//! Arguments in, exit code out.

use std::process::ExitCode;

use ahlan::cli;
use ahlan::cli::demo::{self, DemoArgs};
use ahlan::cli::journal::{self, JournalArgs};
use ahlan::cli::people::{self, PeopleArgs};
use ahlan::cli::rules::{self, RulesArgs};
use ahlan::cli::serve::{self, ServeArgs};
use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Visitor tracking, lead scoring and proactive invitations for live chat.
#[derive(Debug, Parser)]
#[command(version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve real sites.
    Serve(ServeArgs),
    /// Serve a small shop with simulated visitors, to see everything at work.
    Demo(DemoArgs),
    /// Work with rule sets.
    Rules(RulesArgs),
    /// Let somebody in who is locked out.
    People(PeopleArgs),
    /// Take recorded traffic out of a data directory, or into one.
    Journal(JournalArgs),
}

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Rules(args) => rules::run(&args),
        Command::Journal(args) => journal::run(&args),
        Command::People(args) => block_on(people::run(args)),
    }
}

fn block_on(task: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(task))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("ahlan: {}", cli::told(&why));
            ExitCode::FAILURE
        }
    }
}
