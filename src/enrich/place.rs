//! What one record of a geo database says, whichever schema it is written in.

use std::sync::Arc;

use maxminddb::{LookupResult, PathElement};

use super::intern::Interner;
use crate::domain::CountryCode;

/// The way to a field inside a record.
type Field = &'static [PathElement<'static>];

const fn key(name: &'static str) -> PathElement<'static> {
    PathElement::Key(name)
}

// MaxMind's records are nested, others are flat; the nested field comes first, as a flat one may bear its parent's name.
const COUNTRY: [Field; 4] = [
    &[key("country"), key("iso_code")],
    &[key("country_code")],
    &[key("registered_country"), key("iso_code")],
    &[key("country")],
];
const REGION: [Field; 3] = [
    &[
        key("subdivisions"),
        PathElement::Index(0),
        key("names"),
        key("en"),
    ],
    &[key("state1")],
    &[key("region")],
];
const CITY: [Field; 2] = [&[key("city"), key("names"), key("en")], &[key("city")]];

/// What flat databases write for a country they do not know.
const UNKNOWN_COUNTRY: &str = "ZZ";

/// Where an address is, as far as the databases know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The country.
    pub country: Option<CountryCode>,
    /// The English name of the region.
    pub region: Option<Arc<str>>,
    /// The English name of the city.
    pub city: Option<Arc<str>>,
}

impl Place {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        self.country.is_none() && self.region.is_none() && self.city.is_none()
    }

    /// Takes from `other` what is not known yet.
    pub(super) fn fill(&mut self, other: Self) {
        self.country = self.country.or(other.country);
        self.region = self.region.take().or(other.region);
        self.city = self.city.take().or(other.city);
    }

    /// Reads only the fields it needs; a field of the wrong kind is an unknown one.
    pub(super) fn decode(record: &LookupResult<'_, Vec<u8>>, names: &Interner) -> Self {
        let text = |field: &Field| {
            let text = record.decode_path::<&str>(field).ok().flatten();
            text.filter(|text| !text.is_empty())
        };
        let country = COUNTRY
            .iter()
            .filter_map(text)
            .filter(|code| *code != UNKNOWN_COUNTRY)
            .find_map(CountryCode::new);
        Self {
            country,
            region: REGION.iter().find_map(text).map(|name| names.intern(name)),
            city: CITY.iter().find_map(text).map(|name| names.intern(name)),
        }
    }
}
