//! `ahlan demo`: the service with a shop to look at, visitors in it and agents at their desks.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::app::{self, RulesFrom};
use crate::config::{Config, DEFAULT_LISTEN, LogFormat, RulesSource, SiteConfig, StoreConfig};
use crate::demo::{self, Traffic};
use crate::domain::Millis;
use crate::secret;

use super::serve::{self, Signals};

/// The arguments of `ahlan demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Address and port.
    #[arg(long, env = "AHLAN_LISTEN", default_value = DEFAULT_LISTEN, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The directory that holds everything durable.
    #[arg(long, env = "AHLAN_DATA", default_value = "data", value_name = "DIR")]
    data: PathBuf,
    /// A Redis that many nodes share, instead of the directory: redis://host:port, redis+cluster://host:port,host:port or
    /// redis+sentinel://host:port/name.
    #[arg(long, env = "AHLAN_STORE", value_name = "ADDRESS", hide_env_values = true, value_parser = StoreConfig::at)]
    store: Option<StoreConfig>,
    /// The agents' bearer token for the site `shop`; a random one unless given.
    #[arg(
        long,
        env = "AHLAN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// Rules, instead of the shop's own.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Geo databases, so that visitors have countries.
    #[arg(long, value_name = "FILE")]
    geo: Vec<PathBuf>,
    /// Let no simulated visitors in.
    #[arg(long)]
    no_traffic: bool,
    /// Makes the same simulated visitors come again.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
}

/// Serves the demonstration until it is told to stop.
///
/// # Errors
///
/// What is missing or wrong at the start, or could not be saved at the end.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    serve::log(LogFormat::Text);
    let token = args
        .token
        .clone()
        .map_or_else(secret::token, Ok)
        .context("cannot make a token")?;
    let rules = args.rules.clone().map_or_else(
        || RulesFrom::Files("rules/shop".to_owned(), demo::shop_rules()),
        RulesFrom::Dir,
    );
    let shop = demo::shop().context("the demo shop cannot be built")?;
    let signals = Signals::listen()?;
    let running = app::start(config(&args, &token), vec![rules], shop).await?;
    let address = running.address;
    announce(address, &token);
    let traffic = Traffic {
        address,
        token,
        seed: args.seed,
        visitors: !args.no_traffic,
    };
    let traffic = tokio::spawn(demo::run_traffic(traffic));
    let stopped = signals.wait_and_stop(running).await;
    traffic.abort();
    stopped
}

fn config(args: &DemoArgs, token: &str) -> Config {
    let loopback =
        ["127.0.0.0/8", "::1/128"].map(|network| network.parse().expect("it is a network"));
    Config {
        listen: args.listen,
        data: args.data.clone(),
        store: args.store.clone().unwrap_or_default(),
        geo: args.geo.clone(),
        // Simulated visitors come from many countries by this header, and only from this machine.
        trusted_proxies: loopback.to_vec(),
        site: vec![SiteConfig {
            key: demo::SITE.to_owned(),
            origins: vec!["*".to_owned()],
            rules: PathBuf::new(),
            // Who names rules wants these, whatever was published before.
            rules_from: if args.rules.is_some() {
                RulesSource::Directory
            } else {
                RulesSource::Store
            },
            tokens: vec![token.to_owned()],
            identity_secrets: Vec::new(),
            keep_query: vec!["plan".to_owned()],
            expected_reply: Some(Millis::from_mins(2)),
            // Who looks at the demo with a driven browser wants to see it work.
            allow_automation: true,
            honour_gpc: true,
        }],
        ..Config::default()
    }
}

fn announce(address: SocketAddr, token: &str) {
    println!("The shop            http://{address}/demo/");
    println!("The shop in Arabic  http://{address}/demo/ar/");
    println!("The API             http://{address}/docs/");
    println!(
        "The live list       http://{address}/v1/sites/{}/visitors",
        demo::SITE
    );
    println!("The agents' token   {token}");
    println!();
    println!(
        "Read the pricing page for half a minute and you are greeted. Ctrl-C stops everything and loses nothing."
    );
    println!(
        "Who is here:  curl -H 'Authorization: Bearer {token}' http://{address}/v1/sites/{}/visitors",
        demo::SITE
    );
}
