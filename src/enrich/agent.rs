//! What a user agent says: the kind of machine, the browser, the system, and whether a person sits behind it.

use std::sync::Arc;

use quick_cache::sync::Cache;
use woothee::parser::{Parser, WootheeResult};

use super::bots::{BotPatterns, BotVerdict};
use super::device;
use super::intern::Interner;
use crate::domain::Device;

/// The longest part of a user agent that is looked at, in bytes. Real ones are under 400.
pub const MAX_AGENT: usize = 512;
/// Bytes kept for the names of browsers and systems.
const NAME_BYTES: u64 = 64 << 10;

/// What one user agent says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// The kind of machine. An iPad that asks for desktop pages says that it is a Mac, and is believed.
    pub device: Device,
    /// The browser's name, such as `Chrome`, or that of the application around it, such as `Instagram`.
    pub browser: Option<Arc<str>>,
    /// The operating system's name without its version, such as `Windows`.
    pub os: Option<Arc<str>>,
    /// Whether a person sits behind it.
    pub verdict: BotVerdict,
}

impl Agent {
    /// Whether this is no person.
    pub fn is_bot(&self) -> bool {
        self.verdict.is_bot()
    }
}

/// Reads user agents and remembers the recent ones.
pub struct Agents {
    parser: Parser,
    bots: BotPatterns,
    names: Interner,
    known: Cache<Box<str>, Arc<Agent>>,
}

impl Agents {
    /// A reader that remembers about `capacity` user agents, each of at most [`MAX_AGENT`] bytes.
    pub fn new(capacity: usize) -> Self {
        Self {
            parser: Parser::new(),
            bots: BotPatterns::default(),
            names: Interner::new(NAME_BYTES),
            known: Cache::new(capacity),
        }
    }

    /// What `user_agent` says; a remembered one costs neither parsing nor allocation.
    pub fn identify(&self, user_agent: &str) -> Arc<Agent> {
        let user_agent = cut(user_agent, MAX_AGENT);
        if let Some(agent) = self.known.get(user_agent) {
            return agent;
        }
        let agent = Arc::new(self.read(user_agent));
        self.known.insert(user_agent.into(), agent.clone());
        agent
    }

    fn read(&self, user_agent: &str) -> Agent {
        let parsed = self.parser.parse(user_agent).unwrap_or_default();
        let verdict = if parsed.category == "crawler" {
            BotVerdict::Crawler
        } else {
            self.bots.judge(user_agent)
        };
        let shared = |name| self.names.intern(name);
        Agent {
            device: device::of(user_agent, parsed.category),
            browser: browser(user_agent, &parsed).map(shared),
            os: system(user_agent, parsed.os).map(shared),
            verdict,
        }
    }
}

impl std::fmt::Debug for Agents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agents")
            .field("known", &self.known.len())
            .finish_non_exhaustive()
    }
}

/// The longest beginning of `text` that has at most `limit` bytes and whole characters.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// Applications and browsers that woothee takes for the engine inside them; the first that fits names the browser.
const BROWSERS: [(&str, &str); 25] = [
    ("FBAN/", "Facebook"),
    ("FB_IAB/", "Facebook"),
    ("Instagram ", "Instagram"),
    ("Snapchat/", "Snapchat"),
    ("MicroMessenger/", "WeChat"),
    (" Line/", "LINE"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview/", "TikTok"),
    ("TwitterAndroid", "X"),
    ("Twitter for", "X"),
    ("LinkedInApp", "LinkedIn"),
    ("Pinterest/", "Pinterest"),
    ("GSA/", "Google app"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("Brave/", "Brave"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("VivoBrowser/", "Vivo Browser"),
    ("Silk/", "Silk"),
    ("coc_coc_browser/", "Coc Coc"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edge/", "Edge"),
];

fn browser<'a>(user_agent: &str, parsed: &WootheeResult<'a>) -> Option<&'a str> {
    let own = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark));
    own.map(|(_, name)| *name).or(known(parsed.name))
}

/// Systems that woothee does not know, or knows by one model's name only.
const SYSTEMS: [(&str, &str); 5] = [
    ("OpenHarmony", "HarmonyOS"),
    ("PlayStation", "PlayStation"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("Xbox", "Xbox"),
];

fn system<'a>(user_agent: &str, os: &'a str) -> Option<&'a str> {
    let own = SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark));
    if let Some((_, name)) = own {
        return Some(name);
    }
    match os {
        "Mac OSX" | "Mac OS Classic" => Some("macOS"),
        "iPhone" | "iPad" | "iPod" | "iOS" => Some("iOS"),
        _ if os.starts_with("Windows Phone") => Some("Windows Phone"),
        _ if os.starts_with("Windows") => Some("Windows"),
        _ => known(os),
    }
}

fn known(name: &str) -> Option<&str> {
    (!name.is_empty() && name != woothee::woothee::VALUE_UNKNOWN).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSERS: &str = include_str!("../../tests/fixtures/agents/browsers.txt");

    /// `device browser on system` for the one fixture line that contains `mark`.
    fn said(mark: &str) -> String {
        let line = BROWSERS.lines().find(|line| line.contains(mark)).unwrap();
        let agent = Agents::new(10).identify(line);
        let text = |name: &Option<Arc<str>>| name.as_deref().unwrap_or("-").to_owned();
        format!(
            "{} {} on {}",
            agent.device.as_str(),
            text(&agent.browser),
            text(&agent.os)
        )
    }

    #[test]
    fn machines_browsers_and_systems_are_named() {
        for (mark, expected) in [
            ("Instagram 334.0.4", "mobile Instagram on iOS"),
            ("FB_IAB/FB4A", "mobile Facebook on Android"),
            ("Line/14.8.1", "mobile LINE on Android"),
            ("Snapchat/12.88", "mobile Snapchat on iOS"),
            ("CUBOT_X50", "mobile Chrome on Android"),
            ("HuaweiBrowser/14", "mobile Huawei Browser on Android"),
            ("OpenHarmony", "mobile Huawei Browser on HarmonyOS"),
            ("SM-A145R", "mobile Samsung Internet on Android"),
            ("SM-X710", "tablet Chrome on Android"),
            ("Silk/124", "tablet Silk on Android"),
            ("iPad; CPU OS 17_5", "tablet Chrome on iOS"),
            ("Tizen 7.0", "tv Samsung Internet on Tizen"),
            ("Web0S; Linux/SmartTV", "tv Chrome on webOS"),
            ("AFTKA", "tv Webview on Android"),
            ("BRAVIA 4K", "tv Chrome on Android"),
            ("CrKey", "tv Chrome on Android"),
            ("PlayStation 5", "tv Safari on PlayStation"),
            ("Xbox Series X", "tv Edge on Xbox"),
            ("OPR/110", "desktop Opera on Windows"),
            ("rv:115.0", "desktop Firefox on Windows"),
            ("CrOS x86_64 14541", "desktop Chrome on ChromeOS"),
            (
                "MSIE 6.0; Windows NT 5.1; SV1; .NET CLR 1.1.4322)",
                "desktop Internet Explorer on Windows",
            ),
        ] {
            assert_eq!(said(mark), expected, "{mark}");
        }
    }

    #[test]
    fn a_remembered_agent_is_shared() {
        let agents = Agents::new(10);
        let chrome = BROWSERS.lines().nth(1).unwrap();
        assert!(Arc::ptr_eq(
            &agents.identify(chrome),
            &agents.identify(chrome)
        ));
    }

    #[test]
    fn different_agents_share_their_names() {
        let agents = Agents::new(10);
        let one = agents
            .identify("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0");
        let two = agents
            .identify("Mozilla/5.0 (X11; Linux x86_64; rv:116.0) Gecko/20100101 Firefox/116.0");
        assert!(Arc::ptr_eq(
            one.browser.as_ref().unwrap(),
            two.browser.as_ref().unwrap()
        ));
    }

    #[test]
    fn a_long_agent_is_cut_at_a_character() {
        assert_eq!(cut("aع", 2), "a");
        assert_eq!(cut("aع", 3), "aع");
        let long = format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 {}",
            "ع".repeat(1000)
        );
        assert_eq!(Agents::new(10).identify(&long).verdict, BotVerdict::Human);
    }

    #[test]
    fn the_memory_is_bounded() {
        let agents = Agents::new(16);
        for number in 0..200 {
            agents.identify(&format!("Mozilla/5.0 AppleWebKit/{number}"));
        }
        assert!(agents.known.len() <= 32, "{}", agents.known.len());
    }
}
