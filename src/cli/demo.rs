//! `ahlan demo`: the service with a shop to look at, visitors in it and agents at their desks.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use clap::Args;
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{self, RulesFrom, Running};
use crate::config::{
    Config, DEFAULT_LISTEN, LogFormat, RedisConfig, RulesSource, SiteConfig, StoreConfig, StoreUrl,
};
use crate::demo::{self, LocalRedis, Traffic};
use crate::domain::Millis;
use crate::secret;

use super::serve::{self, Signals};

/// The load balancer waits so long for connections to close once all is answered.
const PATIENCE: Duration = Duration::from_secs(2);

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
    #[arg(
        long,
        env = "AHLAN_STORE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    store: Option<StoreUrl>,
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
    /// How many nodes share the work, behind a load balancer. More than one need a Redis: a local one unless --store names
    /// another.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=16))]
    nodes: u16,
    /// The password of the demonstration's people; a random one unless given.
    #[arg(
        long,
        env = "AHLAN_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    password: Option<String>,
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
    let mut signals = Signals::listen()?;
    let starting = Box::pin(House::start(&args, &token, rules, shop));
    let Some(house) = signals.unless(starting).await.transpose()? else {
        return Ok(());
    };
    let password = args
        .password
        .clone()
        .map_or_else(secret::token, Ok)
        .context("cannot make a password")?;
    house.welcome(&password).await?;
    announce(house.address, &token, &password);
    house.announce_nodes();
    let traffic = Traffic {
        address: house.address,
        token,
        seed: args.seed,
        visitors: !args.no_traffic,
    };
    let traffic = tokio::spawn(demo::run_traffic(traffic));
    signals.wait().await;
    let stopped = house.stop().await;
    traffic.abort();
    stopped
}

/// The service: one node, or several behind a load balancer.
struct House {
    address: SocketAddr,
    nodes: Vec<Running>,
    front: Option<Front>,
    /// What the nodes share, if there are several.
    store: Option<StoreConfig>,
    /// Goes last.
    _redis: Option<LocalRedis>,
}

/// The load balancer.
struct Front {
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl House {
    async fn start(
        args: &DemoArgs,
        token: &str,
        rules: RulesFrom,
        shop: Router,
    ) -> anyhow::Result<Self> {
        if args.nodes > 1 {
            return Self::of_many(args, token, &rules, &shop).await;
        }
        let running = app::start(config(args, token)?, vec![rules], shop).await?;
        Ok(Self::alone(running))
    }

    /// Makes the demonstration's people; all nodes share them.
    async fn welcome(&self, password: &str) -> anyhow::Result<()> {
        for node in &self.nodes {
            let welcomed = node.welcome_demo(password).await;
            welcomed.context("the demonstration's people cannot be made")?;
        }
        Ok(())
    }

    /// Says where each node is, and what they share.
    fn announce_nodes(&self) {
        let shared = self.store.as_ref().and_then(|store| store.redis.as_ref());
        let Some(Ok(redis)) = shared.map(RedisConfig::address) else {
            return;
        };
        println!();
        for (at, node) in self.nodes.iter().enumerate() {
            println!("{:<20}http://{}", format!("Node {}", at + 1), node.address);
        }
        println!("{:<20}{redis}", "Redis");
    }

    fn alone(node: Running) -> Self {
        Self {
            address: node.address,
            nodes: vec![node],
            front: None,
            store: None,
            _redis: None,
        }
    }

    async fn of_many(
        args: &DemoArgs,
        token: &str,
        rules: &RulesFrom,
        shop: &Router,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(args.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        let mut config = config(args, token)?;
        config.listen.set_ip(Ipv4Addr::LOCALHOST.into());
        config.listen.set_port(0);
        let redis = if config.store.redis.is_none() {
            let redis = LocalRedis::start(&args.data.join("redis"))
                .await
                .context("cannot start redis-server; install it, or name a Redis with --store")?;
            config.store = StoreConfig::at(&redis.url().parse()?)?;
            Some(redis)
        } else {
            None
        };
        let mut nodes = Vec::new();
        for _ in 0..args.nodes {
            let started = app::start(config.clone(), vec![rules.clone()], shop.clone());
            nodes.push(started.await?);
        }
        let addresses = nodes.iter().map(|node| node.address).collect();
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(demo::balance(listener, addresses, stopping));
        Ok(Self {
            address,
            nodes,
            front: Some(Front { stop, task }),
            store: Some(config.store),
            _redis: redis,
        })
    }

    /// Nodes finish what is under way, and end their streams; then nobody has a reason to stay.
    async fn stop(self) -> anyhow::Result<()> {
        if let Some(front) = &self.front {
            let _ = front.stop.send(true);
        }
        let stopping = self.nodes.into_iter().map(serve::stop);
        let stopped = join_all(stopping).await;
        if let Some(front) = self.front {
            // A browser that keeps its connection open has been answered all the same.
            let _ = tokio::time::timeout(PATIENCE, front.task).await;
        }
        stopped.into_iter().collect()
    }
}

fn config(args: &DemoArgs, token: &str) -> anyhow::Result<Config> {
    let store = args.store.as_ref().map(StoreConfig::at).transpose();
    let loopback =
        ["127.0.0.0/8", "::1/128"].map(|network| network.parse().expect("it is a network"));
    Ok(Config {
        listen: args.listen,
        data: args.data.clone(),
        store: store.context("--store")?.unwrap_or_default(),
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
            identity_keys: Vec::new(),
            identity_audience: false,
            keep_query: vec!["plan".to_owned()],
            expected_reply: Some(Millis::from_mins(2)),
            // Who looks at the demo with a driven browser wants to see it work.
            allow_automation: true,
            honour_gpc: true,
            browser_context: false,
        }],
        ..Config::default()
    })
}

fn announce(address: SocketAddr, token: &str, password: &str) {
    println!("The shop            http://{address}/demo/");
    println!("The shop in Arabic  http://{address}/demo/ar/");
    println!("The console         http://{address}/console/");
    let people = app::DEMO_PEOPLE.map(|(email, ..)| email);
    println!("  sign in as        {}", people.join(", "));
    println!("  password          {password}");
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
