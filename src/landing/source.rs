//! Where a session came from. The channels follow the public definitions of GA4's default channel group, with AI
//! assistants apart; a medium that names its channel outright (e-mail, SMS, affiliate) wins over what the source suggests.

use std::sync::Arc;

use url::Url;

use super::campaign::Campaign;
use super::sender::Sender;
use super::senders::Kind;
use crate::domain::{Channel, Source, Utm};

/// Words for e-mail, as a source or as a medium.
const EMAIL: [&str; 5] = ["e mail", "e-mail", "e_mail", "email", "newsletter"];
/// Media of banners.
const DISPLAY: [&str; 5] = ["banner", "cpm", "display", "expandable", "interstitial"];
/// Media of partners paid by result.
const AFFILIATE: [&str; 2] = ["affiliate", "affiliates"];
/// Media of unpaid social posts.
const SOCIAL: [&str; 6] = [
    "sm",
    "social",
    "social media",
    "social network",
    "social-media",
    "social-network",
];
/// Media of answers by AI assistants.
const ASSISTANT: [&str; 4] = ["ai", "ai-assistant", "ai_assistant", "llm"];
/// Media of plain links.
const REFERRAL: [&str; 3] = ["app", "link", "referral"];

/// Who linked to the landing page, when anybody did.
struct Referrer {
    host: String,
    sender: Option<Sender>,
}

/// Works out where a session came from.
///
/// `own_hosts` are the site's hosts; a referrer on one of them, below one of them, or on the landing page's own host is
/// no referrer. `share` makes the texts, which many visits have in common. In order of belief: campaign tags, paid click ids, the referrer, other click ids, a bare `ref` or
/// `source` parameter.
pub fn source_of<H: AsRef<str>>(
    referrer: Option<&str>,
    landing: &Url,
    own_hosts: &[H],
    share: &dyn Fn(&str) -> Arc<str>,
) -> Source {
    let campaign = Campaign::read(landing);
    let referrer = referrer
        .and_then(Referrer::read)
        .filter(|referrer| !is_own(&referrer.host, landing, own_hosts));
    let (channel, source, medium) = judge(&campaign, referrer.as_ref());
    let shared = |text: &String| share(text);
    Source {
        channel,
        source: share(source),
        medium: share(medium),
        referrer_host: referrer.as_ref().map(|referrer| shared(&referrer.host)),
        campaign: campaign.name.as_ref().map(shared),
        term: campaign.term.as_ref().map(shared),
        content: campaign.content.as_ref().map(shared),
        tags: std::iter::zip(Utm::ALL, &campaign.tags)
            .filter_map(|(utm, value)| Some((utm, shared(value.as_ref()?))))
            .collect(),
    }
}

fn judge<'a>(
    campaign: &'a Campaign,
    referrer: Option<&'a Referrer>,
) -> (Channel, &'a str, &'a str) {
    if campaign.is_tagged() {
        return by_tags(campaign, referrer);
    }
    let click = campaign
        .click
        .map(|click| (click.channel, click.source, click.medium));
    // A link shared from Facebook into a chat keeps Facebook's click id, so there the referrer knows better.
    let paid = click.filter(|(_, _, medium)| is_paid(medium));
    let from_referrer = referrer.map(|referrer| match referrer.sender {
        Some(sender) => {
            let (channel, medium) = unpaid(sender.kind);
            (channel, sender.name, medium)
        }
        None => (Channel::Referral, referrer.host.as_str(), "referral"),
    });
    let known = from_referrer.filter(|(channel, _, _)| *channel != Channel::Referral);
    let by_parameter = campaign.plain.as_deref().map(|plain| {
        let sender = Sender::named(plain);
        let (channel, medium) = sender.map_or((Channel::Referral, "referral"), |sender| {
            unpaid(sender.kind)
        });
        (channel, plain, medium)
    });
    paid.or(known)
        .or(click)
        .or(from_referrer)
        .or(by_parameter)
        .unwrap_or((Channel::Direct, "direct", "none"))
}

/// What the tags leave open is taken from the click id, then from the referrer.
fn by_tags<'a>(
    campaign: &'a Campaign,
    referrer: Option<&'a Referrer>,
) -> (Channel, &'a str, &'a str) {
    let sender = match &campaign.source {
        Some(name) => Sender::named(name),
        None => referrer.and_then(|referrer| referrer.sender),
    };
    let source = campaign
        .source
        .as_deref()
        .or(campaign.click.map(|click| click.source))
        .or(sender.map(|sender| sender.name))
        .or(referrer.map(|referrer| referrer.host.as_str()))
        .unwrap_or("direct");
    let medium = campaign
        .medium
        .as_deref()
        .or(campaign.click.map(|click| click.medium))
        .or(sender.map(|sender| unpaid(sender.kind).1))
        .unwrap_or("none");
    let kind = sender
        .or_else(|| Sender::named(source))
        .map(|sender| sender.kind);
    (channel_of(source, medium, kind), source, medium)
}

fn channel_of(source: &str, medium: &str, kind: Option<Kind>) -> Channel {
    let is = |words: &[&str]| words.contains(&medium);
    match kind {
        _ if is(&EMAIL) || EMAIL.contains(&source) => Channel::Email,
        _ if medium == "sms" || source == "sms" => Channel::Sms,
        _ if is(&AFFILIATE) => Channel::Affiliate,
        Some(Kind::Search) if is_paid(medium) => Channel::PaidSearch,
        Some(Kind::Social) if is_paid(medium) => Channel::PaidSocial,
        _ if is(&DISPLAY) || is_paid(medium) => Channel::Display,
        _ if is(&SOCIAL) => Channel::Social,
        _ if is(&ASSISTANT) => Channel::AiAssistant,
        Some(kind) => unpaid(kind).0,
        None if medium == "organic" => Channel::OrganicSearch,
        None if is(&REFERRAL) => Channel::Referral,
        None => Channel::Campaign,
    }
}

/// The channel and the medium of a visit that nobody paid for.
const fn unpaid(kind: Kind) -> (Channel, &'static str) {
    match kind {
        Kind::Search => (Channel::OrganicSearch, "organic"),
        Kind::Social => (Channel::Social, "social"),
        Kind::Assistant => (Channel::AiAssistant, "ai-assistant"),
        Kind::Mail => (Channel::Email, "email"),
    }
}

fn is_paid(medium: &str) -> bool {
    medium.contains("cp") || medium.starts_with("paid") || matches!(medium, "ppc" | "retargeting")
}

impl Referrer {
    fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("android-app://") {
            let package = rest
                .split('/')
                .next()
                .filter(|package| is_package(package))?;
            return Some(Self {
                sender: Sender::of_app(package),
                host: package.to_owned(),
            });
        }
        let url = Url::parse(text).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = plain_host(url.host_str()?);
        Some(Self {
            sender: Sender::of_host(host),
            host: host.to_owned(),
        })
    }
}

/// Android packages are made of letters, digits, underscores and dots.
fn is_package(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    (1..=100).contains(&text.len()) && text.bytes().all(fits)
}

fn plain_host(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_prefix("www.").unwrap_or(host)
}

fn is_own<H: AsRef<str>>(host: &str, landing: &Url, own_hosts: &[H]) -> bool {
    let is_below = |own: &str| {
        let below = host
            .strip_suffix(own)
            .and_then(|rest| rest.strip_suffix('.'));
        host == own || (!own.is_empty() && below.is_some())
    };
    landing
        .host_str()
        .is_some_and(|own| host == plain_host(own))
        || own_hosts
            .iter()
            .any(|own| is_below(plain_host(own.as_ref())))
}
