//! A hundred thousand visitors with ten page views each: what they weigh, and how fast they are back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use ahlan::clock::Stopwatch;

use super::process::Server;
use super::table::{Row, Table};

pub(crate) const VISITORS: usize = 100_000;
pub(crate) const PAGES: usize = 10;
const CONNECTIONS: usize = 32;

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(".")?;
    let server = Server::service(dir.path())?;
    let empty = server.memory()?;
    fill(&server.url, PAGES)?;
    let full = server.memory()?;
    server.stop()?;
    let (server, ready) = start(dir.path())?;
    let restarted = server.memory()?;
    drop(server);
    let (server, ready_after_kill) = start(dir.path())?;
    drop(server);
    let reading = read_files(&dir.path().join("data"))?;
    let each = |memory: u64| memory.saturating_sub(empty) as f64 / VISITORS as f64 / 1_024.0;
    table.add(Row {
        what: format!("memory for one live visitor with {PAGES} page views, at {VISITORS}"),
        measured: format!(
            "**{:.2} KiB** after a restart; {:.2} KiB right after the load, write buffers included; the write buffers and the cache in both figures do not grow with visitors",
            each(restarted),
            each(full)
        ),
        limit: format!(
            "its encoded state: {:.2} KiB",
            super::steps::encoded_visitor(PAGES) as f64 / 1_024.0
        ),
        budget: "≤ 2 KiB all in".to_owned(),
        kept: Some(each(restarted) <= 2.0),
    });
    table.add(Row {
        what: format!("start with {VISITORS} live visitors, until ready"),
        measured: format!(
            "{:.2} s after a clean stop; {:.2} s after kill -9",
            ready.as_secs_f64(),
            ready_after_kill.as_secs_f64()
        ),
        limit: format!("reading the files: {:.2} s", reading.as_secs_f64()),
        budget: "≤ 0.5 s (5 s for 1,000,000)".to_owned(),
        kept: Some(ready.as_secs_f64() <= 0.5),
    });
    Ok(())
}

/// The service prints its address once it is ready.
fn start(dir: &Path) -> anyhow::Result<(Server, Duration)> {
    let watch = Stopwatch::start();
    let server = Server::service(dir)?;
    Ok((server, watch.elapsed()))
}

fn read_files(dir: &Path) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                dirs.push(entry.path());
            } else {
                std::hint::black_box(std::fs::read(entry.path())?);
            }
        }
    }
    Ok(watch.elapsed())
}

/// Sends all visits, so many page views in each request.
pub(crate) fn fill(url: &str, at_once: usize) -> anyhow::Result<()> {
    let address = url.strip_prefix("http://").context("the address is http")?;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| scope.spawn(move || fill_part(address, worker, at_once)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}

fn fill_part(address: &str, worker: usize, at_once: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut answer = vec![0; 16 * 1_024];
    let visitors = (worker..VISITORS).step_by(CONNECTIONS);
    let parts = |visitor| {
        (0..PAGES)
            .step_by(at_once)
            .map(move |first| (visitor, first))
    };
    for (visitor, first) in visitors.flat_map(parts) {
        let body = visit(visitor, first..PAGES.min(first + at_once));
        let head = format!(
            "POST /v1/collect HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) \
             AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let read = stream.read(&mut answer)?;
        let status = answer.get(9..12).unwrap_or_default();
        anyhow::ensure!(
            status == b"202",
            "{}",
            String::from_utf8_lossy(&answer[..read])
        );
    }
    Ok(())
}

fn visit(visitor: usize, pages: std::ops::Range<usize>) -> String {
    let events: Vec<String> = pages.map(|page| page_view(visitor, page)).collect();
    format!(
        r#"{{"site":"shop","key":"bench{visitor:016}A","events":[{}]}}"#,
        events.join(",")
    )
}

fn page_view(visitor: usize, page: usize) -> String {
    let product = (visitor * 7 + page * 13) % 500;
    format!(
        r#"{{"id":"v{page}","type":"page_view","page":"p{page}","url":"https://shop.example/products/kettle-{product}?utm_source=newsletter","title":"Kettle number {product} that sings - Shop","referrer":"https://www.google.com/","screen":[1440,900],"lang":"en","tz":"Asia/Riyadh"}}"#
    )
}
