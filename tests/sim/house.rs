//! The service in a directory, and two ways of stopping it.

use std::path::Path;
use std::sync::Arc;

use ahlan::chat::Desk;
use ahlan::demo;
use ahlan::domain::{Key, Millis, Timestamp, VisitorId, VisitorState};
use ahlan::enrich::{Agents, Enricher, Geo};
use ahlan::live::{Boards, Hub, Timers};
use ahlan::metrics::Metrics;
use ahlan::pipeline::Pipeline;
use ahlan::rules::{self, RuleSet};
use ahlan::shadow::Shadows;
use ahlan::site::{Acting, Identity, InForce, Origins, Site, Sites};
use ahlan::store::{Embedded, EmbeddedOptions, VisitorStore};
use ahlan::webhooks::Webhooks;
use futures_util::FutureExt as _;
use tempfile::TempDir;

pub(crate) const SITE: Key = Key::of(demo::SITE);
/// Stands for the sources of the rules, which are always the shop's.
const RULES: &[u8] = b"the shop's";

/// How the house is left.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// Everything is saved.
    Clean,
    /// Whatever is not on disk is lost.
    Kill,
}

pub(crate) struct House {
    dir: TempDir,
    pub(crate) store: Arc<Embedded>,
    pub(crate) pipeline: Pipeline,
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) site: Arc<Site>,
}

impl House {
    pub(crate) async fn new() -> Self {
        let rules = rules::compile(&demo::shop_rules()).expect("the shop's rules have no mistakes");
        Self::under(rules.rule_set).await
    }

    /// A house under these rules.
    pub(crate) async fn under(rules: RuleSet) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open(dir, Arc::new(rules)).await
    }

    async fn open(dir: TempDir, rules: Arc<RuleSet>) -> Self {
        let kept = Arc::clone(&rules);
        let options = EmbeddedOptions {
            dir: dir.path().to_owned(),
            retention: Millis::from_days(30),
            max_waiting: 10_000,
            cache_bytes: 8 << 20,
            load_rules: Arc::new(move |_| Some(Arc::clone(&kept))),
        };
        let store = Arc::new(Embedded::open(options).unwrap());
        store.keep_rules(rules.hash, RULES).await.unwrap();
        let sites = Sites::new([site(&rules)]);
        let pipeline = Pipeline {
            store: Arc::clone(&store) as Arc<dyn VisitorStore>,
            sites,
            desk: Desk::default(),
            enricher: Enricher::new(Geo::default(), Agents::new(100)),
            hub: Hub::new(100),
            boards: Boards::new(tokio::sync::watch::channel(false).1),
            timers: Timers::default(),
            shadows: Shadows::default(),
            webhooks: Webhooks::new(Arc::clone(&store) as _, [], false),
            metrics: Metrics::default(),
        };
        let site = Arc::clone(pipeline.sites.get(SITE).expect("it was put there just now"));
        Self {
            dir,
            store,
            pipeline,
            rules,
            site,
        }
    }

    /// A visitor's state, if anybody has heard of the visitor.
    pub(crate) fn state(&self, visitor: VisitorId) -> Option<VisitorState> {
        let answer = self.store.get(SITE, visitor).now_or_never();
        answer.expect("memory answers at once").unwrap()
    }

    /// The same house after a stop, at `now`; the old one is left to be compared with.
    pub(crate) async fn reopened(&self, stop: Stop, now: Timestamp) -> Self {
        let dir = tempfile::tempdir().unwrap();
        match stop {
            Stop::Clean => self.store.close().await.unwrap(),
            // What was queued arrives first, so that the same seed always stops at the same moment.
            Stop::Kill => self.store.keep_rules(self.rules.hash, RULES).await.unwrap(),
        }
        copy_while_still(self.dir.path(), dir.path());
        let house = Self::open(dir, Arc::clone(&self.rules)).await;
        house.pipeline.set_timers(now);
        house
    }
}

fn site(rules: &Arc<RuleSet>) -> Site {
    Site {
        key: SITE,
        name: demo::SITE.into(),
        origins: Origins::Any,
        own_hosts: Vec::new(),
        identity: Identity::default(),
        keep_query: Vec::new(),
        allow_automation: false,
        honour_gpc: true,
        browser_context: false,
        in_force: arc_swap::ArcSwap::from_pointee(InForce {
            revision: 1,
            live: Acting {
                version: 1,
                rules: Arc::clone(rules),
            },
            rollout: None,
            due: None,
        }),
        token_hashes: Vec::new(),
    }
}

/// Names and sizes of all files, to see whether the database tidies up at this moment.
fn files(dir: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let (path, Ok(about)) = (entry.path(), entry.metadata()) else {
            continue;
        };
        if about.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path, about.len()));
        }
    }
    found.sort();
    found
}

/// A copy as it would be found after a crash: nothing is under way, but nothing was told to finish either.
fn copy_while_still(from: &Path, to: &Path) {
    for _ in 0..50 {
        let before = files(from);
        let copied = before.iter().try_for_each(|(path, _)| {
            let target = to.join(path.strip_prefix(from).expect("it lies in the directory"));
            std::fs::create_dir_all(target.parent().expect("it has a parent"))?;
            std::fs::copy(path, target).map(drop)
        });
        if copied.is_ok() && files(from) == before {
            return;
        }
        std::fs::remove_dir_all(to).unwrap();
        std::fs::create_dir_all(to).unwrap();
    }
    panic!("the database never stood still");
}
