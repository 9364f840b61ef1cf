//! `ahlan serve`: the service for real sites.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use axum::Router;
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{self, RulesFrom, Running};
use crate::config::{Config, LogFormat, StoreConfig, StoreUrl};

/// The arguments of `ahlan serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// The settings.
    #[arg(
        long,
        env = "AHLAN_CONFIG",
        default_value = "ahlan.toml",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// Address and port, instead of the file's.
    #[arg(long, env = "AHLAN_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The directory that holds everything durable, instead of the file's.
    #[arg(long, env = "AHLAN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A Redis that many nodes share, instead of the directory: redis://host:port, redis+cluster://host:port,host:port or
    /// redis+sentinel://host:port/name.
    #[arg(
        long,
        env = "AHLAN_STORE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    store: Option<StoreUrl>,
}

/// Serves until it is told to stop.
///
/// # Errors
///
/// What is missing or wrong at the start, or could not be saved at the end.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let mut config = Config::load(&args.config)?;
    config.listen = args.listen.unwrap_or(config.listen);
    config.data = args.data.unwrap_or(config.data);
    if let Some(url) = &args.store {
        config.store = StoreConfig::at(url).context("--store")?;
    }
    log(config.log);
    let rules = config
        .site
        .iter()
        .map(|site| RulesFrom::Dir(site.rules.clone()))
        .collect();
    let mut signals = Signals::listen()?;
    let starting = app::start(config, rules, Router::new());
    let Some(running) = signals.unless(starting).await.transpose()? else {
        return Ok(());
    };
    println!("ahlan listens on http://{}", running.address);
    announce_setup(&running).await?;
    signals.wait().await;
    stop(running).await
}

/// Says how the first administrator is made, while there is none. It goes to the output and not to the log, which others
/// may read.
async fn announce_setup(running: &Running) -> anyhow::Result<()> {
    let link = running.setup_link().await;
    if let Some(link) = link.context("no link for the set-up can be made")? {
        // Who has started it may have read the first line and gone.
        let line = format!("Nobody manages it yet. Open this to become its administrator: {link}");
        let _ = writeln!(io::stdout(), "{line}");
        tracing::info!(
            "nobody manages the installation yet; the link for it is on the standard output"
        );
    }
    Ok(())
}

/// Which lines are logged unless `RUST_LOG` says otherwise. What the libraries complain of is told in our own words.
const QUIET: &str = "info,fjall=warn,lsm_tree=warn,redis=off";

/// Sends log lines to the error output. `RUST_LOG` chooses which.
#[expect(
    clippy::disallowed_methods,
    reason = "the variable is that of the library, which would not let defaults stand beside it"
)]
pub(super) fn log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let told = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    // What is said later of the same target goes before.
    let filter = EnvFilter::builder().parse_lossy(format!("{QUIET},{told}"));
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Else a log on a full disk is complained of on the error output, which is that log: a panic, not a line.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal() && !no_colour)
        .with_writer(io::stderr);
    // Somebody may have set up logging already: a test, mostly.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// The signals that stop the service, heard from before it says that it is there.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// What comes of a start, or `None` if a signal ends it.
    pub(super) async fn unless<T>(&mut self, start: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            started = start => Some(started),
            () = self.heard() => {
                tracing::info!("stopped before the start was over");
                None
            }
        }
    }

    /// Waits for SIGTERM or SIGINT.
    async fn heard(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits until the service is to stop.
    pub(super) async fn wait(mut self) {
        self.heard().await;
        tracing::info!("stopping: requests under way are finished, then everything is saved");
    }
}

/// Drains.
pub(super) async fn stop(running: Running) -> anyhow::Result<()> {
    let stopped = running.stop().await;
    stopped.context("not everything was saved; what was acknowledged is in the journal")?;
    tracing::info!("stopped; everything is saved");
    Ok(())
}
