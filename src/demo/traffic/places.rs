//! Where the simulated people live: real networks of real providers, so that a geo database finds their country.

/// A country as its people appear to a website.
#[derive(Debug, PartialEq)]
pub(super) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(super) code: &'static str,
    /// How many of all visitors come from here, in relation to the others.
    pub(super) weight: u64,
    /// How many of a hundred read Arabic by preference.
    pub(super) arabic: u64,
    /// The time zone that its browsers report.
    pub(super) tz: &'static str,
    /// IPv4 networks that belong to it.
    pub(super) networks: &'static [&'static str],
}

const fn country(
    code: &'static str,
    weight: u64,
    arabic: u64,
    tz: &'static str,
    networks: &'static [&'static str],
) -> Country {
    Country {
        code,
        weight,
        arabic,
        tz,
        networks,
    }
}

/// A coffee shop in Riyadh: most people come from near by, some from everywhere.
#[rustfmt::skip]
pub(super) const COUNTRIES: [Country; 24] = [
    country("SA", 34, 75, "Asia/Riyadh", &["188.48.0.0/16", "188.52.0.0/16", "51.36.0.0/16", "95.184.0.0/16", "5.41.0.0/16", "37.104.0.0/16", "93.168.0.0/16"]),
    country("AE", 14, 45, "Asia/Dubai", &["94.200.0.0/16", "86.96.0.0/16", "5.192.0.0/16", "92.96.0.0/16", "83.110.0.0/16"]),
    country("KW", 7, 75, "Asia/Kuwait", &["37.36.0.0/16", "188.70.0.0/16", "94.128.0.0/16"]),
    country("EG", 7, 85, "Africa/Cairo", &["197.32.0.0/16", "41.32.0.0/16", "156.192.0.0/16", "102.40.0.0/16"]),
    country("QA", 4, 55, "Asia/Qatar", &["37.210.0.0/16", "78.101.0.0/16", "89.211.0.0/16", "176.202.0.0/16"]),
    country("BH", 3, 65, "Asia/Bahrain", &["37.131.0.0/17", "46.184.128.0/17", "88.201.0.0/17", "109.161.128.0/17"]),
    country("JO", 3, 80, "Asia/Amman", &["176.29.0.0/16", "86.108.0.0/17", "92.253.0.0/17", "149.200.128.0/17"]),
    country("OM", 3, 70, "Asia/Muscat", &["5.36.0.0/16", "82.178.0.0/16"]),
    country("MA", 2, 60, "Africa/Casablanca", &["41.140.0.0/16", "105.128.0.0/16", "160.176.0.0/16"]),
    country("IQ", 2, 90, "Asia/Baghdad", &["37.236.0.0/16", "37.237.0.0/16"]),
    country("LB", 1, 60, "Asia/Beirut", &["77.42.128.0/17", "94.187.0.0/17", "178.135.0.0/16"]),
    country("US", 8, 4, "America/New_York", &["24.16.0.0/16", "73.8.0.0/16", "98.200.0.0/16", "68.32.0.0/16"]),
    country("GB", 6, 5, "Europe/London", &["86.128.0.0/16", "81.96.0.0/16", "82.0.0.0/16", "90.192.0.0/16"]),
    country("DE", 5, 4, "Europe/Berlin", &["87.128.0.0/16", "91.0.0.0/16", "79.192.0.0/16", "93.192.0.0/16"]),
    country("FR", 3, 8, "Europe/Paris", &["90.0.0.0/16", "82.64.0.0/16", "88.160.0.0/16", "92.128.0.0/16"]),
    country("TR", 3, 5, "Europe/Istanbul", &["78.160.0.0/16", "85.96.0.0/16", "88.224.0.0/16"]),
    country("NL", 2, 3, "Europe/Amsterdam", &["84.24.0.0/16", "77.160.0.0/16"]),
    country("ES", 1, 2, "Europe/Madrid", &["80.24.0.0/16", "88.0.0.0/16"]),
    country("CA", 2, 6, "America/Toronto", &["70.24.0.0/16", "99.224.0.0/16"]),
    country("IN", 4, 1, "Asia/Kolkata", &["49.32.0.0/16", "106.192.0.0/16", "117.192.0.0/16", "157.32.0.0/16"]),
    country("ID", 2, 3, "Asia/Jakarta", &["36.64.0.0/16", "114.120.0.0/16"]),
    country("JP", 3, 0, "Asia/Tokyo", &["126.0.0.0/16", "60.32.0.0/16", "118.0.0.0/16", "219.96.0.0/16"]),
    country("BR", 2, 0, "America/Sao_Paulo", &["189.0.0.0/16", "179.96.0.0/16", "201.0.0.0/16"]),
    country("AU", 2, 1, "Australia/Sydney", &["1.120.0.0/16", "101.160.0.0/16", "58.160.0.0/16"]),
];
