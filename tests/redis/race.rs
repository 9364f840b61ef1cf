//! Four nodes, ten thousand visitors, and everybody at once: each visitor is invited exactly once, and no event is lost
//! or counted twice.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ahlan::domain::{
    Batch, Cause, DecisionPlace, Event, EventId, EventKind, Millis, Outcome, Record, SiteNow,
    Timestamp, VisitorId, VisitorState,
};
use ahlan::engine;
use ahlan::store::{Change, Order, Redis, Span, VisitorStore};

use crate::contract::words::{SITE, START, custom, prices, rules, visitor};
use crate::rig::{self, Cluster};
use crate::store::options;

const NODES: usize = 4;
/// Of these, each node works on so many at a time, all nodes on nearly the same.
const AT_ONCE: usize = 32;
/// So often a change may be refused before that is a fault.
const TRIES: usize = 20;
/// What each node reports of each visitor: two pages' points and four carts' make a warm lead at any one node.
const EVENTS_OF_A_NODE: usize = 5;

/// One node's share of a visitor's events, and one that every node reports: the tracker has sent it again and again.
fn events_of(node: usize) -> Vec<Event> {
    let cart = |n: usize| Event {
        kind: EventKind::Custom {
            name: "add_to_cart".into(),
            props: Vec::new(),
        },
        ..custom(&format!("cart {node} {n}"), START)
    };
    let page = prices(&format!("page {node}"), START);
    let carts = (1..EVENTS_OF_A_NODE).map(cart);
    let shared = custom("seen by all", START);
    std::iter::once(page).chain(carts).chain([shared]).collect()
}

/// Reports a node's events of one visitor. Returns how often the change was run.
async fn report(store: &Redis, visitor: VisitorId, events: &[Event]) -> usize {
    let site_now = SiteNow {
        agents_online: 1,
        free_slots: 1,
        ..SiteNow::default()
    };
    let rules = rules();
    let mut runs = 0;
    let mut change = |state: &mut VisitorState| {
        runs += 1;
        let batch = Batch {
            arrival: Some(Box::default()),
            events: events.to_vec(),
        };
        let (taken, effects) = engine::apply(&rules, &site_now, state, &batch, START);
        let taken = events.iter().zip(taken);
        let events: Vec<Event> = taken
            .filter(|(_, taken)| *taken == engine::Taken::Accepted)
            .map(|(event, _)| event.clone())
            .collect();
        if events.is_empty() {
            return Change::default();
        }
        let record = Record {
            visitor,
            site: SITE,
            now: START,
            rules: rules.hash,
            site_now: site_now.clone(),
            cause: Cause::Events(Batch { events, ..batch }),
        };
        Change::of(record, &rules, state, &effects)
    };
    for _ in 0..TRIES {
        if store
            .update(SITE, visitor, START, &mut change)
            .await
            .is_ok()
        {
            return runs;
        }
    }
    panic!("{visitor} could not be changed");
}

/// All nodes work through all visitors at once. Returns how many changes were run a third time: their visitor was
/// known, and somebody was faster all the same.
async fn race(nodes: &[Arc<Redis>], visitors: usize) -> usize {
    let contested = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for (at, store) in nodes.iter().enumerate() {
        let events = Arc::new(events_of(at));
        let next = Arc::new(AtomicUsize::new(0));
        for _ in 0..AT_ONCE {
            let (store, events) = (Arc::clone(store), Arc::clone(&events));
            let (next, contested) = (Arc::clone(&next), Arc::clone(&contested));
            tasks.push(tokio::spawn(async move {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= visitors {
                        return;
                    }
                    let runs = report(&store, visitor(nth), &events).await;
                    contested.fetch_add(usize::from(runs > 2), Ordering::Relaxed);
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    contested.load(Ordering::Relaxed)
}

/// Each visitor's event ids, as the journal has them.
fn journal(store: &Redis) -> HashMap<VisitorId, Vec<EventId>> {
    let mut found: HashMap<VisitorId, Vec<EventId>> = HashMap::new();
    let mut look = |_, record: ahlan::store::RecordBytes<'_>| {
        let record = record.decode().unwrap();
        if let Cause::Events(batch) = record.cause {
            let ids = batch.events.iter().map(|event| event.id);
            found.entry(record.visitor).or_default().extend(ids);
        }
        ControlFlow::Continue(())
    };
    let (from, to) = (Timestamp(0), START + Millis::from_days(1));
    tokio::task::block_in_place(|| store.scan(from, to, &mut look)).unwrap();
    found
}

/// How often each visitor was invited, as the decision log has it.
fn offers(store: &Redis) -> HashMap<VisitorId, usize> {
    let mut found = HashMap::new();
    let mut look = |_: DecisionPlace, decision: ahlan::domain::Decision| {
        if matches!(decision.what, Outcome::Offered(_)) {
            *found.entry(decision.visitor).or_default() += 1;
        }
        ControlFlow::Continue(())
    };
    let span = Span {
        from: Timestamp(0),
        until: START + Millis::from_days(1),
    };
    let read = || store.decisions(SITE, span, Order::OldestFirst, &mut look);
    tokio::task::block_in_place(read).unwrap();
    found
}

/// The whole truth about everybody.
async fn check(nodes: &[Arc<Redis>], visitors: usize) {
    let mut expected: Vec<EventId> = (0..NODES)
        .flat_map(events_of)
        .map(|event| event.id)
        .collect();
    expected.sort_unstable_by_key(|id| id.0);
    expected.dedup();
    assert_eq!(expected.len(), NODES * EVENTS_OF_A_NODE + 1);
    let (journal, offers) = (journal(&nodes[0]), offers(&nodes[1]));
    assert_eq!((journal.len(), offers.len()), (visitors, visitors));
    for nth in 0..visitors {
        let mut ids = journal[&visitor(nth)].clone();
        ids.sort_unstable_by_key(|id| id.0);
        assert_eq!(ids, expected, "visitor {nth}");
        assert_eq!(offers[&visitor(nth)], 1, "visitor {nth}");
        // The states, each as some node sees it.
        let state = nodes[nth % NODES]
            .get(SITE, visitor(nth))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (state.page_views, state.invitations.made),
            (NODES as u32, 1)
        );
        let totals = state.session.unwrap().totals;
        assert_eq!(totals.custom_events as usize, expected.len() - NODES);
    }
}

async fn open<T: AsRef<str>>(urls: &[T], cluster: bool) -> Vec<Arc<Redis>> {
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(Arc::new(Redis::open(options(urls, cluster)).await.unwrap()));
    }
    nodes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_is_invited_once_though_all_nodes_are_hit_at_once() {
    const VISITORS: usize = 10_000;
    let redis = rig::Redis::start(&[]);
    let nodes = open(&[redis.url()], false).await;
    let contested = race(&nodes, VISITORS).await;
    eprintln!("{contested} changes were contested");
    assert!(contested > 100, "only {contested}: this was no race");
    check(&nodes, VISITORS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_is_invited_once_on_a_cluster() {
    const VISITORS: usize = 1_000;
    let cluster = Cluster::start(3, 0);
    let nodes = open(&cluster.urls(), true).await;
    let contested = race(&nodes, VISITORS).await;
    assert!(contested > 10, "only {contested}: this was no race");
    check(&nodes, VISITORS).await;
}
