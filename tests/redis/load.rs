//! Visitors who report events one after another, to whichever node comes next, and insist until each is taken, as
//! trackers do; and the truth about all of them, to hold the service to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ahlan::domain::EventId;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::client::{Reply, batch, custom, http, page_view, send};
use crate::server::{Server, TOKEN};
use crate::wait::until;

const WRITERS: usize = 4;
/// Fewer than the event ids that a visitor remembers, so that everything may be sent again.
const EVENTS_OF_A_VISITOR: usize = 60;
/// A tracker would wait longer before it tries again.
const PAUSE: Duration = Duration::from_millis(30);
/// What an answer may take; a node that is killed gives none.
const PATIENCE: Duration = Duration::from_secs(3);
/// Whoever insists for so long has found a fault.
const DEADLINE: Duration = Duration::from_secs(60);

/// What was acknowledged of one visitor.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    /// The ids as the journal shows them, in order of their names.
    ids: Vec<String>,
    page_views: u64,
    points: u64,
}

/// What was acknowledged, by the public id of the visitor.
#[derive(Debug, Default)]
pub(crate) struct Truth(Mutex<BTreeMap<String, Told>>);

impl Truth {
    fn note(&self, visitor: &str, events: &[Value]) {
        let mut all = self.0.lock();
        let told = all.entry(visitor.to_owned()).or_default();
        for event in events {
            let id = EventId::of(event["id"].as_str().unwrap());
            told.ids.push(format!("{:016x}", id.0));
            let is_page = event["type"] == "page_view";
            *(if is_page {
                &mut told.page_views
            } else {
                &mut told.points
            }) += 1;
        }
        told.ids.sort_unstable();
    }

    /// How many events were acknowledged.
    pub(crate) fn events(&self) -> usize {
        self.0.lock().values().map(|told| told.ids.len()).sum()
    }

    /// Every acknowledged event stands in the journal exactly once, and no other.
    pub(crate) async fn assert_journal(&self, node: &Server) {
        let journal = until("the journal is read to its end", async || {
            // One that breaks off is not whole.
            let journal = node.url("/v1/sites/shop/journal");
            let reply = send(http().get(journal).bearer_auth(TOKEN)).await.ok()?;
            (reply.status == 200).then_some(reply.body)
        })
        .await;
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in journal.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let events = line["events"].as_array().into_iter().flatten();
            let ids = events.map(|event| event["id"].as_str().unwrap().to_owned());
            let visitor = line["visitor"].as_str().unwrap_or_default();
            found.entry(visitor.to_owned()).or_default().extend(ids);
        }
        found.retain(|_, ids| !ids.is_empty());
        let truth = self.0.lock();
        let lost: Vec<_> = truth.keys().filter(|id| !found.contains_key(*id)).collect();
        let strange: Vec<_> = found
            .iter()
            .filter(|(id, _)| !truth.contains_key(*id))
            .collect();
        assert!(
            lost.is_empty() && strange.is_empty(),
            "other visitors than there were: lost {lost:?}, nobody said {strange:?}"
        );
        for (visitor, ids) in &mut found {
            ids.sort_unstable();
            assert_eq!(*ids, truth[visitor].ids, "{visitor}");
        }
    }

    /// The list of a node shows everybody as they are before the deadline.
    pub(crate) async fn assert_list(&self, node: &Server, deadline: Duration) {
        let begun = Instant::now();
        loop {
            let expected: BTreeMap<_, _> = {
                let truth = self.0.lock();
                let row =
                    |(id, told): (&String, &Told)| (id.clone(), (told.page_views, told.points));
                truth.iter().map(row).collect()
            };
            let list = list(node).await;
            if list == Some(expected.clone()) {
                return;
            }
            let late = begun.elapsed() > deadline;
            assert!(!late, "{}", difference(&expected, list));
            tokio::time::sleep(PAUSE).await;
        }
    }
}

type Row = (u64, u64);

/// Page views and points of everybody on the list; `None` when it cannot be read.
async fn list(node: &Server) -> Option<BTreeMap<String, Row>> {
    let mut rows = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/sites/shop/visitors?limit=200&sort=started{cursor}");
        let page = node.agent(&path).await;
        if page.status != 200 {
            return None;
        }
        let page = page.json();
        for row in page["visitors"].as_array()? {
            let points = row["scores"][0]["value"].as_f64()? as u64;
            let views = row["page_views"].as_u64()?;
            rows.insert(row["id"].as_str()?.to_owned(), (views, points));
        }
        let Some(next) = page["next"].as_str() else {
            return Some(rows);
        };
        cursor = format!("&cursor={next}");
    }
}

/// What is wrong with a list, in few words.
fn difference(truth: &BTreeMap<String, Row>, list: Option<BTreeMap<String, Row>>) -> String {
    let Some(list) = list else {
        return "the list cannot be read".to_owned();
    };
    let missing = truth.keys().filter(|id| !list.contains_key(*id)).count();
    let surplus = list.keys().filter(|id| !truth.contains_key(*id)).count();
    let wrong: Vec<_> = truth
        .iter()
        .filter_map(|(id, row)| Some((id, row, list.get(id).filter(|found| *found != row)?)))
        .take(3)
        .collect();
    format!("{missing} are missing, {surplus} should not be there, wrong are {wrong:?}…")
}

/// What the writers share.
struct Shared {
    nodes: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
    stopping: AtomicBool,
    taken: AtomicU64,
    refused: AtomicU64,
    truth: Arc<Truth>,
}

/// Writers at work.
pub(crate) struct Load {
    shared: Arc<Shared>,
    writers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins to write to these nodes; `round` makes names that no other round has.
    pub(crate) fn begin(nodes: Vec<SocketAddr>, truth: &Arc<Truth>, round: usize) -> Self {
        let shared = Arc::new(Shared {
            nodes: Mutex::new(nodes),
            next: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            taken: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            truth: Arc::clone(truth),
        });
        let writers = (0..WRITERS).map(|nth| {
            let name = format!("round {round} writer {nth}");
            tokio::spawn(write(Arc::clone(&shared), name))
        });
        Self {
            writers: writers.collect(),
            shared,
        }
    }

    /// Goes to these nodes from now on.
    pub(crate) fn go_to(&self, nodes: Vec<SocketAddr>) {
        *self.shared.nodes.lock() = nodes;
    }

    /// Waits until so many further batches are taken.
    pub(crate) async fn take(&self, batches: u64) {
        let wanted = self.shared.taken.load(Ordering::Relaxed) + batches;
        until("batches are taken", async || {
            (self.shared.taken.load(Ordering::Relaxed) >= wanted).then_some(())
        })
        .await;
    }

    /// Batches that had to be sent again so far.
    pub(crate) fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// Lets every writer finish what it has begun.
    pub(crate) async fn end(self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.expect("a writer finishes");
        }
    }
}

/// One visitor after another.
async fn write(shared: Arc<Shared>, name: String) {
    let http = http();
    for nth in 0.. {
        let name = format!("{name} visitor {nth}");
        let mut sent = 0;
        while sent < EVENTS_OF_A_VISITOR {
            if shared.stopping.load(Ordering::Relaxed) {
                return;
            }
            let count = 1 + sent % 3;
            let event = |n: usize| match n % 8 {
                0 => page_view(&format!("e{n}"), &format!("p{n}"), "/"),
                _ => custom(&format!("e{n}"), "one"),
            };
            let events: Vec<Value> = (sent..sent + count).map(event).collect();
            let visitor = insist(&shared, &http, &name, &events).await;
            shared.truth.note(&visitor, &events);
            shared.taken.fetch_add(1, Ordering::Relaxed);
            sent += count;
        }
    }
}

/// Sends a batch until it is taken; returns whose it was.
async fn insist(shared: &Shared, http: &reqwest::Client, name: &str, events: &[Value]) -> String {
    let begun = Instant::now();
    loop {
        let node = {
            let nodes = shared.nodes.lock();
            nodes[shared.next.fetch_add(1, Ordering::Relaxed) % nodes.len()]
        };
        let request = http
            .post(format!("http://{node}/v1/collect"))
            .timeout(PATIENCE)
            .body(batch(name, events));
        match send(request).await {
            Ok(reply) if reply.status == 503 => assert_polite(&reply),
            Ok(reply) => {
                let taken = reply.taken();
                let known = taken.accepted + taken.duplicates;
                assert_eq!(known, events.len() as u64, "{taken:?}");
                return taken.visitor;
            }
            Err(_) => {}
        }
        shared.refused.fetch_add(1, Ordering::Relaxed);
        assert!(begun.elapsed() < DEADLINE, "nobody takes a batch of {name}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// A refusal says when to come again.
fn assert_polite(reply: &Reply) {
    assert_eq!(reply.problem(), "unavailable");
    assert!(reply.header("retry-after").is_some(), "{reply:?}");
}
