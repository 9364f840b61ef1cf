//! The list watched by many while visitors come and go: how late a change is seen, what that costs, and what it weighs.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ahlan::clock::{self, Stopwatch};
use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::process::{Server, TOKEN};
use super::table::{Row, Table};

/// How many senders share the changes.
const SENDERS: usize = 8;
/// Watchers by the time of the last event see every change first; so many of all are of this kind.
const PROBES: usize = 4;
/// What the others look at; the place of `NN` is taken by a number, so that no two look the same way.
const ANGLES: [&str; 8] = [
    "sort=-score.buy&rows=60&q=kettle-NN",
    "sort=started&rows=60&from=NN&group=page_type&presence=active",
    "sort=page&rows=60&from=NN&device=desktop",
    "sort=-page_views&rows=60&group=device&q=NN",
    "sort=-on_page&rows=60&channel=organic_search&q=NN",
    "sort=country&rows=60&group=country&q=NN",
    "sort=-last_seen&rows=60&q=kettle-NN",
    "sort=source&rows=200&returning=false&q=NN",
];

/// How much happens.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    visitors: usize,
    per_second: usize,
    watchers: usize,
    seconds: u64,
}

pub(crate) const FULL: Shape = Shape {
    visitors: 100_000,
    per_second: 1_000,
    watchers: 50,
    seconds: 20,
};

/// Just enough to see that the measuring works.
pub(crate) const SMALL: Shape = Shape {
    visitors: 200,
    per_second: 40,
    watchers: 12,
    seconds: 3,
};

/// A change that a sender has made: when it was sent, and when it was acknowledged.
#[derive(Clone, Copy)]
struct Made {
    sent_ms: u64,
    acknowledged: Stopwatch,
}

/// The latest change of each visitor.
type Changes = Mutex<HashMap<String, Made>>;

pub(crate) fn measure(table: &mut Table, shape: Shape) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(".")?;
    let server = Server::service(dir.path())?;
    let changes = Changes::default();
    fill(&server, shape)?;
    let alone = cost(&server, shape, &changes)?;
    // What was changed before anybody watched is no change to be seen.
    changes.lock().expect("nobody panics").clear();
    let before = server.memory()?;
    let done = AtomicBool::new(false);
    let (lags, watched) = std::thread::scope(|scope| {
        let watchers: Vec<_> = (0..shape.watchers)
            .map(|nth| {
                let (server, changes, done) = (&server, &changes, &done);
                scope.spawn(move || watch(server, nth, changes, done))
            })
            .collect();
        // The first one waits until everybody is read; what follows is to be measured.
        pause(Duration::from_secs(4));
        let watched = cost(&server, shape, &changes);
        let memory = server.memory();
        done.store(true, Ordering::Relaxed);
        let lags: Vec<_> = watchers
            .into_iter()
            .map(|it| it.join().expect("a watcher does not panic"))
            .collect();
        (lags, watched.and_then(|cost| Ok((cost, memory?))))
    });
    let (watched, memory) = watched?;
    let lags: Vec<Vec<f64>> = lags.into_iter().collect::<anyhow::Result<_>>()?;
    let mut lags: Vec<f64> = lags.into_iter().flatten().collect();
    ensure!(!lags.is_empty(), "no watcher saw any change");
    lags.sort_by(f64::total_cmp);
    let each = memory.saturating_sub(before) as f64 / shape.visitors as f64;
    report(table, shape, &lags, (alone, watched), each);
    server.stop()
}

fn report(table: &mut Table, shape: Shape, lags: &[f64], (alone, watched): (f64, f64), each: f64) {
    let at = |share: f64| lags[((lags.len() - 1) as f64 * share) as usize] * 1e3;
    let (p50, p99) = (at(0.5), at(0.99));
    let what = format!(
        "{} live visitors, {} changes/s, {} watchers with different filters and orders",
        shape.visitors, shape.per_second, shape.watchers
    );
    table.add(Row {
        what: format!("{what}: from the acknowledged change to the watcher"),
        measured: format!("p50 {p50:.0} ms; **p99 {p99:.0} ms** ({} seen)", lags.len()),
        limit: "watchers are told four times a second: 125 ms on average, 250 ms at worst"
            .to_owned(),
        budget: "p99 ≤ 500 ms".to_owned(),
        kept: Some(p99 <= 500.0),
    });
    let share = watched - alone;
    table.add(Row {
        what: format!("{what}: processor"),
        measured: format!("**{share:.2} of a core** more than without watchers"),
        limit: format!("the same changes without watchers: {alone:.2} of a core"),
        budget: "≤ 0.5 of a core".to_owned(),
        kept: Some(share <= 0.5),
    });
    table.add(Row {
        what: format!("{what}: memory for one visitor"),
        measured: format!("{:.2} KiB more than without watchers", each / 1_024.0),
        limit: "a line of some 350 B, and 32 B in each view that the visitor belongs to".to_owned(),
        budget: String::new(),
        kept: None,
    });
}

/// How much of a core the service takes while changes come.
fn cost(server: &Server, shape: Shape, changes: &Changes) -> anyhow::Result<f64> {
    let (before, watch) = (server.cpu_us()?, Stopwatch::start());
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|nth| scope.spawn(move || send(server, shape, nth, changes)))
            .collect();
        let mut senders = senders.into_iter();
        senders.try_for_each(|it| it.join().expect("a sender does not panic"))
    })?;
    let used = server.cpu_us()? - before;
    Ok(used as f64 / watch.elapsed().as_micros() as f64)
}

#[expect(
    clippy::disallowed_methods,
    reason = "changes come at a steady pace; there is nothing to wait for"
)]
fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// Opens a page for a part of the visitors, one after another, at a steady pace.
fn send(server: &Server, shape: Shape, nth: usize, changes: &Changes) -> anyhow::Result<()> {
    let mut door = Door::open(server)?;
    let watch = Stopwatch::start();
    let pace = Duration::from_secs(1) * SENDERS as u32 / shape.per_second as u32;
    let (mut sent, mut visitor) = (0_u32, nth);
    while watch.elapsed() < Duration::from_secs(shape.seconds) {
        // Visitors far apart, so that nobody's line is at hand.
        visitor = (visitor + SENDERS * 977) % shape.visitors;
        let sent_ms = clock::now().0;
        let id = door.collect(visitor, &page_view(visitor, sent_ms))?;
        let made = Made {
            sent_ms,
            acknowledged: Stopwatch::start(),
        };
        changes.lock().expect("nobody panics").insert(id, made);
        sent += 1;
        pause((pace * sent).saturating_sub(watch.elapsed()));
    }
    Ok(())
}

/// Everybody opens a page.
fn fill(server: &Server, shape: Shape) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..SENDERS * 4)
            .map(|nth| {
                scope.spawn(move || {
                    let mut door = Door::open(server)?;
                    let mut visitors = (nth..shape.visitors).step_by(SENDERS * 4);
                    visitors.try_for_each(|it| door.collect(it, &page_view(it, 0)).map(drop))
                })
            })
            .collect();
        let mut fillers = fillers.into_iter();
        fillers.try_for_each(|it| it.join().expect("a filler does not panic"))
    })
}

fn page_view(visitor: usize, nonce: u64) -> String {
    let product = (visitor + nonce as usize * 13) % 500;
    let path = match nonce % 4 {
        0 => format!("/products/kettle-{product}"),
        1 => "/pricing".to_owned(),
        2 => "/".to_owned(),
        _ => format!("/help/{product}"),
    };
    let referrer = if visitor.is_multiple_of(3) {
        r#","referrer":"https://www.google.com/""#
    } else {
        ""
    };
    format!(
        r#"{{"id":"v{nonce}","type":"page_view","page":"p{nonce}","url":"https://shop.example{path}","title":"Kettle number {product} that sings - Shop"{referrer}}}"#
    )
}

/// A connection to the public door.
struct Door {
    stream: TcpStream,
    address: String,
}

impl Door {
    fn open(server: &Server) -> anyhow::Result<Self> {
        let address = server
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            address: address.to_owned(),
        })
    }

    /// Sends an event; returns the visitor's id once it is acknowledged.
    fn collect(&mut self, visitor: usize, event: &str) -> anyhow::Result<String> {
        let body = format!(r#"{{"site":"shop","key":"bench{visitor:016}A","events":[{event}]}}"#);
        let head = format!(
            "POST /v1/collect HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) \
             AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body.as_bytes())?;
        let mut answer = [0; 16 * 1_024];
        let read = self.stream.read(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer[..read]);
        ensure!(answer.contains(" 202 "), "{answer}");
        let (_, id) = answer.split_once(r#""visitor":""#).context("an id")?;
        let (id, _) = id.split_once('"').context("an id ends")?;
        Ok(id.to_owned())
    }
}

/// Watches until all is done; a probe returns how late it saw each change, in seconds.
fn watch(
    server: &Server,
    nth: usize,
    changes: &Changes,
    done: &AtomicBool,
) -> anyhow::Result<Vec<f64>> {
    let probe = nth < PROBES;
    let query = if probe {
        format!("sort=-last_seen&rows={}", 200 - nth)
    } else {
        ANGLES[nth % ANGLES.len()].replace("NN", &(nth / ANGLES.len()).to_string())
    };
    let Door {
        mut stream,
        address,
    } = Door::open(server)?;
    write!(
        stream,
        "GET /v1/sites/shop/visitors/stream?{query} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    )?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let (mut lines, mut line) = (BufReader::new(stream), String::new());
    lines.read_line(&mut line)?;
    ensure!(line.contains(" 200 "), "{query}: {line}");
    let (mut lags, mut seen) = (Vec::new(), HashMap::<String, u64>::new());
    while !done.load(Ordering::Relaxed) {
        line.clear();
        ensure!(
            lines.read_line(&mut line)? > 0,
            "{query}: the stream has ended"
        );
        // An event travels as one piece, so its data is never broken by the framing.
        let data = line.strip_prefix("data: ").filter(|_| probe);
        if let Some(data) = data {
            let said: Value = serde_json::from_str(data.trim())?;
            let rows = said["rows"].as_array().map_or(&[][..], Vec::as_slice);
            let changes = changes.lock().expect("nobody panics");
            for row in rows {
                lags.extend(lag(row, &changes, &mut seen));
            }
        }
    }
    Ok(lags)
}

/// How late a row shows the latest change of its visitor, if it shows it for the first time.
fn lag(
    row: &Value,
    changes: &HashMap<String, Made>,
    seen: &mut HashMap<String, u64>,
) -> Option<f64> {
    let id = row["id"].as_str()?;
    let made = changes.get(id)?;
    let shows = row["last_seen"].as_u64()? >= made.sent_ms;
    if !shows || seen.get(id) == Some(&made.sent_ms) {
        return None;
    }
    seen.insert(id.to_owned(), made.sent_ms);
    Some(made.acknowledged.elapsed().as_secs_f64())
}
