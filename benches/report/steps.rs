//! One step of the engine with 10 to 10,000 rules, beside the same conditions as closures; and compiling those rules,
//! beside parsing the same text.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use ahlan::clock::Stopwatch;
use ahlan::domain::{
    Arrival, Batch, CountryCode, Event, EventId, EventKind, Key, Millis, PageId, PageViewEvent,
    SiteNow, Timestamp, VisitorId, VisitorState,
};
use ahlan::engine;
use ahlan::rules::{RuleSet, SourceFile, compile};

use super::table::{Row, Table};

const PAGE_TYPES: usize = 10;
/// A file of rules is begun anew when it has grown to this many bytes.
const FILE_BYTES: usize = 512 << 10;
const EVENTS: usize = 40_000;
const START: Timestamp = Timestamp(1_763_760_000_000);
const SITE: SiteNow = SiteNow {
    agents_online: 3,
    free_slots: 5,
    places: 5,
    expected_reply: None,
    languages: None,
    departments: None,
    scarce: None,
};

pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let events = events();
    for rules in [10, 100, 1_000, 10_000] {
        let files = sources(rules)?;
        let rule_set = compiled(&files)?;
        let step_ns = best_of_three(|| run(&rule_set, &events));
        let closures_ns = best_of_three(|| run_closures(rules, &events));
        table.add(Row {
            what: format!("`step` with {rules} rules over {PAGE_TYPES} page types, an event"),
            measured: format!("{:.2} µs", step_ns / 1_000.0),
            limit: format!(
                "the conditions that may matter, as closures: {:.2} µs",
                closures_ns / 1_000.0
            ),
            budget: if rules == 1_000 {
                "≤ 2 µs".to_owned()
            } else {
                String::new()
            },
            kept: (rules == 1_000).then_some(step_ns <= 2_000.0),
        });
        compiling(table, rules, &files);
    }
    Ok(())
}

/// From text to a compiled rule set, beside only parsing the text.
fn compiling(table: &mut Table, rules: usize, files: &[SourceFile]) {
    let time = |work: &dyn Fn()| {
        best_of_three(|| {
            let watch = Stopwatch::start();
            work();
            watch.elapsed().as_nanos() as f64 / 1e6
        })
    };
    let whole = time(&|| drop(black_box(compile(files))));
    let parse = time(&|| {
        for file in files {
            drop(black_box(file.text.parse::<toml_edit::Document<String>>()));
        }
    });
    let size: usize = files.iter().map(|file| file.text.len()).sum();
    table.add(Row {
        what: format!("compiling {rules} rules, {} KiB of text", size / 1024),
        measured: format!("{whole:.1} ms"),
        limit: format!("parsing the same text as TOML: {parse:.1} ms"),
        budget: if rules == 10_000 {
            "≤ 1 s".to_owned()
        } else {
            String::new()
        },
        kept: (rules == 10_000).then_some(whole <= 1_000.0),
    });
}

fn best_of_three(mut run: impl FnMut() -> f64) -> f64 {
    (0..3).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn run(rules: &RuleSet, events: &[Batch]) -> f64 {
    let mut state = VisitorState::new(Key::of("shop"), VisitorId([7; 16]), START);
    let watch = Stopwatch::start();
    for batch in events {
        let now = batch.events[0].at;
        black_box(engine::apply(rules, &SITE, &mut state, batch, now));
    }
    watch.elapsed().as_nanos() as f64 / events.len() as f64
}

type Closure = Box<dyn Fn(u32, CountryCode, &SiteNow) -> bool>;

fn run_closures(rules: usize, events: &[Batch]) -> f64 {
    let countries: Vec<CountryCode> = ["AE", "EG", "KW"]
        .into_iter()
        .filter_map(CountryCode::new)
        .collect();
    let of_type = |page_type: usize| {
        let mine = (0..rules).filter(move |rule| rule % PAGE_TYPES == page_type);
        let closures = mine.map(|rule| {
            let (least, countries) = (1_000_000 + rule as u32, countries.clone());
            let closure: Closure = Box::new(move |views, country, site| {
                views >= least && countries.contains(&country) && site.free_slots > 0
            });
            closure
        });
        closures.collect::<Vec<_>>()
    };
    let closures: Vec<Vec<Closure>> = (0..PAGE_TYPES).map(of_type).collect();
    let country = CountryCode::new("SA").expect("it is a code");
    let watch = Stopwatch::start();
    for at in 0..events.len() {
        let due = closures[at / 4 % PAGE_TYPES]
            .iter()
            .filter(|closure| closure(at as u32, country, &SITE));
        black_box(due.count());
    }
    watch.elapsed().as_nanos() as f64 / events.len() as f64
}

/// Three score rules, a dwell rule and a trigger in turn, spread evenly over the page types.
fn sources(rules: usize) -> anyhow::Result<Vec<SourceFile>> {
    let mut text = String::from("[[score]]\nname = \"buy\"\nhalf_life = \"3d\"\n");
    for page_type in 0..PAGE_TYPES {
        writeln!(
            text,
            "[[page_type]]\nname = \"p{page_type}\"\nmatch = [\"/p{page_type}*\"]"
        )?;
    }
    let mut files = Vec::new();
    for rule in 0..rules {
        if text.len() > FILE_BYTES {
            files.push(SourceFile::new(
                format!("{}.toml", files.len()),
                std::mem::take(&mut text),
            ));
        }
        let least = 1_000_000 + rule;
        let condition = format!(
            "page_type = [\"p{}\"]\nall = [{{ field = \"session.page_views\", at_least = {least} }}, {{ field = \
             \"visitor.country\", one_of = [\"AE\", \"EG\", \"KW\"] }}]",
            rule % PAGE_TYPES
        );
        match rule % 5 {
            4 => writeln!(
                text,
                "[[trigger]]\nid = \"t{rule}\"\n{condition}\n[trigger.invitation]\nmessage = {{ en = \"Hello\" }}"
            )?,
            3 => writeln!(
                text,
                "[[score_rule]]\nid = \"r{rule}\"\nscore = \"buy\"\non = \"dwell\"\nafter = \"{}s\"\npoints = 1\n{condition}",
                5 + rule % 60
            )?,
            _ => writeln!(
                text,
                "[[score_rule]]\nid = \"r{rule}\"\nscore = \"buy\"\non = \"page_view\"\npoints = 1\n{condition}"
            )?,
        }
    }
    files.push(SourceFile::new(format!("{}.toml", files.len()), text));
    Ok(files)
}

fn compiled(files: &[SourceFile]) -> anyhow::Result<RuleSet> {
    compile(files)
        .map(|compiled| compiled.rule_set)
        .map_err(|mistakes| anyhow::anyhow!("{}", mistakes[0].message))
}

/// A long visit: a page view, then three reports on it, five seconds apart.
fn events() -> Vec<Batch> {
    let arrival = Arrival {
        country: CountryCode::new("SA"),
        ..Arrival::default()
    };
    let urls: Vec<Arc<str>> = (0..PAGE_TYPES)
        .map(|page| format!("https://shop.example/p{page}/x").into())
        .collect();
    let batch = |at: usize| {
        let page = at / 4;
        let kind = if at.is_multiple_of(4) {
            EventKind::PageView(Box::new(view(&urls[page % PAGE_TYPES])))
        } else {
            let active = Millis(at as u64 % 4 * 5_000);
            EventKind::Engage {
                active,
                scroll: 50,
                attended: true,
            }
        };
        let event = Event {
            id: EventId(at as u64),
            at: START + Millis(at as u64 * 5_000),
            page: Some(PageId(page as u64)),
            kind,
        };
        Batch {
            arrival: (at == 0).then(|| Box::new(arrival.clone())),
            events: vec![event],
        }
    };
    (0..EVENTS).map(batch).collect()
}

fn view(url: &Arc<str>) -> PageViewEvent {
    PageViewEvent {
        url: Arc::clone(url),
        title: Some("A page of the shop".into()),
        page_type: None,
        lang: Some("en".into()),
        tz: Some("Asia/Riyadh".into()),
        screen: Some((1_440, 900)),
        attended: true,
    }
}

/// The size of a visitor's saved state after so many page views, in bytes.
pub(crate) fn encoded_visitor(pages: usize) -> usize {
    let mut state = VisitorState::new(Key::of("shop"), VisitorId([1; 16]), START);
    let events = events().into_iter().step_by(4).take(pages);
    for batch in events {
        let now = batch.events[0].at;
        engine::apply(&RuleSet::default(), &SITE, &mut state, &batch, now);
    }
    postcard::to_allocvec(&state).map_or(0, |bytes| bytes.len())
}
