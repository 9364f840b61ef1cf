//! `ahlan people`: the way back in for who is locked out.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::app;
use crate::config::{Config, StoreConfig, StoreUrl};

/// The arguments of `ahlan people`.
#[derive(Args, Debug)]
pub struct PeopleArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a link by which somebody chooses a new password. It is valid once, for an hour. Works beside a running
    /// service and without one.
    ResetPassword(ResetArgs),
}

#[derive(Args, Debug)]
struct ResetArgs {
    /// The e-mail address they sign in with.
    email: String,
    /// The settings of the service; the defaults if there is no such file.
    #[arg(
        long,
        env = "AHLAN_CONFIG",
        default_value = "ahlan.toml",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// The directory that holds everything durable, instead of the file's.
    #[arg(long, env = "AHLAN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A Redis that many nodes share, instead of the directory.
    #[arg(
        long,
        env = "AHLAN_STORE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    store: Option<StoreUrl>,
}

/// Does what was asked for.
///
/// # Errors
///
/// What is missing or wrong.
pub async fn run(args: PeopleArgs) -> anyhow::Result<()> {
    let Command::ResetPassword(args) = args.command;
    let mut config = if args.config.exists() {
        Config::load(&args.config)?
    } else {
        Config::default()
    };
    config.data = args.data.unwrap_or(config.data);
    if let Some(url) = &args.store {
        config.store = StoreConfig::at(url).context("--store")?;
    }
    let rescued = app::rescue(&config, &args.email).await?;
    let base = config.public_url.clone();
    let base = base.unwrap_or_else(|| format!("http://{}", config.listen));
    println!("{base}/console/join?code={}", rescued.code.text());
    if !rescued.holds {
        eprintln!(
            "no service has answered in {}: the link holds as soon as one is started with this directory",
            config.data.display()
        );
    }
    Ok(())
}
