//! Many nodes on Redis: what they carry, what an event costs them and Redis, and what a model makes of that.

mod cases;
mod forecast;
mod limit;
mod memory;
mod servers;

use crate::table::{Row, Table};

use cases::{Case, Measured};
use limit::Reached;

/// Connections of the load generator, and so events under way.
const CONNECTIONS: usize = 64;
/// So many listen when it is measured what one who listens costs.
const LISTENERS: usize = 8;

/// One Redis and a cluster of three primaries; one, two and four nodes; visitors who stay with their node, and who meet
/// any node.
const CASES: [Case; 8] = [
    Case::new(1, 1, false),
    Case::new(2, 1, false),
    Case::new(2, 1, true),
    Case::new(4, 1, false),
    Case::new(4, 1, true),
    Case::new(1, 3, false),
    Case::new(2, 3, true),
    Case::new(4, 3, true),
];

/// What an event costs when no other one is under way, so that every message between node and Redis travels alone.
const LONE: Case = Case::new(1, 1, false).one_by_one();

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let measured: anyhow::Result<Vec<Measured>> = CASES.iter().map(Case::measure).collect();
    let measured = measured?;
    let sizes = measured[0].sizes;
    let script = limit::script(sizes, 0)?;
    let heard = limit::script(sizes, LISTENERS)?;
    let following = cases::following()?;
    let lone = LONE.measure()?;
    for one in measured.iter().chain([&lone]) {
        carried(table, one, &script);
    }
    let pairs = limit::pairs(sizes)?;
    plain(table, &measured[0], &script, &pairs);
    let listener = (heard.redis_us - script.redis_us).max(0.0) / LISTENERS as f64;
    table.add(Row {
        what: "one more node that follows the live list, for each commit of another node"
            .to_owned(),
        measured: format!(
            "{:.1} µs CPU in the node and {:.1} µs in Redis",
            following.node_us, following.redis_us
        ),
        limit: format!("one more listener to what the script publishes: {listener:.2} µs in Redis"),
        budget: String::new(),
        kept: None,
    });
    forecast::add(table, &measured, &lone, &following, listener);
    memory::measure(table)
}

/// What a case has carried, beside the script alone.
fn carried(table: &mut Table, one: &Measured, script: &Reached) {
    table.add(Row {
        what: format!("collect on {}, {} at a time", one.case, one.case.connections),
        measured: format!(
            "{:.0}/s; CPU an event: **{:.1} µs** in the node, **{:.1} µs** in Redis; {:.2} round trips; p50 {:.2} ms, \
             p99 {:.2} ms; {} failed",
            one.per_second,
            one.node_us,
            one.redis_us,
            one.round_trips,
            one.p50_us / 1e3,
            one.p99_us / 1e3,
            one.failed
        ),
        limit: format!(
            "`redis-benchmark`, the same script and sizes: {:.0}/s, {:.1} µs in Redis",
            script.per_second, script.redis_us
        ),
        budget: "0 failed".to_owned(),
        kept: Some(one.failed == 0),
    });
}

/// What a commit costs beside the least that could keep a state in Redis.
fn plain(table: &mut Table, one: &Measured, script: &Reached, pairs: &Reached) {
    table.add(Row {
        what: format!(
            "a commit by script: state of {} B, record of {} B, indexes, journal and news",
            one.sizes.state, one.sizes.record
        ),
        measured: format!(
            "{:.1} µs CPU in Redis under `redis-benchmark`, {:.1} µs under the service; {:.0} B over the network",
            script.redis_us, one.redis_us, one.network
        ),
        limit: format!(
            "a plain GET and a plain SET of the same state through the same client: {:.1} µs in Redis, {:.1} µs in the \
             client; {:.0}/s",
            pairs.redis_us, pairs.client_us, pairs.per_second
        ),
        budget: String::new(),
        kept: None,
    });
}
