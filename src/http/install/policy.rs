//! What a page's content security policy says about the tracker: whether its script may be loaded and its events sent.

use url::Url;

/// One policy, as a header or a `meta` element has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy(Vec<(String, Vec<String>)>);

/// What a policy is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The page.
    pub(super) page: &'a Url,
    /// The tracker's address, which is where events go as well.
    pub(super) tracker: &'a Url,
    /// The `nonce` of the script element.
    pub(super) nonce: Option<&'a str>,
}

impl Policy {
    /// Reads a policy. Of a directive that stands twice the first counts.
    pub(super) fn read(text: &str) -> Self {
        let mut directives: Vec<(String, Vec<String>)> = Vec::new();
        for directive in text.split(';') {
            let mut words = directive.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else {
                continue;
            };
            if !directives.iter().any(|(known, _)| *known == name) {
                directives.push((name, words.map(str::to_owned).collect()));
            }
        }
        Self(directives)
    }

    /// The directives that keep the tracker away, by their names; those that are not there but for `default-src` have that
    /// name.
    pub(super) fn against(&self, wanted: Wanted<'_>) -> Vec<&'static str> {
        let script = ["script-src-elem", "script-src", "default-src"];
        let connect = ["connect-src", "default-src"];
        let mut against = Vec::new();
        for (names, is_script) in [(&script[..], true), (&connect[..], false)] {
            let found = names.iter().find_map(|name| Some((*name, self.of(name)?)));
            if let Some((name, sources)) = found
                && !allows(sources, wanted, is_script)
                && !against.contains(&name)
            {
                against.push(name);
            }
        }
        against
    }

    fn of(&self, name: &str) -> Option<&[String]> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, sources)| &**sources)
    }
}

fn allows(sources: &[String], wanted: Wanted<'_>, is_script: bool) -> bool {
    let has = |word: &str| {
        sources
            .iter()
            .any(|source| source.eq_ignore_ascii_case(word))
    };
    if is_script {
        let own = wanted.nonce.map(|nonce| format!("'nonce-{nonce}'"));
        if own.is_some_and(|own| sources.contains(&own)) {
            return true;
        }
        if has("'strict-dynamic'") {
            // Hosts count for nothing then.
            return false;
        }
    }
    sources.iter().any(|source| fits(source, wanted))
}

/// Whether a source expression means the tracker.
fn fits(source: &str, wanted: Wanted<'_>) -> bool {
    let (page, tracker) = (wanted.page, wanted.tracker);
    let source = source.to_ascii_lowercase();
    if source == "*" {
        return matches!(tracker.scheme(), "http" | "https");
    }
    if source == "'self'" {
        return page.origin() == tracker.origin();
    }
    if let Some(scheme) = source.strip_suffix(':') {
        return is_scheme(scheme, tracker.scheme());
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => (page.scheme(), &*source),
    };
    let (place, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (place, None),
    };
    is_scheme(scheme, tracker.scheme())
        && is_host(host, tracker.host_str().unwrap_or_default())
        && is_port(port, tracker)
        && is_path(path, tracker.path())
}

/// An upgrade is always allowed.
fn is_scheme(allowed: &str, scheme: &str) -> bool {
    allowed == scheme || allowed == "http" && scheme == "https"
}

fn is_host(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix("*.") {
        Some(parent) => host
            .strip_suffix(parent)
            .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
        None => allowed == host,
    }
}

fn is_port(allowed: Option<&str>, tracker: &Url) -> bool {
    match allowed {
        Some("*") => true,
        Some(port) => port.parse().ok() == tracker.port_or_known_default(),
        None => tracker.port().is_none(),
    }
}

/// A path that ends in a slash means all beneath; for connections the tracker's own path stands for its service.
fn is_path(allowed: &str, path: &str) -> bool {
    allowed.is_empty() || allowed == path || allowed.ends_with('/') && path.starts_with(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(policy: &str, nonce: Option<&str>) -> Vec<&'static str> {
        let page = Url::parse("https://shop.example/pricing").unwrap();
        let tracker = Url::parse("https://ahlan.example.com/t.js").unwrap();
        Policy::read(policy).against(Wanted {
            page: &page,
            tracker: &tracker,
            nonce,
        })
    }

    #[test]
    fn what_lets_the_tracker_in() {
        for policy in [
            "",
            "img-src 'self'",
            "script-src 'self' https://ahlan.example.com; connect-src https://ahlan.example.com",
            "default-src https:",
            "default-src *",
            "default-src 'self' *.example.com",
            "default-src ahlan.example.com:443",
            "script-src 'none'; script-src-elem https://ahlan.example.com/; connect-src *",
            "SCRIPT-SRC HTTPS://AHLAN.EXAMPLE.COM; script-src 'none'",
        ] {
            assert_eq!(against(policy, None), [""; 0], "{policy}");
        }
        assert_eq!(
            against("script-src 'nonce-abc' 'strict-dynamic'", Some("abc")),
            [""; 0]
        );
    }

    #[test]
    fn what_keeps_it_away() {
        for (policy, names) in [
            ("default-src 'self'", &["default-src"][..]),
            ("default-src 'none'", &["default-src"]),
            (
                "script-src 'self'; connect-src 'self'",
                &["script-src", "connect-src"],
            ),
            (
                "script-src https://ahlan.example.com; connect-src 'self'",
                &["connect-src"],
            ),
            ("script-src *.other.example", &["script-src"]),
            ("script-src *.ahlan.example.com", &["script-src"]),
            ("script-src https://ahlan.example.com:8443", &["script-src"]),
            ("script-src https://ahlan.example.com/js/", &["script-src"]),
            (
                "script-src 'strict-dynamic' https://ahlan.example.com",
                &["script-src"],
            ),
        ] {
            assert_eq!(against(policy, Some("other")), names, "{policy}");
        }
    }
}
