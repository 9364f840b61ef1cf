//! How a visitor came: place, device and source. Fixed at the start of a session.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An ISO 3166-1 alpha-2 code in capitals, such as `SA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// The code that `text` names, in any case; `None` when it is not two letters.
    pub fn new(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made of two ASCII letters")
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of machine a visitor holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Device {
    /// A desktop or laptop computer.
    Desktop,
    /// A telephone.
    Mobile,
    /// A tablet.
    Tablet,
    /// A television or games console.
    Tv,
    /// Anything else, or not known.
    #[default]
    Other,
}

impl Device {
    /// Every value.
    pub const ALL: [Self; 5] = [
        Self::Desktop,
        Self::Mobile,
        Self::Tablet,
        Self::Tv,
        Self::Other,
    ];

    /// The word used in rules and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Tv => "tv",
            Self::Other => "other",
        }
    }
}

/// The kind of way that led a visitor here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Typed, bookmarked, or the referrer was withheld.
    #[default]
    Direct,
    /// An unpaid result of a search engine.
    OrganicSearch,
    /// A paid result of a search engine.
    PaidSearch,
    /// A social network.
    Social,
    /// A paid placement on a social network.
    PaidSocial,
    /// A message in a mailbox.
    Email,
    /// An AI assistant's answer.
    AiAssistant,
    /// A banner or another paid placement.
    Display,
    /// A partner who is paid by result.
    Affiliate,
    /// A text message.
    Sms,
    /// A link on another website.
    Referral,
    /// A tagged link that fits none of the above.
    Campaign,
}

impl Channel {
    /// Every value.
    pub const ALL: [Self; 12] = [
        Self::Direct,
        Self::OrganicSearch,
        Self::PaidSearch,
        Self::Social,
        Self::PaidSocial,
        Self::Email,
        Self::AiAssistant,
        Self::Display,
        Self::Affiliate,
        Self::Sms,
        Self::Referral,
        Self::Campaign,
    ];

    /// The word used in rules and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::OrganicSearch => "organic_search",
            Self::PaidSearch => "paid_search",
            Self::Social => "social",
            Self::PaidSocial => "paid_social",
            Self::Email => "email",
            Self::AiAssistant => "ai_assistant",
            Self::Display => "display",
            Self::Affiliate => "affiliate",
            Self::Sms => "sms",
            Self::Referral => "referral",
            Self::Campaign => "campaign",
        }
    }
}

/// Where a session came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The kind of way.
    pub channel: Channel,
    /// Who sent the visitor, in lower case: `google`, `newsletter`, a host name; `direct` when nobody did.
    pub source: Arc<str>,
    /// By what means, in lower case: `organic`, `cpc`, `email`, `referral`, `none`.
    pub medium: Arc<str>,
    /// The host of the referring page, in lower case without `www.`.
    pub referrer_host: Option<Arc<str>>,
    /// `utm_campaign`.
    pub campaign: Option<Arc<str>>,
    /// `utm_term`.
    pub term: Option<Arc<str>>,
    /// `utm_content`.
    pub content: Option<Arc<str>>,
    /// The rarer campaign tags, those that the link had.
    pub tags: Vec<(Utm, Arc<str>)>,
}

/// The campaign tags that have no field of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Utm {
    /// `utm_id`: the campaign by its number.
    Id,
    /// `utm_source_platform`: where the campaign was bought.
    SourcePlatform,
    /// `utm_creative_format`: video, carousel and so on.
    CreativeFormat,
    /// `utm_marketing_tactic`: remarketing, prospecting and so on.
    MarketingTactic,
}

impl Utm {
    /// Every value.
    pub const ALL: [Self; 4] = [
        Self::Id,
        Self::SourcePlatform,
        Self::CreativeFormat,
        Self::MarketingTactic,
    ];

    /// The tag without `utm_`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::SourcePlatform => "source_platform",
            Self::CreativeFormat => "creative_format",
            Self::MarketingTactic => "marketing_tactic",
        }
    }
}

impl Source {
    /// The value of one of the rarer tags.
    pub fn tag(&self, wanted: Utm) -> Option<&Arc<str>> {
        self.tags
            .iter()
            .find(|(utm, _)| *utm == wanted)
            .map(|(_, value)| value)
    }
}

/// Everything that enrichment learns at the start of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Where the session came from.
    pub source: Source,
    /// The country of the client address.
    pub country: Option<CountryCode>,
    /// The English name of the region, when the database knows it.
    pub region: Option<Arc<str>>,
    /// The English name of the city, when the database knows it.
    pub city: Option<Arc<str>>,
    /// The truncated client network (IPv4 /24, IPv6 /48), as text.
    pub network: Option<Arc<str>>,
    /// The kind of machine.
    pub device: Device,
    /// The browser's name, such as `Chrome`.
    pub browser: Option<Arc<str>>,
    /// The operating system's name, such as `Android`.
    pub os: Option<Arc<str>>,
    /// Whether a program drives the browser; only where a site lets such visitors in.
    pub bot: bool,
}
