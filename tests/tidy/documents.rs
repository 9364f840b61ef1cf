//! Whether the documents tell everything they promise to tell.

use ahlan::config::Config;
use ahlan::domain::{Reject, Timestamp};
use ahlan::http::Kind;
use ahlan::metrics::{Metrics, Readings};
use ahlan::webhooks::{Topic, example};

use crate::{FIXTURES, read, report, root, sources};

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for file in sources()
        .into_iter()
        .filter(|file| file.is("md") && !file.path.starts_with(FIXTURES))
        // It becomes a part of `docs/rules.md`, and its links are followed there.
        .filter(|file| file.path != "src/rules/reference.md")
    {
        let path = root().join(&file.path);
        let folder = path.parent().expect("a file lies in a folder");
        let links = file
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        let inside =
            links.filter(|link| !link.is_empty() && !link.contains("://") && !link.contains(' '));
        let lost = inside.filter(|link| !folder.join(link).exists());
        findings.extend(lost.map(|link| format!("{}: `{link}` is not there", file.path)));
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
    let missing = routes.filter(|route| !page.contains(route));
    findings
        .extend(missing.map(|route| format!("docs/api.md: the route {route} is not described")));
    report(
        "Clients match on these words, so each has its line in docs/api.md: what it means and what to do about it.",
        &findings,
    );
}

/// A message as the page shows it: one line for each part of its data.
fn shown(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).expect("a message is JSON");
    let data = body["data"].as_object().expect("a message has data");
    let order = [
        "site",
        "test",
        "invitation",
        "stage",
        "visitor",
        "session",
        "source",
        "location",
        "company",
        "scores",
        "issue",
        "interests",
        "help",
        "tags",
    ];
    assert!(data.keys().all(|key| order.contains(&&**key)), "{data:?}");
    let parts = order.iter().filter_map(|key| Some((key, data.get(*key)?)));
    let parts: Vec<_> = parts
        .map(|(key, part)| format!("    \"{key}\": {part}"))
        .collect();
    format!(
        "{{\n  \"type\": {},\n  \"timestamp\": {},\n  \"data\": {{\n{}\n  }}\n}}",
        body["type"],
        body["timestamp"],
        parts.join(",\n")
    )
}

#[test]
fn the_page_on_webhooks_shows_every_event_as_it_is_sent() {
    let page = read("docs/webhooks.md");
    let at = Timestamp(1_763_760_000_000);
    let missing = Topic::ALL.iter().filter_map(|topic| {
        let message = example(*topic, "shop", at).expect("there is an example of every event");
        let section = format!("### `{}`", topic.as_str());
        let block = format!("```json\n{}\n```", shown(&message.body));
        let lacks = !page.contains(&section) || !page.contains(&block);
        lacks.then(|| format!("docs/webhooks.md, below `{section}`:\n{block}"))
    });
    report(
        "Receivers are written by these examples: put what is printed here in the place of what the page has.",
        &missing.collect::<Vec<_>>(),
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

/// The names of all fields in a value's debug form.
fn fields(debug: &str) -> impl Iterator<Item = String> {
    let names = debug
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(name, _)| name);
    names
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .map(str::to_owned)
}

#[test]
fn the_example_settings_are_the_defaults_and_all_explained() {
    let mut example =
        Config::load(&root().join("ahlan.example.toml")).expect("the example can be used as it is");
    let sites = std::mem::take(&mut example.site);
    let defaults = format!("{:#?}", Config::default());
    assert_eq!(
        format!("{example:#?}"),
        defaults,
        "ahlan.example.toml shows every general setting with its default; only [[site]] is made up"
    );
    let sites = format!("{sites:#?}");
    let keys: Vec<String> = fields(&defaults).chain(fields(&sites)).collect();
    let file = read("ahlan.example.toml");
    let shown = |key: &str| {
        // What is off unless it is set is shown behind a `#`.
        ["[[", "[", "\n", "# "]
            .iter()
            .any(|mark| file.contains(&format!("\n{}{key}", mark.trim_start())))
    };
    let mut findings = unsaid(
        "docs/operations.md",
        keys.iter().filter(|key| *key != "site").cloned(),
    );
    let hidden = keys.iter().filter(|key| !shown(key));
    findings.extend(hidden.map(|key| format!("ahlan.example.toml: `{key}` is missing")));
    report(
        "Every setting has its line in the example and its row in docs/operations.md.",
        &findings,
    );
}
