//! What is wrong with a page that tells nothing: read from the page itself, as a browser would get it.

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::policy::{Policy, Wanted};

/// Something about a page that keeps its events away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageProblem {
    /// `unreachable`, `private`, `redirect`, `status`, `no_html`, `no_script`, `other_service`, `wrong_key` or `csp`.
    pub kind: &'static str,
    /// The particulars, in words that the page may have sent: show them as text.
    pub detail: String,
}

impl PageProblem {
    pub(super) fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}

/// A page as it came.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) url: &'a Url,
    pub(super) html: &'a str,
    /// Its content security policies, from its headers.
    pub(super) policies: Vec<String>,
}

/// A script element that loads a tracker.
struct Script {
    src: Url,
    site: Option<String>,
    nonce: Option<String>,
}

/// What is wrong with a page that is to tell `service` about the site of this key.
pub(super) fn problems(page: &Page<'_>, service: &Url, key: &str) -> Vec<PageProblem> {
    let (scripts, mut policies) = read(page);
    policies.extend(page.policies.iter().map(|policy| Policy::read(policy)));
    let Ok(wanted) = service.join("/t.js") else {
        return Vec::new();
    };
    let Some(script) = scripts
        .iter()
        .find(|script| script.src.origin() == service.origin())
        .or(scripts.first())
    else {
        let mut found = vec![PageProblem::new("no_script", wanted.as_str())];
        found.extend(forbidden(&policies, page.url, &wanted, None));
        return found;
    };
    let mut found = Vec::new();
    if script.src.origin() != service.origin() {
        found.push(PageProblem::new("other_service", script.src.as_str()));
    }
    if script.site.as_deref() != Some(key) {
        let told = script.site.as_deref().unwrap_or_default();
        found.push(PageProblem::new("wrong_key", told));
    }
    let nonce = script.nonce.as_deref();
    found.extend(forbidden(&policies, page.url, &script.src, nonce));
    found
}

fn forbidden(
    policies: &[Policy],
    page: &Url,
    tracker: &Url,
    nonce: Option<&str>,
) -> Option<PageProblem> {
    let wanted = Wanted {
        page,
        tracker,
        nonce,
    };
    let mut names: Vec<&str> = Vec::new();
    for name in policies.iter().flat_map(|policy| policy.against(wanted)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| PageProblem::new("csp", names.join(", ")))
}

/// The scripts that are trackers, and the policies in `meta` elements. What stands in a comment is not there.
fn read(page: &Page<'_>) -> (Vec<Script>, Vec<Policy>) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut scripts, mut policies) = (Vec::new(), Vec::new());
    for Ok(token) in Tokenizer::new_with_emitter(page.html, emitter) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        match &tag.name[..] {
            b"script" => scripts.extend(script(&tag, page.url)),
            b"meta" => policies.extend(policy(&tag)),
            _ => {}
        }
    }
    (scripts, policies)
}

fn script(tag: &StartTag<()>, page: &Url) -> Option<Script> {
    let src = page.join(attribute(tag, "src")?.trim()).ok()?;
    let is_tracker = src.path().ends_with("/t.js");
    is_tracker.then(|| Script {
        src,
        site: attribute(tag, "data-site"),
        nonce: attribute(tag, "nonce"),
    })
}

fn policy(tag: &StartTag<()>) -> Option<Policy> {
    let kind = attribute(tag, "http-equiv")?;
    let is_policy = kind.trim().eq_ignore_ascii_case("content-security-policy");
    is_policy.then(|| Some(Policy::read(&attribute(tag, "content")?)))?
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(&HtmlString(name.as_bytes().to_vec()))?;
    Some(String::from_utf8_lossy(&value.value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(html: &str, policies: &[&str]) -> Vec<(&'static str, String)> {
        let url = Url::parse("https://shop.example/pricing").unwrap();
        let service = Url::parse("https://ahlan.example.com").unwrap();
        let page = Page {
            url: &url,
            html,
            policies: policies.iter().map(|policy| (*policy).to_owned()).collect(),
        };
        let found = problems(&page, &service, "shop").into_iter();
        found.map(|one| (one.kind, one.detail)).collect()
    }

    const LINE: &str =
        r#"<script async src="https://ahlan.example.com/t.js" data-site="shop"></script>"#;

    #[test]
    fn a_page_with_the_line_has_nothing_wrong() {
        assert_eq!(kinds(LINE, &[]), []);
        let other_words = "<SCRIPT SRC='//ahlan.example.com/t.js?v=2' DATA-SITE=shop defer>";
        assert_eq!(kinds(other_words, &["script-src https:"]), []);
    }

    #[test]
    fn a_line_that_is_not_there_is_missed() {
        let missing = [("no_script", "https://ahlan.example.com/t.js".to_owned())];
        assert_eq!(kinds("<h1>Prices</h1>", &[]), missing);
        assert_eq!(kinds(&format!("<!-- {LINE} -->"), &[]), missing);
        let in_a_text = format!(
            "<script>const line = `{}`;</script>",
            LINE.replace('/', "\\/")
        );
        assert_eq!(kinds(&in_a_text, &[]), missing);
    }

    #[test]
    fn a_wrong_line_is_told_by_what_is_wrong() {
        let wrong = LINE.replace("\"shop\"", "\"Shop\"");
        assert_eq!(kinds(&wrong, &[]), [("wrong_key", "Shop".to_owned())]);
        let elsewhere = LINE.replace("ahlan.example.com", "old.example.com");
        let told = "https://old.example.com/t.js".to_owned();
        assert_eq!(kinds(&elsewhere, &[]), [("other_service", told)]);
    }

    #[test]
    fn a_policy_is_found_in_headers_and_in_the_page() {
        let meta = format!(
            r#"<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">{LINE}"#
        );
        assert_eq!(kinds(&meta, &[]), [("csp", "connect-src".to_owned())]);
        let both = kinds(&meta, &["script-src 'self'"]);
        assert_eq!(both, [("csp", "connect-src, script-src".to_owned())]);
    }
}
