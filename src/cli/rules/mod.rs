//! `ahlan rules …`: what marketers and their pipelines run before rules go live.
//!
//! Each subcommand has a file of its own, with its arguments and a `run` that gives the exit code.

mod author;
mod backtest;
mod backtest_text;
mod check;
mod explain;
mod files;
mod fmt;
mod publish;
mod rescore;
mod schema;
mod service;
mod shadow;
mod table;
mod test;
mod versions;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::rules;
use backtest::BacktestArgs;
use check::CheckArgs;
use explain::ExplainArgs;
use files::{PullArgs, PushArgs};
use fmt::FmtArgs;
use publish::PublishArgs;
use rescore::RescoreArgs;
use shadow::ShadowArgs;
use test::TestArgs;
use versions::{RollbackArgs, StopRolloutArgs, VersionsArgs};

/// The arguments of `ahlan rules`.
#[derive(Args, Debug)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Check a rule set and report every mistake at its place.
    ///
    /// Exit codes: 0 the rule set can be used, 1 it has mistakes, 2 it could not be read.
    Check(CheckArgs),
    /// Show what rules would have done with recorded traffic, beside what really happened.
    ///
    /// Exit codes: 0 there is a report, 1 the rules have mistakes, 2 it could not be run.
    Backtest(BacktestArgs),
    /// Explain a code of `check` at length, with an example of wrong and right.
    Explain(ExplainArgs),
    /// Write rule files in one style; comments and order stay.
    ///
    /// A list or an inline table with a comment in it stays as it is written.
    Fmt(FmtArgs),
    /// Print a JSON Schema of rule files, from which editors take completion and hover.
    Schema,
    /// Walk the tests of a rule set: each `[[test]]` through the engine, as a browser would report it.
    ///
    /// Exit codes: 0 everything is as expected, 1 something is not or the rules have mistakes, 2 they could not be read.
    Test(TestArgs),
    /// Check rules, let a running service keep them as a version, and make that version live.
    ///
    /// Exit codes: 0 it is live, 1 it has mistakes or somebody else was faster, 2 the service did not answer.
    Publish(PublishArgs),
    /// Write the files of a version or a draft of a running service into a directory.
    ///
    /// Exit codes: 0 they are written, 1 a file there says something else, 2 the service did not answer.
    Pull(PullArgs),
    /// Make a draft of the files in a directory, or save one that was pulled; nothing of it acts.
    ///
    /// Exit codes: 0 it is saved, 1 somebody else was faster, 2 the service did not answer.
    Push(PushArgs),
    /// List the versions that a running service keeps.
    Versions(VersionsArgs),
    /// Make an earlier version live again.
    Rollback(RollbackArgs),
    /// Stop a roll-out: the live version acts for everybody again.
    StopRollout(StopRolloutArgs),
    /// Try a version beside the live one without acting, and see what it would have done.
    Shadow(ShadowArgs),
    /// Score the history of the visitors who are here anew, or show what that would do.
    Rescore(RescoreArgs),
    /// Print the reference of the rule language as Markdown (this is `docs/rules.md`).
    Docs,
}

/// Exit code: the command ran and found mistakes.
const MISTAKES: u8 = 1;
/// Exit code: the command could not run.
const COULD_NOT_RUN: u8 = 2;

/// Runs the command. Reports go to the standard output, so that they can be piped; failures to run to the error output.
pub fn run(args: &RulesArgs) -> ExitCode {
    let mut out = io::stdout().lock();
    let outcome = match &args.command {
        RulesCommand::Check(args) => check::run(&mut out, args),
        RulesCommand::Backtest(args) => backtest::run(&mut out, args),
        RulesCommand::Explain(args) => explain::run(&mut out, args),
        RulesCommand::Fmt(args) => fmt::run(&mut out, args),
        RulesCommand::Schema => schema::run(&mut out),
        RulesCommand::Test(args) => test::run(&mut out, args),
        RulesCommand::Publish(args) => publish::run(&mut out, args),
        RulesCommand::Pull(args) => files::pull(&mut out, args),
        RulesCommand::Push(args) => files::push(&mut out, args),
        RulesCommand::Versions(args) => versions::list(&mut out, args),
        RulesCommand::Rollback(args) => versions::roll_back(&mut out, args),
        RulesCommand::StopRollout(args) => versions::stop_rollout(&mut out, args),
        RulesCommand::Shadow(args) => shadow::run(&mut out, args),
        RulesCommand::Rescore(args) => rescore::run(&mut out, args),
        RulesCommand::Docs => out
            .write_all(rules::reference().as_bytes())
            .map(|()| 0)
            .map_err(anyhow::Error::from),
    };
    let code = outcome.unwrap_or_else(|error| {
        // Whoever reads has seen enough, as `head` has.
        if super::is_broken_pipe(&error) {
            return 0;
        }
        // Nobody is left to tell when the error output is gone too.
        let _ = writeln!(io::stderr(), "ahlan: {}", super::told(&error));
        COULD_NOT_RUN
    });
    ExitCode::from(code)
}

/// "1 file", "3 files".
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
