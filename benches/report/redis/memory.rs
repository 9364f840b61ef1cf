//! What visitors weigh in Redis.

use crate::table::{Row, Table};
use crate::visitors::{PAGES, VISITORS, fill};

use super::cases::House;

/// The kinds of keys, by what their names end or go on with.
const KINDS: [(&str, &str); 6] = [
    ("state", "*:v:*"),
    ("timeline", "*:t:*"),
    ("live", "*:live"),
    ("due", "*:due"),
    ("journal", "*:journal"),
    ("decisions", "*:decisions"),
];
/// The memory of all keys of a kind, in bytes, the keys themselves included.
const WEIGH: &str = "local sum, from = 0, '0' \
    repeat local page = redis.call('SCAN', from, 'MATCH', ARGV[1], 'COUNT', 10000) \
    for _, key in ipairs(page[2]) do sum = sum + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) end \
    from = page[1] until from == '0' return sum";

/// Visitors with some page views each, every one a request of its own, as trackers send them.
pub(super) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let house = House::start(1, 1)?;
    let empty = house.redis.data_bytes()?;
    fill(&house.nodes[0].0.url, 1)?;
    let full = house.redis.data_bytes()?;
    let mut each = Vec::new();
    for (_, pattern) in KINDS {
        let bytes: f64 = house.redis.ask(&["EVAL", WEIGH, "0", pattern])?;
        each.push(bytes / VISITORS as f64);
    }
    let [state, timeline, live, due, journal, decisions] = each[..] else {
        anyhow::bail!("a kind of key was not weighed");
    };
    let encoded = crate::steps::encoded_visitor(PAGES) as f64;
    table.add(Row {
        what: format!("memory in Redis for a live visitor with {PAGES} page views, at {VISITORS}, without the journal"),
        measured: format!(
            "**{:.2} KiB**: state {state:.0} B, timeline {timeline:.0} B, live index {live:.0} B, wake-ups {due:.0} B",
            (state + timeline + live + due) / 1_024.0
        ),
        limit: format!("its encoded state: {:.2} KiB", encoded / 1_024.0),
        budget: String::new(),
        kept: None,
    });
    table.add(Row {
        what: "memory in Redis for an event in the journal, kept as long as `retention` says"
            .to_owned(),
        measured: format!(
            "**{:.0} B** a page view; decisions {:.0} B",
            journal / PAGES as f64,
            decisions / PAGES as f64
        ),
        limit: format!(
            "everything together, as Redis counts it: {:.2} KiB a visitor with {PAGES} page views",
            (full - empty) / VISITORS as f64 / 1_024.0
        ),
        budget: String::new(),
        kept: None,
    });
    house.stop()
}
