//! How a visitor came, in words.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Arrival, Channel, CountryCode, Device, Source, Utm};

use super::line::one_of;

type Text = Option<Arc<str>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrivalLine {
    channel: String,
    source: Arc<str>,
    medium: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer_host: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    term: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Text,
    /// The rarer campaign tags, by their names without `utm_`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<(String, Arc<str>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    city: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Text,
    device: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    browser: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    os: Text,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    bot: bool,
}

impl ArrivalLine {
    pub(super) fn of(arrival: &Arrival) -> Self {
        let Arrival {
            source,
            country,
            region,
            city,
            network,
            device,
            browser,
            os,
            bot,
        } = arrival.clone();
        let Source {
            channel,
            source,
            medium,
            referrer_host,
            campaign,
            term,
            content,
            tags,
        } = source;
        let tag = |(utm, value): (Utm, Arc<str>)| (utm.as_str().to_owned(), value);
        Self {
            channel: channel.as_str().to_owned(),
            source,
            medium,
            referrer_host,
            campaign,
            term,
            content,
            tags: tags.into_iter().map(tag).collect(),
            country: country.map(|code| code.to_string()),
            region,
            city,
            network,
            device: device.as_str().to_owned(),
            browser,
            os,
            bot,
        }
    }

    pub(super) fn read(self) -> Result<Arrival, String> {
        let country = self.country.as_deref().map(|code| {
            let known = CountryCode::new(code);
            known.ok_or_else(|| format!("`country` is {code:?}; write two letters"))
        });
        let tags = self.tags.into_iter().map(|(name, value)| {
            let utm = one_of(&name, "tags", &Utm::ALL, Utm::as_str);
            utm.map(|utm| (utm, value))
        });
        let tags: Result<Vec<_>, String> = tags.collect();
        Ok(Arrival {
            source: Source {
                channel: one_of(&self.channel, "channel", &Channel::ALL, Channel::as_str)?,
                source: self.source,
                medium: self.medium,
                referrer_host: self.referrer_host,
                campaign: self.campaign,
                term: self.term,
                content: self.content,
                tags: tags?,
            },
            country: country.transpose()?,
            region: self.region,
            city: self.city,
            network: self.network,
            device: one_of(&self.device, "device", &Device::ALL, Device::as_str)?,
            browser: self.browser,
            os: self.os,
            bot: self.bot,
        })
    }
}
