//! The place of an address, from `MaxMind` DB files that the operator names.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use quick_cache::sync::Cache;
use thiserror::Error;

use super::intern::Interner;
use super::place::Place;

/// Decoded records kept for each file; a record serves every network that points to it.
const CACHED_RECORDS: usize = 16_384;
/// Bytes kept for names of regions and cities, over all files.
const NAME_BYTES: u64 = 4 << 20;
/// How many records are read at the start in search of one that names a place.
const SAMPLED_RECORDS: usize = 1_000;

/// Why a geo database cannot be used.
#[derive(Debug, Error)]
pub enum GeoError {
    /// The file cannot be read.
    #[error("cannot read the geo database {}: {source}; check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no `MaxMind` DB, or only the beginning of one.
    #[error(
        "{} is not a whole MaxMind DB file ({source}); download it again, unpacked, in the .mmdb format",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader found wrong.
        source: MaxMindDbError,
    },
    /// The database is about something else.
    #[error(
        "{} is a MaxMind DB of type \"{kind}\" whose records name no country or city; use a country or city database",
        path.display()
    )]
    NoPlaces {
        /// The file.
        path: PathBuf,
        /// What the database says it is.
        kind: String,
    },
}

/// Geo databases, asked in the order given: the first to know the country, the region or the city is believed.
#[derive(Debug)]
pub struct Geo {
    files: Vec<GeoFile>,
    names: Interner,
}

impl Default for Geo {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            names: Interner::new(NAME_BYTES),
        }
    }
}

#[derive(Debug)]
struct GeoFile {
    reader: Reader<Vec<u8>>,
    places: Cache<usize, Place>,
}

impl Geo {
    /// Loads the databases into memory. With no paths, every place is unknown.
    ///
    /// # Errors
    /// When a file cannot be read, is not a `MaxMind` DB, or does not know places; the error names the file.
    pub fn open(paths: &[PathBuf]) -> Result<Self, GeoError> {
        let mut geo = Self::default();
        for path in paths {
            let file = GeoFile::open(path, &geo.names)?;
            geo.files.push(file);
        }
        Ok(geo)
    }

    /// The place of `address`; an IPv4 address inside an IPv6 one counts as itself.
    pub fn lookup(&self, address: IpAddr) -> Place {
        let address = address.to_canonical();
        let mut place = Place::default();
        for file in &self.files {
            place.fill(file.lookup(address, &self.names));
        }
        place
    }
}

impl GeoFile {
    fn open(path: &Path, names: &Interner) -> Result<Self, GeoError> {
        let bytes = std::fs::read(path).map_err(|source| GeoError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(path, bytes, names)
    }

    fn from_bytes(path: &Path, bytes: Vec<u8>, names: &Interner) -> Result<Self, GeoError> {
        let malformed = |source| GeoError::Malformed {
            path: path.to_owned(),
            source,
        };
        let reader = Reader::from_source(bytes).map_err(malformed)?;
        let knows_places = reader
            .networks(WithinOptions::default().skip_empty_values())
            .map_err(malformed)?
            .take(SAMPLED_RECORDS)
            .filter_map(Result::ok)
            .any(|record| !Place::decode(&record, names).is_unknown());
        if !knows_places {
            return Err(GeoError::NoPlaces {
                path: path.to_owned(),
                kind: reader.metadata().database_type.clone(),
            });
        }
        Ok(Self {
            reader,
            places: Cache::new(CACHED_RECORDS),
        })
    }

    fn lookup(&self, address: IpAddr, names: &Interner) -> Place {
        // An IPv6 address in a file for IPv4 is an error here; to the visitor it is one more unknown place.
        let Ok(record) = self.reader.lookup(address) else {
            return Place::default();
        };
        let Some(offset) = record.offset() else {
            return Place::default();
        };
        if let Some(place) = self.places.get(&offset) {
            return place;
        }
        let place = Place::decode(&record, names);
        self.places.insert(offset, place.clone());
        place
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use proptest::prelude::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/geo")
            .join(name)
    }

    fn open(names: &[&str]) -> Geo {
        let paths: Vec<_> = names.iter().map(|name| fixture(name)).collect();
        Geo::open(&paths).unwrap()
    }

    /// `country/region/city`, with `-` for what is not known.
    fn place(geo: &Geo, address: &str) -> String {
        let place = geo.lookup(address.parse().unwrap());
        let country = place
            .country
            .map_or("-".to_owned(), |code| code.to_string());
        let text = |name: &Option<Arc<str>>| name.as_deref().unwrap_or("-").to_owned();
        format!("{country}/{}/{}", text(&place.region), text(&place.city))
    }

    fn assert_places(geo: &Geo, expected: &[(&str, &str)]) {
        for (address, wanted) in expected {
            assert_eq!(place(geo, address), *wanted, "{address}");
            assert_eq!(place(geo, address), *wanted, "{address}, from the cache");
        }
    }

    #[test]
    fn without_files_nothing_is_known() {
        assert!(
            Geo::open(&[])
                .unwrap()
                .lookup([192, 0, 2, 1].into())
                .is_unknown()
        );
    }

    #[test]
    fn the_flat_schema_with_a_file_for_each_kind_of_address() {
        assert_places(
            &open(&["flat-country-ipv4.mmdb", "flat-country-ipv6.mmdb"]),
            &[
                ("192.0.2.9", "SA/-/-"),
                ("::ffff:192.0.2.9", "SA/-/-"),
                ("198.51.100.1", "EG/-/-"),
                ("203.0.113.1", "-/-/-"),
                ("2001:db8:1::1", "AE/-/-"),
                ("2001:db8:9::1", "-/-/-"),
            ],
        );
    }

    #[test]
    fn an_ipv4_file_alone_knows_no_ipv6_address() {
        assert_places(
            &open(&["flat-country-ipv4.mmdb"]),
            &[("2001:db8:1::1", "-/-/-")],
        );
    }

    #[test]
    fn the_nested_schema_in_one_file_for_both() {
        assert_places(
            &open(&["nested-city.mmdb"]),
            &[
                ("192.0.2.1", "SA/Mecca Region/Jeddah"),
                ("::ffff:192.0.2.1", "SA/Mecca Region/Jeddah"),
                ("192.0.2.200", "SA/-/-"),
                ("198.51.100.1", "EG/-/-"),
                ("2001:db8:1::1", "AE/Dubai/Dubai"),
            ],
        );
    }

    #[test]
    fn the_first_file_to_know_is_believed() {
        assert_places(
            &open(&["flat-country-ipv4.mmdb", "flat-city-ipv4.mmdb"]),
            &[
                ("192.0.2.1", "SA/Riyadh Region/Riyadh"),
                ("198.51.100.1", "EG/-/-"),
            ],
        );
    }

    #[test]
    fn an_unknown_country_is_not_a_country() {
        assert_places(
            &open(&["flat-city-ipv4.mmdb"]),
            &[("198.51.100.1", "-/-/-")],
        );
    }

    #[test]
    fn fields_of_the_wrong_kind_are_unknown() {
        assert_places(
            &open(&["wrong-types.mmdb"]),
            &[
                ("192.0.2.1", "-/-/-"),
                ("192.0.2.65", "-/-/-"),
                ("192.0.2.129", "-/-/-"),
                ("192.0.2.193", "SA/-/-"),
            ],
        );
    }

    #[test]
    fn names_are_shared() {
        let geo = open(&["nested-city.mmdb"]);
        let dubai = geo.lookup("2001:db8:1::1".parse().unwrap());
        assert!(Arc::ptr_eq(&dubai.city.unwrap(), &dubai.region.unwrap()));
    }

    #[test]
    fn errors_say_which_file_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let truncated = folder.path().join("truncated.mmdb");
        let whole = std::fs::read(fixture("nested-city.mmdb")).unwrap();
        std::fs::write(&truncated, &whole[..whole.len() / 2]).unwrap();
        for (path, words) in [
            (fixture("absent.mmdb"), ["absent.mmdb", "check the path"]),
            (fixture("make.py"), ["make.py", "download it again"]),
            (truncated, ["truncated.mmdb", "download it again"]),
            (
                fixture("no-places.mmdb"),
                ["no-places.mmdb", "use a country or city database"],
            ),
        ] {
            let message = Geo::open(&[path]).unwrap_err().to_string();
            for word in words {
                assert!(message.contains(word), "{message}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_file_never_panics(damage in prop::collection::vec((0_usize..1604, any::<u8>()), 1..8), address: u128) {
            let mut bytes = std::fs::read(fixture("nested-city.mmdb")).unwrap();
            for (at, byte) in damage {
                bytes[at] = byte;
            }
            let names = Interner::new(1 << 16);
            if let Ok(file) = GeoFile::from_bytes(Path::new("damaged.mmdb"), bytes, &names) {
                file.lookup(IpAddr::V6(address.into()), &names);
                file.lookup([192, 0, 2, 1].into(), &names);
            }
        }
    }
}
