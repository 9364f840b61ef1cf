//! Keeps the house in order: floors, sizes, words, and documents that tell the truth. Every message says what, where,
//! why and what to do. Nothing here is a matter of taste that a formatter or clippy settles already.

mod documents;
mod floors;
mod sizes;
mod words;

use std::fs;
use std::path::Path;

/// Never walked into: made by tools, or belonging to nobody's source.
const NOT_OURS: [&str; 6] = ["target", "node_modules", "dist", "data", ".git", "shots"];
/// Read by tests, written by others.
const FIXTURES: &str = "tests/fixtures/";
/// These files name what they forbid.
const THIS: &str = "tests/tidy/";

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
        let extensions = ["rs", "ts", "js", "mjs", "css", "sh"];
        extensions.iter().any(|extension| self.is(extension)) || self.path.starts_with("scripts/")
    }

    fn is_test(&self) -> bool {
        let file = self.path.trim_end_matches(".rs");
        !self.path.starts_with("src/")
            || self.path.contains("/tests/")
            || file.ends_with("/tests")
            || file.ends_with("_tests")
    }

    /// The lines that run in production, by number: no comments, no unit tests at the end, nothing of a test file.
    fn production(&self) -> impl Iterator<Item = (usize, &str)> {
        let most = if self.is_test() { 0 } else { usize::MAX };
        let lines = self.text.lines().zip(1..).map(|(line, at)| (at, line));
        lines
            .take(most)
            .take_while(|(_, line)| *line != "mod tests {")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
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
        for entry in fs::read_dir(&folder).expect("the project can be read") {
            let path = entry.expect("the project can be read").path();
            let is_ours = |name: &str| !NOT_OURS.contains(&name);
            if path.is_dir() {
                if path
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(is_ours)
                {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).expect("it lies below the root");
                let path = path.to_string_lossy().into_owned();
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
