//! Tells programs from people by their user agent.
//!
//! Three questions are asked: does it match a known or a telling pattern (`bots.txt`, and the list of the `isbot` crate),
//! does it advertise a website, and does it name no browser at all? A program that hides behind a browser's exact user
//! agent is not found here; the tracker reports `navigator.webdriver` for that, see [`BotVerdict::with_webdriver`].

use isbot::Bots;

/// Who sits behind a user agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BotVerdict {
    /// As far as one can tell, a person.
    #[default]
    Human,
    /// A program that says so, or is no browser.
    Crawler,
    /// A real browser driven by a program: a site may allow these, for its own tests.
    Automation,
}

impl BotVerdict {
    /// Whether this is no person.
    pub const fn is_bot(self) -> bool {
        matches!(self, Self::Crawler | Self::Automation)
    }

    /// The verdict once the tracker has reported `navigator.webdriver`.
    #[must_use]
    pub const fn with_webdriver(self, webdriver: bool) -> Self {
        match self {
            Self::Human if webdriver => Self::Automation,
            Self::Human | Self::Crawler | Self::Automation => self,
        }
    }
}

/// Telephones whose names would be taken for robots.
const TELEPHONES: [&str; 2] = ["cubot", "idbot"];

/// Patterns of the `isbot` crate that also match people: with Seznam's, Sogou's and Sputnik's browsers, with `QQDownload`
/// installed, or with a Cubot telephone; and those that stand for automated browsers.
const RETIRED: [&str; 22] = [
    "[ ]+bot",
    "analyzer",
    r"bot($|[/\);-]+)",
    "checker",
    "cloudflare",
    "daum/",
    "feedly",
    "hatena",
    "headlesschrome",
    "kaspersky",
    "monitoring",
    "netvibes",
    "nextcloud",
    "optimizer",
    "phantomjs",
    "qqdownload",
    "seznam",
    "sogou",
    "sputnik",
    "trove",
    "yanga",
    "yeti",
];

/// What the drivers of real browsers leave in the user agent.
const AUTOMATION: [&str; 8] = [
    "cypress/",
    "headless",
    "phantomjs",
    "playwright",
    "puppeteer",
    "selenium",
    "slimerjs",
    "webdriver",
];

/// Words of which every browser's user agent has at least one: an engine, a browser, or a family of telephones.
const BROWSER_WORDS: [&str; 42] = [
    "amiga",
    "android",
    "apple",
    "aweb",
    "beos",
    "blackberry",
    "chrome/",
    "cldc",
    "docomo",
    "elinks",
    "firefox",
    "gecko",
    "ibrowse",
    "iemobile",
    "inferno",
    "ipad",
    "iphone",
    "khtml",
    "lynx",
    "midp",
    "ms-office",
    "msie",
    "navigator",
    "netfront",
    "netpositive",
    "nintendo",
    "obigo",
    "opera",
    "palm",
    "playstation",
    "presto",
    "safari",
    "symbian",
    "trident",
    "ucbrowser",
    "ucweb",
    "up.browser",
    "webkit",
    "webtv",
    "windows ce",
    "windows phone",
    "x11",
];

/// How the user agents of telephones without a named browser begin.
const TELEPHONE_MAKERS: [&str; 12] = [
    "alcatel", "htc", "huawei", "lenovo", "lg", "mot", "nokia", "samsung", "sec-", "sie-", "sony",
    "zte",
];

/// Endings of the addresses that programs advertise.
const SITE_ENDINGS: [&str; 5] = [".ai", ".com", ".io", ".net", ".org"];

/// Where an address is no advertisement: old toolbars, and the names of networks and of builds in telephones.
const SITES_ARE_USUAL: [&str; 4] = ["android", "fbcr/", "midp", "msie"];

/// The compiled patterns.
#[derive(Debug)]
pub struct BotPatterns {
    patterns: Bots,
}

impl Default for BotPatterns {
    fn default() -> Self {
        let mut patterns = Bots::default();
        patterns.remove(&RETIRED);
        let own: Vec<&str> = include_str!("bots.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        patterns.append(&own);
        Self { patterns }
    }
}

impl BotPatterns {
    /// Judges a user agent. An empty one is a program: every browser sends one.
    pub fn judge(&self, user_agent: &str) -> BotVerdict {
        let mut text = user_agent.trim().to_ascii_lowercase();
        for telephone in TELEPHONES {
            if text.contains(telephone) {
                text = text.replace(telephone, "");
            }
        }
        if text.is_empty()
            || !names_a_browser(&text)
            || advertises_a_site(&text)
            || self.patterns.is_bot(&text)
        {
            BotVerdict::Crawler
        } else if contains_any(&text, &AUTOMATION) {
            BotVerdict::Automation
        } else {
            BotVerdict::Human
        }
    }
}

fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn names_a_browser(text: &str) -> bool {
    contains_any(text, &BROWSER_WORDS)
        || TELEPHONE_MAKERS.iter().any(|maker| text.starts_with(maker))
}

fn advertises_a_site(text: &str) -> bool {
    let part_of_a_name = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let found = SITE_ENDINGS.iter().any(|ending| {
        text.match_indices(ending).any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let after = bytes.get(at + ending.len());
            part_of_a_name(before) && !part_of_a_name(after) && after != Some(&b'.')
        })
    });
    found && !contains_any(text, &SITES_ARE_USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CRAWLERS: &str = include_str!("../../tests/fixtures/agents/crawlers.txt");
    const BROWSERS: &str = include_str!("../../tests/fixtures/agents/browsers.txt");

    fn lines(list: &str) -> Vec<&str> {
        list.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn at_least_98_of_100_crawlers_are_recognised() {
        let (bots, crawlers) = (BotPatterns::default(), lines(CRAWLERS));
        let missed: Vec<_> = crawlers
            .iter()
            .filter(|agent| !bots.judge(agent).is_bot())
            .collect();
        let recognised = crawlers.len() - missed.len();
        let percent = 100.0 * recognised as f64 / crawlers.len() as f64;
        println!(
            "recognised {recognised} of {} crawlers: {percent:.1} %",
            crawlers.len()
        );
        assert!(
            crawlers.len() > 2_000 && percent >= 98.0,
            "missed: {missed:#?}"
        );
    }

    #[test]
    fn no_browser_is_taken_for_a_program() {
        let (bots, browsers) = (BotPatterns::default(), lines(BROWSERS));
        let alarms: Vec<_> = browsers
            .iter()
            .filter(|agent| bots.judge(agent).is_bot())
            .collect();
        println!(
            "{} false alarms among {} browsers",
            alarms.len(),
            browsers.len()
        );
        assert!(browsers.len() > 500 && alarms.is_empty(), "{alarms:#?}");
    }

    #[test]
    fn automated_browsers_are_told_from_crawlers() {
        let bots = BotPatterns::default();
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36";
        for (agent, verdict) in [
            (chrome.to_owned(), BotVerdict::Automation),
            (chrome.replace("Headless", ""), BotVerdict::Human),
            (format!("{chrome} Chrome-Lighthouse"), BotVerdict::Crawler),
            (String::new(), BotVerdict::Crawler),
            ("curl/8.5.0".to_owned(), BotVerdict::Crawler),
            ("GPTBot/1.2".to_owned(), BotVerdict::Crawler),
        ] {
            assert_eq!(bots.judge(&agent), verdict, "{agent}");
        }
    }

    #[test]
    fn a_reported_webdriver_makes_a_person_a_program() {
        assert_eq!(
            BotVerdict::Human.with_webdriver(true),
            BotVerdict::Automation
        );
        assert_eq!(BotVerdict::Human.with_webdriver(false), BotVerdict::Human);
        assert_eq!(
            BotVerdict::Crawler.with_webdriver(true),
            BotVerdict::Crawler
        );
    }

    #[test]
    fn every_retired_pattern_is_one_of_the_crate() {
        let crate_patterns = Bots::default();
        for pattern in RETIRED {
            // One that the crate no longer has would be retired in vain.
            assert!(crate_patterns.is_bot(&sample(pattern)), "{pattern}");
        }
    }

    fn sample(pattern: &str) -> String {
        match pattern {
            "[ ]+bot" => " bot".to_owned(),
            r"bot($|[/\);-]+)" => "bot/".to_owned(),
            plain => plain.to_owned(),
        }
    }

    #[test]
    fn no_text_panics() {
        let bots = BotPatterns::default();
        proptest!(|(agent in ".{0,200}")| {
            bots.judge(&agent);
        });
    }
}
