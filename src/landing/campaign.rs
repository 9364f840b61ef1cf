//! What a landing address says about the campaign behind it: UTM parameters and the click ids of advertisers.

use url::Url;

use crate::domain::{Channel, Utm};

/// The longest value that is kept, in characters.
const MAX_VALUE: usize = 100;

/// What a click id proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Click {
    /// The query parameter.
    parameter: &'static str,
    /// Who adds it.
    pub(super) source: &'static str,
    /// By what means the visitor came.
    pub(super) medium: &'static str,
    /// The kind of way.
    pub(super) channel: Channel,
}

const fn click(
    parameter: &'static str,
    source: &'static str,
    medium: &'static str,
    channel: Channel,
) -> Click {
    Click {
        parameter,
        source,
        medium,
        channel,
    }
}

/// Click ids, sorted. Paid are those that advertisers alone add; Facebook and Instagram mark every link.
#[rustfmt::skip]
const CLICKS: [Click; 21] = [
    click("_hsenc", "hubspot", "email", Channel::Email),
    click("dclid", "google", "display", Channel::Display),
    click("epik", "pinterest", "social", Channel::Social),
    click("fbclid", "facebook", "social", Channel::Social),
    click("gbraid", "google", "cpc", Channel::PaidSearch),
    click("gclid", "google", "cpc", Channel::PaidSearch),
    click("igsh", "instagram", "social", Channel::Social),
    click("igshid", "instagram", "social", Channel::Social),
    click("li_fat_id", "linkedin", "cpc", Channel::PaidSocial),
    click("mc_eid", "mailchimp", "email", Channel::Email),
    click("mkt_tok", "marketo", "email", Channel::Email),
    click("msclkid", "bing", "cpc", Channel::PaidSearch),
    click("qclid", "quora", "cpc", Channel::PaidSocial),
    click("rdt_cid", "reddit", "cpc", Channel::PaidSocial),
    click("sccid", "snapchat", "cpc", Channel::PaidSocial),
    click("srsltid", "google", "organic", Channel::OrganicSearch),
    click("ttclid", "tiktok", "cpc", Channel::PaidSocial),
    click("twclid", "twitter", "cpc", Channel::PaidSocial),
    click("wbraid", "google", "cpc", Channel::PaidSearch),
    click("yclid", "yandex", "cpc", Channel::PaidSearch),
    click("ysclid", "yandex", "organic", Channel::OrganicSearch),
];

/// The tags of a landing address; values in lower case, cut and without control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Campaign {
    /// `utm_source`.
    pub(super) source: Option<String>,
    /// `utm_medium`.
    pub(super) medium: Option<String>,
    /// `utm_campaign`.
    pub(super) name: Option<String>,
    /// `utm_term`.
    pub(super) term: Option<String>,
    /// `utm_content`.
    pub(super) content: Option<String>,
    /// The rarer tags, in their order.
    pub(super) tags: [Option<String>; Utm::ALL.len()],
    /// `ref`, or else `source`: what sites put on links without thinking of campaigns.
    pub(super) plain: Option<String>,
    /// The first click id.
    pub(super) click: Option<Click>,
}

impl Campaign {
    /// Reads the tags from the query of `landing`. Where a parameter repeats, the first value that says something counts.
    pub(super) fn read(landing: &Url) -> Self {
        let mut campaign = Self::default();
        let mut by_source = None;
        for (name, value) in landing.query_pairs() {
            let slot = match &*name.to_ascii_lowercase() {
                "utm_source" => &mut campaign.source,
                "utm_medium" => &mut campaign.medium,
                "utm_campaign" => &mut campaign.name,
                "utm_term" => &mut campaign.term,
                "utm_content" => &mut campaign.content,
                "utm_id" => &mut campaign.tags[0],
                "utm_source_platform" => &mut campaign.tags[1],
                "utm_creative_format" => &mut campaign.tags[2],
                "utm_marketing_tactic" => &mut campaign.tags[3],
                "ref" => &mut campaign.plain,
                "source" => &mut by_source,
                other => {
                    campaign.click = campaign.click.or_else(|| find_click(other, &value));
                    continue;
                }
            };
            *slot = slot.take().or_else(|| clean(&value));
        }
        campaign.plain = campaign.plain.or(by_source);
        campaign
    }

    /// Whether somebody tagged the link.
    pub(super) const fn is_tagged(&self) -> bool {
        self.source.is_some() || self.medium.is_some() || self.name.is_some()
    }
}

fn find_click(parameter: &str, value: &str) -> Option<Click> {
    let at = CLICKS
        .binary_search_by(|click| click.parameter.cmp(parameter))
        .ok()?;
    (!value.is_empty()).then_some(CLICKS[at])
}

/// Lower case, at most [`MAX_VALUE`] characters, nothing that is invisible or turns the writing direction.
fn clean(value: &str) -> Option<String> {
    let turns_direction = |letter| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let cleaned: String = value
        .trim()
        .chars()
        .filter(|letter| !letter.is_control() && !turns_direction(*letter))
        .flat_map(char::to_lowercase)
        .take(MAX_VALUE)
        .collect();
    let trimmed = cleaned.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> Campaign {
        Campaign::read(&Url::parse(&format!("https://shop.example/?{query}")).unwrap())
    }

    #[test]
    fn click_ids_are_sorted_and_without_duplicates() {
        assert!(CLICKS.is_sorted_by(|a, b| a.parameter < b.parameter));
    }

    #[test]
    fn tags_are_read_whatever_their_case() {
        let campaign = read(
            "UTM_Source=News%20Letter&utm_medium=EMAIL&utm_campaign=Eid+Sale&utm_term=a&utm_content=b",
        );
        assert_eq!(campaign.source.as_deref(), Some("news letter"));
        assert_eq!(campaign.medium.as_deref(), Some("email"));
        assert_eq!(campaign.name.as_deref(), Some("eid sale"));
        assert_eq!(campaign.term.as_deref(), Some("a"));
        assert_eq!(campaign.content.as_deref(), Some("b"));
    }

    #[test]
    fn the_rarer_tags_stand_in_their_order() {
        for (at, utm) in Utm::ALL.into_iter().enumerate() {
            let campaign = read(&format!("utm_{}=X", utm.as_str()));
            assert_eq!(campaign.tags[at].as_deref(), Some("x"), "{utm:?}");
            assert_eq!(campaign.tags.iter().flatten().count(), 1);
        }
    }

    #[test]
    fn values_are_made_harmless() {
        assert_eq!(clean(" \u{0}a\nb\u{202e}C "), Some("abc".to_owned()));
        assert_eq!(clean(" \t\u{200b}"), None);
        assert_eq!(clean(&"ع".repeat(300)).unwrap().chars().count(), MAX_VALUE);
    }

    #[test]
    fn the_first_value_that_says_something_counts() {
        assert_eq!(
            read("utm_source=&utm_source=a&utm_source=b")
                .source
                .as_deref(),
            Some("a")
        );
        assert_eq!(read("source=b&ref=a").plain.as_deref(), Some("a"));
        assert_eq!(read("gclid=&fbclid=1").click.unwrap().source, "facebook");
    }

    proptest! {
        #[test]
        fn no_query_panics(query in ".{0,80}") {
            let campaign = read(&query);
            for value in [campaign.source, campaign.medium, campaign.plain].into_iter().flatten() {
                prop_assert!(value.chars().count() <= MAX_VALUE && !value.is_empty());
            }
        }
    }
}
