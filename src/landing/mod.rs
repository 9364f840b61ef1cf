//! Floor 0: what a page's address and a referrer say about a visit. Pure: rule tests read them as the service does.

mod campaign;
mod sender;
mod senders;
mod source;
#[cfg(test)]
mod source_tests;
mod url;

pub use source::source_of;
pub use url::{CleanUrl, UrlProblem, clean};

use ::url::Url;

use crate::domain::{Channel, Source};

/// Where a visit comes from that begins at `landing`, if that address says so: by campaign tags, click ids or a bare
/// `ref` or `source`. What the tags leave open follows from the referrer's host.
pub fn campaign_of(landing: &Url, referrer: Option<&str>) -> Option<Source> {
    let own = [landing.host_str().unwrap_or_default()];
    let share = |text: &str| text.into();
    let alone = source_of(None, landing, &own, &share);
    let referrer = referrer.map(|host| format!("https://{host}/"));
    let says = alone.channel != Channel::Direct || alone.campaign.is_some();
    says.then(|| source_of(referrer.as_deref(), landing, &own, &share))
}

/// Where a visit to the site at `home` comes from that `host` linked to; `None` when that is no host.
pub fn came_from(host: &str, home: &str) -> Option<Source> {
    let landing = Url::parse(home).ok()?;
    let own = [landing.host_str().unwrap_or_default()];
    let referrer = format!("https://{host}/");
    let source = source_of(Some(&referrer), &landing, &own, &|text| text.into());
    source.referrer_host.is_some().then_some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_campaign_says_nothing() {
        let of = |url: &str, referrer| campaign_of(&Url::parse(url).unwrap(), referrer);
        assert_eq!(
            of("https://shop.example/?plan=pro", Some("google.com")),
            None
        );
        let mail = of("https://shop.example/?utm_source=newsletter", None).expect("a source");
        assert_eq!(mail.channel, Channel::Email);
        let half = of("https://shop.example/?utm_campaign=eid", Some("google.com"));
        let half = half.expect("a source");
        assert_eq!(
            (&*half.source, half.campaign.as_deref()),
            ("google", Some("eid"))
        );
    }

    #[test]
    fn a_host_says_by_what_way() {
        let search = came_from("www.google.com", "https://shop.example").expect("a source");
        assert_eq!(search.channel, Channel::OrganicSearch);
        assert_eq!(search.referrer_host.as_deref(), Some("google.com"));
        assert_eq!(came_from("not a host", "https://shop.example"), None);
    }
}
