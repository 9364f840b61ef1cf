//! What stands in no file.

use crate::{FIXTURES, Source, THIS, report, rust, sources};

#[test]
fn nothing_is_left_undone() {
    let undone = ["todo!", "unimplemented!", "dbg!", "#[ignore"];
    let mut findings = Vec::new();
    for file in rust().filter(|file| !file.path.starts_with(THIS)) {
        for (line, at) in file.text.lines().zip(1..) {
            let words = undone.iter().filter(|word| line.contains(**word));
            findings.extend(words.map(|word| format!("{}:{at}: `{word}`", file.path)));
        }
        let unwraps = file
            .production()
            .filter(|(_, line)| line.contains(".unwrap()"));
        findings.extend(unwraps.map(|(at, line)| format!("{}:{at}: {}", file.path, line.trim())));
    }
    report(
        "What is committed is finished, every test runs, and production code does not panic on what can happen: \
         handle the case, or `expect` with the reason why it cannot.",
        &findings,
    );
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    let silent = rust().filter(|file| !file.text.starts_with("//!"));
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
    let words: Vec<&str> = homes.iter().map(String::as_str).chain(hosts).collect();
    // Cargo.lock names the public index by design.
    let is_ours = |file: &Source| {
        !file.path.starts_with(THIS)
            && !file.path.starts_with(FIXTURES)
            && file.path != "Cargo.lock"
    };
    let mut findings = Vec::new();
    for file in sources().into_iter().filter(is_ours) {
        for (line, at) in file.text.lines().zip(1..) {
            let found = words.iter().filter(|word| line.contains(**word));
            findings.extend(found.map(|word| format!("{}:{at}: `{word}`", file.path)));
        }
    }
    report(
        "A path of one machine is wrong on every other, and packages come from wherever the user's package manager \
         is told to look. Use relative paths and placeholders; in a lock file, leave out where it was downloaded.",
        &findings,
    );
}
