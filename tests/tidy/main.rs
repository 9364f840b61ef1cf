//! Keeps the house in order: floors, sizes, and documents that tell the truth. Every message says what, where, why and
//! what to do. Nothing here is a matter of taste that a formatter or clippy settles already.

use std::fs;
use std::path::{Path, PathBuf};

use ahlan::config::Config;
use ahlan::domain::Reject;
use ahlan::http::Kind;
use ahlan::metrics::{Metrics, Readings};

/// The house from the ground up. A module uses only modules of the rows before its own.
const FLOORS: [(&str, &[&str]); 13] = [
    ("0: the nouns", &["domain"]),
    ("1: the rule language", &["rules"]),
    ("2: the heart", &["engine"]),
    // Who may touch the clock, chance and the rule files, so that nobody else does; and what everybody above shares.
    ("the doors", &["clock", "secret", "rules_dir"]),
    ("the shared desks", &["site", "metrics"]),
    ("3: what is kept and known", &["store", "chat", "enrich"]),
    ("3: who is here, read from the store", &["live"]),
    ("4: a request's journey", &["pipeline"]),
    ("4: the face", &["http"]),
    ("the demonstration", &["demo"]),
    ("the settings", &["config"]),
    ("the composition root", &["app"]),
    ("what people type", &["cli", "main", "lib"]),
];
/// So many rows from the ground are pure.
const PURE_FLOORS: usize = 3;
/// What a pure floor has no use for: it is handed the time, chance and text as arguments.
const IMPURE: [&str; 10] = [
    "SystemTime",
    "Instant",
    "std::fs",
    "std::env",
    "std::thread",
    "std::process",
    "tokio",
    "rand::",
    "getrandom",
    "std::net",
];
/// Plain values that live in impure modules.
const PURE_AFTER_ALL: [&str; 3] = [
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 70;
/// What the best houses have; printed beside what this one has.
const MEDIAN_FILE_LINES: usize = 120;
const MEDIAN_FUNCTION_LINES: usize = 10;

/// Never walked into: made by tools, or belonging to nobody's source.
const NOT_OURS: [&str; 6] = ["target", "node_modules", "dist", "data", ".git", "shots"];
/// Read by tests, written by others.
const FIXTURES: &str = "tests/fixtures/";
const THIS_FILE: &str = "tests/tidy.rs";

/// A text file of the project.
struct Source {
    /// Its path from the project's root, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn is(&self, extension: &str) -> bool {
        self.path.rsplit('.').next() == Some(extension)
    }

    fn is_code(&self) -> bool {
        ["rs", "ts", "js", "mjs", "css", "sh"]
            .iter()
            .any(|extension| self.is(extension))
            || self.path.starts_with("scripts/")
    }

    fn is_test(&self) -> bool {
        !self.path.starts_with("src/")
            || self.path.contains("/tests/")
            || self.path.ends_with("_tests.rs")
    }

    /// The lines before the unit tests at the end of the file, without comments; none for a file of tests.
    fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line));
        let until = if self.is_test() { 0 } else { usize::MAX };
        lines
            .take(until)
            .take_while(|(_, line)| !line.starts_with("mod tests"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// `store` for `src/store/embedded/disk.rs`, `app` for `src/app.rs`.
    fn module(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?.strip_suffix(".rs")?;
        rest.split('/').next()
    }

    /// How many `super` lead from this file to the crate's root.
    fn depth(&self) -> usize {
        self.path.trim_end_matches("/mod.rs").matches('/').count()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Every text file of the project.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&&*name) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).unwrap();
                let path = path.to_string_lossy().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rust() -> impl Iterator<Item = Source> {
    sources().into_iter().filter(|file| file.is("rs"))
}

/// Fails with every finding at once, so that one run tells all.
fn report(lesson: &str, findings: &[String]) {
    assert!(
        findings.is_empty(),
        "\n{}\n\n{lesson}\n",
        findings.join("\n")
    );
}

fn floor(module: &str) -> Option<usize> {
    FLOORS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

/// The modules that a line takes from the crate's root: `crate::store::…` and `crate::{live::…, store::…}`.
fn used(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let first = |text: &str| text.len() - text.trim_start_matches(is_word).len();
    let mut found = Vec::new();
    for (at, path) in line.match_indices("crate::") {
        let rest = &line[at + path.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(
                group
                    .split(',')
                    .map(str::trim)
                    .map(|item| &item[..first(item)]),
            );
        } else {
            found.push(&rest[..first(rest)]);
        }
    }
    found.retain(|word| word.starts_with(char::is_lowercase));
    found
}

#[test]
fn every_module_uses_only_the_floors_below_its_own() {
    let mut findings = Vec::new();
    for file in rust() {
        let Some(module) = file.module() else {
            continue;
        };
        let Some(own) = floor(module) else {
            findings.push(format!(
                "{}: `{module}` has no floor; give it one in FLOORS, {THIS_FILE}",
                file.path
            ));
            continue;
        };
        for (at, line) in file.production() {
            for other in used(line).into_iter().filter(|other| *other != module) {
                if floor(other).is_none_or(|other| other >= own) {
                    findings.push(format!(
                        "{}:{at}: `{module}` uses `{other}`, which is not below it",
                        file.path
                    ));
                }
            }
            if line.contains(&"super::".repeat(file.depth())) {
                findings.push(format!(
                    "{}:{at}: reaches the crate's root by `super`; write `crate::`",
                    file.path
                ));
            }
        }
    }
    report(
        "A module imports only from floors below its own, so that each can be read, tested and changed knowing only \
         what lies beneath. Move what both need to a lower floor, or hand it in as an argument or a trait. The map is \
         in docs/ARCHITECTURE.md.",
        &findings,
    );
}

#[test]
fn the_pure_floors_are_pure() {
    let is_pure = |file: &Source| {
        file.module()
            .and_then(floor)
            .is_some_and(|floor| floor < PURE_FLOORS)
    };
    let mut findings = Vec::new();
    for file in rust().filter(is_pure) {
        for (at, line) in file.production() {
            let rest = PURE_AFTER_ALL
                .iter()
                .fold(line.to_owned(), |rest, pure| rest.replace(pure, ""));
            for word in IMPURE.iter().filter(|word| rest.contains(**word)) {
                findings.push(format!("{}:{at}: `{word}`", file.path));
            }
        }
    }
    report(
        "Floors 0 to 2 do no IO, read no clock and draw no random number: that is why the same code serves live \
         traffic, recovery, backtests and property tests. Take the value as an argument and let a floor above get it.",
        &findings,
    );
}

#[test]
fn files_fit_the_head() {
    let mut lengths = Vec::new();
    let mut findings = Vec::new();
    for file in sources()
        .into_iter()
        .filter(|file| file.is_code() && !file.path.starts_with(FIXTURES))
    {
        let lines = file.text.lines().count();
        lengths.push(lines);
        if lines > MAX_FILE_LINES {
            findings.push(format!("{}: {lines} lines", file.path));
        }
    }
    println!(
        "files: {}, median {} lines (aim: {MEDIAN_FILE_LINES}), longest {} (limit: {MAX_FILE_LINES})",
        lengths.len(),
        median(&mut lengths),
        lengths.last().unwrap()
    );
    report(
        &format!(
            "A file has at most {MAX_FILE_LINES} lines. Look for the second subject in it and give that a room of its own."
        ),
        &findings,
    );
}

#[test]
fn functions_fit_the_screen() {
    let mut lengths = Vec::new();
    let mut findings = Vec::new();
    for file in rust() {
        for (name, at, lines) in functions(&file.text) {
            lengths.push(lines);
            if lines > MAX_FUNCTION_LINES {
                findings.push(format!("{}:{at}: `{name}` has {lines} lines", file.path));
            }
        }
    }
    println!(
        "functions: {}, median {} lines (aim: {MEDIAN_FUNCTION_LINES}), longest {} (limit: {MAX_FUNCTION_LINES})",
        lengths.len(),
        median(&mut lengths),
        lengths.last().unwrap()
    );
    report(
        &format!(
            "A function has at most {MAX_FUNCTION_LINES} lines, so that its whole is seen at once. Give its steps names."
        ),
        &findings,
    );
}

fn median(lengths: &mut [usize]) -> usize {
    lengths.sort_unstable();
    lengths[lengths.len() / 2]
}

/// Name, first line and length of every function with a body. Rests on rustfmt: a body ends at the first line that is
/// its closing brace at the function's own indentation.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let ends = |line: &&str| {
            line.strip_prefix(indent).is_some_and(|rest| {
                rest == "}" || (rest.starts_with([')', '-', 'w']) && rest.ends_with(';'))
            })
        };
        let closed = line.ends_with('}') || line.ends_with(';');
        let length = if closed {
            Some(0)
        } else {
            lines[at + 1..]
                .iter()
                .position(|line| ends(&line))
                .map(|n| n + 1)
        };
        if let Some(length) = length.filter(|length| lines[at + length].ends_with('}')) {
            found.push((name.to_owned(), at + 1, length + 1));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| {
        matches!(*word, "const" | "async" | "unsafe") || word.starts_with("pub")
    });
    let name = (words.next() == Some("fn")).then(|| words.next())??;
    name.split(['(', '<']).next()
}

#[test]
fn functions_are_found_and_measured() {
    let text = "fn one() {}\npub(crate) const fn two(\n    a: u8,\n) -> u8 {\n    a\n}\ntrait T {\n    fn none();\n    \
                fn long(\n        a: u8,\n    ) -> u8;\n    async fn three() {\n    }\n}\n// fn four() {}\n";
    let found: Vec<_> = functions(text)
        .into_iter()
        .map(|(name, at, lines)| format!("{name} {at} {lines}"))
        .collect();
    assert_eq!(found, ["one 1 1", "two 2 5", "three 12 2"]);
    assert_eq!(
        used("use crate::{live::Row, store}; crate::domain::Key, crate::App"),
        ["live", "store", "domain"]
    );
}

#[test]
fn nothing_is_left_undone() {
    let anywhere = ["todo!", "unimplemented!", "dbg!", "#[ignore"];
    let mut findings = Vec::new();
    for file in rust().filter(|file| file.path != THIS_FILE) {
        for (at, line) in file.text.lines().enumerate() {
            for word in anywhere.iter().filter(|word| line.contains(**word)) {
                findings.push(format!("{}:{}: `{word}`", file.path, at + 1));
            }
        }
        for (at, line) in file
            .production()
            .filter(|(_, line)| line.contains(".unwrap()"))
        {
            findings.push(format!("{}:{at}: {}", file.path, line.trim()));
        }
    }
    report(
        "What is committed is finished, every test runs, and production code does not panic on what can happen: \
         handle the case, or `expect` with the reason why it cannot.",
        &findings,
    );
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    let silent =
        rust().filter(|file| !file.text.starts_with("//!") && !file.path.starts_with("target"));
    let findings: Vec<String> = silent
        .map(|file| format!("{}: begins without `//!`", file.path))
        .collect();
    report(
        "The first line of a file tells a newcomer whether to read on.",
        &findings,
    );
}

#[test]
fn the_project_speaks_of_no_machine_and_no_registry() {
    let homes = ["home", "root", "tmp"].map(|folder| format!("/{folder}/"));
    let hosts = [
        "registry.npm",
        "npmjs",
        "unpkg",
        "jsdelivr",
        "cdnjs",
        "pypi",
        "index.crates",
    ];
    let is_ours = |file: &Source| {
        file.path != THIS_FILE && !file.path.starts_with(FIXTURES) && file.path != "Cargo.lock"
    };
    let mut findings = Vec::new();
    for file in sources().into_iter().filter(is_ours) {
        for (at, line) in file.text.lines().enumerate() {
            let words = homes.iter().map(String::as_str).chain(hosts);
            for word in words.filter(|word| line.contains(word)) {
                findings.push(format!("{}:{}: `{word}`", file.path, at + 1));
            }
        }
    }
    report(
        "A path of one machine is wrong on every other, and packages come from wherever the user's package manager \
         is told to look. Use relative paths and placeholders; in a lock file, leave out where it was downloaded.",
        &findings,
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for file in sources()
        .into_iter()
        .filter(|file| file.is("md") && !file.path.starts_with(FIXTURES))
    {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        for link in file
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap();
            let outside =
                link.contains("://") || target.is_empty() || link.contains(char::is_whitespace);
            if !outside && !folder.join(target).exists() {
                findings.push(format!("{}: `{link}` is not there", file.path));
            }
        }
    }
    report(
        "A link that leads nowhere costs every reader a minute. Write the page or take the link out.",
        &findings,
    );
}

/// Which of these words stand nowhere in backticks in a document.
fn unsaid(document: &str, words: impl IntoIterator<Item = String>) -> Vec<String> {
    let text = read(document);
    let missing = words
        .into_iter()
        .filter(|word| !text.contains(&format!("`{word}`")));
    missing
        .map(|word| format!("{document}: `{word}` is not explained"))
        .collect()
}

#[test]
fn the_api_page_explains_every_refusal_and_every_route() {
    let reasons = Reject::ALL.iter().map(|reason| reason.as_str().to_owned());
    let problems = Kind::ALL.iter().map(|kind| kind.word().to_owned());
    let mut findings = unsaid("docs/api.md", reasons.chain(problems));
    let (table, page) = (read("src/http/mod.rs"), read("docs/api.md"));
    let routes = table
        .split(".route(")
        .skip(1)
        .filter_map(|route| route.split('"').nth(1));
    for route in routes.filter(|route| !page.contains(route)) {
        findings.push(format!("docs/api.md: the route {route} is not described"));
    }
    report(
        "Clients match on these words, so each has its line in docs/api.md: what it means and what to do about it.",
        &findings,
    );
}

#[test]
fn the_operations_page_explains_every_metric() {
    let text = Metrics::default().text(&Readings::default());
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let findings = unsaid("docs/operations.md", names.map(str::to_owned));
    report(
        "An operator who meets a figure at night looks it up in docs/operations.md.",
        &findings,
    );
}

#[test]
fn the_example_settings_are_the_defaults_and_all_explained() {
    let example =
        Config::load(&root().join("ahlan.example.toml")).expect("the example can be used as it is");
    let (shown, defaults) = (
        Config {
            site: Vec::new(),
            ..example
        },
        Config::default(),
    );
    assert_eq!(
        format!("{shown:#?}"),
        format!("{defaults:#?}"),
        "ahlan.example.toml shows every general setting with its default; only [[site]] is made up"
    );
    let keys = format!(
        "{defaults:#?}{:#?}",
        Config::load(&root().join("ahlan.example.toml"))
            .unwrap()
            .site
    );
    let keys = keys
        .lines()
        .filter_map(|line| line.trim().split_once(": ").map(|(key, _)| key.to_owned()));
    let keys = keys.filter(|key| key.chars().all(|c| c.is_lowercase() || c == '_'));
    let mut findings = unsaid("docs/operations.md", keys.clone());
    let file = read("ahlan.example.toml");
    findings.extend(
        keys.filter(|key| !file.contains(&format!("{key} =")))
            .map(|key| format!("ahlan.example.toml: `{key}` is missing")),
    );
    report(
        "Every setting has its line in the example and its row in docs/operations.md.",
        &findings,
    );
}

#[test]
fn the_architecture_page_shows_every_module() {
    let modules = FLOORS
        .iter()
        .flat_map(|(_, modules)| *modules)
        .filter(|module| **module != "lib");
    let page = read("docs/ARCHITECTURE.md");
    let missing = modules.filter(|module| !page.contains(&format!("`{module}")));
    let findings: Vec<String> = missing
        .map(|module| format!("docs/ARCHITECTURE.md: `{module}` is not on the map"))
        .collect();
    report("The map shows every room, or it is no map.", &findings);
}
