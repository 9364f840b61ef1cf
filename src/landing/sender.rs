//! Finds the sender behind a host, an Android package or a name.

use super::senders::{ALIASES, APPS, FAMILIES, HOSTS, Kind, Row};

/// Second-level domains that countries use as if they were top-level ones.
const SECOND_LEVELS: [&str; 7] = ["ac", "co", "com", "edu", "gov", "net", "org"];
/// Hosts of Google that search; the others (`docs.`, `sites.`, …) link like any website.
const GOOGLE_SEARCHES: [&str; 8] = [
    "",
    "cse",
    "encrypted",
    "images",
    "lens",
    "m",
    "news",
    "scholar",
];

/// A known sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    /// Its name in reports.
    pub(super) name: &'static str,
    /// What kind of sender it is.
    pub(super) kind: Kind,
}

impl Sender {
    const fn new((_, name, kind): Row) -> Self {
        Self { name, kind }
    }

    /// The sender that owns `host`, given in lower case and without `www.`.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        std::iter::once(host)
            .chain(parents)
            .find_map(|host| find(&HOSTS, host))
            .or_else(|| of_family(host))
    }

    /// The sender whose Android application is `package`.
    pub(super) fn of_app(package: &str) -> Option<Self> {
        find(&APPS, package)
    }

    /// The sender that a campaign calls `name`: by its host, its name or a short form, all in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let by_name = || HOSTS.iter().chain(&APPS).find(|row| row.1 == name);
        let family = || FAMILIES.iter().find(|family| family.0 == name);
        Self::of_host(name.trim_start_matches("www."))
            .or_else(|| find(&ALIASES, name))
            .or_else(|| by_name().map(|row| Self::new(*row)))
            .or_else(|| family().map(|&(name, kind)| Self { name, kind }))
    }
}

fn find(table: &[Row], key: &str) -> Option<Sender> {
    let at = table.binary_search_by(|row| row.0.cmp(key)).ok()?;
    Some(Sender::new(table[at]))
}

/// Senders with a domain in many countries: `google.com.sa`, `yandex.kz`.
fn of_family(host: &str) -> Option<Sender> {
    let (rest, top) = host.rsplit_once('.')?;
    let (rest, second) = rest.rsplit_once('.').unwrap_or(("", rest));
    let (below, name) = if SECOND_LEVELS.contains(&second) && top.len() == 2 {
        rest.rsplit_once('.').unwrap_or(("", rest))
    } else {
        (rest, second)
    };
    let &(name, kind) = FAMILIES.iter().find(|family| family.0 == name)?;
    let links_like_a_website = name == "google" && !GOOGLE_SEARCHES.contains(&below);
    (!links_like_a_website && top.len() <= 3).then_some(Sender { name, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(sender: Option<Sender>) -> &'static str {
        sender.map_or("-", |sender| sender.name)
    }

    #[test]
    fn the_tables_are_sorted_and_without_duplicates() {
        for table in [&HOSTS[..], &APPS, &ALIASES] {
            for pair in table.windows(2) {
                assert!(
                    pair[0].0 < pair[1].0,
                    "{} belongs after {}",
                    pair[0].0,
                    pair[1].0
                );
            }
        }
        assert!(FAMILIES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_name_has_one_kind() {
        for (_, name, kind) in HOSTS.iter().chain(&APPS).chain(&ALIASES) {
            assert_eq!(
                Sender::named(name).map(|sender| sender.kind),
                Some(*kind),
                "{name}"
            );
        }
    }

    #[test]
    fn the_tables_are_as_long_as_promised() {
        let names = |kind| {
            let names = HOSTS.iter().filter(|row| row.2 == kind).map(|row| row.1);
            names.collect::<std::collections::BTreeSet<_>>().len()
        };
        assert!(
            names(Kind::Search) >= 40 && names(Kind::Social) >= 30 && names(Kind::Assistant) >= 20
        );
    }

    #[test]
    fn hosts_find_their_sender() {
        for (host, name) in [
            ("google.com", "google"),
            ("google.com.sa", "google"),
            ("google.ae", "google"),
            ("google.co.uk", "google"),
            ("news.google.com", "google"),
            ("docs.google.com", "-"),
            ("mail.google.com", "gmail"),
            ("gemini.google.com", "gemini"),
            ("google.evil.com", "-"),
            ("google.example", "-"),
            ("notgoogle.com", "-"),
            ("uk.search.yahoo.com", "yahoo"),
            ("mail.yahoo.com", "yahoo-mail"),
            ("yandex.kz", "yandex"),
            ("l.facebook.com", "facebook"),
            ("lm.facebook.com", "facebook"),
            ("out.reddit.com", "reddit"),
            ("old.reddit.com", "reddit"),
            ("t.co", "twitter"),
            ("lnkd.in", "linkedin"),
            ("web.whatsapp.com", "whatsapp"),
            ("pinterest.co.uk", "pinterest"),
            ("com", "-"),
            ("", "-"),
        ] {
            assert_eq!(name_of(Sender::of_host(host)), name, "{host}");
        }
    }

    #[test]
    fn names_find_their_sender() {
        for (name, found) in [
            ("chatgpt.com", "chatgpt"),
            ("www.perplexity.ai", "perplexity"),
            ("google", "google"),
            ("bing", "bing"),
            ("fb", "facebook"),
            ("newsletter", "-"),
        ] {
            assert_eq!(name_of(Sender::named(name)), found, "{name}");
        }
    }
}
