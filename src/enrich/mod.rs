//! Floor 3: what an address, a user agent and a referrer tell about a visit. All of it is fixed when a session starts.

pub mod agent;
pub mod bots;
mod device;
pub mod geo;
pub mod intern;
pub mod network;
pub mod place;

use std::net::IpAddr;
use std::sync::Arc;

use ::url::Url;

pub use agent::{Agent, Agents};
pub use bots::BotVerdict;
pub use geo::{Geo, GeoError};
pub use intern::Interner;
pub use network::{client_address, truncate};
pub use place::Place;

use crate::domain::Arrival;
pub use crate::landing::{CleanUrl, UrlProblem, clean, source_of};

/// Bytes kept for the names of sources and campaigns.
const SOURCE_BYTES: u64 = 1 << 20;

/// What is known of a visit when its session starts.
#[derive(Clone, Copy, Debug)]
pub struct ArrivalInput<'a, H> {
    /// The client's address; only its network and its place leave this floor.
    pub ip: IpAddr,
    /// The `User-Agent` header.
    pub user_agent: &'a str,
    /// The referrer that the tracker reported, as it came.
    pub referrer: Option<&'a str>,
    /// The first page with its whole query, as in [`CleanUrl::parsed`].
    pub landing_url: &'a Url,
    /// The site's own hosts; those below them count too.
    pub own_hosts: &'a [H],
    /// Whether the browser says that a program drives it.
    pub webdriver: bool,
}

/// The databases and memories behind enrichment.
#[derive(Debug)]
pub struct Enricher {
    geo: Geo,
    agents: Agents,
    sources: Interner,
}

impl Enricher {
    /// Enrichment with these databases.
    pub fn new(geo: Geo, agents: Agents) -> Self {
        Self {
            geo,
            agents,
            sources: Interner::new(SOURCE_BYTES),
        }
    }

    /// What a user agent says, its verdict on bots included; asked on every request.
    pub fn agent(&self, user_agent: &str) -> Arc<Agent> {
        self.agents.identify(user_agent)
    }

    /// Where an address is.
    pub fn place(&self, address: IpAddr) -> Place {
        self.geo.lookup(address)
    }

    /// Everything that the start of a session tells.
    pub fn arrival<H: AsRef<str>>(&self, input: &ArrivalInput<'_, H>) -> Arrival {
        let place = self.geo.lookup(input.ip);
        let agent = self.agents.identify(input.user_agent);
        Arrival {
            source: source_of(
                input.referrer,
                input.landing_url,
                input.own_hosts,
                &|text| self.sources.intern(text),
            ),
            country: place.country,
            region: place.region,
            city: place.city,
            network: Some(Arc::from(truncate(input.ip).to_string())),
            device: agent.device,
            browser: agent.browser.clone(),
            os: agent.os.clone(),
            bot: input.webdriver || agent.verdict == BotVerdict::Automation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Channel, Device};

    #[test]
    fn an_arrival_tells_all_and_keeps_no_address() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/geo/nested-city.mmdb"
        );
        let enricher = Enricher::new(Geo::open(&[file.into()]).unwrap(), Agents::new(100));
        let landing = Url::parse("https://shop.example/pricing?utm_campaign=eid").unwrap();
        let own_hosts: [&str; 0] = [];
        let input = ArrivalInput {
            ip: [192, 0, 2, 77].into(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
            referrer: Some("https://www.google.com.sa/"),
            landing_url: &landing,
            own_hosts: &own_hosts,
            webdriver: false,
        };
        let arrival = enricher.arrival(&input);
        assert_eq!(arrival.country.unwrap().as_str(), "SA");
        assert_eq!(arrival.city.as_deref(), Some("Jeddah"));
        assert_eq!(arrival.network.as_deref(), Some("192.0.2.0/24"));
        assert_eq!(arrival.device, Device::Desktop);
        assert_eq!(arrival.browser.as_deref(), Some("Firefox"));
        assert_eq!(arrival.os.as_deref(), Some("Linux"));
        assert_eq!(arrival.source.channel, Channel::OrganicSearch);
        assert!(!format!("{arrival:?}").contains("192.0.2.77"));
        assert!(!arrival.bot);
        let driven = ArrivalInput {
            webdriver: true,
            ..input
        };
        assert!(enricher.arrival(&driven).bot);

        let again = enricher.arrival(&input);
        for (one, other) in [
            (&arrival.city, &again.city),
            (&arrival.browser, &again.browser),
            (&arrival.source.referrer_host, &again.source.referrer_host),
        ] {
            assert!(Arc::ptr_eq(one.as_ref().unwrap(), other.as_ref().unwrap()));
        }
    }
}
