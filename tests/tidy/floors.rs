//! Who may use whom, and what the lowest floors do without.

use crate::{Source, read, report, rust};

/// The house from the ground up. A module uses only modules of the rows before its own.
const FLOORS: [(&str, &[&str]); 21] = [
    ("0: the nouns", &["domain"]),
    ("0: what an address says", &["landing"]),
    ("1: the rule language", &["rules"]),
    ("2: the heart", &["engine"]),
    // Who may touch the clock, chance and the rule files, so that nobody else does.
    ("the doors", &["clock", "secret", "rules_dir"]),
    ("what every request needs", &["site", "metrics"]),
    ("3: what is kept and known", &["store", "enrich"]),
    ("3: who may do what", &["access"]),
    ("3: who can answer", &["chat"]),
    ("3: which rules act", &["publishing"]),
    ("3: what people write before it acts", &["studio"]),
    ("3: who is told outside", &["webhooks"]),
    ("3: who is here, read from the store", &["live"]),
    ("3: the past, as text", &["journal"]),
    (
        "3: the past and the might-have-been",
        &["backtest", "shadow"],
    ),
    ("4: a request's journey", &["pipeline"]),
    ("4: the face", &["http"]),
    ("the demonstration", &["demo"]),
    ("the settings", &["config"]),
    ("the composition root", &["app"]),
    ("what people type", &["cli", "main", "lib"]),
];
/// So many rows from the ground are pure.
const PURE_FLOORS: usize = 4;
/// What a pure floor has no use for: it is handed the time, chance and text as arguments.
const IMPURE: [&str; 10] = [
    "SystemTime",
    "Instant",
    "std::fs",
    "std::env",
    "std::thread",
    "std::process",
    "std::net",
    "tokio",
    "rand::",
    "getrandom",
];
/// Plain values that live in impure modules.
const PURE_AFTER_ALL: [&str; 3] = [
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
];

/// `store` for `src/store/embedded/disk.rs`, `app` for `src/app.rs`.
fn module(file: &Source) -> Option<&str> {
    let rest = file.path.strip_prefix("src/")?.strip_suffix(".rs")?;
    rest.split('/').next()
}

/// How many `super` lead from a file to the crate's root.
fn depth(file: &Source) -> usize {
    file.path.trim_end_matches("/mod.rs").matches('/').count()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

/// The modules that a line takes from the crate's root: `crate::store::…` and `crate::{live::…, store::…}`.
fn used(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, path) in line.match_indices("crate::") {
        let rest = &line[at + path.len()..];
        match rest
            .strip_prefix('{')
            .map(|rest| rest.split('}').next().unwrap_or_default())
        {
            Some(group) => found.extend(group.split(',').map(|item| word(item.trim()))),
            None => found.push(word(rest)),
        }
    }
    found.retain(|word| word.starts_with(char::is_lowercase));
    found
}

/// The identifier that a text begins with.
fn word(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    &text[..text.len() - rest.len()]
}

/// What is wrong with the imports of one line.
fn faults(line: &str, module: &str, own: usize, depth: usize) -> Vec<String> {
    let others = used(line).into_iter().filter(|other| *other != module);
    let above = others.filter(|other| floor(other).is_none_or(|other| other >= own));
    let mut faults: Vec<String> = above
        .map(|other| format!("`{module}` uses `{other}`, which is not below it"))
        .collect();
    if line.contains(&"super::".repeat(depth)) {
        faults.push("reaches the crate's root by `super`; write `crate::`".to_owned());
    }
    if line.ends_with("crate::{") {
        faults.push("imports many modules in one statement; write one `use` for each".to_owned());
    }
    faults
}

#[test]
fn every_module_uses_only_the_floors_below_its_own() {
    let mut findings = Vec::new();
    for file in rust() {
        let Some(module) = module(&file) else {
            continue;
        };
        let Some(own) = floor(module) else {
            findings.push(format!(
                "{}: `{module}` has no floor; give it one in tests/tidy/floors.rs",
                file.path
            ));
            continue;
        };
        for (at, line) in file.production() {
            let faults = faults(line, module, own, depth(&file));
            findings.extend(
                faults
                    .into_iter()
                    .map(|fault| format!("{}:{at}: {fault}", file.path)),
            );
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
fn imports_are_understood() {
    assert_eq!(
        used("use crate::{live::Row, store}; crate::domain::Key, crate::App"),
        ["live", "store", "domain"]
    );
    assert_eq!(
        faults("use crate::store::VisitorStore;", "rules", 1, 2).len(),
        1
    );
    assert_eq!(faults("use crate::domain::Key;", "rules", 1, 2).len(), 0);
    assert_eq!(faults("use super::super::store;", "live", 6, 2).len(), 1);
}

#[test]
fn the_pure_floors_are_pure() {
    let is_pure = |file: &Source| {
        module(file)
            .and_then(floor)
            .is_some_and(|floor| floor < PURE_FLOORS)
    };
    let mut findings = Vec::new();
    for file in rust().filter(is_pure) {
        for (at, line) in file.production() {
            let rest = PURE_AFTER_ALL
                .iter()
                .fold(line.to_owned(), |rest, pure| rest.replace(pure, ""));
            let words = IMPURE.iter().filter(|word| rest.contains(**word));
            findings.extend(words.map(|word| format!("{}:{at}: `{word}`", file.path)));
        }
    }
    report(
        "Floors 0 to 2 do no IO, read no clock and draw no random number: that is why the same code serves live \
         traffic, recovery, backtests and property tests. Take the value as an argument and let a floor above get it.",
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
        .map(|module| format!("docs/ARCHITECTURE.md: `{module}`"))
        .collect();
    report("The map shows every room, or it is no map.", &findings);
}
